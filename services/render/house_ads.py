"""Write house advertisements: one fragment for each place and bucket, again whenever a campaign begins or ends.

Every render process writes the same files at the same moment; a put of equal bytes is skipped.
"""

import asyncio
from collections.abc import Iterator
from typing import Final

from services.render.compose.ads import Place
from services.render.sites import Site
from services.render.written import Written
from shared.contracts import paths
from shared.contracts.ads import PageKind
from shared.contracts.base import UrlPath
from shared.runtime.clock import Clock
from shared.runtime.errors import Unavailable
from shared.runtime.logging import get_logger
from shared.runtime.pagestore import PageStore

RETRY_S: Final = 5.0
LONGEST_S: Final = 3600.0  # a machine that slept, or whose clock was set, is right again after an hour

log = get_logger()


async def keep_house_ads(site: Site, store: PageStore, clock: Clock, *, written: Written | None = None) -> None:
    """Write a site's house advertisements now and whenever they change; for ever. Without creatives it ends at once."""
    while site.config.ads.creatives:
        now_ms = clock()
        try:
            changed = await write_house_ads(site, store, now_ms=now_ms)
        except Unavailable as fault:
            log.warning("house_ads.write_failed", site=site.name, reason=fault.reason, detail=str(fault))
            await asyncio.sleep(RETRY_S)
            continue
        log.info("house_ads.written", site=site.name, files=changed)
        if changed and written:
            await written.tell_of_everything(site.name)
        change_ms = site.chrome.house.next_change_ms(now_ms)
        wait_s = LONGEST_S if change_ms is None else (change_ms - clock()) / 1000
        await asyncio.sleep(min(max(wait_s, 0.0), LONGEST_S))


async def write_house_ads(site: Site, store: PageStore, *, now_ms: int) -> int:
    """Put every fragment as it is at `now_ms`, and the notices of political ones; return how many files changed.

    Raises StoreAway.
    """
    changed = 0
    if not site.config.ads.creatives:
        return 0
    for name, creative in site.chrome.house.political():
        page = site.theme.ad_notice(site.chrome, name, creative)
        changed += await store.put(site.name, paths.page_file(UrlPath(paths.ad_notice(name))), page)
    for place in places_of(site):
        for bucket in range(paths.AD_BUCKETS):
            fragment = site.theme.house_ad(site.chrome, place, bucket=bucket, now_ms=now_ms)
            path = paths.ad_fragment(place.page, place.section, place.position, bucket)
            changed += await store.put(site.name, path, fragment)
    return changed


def places_of(site: Site) -> Iterator[Place]:
    """Give every place that any page of a site can have."""
    sections = tuple(site.config.sections)
    pages: tuple[tuple[PageKind, tuple[str, ...]], ...] = (
        ("front", ("",)),
        ("list", ("", *sections)),
        ("article", sections),
    )
    for page, of in pages:
        for section in of:
            yield from site.chrome.ads.places(page, section)
