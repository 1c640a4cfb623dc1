"""Look after the themes while they are in use: a folder that changed is read again, and a broken one changes nothing.

    ThemeKeeper.tick()    did a folder change, and is it complete? then the site looks so from now on
    last_good(…)          for a start at which a theme is broken: what it was when it last was good

A theme is taken when every page of it could be rendered (rehearsal.py), at once and as a whole; until then the one
before goes on serving, and a metric and a log line with file and line say what is wrong.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from services.render.compose.html import Theme
from services.render.metrics import RenderMetrics
from services.render.sites import Site, Sites
from services.render.themes import SHIPPED, folders_of, stamp_of
from services.render.themes.kept import unpack
from shared.contracts.base import SiteName
from shared.contracts.config import LitfassConfig, SiteConfig
from shared.contracts.keys import Keys, shard_of
from shared.runtime.errors import ConfigurationFault
from shared.runtime.logging import get_logger

log = get_logger()

LOOK_S: Final = 1.0  # seconds that a start waits for Redis when a theme is broken

Stamp = tuple[tuple[str, int, int], ...]
Changed = Callable[[Site], Awaitable[None]]


class ThemeKeeper:
    """Watches the themes' folders for one render process."""

    def __init__(
        self, sites: Sites, metrics: RenderMetrics, *, theme_folder: Path | None, changed: Changed, shipped: bool
    ) -> None:
        """Prepare.

        Args:
            changed: what else has to happen once a site looks different.
            shipped: also look at the themes that come with us; they change only where somebody works on them.
        """
        self._sites, self._metrics, self._override, self._changed = sites, metrics, theme_folder, changed
        self._shipped = shipped
        self._judged: dict[SiteName, Stamp] = {}  # taken, or found broken
        self._seen: dict[SiteName, Stamp] = {}

    async def tick(self) -> None:
        """Look at every folder once. Raises Unavailable when what follows a change could not be done."""
        for site in list(self._sites):
            stamp = await asyncio.to_thread(self._stamp, site.config)
            judged = self._judged.setdefault(site.name, stamp)
            # A file that is being saved is broken for a moment: wait until two looks in a row see the same.
            is_settled = self._seen.get(site.name) == stamp
            self._seen[site.name] = stamp
            if stamp != judged and is_settled:
                await self._take(site)
                self._judged[site.name] = stamp  # not before: what was away is tried again

    def _stamp(self, site: SiteConfig) -> Stamp:
        try:
            folders = folders_of(site.theme, override=self._override)
        except (
            ConfigurationFault
        ) as fault:  # the folder is gone, or its theme.toml cannot be read: that is a change too
            return ((str(fault), 0, 0),)
        return stamp_of(folders if self._shipped else [each for each in folders if not each.is_relative_to(SHIPPED)])

    async def _take(self, site: Site) -> None:
        try:
            new = await asyncio.to_thread(_loaded, site, self._override)
        except ConfigurationFault as fault:
            self._broken(site, fault)
            return
        self._metrics.theme_broken.labels(site.name).set(0)
        if new.theme.digest == site.theme.digest:
            return
        await self._changed(new)  # first: no page may ask for a style sheet that is not there
        self._sites.swap(new)
        log.info("theme.loaded", site=site.name, digest=new.theme.digest)

    def _broken(self, site: Site, fault: ConfigurationFault) -> None:
        self._metrics.theme_broken.labels(site.name).set(1)
        _say_broken(site.name, fault)


def load_sites(config: LitfassConfig, metrics: RenderMetrics, *, theme_folder: Path | None) -> Sites:
    """Load every site; where a theme is broken, in the one that was good last.

    Raises ConfigurationFault naming file and line when nothing good is kept, or something else is wrong.
    """
    sites: dict[SiteName, Site] = {}
    for name, site in config.sites().items():
        try:
            theme = Theme.load(site.theme, override=theme_folder)
        except ConfigurationFault as fault:
            good = last_good(config, name)
            if good is None:
                raise
            theme = good
            metrics.theme_broken.labels(name).set(1)
            _say_broken(name, fault)
        else:
            metrics.theme_broken.labels(name).set(0)
        sites[name] = Site.of(name, site, theme)
    return Sites(sites)


def last_good(config: LitfassConfig, name: SiteName) -> Theme | None:
    """Return the theme of a site as it was when it last was good; None when it is not kept, or Redis is away.

    At a start, before anything runs: so this one look at Redis waits for its answer.
    """
    key = Keys(shard_of(name, config.redis.shards)).theme(name)
    try:
        with Redis.from_url(config.redis.url, socket_timeout=LOOK_S, socket_connect_timeout=LOOK_S) as client:
            kept_name, blob = client.hmget(key, "name", "files")
    except (RedisError, OSError, ValueError):  # away, or reached in a way that only the running service knows
        return None
    if not blob or kept_name.decode() != config.site[name].theme:
        return None
    try:
        return Theme.of(unpack(blob))
    except ConfigurationFault:  # it was good for another version of us
        return None


def _say_broken(name: SiteName, fault: ConfigurationFault) -> None:
    log.error("theme.broken", site=name, detail=str(fault))


def _loaded(site: Site, override: Path | None) -> Site:
    return Site.of(site.name, site.config, Theme.load(site.config.theme, override=override))
