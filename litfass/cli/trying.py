"""The commands for integrators: look at one recorded delivery, and play a CMS against a newsroom."""

import asyncio
import os
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litfass.cli.answers import err, out, print_warnings, show
from litfass.cli.call import Call
from litfass.cli.options import DATA, ConfigOption, DataOption, JsonOption, in_utc
from shared.runtime.clock import milliseconds, system_clock

if TYPE_CHECKING:
    from litfass.house import House

app = typer.Typer()


@app.command("verify-delivery")
def verify_delivery(
    file: Annotated[Path, typer.Argument(help="A recorded HTTP request, or a body with its headers beside it.")],
    source: Annotated[str, typer.Option("--source", help="Whose delivery it is to be.")],
    headers: Annotated[Path | None, typer.Option("--headers", help="Headers as JSON, for a body alone.")] = None,
    event: Annotated[str, typer.Option("--event", help="The event's name in the URL, for a body alone.")] = "",
    at: Annotated[datetime | None, typer.Option("--at", help="When it arrived (UTC); default: now.")] = None,
    config: ConfigOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Say which check a recorded delivery fails, and why. Asks nobody, and repeats no secret."""
    from litfass.operate.verify_delivery import verify_delivery as run_verify

    now_ms = milliseconds(in_utc(at)) if at else system_clock()

    async def look(house: "House") -> dict[str, Any]:
        return run_verify(
            house, file, source=source, headers=headers, event=event, now_ms=now_ms, data=data, environ=os.environ
        )

    call = Call(config=config, data=data, as_json=as_json)
    answer = call.in_house(look)
    call.show(answer, lambda: _print_checks(answer))
    if not answer["is_taken"]:
        raise typer.Exit(1)


@app.command()
def send(
    action: Annotated[str, typer.Argument(help="published, edited or killed.")],
    *,
    to: Annotated[str, typer.Option("--to", help="…/webhooks/SOURCE of the newsroom to try.")],
    cms: Annotated[str, typer.Option("--as", help="Which CMS to play: standard, ghost, wordpress …")] = "standard",
    secret: Annotated[str, typer.Option("--secret", help="env:NAME or file:PATH; without it nothing is signed.")] = "",
    name: Annotated[str, typer.Option("--id", help="Which article; the same again is about the same one.")] = "1",
    section: Annotated[str, typer.Option("--section", help="Its section.")] = "stadt",
    count: Annotated[int, typer.Option("--count", min=1, max=10_000, help="So many articles.")] = 1,
    doubled: Annotated[bool, typer.Option("--doubled", help="Everything twice.")] = False,
    reordered: Annotated[bool, typer.Option("--reordered", help="The later edition before the earlier one.")] = False,
    late: Annotated[bool, typer.Option("--late", help="Signed ten minutes ago.")] = False,
    forged: Annotated[bool, typer.Option("--forged", help="Signed with another secret.")] = False,
    huge: Annotated[bool, typer.Option("--huge", help="Six megabytes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before sending to another machine.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Play a CMS against a newsroom; fails when an answer is not the right one."""
    import httpx

    from litfass.cms import CMSS
    from litfass.cms.program import Tricks
    from litfass.cms.story import ACTIONS
    from litfass.operate.send import TIMEOUT_S, is_on_this_machine, manners, secret_at
    from litfass.operate.send import send as run_send

    if cms not in CMSS:
        raise typer.BadParameter(f"there is no {cms!r}; there are {', '.join(CMSS)}", param_hint="--as")
    wanted = next((each for each in ACTIONS if each == action), None)
    if wanted is None:
        raise typer.BadParameter(f"must be one of {', '.join(ACTIONS)}, not {action!r}", param_hint="ACTION")
    if not to.startswith(("http://", "https://")):
        raise typer.BadParameter("must be a URL: http://127.0.0.1:8080/webhooks/SOURCE", param_hint="--to")
    tricks = Tricks(doubled=doubled, reordered=reordered, late=late, forged=forged, huge=huge)
    key = secret_at(secret, os.environ) if secret else ""
    if not (yes or is_on_this_machine(to)):
        if not sys.stdin.isatty():
            raise typer.BadParameter(f"{to} is another machine; say --yes if it is meant", param_hint="--to")
        typer.confirm(f"Send {count} × {cms} {action} to {to}?", abort=True, err=True)

    async def run() -> list[dict[str, Any]]:
        answers = []
        # No proxy of the environment on the way to this machine: it would only be in it.
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=not is_on_this_machine(to)) as http:
            async for answer in run_send(
                http, to, adapter=cms, action=wanted, tricks=tricks, name=name, section=section, count=count, secret=key
            ):
                answers.append(answer)
                show(answer, as_json, partial(_print_sent, answer))
        return answers

    answers = asyncio.run(run())
    if not as_json:
        err.print(f"{cms} {manners(cms)}.", style="dim", markup=False, highlight=False, soft_wrap=True)
    if not all(answer["is_expected"] for answer in answers):
        raise typer.Exit(1)


def _print_checks(answer: dict[str, Any]) -> None:
    for check in answer["checks"]:
        mark = "[green]✓[/green]" if check["is_passed"] else "[red]✗[/red]"
        out.print(f"{mark} {check['name']:<10}", end="", highlight=False)
        out.print(check["detail"], markup=False, highlight=False)
        for hint in check["hints"]:
            out.print(f"  {'':<10}→ {hint}", markup=False, highlight=False)


def _print_sent(answer: dict[str, Any]) -> None:
    mark = "[green]✓[/green]" if answer["is_expected"] else "[red]✗[/red]"
    out.print(f"{mark} {answer['status']} ", end="", highlight=False)
    told = "  ".join(filter(None, (answer["outcome"], answer["advice"])))
    out.print(f"{answer['sent']}: {told}", markup=False, highlight=False)
    if not answer["is_expected"]:
        expected = " or ".join(map(str, answer["expected"]))
        out.print(f"      {expected} would have been right", style="red", markup=False, highlight=False)
    print_warnings(answer["warnings"], indent="      ")
