"""What ingest answers, as a part of the process's OpenAPI document.

    article     the article as the `standard` adapter takes it, made from the contracts
    __init__    paths, answers and faults, made from what answers them: answers.py, problems.py

Bodies are described for the vendors that this house's sources use; the names of sources are nobody's business.
"""

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from services.ingest.answers import Ignorance, Taken
from services.ingest.events import ADAPTER as CLOUDEVENTS
from services.ingest.openapi.article import DELIVERY, article_schemas
from services.ingest.preview import REFUSALS, Kept
from services.ingest.problems import fault_kinds
from services.ingest.vendor import Vendor
from services.ingest.vendors import vendor_of
from shared.contracts.config import AdapterName, LitfassConfig
from shared.runtime.openapi import JSON_TYPE, Json, Part, answer, bare_answer, parameter, problem_answer, ref

NDJSON: Final = "application/x-ndjson"
FORM: Final = "application/x-www-form-urlencoded"
_ALWAYS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": "Says that a signature is wanted."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}
_WHOLE_BATCH: Final = frozenset({422})  # what can be wrong with a line, and never with the body around it
_SOURCE: Final = parameter(
    "source", "A source of litfass.toml.", schema={"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}
)
_EVENT: Final = parameter("event", "The event's name, for CMSs that have it nowhere else (Ghost).")
_PROOF: Final = [
    parameter(name, text, where="header", schema={"type": "string"})
    for name, text in (
        ("webhook-id", "Standard Webhooks: the same for every attempt."),
        ("webhook-timestamp", "Standard Webhooks: seconds since 1970."),
        ("webhook-signature", "Standard Webhooks: `v1,…` or `v1a,…`, several with blanks between them."),
        ("x-ghost-signature", "Ghost: `sha256=…, t=…`."),
        ("traceparent", "W3C Trace Context; stands in logs and in the article's timeline."),
    )
]


def part_of(config: LitfassConfig) -> Part:
    """Return ingest's part for a house with these sources; raises ConfigurationFault for an adapter that is none."""
    vendors = {source.adapter: vendor_of(source) for source in config.source.values()}
    body, has_events = _bodies(vendors), CLOUDEVENTS in vendors
    single = _operation(
        "Take one delivery.", "take_delivery", body | (_event_bodies() if has_events else {}), _taken_answers()
    )
    named = _operation("Take one delivery of a named event.", "take_event", body, _taken_answers())
    batch = _operation("Take many deliveries, one a line.", "take_batch", _lines(), _batch_answers())
    return Part(
        paths={
            "/webhooks/{source}/batch": {"post": batch | {"parameters": [_SOURCE, *_PROOF]}},
            "/webhooks/{source}": {
                "post": (_with_results(single) if has_events else single) | {"parameters": [_SOURCE, *_PROOF]},
                **({"options": _handshake()} if has_events else {}),
            },
            "/preview/{source}": {"post": _preview(body)},
            "/webhooks/{source}/{event}": {"post": named | {"parameters": [_SOURCE, _EVENT, *_PROOF]}},
        },
        schemas={
            "Taken": TypeAdapter(Taken).json_schema(),
            "Ignored": TypeAdapter(Ignorance).json_schema(),
            "Preview": TypeAdapter(Kept).json_schema(),
            "Results": _results(),
            **article_schemas(),
        },
    )


def _operation(text: str, name: str, body: Json, answers: Json) -> Json:
    return {
        "summary": text,
        "description": "The raw body is what is signed. An answer of 202 or 200 is given when it is on disk.",
        "operationId": name,
        "tags": ["ingest"],
        "requestBody": {"required": True, "content": body},
        "responses": answers,
    }


def _bodies(vendors: Mapping[AdapterName, Vendor]) -> Json:
    """Say what a body may be: our own format exactly, that of others as an object whose page says the rest."""
    schemas = [ref(DELIVERY) if adapter == "standard" else _foreign(adapter) for adapter in sorted(vendors)]
    bodies: Json = {JSON_TYPE: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas or [ref(DELIVERY)]}}}
    forms = [_foreign(adapter) for adapter, vendor in sorted(vendors.items()) if vendor.takes_forms]
    return bodies | ({FORM: {"schema": {"anyOf": forms}}} if forms else {})


def _foreign(adapter: AdapterName) -> Json:
    text = f"As {adapter} sends it: docs/howto/connect-{adapter}.md."
    return {"type": "object", "title": adapter, "description": text}


# --- CloudEvents -----------------------------------------------------------------------------------------------------


def _event_bodies() -> Json:
    return {
        "application/cloudevents+json": {"schema": {"type": "object", "description": "Structured mode."}},
        "application/cloudevents-batch+json": {"schema": {"type": "array", "items": {"type": "object"}}},
    }


def _with_results(operation: Json) -> Json:
    """Say what a list of events is answered with: one result each, and the status that fits all."""
    answers = operation["responses"]
    results = {JSON_TYPE: {"schema": ref("Results")}}
    either = {JSON_TYPE: {"schema": {"anyOf": [ref("Taken"), ref("Ignored"), ref("Results")]}}}
    changed = {"200": answers["200"] | {"content": either}} | {
        status: answers[status] | {"content": answers[status]["content"] | results} for status in ("422", "503")
    }
    return operation | {"responses": answers | changed}


def _results() -> Json:
    row = {
        "type": "object",
        "required": ["line", "http_status"],
        "properties": {"line": {"type": "integer"}, "http_status": {"type": "integer"}},
        "anyOf": [ref("Taken"), ref("Ignored"), ref("Problem")],
    }
    results = {"type": "array", "items": row}
    return {"type": "object", "required": ["results"], "properties": {"results": results}}


def _handshake() -> Json:
    """Say how CloudEvents senders ask first. Source: CloudEvents, HTTP 1.1 Web Hooks, 4."""
    origin = parameter("webhook-request-origin", "Who wants to send.", where="header", schema={"type": "string"})
    allowed = {"WebHook-Allowed-Origin": "Who may.", "WebHook-Allowed-Rate": "How much a minute; `*` = all."}
    return {
        "summary": "May this origin send CloudEvents here?",
        "operationId": "shake_hands",
        "tags": ["ingest"],
        "parameters": [_SOURCE, origin],
        "responses": {
            "200": bare_answer("It may.", headers=allowed),
            "405": bare_answer(
                "This source takes no CloudEvents, or nobody asked.", headers={"Allow": "What it takes."}
            ),
        },
    }


def _preview(body: Json) -> Json:
    where = {"Location": "The page of the draft, for an hour; open it in a browser."}
    answers = {"303": answer("Kept for a look, and nowhere else.", ref("Preview"), headers=where), **_faults()}
    for status in {status for status, _ in REFUSALS.values()}:
        here = {fault.reason: title for fault, (its_status, title) in REFUSALS.items() if its_status == status}
        title, reasons = fault_kinds().get(status, (" / ".join(here.values()), ()))
        answers[str(status)] = problem_answer(title, reasons=(*reasons, *here))
    text = "Look at a draft before it is published."
    return _operation(text, "take_preview", body, answers) | {
        "description": "The same body and signature as of a delivery; a draft is shown as if it were published.",
        "parameters": [_SOURCE, *_PROOF],
    }


# --- lines and faults ------------------------------------------------------------------------------------------------


def _lines() -> Json:
    text = "One delivery a line, each as JSON; at most 64 MiB. The whole body is verified before any line acts."
    return {NDJSON: {"schema": {"type": "string", "description": text}}}


def _taken_answers() -> Json:
    return {
        "200": answer(
            "In order, and nothing new was to be taken.", {"anyOf": [ref("Taken"), ref("Ignored")]}
        ),
        "202": answer("Taken, and on disk.", ref("Taken")),
        **_faults(),
    }  # fmt: skip


def _batch_answers() -> Json:
    text = "One result a line, in order: its `line`, the `http_status` that it would have had alone, and that answer."
    return {"200": answer(text, {"type": "string"}, media_type=NDJSON), **_faults(without=_WHOLE_BATCH)}


def _faults(*, without: frozenset[int] = frozenset()) -> Json:
    return {
        str(status): problem_answer(title, reasons=reasons, headers=_ALWAYS.get(status))
        for status, (title, reasons) in fault_kinds().items()
        if status not in without
    }
