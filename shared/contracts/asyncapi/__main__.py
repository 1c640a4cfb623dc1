"""`python -m shared.contracts.asyncapi [--check]`."""

import sys

from shared.contracts.asyncapi import FILE, text

if "--check" not in sys.argv:
    FILE.write_text(text(), encoding="utf-8")
elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text():
    sys.exit("asyncapi.json is not what the contracts say. Run: make schemas")
