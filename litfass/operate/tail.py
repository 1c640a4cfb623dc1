"""Follow streams as they grow."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from litfass.house import House
from shared.contracts.keys import DEAD_STREAM, LANES, LISTS_STREAM
from shared.runtime.broker import away

STREAMS: Final = (*LANES, LISTS_STREAM, DEAD_STREAM)
BLOCK_MS: Final = 500  # below the client's timeout


async def tail(house: House, streams: Sequence[str], *, last: int) -> AsyncIterator[dict[str, Any]]:
    """Give the last entries of each stream, then every new one, as it comes, for ever."""
    places: dict[str, str] = {}
    for keys in house.shards():
        for stream in streams:
            key = keys.stream(stream)
            with away():
                rows: list[Any] = list(reversed(await house.client.xrevrange(key, count=max(1, last))))
            for id_, fields in rows[-last:] if last else []:
                yield _row(key, id_, fields)
            places[key] = rows[-1][0].decode() if rows else "0"
    while True:
        with away():
            answer: Any = await house.client.xread(places, block=BLOCK_MS)
        for key, rows in answer or ():
            for id_, fields in rows:
                yield _row(key.decode(), id_, fields)
                places[key.decode()] = id_.decode()


def _row(key: str, id_: bytes, fields: dict[bytes, bytes]) -> dict[str, Any]:
    text = {name.decode(errors="replace"): value.decode(errors="replace") for name, value in fields.items()}
    return {"stream": key.rpartition(":")[2], "id": id_.decode(), **text}
