"""What schemathesis has to know of ingest and no document can say: dates that can be meant, sources that are there.

Named by SCHEMATHESIS_HOOKS in tests/integration/test_schemathesis.py.
"""

from datetime import UTC, datetime, timedelta

import schemathesis
from hypothesis import strategies as st

NOW = datetime.now(UTC)
AGES = st.timedeltas(timedelta(hours=-1), timedelta(days=36 * 365))
THERE = {"source": "ohne-schloss", "site": "kurier"}

schemathesis.openapi.format("date-time", AGES.map(lambda age: (NOW - age).isoformat()))


@schemathesis.serializer("application/x-ndjson")
def lines(_, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.hook
def map_path_parameters(_, path_parameters):
    """Half of what is asked for goes to a source and a site that are there."""
    for name, value in (path_parameters or {}).items():
        if name in THERE and len(str(value)) % 2:
            path_parameters[name] = THERE[name]
    return path_parameters
