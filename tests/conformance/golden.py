"""`python -m tests.conformance.golden`: write what becomes of every delivery in tests/fixtures/deliveries anew."""

from pathlib import Path
from typing import Final

from services.ingest.conformance import write_drafts
from services.ingest.vendors import VENDORS

FOLDER: Final = Path(__file__).parents[1] / "fixtures/deliveries"

if __name__ == "__main__":
    for folder in sorted(FOLDER.iterdir()):
        print(folder.name, write_drafts(VENDORS[folder.name], folder, {}))
