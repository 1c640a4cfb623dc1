"""Why is this delivery refused? Check after check, as a delivery meets them, and what a wrong signature was made of.

When a signature is wrong, the mistakes that senders make are tried one after the other: other bytes, a secret that
was decoded or was not, another secret, another scheme. What would match is said; a secret is never repeated.
Pure, for `litfass verify-delivery`: a service never tries anything but what is configured.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from services.ingest.adapt import Payload
from services.ingest.draft import Ignored
from services.ingest.mistakes import other_bodies, other_keys
from services.ingest.reading import payload_from, require_json
from services.ingest.sources import Source, source_of
from services.ingest.vendors import VENDORS, vendor_of, verify_of
from services.ingest.verify import Delivery, SignatureRejected, Verified, Verify
from shared.contracts.base import SourceName
from shared.contracts.config import LitfassConfig
from shared.runtime.errors import Rejected

MOST_STAMPS: Final = 20  # numbers in headers that may be the time of signing
_SECONDS: Final = re.compile(r"(?<!\d)(\d{10})(\d{3})?(?!\d)")


@dataclass(frozen=True)
class Secret:
    """A configured secret: where it stands, and what it is."""

    reference: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Check:
    """One check: what it looks at, whether the delivery passes, and what to do if not."""

    name: str
    is_passed: bool
    detail: str
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Attempt:
    """One mistake that may have been made, in words that follow "The signature is right"."""

    words: str
    verify: Verify
    keys: Sequence[bytes]
    delivery: Delivery


def diagnose(
    config: LitfassConfig,
    name: SourceName,
    delivery: Delivery,
    *,
    event: str,
    secrets: Mapping[SourceName, Sequence[Secret]],
    now_ms: int,
    body_limit: int,
) -> list[Check]:
    """Return every check in the order of a delivery's way; the rest is tried although an earlier one failed.

    Args:
        event: the event's name in the URL; empty = it has none.
        secrets: of every source, newest first.
        now_ms: when the delivery is to have arrived, milliseconds since 1970.
        body_limit: bytes, for sources that say none of their own.
    """
    keys, checks = _usable(config, name, secrets[name])
    source = source_of(config, name, keys=keys)
    checks += [_size(delivery, source.body_limit(default=body_limit)), _type(delivery, forms=source.takes_forms)]
    checks += _proof(config, name, delivery, source=source, secrets=secrets, now_s=now_ms / 1000)
    return checks + _content(source, delivery, event=event, now_ms=now_ms)


def _usable(config: LitfassConfig, name: SourceName, secrets: Sequence[Secret]) -> tuple[list[bytes], list[Check]]:
    """Return the keys that can be used, and a check for each secret that cannot."""
    key, keys, checks = vendor_of(config.sources()[name]).key, [], []
    for secret in secrets:
        try:
            keys.append(key(secret.text))
        except ValueError as cause:
            checks.append(Check("secret", False, f"{secret.reference} {cause}."))
    return keys, checks


def _size(delivery: Delivery, limit: int) -> Check:
    announced, size = delivery.headers.get("content-length", ""), len(delivery.body)
    if size > limit:
        return Check("size", False, f"{size:,} bytes; at most {limit:,} are taken.")
    if announced.isdecimal() and int(announced) != size:
        return Check(
            "size", False, f"{size:,} bytes, but Content-Length says {announced}: the recording is not what was sent."
        )
    return Check("size", True, f"{size:,} bytes")


def _type(delivery: Delivery, *, forms: bool) -> Check:
    try:
        require_json(delivery.headers, forms=forms)
    except Rejected as fault:
        return Check("type", False, str(fault))
    return Check("type", True, delivery.headers.get("content-type", "no Content-Type"))


def _proof(
    config: LitfassConfig,
    name: SourceName,
    delivery: Delivery,
    *,
    source: Source,
    secrets: Mapping[SourceName, Sequence[Secret]],
    now_s: float,
) -> list[Check]:
    """Return the checks of signature and time."""
    if not config.sources()[name].secrets:
        return [Check("signature", True, "none is asked for: allow_unsigned = true")]
    own = _Attempt("", source.verify, source.keys, delivery)
    now = _fault(own, now_s)
    if not now:
        return [Check("signature", True, _which(config, name, delivery, secrets[name], now_s=now_s))]
    stamps = _stamps(delivery.headers)
    then = next(((at_s, fault) for at_s in stamps if (fault := _fault(own, at_s)) != now), None)
    if then is None:
        return [Check("signature", False, now, _hints(_mistakes(config, name, delivery, source, secrets), stamps))]
    at_s, fault = then
    time = Check("time", False, now)
    if not fault:
        which = _which(config, name, delivery, secrets[name], now_s=at_s)
        return [Check("signature", True, f"{which}, at the time that was signed"), time]
    hints = _hints(_mistakes(config, name, delivery, source, secrets), stamps)
    return [Check("signature", False, fault, hints), time]


def _content(source: Source, delivery: Delivery, *, event: str, now_ms: int) -> list[Check]:
    """Return the checks of what the delivery says."""
    try:
        payload: Payload = payload_from(delivery.headers, delivery.body)
    except Rejected as fault:
        return [Check("body", False, str(fault))]
    proof = Verified(delivery_id="")
    circumstances = source.circumstances(proof, now_ms=now_ms, event=event, headers=delivery.headers)
    try:
        found = source.trial(payload, circumstances)
    except Rejected as fault:
        return [Check("body", True, "a JSON object"), Check("article", False, str(fault))]
    if isinstance(found, Ignored):
        return [Check("body", True, "a JSON object"), Check("article", True, f"ignored: {found.reason}")]
    candidate, warnings = found
    headline = f": {candidate.article.headline}" if candidate.article else ""
    return [
        Check("body", True, "a JSON object"),
        Check("article", True, f"{candidate.verb}{headline}", tuple(f"warning: {text}" for text in warnings)),
    ]


def _fault(attempt: _Attempt, now_s: float) -> str:
    """Say why an attempt is refused; empty = it is not."""
    try:
        attempt.verify(attempt.delivery, keys=attempt.keys, now_s=now_s)
    except SignatureRejected as fault:
        return str(fault)
    return ""


def _which(
    config: LitfassConfig, name: SourceName, delivery: Delivery, secrets: Sequence[Secret], *, now_s: float
) -> str:
    """Say which of the source's secrets made the signature."""
    source = config.sources()[name]
    for number, secret in enumerate(secrets, start=1):
        try:
            key = vendor_of(source).key(secret.text)
        except ValueError:
            continue
        if not _fault(_Attempt("", verify_of(source), [key], delivery), now_s):
            return f"made with secret {number} of {len(secrets)}, {secret.reference}"
    return "made with one of the source's secrets"


def _stamps(headers: Mapping[str, str]) -> list[float]:
    """Return every moment that a header may name, seconds since 1970."""
    found = [
        int(seconds) + (int(ms) / 1000 if ms else 0)
        for value in headers.values()
        for seconds, ms in _SECONDS.findall(value)
    ]
    return found[:MOST_STAMPS]


def _hints(mistakes: Iterable[_Attempt], stamps: Sequence[float]) -> tuple[str, ...]:
    """Return in words which mistakes would explain the signature."""
    found = [mistake.words for mistake in mistakes if any(not _fault(mistake, at_s) for at_s in (*stamps, 0.0))]
    return tuple(f"The signature is right {words}" for words in dict.fromkeys(found))


def _mistakes(
    config: LitfassConfig,
    name: SourceName,
    delivery: Delivery,
    source: Source,
    secrets: Mapping[SourceName, Sequence[Secret]],
) -> Iterator[_Attempt]:
    """Give the mistakes that senders make, the likeliest first."""
    own = _Attempt("", source.verify, source.keys, delivery)
    for words, body in other_bodies(delivery.body):
        yield replace(own, words=words, delivery=replace(delivery, body=body))
    for secret in secrets[name]:
        for words, key in other_keys(secret.text):
            yield replace(own, words=f"with {secret.reference} {words}", keys=[key])
    for other, theirs in secrets.items():
        if other != name:
            yield from _with_secrets_of(other, theirs, config, own, name)
    yield from _other_schemes(config, name, delivery, secrets[name])


def _with_secrets_of(
    other: SourceName, secrets: Sequence[Secret], config: LitfassConfig, own: _Attempt, name: SourceName
) -> Iterator[_Attempt]:
    key = vendor_of(config.sources()[name]).key
    for secret in secrets:
        try:
            yield replace(own, words=f"with the secret of source.{other}, {secret.reference}.", keys=[key(secret.text)])
        except ValueError:
            continue


def _other_schemes(
    config: LitfassConfig, name: SourceName, delivery: Delivery, secrets: Sequence[Secret]
) -> Iterator[_Attempt]:
    """Give every other way of signing, with the source's own secrets."""
    source = config.sources()[name]
    if source.adapter == "ghost":
        legacy = source.model_copy(update={"legacy_signature": not source.legacy_signature})
        words = f"when legacy_signature is {str(legacy.legacy_signature).lower()}: set it so, or take it away."
        yield _Attempt(words, verify_of(legacy), [secret.text.strip().encode() for secret in secrets], delivery)
    for adapter, vendor in VENDORS.items():
        if vendor.verify is vendor_of(source).verify:
            continue
        for secret in secrets:
            try:
                key = vendor.key(secret.text)
            except ValueError:
                continue
            words = f'as {adapter} signs: the source has adapter = "{source.adapter}".'
            yield _Attempt(words, vendor.verify, [key], delivery)
