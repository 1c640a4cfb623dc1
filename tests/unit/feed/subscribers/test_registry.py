import pytest
from pydantic import ValidationError

from services.feed.subscribers.registry import NameTaken, NoSuchSubscriber, Registry
from services.feed.subscribers.tokens import hash_of
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Wanted
from tests.support.lists import KEYS, SetClock

HOUR_MS = 3_600_000


@pytest.fixture
def registry(redis, clock) -> Registry:
    return Registry(redis, [KEYS], clock=clock)


async def test_a_token_opens_and_is_stored_nowhere(redis, registry):
    subscriber, token = await registry.add("dpa", wanted=Wanted())
    whose = await registry.whose(token)
    assert whose is not None
    assert whose[0] == subscriber
    for key in await redis.keys("*"):
        kept = await redis.dump(key)
        assert token.encode() not in kept
    assert hash_of(token).encode() in await redis.hget(KEYS.subscribers(), "dpa")


async def test_a_name_is_given_once(registry):
    await registry.add("dpa", wanted=Wanted())
    with pytest.raises(NameTaken):
        await registry.add("dpa", wanted=Wanted())


async def test_numbers_are_never_given_again(registry):
    first, _ = await registry.add("dpa", wanted=Wanted())
    await registry.remove("dpa")
    second, _ = await registry.add("dpa", wanted=Wanted())
    assert second.number > first.number


@pytest.mark.parametrize("name", ["", "DPA", "~kurier", "d p", "-d", "x" * 80, "ä"])
async def test_a_name_that_could_be_mistaken_is_refused(registry, name):
    with pytest.raises(ValidationError):
        await registry.add(name, wanted=Wanted())
    assert await registry.all() == ()


async def test_both_tokens_open_while_one_replaces_the_other(registry, clock: SetClock):
    _, old = await registry.add("dpa", wanted=Wanted())
    rotated, new = await registry.rotate("dpa", grace_ms=HOUR_MS)
    assert await registry.whose(old)
    assert await registry.whose(new)
    assert [token.expires_ms for token in rotated.tokens] == [None, clock() + HOUR_MS]


async def test_without_grace_the_old_token_is_void_at_once(registry):
    _, old = await registry.add("dpa", wanted=Wanted())
    await registry.rotate("dpa", grace_ms=0)
    assert await registry.whose(old) is None


async def test_expired_tokens_are_cleared_away_by_the_next_rotation(registry, clock: SetClock):
    await registry.add("dpa", wanted=Wanted())
    await registry.rotate("dpa", grace_ms=HOUR_MS)
    clock.now_ms += 2 * HOUR_MS
    rotated, _ = await registry.rotate("dpa", grace_ms=HOUR_MS)
    assert len(rotated.tokens) == 2


async def test_another_process_sees_every_change_at_once(redis, registry):
    elsewhere = Registry(redis, [KEYS])
    assert await elsewhere.all() == ()
    await registry.add("dpa", wanted=Wanted())
    assert [one.name for one in await elsewhere.all()] == ["dpa"]
    await registry.pause("dpa", paused=True)
    assert (await elsewhere.get("dpa")).is_paused
    await registry.remove("dpa")
    with pytest.raises(NoSuchSubscriber):
        await elsewhere.get("dpa")


async def test_a_subscriber_is_the_same_on_every_shard(redis):
    shards = [Keys("s1"), Keys("s2")]
    registry = Registry(redis, shards)
    await registry.add("dpa", wanted=Wanted())
    await registry.pause("dpa", paused=True)
    rolls = [await registry.roll(keys) for keys in shards]
    assert rolls[0].subscribers == rolls[1].subscribers
    await registry.remove("dpa")
    assert await redis.exists(*(keys.subscribers() for keys in shards)) == 0


async def test_what_a_newer_version_stored_can_be_changed(redis, registry):
    await registry.add("dpa", wanted=Wanted())
    stored = await redis.hget(KEYS.subscribers(), "dpa")
    await redis.hset(KEYS.subscribers(), "dpa", stored[:-1] + b',"mood":"glad"}')
    await redis.hincrby(KEYS.subscribers_state(), "version", 1)
    assert (await registry.pause("dpa", paused=True)).is_paused


async def test_removing_takes_the_stream_away(redis, registry):
    await registry.add("dpa", wanted=Wanted())
    await redis.xadd(KEYS.out("dpa"), {"a": "b"})
    await registry.remove("dpa")
    assert not await redis.exists(KEYS.out("dpa"))
