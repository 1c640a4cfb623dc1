"""JSON Schemas of everything that travels, generated from the contracts; never edited by hand.

`make schemas` writes them, `make check` compares. Draft 2020-12, one file a contract.
"""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from shared.contracts.article import Article
from shared.contracts.config import LitfassConfig
from shared.contracts.document import Document
from shared.contracts.events import SCHEMA_BASE, ArticleEvent, TeaserEvent
from shared.contracts.signals import ListsChanged, PagesWritten, Signal
from shared.contracts.subscribers import Reference, Subscriber
from shared.contracts.teaser import Teaser

FOLDER: Final = Path(__file__).parent
CONTRACTS: Final[dict[str, Any]] = {
    "article": Article,
    "article-event": ArticleEvent,
    "config": LitfassConfig,
    "document": Document,
    "lists-changed": ListsChanged,
    "pages-written": PagesWritten,
    "reference": Reference,
    "signal": Signal,
    "subscriber": Subscriber,
    "teaser": Teaser,
    "teaser-event": TeaserEvent,
}


def generate() -> dict[str, str]:
    """Return file name → text of every schema."""
    return {f"{name}.json": _text(name, contract) for name, contract in CONTRACTS.items()}


def differences(folder: Path = FOLDER) -> list[str]:
    """Name the schema files that are not what the contracts say."""
    wanted = generate()
    present = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.json")}
    return sorted(name for name in wanted | present if wanted.get(name) != present.get(name))


def write(folder: Path = FOLDER) -> None:
    """Write every schema anew."""
    for name, text in generate().items():
        (folder / name).write_text(text, encoding="utf-8")


def _text(name: str, contract: Any) -> str:
    schema = TypeAdapter(contract).json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{SCHEMA_BASE}/{name}.json"}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"
