"""What travels between us and those who subscribe, as an AsyncAPI 3 document, generated from the contracts.

Streams in Redis, server-sent events, pull as request and reply, webhooks out, WebSub. What travels inside of Litfass
is nobody else's business and not here. `make schemas` writes asyncapi.json, `make check` compares; JSON is YAML, too.
Source: AsyncAPI 3.0.0. "send" and "receive" are said from where we stand.
"""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from shared.contracts.asyncapi.channels import CHANNELS, MESSAGES, OPERATIONS, SCHEMAS, SECURITY, SERVERS
from shared.contracts.events import ArticleEvent, TeaserEvent

VERSION: Final = "3.0.0"
FILE: Final = Path(__file__).parent / "asyncapi.json"
MEDIA_TYPE: Final = "application/vnd.aai.asyncapi+json"
_REFERENCE: Final = "#/components/schemas/{model}"

Json = dict[str, Any]


def document() -> Json:
    """Return the whole document."""
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Litfass: events of a newsroom",
            "version": "1",
            "description": "Every article's verbs, in order and once, by the way that suits the subscriber. "
            "All ways carry the same events: CloudEvents 1.0 in structured JSON.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": SERVERS,
        "channels": CHANNELS,
        "operations": OPERATIONS,
        "components": {"messages": MESSAGES, "schemas": _schemas(), "securitySchemes": SECURITY},
    }


def text() -> str:
    """Return the file's text."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _schemas() -> Json:
    """Return the contracts' schemas by their names, and those of what is no contract."""
    found: Json = {}
    contracts: tuple[Any, ...] = (ArticleEvent, TeaserEvent)  # unions, for which there is no type yet
    for contract in contracts:
        schema: Json = TypeAdapter(contract).json_schema(mode="serialization", ref_template=_REFERENCE)
        found |= schema["$defs"]
    return {name: _plain(schema) for name, schema in sorted((found | SCHEMAS).items())}


def _plain(schema: Any) -> Any:
    """Return a schema without `discriminator`, which is an object in OpenAPI's words and a name in AsyncAPI's."""
    if isinstance(schema, dict):
        return {name: _plain(value) for name, value in schema.items() if name != "discriminator"}
    return [_plain(value) for value in schema] if isinstance(schema, list) else schema
