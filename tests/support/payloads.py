"""Any JSON: what property tests of adapters send."""

from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
DATES = st.sampled_from(
    [
        "2026-11-20T09:00:00+01:00",
        "2026-11-20T09:00:00.000Z",
        "2026-11-20T09:00:00",
        "2026-11-20 09:00:00",
        "0000-00-00T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ]
)
