"""Tokens: what opens, and that none can be guessed by its length."""

import pytest

from services.ingest.verify import Delivery, SignatureRejected, body_id
from services.ingest.verify import cloudevents as events
from services.ingest.verify.tokens import bearer, in_url, key

TOKEN = "ein-token-von-24-zeichen"
KEYS = [key("das-neue-token-von-heute"), key(TOKEN)]


def with_header(value: str, body: bytes = b"{}", **headers: str) -> Delivery:
    named = {name.replace("_", "-"): given for name, given in headers.items()}
    return Delivery({"authorization": value, **named}, body)


@pytest.mark.parametrize("value", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_a_bearer_token_opens_whatever_its_age(value):
    assert bearer(with_header(value), keys=KEYS, now_s=0).delivery_id == body_id(b"{}")


@pytest.mark.parametrize("value", ["", TOKEN, f"Basic {TOKEN}", "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"])
def test_anything_else_in_authorization_does_not(value):
    with pytest.raises(SignatureRejected, match="Authorization") as refusal:
        bearer(with_header(value), keys=KEYS, now_s=0)
    assert TOKEN not in str(refusal.value)


def test_a_token_in_the_url_opens():
    assert in_url(Delivery({}, b"{}", f"/webhooks/cms?token={TOKEN}"), keys=KEYS, now_s=0).delivery_id == body_id(b"{}")


@pytest.mark.parametrize(
    "query", ["", "?", "?token=", f"?token={TOKEN}&token={TOKEN}", f"?tokens={TOKEN}", f"?token={TOKEN}x", "?a=&" * 50]
)
def test_anything_else_in_the_url_does_not(query):
    with pytest.raises(SignatureRejected, match="URL") as refusal:
        in_url(Delivery({}, b"{}", f"/webhooks/cms{query}"), keys=KEYS, now_s=0)
    assert TOKEN not in str(refusal.value)


@pytest.mark.parametrize("secret", ["", "  ", "kurz"])
def test_a_token_that_could_be_guessed_is_none(secret):
    with pytest.raises(ValueError, match="must"):
        key(secret)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"5", b"{", b'{"id": 5, "source": "a"}', b'{"id": "", "source": "a"}', b"\xff"]
)
def test_an_event_without_source_and_id_is_known_by_its_bytes(body):
    proof = events.verify(with_header(f"Bearer {TOKEN}", body), keys=KEYS, now_s=0)
    assert proof.delivery_id == body_id(body)


def test_source_and_id_are_one_event_in_any_mode_and_only_together():
    def id_of(source: str, event_id: str) -> str:
        named = {"ce_specversion": "1.0", "ce_source": source, "ce_id": event_id}
        return events.verify(with_header(f"Bearer {TOKEN}", **named), keys=KEYS, now_s=0).delivery_id

    structured = with_header(f"Bearer {TOKEN}", b'{"source": "a", "id": "bc"}')
    assert events.verify(structured, keys=KEYS, now_s=0).delivery_id == id_of("a", "bc")
    assert id_of("a", "bc") != id_of("ab", "c")
