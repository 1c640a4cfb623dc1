"""Running services keep what their OpenAPI documents promise: schemathesis asks all that they describe."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from services.feed.subscribers.registry import Registry
from shared.contracts.config import RedisConfig
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Wanted
from shared.runtime.broker import closing, connect
from tests.support.cms import a_delivery, an_article_payload, signed
from tests.support.newsroom import Name, Newsroom

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.serial, pytest.mark.timeout(300)]
SOURCE = """
[source.ohne-schloss]
site = "kurier"
adapter = "standard"
allow_unsigned = true
"""
TOKEN = "ein-token-aus-buchstaben"
EXAMPLES = 25  # of each operation, beside those that cover every rule of every schema
FEED_EXAMPLES = 8
FEED_RULES = ROOT / "tests/support/schemathesis_feed.toml"
# What is nearly right is mended and published with a warning, so that an editor at deadline loses nothing.
LENIENT = "negative_data_rejection"


class Ingest(Newsroom):
    """The ingest service alone, with a source that wants no signature."""

    def write_config(self) -> None:
        super().write_config()
        self.config.write_text(self.config.read_text(encoding="utf-8") + SOURCE, encoding="utf-8")

    def start(self) -> None:
        self.valkey.start()
        self.write_config()
        self.launch("ingest")
        self.wait_ready("ingest")


class Feed(Newsroom):
    """The feed service with some articles and a subscriber whose token opens everything; its streams end at once."""

    token: str
    article_id: str

    def start(self) -> None:
        self.valkey.start()
        self.write_config()
        self.token = asyncio.run(self._subscriber())
        self.environ |= {"LITFASS_ADMIN_TOKEN": self.token, "LITFASS_FEED_STREAM_LIFETIME_S": "0.05"}
        for name in ("ingest", "feed"):
            self.launch(name)
            self.wait_ready(name)
        for id_ in ("1", "2", "3"):
            body = a_delivery("published", an_article_payload(id_))
            headers = signed(body, message_id=f"message-{id_}")
            answer = httpx.post(f"{self.url('ingest')}/webhooks/cms", content=body, headers=headers)
            self.article_id = answer.json()["article_id"]

    async def _subscriber(self) -> str:
        async with closing(connect(RedisConfig(url=self.valkey.url))) as client:
            _, token = await Registry(client, [Keys("s1")]).add("dpa", wanted=Wanted(), scopes=("read", "manage"))
            return token


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    house = Ingest(tmp_path_factory.mktemp("api"), environ={"LITFASS_ADMIN_TOKEN": TOKEN})
    try:
        house.start()
        yield house
    finally:
        house.close()


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feed]:
    house = Feed(tmp_path_factory.mktemp("feed-api"))
    try:
        house.start()
        yield house
    finally:
        house.close()


def ask_everything(
    house: Newsroom,
    name: Name,
    folder: Path,
    *options: str,
    token: str,
    hooks: str,
    examples: int,
    settings: Sequence[str] = (),
    **environ: str,
) -> subprocess.CompletedProcess[str]:
    command = [
        f"{sys.prefix}/bin/schemathesis", *settings, "run", f"{house.url(name)}/openapi.json", "--checks", "all",
        "--max-examples", str(examples), "--header", f"Authorization: Bearer {token}",
        "--generation-deterministic", "--no-color", "--warnings", "off", *options,
    ]  # fmt: skip
    variables = {**os.environ, "SCHEMATHESIS_HOOKS": hooks, "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True, check=False, timeout=280)


def test_whatever_is_asked_is_answered_as_the_document_says(ingest, tmp_path):
    ran = ask_everything(
        ingest, "ingest", tmp_path, "--exclude-checks", LENIENT,
        token=TOKEN, hooks="tests.support.schemathesis_hooks", examples=EXAMPLES,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]


def test_whatever_is_asked_of_feed_is_answered_as_the_document_says(feed, tmp_path):
    ran = ask_everything(
        feed, "feed", tmp_path, token=feed.token, hooks="tests.support.schemathesis_feed_hooks",
        examples=FEED_EXAMPLES, settings=["--config-file", str(FEED_RULES)], LITFASS_TEST_ARTICLE=feed.article_id,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
