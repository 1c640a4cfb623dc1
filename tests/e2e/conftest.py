"""A newsroom that has printed its edition, and a browser to read it in: for every module that looks at pages."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.browser import Browser, chromium
from tests.support.edition import Edition


@pytest.fixture(scope="module")
def edition(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    """A newsroom of real processes that has printed its edition; a module may say which (`EDITION`)."""
    edition = getattr(request.module, "EDITION", Edition)(tmp_path_factory.mktemp("edition"))
    try:
        edition.start()
        asyncio.run(edition.print())
        yield edition
    finally:
        edition.close()


@pytest.fixture(scope="module")
def site(edition: Edition) -> str:
    """The address of its page server."""
    return edition.url("render")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser
