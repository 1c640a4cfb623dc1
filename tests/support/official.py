"""Others' own programs that ours are compared with, in tests/official; installed by `make verifiers`."""

import os
from pathlib import Path

import pytest

OFFICIAL = Path(__file__).parents[1] / "official"


def require_libraries() -> None:
    """Skip, in one line, where they are not installed; in CI that is a failure."""
    if (OFFICIAL / "node_modules").is_dir():
        return
    message = "the vendors' libraries are missing; run: make verifiers"
    if os.environ.get("LITFASS_CI") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
