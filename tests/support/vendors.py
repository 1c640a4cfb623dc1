"""What the tests of structured CMSs share: a delivery with something else in it, and what is made of it."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from services.ingest.adapt import PayloadRejected
from services.ingest.draft import Content, Draft, Ignored
from tests.support.deliveries import Told, a_told


def told(name: str, *path: str, changes: Mapping[str, Any] | None = None, **circumstances: Any) -> Told:
    """The delivery `strapi-publish` … with `changes` in the object at `path`; `model` comes on top of its own."""
    delivery = a_told(name)
    payload = copy.deepcopy(delivery.payload)
    inner: Any = payload
    for step in path:
        inner = inner[step]
    inner |= changes or {}
    model = delivery.model | circumstances.pop("model", {})
    return Told(**(vars(delivery) | {"payload": payload, "model": model} | circumstances))


def drafted(delivery: Told, *, language: str = "de") -> Draft:
    """The draft that must come of it."""
    draft = delivery.adapted(language=language)
    assert isinstance(draft, Draft), draft
    return draft


def content_of(delivery: Told, *, language: str = "de") -> Content:
    """The words and pictures that must come of it."""
    content = drafted(delivery, language=language).content
    assert content is not None
    return content


def reason_of(delivery: Told) -> str:
    """Why it must be ignored."""
    answer = delivery.adapted()
    assert isinstance(answer, Ignored), answer
    return answer.reason


def faults_of(delivery: Told) -> dict[str, str]:
    """The faults that it must have, by field."""
    with pytest.raises(PayloadRejected) as raised:
        delivery.adapted()
    return {fault.field: fault.message for fault in raised.value.faults}
