"""How a service talks to Redis: one client for commands that fails fast, and what the server must be like.

Commands are never retried here: whoever needs a retry has a message that stays pending, and ingest's caller has
a CMS behind it. redis-py's default would hold a caller for seconds (ADR-0006).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from shared.contracts.config import RedisConfig
from shared.runtime.errors import ConfigurationFault, RedisAway

TIMEOUT_S = 1.0  # an answer that takes longer is an answer that a CMS no longer waits for
CONNECTIONS = 64  # commands in flight at most; more wait TIMEOUT_S for a free one
OLDEST_SERVER = (7, 0)  # Debian 12 has 7.0; we use no command that is newer
AWAY_WORDS = ("READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "MISCONF", "OOM", "TRYAGAIN")

Client: TypeAlias = Any  # redis-py types every answer as bytes, text, number or None; ours are what the commands say


def connect(config: RedisConfig, *, connections: int = CONNECTIONS, timeout_s: float = TIMEOUT_S) -> Client:
    """Return a client for commands; it connects when first used."""
    pool = BlockingConnectionPool.from_url(
        config.url,
        max_connections=connections,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        retry_on_timeout=False,
        protocol=2,  # RESP3's push messages cost hiredis a branch per answer and give us nothing
    )
    return Redis.from_pool(pool)


def is_away(error: BaseException) -> bool:
    """Say whether Redis may answer the same command later (away, loading, read-only, full)."""
    if isinstance(
        error,
        RedisConnectionError | RedisTimeoutError | ReadOnlyError | BusyLoadingError | asyncio.TimeoutError | OSError,
    ):
        return True
    return isinstance(error, ResponseError) and str(error).startswith(AWAY_WORDS)


@contextmanager
def away() -> Iterator[None]:
    """Turn what Redis raises when it cannot answer now into RedisAway; other errors pass."""
    try:
        yield
    except (TimeoutError, RedisError, OSError) as cause:
        if not is_away(cause):
            raise
        raise RedisAway(f"Redis does not answer: {cause or type(cause).__name__}") from cause


@asynccontextmanager
async def closing(client: Client) -> AsyncIterator[Client]:
    """Close the client's connections at the end."""
    try:
        yield client
    finally:
        await client.aclose()


async def server_faults(client: Client, config: RedisConfig, *, is_refilled: bool = False) -> list[str]:
    """Return what is wrong with the server for keeping articles; empty when it is fit. Raises RedisAway.

    One that `is_refilled` may lose its last second: it is carried over again.
    """
    with away():
        info: dict[str, Any] = await client.info("server")
        try:
            settings = await client.config_get("appendonly", "appendfsync", "maxmemory-policy")
        except ResponseError:  # managed servers forbid CONFIG
            return []
    version = str(info.get("valkey_version") or info.get("redis_version", "0"))
    values = {_text(name): _text(value) for name, value in settings.items()}
    faults = []
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_SERVER:
        faults.append(f"version {version} is too old; Redis 7.2 or Valkey 8 and newer are supported")
    if values.get("appendonly") != "yes":
        faults.append("appendonly is off, so a crash would lose accepted articles: set appendonly yes")
    if values.get("appendfsync") != "always" and config.durability == "fsync" and not is_refilled:
        faults.append("appendfsync is not 'always', so 202 would not mean 'on disk': set appendfsync always")
    if values.get("maxmemory-policy") != "noeviction":
        faults.append("maxmemory-policy evicts keys, and with them articles: set maxmemory-policy noeviction")
    return faults


async def require_fit_server(client: Client, config: RedisConfig, *, is_refilled: bool = False) -> None:
    """Raise ConfigurationFault when the server would lose articles; see `server_faults`."""
    faults = await server_faults(client, config, is_refilled=is_refilled)
    if faults:
        raise ConfigurationFault(
            "\n".join(
                [f"Redis at {_without_password(config.url)} cannot be used:", *(f"  - {fault}" for fault in faults)]
            )
        )


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
