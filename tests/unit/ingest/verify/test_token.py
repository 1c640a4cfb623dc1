"""A secret in a header, for CMSs that sign nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.verify import Delivery, SignatureRejected
from services.ingest.verify.token import key, verify

TOKEN = "kurier-3f9d8a7b6c5d4e3f"


def opened(header: str | None, *, body: bytes = b"{}", tokens: tuple[str, ...] = (TOKEN,)):
    headers = {} if header is None else {"authorization": header}
    return verify(Delivery(headers, body), keys=[key(token) for token in tokens], now_s=0)


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer   {TOKEN} ", f"Token {TOKEN}", TOKEN])
def test_the_sources_token_opens_however_the_cms_writes_it(header):
    assert opened(header).sent_ms == 0


def test_equal_bytes_are_one_delivery_and_others_are_not():
    assert opened(TOKEN) == opened(f"Bearer {TOKEN}")
    assert opened(TOKEN).delivery_id != opened(TOKEN, body=b"{ }").delivery_id


def test_while_tokens_are_changed_both_open():
    assert opened(TOKEN, tokens=("ein-neues-token-0123", TOKEN)).delivery_id


@pytest.mark.parametrize(
    "header", ["Bearer falsch", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer"]
)
def test_any_other_token_is_refused(header):
    with pytest.raises(SignatureRejected, match="same secret"):
        opened(header)


@pytest.mark.parametrize("header", [None, "", " "])
def test_a_missing_token_says_what_to_send(header):
    with pytest.raises(SignatureRejected, match="Authorization: Bearer"):
        opened(header)


@pytest.mark.parametrize("token", ["", "   ", "fifteen-letters"])
def test_a_token_that_could_be_guessed_is_none(token):
    with pytest.raises(ValueError, match="at least 16 characters") as raised:
        key(token)
    assert not token.strip() or token not in str(raised.value)


@given(st.text())
def test_nothing_but_a_refusal_comes_of_nonsense(header):
    with pytest.raises(SignatureRejected):
        opened(header)
