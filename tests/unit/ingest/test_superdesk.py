"""A day at a desk with Superdesk, over HTTP: one URL for everything, and answers that make it do the right thing."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.articles import SITE
from tests.support.ingest import Ingest

TOKEN = "secret-token-of-the-destination"
ITEM = json.loads(
    (Path(__file__).parents[2] / "fixtures/deliveries/superdesk/published.body.json").read_text(encoding="utf-8")
)
SOURCES = {"desk": {"site": SITE, "adapter": "superdesk", "secrets": ["env:DESK_SECRET"]}}


@pytest.fixture
async def desk(redis, redis_config) -> AsyncIterator[Ingest]:
    ingest = Ingest(redis, redis_config, environ={"DESK_SECRET": TOKEN}, sources=SOURCES)
    yield ingest
    await ingest.http.aclose()


async def pushed(desk: Ingest, **changes: Any) -> httpx.Response:
    item = ITEM | {"versioncreated": "2025-11-20T08:00:00+0000", "firstpublished": "2025-11-20T08:00:00+0000"} | changes
    body = json.dumps(item).encode()
    mac = hmac.new(TOKEN.encode(), body, hashlib.sha1).hexdigest()
    headers = {"content-type": "application/json", "x-superdesk-signature": f"sha1={mac}"}
    return await desk.http.post("/webhooks/desk", content=body, headers=headers)


async def test_published_corrected_and_killed_and_nothing_late_brings_it_back(desk):
    first = await pushed(desk, version="2")
    assert (first.status_code, first.json()["status"]) == (202, "accepted")
    assert (await pushed(desk, version="2")).json()["status"] == "duplicate"  # Superdesk's own retry
    correction = {"version": "4", "versioncreated": "2025-11-20T08:20:00+0000", "headline": "Das Dach kommt"}
    assert (await pushed(desk, **correction)).status_code == 202
    assert (await pushed(desk, version="3", versioncreated="2025-11-20T08:10:00+0000")).json()["status"] == "stale"
    kill = {"version": "5", "versioncreated": "2025-11-20T08:30:00+0000", "pubstatus": "canceled"}
    killed = await pushed(desk, **kill, headline="KILL NOTICE: Das Dach")
    assert (killed.status_code, killed.json()["article_id"]) == (202, first.json()["article_id"])
    again = await pushed(desk, version="6", versioncreated="2025-11-20T08:40:00+0000")
    assert (again.status_code, again.json()["status"]) == (200, "killed")
    assert desk.counted("litfass_ingest_events_total", verb="killed", outcome="accepted") == 1


async def test_a_new_headline_does_not_move_the_article_and_an_update_stands_where_the_old_item_stood(desk):
    first = await pushed(desk, version="2")
    corrected = await pushed(desk, version="3", versioncreated="2025-11-20T08:10:00+0000", headline="Das Dach kommt")
    new = {"guid": "urn:newsml:desk:neu", "evolvedfrom": ITEM["guid"], "version": "1"}
    updated = await pushed(desk, **new, versioncreated="2025-11-20T08:20:00+0000", headline="Das Dach ist fertig")
    assert [each.status_code for each in (first, corrected, updated)] == [202] * 3
    assert {each.json()["url"] for each in (first, corrected, updated)} == {first.json()["url"]}
    assert {each.json()["article_id"] for each in (first, corrected, updated)} == {first.json()["article_id"]}


async def test_what_was_only_unpublished_returns(desk):
    await pushed(desk, version="2")
    gone = await pushed(desk, version="3", versioncreated="2025-11-20T08:10:00+0000", pubstatus="canceled")
    assert gone.status_code == 202
    assert "options.canceled" in gone.json()["warnings"][0]
    back = await pushed(desk, version="4", versioncreated="2025-11-20T08:20:00+0000")
    assert (back.status_code, back.json()["status"]) == (202, "accepted")


async def test_a_picture_of_its_own_is_in_order_so_that_superdesk_does_not_take_it_for_failed(desk):
    answer = await pushed(desk, type="picture", guid="tag:desk:bild")
    assert (answer.status_code, answer.json()["status"]) == (200, "ignored")


async def test_a_fault_names_its_field_for_superdesk_never_sends_it_again(desk):
    answer = await pushed(desk, headline="")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "headline")
