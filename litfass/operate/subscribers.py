"""The subscribers, by hand: add, look at, give another token, pause, remove. A token is shown once, here."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from pydantic import ValidationError
from redis.exceptions import ResponseError

from litfass.house import House
from services.feed.outbound.guard import AddressRefused
from services.feed.settings import FeedSettings
from services.feed.subscribers.access import MAIN_GROUP, Access
from services.feed.subscribers.outbox import Outbox
from services.feed.subscribers.registry import Registry
from services.feed.subscribers.showing import iso, shown
from services.feed.subscribers.webhooks import Webhooks
from shared.contracts.subscribers import Content, Scope, Subscriber, Wanted
from shared.runtime.broker import closing, connect
from shared.runtime.errors import LitfassError
from shared.runtime.settings import load_settings

HOUR_MS: Final = 3_600_000


class UnusableSubscriber(LitfassError):
    """A subscriber like this cannot be."""

    reason = "unusable_subscriber"


class NoAccess(LitfassError):
    """Redis does not let us make users."""

    reason = "no_access"


async def add(
    house: House,
    name: str,
    *,
    wanted: dict[str, Any],
    content: Content,
    direct: bool = False,
    manages: bool = False,
    embargoed: bool = False,
) -> dict[str, Any]:
    """Add a subscriber; return it and its token. Raises UnusableSubscriber, NameTaken, NoAccess.

    A `direct` one gets a user in Redis, and the group `main`; the token of one who `manages` may change its webhook
    and tokens by HTTP. `embargoed` trusts it with articles before they are public, which only the newsroom itself
    can do.
    """
    unknown = [site for site in wanted.get("sites", ()) if site not in house.config.site]
    if unknown:
        raise UnusableSubscriber(f"There is no site {unknown[0]!r}; there are {', '.join(house.config.site)}.")
    try:
        filter_ = Wanted.model_validate(wanted)
        scopes: tuple[Scope, ...] = ("read", "manage") if manages else ("read",)
        subscriber, token = await _registry(house).add(
            name, wanted=filter_, content=content, scopes=scopes, is_direct=direct, embargoed=embargoed
        )
    except ValidationError as cause:
        raise UnusableSubscriber("\n".join(_faults(cause))) from cause
    if not direct:
        return {**shown(subscriber), "token": token}
    async with _access(house) as access:
        try:
            await access.admit(subscriber)
        except ResponseError as cause:
            raise _no_access(cause) from cause
    return {**shown(subscriber), "token": token, "redis_user": subscriber.redis_user, "group": MAIN_GROUP}


async def make_group(house: House, name: str, group: str) -> dict[str, Any]:
    """Make a consumer group on a direct subscriber's streams, from the oldest entry on. Raises NoSuchSubscriber."""
    subscriber = await _registry(house).get(name)
    if not subscriber.is_direct:
        raise UnusableSubscriber(
            f"{name!r} does not read Redis itself; `litfass subscribers add --direct` makes one who does."
        )
    async with _access(house) as access:
        made = await access.make_group(subscriber, group)
    return {"name": name, "group": group, "made_on": made}


async def rows(house: House) -> list[dict[str, Any]]:
    """Return what a list shows of each subscriber."""
    return [
        {
            "name": one.name,
            "wants": _filter(one.wanted) or "everything",
            "content": f"{one.content}, also embargoed" if one.embargoed else one.content,
            "state": "paused" if one.is_paused else "active",
            "since": iso(one.created_ms),
        }
        for one in await _registry(house).all()
    ]


async def show(house: House, name: str) -> dict[str, Any]:
    """Return everything about a subscriber but its secrets. Raises NoSuchSubscriber."""
    subscriber = await _registry(house).get(name)
    streams = {}
    for keys in house.shards():
        newest = await Outbox(house.client, keys).newest(name)
        streams[keys.out(name)] = {"entries_ever": newest.read, "last_id": newest.id}
    return {**shown(subscriber), "streams": streams}


async def rotate(house: House, name: str, *, grace_hours: float) -> dict[str, Any]:
    """Give a subscriber another token; the old ones stay good for a while. Raises NoSuchSubscriber."""
    subscriber, token = await _registry(house).rotate(name, grace_ms=round(grace_hours * HOUR_MS))
    await _let_in(house, subscriber)
    return {**shown(subscriber), "token": token}


async def pause(house: House, name: str, *, paused: bool) -> dict[str, Any]:
    """Let a subscriber have nothing for now, or go on. Raises NoSuchSubscriber."""
    subscriber = await _registry(house).pause(name, paused=paused)
    await _let_in(house, subscriber)
    return shown(subscriber)


async def trust(house: House, name: str, *, trusted: bool) -> dict[str, Any]:
    """Trust a subscriber with articles before they are public, or no more. Raises NoSuchSubscriber.

    What it was told stays with it; what it has not read yet is taken out, or passed over when it reads.
    """
    subscriber = await _registry(house).trust(name, trusted=trusted)
    if subscriber.is_direct and not trusted:
        async with _access(house) as access:
            await access.take_back_embargoed(subscriber)
    return shown(subscriber)


async def remove(house: House, name: str) -> dict[str, Any]:
    """Take a subscriber, its tokens and its streams away. Raises NoSuchSubscriber."""
    registry = _registry(house)
    subscriber = await registry.get(name)
    if not subscriber.is_direct:
        await registry.remove(name)
        return {"removed": name}
    async with _access(house) as access:
        await access.take_away(subscriber)
        await registry.remove(name)
        await access.forget(subscriber)
    return {"removed": name}


async def _let_in(house: House, subscriber: Subscriber) -> None:
    """Make a direct subscriber's user at once; a running feed would do it within a second. Raises NoAccess."""
    if not subscriber.is_direct:
        return
    try:
        async with _access(house) as access:
            await access.apply([subscriber])
    except ResponseError as cause:
        raise _no_access(cause) from cause


def _no_access(cause: ResponseError) -> NoAccess:
    return NoAccess(f"Redis makes no users for us: {cause}. Let the subscriber pull, or stream, instead.")


async def webhook(
    house: House, name: str, *, url: str = "", enable: bool = False, remove: bool = False, environ: Mapping[str, str]
) -> dict[str, Any]:
    """Set, enable again, or take away a subscriber's webhook; return the subscriber, and a new webhook's secret.

    Raises UnusableSubscriber, NoSuchSubscriber, NoWebhook.
    """
    webhooks = _webhooks(house, environ)
    if remove:
        return shown(await webhooks.take_away(name))
    if enable and not url:
        return shown(await webhooks.enable(name))
    before = await _registry(house).get(name)
    if not url:
        return {**shown(before), "queue": await webhooks.state(name)}
    try:
        subscriber, secret = await webhooks.put(name, url)
    except AddressRefused as cause:
        raise UnusableSubscriber(f"Nothing can be delivered there: {cause}.") from cause
    return shown(subscriber) if before.webhook else {**shown(subscriber), "secret": secret}


async def rotate_secret(house: House, name: str, *, grace_hours: float, environ: Mapping[str, str]) -> dict[str, Any]:
    """Sign a subscriber's deliveries with a new secret, for a while with the old one too. Raises NoWebhook."""
    grace_ms = round(grace_hours * HOUR_MS)
    subscriber, secret = await _webhooks(house, environ).rotate_secret(name, grace_ms=grace_ms)
    return {**shown(subscriber), "secret": secret}


@contextlib.asynccontextmanager
async def _access(house: House) -> AsyncIterator[Access]:
    """Open the Redis that direct subscribers read: one of their own, or the newsroom's."""
    there = house.config.redis.syndication
    if there is None:
        yield Access(house.client, house.shards(), _registry(house))
        return
    async with closing(connect(there)) as client:
        yield Access(client, house.shards(), _registry(house), former=house.client)


def _webhooks(house: House, environ: Mapping[str, str]) -> Webhooks:
    settings = load_settings(FeedSettings, environ)
    return Webhooks(house.client, _registry(house), is_private_allowed=settings.outbound_private)


def _registry(house: House) -> Registry:
    return Registry(house.client, house.shards())


def _filter(wanted: Wanted) -> str:
    given = wanted.model_dump(exclude_defaults=True)
    return "; ".join(f"{field}: {', '.join(values)}" for field, values in given.items())


def _faults(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False)
    ]
