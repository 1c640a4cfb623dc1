"""The vendors' own libraries, run by node: what they sign opens here, and what they refuse is refused here."""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from services.ingest.verify import Delivery, SignatureRejected, Verify, contentful, sanity
from tests.support.official import OFFICIAL, require_libraries

pytestmark = pytest.mark.needs("node")

AT_MS = 1_767_322_245_123
SECRET = "0123456789abcdef" * 4
VERIFIERS: dict[str, Verify] = {"contentful": contentful.verify, "sanity": sanity.verify}
BODIES = [
    '{"id":"4711"}',
    '{"title":"Café – Straße 🚒","x":"\\u2028"}',
    "{}",
    ' {"a": [1, 2]}\n',
    "[]",
    '"text"',
    "5",
    json.dumps({"body": "Wort " * 50_000}),
]
PATHS = [
    "/webhooks/redaktion",
    "/webhooks/redaktion/Entry.publish",
    "/webhooks/redaktion?site=kurier&x=1",
    "/webhooks/redaktion?a=b c%20d&e='(!)*~&f=ü+/",
    "/webhooks/redaktion?a=b?c=d",
    "/webhooks/redaktion?",
    "/webhooks/%C3%BC b/ü;,:@&=+$-_.!~*'()",
]
HEADERS = {
    "content-type": "application/vnd.contentful.management.v1+json",
    "x-contentful-topic": "ContentManagement.Entry.publish",
    "x-contentful-webhook-name": "  Litfass  ",
    "x-custom": "a,b;c:d",
}


@pytest.fixture(autouse=True)
def _libraries() -> None:
    require_libraries()


def asked(cases: Sequence[dict[str, Any]]) -> list[Any]:
    """Return what the libraries say to each case."""
    done = subprocess.run(
        ["node", "official.mjs"],
        input=json.dumps(cases),
        cwd=OFFICIAL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def opens(case: dict[str, Any]) -> bool:
    """Say whether our verifier takes the case."""
    headers = {name.lower(): value for name, value in case["headers"].items()}
    try:
        VERIFIERS[case["vendor"]](
            Delivery(headers, case["body"].encode(), case["path"]), keys=[case["secret"].encode()], now_s=AT_MS / 1000
        )
    except SignatureRejected:
        return False
    return True


def signed() -> list[dict[str, Any]]:
    """Deliveries that the libraries signed, ready to be checked."""
    asks = [
        {"vendor": "contentful", "secret": SECRET, "path": path, "headers": HEADERS, "body": body, "at_ms": AT_MS}
        for path in PATHS
        for body in BODIES
    ]
    asks += [
        {"vendor": "sanity", "secret": secret, "path": "/", "headers": {}, "body": body, "at_ms": AT_MS}
        for secret in (SECRET, "Geheimnis mit Ümlaut", "s")
        for body in BODIES
    ]
    headers = asked([ask | {"do": "sign"} for ask in asks])
    return [ask | {"do": "check", "headers": each} for ask, each in zip(asks, headers, strict=True)]


def forged(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The same delivery with one thing changed."""
    name = "sanity-webhook-signature" if case["vendor"] == "sanity" else "x-contentful-signature"
    signature = case["headers"][name]
    other = signature[:-2] + ("00" if signature[-2:] != "00" else "11")
    changes: list[dict[str, Any]] = [
        {"body": case["body"] + " "},
        {"secret": "f" * 64},
        {"headers": case["headers"] | {name: other}},
        {"headers": case["headers"] | {name: "nonsense"}},
    ]
    if case["vendor"] == "contentful":
        topic = {"x-contentful-topic": "ContentManagement.Entry.delete"}
        changes += [{"headers": case["headers"] | topic}, {"path": case["path"].replace("redaktion", "andere")}]
        changes += [{"headers": case["headers"] | {"x-contentful-timestamp": str(AT_MS + 1)}}]
    return [case | change for change in changes]


def test_what_the_vendors_sign_opens_here():
    cases = signed()
    assert asked(cases) == [True] * len(cases)
    assert [case for case in cases if not opens(case)] == []


def test_what_the_vendors_refuse_is_refused_here():
    cases = [change for case in signed() for change in forged(case)]
    theirs = asked(cases)
    wrong = [case for case, taken in zip(cases, theirs, strict=True) if opens(case) != taken]
    assert wrong == []
    assert sum(theirs) < len(theirs) / 10, "a changed path may be none: most are refused"
