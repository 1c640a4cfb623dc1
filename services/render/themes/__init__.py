"""Themes: how pages look. This module reads a theme's folder; what its files mean is compose's business.

    theme.toml            its name, and the few numbers that are taste
    templates/**.html     MiniJinja (the Jinja language)
    static/*              style sheets, pictures, fonts: served below /_static/ under names with a content hash
    locales/de.toml …     the theme's own words; what a language lacks is said in English

A folder of the site's own may lie over a theme: its files go before the theme's, one by one. A theme of one's own is a
folder too: a site names it by its path (`theme = "themes/kurier"`), and `base = "default"` in its theme.toml lays it
over a shipped one. docs/howto/themes.md is the page for theme authors.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from shared.contracts.base import Contract
from shared.runtime.errors import ConfigurationFault

SHIPPED: Final = Path(__file__).parent
FALLBACK_LANGUAGE: Final = "en"
ADS_SCRIPT: Final = "ads.js"  # of every theme: fills slots on sites with a network
COUNT_SCRIPT: Final = "count.js"  # of every theme: asks counting pixels once the reader consented


class ThemeSettings(Contract):
    """theme.toml."""

    title: str = Field(min_length=1)
    base: str = Field(
        default="", description="The shipped theme that this one's files lie over; empty = it is complete."
    )
    front_top: int = Field(default=7, ge=1, description="Articles at the top of the front page; the first one leads.")
    front_section: int = Field(default=4, ge=1, description="Articles of a section on the front page.")
    theme_color: str = Field(default="#ffffff", description="What a phone paints around the page.")
    theme_color_dark: str = Field(default="#000000", description="The same when the reader prefers dark.")


@dataclass(frozen=True)
class ThemeFiles:
    """A theme as it was read.

    Args:
        templates: name below templates/ → source.
        static: name below static/ → content, with no hash yet.
        locales: language → key → text.
        sources: template name → the file it came from, for whoever must mend it.
    """

    name: str
    settings: ThemeSettings
    templates: Mapping[str, str]
    static: Mapping[str, bytes]
    locales: Mapping[str, Mapping[str, str]]
    sources: Mapping[str, Path]

    @property
    def digest(self) -> str:
        """16 hex digits that are equal for equal themes."""
        said = {
            "settings": self.settings.model_dump(),
            "templates": dict(self.templates),
            "static": {name: hashlib.sha256(data).hexdigest() for name, data in self.static.items()},
            "locales": {language: dict(texts) for language, texts in self.locales.items()},
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def read_theme(name: str, *, override: Path | None = None) -> ThemeFiles:
    """Return the theme `name` with the files of `override` laid over it.

    Args:
        name: of a shipped theme, or the path of a folder: one with a slash in it.
        override: the site's own files.

    Raises ConfigurationFault naming the file when there is no such theme or a file cannot be read.
    """
    folders = folders_of(name, override=override)
    templates = _files(folders, "templates", "**/*.html")
    return ThemeFiles(
        name=name,
        settings=_settings(_files(folders, "", "theme.toml")["theme.toml"]),
        templates={template: _text(path) for template, path in templates.items()},
        static={
            **{script: _bytes(SHIPPED / script) for script in (ADS_SCRIPT, COUNT_SCRIPT)},
            **{file: _bytes(path) for file, path in _files(folders, "static", "**/*").items()},
        },
        locales={path.stem: _texts(path) for path in _files(folders, "locales", "*.toml").values()},
        sources=templates,
    )


def folders_of(name: str, *, override: Path | None = None) -> list[Path]:
    """Return the folders that a theme is made of; the last goes before the others. Raises ConfigurationFault."""
    own = [_existing(override)] if override else []
    if "/" not in name:
        return [_shipped(name), *own]
    folder = _existing(Path(name))
    if not (folder / "theme.toml").is_file():
        raise ConfigurationFault(f"{folder / 'theme.toml'}: is missing; a theme of one's own begins with it.")
    base = _settings(folder / "theme.toml").base
    return [*([_shipped(base)] if base else []), folder, *own]


def stamp_of(folders: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file of these folders does: names, times of modification (ns), sizes."""
    found = []
    for file in sorted(file for folder in folders for file in folder.rglob("*")):
        try:
            status = file.stat()
        except OSError:  # gone between the two looks
            continue
        found.append((str(file), status.st_mtime_ns, status.st_size))
    return tuple(found)


def _shipped(name: str) -> Path:
    themes = sorted(path.parent.name for path in SHIPPED.glob("*/theme.toml"))
    if name not in themes:
        raise ConfigurationFault(f"There is no theme {name!r}; there are: {', '.join(themes)}.")
    return SHIPPED / name


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise ConfigurationFault(f"{folder}: the theme's folder is not there.")
    return folder


def _files(folders: list[Path], below: str, pattern: str) -> dict[str, Path]:
    """Return name → path, sorted by name; later folders win."""
    found = {
        path.relative_to(folder / below).as_posix(): path
        for folder in folders
        for path in (folder / below).glob(pattern)
        if path.is_file() and not path.name.startswith(".")
    }
    return dict(sorted(found.items()))


def _settings(path: Path) -> ThemeSettings:
    try:
        return ThemeSettings.model_validate(_toml(path))
    except ValidationError as cause:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in cause.errors())
        raise ConfigurationFault(f"{path}: {faults}.") from cause


def _texts(path: Path) -> Mapping[str, str]:
    texts = _toml(path)
    wrong = sorted(key for key, text in texts.items() if not isinstance(text, str))
    if wrong:
        raise ConfigurationFault(f"{path}: {', '.join(wrong)} must be text.")
    return {key: str(text) for key, text in texts.items()}


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as cause:
        raise ConfigurationFault(f"{path}: {cause}.") from cause


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8")
    except UnicodeDecodeError as cause:
        raise ConfigurationFault(f"{path}: byte {cause.start} is not UTF-8.") from cause


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        raise ConfigurationFault(f"{path}: cannot be read ({cause.strerror}).") from cause
