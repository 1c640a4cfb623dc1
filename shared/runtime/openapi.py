"""What a process answers, as OpenAPI 3.1 at `/openapi.json`, and for people at `/docs`.

Each service says its part (`Part`); this module puts the parts of one process together, with what all have in common.
The page needs no script and nothing from elsewhere. Source: OpenAPI 3.1.1; JSON Schema 2020-12; RFC 9457.
"""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from shared.contracts.asyncapi import MEDIA_TYPE as ASYNCAPI_TYPE
from shared.runtime.problems import MEDIA_TYPE
from shared.runtime.routes import At

VERSION: Final = "3.1.1"
ADMIN: Final = "admin"
JSON_TYPE: Final = "application/json"

Json = dict[str, Any]  # a piece of the document


@dataclass(frozen=True)
class Part:
    """What one service adds to the document.

    Args:
        paths: path → method → operation.
        schemas: name → JSON Schema, what operations refer to.
        security: name → security scheme, what operations ask for.
    """

    paths: Mapping[str, Json]
    schemas: Mapping[str, Json] = field(default_factory=dict)
    security: Mapping[str, Json] = field(default_factory=dict)


def ref(name: str) -> Json:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer(text: str, schema: Json, *, media_type: str = JSON_TYPE, headers: Mapping[str, str] | None = None) -> Json:
    """Return a response object; `headers` are those that are always there, with what they say."""
    return bare_answer(text, headers=headers) | {"content": {media_type: {"schema": schema}}}


def bare_answer(text: str, *, headers: Mapping[str, str] | None = None) -> Json:
    """Return a response object without a body."""
    said: Json = {"description": text}
    if headers:
        said["headers"] = {
            name: {"description": what, "required": True, "schema": {"type": "string"}}
            for name, what in headers.items()
        }
    return said


def problem_answer(text: str, *, reasons: Sequence[str] = (), headers: Mapping[str, str] | None = None) -> Json:
    """Return the response object of a fault; `reasons` are the values that its `reason` may have."""
    schema: Json = ref("Problem")
    if reasons:
        schema = {
            "allOf": [ref("Problem"), {"properties": {"reason": {"enum": list(reasons)}}, "required": ["reason"]}]
        }
    return answer(text, schema, media_type=MEDIA_TYPE, headers=headers)


def parameter(name: str, text: str, *, where: str = "path", schema: Json | None = None) -> Json:
    """Return a parameter object; those of the path are required."""
    return {
        "name": name,
        "in": where,
        "description": text,
        "required": where == "path",
        "schema": schema or {"type": "string", "minLength": 1},
    }


def document(parts: Sequence[Part], *, title: str, version: str) -> Json:
    """Return the whole document of one process."""
    together = [*parts, _house()]
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": {path: item for part in together for path, item in part.paths.items()},
        "components": {
            "schemas": {name: schema for part in together for name, schema in sorted(part.schemas.items())},
            "securitySchemes": {name: scheme for part in together for name, scheme in part.security.items()},
        },
    }


def routes(whole: Json) -> list[At]:
    """Return the routes that show a document."""
    page = _page(whole)

    async def show_json(_: Request) -> Response:
        return JSONResponse(whole)

    async def show_page(_: Request) -> Response:
        return HTMLResponse(page)

    return [At("/openapi.json", show_json), At("/docs", show_page)]


# --- what every service answers --------------------------------------------------------------------------------------

_TEXT: Final[Json] = {"type": "string"}
_TEXTS: Final[Json] = {"type": "array", "items": _TEXT}
_OBJECT: Final[Json] = {"type": "object"}
_STEP: Final[Json] = {"type": "object", "additionalProperties": _TEXT}
_PROBLEM: Final[Json] = {
    "type": "object",
    "description": "What was wrong and what to do (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string", "description": "The same for every fault of its kind."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "This fault: what, where, and what to do."},
        "reason": {"type": "string", "description": "One word for programs; never renamed."},
        "errors": {
            "type": "array",
            "description": "Every field at fault.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def _house() -> Part:
    dead = {"503": answer("`faults` names what ended for good.", ref("Health"))}
    metrics = answer("All metrics.", _TEXT, media_type="text/plain")
    page = answer("A page.", _TEXT, media_type="text/html")
    return Part(
        paths={
            "/metrics": _got("Prometheus's text format.", "show_metrics", metrics),
            "/health/live": _got(
                "Does every part of the process run?", "live", answer("Yes.", ref("Health")), more=dead
            ),
            "/health/ready": _got("Can it answer HTTP?", "ready", answer("It can.", ref("Readiness"))),
            "/openapi.json": _got("This document.", "show_json", answer("OpenAPI 3.1.", _OBJECT)),
            "/asyncapi": _got("What travels between us and subscribers.", "show_asyncapi", _asyncapi()),
            "/docs": _got("This document, for people.", "show_page", page),
            "/admin/timeline/{site}/{article}": _timeline(),
        },
        schemas={
            "Problem": _PROBLEM,
            "Health": _object({"status": {"enum": ["alive", "dead"]}, "faults": _TEXTS}),
            "Readiness": _object({"status": {"const": "ready"}, "services": _TEXTS}),
            "Timeline": _object({"article_id": _TEXT, "steps": {"type": "array", "items": _STEP}}),
        },
        security={ADMIN: {"type": "http", "scheme": "bearer"}},
    )


def _asyncapi() -> Json:
    whole = answer("AsyncAPI 3.", _OBJECT, media_type=ASYNCAPI_TYPE)
    whole["content"]["application/yaml"] = {"schema": _OBJECT}
    return whole


def _timeline() -> Json:
    faults = {
        "401": problem_answer("The token is missing or wrong."),
        "404": problem_answer("There is no such site."),
        "503": problem_answer("Redis is away."),
    }
    item = _got(
        "What happened to an article, oldest first.", "timeline", answer("Its steps.", ref("Timeline")), more=faults
    )
    places = [parameter("site", "A site of litfass.toml."), parameter("article", "The article's id.")]
    return {"get": item["get"] | {"security": [{ADMIN: []}], "parameters": places}}


def _object(properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}


def _got(text: str, name: str, good: Json, *, more: Mapping[str, Json] | None = None) -> Json:
    answers = {"200": good, **(more or {})}
    return {"get": {"summary": text, "operationId": name, "tags": ["every service"], "responses": answers}}


# --- for people ------------------------------------------------------------------------------------------------------

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color-scheme:light dark}"
    "pre{overflow:auto;padding:.5rem;border:1px solid}h2{margin-top:2.5rem}code{overflow-wrap:anywhere}"
    "table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}"
)


def _page(whole: Json) -> str:
    """Write the document as a page: every operation, and every schema to unfold."""
    title = _words(whole["info"]["title"])
    operations = "".join(
        part
        for path, item in whole["paths"].items()
        for method, each in item.items()
        for part in _operation(path, method, each)
    )
    schemas = "".join(_unfold(name, schema, anchor=True) for name, schema in whole["components"]["schemas"].items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f"<h1>{title}</h1><p>Version {_words(whole['info']['version'])}, "
        f'<a href="/openapi.json">OpenAPI {whole["openapi"]}</a></p>{operations}'
        f"<h2>Schemas</h2>{schemas}</main></body></html>"
    )


def _operation(path: str, method: str, operation: Json) -> Iterator[str]:
    yield f"<h2><code>{method.upper()} {_words(path)}</code></h2><p>{_words(operation['summary'])}</p>"
    if text := operation.get("description"):
        yield f"<p>{_words(text)}</p>"
    if parameters := operation.get("parameters"):
        rows = (
            f"<tr><th>{_words(each['name'])}</th><td>{each['in']}</td><td>{_words(each['description'])}</td></tr>"
            for each in parameters
        )
        yield f"<table>{''.join(rows)}</table>"
    for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
        yield _unfold(f"Body: {media_type}", body["schema"])
    rows = (
        f"<tr><th>{status}</th><td>{_words(each['description'])}</td></tr>"
        for status, each in operation["responses"].items()
    )
    yield f"<table>{''.join(rows)}</table>"


def _unfold(title: str, schema: Json, *, anchor: bool = False) -> str:
    place = f' id="{_words(title)}"' if anchor else ""
    written = _words(json.dumps(schema, ensure_ascii=False, indent=2))
    return f"<details{place}><summary>{_words(title)}</summary><pre>{written}</pre></details>"


def _words(text: str) -> str:
    return html.escape(text)
