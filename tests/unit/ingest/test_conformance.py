"""The suite for vendors would notice: each way of breaking a promise fails the test that is about it."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings
from services.ingest.conformance import VendorConformance, samples_in, write_drafts
from services.ingest.draft import Content, Draft, Ignored
from services.ingest.vendor import Vendor
from services.ingest.verify import Delivery, SignatureRejected, Verified, body_id
from services.ingest.verify.hmacs import any_matches, key_of_letters, signatures
from shared.contracts.article import Author

SECRET = "was-nur-zwei-wissen"
ITEM = {"id": "7", "title": "Das Dach", "at": "2026-11-23T09:30:00+01:00", "by": "Ana Ruiz"}


def verify(delivery: Delivery, *, keys: Any, now_s: float) -> Verified:
    given = delivery.headers.get("x-mac", "")
    mac = bytes.fromhex(given) if re.fullmatch("[0-9a-f]{64}", given) else b""
    if not any_matches(signatures(keys, (delivery.body,), digest="sha256"), [mac]):
        raise SignatureRejected("No secret of this source made the x-mac.")
    return Verified(body_id(delivery.body))


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    fields = Fields(payload, Findings())
    title, at, source_id = fields.needed_text("title"), fields.needed_moment("at"), fields.identifier("id")
    warnings = fields.findings.settle()
    assert at is not None
    return Draft("published", source_id, Content(title, "das-dach", at), warnings=warnings)


GOOD = Vendor(lambda secret: key_of_letters(secret, where="Schlüssel"), verify, adapt)


@pytest.fixture
def suite(tmp_path: Path) -> Callable[..., VendorConformance]:
    """Make the suite for a vendor, over one delivery whose golden result is the good vendor's."""
    (tmp_path / "one.body.json").write_text(json.dumps(ITEM), encoding="utf-8")
    assert write_drafts(GOOD, tmp_path, {}) == 1

    def of(**broken: Any) -> VendorConformance:
        class Suite(VendorConformance):
            vendor = replace(GOOD, **broken)
            secret = SECRET
            deliveries = tmp_path
            people = ("by",)

            @staticmethod
            def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
                return {"x-mac": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}

        return Suite()

    return of


TESTS = [name for name in vars(VendorConformance) if name.startswith("test_")]


def run(suite: VendorConformance, name: str) -> None:
    test = getattr(suite, name)
    (sample,) = samples_in(suite.deliveries)
    wants_sample = "sample" in test.__code__.co_varnames[: test.__code__.co_argcount]
    test(sample) if wants_sample else test()


@pytest.mark.parametrize("name", TESTS)
def test_a_good_vendor_passes(suite, name):
    run(suite(), name)


def with_content(**changes: Any) -> Callable[[Payload, Circumstances], Draft | Ignored]:
    def adapted(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
        draft = adapt(payload, circumstances)
        assert isinstance(draft, Draft)
        assert draft.content is not None
        return replace(draft, content=replace(draft.content, **changes))

    return adapted


def trusting(payload: Payload, circumstances: Circumstances) -> Draft:
    draft = adapt(payload, circumstances)
    assert isinstance(draft, Draft)
    assert draft.content is not None
    by = payload.get("by")
    author = Author(name=str(by)[:200] or "x", slug="x")
    return replace(draft, content=replace(draft.content, authors=(author,)))


def careless(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    payload["title"].strip()  # type: ignore[attr-defined]
    return adapt(payload, circumstances)


def changing(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    payload["seen"] = True  # type: ignore[index]
    return adapt(payload, circumstances)


def half(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    return replace(adapt(payload, circumstances), content=None)  # type: ignore[type-var]


def gullible(delivery: Delivery, *, keys: Any, now_s: float) -> Verified:
    if "x-mac" not in delivery.headers:
        raise SignatureRejected("There is no x-mac.")
    return Verified(body_id(delivery.body))


def talkative(delivery: Delivery, *, keys: Any, now_s: float) -> Verified:
    try:
        return verify(delivery, keys=keys, now_s=now_s)
    except SignatureRejected as cause:
        raise SignatureRejected(
            f"It should have been made with {[key.decode() for key in keys if key.isascii()]}."
        ) from cause


def stumbling(delivery: Delivery, *, keys: Any, now_s: float) -> Verified:
    bytes.fromhex(delivery.headers.get("x-mac", ""))
    return verify(delivery, keys=keys, now_s=now_s)


def blabbing(secret: str) -> bytes:
    raise ValueError(f"{secret!r} is no key that could be used")


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ({"adapt": careless}, "test_no_field_can_break_more_than_its_own_article"),
        ({"adapt": careless}, "test_nothing_but_a_rejection_or_a_whole_article_comes_of_any_json"),
        ({"adapt": careless}, "test_nothing_but_a_rejection_or_a_whole_article_comes_of_a_broken_payload"),
        ({"adapt": trusting}, "test_no_e_mail_address_of_the_staff_leaves"),
        ({"adapt": half}, "test_no_field_can_break_more_than_its_own_article"),
        ({"adapt": with_content(headline=" ")}, "test_no_field_can_break_more_than_its_own_article"),
        ({"adapt": with_content(kicker="neu")}, "test_a_delivery_becomes_what_its_golden_result_says"),
        ({"adapt": changing}, "test_adapting_is_pure"),
        ({"adapt": lambda _, __: Ignored("nothing")}, "test_at_least_one_delivery_becomes_an_article"),
        ({"verify": gullible}, "test_a_changed_body_is_refused"),
        ({"verify": gullible}, "test_another_secret_and_no_secret_are_refused"),
        ({"verify": gullible}, "test_nothing_but_a_refusal_comes_of_a_forged_proof_and_it_repeats_no_secret"),
        ({"verify": talkative}, "test_a_changed_body_is_refused"),
        ({"verify": stumbling}, "test_nothing_but_a_refusal_comes_of_a_forged_proof_and_it_repeats_no_secret"),
        ({"key": blabbing}, "test_a_secret_that_cannot_be_used_is_refused_without_repeating_it"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value.removeprefix("test_"),
)
def test_a_promise_that_is_broken_is_noticed(suite, broken, name):
    with pytest.raises((AssertionError, AttributeError, KeyError, ValueError, pytest.fail.Exception)):
        run(suite(**broken), name)
