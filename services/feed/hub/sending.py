"""What the hub sends: the question whether a callback wants it, and the feed. Source: W3C WebSub, 5.3 and 7.

A callback that fails is tried again some times, and then with the next change: its subscription lasts as long as its
lease. 410 ends it. Nothing here waits for one callback before it turns to the next.
"""

import asyncio
import hashlib
import hmac
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode, urlsplit

from services.feed.hub.store import HubStore, Job
from services.feed.hub.topics import HUB_PATH, topic_at
from services.feed.hub.watching import Watching
from services.feed.metrics import FeedMetrics
from services.feed.outbound.posting import Poster
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.hub import HubRequest, HubSubscription
from shared.contracts.keys import Keys
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import Unavailable
from shared.runtime.pagestore import PageStore

SCHEDULE_S: Final = (5, 60, 300, 1_800, 7_200)  # after the first failure, the second …
AT_ONCE: Final = 200  # requests of one process
LEASE_MS: Final = 60_000  # longer than a request may take
JITTER: Final = 0.1


class HubSending:
    """Does what is due."""

    def __init__(
        self,
        store: HubStore,
        watching: Watching,
        files: PageStore,
        poster: Poster,
        sites: Mapping[SiteName, SiteConfig],
        *,
        shards: Sequence[Keys],
        metrics: FeedMetrics,
        clock: Clock = system_clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._watching, self._files, self._poster = store, watching, files, poster
        self._sites, self._shards, self._metrics = sites, tuple(shards), metrics
        self._clock, self._chance = clock, chance
        self._working: set[asyncio.Task[None]] = set()

    async def keep(self) -> int | None:
        """Look at the feeds and begin what is due; return when to come again. Raises Unavailable."""
        await self._watching.look()
        free = AT_ONCE - len(self._working)
        jobs = await self._store.take(self._shards, limit=free, lease_ms=LEASE_MS) if free > 0 else []
        for job in jobs:
            task = asyncio.create_task(self.do(job))
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return None

    async def stop(self) -> None:
        """Drop what is in hand; it is due again when its lease is over."""
        working = list(self._working)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)

    async def do(self, job: Job) -> None:
        """Do one thing that is due, and settle it."""
        try:
            what, _, rest = job.member.partition(" ")
            if what == "verify":
                await self._verify(job, rest)
            else:
                site, path, callback = rest.split(" ", 2)
                await self._deliver(job, SiteName(site), path, callback)
        except Unavailable:
            return  # due again when its lease is over

    async def _verify(self, job: Job, id_: str) -> None:
        request = await self._store.request(job.keys, id_)
        if request is not None and await self._is_wanted(request):
            await self._store.put(request, digest=await self._watching.digest(request.site, request.path))
        await self._store.settle(job)

    async def _is_wanted(self, request: HubRequest) -> bool:
        """Ask the callback; it has to repeat what nobody else can know."""
        challenge = secrets.token_urlsafe(32)
        site = self._sites.get(request.site)
        if site is None:
            return False
        asked = {
            "hub.mode": request.mode,
            "hub.topic": f"{site.base_url}{request.path}",
            "hub.challenge": challenge,
            **({"hub.lease_seconds": str(request.lease_s)} if request.mode == "subscribe" else {}),
        }
        answer = await self._poster.get(with_query(request.callback, asked), body_bytes=len(challenge) + 1)
        is_wanted = answer.is_good and hmac.compare_digest(answer.body, challenge.encode())
        self._metrics.hub.labels("verified" if is_wanted else "refused").inc()
        return is_wanted

    async def _deliver(self, job: Job, site: SiteName, path: str, callback: str) -> None:
        subscription = await self._store.subscription(site, path, callback)
        topic = topic_at(site, path, self._sites[site]) if site in self._sites else None
        data = await self._files.get(site, path) if topic else None
        if subscription is None or topic is None or data is None:
            if subscription is None:
                await self._store.forget(site, path, callback)
            await self._store.settle(job)
            return
        headers = self._headers(site, path, topic.media_type, subscription, data)
        answer = await self._poster.post(callback, data, headers)
        if answer.is_good or answer.status == 410 or job.attempt > len(SCHEDULE_S):
            if answer.status == 410:
                await self._store.forget(site, path, callback)
            await self._store.settle(job)
            outcome = "delivered" if answer.is_good else "gone" if answer.status == 410 else "given_up"
        else:
            pause_s = SCHEDULE_S[job.attempt - 1] * (1 + JITTER * (2 * self._chance() - 1))
            await self._store.settle(job, again_ms=self._clock() + round(pause_s * 1000))
            outcome = "failed"
        self._metrics.hub.labels(outcome).inc()

    def _headers(
        self, site: SiteName, path: str, media_type: str, subscription: HubSubscription, data: bytes
    ) -> dict[str, str]:
        base_url = self._sites[site].base_url
        headers = {
            "Content-Type": media_type,
            "Link": f'<{base_url}{HUB_PATH}>; rel="hub", <{base_url}{path}>; rel="self"',
        }
        if subscription.secret:
            mac = hmac.new(subscription.secret.encode(), data, hashlib.sha256)
            headers["X-Hub-Signature"] = f"sha256={mac.hexdigest()}"
        return headers


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """Return the URL with parameters behind those that it has."""
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(parameters)}"
