"""AsyncAPI's own parser, run by node, finds nothing wrong with our document, and would if there was."""

import json
import subprocess
from typing import Any

import pytest

from shared.contracts import asyncapi
from tests.support.official import OFFICIAL, require_libraries

pytestmark = pytest.mark.needs("node")


@pytest.fixture(autouse=True)
def _libraries() -> None:
    require_libraries()


def faults(document: dict[str, Any]) -> list[str]:
    done = subprocess.run(
        ["node", "asyncapi.mjs"], input=json.dumps(document), cwd=OFFICIAL, capture_output=True, text=True, check=True
    )
    return [f"{fault['path']}: {fault['message']}" for fault in json.loads(done.stdout)]


def test_the_official_parser_has_nothing_to_say_against_the_document():
    assert faults(asyncapi.document()) == []


def test_the_official_parser_would_notice_a_reference_to_nowhere():
    document = asyncapi.document()
    document["operations"] = {"lost": {"action": "send", "channel": {"$ref": "#/channels/nowhere"}}}
    assert faults(document) != []
