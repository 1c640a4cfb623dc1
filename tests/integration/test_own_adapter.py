"""The example of an adapter of one's own: found by its entry point, and its own tests pass where it would stand."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from services.ingest.vendors import vendor_of
from shared.contracts.config import SourceConfig
from tests.support.articles import SITE
from tests.support.packages import install

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/own-adapter"


def test_the_entry_point_of_the_example_is_a_vendor(tmp_path, monkeypatch):
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((name, value),) = project["entry-points"]["litfass.adapters"].items()
    module = (EXAMPLE / f"{value.partition(':')[0]}.py").read_text(encoding="utf-8")
    install(tmp_path, monkeypatch, name=name, module=module, value=value, package=project["name"])
    source = SourceConfig(site=SITE, adapter=name, allow_unsigned=True, options={"suchmaschinen": "nein"})
    assert vendor_of(source).options == {"suchmaschinen": ("ja", "nein")}


def test_the_examples_own_tests_pass_outside_of_this_repository(tmp_path):
    project = shutil.copytree(EXAMPLE, tmp_path / "own-adapter", ignore=shutil.ignore_patterns("__pycache__"))
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"],
        cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout
