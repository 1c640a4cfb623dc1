"""What ingest answers, as a part of the process's OpenAPI document.

    article     the article as the `standard` adapter takes it, made from the contracts
    __init__    paths, answers and faults, made from what answers them: answers.py, problems.py

Bodies are described for the vendors that this house's sources use; the names of sources are nobody's business.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import TypeAdapter

from services.ingest.answers import Ignorance, Taken
from services.ingest.events import ADAPTER as CLOUDEVENTS
from services.ingest.openapi.article import DELIVERY, article_schemas
from services.ingest.preview import REFUSALS, Kept
from services.ingest.problems import fault_kinds
from shared.contracts.config import AdapterName, LitfassConfig
from shared.runtime.openapi import JSON_TYPE, Json, Part, answer, parameter, problem_answer, ref

NDJSON: Final = "application/x-ndjson"
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
    """Return ingest's part for a house with these sources."""
    adapters = sorted({source.adapter for source in config.source.values()})
    single = _operation("Take one delivery.", "take_delivery", _bodies(adapters), _taken_answers())
    named = _operation("Take one delivery of a named event.", "take_event", _bodies(adapters), _taken_answers())
    batch = _operation("Take many deliveries, one a line.", "take_batch", _lines(), _batch_answers())
    return Part(
        paths={
            "/webhooks/{source}/batch": {"post": batch | {"parameters": [_SOURCE, *_PROOF]}},
            "/webhooks/{source}": {
                "post": single | {"parameters": [_SOURCE, *_PROOF]},
                **({"options": _handshake()} if CLOUDEVENTS in adapters else {}),
            },
            "/preview/{source}": {"post": _preview(adapters)},
            "/webhooks/{source}/{event}": {"post": named | {"parameters": [_SOURCE, _EVENT, *_PROOF]}},
        },
        schemas={
            "Taken": TypeAdapter(Taken).json_schema(),
            "Ignored": TypeAdapter(Ignorance).json_schema(),
            "Preview": TypeAdapter(Kept).json_schema(),
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


def _handshake() -> Json:
    """CloudEvents' HTTP Webhook specification, 4: some senders ask first."""
    origin = parameter("webhook-request-origin", "Who wants to send.", where="header", schema={"type": "string"})
    return {
        "summary": "Ask whether an origin may send CloudEvents here.",
        "operationId": "ask_before_sending",
        "tags": ["ingest"],
        "parameters": [_SOURCE, origin],
        "responses": {
            "200": {
                "description": "It may; the token decides in the end.",
                "headers": {
                    name: {"schema": {"type": "string"}} for name in ("WebHook-Allowed-Origin", "WebHook-Allowed-Rate")
                },
            },
            "405": {"description": "The source takes no CloudEvents, or no origin was named; POST is allowed."},
        },
    }


def _preview(adapters: Iterable[AdapterName]) -> Json:
    where = {"Location": "The page of the draft, for an hour; open it in a browser."}
    answers = {"303": answer("Kept for a look, and nowhere else.", ref("Preview"), headers=where), **_faults()}
    for fault, (status, title) in REFUSALS.items():
        _, reasons = fault_kinds().get(status, ("", ()))
        answers[str(status)] = problem_answer(title, reasons=(*reasons, fault.reason))
    text = "Look at a draft before it is published."
    return _operation(text, "take_preview", _bodies(adapters), answers) | {
        "description": "The same body and signature as of a delivery; a draft is shown as if it were published.",
        "parameters": [_SOURCE, *_PROOF],
    }


def _bodies(adapters: Iterable[AdapterName]) -> Json:
    """Say what a body may be: our own format exactly, that of others as an object whose page says the rest."""
    schemas = [ref(DELIVERY) if adapter == "standard" else _foreign(adapter) for adapter in adapters]
    return {JSON_TYPE: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas or [ref(DELIVERY)]}}}


def _foreign(adapter: AdapterName) -> Json:
    return {
        "type": "object",
        "title": adapter,
        "description": f"As {adapter} sends it: docs/howto/connect-{adapter}.md.",
    }


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
