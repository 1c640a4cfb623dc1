"""Any JSON: what property tests of adapters send."""

from services.ingest.conformance import DATES, JSON

__all__ = ["DATES", "JSON"]
