"""Write the files that show lists: front page, list pages, month pages, fragments."""

import time
from collections.abc import Mapping, Sequence
from typing import Final, Literal, cast

from services.render.affects import Job
from services.render.compose.ads import PageAds
from services.render.compose.listing import arranged
from services.render.metrics import RenderMetrics
from services.render.settings import RenderSettings
from services.render.sites import Site
from shared.contracts import lists, paths
from shared.contracts.base import UrlPath
from shared.contracts.lists import ListName
from shared.contracts.teaser import Teaser
from shared.runtime.lists import ListReader, month_bounds
from shared.runtime.pagestore import PageStore

BOX: Final = 8  # teasers in "Aktuelle Beiträge"
EVENTS_BOX: Final = 6
MIXED_BOX: Final = 12
BREAKING_NEWS: Final = 5  # headlines above every page; more would be no page
RELATED: Final = 6  # one more than is shown: the article itself is hidden


class ListFiles:
    """Renders and puts what shows a list; used by the stream worker and, without putting, on demand."""

    def __init__(self, store: PageStore, reader: ListReader, settings: RenderSettings, metrics: RenderMetrics) -> None:
        self._store, self._reader, self._settings, self._metrics = store, reader, settings, metrics

    async def write(self, site: Site, job: Job) -> None:
        """Put the file of `job`, or take it away when its list is empty. Raises Unavailable."""
        page = await self.render(site, job)
        file = file_of(job)
        if page is None:
            await self._store.delete(site.name, [file])
            self._metrics.files.labels(job.kind, "deleted").inc()
            return
        is_new = await self._store.put(site.name, file, page)
        self._metrics.files.labels(job.kind, "written" if is_new else "equal").inc()

    async def render(self, site: Site, job: Job, *, why: bool = False) -> bytes | None:
        """Return the bytes of a page or fragment; None when there is nothing to show there.

        Args:
            site: whose.
            job: which.
            why: the page then says at every place why there is an advertisement or none.
        """
        started = time.perf_counter()
        page = await self._page(site, job, why=why)
        self._metrics.page_seconds.labels(job.kind).observe(time.perf_counter() - started)
        return page

    async def ads(self, site: Site, job: Job) -> PageAds:
        """Return where advertisements stand on a page of lists, and why. Raises Unavailable."""
        if job.kind == "front":
            recent, sections = await self._of_front(site)
            return site.theme.front_ads(site.chrome, recent=recent, sections=sections)
        if job.kind == "month":
            bounds = month_bounds(job.month, site.config.zone)
            limit = self._settings.month_length
            count = len(await self._reader.teasers(site.name, job.list, limit=limit, month=bounds))
        else:
            count = len(await self._of_list(site, job.list))
        return site.chrome.ads.of_list(job.list, count)

    async def _page(self, site: Site, job: Job, *, why: bool) -> bytes | None:
        match job.kind:
            case "front":
                return await self._front(site, why=why)
            case "list":
                return await self._list(site, job.list, why=why)
            case "month":
                return await self._month(site, job.list, job.month, why=why)
            case "fragment":
                return await self._fragment(site, job.list)
            case "related":
                return await self._related(site, job.list)

    async def _front(self, site: Site, *, why: bool) -> bytes:
        recent, sections = await self._of_front(site)
        return site.theme.front_page(site.chrome, recent=recent, sections=sections, why=why)

    async def _of_front(self, site: Site) -> tuple[Sequence[Teaser], Mapping[str, Sequence[Teaser]]]:
        top, each = site.theme.settings.front_top, site.theme.settings.front_section
        names = {slug: lists.section(slug) for slug in site.config.sections}
        pinned = await self._reader.pinned(site.name, [lists.RECENT, *names.values()])
        recent = await self._reader.front(site.name, lists.RECENT, limit=top)
        sections = {  # what stands at the top is not shown again, so that all of `top` may fall away
            slug: arranged(pinned[name], await self._reader.front(site.name, name, limit=top + each), length=top + each)
            for slug, name in names.items()
        }
        return arranged(pinned[lists.RECENT], recent, length=top), sections

    async def _of_list(self, site: Site, name: ListName) -> Sequence[Teaser]:
        length = self._settings.list_length
        teasers = await self._reader.front(site.name, name, limit=length)
        pinned = await self._reader.pinned(site.name, [name]) if lists.takes_pins(name) else {}
        return arranged(pinned.get(name, ()), teasers, length=length)

    async def _list(self, site: Site, name: ListName, *, why: bool) -> bytes | None:
        teasers = await self._of_list(site, name)
        if not teasers and lists.kind_and_slug(name)[0] in {"tag", "author"}:
            return None
        months = await self._reader.months(site.name, name, site.config.zone) if lists.has_months(name) else []
        return site.theme.list_page(
            site.chrome, name, title=title_of(site, name, teasers), teasers=teasers, months=months, why=why
        )

    async def _month(self, site: Site, name: ListName, month: str, *, why: bool) -> bytes | None:
        bounds = month_bounds(month, site.config.zone)
        teasers = await self._reader.teasers(site.name, name, limit=self._settings.month_length, month=bounds)
        if not teasers:
            return None
        months = await self._reader.months(site.name, name, site.config.zone)
        title = title_of(site, name, teasers)
        return site.theme.month_page(
            site.chrome, name, title=title, month=month, teasers=teasers, months=months, why=why
        )

    async def _fragment(self, site: Site, name: ListName) -> bytes | None:
        if name == lists.BREAKING:
            pinned = (await self._reader.pinned(site.name, [name]))[name]
            said = await self._reader.teasers(site.name, name, limit=BREAKING_NEWS)
            breaking = arranged(pinned, said, length=BREAKING_NEWS)
            if not breaking:  # no file, as before the first breaking news: rebuilt files are the same ones
                return None
            return site.theme.fragment(site.chrome, "breaking", teasers=breaking)
        limit = {lists.EVENTS: EVENTS_BOX, lists.MIXED: MIXED_BOX}.get(name, BOX)
        teasers = await self._reader.front(site.name, name, limit=limit)
        kind = cast("Literal['recent', 'events', 'mixed']", str(name))
        return site.theme.fragment(site.chrome, kind, teasers=teasers)

    async def _related(self, site: Site, name: ListName) -> bytes:
        teasers = await self._reader.front(site.name, name, limit=RELATED)
        return site.theme.fragment(
            site.chrome, "related", teasers=teasers, name=name, title=title_of(site, name, teasers)
        )


def file_of(job: Job) -> str:
    """Where the file of a job is."""
    match job.kind:
        case "fragment":
            return paths.fragment_path(str(job.list))
        case "related":
            return paths.related_fragment(job.list)
        case "month":
            return paths.page_file(paths.month_path(job.list, job.month))
        case _:
            return paths.page_file(UrlPath(paths.page_path(job.list)))


def title_of(site: Site, name: ListName, teasers: Sequence[Teaser]) -> str:
    """What a list is called: the section's title, the tag as the newsroom writes it, the author's name."""
    kind, slug = lists.kind_and_slug(name)
    if kind == "section":
        return site.config.sections.get(slug, slug)
    if kind == "author":
        names = (author.name for teaser in teasers for author in teaser.authors if author.slug == slug)
        return next(names, slug)
    if kind == "tag":
        tags = (tag.name for teaser in teasers for tag in teaser.tags if tag.slug == slug)
        return next(tags, slug)
    return ""


async def all_jobs(site: Site, reader: ListReader) -> list[Job]:
    """Return every file of a site that shows a list. Raises RedisAway."""
    jobs = [Job("front", lists.RECENT), Job("fragment", lists.BREAKING)]
    for name in await all_lists(site, reader):
        kind = lists.kind_and_slug(name)[0]
        if kind in {"recent", "events", "mixed"}:
            jobs.append(Job("fragment", name))
        if kind not in {"recent", "mixed"}:
            jobs.append(Job("list", name))
        if kind in {"section", "tag"}:
            jobs.append(Job("related", name))
        if lists.has_months(name):
            jobs += [Job("month", name, month) for month in await reader.months(site.name, name, site.config.zone)]
    return jobs


async def all_lists(site: Site, reader: ListReader) -> list[ListName]:
    """Every list of a site that has, or always has, a page."""
    always = [lists.RECENT, lists.EVENTS, lists.CORRECTIONS, lists.MIXED, *map(lists.section, site.config.sections)]
    return sorted({*always, *await reader.names(site.name)})
