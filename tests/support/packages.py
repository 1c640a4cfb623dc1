"""An installed package of somebody else's: a module and the entry point that it offers, on the path of one test."""

from pathlib import Path

import pytest


def install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, name: str, module: str, value: str, package: str = "own-adapter"
) -> None:
    """Make `module` (Python source) importable as `value` says (`module:attribute`), offered as adapter `name`."""
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{value.partition(':')[0]}.py").write_text(module, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[litfass.adapters]\n{name} = {value}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
