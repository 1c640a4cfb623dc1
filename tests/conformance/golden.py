"""`python -m tests.conformance.golden`: write what becomes of every delivery in tests/fixtures/deliveries anew."""

from services.ingest.conformance import write_drafts
from tests.conformance.test_vendors import SUITES

if __name__ == "__main__":
    for suite in SUITES:
        print(suite.deliveries.name, write_drafts(suite.vendor, suite.deliveries, suite.options, suite.model))
