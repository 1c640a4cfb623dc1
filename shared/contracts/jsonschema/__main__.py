"""`python -m shared.contracts.jsonschema [--check]`."""

import sys

from shared.contracts.jsonschema import differences, write

if "--check" in sys.argv:
    if changed := differences():
        sys.exit(f"These schemas are not what the contracts say: {', '.join(changed)}. Run: make schemas")
else:
    write()
