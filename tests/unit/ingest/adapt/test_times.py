"""When an article was published, whatever a vendor calls that."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.ingest.adapt import Circumstances, PayloadRejected, ghost, ninjs, superdesk, wp_webhooks

DELIVERIES = Path(__file__).parents[3] / "fixtures/deliveries"
NOW_MS = 1_795_507_200_000  # 2026-11-24 08:00 UTC
VENDORS = {
    "ghost": (ghost.adapt, ".published_at", "updated_at"),
    "ninjs": (ninjs.adapt, "firstCreated", "contentCreated and versionCreated"),
    "superdesk": (superdesk.adapt, "firstpublished", "firstcreated and versioncreated"),
    "wp-webhooks": (wp_webhooks.adapt, ".post_date_gmt", "post_modified_gmt"),
}
HEADERS = {"x-wp-webhook-name": "post_update"}


def without_dates(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    times = ("_at", "created", "created_at", "published", "date", "date_gmt", "modified", "modified_gmt")
    return {key: without_dates(each) for key, each in value.items() if not key.lower().endswith(times)}


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_article_without_any_date_is_refused_and_told_each_date_that_would_do(vendor):
    adapt, field, others = VENDORS[vendor]
    payload = json.loads((DELIVERIES / vendor / "published.body.json").read_text(encoding="utf-8"))
    with pytest.raises(PayloadRejected) as refused:
        adapt(without_dates(payload), Circumstances(now_ms=NOW_MS, event="post.published", headers=HEADERS))
    told = {fault.field: fault.message for fault in refused.value.faults}
    (message,) = [message for name, message in told.items() if name.endswith(field) and "says no time" in message]
    assert others in message
