"""What a subscriber's user may do in Redis: read and acknowledge its own stream, and nothing else."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, ResponseError

from services.feed.subscribers import lanes
from services.feed.subscribers.access import Access, rules
from shared.contracts.subscribers import Wanted
from tests.support.articles import an_article
from tests.support.lists import KEYS

OPEN = {"auth", "hello", "quit"}  # what everybody may before logging in
ALLOWED = {"xreadgroup", "xack", "xautoclaim", "ping", "client|setinfo"}
# What the right commands look like; every other is tried with its key first and some words after it.
SHAPES = {
    "xreadgroup": ["GROUP", "main", "one", "COUNT", "1", "STREAMS", "{key}", ">"],
    "xautoclaim": ["{key}", "main", "one", "1000", "0"],
    "xack": ["{key}", "main", "1-0"],
    "ping": [],
    "client|setinfo": ["LIB-NAME", "litfass"],
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lanes, "BLOCK_MS", 1)


@pytest.fixture
async def token(office, redis) -> AsyncIterator[str]:
    _, token = await office.desk.registry.add("dpa", wanted=Wanted(), is_direct=True)
    await office.desk.access.keep()
    await redis.xgroup_create(KEYS.out("dpa"), "main", id="0", mkstream=True)
    yield token
    await redis.execute_command("ACL", "DELUSER", "litfass-dpa")


def as_user(redis_config, token: str) -> Redis:
    return Redis.from_url(redis_config.url, username="litfass-dpa", password=token, protocol=2)


async def every_command(redis: Redis) -> dict[str, int]:
    """Each command and subcommand that the server knows, with its arity."""
    found = {}
    for command in await redis.execute_command("COMMAND"):
        row = command if isinstance(command, list) else None
        if row is None:
            continue
        found[row[0].decode()] = row[1]
        for sub in row[9] if len(row) > 9 else []:
            found[sub[0].decode()] = sub[1]
    return found


async def dry_run(redis: Redis, name: str, key: str, arity: int) -> bool:
    """Say whether the user could run this command on this key."""
    words = [word.replace("{key}", key) for word in SHAPES.get(name, [key] * max(1, abs(arity) - 1))]
    try:
        answer = await redis.execute_command("ACL", "DRYRUN", "litfass-dpa", *name.split("|"), *words)
    except ResponseError:  # not even a command like this
        return False
    return answer in {b"OK", "OK"}


async def test_of_all_commands_only_reading_and_acknowledging_the_own_stream_is_allowed(redis, token):
    raw = Redis(connection_pool=redis.connection_pool)
    raw.response_callbacks.clear()
    commands = await every_command(raw)
    names = {name.decode() for name in await raw.execute_command("COMMAND LIST")}
    assert names <= set(commands)
    assert len(names) > 350
    own, others = KEYS.out("dpa"), [KEYS.out("apa"), KEYS.stream("articles"), KEYS.subscribers(), "any"]
    allowed = {name for name, arity in commands.items() if await dry_run(raw, name, own, arity)}
    assert allowed == ALLOWED | OPEN
    for key in others:
        reached = {name for name, arity in commands.items() if await dry_run(raw, name, key, arity)}
        assert reached == {"ping", "client|setinfo"} | OPEN, key


async def test_the_user_reads_its_own_stream_with_its_token_and_no_other(office, redis, redis_config, token):
    await office.newsroom.accept(an_article())
    await office.fanout.round()
    async with as_user(redis_config, token) as user:
        ((_, entries),) = await user.xreadgroup("main", "one", {KEYS.out("dpa"): ">"})
        assert b'"article.published"' in entries[0][1][b"event"]
        assert await user.xack(KEYS.out("dpa"), "main", entries[0][0]) == 1
        with pytest.raises(NoPermissionError):
            await user.xreadgroup("main", "one", {KEYS.out("dpa"): ">", KEYS.out("apa"): ">"})
        with pytest.raises(NoPermissionError):
            await user.xgroup_create(KEYS.out("dpa"), "mine", id="0")
    async with as_user(redis_config, "lf_wrong") as stranger:
        with pytest.raises(RedisConnectionError, match="invalid username-password"):
            await stranger.ping()


async def test_users_are_made_again_after_a_restart(office, redis, redis_config, token, valkey, monkeypatch):
    await redis.execute_command("ACL", "DELUSER", "litfass-dpa")  # as a restart leaves it
    await office.desk.access.keep()
    assert await redis.execute_command("ACL", "GETUSER", "litfass-dpa") is None  # it does not look every time
    restarted = {"run_id": "another"}

    async def info(*_: object) -> dict[str, str]:
        return restarted

    monkeypatch.setattr(office.desk.access._client, "info", info)
    await office.desk.access.keep()
    async with as_user(redis_config, token) as user:
        assert await user.ping()


async def test_rotating_pausing_and_expiry_reach_redis(office, clock, redis_config, token):
    _, newer = await office.desk.registry.rotate("dpa", grace_ms=120_000)
    await office.desk.access.keep()
    for one in (token, newer):
        async with as_user(redis_config, one) as user:
            assert await user.ping()
    clock.now_ms += 180_000
    await office.desk.access.keep()
    async with as_user(redis_config, token) as user:
        with pytest.raises(RedisConnectionError, match="invalid username-password"):
            await user.ping()
    await office.desk.registry.pause("dpa", paused=True)
    await office.desk.access.keep()
    async with as_user(redis_config, newer) as user:
        with pytest.raises(RedisConnectionError, match="invalid username-password"):
            await user.ping()


async def test_a_token_that_may_only_manage_opens_no_stream(office):
    one, _ = await office.desk.registry.add("chef", wanted=Wanted(), scopes=("manage",), is_direct=True)
    assert not [rule for rule in rules(one, [KEYS], now_ms=0) if rule.startswith("#")]


async def test_a_kill_takes_the_text_out_of_streams_that_carry_it(office, redis, token):
    await office.newsroom.accept(an_article(number=1, headline="Streng geheim"))
    await office.newsroom.accept(an_article(number=2))
    await office.fanout.round()
    office.newsroom.clock.now_ms += 1
    await office.newsroom.accept(an_article(number=1, headline="Noch geheimer"), number=5)
    await office.fanout.round()
    assert b"geheim" in await redis.dump(KEYS.out("dpa"))
    assert await redis.xlen(KEYS.out("dpa")) == 3
    await office.newsroom.accept(an_article(number=1), verb="killed", number=9, note="Falsch.")
    await office.fanout.round()
    events = [fields[b"event"] for _, fields in await redis.xrange(KEYS.out("dpa"))]
    assert len(events) == 2
    assert not any(b"geheim" in event for event in events)
    assert b"Falsch." in events[1]


async def test_an_event_with_its_text_obeys_the_subscriber_s_content(office, redis):
    await office.desk.registry.add("kurz", wanted=Wanted(), content="teaser", is_direct=True)
    await office.newsroom.accept(an_article())
    await office.fanout.round()
    ((_, fields),) = await redis.xrange(KEYS.out("kurz"))
    assert b'"teaser"' in fields[b"event"]
    assert b'"body"' not in fields[b"event"]


async def test_streams_forget_what_is_older_than_its_payload(office, redis, clock):
    await office.add("dpa")
    day_ms = 86_400_000
    now_s, _ = await redis.time()
    clock.now_ms = now_s * 1000
    await redis.xadd(KEYS.out("dpa"), {"v": "1"}, id=f"{clock() - 31 * day_ms}-0")
    await redis.xadd(KEYS.out("dpa"), {"v": "1"}, id=f"{clock() - 29 * day_ms}-0")
    assert await office.desk._ageing.cut() == 1
    assert await redis.xlen(KEYS.out("dpa")) == 1


async def test_users_of_other_programs_are_left_alone(office, redis, token):
    await redis.execute_command("ACL", "SETUSER", "somebody", "on", "nopass")
    access = Access(redis, [KEYS], office.desk.registry)
    await access.keep()
    await access.take_away(await office.desk.registry.get("dpa"))
    assert "somebody" in await redis.acl_users()
    await redis.execute_command("ACL", "DELUSER", "somebody")
