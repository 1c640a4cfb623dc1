"""The running ingest service keeps what its OpenAPI document promises: schemathesis asks all that it describes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.newsroom import Newsroom

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.serial
SOURCE = """
[source.ohne-schloss]
site = "kurier"
adapter = "standard"
allow_unsigned = true
"""
TOKEN = "ein-token-aus-buchstaben"
EXAMPLES = 40  # of each operation, beside those that cover every rule of every schema
# What is nearly right is mended and published with a warning, so that an editor at deadline loses nothing.
LENIENT = "negative_data_rejection"


class Ingest(Newsroom):
    """The ingest service alone, with a source that wants no signature."""

    def write_config(self) -> None:
        super().write_config()
        self.config.write_text(self.config.read_text(encoding="utf-8") + SOURCE, encoding="utf-8")

    def start(self) -> None:
        self.valkey.start()
        self.write_config()
        self.launch("ingest")
        self.wait_ready("ingest")


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    house = Ingest(tmp_path_factory.mktemp("api"), environ={"LITFASS_ADMIN_TOKEN": TOKEN})
    try:
        house.start()
        yield house
    finally:
        house.close()


def test_whatever_is_asked_is_answered_as_the_document_says(ingest, tmp_path):
    command = [
        f"{sys.prefix}/bin/schemathesis", "run", f"{ingest.url('ingest')}/openapi.json", "--checks", "all",
        "--exclude-checks", LENIENT, "--max-examples", str(EXAMPLES), "--header", f"Authorization: Bearer {TOKEN}",
        "--generation-database", "none", "--no-color", "--warnings", "off",
    ]  # fmt: skip
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=110)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
