"""Why is this delivery refused? Each mistake that senders make is named, and no secret is."""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.diagnose import Check, Secret, diagnose
from services.ingest.verify import Delivery
from shared.contracts.base import SourceName
from shared.contracts.config import LitfassConfig
from tests.support.articles import SITE, a_site
from tests.support.cms import SECRET, a_delivery, an_article_payload, signed
from tests.support.ingest import AT, NOW_S

OLD_SECRET = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()
LETTERS = "ein-geheimnis-aus-buchstaben"
HEADERS = ["webhook-id", "webhook-timestamp", "webhook-signature", "x-ghost-signature", "content-type"]
CMS, GHOST = SourceName("cms"), SourceName("ghost")
BODY = a_delivery("published", an_article_payload(published_at=AT, updated_at=AT, revision=1), at=AT)
CONFIG = LitfassConfig.model_validate(
    {
        "site": {SITE: a_site().model_dump(mode="json")},
        "source": {
            "cms": {"site": SITE, "adapter": "standard", "secrets": ["env:NEW", "env:OLD"]},
            "ghost": {"site": SITE, "adapter": "ghost", "secrets": ["env:GHOST"]},
            "open": {"site": SITE, "adapter": "standard", "allow_unsigned": True},
        },
    }
)
SECRETS = {
    CMS: [Secret("env:NEW", SECRET), Secret("env:OLD", OLD_SECRET)],
    GHOST: [Secret("env:GHOST", LETTERS)],
    SourceName("open"): [],
}


def diagnosed(headers: dict[str, str], body: bytes = BODY, *, source: SourceName = CMS, **options: Any) -> list[Check]:
    given = {"event": "", "secrets": SECRETS, "now_ms": NOW_S * 1000, "body_limit": 1024 * 1024} | options
    return diagnose(CONFIG, source, Delivery(headers, body, f"/webhooks/{source}"), **given)


def named(checks: list[Check], name: str) -> Check:
    (found,) = [check for check in checks if check.name == name]
    return found


def hints_of(headers: dict[str, str], body: bytes = BODY, **options: Any) -> str:
    check = named(diagnosed(headers, body, **options), "signature")
    assert not check.is_passed
    return "\n".join(check.hints)


def standard(body: bytes = BODY, *, key: bytes | None = None, at_s: int = NOW_S) -> dict[str, str]:
    """Headers as the CMS makes them of `body`, with a raw key of its own making."""
    headers = signed(body, message_id="msg_1", at_s=at_s)
    if key is not None:
        mac = hmac.digest(key, f"msg_1.{at_s}.".encode() + body, "sha256")
        headers["webhook-signature"] = "v1," + base64.b64encode(mac).decode()
    return headers


def test_a_good_delivery_passes_every_check():
    checks = diagnosed(standard())
    assert [(check.name, check.is_passed) for check in checks] == [
        ("size", True), ("type", True), ("signature", True), ("body", True), ("article", True)
    ]  # fmt: skip
    assert named(checks, "signature").detail == "made with secret 1 of 2, env:NEW"
    assert named(checks, "article").detail == "published: Der Markt bekommt ein Dach"


def test_it_is_said_which_of_two_secrets_was_used():
    headers = signed(BODY, message_id="msg_1", at_s=NOW_S, secret=OLD_SECRET)
    assert named(diagnosed(headers), "signature").detail == "made with secret 2 of 2, env:OLD"


def test_a_recording_is_too_old_by_so_many_seconds_but_its_signature_is_right():
    checks = diagnosed(standard(at_s=NOW_S - 1000))
    assert named(checks, "signature").is_passed
    assert not named(checks, "time").is_passed
    assert "1000 s behind" in named(checks, "time").detail


def test_what_is_both_too_old_and_wrong_is_said_to_be_both():
    checks = diagnosed(standard(key=b"nobody's key", at_s=NOW_S - 1000))
    assert [check.name for check in checks if not check.is_passed] == ["signature", "time"]


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(name):
    headers = standard()
    del headers[name]
    assert f"The header {name} is missing" in named(diagnosed(headers), "signature").detail


@pytest.mark.parametrize(
    ("was_signed", "was_sent", "hint"),
    [
        (BODY, BODY + b"\n", "without the line end"),
        (BODY + b"\n", BODY, "with a line end"),
        (b'{"a":\n1}', b'{"a":\r\n1}', r"line ends \n where \r\n were sent"),
        (BODY, b"\xef\xbb\xbf" + BODY, "without the byte order mark"),
        (b"", BODY, "over an empty body"),
        (json.dumps(json.loads(BODY), separators=(",", ":")).encode(), BODY, "written anew (compact)"),
        (json.dumps(json.loads(BODY), indent=2).encode(), BODY, "written anew (indented by 2)"),
        (rb'{"url": "https:\/\/a\/b", "t": "\u00fc"}', '{"url":"https://a/b","t":"ü"}'.encode(), "anew (with blanks)"),
        (b'{"id":1}', b'{"data": {"id": 1}}', "over `data` alone"),
    ],
    ids=["added-line-end", "lost-line-end", "line-ends", "bom", "empty", "compact", "indented", "php", "inner"],
)  # fmt: skip
def test_other_bytes_than_were_sent_are_recognised(was_signed, was_sent, hint):
    assert hint in hints_of(standard(was_signed), was_sent)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        (SECRET.encode(), "env:NEW used as letters: decode what follows whsec_"),
        (SECRET.removeprefix("whsec_").encode(), "used as letters without whsec_"),
        (OLD_SECRET.encode(), "env:OLD used as letters"),
    ],
    ids=["with-prefix", "without", "the-old-one"],
)
def test_a_secret_that_was_not_decoded_is_recognised(key, hint):
    assert hint in hints_of(standard(key=key))


def ghost(body: bytes, key: bytes, *, is_legacy: bool = False) -> dict[str, str]:
    stamp = str(NOW_S * 1000)
    mac = hmac.new(key, body if is_legacy else body + stamp.encode(), hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-ghost-signature": f"sha256={mac}, t={stamp}"}


def test_a_secret_read_with_its_line_end_is_recognised():
    assert "a line end behind it" in hints_of(ghost(BODY, LETTERS.encode() + b"\n"), source=GHOST)


def test_an_old_ghost_is_recognised():
    assert "legacy_signature is true" in hints_of(ghost(BODY, LETTERS.encode(), is_legacy=True), source=GHOST)


def test_another_sources_secret_and_another_scheme_are_recognised():
    secrets = SECRETS | {GHOST: [Secret("env:GHOST", SECRET)]}
    assert "with the secret of source.cms, env:NEW" in hints_of(
        ghost(BODY, SECRET.encode()), source=GHOST, secrets=SECRETS
    )
    assert "as standard signs" in hints_of(standard(), source=GHOST, secrets=secrets)


def test_nothing_is_suggested_when_nothing_matches():
    assert hints_of(standard(key=b"nobody's key")) == ""


def test_a_body_that_was_cut_off_is_told_from_one_that_was_changed():
    headers = standard() | {"content-length": str(len(BODY))}
    checks = diagnosed(headers, BODY[:-10])
    assert "Content-Length says" in named(checks, "size").detail
    assert not named(checks, "body").is_passed


def test_faults_of_the_article_are_found_although_the_signature_is_wrong():
    body = a_delivery("published", an_article_payload(headline=None), at=AT)
    checks = diagnosed(standard(), body)
    assert [check.name for check in checks if not check.is_passed] == ["signature", "article"]
    assert "data.headline" in named(checks, "article").detail


def test_an_unsigned_source_asks_for_nothing():
    checks = diagnosed({"content-type": "application/json"}, source=SourceName("open"))
    assert named(checks, "signature").detail == "none is asked for: allow_unsigned = true"


def test_a_secret_that_its_scheme_cannot_use_is_a_check_of_its_own():
    checks = diagnosed(standard(), secrets=SECRETS | {CMS: [Secret("env:NEW", "whsec_kurz")]})
    assert named(checks, "secret").detail.startswith("env:NEW must be whsec_")


@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=60)))
def test_nothing_but_checks_comes_of_anything_and_none_repeats_a_secret(body, headers):
    text = json.dumps([asdict(check) for source in (CMS, GHOST) for check in diagnosed(headers, body, source=source)])
    for secret in (SECRET, OLD_SECRET, LETTERS, SECRET.removeprefix("whsec_")):
        assert secret not in text
