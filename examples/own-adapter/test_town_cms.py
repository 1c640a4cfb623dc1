"""Town CMS keeps every promise that a vendor makes: `python -m pytest`."""

import hashlib
import hmac
from pathlib import Path

from town_cms import VENDOR

from services.ingest.conformance import VendorConformance


class TestTownCms(VendorConformance):
    """The whole suite, over the deliveries beside this file."""

    vendor = VENDOR
    secret = "what-town-cms-signs-with"
    deliveries = Path(__file__).parent / "deliveries"
    people = ("autoren.*.name",)

    @staticmethod
    def signed(body, *, secret, now_s):  # noqa: ANN001, ANN205 -- an example's test
        """Sign as Town CMS does."""
        stamp = str(int(now_s))
        mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return {"x-town-signature": f"t={stamp},v={mac}"}
