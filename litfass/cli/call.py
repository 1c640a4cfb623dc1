"""One call of a command about a newsroom: where that is, how to work in it, and as what the answer is shown."""

import asyncio
import functools
import inspect
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Final, TypeVar

from litfass.cli.answers import show
from litfass.cli.options import DATA, ConfigOption, DataOption, JsonOption, RedisOption

if TYPE_CHECKING:  # opening a house loads Redis and every contract: not for `--help`
    from litfass.house import House

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Call:
    """What the options say that every command about a newsroom has; its fields are these options."""

    config: ConfigOption = None
    redis: RedisOption = None
    data: DataOption = DATA
    as_json: JsonOption = False

    def in_house(self, work: Callable[["House"], Awaitable[T]]) -> T:
        """Open the newsroom, do the work in it, and close it again; return what the work gave."""
        from litfass.house import House

        async def run() -> T:
            house = House.open(config=self.config, redis_url=self.redis, data=self.data, environ=os.environ)
            try:
                return await work(house)
            finally:
                await house.client.aclose()

        return asyncio.run(run())

    def show(self, answer: Any, otherwise: Callable[[], Any]) -> None:
        """Print the answer: as JSON when that is wanted, else by `otherwise`."""
        show(answer, self.as_json, otherwise)


_SHARED: Final = inspect.signature(Call).parameters


def about_a_house(command: Callable[Concatenate[Call, ...], None]) -> Callable[..., None]:
    """Give a command the options of a Call behind its own; it gets the Call as its first argument."""
    own = list(inspect.signature(command).parameters.values())[1:]

    @functools.wraps(command)
    def run(**given: Any) -> None:  # typer hands over every parameter by its name
        command(Call(**{name: given.pop(name) for name in _SHARED}), **given)

    signature = inspect.Signature([*own, *_SHARED.values()], return_annotation=None)
    run.__signature__ = signature  # type: ignore[attr-defined] # this is where typer looks for the options
    return run
