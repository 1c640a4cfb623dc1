"""The clock's part of ingest: articles appear and vanish at their second. ADR-0012.

Every ingest process runs this loop; which one does the work does not matter, the script decides (due.lua).
"""

from services.ingest.metrics import IngestMetrics
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger
from shared.runtime.schedule import Opened, Schedule

log = get_logger()


class Timetable:
    """Opens what is due, and says how late it was."""

    def __init__(self, schedule: Schedule, metrics: IngestMetrics, *, clock: Clock) -> None:
        self._schedule, self._metrics, self._clock = schedule, metrics, clock

    async def tick(self) -> int | None:
        """Do what is due; return when the next is, milliseconds since 1970. Raises RedisAway.

        A thousand articles of one second are a few calls; what is to be said of them is said when all are out.
        """
        done: list[tuple[Opened, int]] = []
        try:
            while True:
                opened, next_ms = await self._schedule.open_due()
                now_ms = self._clock()
                done += [(each, now_ms) for each in opened]
                if next_ms is None or next_ms > now_ms:
                    return next_ms
        finally:
            for each, now_ms in done:
                self._note(each, late_s=max(0, now_ms - each.due_ms) / 1000)

    def _note(self, opened: Opened, *, late_s: float) -> None:
        self._metrics.schedule_lateness.labels(opened.what).observe(late_s)
        log.info("schedule.opened", what=opened.what, article_id=opened.article_id, late_s=round(late_s, 3))
