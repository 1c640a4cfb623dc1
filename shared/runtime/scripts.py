"""Redis scripts that ship beside the code that calls them."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from shared.runtime.broker import Client, away

Call = tuple[Sequence[str], Sequence[str | bytes | int]]  # keys, arguments


class Script:
    """One Lua script, called by its hash and sent again when the server forgot it (restart, fail-over)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    @classmethod
    def of(cls, package: str, name: str) -> "Script":
        """Read `name` from a package's own files."""
        return cls(files(package).joinpath(name).read_text(encoding="utf-8"))

    async def call(self, client: Client, keys: Sequence[str], arguments: Sequence[str | bytes | int]) -> Any:
        """Run it once, in one round trip; raises RedisAway."""
        with away():
            try:
                return await client.evalsha(self._sha, len(keys), *keys, *arguments)
            except NoScriptError:
                return await client.eval(self._text, len(keys), *keys, *arguments)

    async def call_many(
        self, client: Client, calls: Sequence[Call], *, then: Sequence[Sequence[Any]] = ()
    ) -> list[Any]:
        """Run it for each call in one pipeline, then the plain commands `then`; answers in order.

        An answer that is an error is returned as the exception. Raises RedisAway.
        """
        with away():
            answers = await self._pipeline(client, calls, then)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                await client.script_load(self._text)
                redo = [i for i, answer in enumerate(answers[: len(calls)]) if isinstance(answer, NoScriptError)]
                for i, answer in zip(redo, await self._pipeline(client, [calls[i] for i in redo], ()), strict=True):
                    answers[i] = answer
        return answers

    async def _pipeline(self, client: Client, calls: Sequence[Call], then: Sequence[Sequence[Any]]) -> list[Any]:
        async with client.pipeline(transaction=False) as pipe:
            for keys, arguments in calls:
                pipe.evalsha(self._sha, len(keys), *keys, *arguments)
            for command in then:
                pipe.execute_command(*command)
            return list(await pipe.execute(raise_on_error=False))
