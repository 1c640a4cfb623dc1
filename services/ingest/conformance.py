"""What every vendor promises, as tests that anybody can run: ours pass it, and an adapter of one's own should.

    class TestTownCms(VendorConformance):
        vendor = VENDOR
        secret = "what the CMS signs with"
        deliveries = Path(__file__).parent / "deliveries"

        @staticmethod
        def signed(body, *, secret, now_s):
            return {"x-town-signature": …}

pytest collects the class. `deliveries` is a folder with one file a delivery, each as the CMS sends it:

    published.body.json     the body (also .body.txt: it need not be JSON)
    published.http.json     {"event": "post.published", "headers": {…}, "sent_ms": …}, when the CMS says something there
    published.draft.json    what becomes of it; `python -m services.ingest.conformance town_cms:VENDOR FOLDER` writes it
                            anew, and a look at the difference says whether that is right

Needs pytest and hypothesis (`pip install litfass[conformance]`); nothing that runs imports it.
"""

import copy
import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Final, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from services.ingest.accept import Intake, candidate_of
from services.ingest.adapt import Circumstances, Payload
from services.ingest.draft import Draft, Ignored
from services.ingest.faults import PayloadRejected
from services.ingest.reading import payload_from
from services.ingest.vendor import Vendor
from services.ingest.verify import Delivery, SignatureRejected
from shared.contracts.base import SiteName, SourceName
from shared.contracts.config import ContentModel, SiteConfig, SourceConfig
from shared.contracts.verbs import WITHDRAWALS
from shared.runtime.errors import Rejected

NOW_MS: Final = 1_795_507_200_000  # 2026-11-24T08:00:00Z: what every delivery in a folder may take for now
WRONG_VALUES: Final = 5  # at each place of a delivery; coprime to how many there are
STAFF: Final = "staff.member@newsroom.example"  # stands where people stand, and must never be seen again
EXAMPLES: Final = 60  # broken payloads of each kind; enough to meet every field of a sample several times
TARGET: Final = "/webhooks/cms"

_USUAL_MODEL: Final = ContentModel()
_MAIL_KEYS: Final = ("email", "mail", "user_email", "author_email", "contact")
_DEEP: Final = 40  # lists in a list
_ENORMOUS: Final = 50_000  # characters
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
DATES: Final = st.sampled_from(
    (
        "2026-11-20T09:00:00+01:00", "2026-11-20T09:00:00.000Z", "2026-11-20T09:00:00", "2026-11-20 09:00:00",
        "2026-11-20T09:00:00+0000", "0000-00-00T00:00:00", "0000-00-00 00:00:00", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00", "1767322245",
    )
)  # fmt: skip
# One test is run by many classes: that is what a suite is for.
_MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class Sample:
    """One delivery of a folder.

    Args:
        event: the event's name, for CMSs that have it in the URL.
        sent_ms: when the CMS says that it sent it, where its signature covers that; 0 = it does not say.
        draft: what should become of it; None when nobody wrote that yet.
    """

    name: str
    body: bytes
    event: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_ms: int = 0
    draft: str | None = None

    @property
    def payload(self) -> Payload:
        """The body, read."""
        return payload_from(self.headers, self.body)

    @property
    def target(self) -> str:
        """The path that the CMS calls."""
        return f"{TARGET}/{self.event}" if self.event else TARGET

    def circumstances(self, options: Mapping[str, str], model: ContentModel) -> Circumstances:
        """What the adapter knows besides."""
        return Circumstances(
            now_ms=NOW_MS, sent_ms=self.sent_ms, event=self.event, headers=self.headers, options=options, model=model
        )


def samples_in(folder: Path) -> tuple[Sample, ...]:
    """Return the deliveries of a folder by name."""
    found = []
    for file in sorted(folder.glob("*.body.*")):
        name = file.name.partition(".")[0]
        http, draft = folder / f"{name}.http.json", folder / f"{name}.draft.json"
        said = json.loads(http.read_text(encoding="utf-8")) if http.exists() else {}
        headers = {key.lower(): value for key, value in said.get("headers", {}).items()}
        written = draft.read_text(encoding="utf-8") if draft.exists() else None
        found.append(Sample(name, file.read_bytes(), said.get("event", ""), headers, said.get("sent_ms", 0), written))
    return tuple(found)


def outcome_of(vendor: Vendor, sample: Sample, options: Mapping[str, str], model: ContentModel = _USUAL_MODEL) -> str:
    """Return what becomes of a delivery, as its `.draft.json` should say it: without what is not said."""
    try:
        found: object = vendor.adapt(sample.payload, sample.circumstances(options, model))
    except PayloadRejected as fault:
        found = {"rejected": [asdict(each) for each in fault.faults]}
    if isinstance(found, Ignored):
        found = {"ignored": found.reason}
    return json.dumps(_plain(found), ensure_ascii=False, indent=2) + "\n"


class VendorConformance:
    """The suite; a class that inherits says of whom.

    Attributes:
        deliveries: the folder with what the CMS sends; at least one of them must become an article.
        options: what the source says to this adapter.
        model: what it says of the newsroom's own content model.
        people: where names of people stand, as paths with `*` for every item: `authors.*.name`. The suite writes
            e-mail addresses there.
        signs_the_body: False for schemes that only show who is calling (a bearer token).
        is_signed: False for a CMS that cannot sign at all.
    """

    vendor: ClassVar[Vendor]
    secret: ClassVar[str] = ""
    deliveries: ClassVar[Path]
    options: ClassVar[Mapping[str, str]] = {}
    model: ClassVar[ContentModel] = _USUAL_MODEL
    people: ClassVar[Sequence[str]] = ()
    signs_the_body: ClassVar[bool] = True
    is_signed: ClassVar[bool] = True

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        """Return the headers, lower-case, with which the CMS proves that it sent `body`; other bodies, other ids."""
        raise NotImplementedError

    def target(self, sample: Sample) -> str:
        """Return the path that the CMS calls; some can put a secret nowhere but there."""
        return sample.target

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give every test that asks for a sample every delivery of the folder."""
        if "sample" in metafunc.fixturenames:
            samples = samples_in(self.deliveries)
            metafunc.parametrize("sample", samples, ids=[sample.name for sample in samples])

    # --- is it really from the newsroom? ---------------------------------------------------------------------------

    def test_what_the_cms_signed_is_proved_and_a_repetition_is_known(self) -> None:
        """Equal deliveries have one id, others another."""
        samples = samples_in(self.deliveries)
        ids = [self._proved(sample) for sample in samples]
        assert ids == [self._proved(sample) for sample in samples]
        assert len(set(ids)) == len({(sample.body, sample.target) for sample in samples})
        assert all(1 <= len(each) <= 200 for each in ids)

    def test_a_changed_body_is_refused(self, sample: Sample) -> None:
        """Every byte is signed."""
        headers = self._headers(sample)
        for body in (sample.body + b" ", sample.body[:-1], sample.body.swapcase(), b""):
            changed = replace(sample, body=body)
            if self.is_signed and self.signs_the_body:
                assert self.secret not in self._refusal(changed, headers)
            else:
                assert self._proved(changed, headers)

    def test_another_secret_and_no_secret_are_refused(self, sample: Sample) -> None:
        """Only who knows the secret may speak."""
        if not self.is_signed:
            return
        delivery = Delivery(self._headers(sample), sample.body, self.target(sample))
        for keys in ((), (bytes(32),)):
            with pytest.raises(SignatureRejected):
                self.vendor.verify(delivery, keys=keys, now_s=NOW_MS / 1000)

    def test_a_delivery_without_a_proof_is_refused(self, sample: Sample) -> None:
        """A missing signature is no signature."""
        if not self.is_signed:
            return
        delivery, keys = Delivery(sample.headers, sample.body, sample.target), [self.vendor.key(self.secret)]
        with pytest.raises(SignatureRejected):
            self.vendor.verify(delivery, keys=keys, now_s=NOW_MS / 1000)

    @_MANY
    @given(st.data())
    def test_nothing_but_a_refusal_comes_of_a_forged_proof_and_it_repeats_no_secret(self, data: st.DataObject) -> None:
        """Whatever stands in the headers that prove it: no other exception, and no word of what would be right."""
        sample = data.draw(st.sampled_from(samples_in(self.deliveries)))
        headers = self._headers(sample)
        proving = sorted(set(headers) - set(sample.headers) - {"content-type"})
        if not proving:
            return  # what proves it stands in the URL
        name = data.draw(st.sampled_from(proving))
        good = headers[name]
        value = data.draw(st.text(max_size=60) | st.sampled_from([good[:-2], good * 200, good[::-1]]))
        if value.strip() != good:
            said = self._refusal(sample, {**headers, name: value})
            assert self.secret not in said
            assert good not in said or len(good) < 16

    def test_a_secret_that_cannot_be_used_is_refused_without_repeating_it(self) -> None:
        """The start ends with a sentence, and the sentence can be shown to anybody."""
        if not self.is_signed:
            return
        with pytest.raises(ValueError, match=r"\S+ \S+"):
            self.vendor.key("")
        assert isinstance(self.vendor.key(self.secret), bytes)
        for nonsense in ("%%%-no-base64", "whsec_dG9vIHNob3J0", "geheim und viel zu kurz"):
            assert nonsense not in self._said_of(nonsense)

    # --- what does it say? -----------------------------------------------------------------------------------------

    def test_a_delivery_becomes_what_its_golden_result_says(self, sample: Sample) -> None:
        """Nothing changes what an article becomes unless somebody looked at it."""
        assert outcome_of(self.vendor, sample, self.options, self.model) == sample.draft

    def test_at_least_one_delivery_becomes_an_article(self) -> None:
        """Else all the others prove nothing."""
        drafts = [self._adapted(sample.payload, sample) for sample in samples_in(self.deliveries)]
        assert any(isinstance(draft, Draft) and draft.content for draft in drafts)

    def test_adapting_is_pure(self, sample: Sample) -> None:
        """The same comes of the same, and the payload stays as it was."""
        payload = copy.deepcopy(sample.payload)
        assert self._adapted(payload, sample) == self._adapted(payload, sample)
        assert payload == sample.payload

    def test_no_field_can_break_more_than_its_own_article(self, sample: Sample) -> None:
        """Each field missing, null, of another type, empty, enormous: a rejection, or a whole article."""
        payload = sample.payload
        wrong = itertools.cycle(
            (_MISSING, *_wrong_values())
        )  # so many in turn: neighbours and other deliveries have the rest
        for path in _paths(payload):
            for value in itertools.islice(wrong, WRONG_VALUES):
                self._require_whole(self._adapted(_changed(payload, path, value), sample))

    @_MANY
    @given(st.data())
    def test_nothing_but_a_rejection_or_a_whole_article_comes_of_a_broken_payload(self, data: st.DataObject) -> None:
        """Several fields at once, anything in them."""
        sample = data.draw(st.sampled_from(samples_in(self.deliveries)))
        payload = sample.payload
        for _ in range(data.draw(st.integers(1, 4))):
            paths = _paths(payload)
            if paths:
                path = data.draw(st.sampled_from(paths))
                payload = _changed(payload, path, data.draw(st.just(_MISSING) | DATES | JSON))
        self._require_whole(self._adapted(payload, sample))

    @_MANY
    @given(st.data())
    def test_nothing_but_a_rejection_or_a_whole_article_comes_of_any_json(self, data: st.DataObject) -> None:
        """Valid JSON that has nothing to do with the CMS."""
        sample = data.draw(st.sampled_from(samples_in(self.deliveries)))
        names = st.sampled_from(sorted(sample.payload)) | st.text()
        self._require_whole(self._adapted(data.draw(st.dictionaries(names, DATES | JSON, max_size=6)), sample))

    def test_no_e_mail_address_of_the_staff_leaves(self, sample: Sample) -> None:
        """Wherever a CMS could send one: beside a name, or in it."""
        payload = _with_addresses(sample.payload, self.people)
        draft = self._adapted(payload, sample)
        self._require_whole(draft)
        assert STAFF not in repr(draft)

    def test_a_rejection_names_the_field_and_what_to_do(self, sample: Sample) -> None:
        """Of everything that was refused somebody can learn why."""
        payload = sample.payload
        for path in _paths(payload):
            faults = self._faults_of(_changed(payload, path, ["?"]), sample)
            assert all(len(message) > 5 and "\n" not in message for message in faults)

    # --- by these means --------------------------------------------------------------------------------------------

    def _headers(self, sample: Sample) -> Mapping[str, str]:
        proof = self.signed(sample.body, secret=self.secret, now_s=NOW_MS / 1000) if self.is_signed else {}
        return {**proof, **sample.headers}

    def _proved(self, sample: Sample, headers: Mapping[str, str] | None = None) -> str:
        delivery = Delivery(headers or self._headers(sample), sample.body, self.target(sample))
        keys = [self.vendor.key(self.secret)] if self.is_signed else []
        return self.vendor.verify(delivery, keys=keys, now_s=NOW_MS / 1000).delivery_id

    def _refusal(self, sample: Sample, headers: Mapping[str, str]) -> str:
        with pytest.raises(SignatureRejected) as refusal:
            self._proved(sample, headers)
        return str(refusal.value)

    def _adapted(self, payload: Payload, sample: Sample) -> Draft | Ignored | None:
        """Return what the adapter makes; None when it rejects. Any other exception is a failure of the test."""
        try:
            return self.vendor.adapt(payload, sample.circumstances(self.options, self.model))
        except Rejected:
            return None

    def _faults_of(self, payload: Payload, sample: Sample) -> tuple[str, ...]:
        """Return what is wrong with a payload, in words; nothing when it is not refused."""
        try:
            self.vendor.adapt(payload, sample.circumstances(self.options, self.model))
        except PayloadRejected as rejection:
            return tuple(each.message for each in rejection.faults) or ("",)
        return ()

    def _said_of(self, secret: str) -> str:
        """Return why a secret cannot be used; nothing when it can."""
        try:
            self.vendor.key(secret)
        except ValueError as fault:
            return str(fault)
        return ""

    def _require_whole(self, draft: Draft | Ignored | None) -> None:
        """Fail when something could be published that is only half an article."""
        if draft is None:
            return
        if isinstance(draft, Ignored):
            assert draft.reason.strip()
            return
        assert draft.source_id.strip()
        assert (draft.content is None) == (draft.verb in WITHDRAWALS)
        assert all("\n" not in warning and len(warning) < 1_000 for warning in draft.warnings)
        try:
            candidate, _ = candidate_of(draft, _intake(), delivery_id="d", received_ms=NOW_MS)
        except PayloadRejected:
            return
        if candidate.article is not None:
            article = candidate.article
            assert article.headline.strip()
            assert not any("@" in author.name + author.slug for author in article.authors)
            assert type(article).model_validate_json(article.model_dump_json()) == article


_MISSING: Final = object()
_NOTHING: Final[tuple[object, ...]] = (None, "", (), [], {}, 0)


def _wrong_values() -> Iterator[object]:
    """Everything that a field can be and should not."""
    yield from (
        None,
        True,
        0,
        -1,
        1.5,
        10**40,
        "",
        "   ",
        "nonsense",
        [],
        {},
        [None],
        [[]],
        {"": None},
        "x" * _ENORMOUS,
    )
    deep: object = "x"
    for _ in range(_DEEP):
        deep = [deep]
    yield deep


def _paths(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to every value inside of `value`."""
    found: list[tuple[str | int, ...]] = []
    inside: Sequence[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for key, item in inside:
        found += [(*at, key), *_paths(item, (*at, key))]
    return found


def _changed(payload: Payload, path: Sequence[str | int], value: object) -> Payload:
    """Return a copy in which something else stands at `path`, or nothing at all; the rest is shared, not copied."""
    whole = dict(payload)
    place: Any = whole  # Any: whatever the CMS nests
    for key in path[:-1]:
        place[key] = copy.copy(place[key])
        place = place[key]
    if value is not _MISSING:
        place[path[-1]] = value
    else:
        del place[path[-1]]
    return whole


def _with_addresses(payload: Payload, people: Sequence[str]) -> Payload:
    """Return a copy with an e-mail address in every object, and in every name of a person."""
    whole: Any = copy.deepcopy(dict(payload))  # Any: whatever the CMS nests
    for path in _paths(whole):
        place = whole
        for key in path[:-1]:
            place = place[key]
        if isinstance(place[path[-1]], str) and any(_fits(path, pattern.split(".")) for pattern in people):
            place[path[-1]] += f" <{STAFF}>"
    _mark(whole)
    return cast("Payload", whole)


def _fits(path: Sequence[str | int], pattern: Sequence[str]) -> bool:
    return len(path) == len(pattern) and all(
        wanted in {"*", str(key)} for key, wanted in zip(path, pattern, strict=True)
    )


def _mark(value: object) -> None:
    if isinstance(value, dict):
        for item in list(value.values()):
            _mark(item)
        for key in _MAIL_KEYS:
            value.setdefault(key, STAFF)
    elif isinstance(value, list):
        for item in value:
            _mark(item)


@cache
def _intake() -> Intake:
    site = SiteConfig.model_validate({"name": "A", "url": "https://a.example", "sections": {"stadt": "Stadt"}})
    source = SourceConfig(site=SiteName("a"), adapter="standard", allow_unsigned=True)
    return Intake(SourceName("cms"), source, SiteName("a"), site)


def _plain(value: object) -> object:
    """Return a draft as JSON, without the fields that say nothing."""
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item not in _NOTHING}
    if is_dataclass(value) and not isinstance(value, type):
        said = ((each, getattr(value, each.name)) for each in fields(value))
        return {each.name: _plain(item) for each, item in said if item not in _NOTHING}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def write_drafts(vendor: Vendor, folder: Path, options: Mapping[str, str], model: ContentModel = _USUAL_MODEL) -> int:
    """Write what becomes of every delivery of a folder; return how many there are."""
    samples = samples_in(folder)
    for sample in samples:
        outcome = outcome_of(vendor, sample, options, model)
        (folder / f"{sample.name}.draft.json").write_text(outcome, encoding="utf-8")
    return len(samples)


def main(arguments: Sequence[str]) -> int:
    """`MODULE:VENDOR FOLDER [OPTION=VALUE …]`: write the golden results of a folder anew."""
    module, _, name = arguments[0].partition(":")
    vendor = getattr(import_module(module), name)
    options = dict(argument.split("=", 1) for argument in arguments[2:])
    count = write_drafts(vendor, Path(arguments[1]), options)
    sys.stdout.write(f"{count} deliveries in {arguments[1]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
