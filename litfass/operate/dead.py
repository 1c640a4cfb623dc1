"""The dead letters: list, show, replay, drop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litfass.house import House
from shared.contracts.keys import DEAD_STREAM, Keys
from shared.runtime.broker import away
from shared.runtime.scripts import Script

_REPLAY = Script(
    """
    -- The message goes back to its stream and the letter away, both or neither. KEYS 1 dead  2 stream  ARGV 1 id
    local rows = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
    if #rows == 0 then return 0 end
    local message = {}
    for i = 1, #rows[1][2], 2 do
      local name = rows[1][2][i]
      if string.sub(name, 1, 2) == 'm:' then
        message[#message + 1] = string.sub(name, 3)
        message[#message + 1] = rows[1][2][i + 1]
      end
    end
    redis.call('XADD', KEYS[2], '*', unpack(message))
    redis.call('XDEL', KEYS[1], ARGV[1])
    return 1
    """
)


@dataclass(frozen=True)
class Letter:
    """One parked message."""

    keys: Keys
    id: str
    fields: dict[str, str]

    def row(self) -> dict[str, str]:
        """What a list shows of it."""
        names = ("stream", "group", "reason", "detail", "at_ms", "attempts")
        shown = {name: self.fields.get(name, "") for name in names}
        return {"id": self.id, **shown, "article_id": self.fields.get("m:article_id", "")}


async def letters(house: House, ids: Sequence[str] = ()) -> list[Letter]:
    """Return the dead letters, oldest first; only those of `ids` when given."""
    found = []
    for keys in house.shards():
        with away():
            rows: list[Any] = await house.client.xrange(keys.stream(DEAD_STREAM))
        found += [Letter(keys, id_.decode(), _text(fields)) for id_, fields in rows if not ids or id_.decode() in ids]
    return found


async def replay(house: House, letter: Letter) -> bool:
    """Put the message back on its stream; False when somebody was faster."""
    places = [letter.keys.stream(DEAD_STREAM), letter.fields["stream"]]
    return bool(await _REPLAY.call(house.client, places, [letter.id]))


async def drop(house: House, letter: Letter) -> bool:
    """Forget the message for good; False when somebody was faster."""
    with away():
        return bool(await house.client.xdel(letter.keys.stream(DEAD_STREAM), letter.id))


def _text(fields: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode(errors="replace"): value.decode(errors="replace") for name, value in fields.items()}
