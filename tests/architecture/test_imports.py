"""The import contracts hold, and would notice if they did not."""

import subprocess
import sys


def test_every_import_contract_is_kept():
    result = subprocess.run(
        [f"{sys.prefix}/bin/lint-imports", "--no-cache"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout
