"""The demo newsroom: what it says, and that it comes once."""

import json
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import httpx
import pytest

from litfass.demo_start import MARK, Mark, deliveries
from services.ingest.adapt import Circumstances
from services.ingest.adapt.standard import adapt
from services.ingest.draft import Content, Draft
from services.render.static_pages import read_static_pages
from shared.contracts.blocks import Embed, Gallery, Heading, ImageBlock, ListBlock, Quote, Table
from shared.contracts.config import (
    BreakingConfig,
    ContentModel,
    LitfassConfig,
    PagesConfig,
    ReconcileConfig,
    RedisConfig,
    SiteConfig,
    SourceConfig,
)
from shared.runtime.clock import milliseconds
from shared.runtime.settings import load_config

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "litfass" / "demo"
MEDIA = sorted((DEMO / "media").glob("*.svg"))
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=BERLIN)
SECRET = {"LITFASS_DEMO_SECRET": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}


def drafts(now: datetime = NOW) -> list[Draft]:
    sent = [adapt(body, Circumstances(now_ms=milliseconds(now))) for body in deliveries(now=now, zone=BERLIN)]
    return [draft for draft in sent if isinstance(draft, Draft)]


def contents(now: datetime = NOW) -> list[Content]:
    return [draft.content for draft in drafts(now) if draft.content]


def pictures(content: Content) -> list[str]:
    urls = [content.image.url] if content.image else []
    for block in content.body:
        if isinstance(block, ImageBlock):
            urls.append(block.image.url)
        if isinstance(block, Gallery):
            urls += [image.url for image in block.images]
    return urls


# --- what it says ----------------------------------------------------------------------------------------------------


def test_every_article_is_taken_without_a_warning():
    assert len(drafts()) == len(list((DEMO / "articles").glob("*.md"))) >= 18
    assert [(draft.source_id, draft.warnings) for draft in drafts() if draft.warnings] == []


def test_it_shows_everything_that_a_newsroom_does():
    found = contents()
    assert {content.kind for content in found} == {"article", "event", "sponsored", "live"}
    assert {content.sections[0] for content in found} == set(config().site["bote"].sections)
    assert sum(bool(content.corrections) for content in found) == 1
    assert sum(bool(content.credit) for content in found) == 2  # an agency, the town hall
    longest = max(found, key=lambda content: len(content.body))
    assert {Heading, Quote, ListBlock, Table, Gallery, Embed} <= {type(block) for block in longest.body}


@pytest.mark.parametrize(
    "now",
    [NOW, datetime(2026, 11, 24, 0, 5, tzinfo=BERLIN), datetime(2027, 3, 28, 3, 1, tzinfo=BERLIN),
     datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1), datetime(2028, 2, 29, 23, 59, tzinfo=BERLIN)],
    ids=["a-morning", "after-midnight", "spring-forward", "autumn-back", "leap-day"],
)  # fmt: skip
def test_whenever_it_starts_the_past_is_past_and_the_events_are_to_come(now):
    found = contents(now)
    assert all(content.published_at <= now and (content.updated_at or now) <= now for content in found)
    assert all(correction.at <= now for content in found for correction in content.corrections)
    events = [content.event for content in found if content.event]
    assert len(events) == 3
    assert all(event.starts_at > now and event.ends_at and event.ends_at > event.starts_at for event in events)


def test_its_articles_reach_back_a_year_and_more():
    published = [content.published_at for content in contents()]
    assert NOW - min(published) > timedelta(days=400)
    assert len({(moment.year, moment.month) for moment in published}) >= 8


def test_it_writes_german_quotation_marks():
    for file in (DEMO / "articles").glob("*.md"):
        _, _, body = file.read_text().split("+++\n", 2)
        prose = re.sub(r"\]\([^)]*\)", "]", body)  # a picture's title stands in straight ones
        assert '"' not in prose, file.name
        assert prose.count("„") == prose.count("“"), file.name


def test_every_picture_ships_and_says_what_it_shows():
    there = {f"/media/{file.name}" for file in MEDIA}
    shown = {url for content in contents() for url in pictures(content)}
    assert shown == there
    assert all(content.image.alt and content.image.width for content in contents() if content.image)


@pytest.mark.parametrize("file", MEDIA, ids=lambda file: file.stem)
def test_a_picture_is_small_sized_and_harmless(file):
    text = file.read_text()
    assert len(text.encode()) < 3_000
    root = ElementTree.fromstring(text)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("1200", "800", "0 0 1200 800")
    assert not re.search(r"<script|<foreignObject|\son\w+=|https?://(?!www\.w3\.org/2000/svg)", text)


def test_every_creative_ships_in_the_size_that_it_says():
    there = {f"/media/ads/{file.name}": file for file in (DEMO / "ads").glob("*.svg")}
    images = [image for creative in config().site["bote"].ads.creatives.values() for image in creative.images]
    assert {image.src for image in images} == set(there)
    for image in images:
        text = there[image.src].read_text()
        root = ElementTree.fromstring(text)
        assert (root.get("width"), root.get("height")) == (str(image.width), str(image.height))
        assert not re.search(r"<script|<foreignObject|\son\w+=|https?://(?!www\.w3\.org/2000/svg)", text)


def test_its_static_pages_can_be_read():
    pages = read_static_pages(DEMO / "pages", site=config().site["bote"])
    assert {page.slug for page in pages} == {"imprint", "privacy"}
    assert all("Vorführung" in page.html for page in pages)


# --- its configuration -----------------------------------------------------------------------------------------------


def config(path: Path = DEMO / "litfass.toml") -> LitfassConfig:
    return load_config(path, SECRET)


def test_the_reference_configuration_is_the_demos_newsroom():
    reference, demo = config(ROOT / "litfass.toml"), config()
    assert reference.site["bote"].model_copy(update={"static": ""}) == demo.site["bote"]
    assert reference.source["redaktion"].model_copy(update={"section": ""}) == demo.source["redaktion"]
    assert (ROOT / reference.site["bote"].static).is_dir()


def test_the_reference_configuration_names_every_key():
    text = (ROOT / "litfass.toml").read_text().replace("\n# [", "\n[")  # tables that the demo has no use for
    opened = re.sub(r"^# (?=[a-z_]+ = )", "", text, flags=re.MULTILINE)
    written: dict[str, Any] = tomllib.loads(opened)
    tables = {RedisConfig: written["redis"], PagesConfig: written["pages"]}
    tables |= {SiteConfig: written["site"]["bote"], SourceConfig: written["source"]["redaktion"]}
    tables |= {ReconcileConfig: written["source"]["redaktion"]["reconcile"]}
    tables |= {ContentModel: written["source"]["redaktion"]["model"]}
    tables |= {BreakingConfig: written["source"]["redaktion"]["breaking"]}
    assert [
        f"{model.__name__}.{key}" for model, table in tables.items() for key in set(model.model_fields) - set(table)
    ] == []


# --- it comes once ---------------------------------------------------------------------------------------------------


def test_a_mark_that_cannot_be_read_is_none(tmp_path):
    assert Mark.read(tmp_path) is None
    (tmp_path / MARK).write_text("{")
    assert Mark.read(tmp_path) is None
    Mark(5, is_done=False).write(tmp_path)
    assert Mark.read(tmp_path) == Mark(5, is_done=False)


class Up:
    """A `litfass up` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "litfass", "up", "--data", str(self.folder), "--port", "0"]
        log = (self.folder.parent / "up.log").open("wb")
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        log.close()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def run(self, *arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "litfass", *arguments, "--data", str(self.folder), "--json"]
        found: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
        return found

    def headlines(self) -> list[str]:
        items = self.get("/api/v1/articles?limit=100").json()["items"]
        return [item["headline"] for item in items]

    def get(self, path: str) -> httpx.Response:
        url = json.loads((self.folder / "run.json").read_text())["url"]
        return httpx.get(f"{url}{path}", timeout=5)

    def is_filled(self) -> bool:
        mark = Mark.read(self.folder)
        return mark is not None and mark.is_done

    def until(self, is_so: Any, what: str) -> None:
        """Wait until the newsroom answers and `is_so()`."""
        end = time.monotonic() + 60
        while True:
            try:
                if is_so():
                    return
            except (OSError, ValueError, httpx.HTTPError):
                pass
            said = (self.folder.parent / "up.log").read_text()
            assert self.process is not None
            assert self.process.poll() is None, said
            assert time.monotonic() < end, f"{what} did not come to be: {said}"
            time.sleep(0.02)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    newsroom = Up(tmp_path / "data")
    yield newsroom
    newsroom.stop()


@pytest.mark.serial
def test_the_demo_comes_once_and_what_was_taken_back_stays_away(up):
    count = len(list((DEMO / "articles").glob("*.md")))

    up.start()
    up.until(up.is_filled, "the demo")
    up.until(lambda: len(up.headlines()) == count, "the list")
    page = "/vereine/wer-bass-singt-darf-sofort-bleiben/"
    assert up.get(page).status_code == 200
    assert up.get("/media/chor.svg").headers["content-type"] == "image/svg+xml"
    assert "Vorführung" in up.get("/imprint/").text
    assert up.run("retract", page)["is_gone"]
    up.stop()

    left = _headlines_after_restart(up)
    assert len(left) == count - 1

    # A crash before the mark was done: everything is sent once more, and nothing comes twice or back.
    mark = Mark.read(up.folder)
    assert mark
    Mark(mark.clock_ms, is_done=False).write(up.folder)
    assert _headlines_after_restart(up) == left
    assert Mark.read(up.folder) == mark


def _headlines_after_restart(up: Up) -> list[str]:
    up.start()
    up.until(lambda: up.get("/health/ready").status_code == 200, "an answer")
    up.until(up.is_filled, "the mark")
    assert up.get("/vereine/wer-bass-singt-darf-sofort-bleiben/").status_code == 410
    headlines = up.headlines()
    up.stop()
    return headlines
