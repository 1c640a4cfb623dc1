"""CloudEvents 1.0 with our own article in `data`, in all three content modes of their HTTP binding.

    structured   the body is the event: `{"specversion": "1.0", "id", "source", "type", "time"?, "data": ARTICLE}`
    binary       the body is the article; the attributes are headers, `ce-type` …
    batch        a list of structured ones; each arrives here alone (batch.py)

`type` is `article.published | updated | corrected | unpublished | killed`, with any prefix before it
(`org.example.article.published`); `time` is when it happened. `subject`, `dataschema` and extensions are not used.
Source: https://github.com/cloudevents/spec, bindings/http-protocol-binding.md, formats/json-format.md.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from pydantic_core import from_json

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.standard import TYPES, article_of, sent_at
from services.ingest.draft import Draft, Ignored
from shared.contracts.verbs import DeclaredVerb

VERSION: Final = "1.0"
_ATTRIBUTES: Final = ("specversion", "id", "source", "type", "time", "datacontenttype")
_ESCAPED: Final = re.compile(r"\\(.)")


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings = Findings()
    event, data = _parts(payload, circumstances.headers, findings)
    if event.raw("specversion") != VERSION:
        event.fault("specversion", f'must be "{VERSION}", not {described(event.raw("specversion"))}')
    for name in ("id", "source"):
        event.needed_text(name, length=2_000)
    if _is_about_something_else(event):
        return Ignored(
            f"{described(event.raw('type'))} says nothing about an article; Litfass needs {', '.join(TYPES)}."
        )
    verb = _verb(event)
    sent, sent_ms = sent_at(event, "time", circumstances)
    if data is None or verb is None:
        if data is not None:
            data.identifier("id")
        raise findings.rejection()
    return article_of(data, verb, sent=sent, sent_ms=sent_ms, circumstances=circumstances)


def _parts(payload: Payload, headers: Mapping[str, str], findings: Findings) -> tuple[Fields, Fields | None]:
    """Return the attributes and the article, in whatever mode they came; None when there is no article."""
    if "ce-specversion" in headers and not headers.get("content-type", "").lower().startswith(
        "application/cloudevents"
    ):
        attributes = {name: _header(value) for name in _ATTRIBUTES if (value := headers.get(f"ce-{name}")) is not None}
        return Fields(attributes, findings), Fields(payload, findings)
    event = Fields(payload, findings)
    kind = event.spare_text("datacontenttype", length=200).lower()
    if kind and not re.search(r"[/+]json\b", kind):
        event.fault("datacontenttype", f"must be application/json, not {described(kind)}")
    return event, _data(event)


def _data(event: Fields) -> Fields | None:
    if event.raw("data") is None and event.raw("data_base64") is not None:
        return _decoded(event)
    if isinstance(event.raw("data"), str):
        event.fault("data", "is a text; send the article as JSON inside of the event, not as a text with JSON in it")
        return None
    if event.required("data") is None:
        return None
    return event.inner("data")


def _decoded(event: Fields) -> Fields | None:
    """Return the article of `data_base64`."""
    value = event.raw("data_base64")
    try:
        found = (
            from_json(base64.b64decode(value, validate=True), allow_inf_nan=False) if isinstance(value, str) else None
        )
    except (binascii.Error, ValueError):
        found = None
    data = event.of(found, "data_base64")
    if data is None:
        event.fault("data_base64", "must be base64 of the article as a JSON object")
    return data


def _is_about_something_else(event: Fields) -> bool:
    """Say whether the type is a good one, and of no article."""
    value = event.raw("type")
    return isinstance(value, str) and bool(value.strip()) and "article" not in value.lower().split(".")[-2:]


def _verb(event: Fields) -> DeclaredVerb | None:
    value = event.required("type")
    if value is None:
        return None
    words = value.split(".") if isinstance(value, str) else []
    verb = TYPES.get(".".join(words[-2:]))
    if verb is None:
        event.fault("type", f"must end in one of {', '.join(TYPES)}, not {described(value)}")
    return verb


def _header(value: str) -> str | None:
    """Return an attribute from its header: quotes undone, then percent-encoding; None when that is no UTF-8.

    Source: http-protocol-binding.md 3.1.3.2.
    """
    text = value.strip()
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = _ESCAPED.sub(r"\1", text[1:-1])
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeError:
        return None
