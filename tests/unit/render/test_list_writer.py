"""When pages of lists are written: at once, or a little later; over a real Valkey and a folder."""

import asyncio
from typing import get_args

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from services.render import list_writer
from services.render.affects import Job, Kind, job_of, name_of
from services.render.compose.html import ThemeBroken
from services.render.listing import ListFiles
from services.render.metrics import RenderMetrics
from services.render.settings import RenderSettings
from shared.contracts import lists
from shared.contracts.base import SiteName
from shared.runtime.errors import StoreAway
from tests.support.articles import SITE, an_article, an_id
from tests.unit.render.paper import BusyStore

FRONT = Job("front", lists.RECENT)
SECTION = Job("list", lists.section("stadt"))
MONTH = Job("month", lists.RECENT, "2026-11")


def files_over(paper, tmp_path, meanwhile) -> ListFiles:
    """Files in a store where something happens right after each put."""
    store = BusyStore(f"file://{tmp_path}/site", meanwhile)
    return ListFiles(store, paper.newsroom.reader, RenderSettings(), RenderMetrics(CollectorRegistry()))


async def test_a_list_that_never_stands_still_holds_nobody_up(paper, tmp_path):
    await paper.publish(1)
    number = 1

    async def one_more(_: str) -> None:
        nonlocal number
        number += 1
        await paper.publish(number)

    writer = paper.list_writer(files_over(paper, tmp_path, one_more), front_apart_s=1)
    assert await writer.write(paper.site, [FRONT])
    assert number == 2, "written once"
    assert await paper.due() == [name_of(FRONT)]
    assert await paper.due(by_now=True) == [], "only after its rest"
    paper.newsroom.clock.now_ms += 1000
    await writer.write_due()
    assert number == 3
    assert await paper.due() == [name_of(FRONT)]


@pytest.mark.parametrize(("job", "rest_s"), [(FRONT, 0.2), (SECTION, 1), (MONTH, 10)])
async def test_what_was_written_just_now_is_written_again_after_its_rest(paper, job, rest_s):
    writer = paper.list_writer(front_apart_s=0.2, list_apart_s=1, month_apart_s=10)
    await paper.publish(1)
    assert await writer.write(paper.site, [job])
    await paper.publish(2)
    assert not await writer.write(paper.site, [job])
    assert not await writer.write(paper.site, [job]), "asked for twice is due once"
    paper.newsroom.clock.now_ms += round(rest_s * 1000) - 1
    await writer.write_due()
    assert await paper.due() == [name_of(job)]
    paper.newsroom.clock.now_ms += 1
    await writer.write_due()
    assert await paper.due() == []
    assert "(2)" in "".join(data.decode() for data in (await paper.everything()).values())


async def test_a_kill_waits_for_nothing(paper):
    writer = paper.list_writer(front_apart_s=60, list_apart_s=60, month_apart_s=60, list_duty=0.01)
    await paper.publish(1, 2)
    await paper.write_lists(await paper.announced(), writer)
    told = len(await paper.announced())
    await paper.newsroom.accept(an_article(headline="Geheim"), verb="killed", number=3)
    await paper.newsroom.place(await paper.document(an_id(1)))
    changes = (await paper.announced())[told:]
    assert [change.urgent for change in changes] == [True]
    await paper.write_lists(changes, writer)
    assert not [path for path, data in (await paper.everything()).items() if b"(1)" in data]


async def test_beside_a_kill_the_others_rest(paper):
    writer = paper.list_writer(list_apart_s=60)
    await paper.publish(1)
    (change,) = await paper.announced()
    assert await paper.write_lists([change], writer) == ["listed"]
    kill = change.model_copy(update={"lists": ("section:stadt",), "months": (), "urgent": True})
    assert await paper.write_lists([change, kill], writer) == ["due", "due"]
    assert name_of(SECTION) not in await paper.due()
    assert "list tag:rat" in await paper.due()


async def test_after_a_slice_the_rest_is_due_and_what_readers_see_first_comes_first(paper):
    writer = paper.list_writer(slice_s=0)
    await paper.publish(1)
    jobs = [MONTH, SECTION, FRONT, Job("fragment", lists.RECENT)]
    assert not await writer.write(paper.site, jobs)
    assert set(await paper.everything()) == {"/_fragments/recent.html"}
    seen = []
    while await paper.due():
        before = set(await paper.everything())
        assert await writer.write_due() is not None or not await paper.due()
        seen += set(await paper.everything()) - before
    assert seen == ["/index.html", "/stadt/index.html", "/2026/11/index.html"]


async def test_everybody_rests_after_a_slice_but_what_readers_see_first(paper):
    writer = paper.list_writer(list_duty=0.01)
    await paper.publish(1)
    assert await writer.write(paper.site, [MONTH])
    assert not await writer.write(paper.site, [SECTION])
    assert await writer.write(paper.site, [FRONT])
    at_ms = await writer.write_due()
    assert at_ms is not None
    assert at_ms > paper.newsroom.clock()
    assert await paper.due() == [name_of(SECTION)]
    paper.newsroom.clock.now_ms = at_ms
    await writer.write_due()
    assert await paper.due() == []


async def test_what_could_not_be_written_stays_due(paper, tmp_path, monkeypatch):
    writer = paper.list_writer(list_apart_s=1)
    await paper.publish(1)
    await writer.write(paper.site, [SECTION])
    await paper.publish(2)
    await writer.write(paper.site, [SECTION])
    paper.newsroom.clock.now_ms += 1000

    async def full(*_: object) -> bool:
        raise StoreAway("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(paper.store, "put", full)
        with pytest.raises(StoreAway):
            await writer.write_due()
    assert await paper.due() == [name_of(SECTION)]
    await writer.write_due()
    assert "(2)" in await paper.file("/stadt/index.html")


class OneBroken(ListFiles):
    """Cannot make the pages of months."""

    async def render(self, site, job, *, why=False):
        if job.kind == "month":
            raise ThemeBroken("list.html, line 3: no such thing")
        return await super().render(site, job, why=why)


@pytest.fixture
def one_broken(paper) -> ListFiles:
    return OneBroken(paper.store, paper.newsroom.reader, RenderSettings(), paper.metrics)


async def test_a_page_that_cannot_be_made_keeps_no_other_one_from_readers(paper, one_broken):
    writer, now_ms = paper.list_writer(one_broken), paper.newsroom.clock()
    await paper.publish(1)
    await writer._due.mark(SITE, "", {name_of(MONTH): now_ms - 2, name_of(SECTION): now_ms - 1})
    with capture_logs() as logs:
        await writer.write_due()
    assert "(1)" in await paper.file("/stadt/index.html")
    assert [(each["event"], each["file"]) for each in logs if each["log_level"] == "error"] == [
        ("list.write_failed", "/2026/11/index.html")
    ]
    assert paper.metrics.files.labels("month", "failed")._value.get() == 1
    assert await paper.due() == [name_of(MONTH)]
    assert await paper.due(by_now=True) == []


async def test_it_is_tried_again_every_minute_and_not_at_every_change(paper, one_broken):
    writer = paper.list_writer(one_broken)
    await paper.publish(1)
    for _ in range(3):
        assert await paper.write_lists(await paper.announced(), writer) == ["due"]
    assert paper.metrics.files.labels("month", "failed")._value.get() == 5, "the month of five lists, once each"
    await paper.publish(2)
    await paper.write_lists(await paper.announced(), writer)
    assert paper.metrics.files.labels("month", "failed")._value.get() == 5
    paper.newsroom.clock.now_ms += list_writer.BROKEN_MS
    mended = paper.list_writer()
    while await paper.due(by_now=True):
        await mended.write_due()
    assert "(2)" in await paper.file("/2026/11/index.html")
    assert await paper.due() == []


async def test_a_command_ends_at_a_page_that_cannot_be_made(paper, one_broken):
    await paper.publish(1)
    with pytest.raises(ThemeBroken, match=r"list.html, line 3"):
        await paper.list_writer(one_broken, raises=True).write(paper.site, [MONTH, SECTION], at_once=True)


async def test_what_only_another_version_knows_is_left_to_it(paper):
    writer, now_ms = paper.list_writer(), paper.newsroom.clock()
    await paper.publish(1)
    await writer._due.mark(SITE, "", {"week section:stadt 2026-11": now_ms - 2, name_of(SECTION): now_ms - 1})
    await writer.write_due()
    assert await paper.due() == ["week section:stadt 2026-11"]
    assert "(1)" in await paper.file("/stadt/index.html")


async def test_another_process_writes_what_this_one_left(paper):
    await paper.publish(1)
    one, other = paper.list_writer(list_apart_s=1), paper.list_writer(list_apart_s=1)
    await one.write(paper.site, [SECTION])
    await paper.publish(2)
    await one.write(paper.site, [SECTION])
    paper.newsroom.clock.now_ms += 1000
    await other.write_due()
    assert await paper.due() == []
    assert "(2)" in await paper.file("/stadt/index.html")


async def test_sites_take_turns(paper):
    writer = paper.list_writer(slice_s=0, list_duty=0.01)
    writer._turns.append(SiteName("abgeschafft"))  # is skipped, and so is what is due on it
    await paper.publish(1)
    await writer._due.mark(SITE, "", {name_of(job): 0 for job in (FRONT, SECTION, MONTH)})
    left = []
    while (due := await paper.due()) and len(left) < 10:
        left.append(len(due))
        at_ms = await writer.write_due()
        paper.newsroom.clock.now_ms = at_ms or paper.newsroom.clock.now_ms
    assert left == [3, 2, 1]


async def test_with_thousands_due_a_slice_takes_the_oldest_but_the_front_page_before_them(paper, monkeypatch):
    monkeypatch.setattr(list_writer, "MOST", 3)
    writer, now_ms = paper.list_writer(), paper.newsroom.clock()
    await paper.publish(1)
    tags = [Job("list", lists.tag(f"t{number}")) for number in range(10)]
    await writer._due.mark(SITE, "", {name_of(job): now_ms - 100 + number for number, job in enumerate(tags)})
    await writer._due.mark(SITE, "", {name_of(FRONT): now_ms})
    assert await writer.write_due() == now_ms, "there is more"
    assert await paper.due() == [name_of(job) for job in tags[3:]]
    assert "(1)" in await paper.file("/index.html")


async def test_how_long_the_first_of_them_waits_is_measured(paper):
    writer, now_ms = paper.list_writer(slice_s=0), paper.newsroom.clock()
    await writer._due.mark(SITE, "", {name_of(SECTION): now_ms - 9000, name_of(MONTH): now_ms - 7000})
    await writer.write_due()
    assert paper.metrics.lists_overdue._value.get() == 7
    await writer.write_due()
    assert paper.metrics.lists_overdue._value.get() == 0


async def test_what_was_read_before_a_kill_is_not_put_after_it(paper, tmp_path):
    slow, kill = asyncio.Event(), asyncio.Event()

    class Slow(ListFiles):
        async def render(self, *args, **kwargs):
            page = await super().render(*args, **kwargs)
            slow.set()
            await kill.wait() if not kill.is_set() else None
            return page

    writer = paper.list_writer(Slow(paper.store, paper.newsroom.reader, RenderSettings(), paper.metrics))
    await paper.publish(1, 2)
    before = asyncio.create_task(writer.write(paper.site, [SECTION]))
    await slow.wait()
    await paper.newsroom.accept(an_article(), verb="killed", number=3)
    await paper.newsroom.place(await paper.document(an_id(1)))
    at_once = asyncio.create_task(writer.write(paper.site, [SECTION], at_once=True))
    await asyncio.sleep(0.01)
    kill.set()
    await asyncio.gather(before, at_once)
    assert "(1)" not in await paper.file("/stadt/index.html")


@pytest.mark.parametrize("job", [FRONT, SECTION, MONTH, Job("related", lists.tag("rat"))])
def test_a_job_is_the_same_after_it_was_due(job):
    assert job_of(name_of(job)) == job


def test_every_kind_of_file_has_its_place_in_the_order():
    assert sorted(list_writer.ORDER) == sorted(get_args(Kind))
