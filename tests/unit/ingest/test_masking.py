"""Secrets and people do not stay in what is kept; an article does."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from services.ingest.conformance import samples_in
from services.ingest.draft import Draft
from services.ingest.faults import PayloadRejected
from services.ingest.masking import MAIL_MASK, MASK, masked_headers, masked_payload, masked_text, without_keys
from tests.conformance.test_vendors import SUITES
from tests.support.cms import SECRET, an_article_payload
from tests.support.payloads import JSON

KEY = b"ghost-secret-1"


@pytest.mark.parametrize(
    "name",
    [
        "webhook-signature",
        "x-ghost-signature",
        "x-hub-signature-256",
        "authorization",
        "proxy-authorization",
        "cookie",
        "x-api-key",
        "x-access-token",
        "x-webhook-secret",
        "php-auth-pw",
    ],
)
def test_a_header_that_proves_or_opens_is_masked(name):
    assert masked_headers({name: "v1,c2VjcmV0"}, keys=()) == {name: MASK}


def test_a_header_that_only_describes_stays():
    headers = {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": "1763629200",
        "idempotency-key": "k-1",
        "user-agent": "Ghost/6.19.1 (https://github.com/TryGhost/Ghost)",
        "x-contentful-topic": "ContentManagement.Entry.publish",
    }
    assert masked_headers(headers, keys=(KEY,)) == headers


def test_a_secret_is_masked_wherever_it_stands_and_however_it_is_spelt():
    headers = {
        "x-custom": f"Bearer {KEY.decode()}",
        "x-other": KEY.hex(),
        "x-third": "Z2hvc3Qtc2VjcmV0LTE=",
        "x-w": SECRET,
    }
    text = json.dumps(masked_headers(headers, keys=(KEY,)))
    assert text.count(MASK) == 4
    assert KEY.decode() not in without_keys(f'{{"a": "{KEY.decode()}"}}', keys=(KEY,))


def test_where_a_delivery_came_from_is_only_a_network():
    headers = {"x-forwarded-for": "203.0.113.77, 2001:db8:1:2::7", "x-real-ip": "nonsense"}
    assert masked_headers(headers, keys=()) == {
        "x-forwarded-for": "203.0.113.0/24, 2001:db8:1::/48",
        "x-real-ip": "an unknown address",
    }


def test_people_do_not_stay_in_a_payload():
    author = {
        "name": "Ana Ruiz",
        "email": "ana@kurier.example",
        "last_seen": "2026-11-23T07:00:00Z",
        "login": "ana@kurier.example",
    }
    masked = masked_payload({"post": {"authors": [author], "password": "geheim", "email_only": False}})
    assert masked == {
        "post": {
            "authors": [{"name": "Ana Ruiz", "email": MAIL_MASK, "last_seen": MASK, "login": MAIL_MASK}],
            "password": MASK,
            "email_only": False,
        }
    }


def test_an_article_stays_word_for_word_also_with_an_address_for_readers_in_it():
    article = an_article_payload(body="<p>Schreiben Sie an markt@kurier.example, bis 3.1.2027 um 10.30 Uhr.</p>")
    assert masked_payload(article) == article


def test_a_message_names_nobody():
    text = "authors[0]: 'ana@kurier.example' from 203.0.113.77 with whsec_QUJDREVG, version 6.19.1"
    assert masked_text(text) == f"authors[0]: '{MAIL_MASK}' from 203.0.113.0/24 with {MASK}, version 6.19.1"


@given(JSON)
def test_masking_keeps_the_shape_of_whatever_comes(value):
    masked = masked_payload(value)
    assert _shape(masked) == _shape(value)


@given(JSON)
def test_masking_twice_is_masking_once(value):
    assert masked_payload(masked_payload(value)) == masked_payload(value)


def test_a_long_text_without_any_address_is_masked_at_once():
    text = "a" * 2_000_000 + "." * 100_000 + "1." * 100_000
    assert masked_text(text) == text


def _shape(value):
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shape(each) for each in value]
    return type(value)


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.__name__)
def test_what_is_kept_of_a_delivery_becomes_the_same_article(suite):
    for sample in samples_in(suite.deliveries):
        kept = masked_payload(suite.vendor.public(sample.payload))
        assert _made_of(suite, sample, kept) == _made_of(suite, sample, sample.payload), sample.name


def _made_of(suite, sample, payload):
    """The draft without its warnings, which may quote what was masked; or every field at fault."""
    try:
        made = suite.vendor.adapt(payload, sample.circumstances(suite.options, suite.model))
    except PayloadRejected as fault:
        return [each.field for each in fault.faults]
    return replace(made, warnings=()) if isinstance(made, Draft) else made
