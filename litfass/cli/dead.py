"""litfass dead: the parked messages, to look at, replay and drop."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from litfass.cli.answers import out, print_rows
from litfass.cli.call import Call, about_a_house
from shared.runtime.errors import LitfassError

if TYPE_CHECKING:
    from litfass.house import House
    from litfass.operate.dead import Letter

app = typer.Typer(help="The parked messages: look at them, replay them, drop them.", no_args_is_help=True)


@app.command("list")
@about_a_house
def list_letters(call: Call) -> None:
    """List the parked messages, oldest first."""
    from litfass.operate.dead import letters

    rows = [letter.row() for letter in call.in_house(letters)]
    call.show(rows, lambda: print_rows(rows, "No dead letters."))


@app.command("show")
@about_a_house
def show_letter(call: Call, letter: str) -> None:
    """Show one parked message with everything in it."""
    found = call.in_house(lambda house: _called(house, letter))
    fields = found[0].fields
    call.show(fields, lambda: out.print("\n".join(f"{name}: {value}" for name, value in fields.items()), markup=False))


@app.command("replay")
@about_a_house
def replay_letters(call: Call, letter: Annotated[str, typer.Argument(help="Its id, or `all`.")]) -> None:
    """Put parked messages back on their stream."""
    from litfass.operate.dead import replay

    _settle(call, letter, replay, "replayed")


@app.command("drop")
@about_a_house
def drop_letters(call: Call, letter: Annotated[str, typer.Argument(help="Its id, or `all`.")]) -> None:
    """Forget parked messages for good."""
    from litfass.operate.dead import drop

    _settle(call, letter, drop, "dropped")


class _NoSuchLetter(LitfassError):
    """There is no such dead letter."""

    reason = "no_such_letter"


def _settle(call: Call, wanted: str, settle: "Callable[[House, Letter], Awaitable[bool]]", word: str) -> None:
    from litfass.operate.dead import letters

    async def run(house: "House") -> int:
        found = await (letters(house) if wanted == "all" else _called(house, wanted))
        return sum([await settle(house, letter) for letter in found])

    count = call.in_house(run)
    call.show({word: count}, lambda: out.print(f"{count} {word}."))


async def _called(house: "House", letter: str) -> "list[Letter]":
    from litfass.operate.dead import letters

    found = await letters(house, [letter])
    if not found:
        raise _NoSuchLetter(f"There is no dead letter {letter}; see: litfass dead list")
    return found
