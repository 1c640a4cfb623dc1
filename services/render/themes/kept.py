"""A theme as one piece of bytes: kept in Redis while it is good, for a start at which its folder is broken. Pure."""

import base64
import json
import zlib
from typing import Final

from services.render.themes import ThemeFiles, ThemeSettings

MOST_BYTES: Final = 16 * 1024 * 1024  # of the static files; a theme with more is not kept


def pack(files: ThemeFiles) -> bytes:
    """Return a theme as bytes; empty when its static files are too large to be kept."""
    if sum(map(len, files.static.values())) > MOST_BYTES:
        return b""
    said = {
        "name": files.name,
        "settings": files.settings.model_dump(),
        "templates": dict(files.templates),
        "static": {name: base64.b64encode(data).decode() for name, data in files.static.items()},
        "locales": {language: dict(texts) for language, texts in files.locales.items()},
    }
    return zlib.compress(json.dumps(said, ensure_ascii=False).encode())


def unpack(blob: bytes) -> ThemeFiles:
    """Read what `pack` wrote."""
    said = json.loads(zlib.decompress(blob))
    return ThemeFiles(
        name=said["name"],
        settings=ThemeSettings.model_validate(said["settings"]),
        templates=said["templates"],
        static={name: base64.b64decode(data) for name, data in said["static"].items()},
        locales=said["locales"],
        sources={},
    )
