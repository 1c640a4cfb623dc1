"""The commands that look after a newsroom: is it as it should be, make it again, compare it with CMSs, watch it."""

import json
import os
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litfass import __version__
from litfass.cli.answers import err, out, progress, show
from litfass.cli.call import Call, about_a_house
from litfass.cli.options import JsonOption, in_utc
from shared.runtime.clock import milliseconds, system_clock

if TYPE_CHECKING:
    from litfass.house import House

app = typer.Typer()


@app.command()
@about_a_house
def check(
    call: Call, repair: Annotated[bool, typer.Option("--repair", help="Have wrong files written again.")] = False
) -> None:
    """Check configuration, Redis, and that files are what the documents say."""
    from litfass.operate.check import check as run_check

    with progress("Looking at articles") as advance:
        faults = call.in_house(lambda house: run_check(house, repair=repair, progress=advance))
    call.show(
        {"faults": faults}, lambda: out.print("\n".join(faults) or "Everything is as it should be.", markup=False)
    )
    if faults:
        raise typer.Exit(1)


@app.command()
@about_a_house
def rebuild(
    call: Call,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", help="Moment (UTC) that lists are made for; default: now.")
    ] = None,
    store: Annotated[str | None, typer.Option("--store", help="Write files there (URL) instead, to compare.")] = None,
) -> None:
    """Make lists, pages, feeds and sitemaps again from the documents."""
    from litfass.operate.rebuild import rebuild as run_rebuild

    at = milliseconds(in_utc(as_of)) if as_of else system_clock()
    with progress("Rebuilding articles") as advance:
        answer = call.in_house(
            lambda house: run_rebuild(house, store_url=store, clock=lambda: at, environ=os.environ, progress=advance)
        )
    call.show(
        answer, lambda: out.print(", ".join(f"{count} {what.replace('_', ' ')}" for what, count in answer.items()))
    )


@app.command()
@about_a_house
def reconcile(
    call: Call,
    source: Annotated[str | None, typer.Argument(help="Which source; default: all that say where to ask.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Compare all articles, not only those of the last hours.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look only.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Take back as many articles as the CMS no longer has, however many.")
    ] = False,
) -> None:
    """Compare what CMSs list with what we have, and put right what is missing, stale or should be gone."""
    from litfass.operate.reconcile import reconcile as run_reconcile
    from services.ingest.reconcile.ledger import Orders

    orders = Orders("all" if everything else "recent", is_dry=dry_run, is_confirmed=yes)
    with progress("Reading the lists of CMSs") as advance:
        reports = call.in_house(lambda house: run_reconcile(house, source, orders=orders, progress=advance))
    call.show(reports, lambda: _print_reports(reports))
    if any(report["refused"] for report in reports):
        raise typer.Exit(1)


@app.command()
@about_a_house
def tail(
    call: Call,
    streams: Annotated[
        list[str] | None, typer.Argument(help="articles-urgent, articles, articles-bulk, lists, dead.")
    ] = None,
    last: Annotated[int, typer.Option("--last", min=0, help="Start with this many older entries of each.")] = 0,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Stop after so many entries.")] = None,
) -> None:
    """Follow streams as they grow; Ctrl-C stops."""
    from litfass.operate.tail import STREAMS
    from litfass.operate.tail import tail as run_tail

    unknown = set(streams or ()) - set(STREAMS)
    if unknown:
        raise typer.BadParameter(f"there is no stream {', '.join(sorted(unknown))}; there are {', '.join(STREAMS)}")

    async def follow(house: "House") -> None:
        count = 0
        async for row in run_tail(house, streams or STREAMS, last=last):
            told = "  ".join(f"{name}={value}" for name, value in row.items() if value)
            print(json.dumps(row) if call.as_json else told, flush=True)
            count += 1
            if limit and count >= limit:
                return

    call.in_house(follow)


@app.command()
def version(as_json: JsonOption = False) -> None:
    """Say which Litfass this is."""
    show({"version": __version__}, as_json, lambda: out.print(f"litfass {__version__}", highlight=False))


def _print_reports(reports: list[dict[str, Any]]) -> None:
    for report in reports:
        found = report["mismatches"]
        for row in found:
            out.print(f"{row['kind']}  {row['what']}  {row['outcome']}  {row['detail']}".rstrip(), markup=False)
        said = f"{len(found)} differences" if found else "no difference"
        out.print(f"{report['source']}: {report['theirs']} articles in the CMS's list, {said}.", highlight=False)
        if report["refused"]:
            err.print(f"{report['source']}: {report['refused']}; if that is right: --yes", style="red", markup=False)
