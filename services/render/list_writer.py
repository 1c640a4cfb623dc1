"""When is what shows a list written? At once while little changes, a little later while much does.

    write(site, jobs)    for the consumer of `lists`: what is free is written, the rest becomes due
    write_due()          for the timer: what is due, a slice at a time

A file rests for a while after it was written, a month's page the longest, and all of them together take their share of
the time; so a list that changes a hundred times a second costs a page a second, and news goes first. What readers see
first, the front page and the boxes, rests for a moment only. A kill waits for nothing.

Every writer looks again (ADR-0004), but does not go round in a circle, which a busy list would never let end: a file
whose lists changed while it was written becomes due, and no crash forgets that. (ADR-0032)

A file that cannot be made, by a fault of the theme or of ours, is logged, counted and due again a minute later: it
keeps no other one from readers.
"""

import asyncio
import time
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from services.render.affects import Job, Kind, job_of, lists_of, name_of
from services.render.listing import ListFiles, file_of
from services.render.metrics import RenderMetrics
from services.render.settings import RenderSettings
from services.render.sites import Site, Sites
from services.render.written import Written, of_jobs
from shared.contracts.base import SiteName
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import Unavailable
from shared.runtime.failpoints import failpoint
from shared.runtime.files_due import Due, Made
from shared.runtime.lists import ListReader
from shared.runtime.logging import get_logger
from shared.runtime.quiet import GiveWay

log = get_logger()

SLICE_S: Final = 0.05  # of work between two rests; what is begun is finished
BROKEN_MS: Final = 60_000  # until a file is tried again that could not be made
LOOK_AHEAD_MS: Final = 5_000  # longer than any pause between two looks that matters
# In this order, when there is more to do than time: the later ones are larger, and fewer readers look at them.
ORDER: Final[Sequence[Kind]] = ("fragment", "front", "list", "related", "month")
FIRST: Final[frozenset[Kind]] = frozenset({"fragment", "front"})  # they do not wait until others had their share
FIRST_NAMES: Final = tuple(f"{kind} " for kind in FIRST)
MOST: Final = 100  # files that a slice looks at, by their time; with thousands of tags far more may be due


class ListWriter:
    """Writes pages and fragments of lists. Every method raises Unavailable when Redis or the store is away."""

    def __init__(
        self,
        sites: Sites,
        reader: ListReader,
        files: ListFiles,
        due: Due,
        metrics: RenderMetrics,
        *,
        settings: RenderSettings,
        give_way: GiveWay,
        written: Written | None = None,
        clock: Clock = system_clock,
        raises: bool = False,
    ) -> None:
        """Prepare.

        Args:
            give_way: returns once no news is in hand; asked before every file.
            written: who is told of what was written; None: nobody.
            raises: for commands, whose user waits: a file that cannot be made is an end.
        """
        self._sites, self._reader, self._files, self._due = sites, reader, files, due
        self._metrics, self._give_way, self._written, self._clock = metrics, give_way, written, clock
        self._turns = deque(site.name for site in sites)
        self._share, self._slice_s, self._raises = settings.list_duty, SLICE_S, raises
        self._apart_ms: dict[Kind, int] = {
            **dict.fromkeys(ORDER, round(settings.list_apart_s * 1000)),
            **dict.fromkeys(FIRST, round(settings.front_apart_s * 1000)),
            "month": round(settings.month_apart_s * 1000),
        }
        self._free_again_ms: dict[tuple[SiteName, Job], int] = {}  # only of those that are not free yet
        self._rest_until_ms = 0
        # One file at a time: what was read before a kill would be put after it, and stay until it is due again.
        self._writing = asyncio.Lock()
        self.became_due = asyncio.Event()  # whoever writes what is due need not wait for its next look

    async def write(self, site: Site, jobs: Iterable[Job], *, at_once: bool = False) -> bool:
        """Write these files; False when some became due instead.

        With `at_once` (a kill, a new theme), none was written too lately and there is no end to a slice.
        """
        now_ms = self._clock()
        free_ms = {job: now_ms if at_once else self._free_ms(site, job) for job in _in_order(jobs)}
        free = [job for job, at_ms in free_ms.items() if at_ms <= now_ms]
        written = await self._write_slice(site, free, is_whole=at_once)
        later = {
            name_of(job): max(at_ms, self._free_ms(site, job)) for job, at_ms in free_ms.items() if job not in written
        }
        await self._due.mark(site.name, "", later)
        if later:
            self.became_due.set()
        return not later

    async def write_due(self) -> int | None:
        """Write what is due for as long as a slice takes; return when to go on, None when nothing is known.

        Sites take turns: one that never stands still holds up no other.
        """
        await self._look()
        for _ in range(len(self._turns)):
            if self._clock() < self._rest_until_ms:
                break
            site = self._sites.named(self._turns[0])
            self._turns.rotate(-1)
            if site:
                due = await self._due.taken(site.name, "", now_ms=self._clock())
                first = [name for name in due if name.startswith(FIRST_NAMES)]
                jobs = map(job_of, dict.fromkeys([*first, *due[:MOST]]))
                await self._write_slice(site, [job for job in jobs if job])
        next_ms = await self._look()
        return None if next_ms is None else max(self._rest_until_ms, next_ms)

    async def _look(self) -> int | None:
        """Return when something is due next, and measure how long that is ago: also when it cannot be written."""
        now_ms = self._clock()
        times = [await self._due.next_ms(site, "", until_ms=now_ms + LOOK_AHEAD_MS) for site in self._turns]
        next_ms = min((at_ms for at_ms in times if at_ms is not None), default=None)
        self._metrics.lists_overdue.set(0 if next_ms is None else max(0, now_ms - next_ms) / 1000)
        return next_ms

    async def _write_slice(self, site: Site, jobs: Sequence[Job], *, is_whole: bool = False) -> Collection[Job]:
        """Write the first of these for as long as a slice takes, and look again; return what was written."""
        if not jobs:
            return ()
        sections = site.config.sections
        names = sorted({name for job in jobs for name in lists_of(job, sections)})
        versions = dict(zip(names, await self._reader.version(site.name, names), strict=True))
        written, broken, took_s = list[Job](), list[Job](), 0.0
        for job in jobs:
            if took_s > self._slice_s and not is_whole:
                break
            await self._give_way()
            async with self._writing:
                began = time.perf_counter()
                (written if await self._is_written(site, job) else broken).append(job)
                took_s += time.perf_counter() - began
        failpoint("render.lists-before-look-again")
        if self._written:
            await self._written.tell([of_jobs(site.name, written)])
        self._note(site, written, broken, rest_s=0 if is_whole else took_s * (1 / self._share - 1))
        made = {}
        for job in (*written, *broken):
            of = {name: versions[name] for name in lists_of(job, sections)}
            free_ms = self._free_ms(site, job)
            made[name_of(job)] = Made(of, free_ms, again_ms=free_ms if job in broken else None)
        if await self._due.settle(site.name, "", made):
            self.became_due.set()
        return written

    async def _is_written(self, site: Site, job: Job) -> bool:
        try:
            await self._files.write(site, job)
        except Unavailable:
            raise
        except Exception:
            if self._raises:
                raise
            self._metrics.files.labels(job.kind, "failed").inc()
            log.exception("list.write_failed", site=site.name, file=file_of(job))
            return False
        return True

    def _free_ms(self, site: Site, job: Job) -> int:
        """When this file may be written again."""
        free_ms = self._free_again_ms.get((site.name, job), 0)
        return free_ms if job.kind in FIRST else max(free_ms, self._rest_until_ms)

    def _note(self, site: Site, written: Iterable[Job], broken: Iterable[Job], *, rest_s: float) -> None:
        now_ms = self._clock()
        self._rest_until_ms = max(now_ms, self._rest_until_ms) + round(rest_s * 1000)
        self._free_again_ms = {key: at_ms for key, at_ms in self._free_again_ms.items() if at_ms > now_ms}
        self._free_again_ms.update({(site.name, job): now_ms + self._apart_ms[job.kind] for job in written})
        self._free_again_ms.update({(site.name, job): now_ms + BROKEN_MS for job in broken})


def _in_order(jobs: Iterable[Job]) -> list[Job]:
    return sorted(jobs, key=lambda job: ORDER.index(job.kind))
