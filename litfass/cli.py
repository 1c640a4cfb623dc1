"""The command line: every command, its options, and how its answer is shown. The work is done in `operate` and `up`.

Answers go to stdout (`--json`: one JSON value), everything else to stderr; exit code 1 for faults, 2 for wrong usage.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from litfass import __version__
from shared.runtime.clock import milliseconds, system_clock
from shared.runtime.errors import LitfassError
from shared.runtime.logging import configure

if TYPE_CHECKING:  # a command imports what it needs when it runs: `litfass --help` answers at once
    from litfass.run import ServiceName

T = TypeVar("T")

app = typer.Typer(
    name="litfass",
    help="From a CMS's webhook to pages, lists and feeds, in milliseconds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
dead_app = typer.Typer(help="The parked messages: look at them, replay them, drop them.", no_args_is_help=True)
app.add_typer(dead_app, name="dead")
subscribers_app = typer.Typer(help="The subscribers: who they are, and what opens their streams.", no_args_is_help=True)
app.add_typer(subscribers_app, name="subscribers")
ads_app = typer.Typer(help="Advertisements: why there is one, or none.", no_args_is_help=True)
app.add_typer(ads_app, name="ads")
deliveries_app = typer.Typer(help="Deliveries to subscribers' webhooks: their log, and replays.", no_args_is_help=True)
app.add_typer(deliveries_app, name="deliveries")
pins_app = typer.Typer(help="Pins: what stands where, from when to when.", no_args_is_help=True)
app.add_typer(pins_app, name="pins")
redirects_app = typer.Typer(help="Addresses of the old site, and where they lead.", no_args_is_help=True)
app.add_typer(redirects_app, name="redirects")
rejected_app = typer.Typer(help="The refused deliveries: look at them, replay them.", no_args_is_help=True)
app.add_typer(rejected_app, name="rejected")

out = Console(soft_wrap=True)
err = Console(stderr=True)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="litfass.toml; default: the running `up`, or ./litfass.toml.")
]
RedisOption = Annotated[str | None, typer.Option("--redis", help="Redis by URL, instead of the configuration's.")]
DataOption = Annotated[Path, typer.Option("--data", help="The data folder of `litfass up`.")]
SiteOption = Annotated[str | None, typer.Option("--site", help="Which site; default: the first.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]
DATA = Path(".litfass")


def main() -> int:
    """Run the command line; return its exit code. Faults that we know are said in one message, without a traceback."""
    configure(form=os.environ.get("LITFASS_LOG_FORMAT", ""), level=os.environ.get("LITFASS_LOG_LEVEL", "info"))
    try:
        return int(app(standalone_mode=False) or 0)
    except LitfassError as fault:
        err.print(str(fault), style="red", highlight=False, markup=False)
        return 1
    except typer.Exit as leaving:
        return leaving.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as fault:
        if hasattr(fault, "show") and hasattr(fault, "exit_code"):
            fault.show(file=sys.stderr)
            return int(fault.exit_code)
        raise


# --- running ---------------------------------------------------------------------------------------------------------


@app.command()
def up(
    host: HostOption = "127.0.0.1",
    port: Annotated[int | None, typer.Option("--port", help="Default: 8080, or the next free one.")] = None,
    data: DataOption = DATA,
    config: Annotated[
        Path | None, typer.Option("--config", help="Your litfass.toml; default: a demo newsroom.")
    ] = None,
    redis: Annotated[str | None, typer.Option("--redis", help="Use this Redis instead of an embedded one.")] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="Fill an empty newsroom with demo articles.")
    ] = None,
    dev: Annotated[bool, typer.Option("--dev", help="Read templates and style sheets again when they change.")] = False,
) -> None:
    """Run the whole newsroom on one port; Ctrl-C stops it."""
    from litfass.up import UpOptions
    from litfass.up import up as run_up

    configure(form=os.environ.get("LITFASS_LOG_FORMAT", ""), level=os.environ.get("LITFASS_LOG_LEVEL", "warning"))
    options = UpOptions(host=host, port=port, data=data, config=config, redis_url=redis, demo=demo, dev=dev)
    asyncio.run(run_up(options, environ=os.environ, console=out))


def _service_command(name: "ServiceName", port: int, text: str) -> None:
    def run(
        host: HostOption = "127.0.0.1",
        port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = port,
        config: ConfigOption = None,
        redis: RedisOption = None,
    ) -> None:
        from litfass.run import configured, run_service

        path = config or Path(os.environ.get("LITFASS_CONFIG", "litfass.toml"))
        loaded = configured(path, redis_url=redis, environ=os.environ)
        asyncio.run(run_service(name, loaded, host=host, port=port, environ=os.environ))

    app.command(name=name, help=text)(run)


_service_command("ingest", 8081, "Take deliveries of CMSs.")
_service_command("render", 8082, "Write pages, and serve what is not written yet.")
_service_command("feed", 8083, "Keep the lists; write feeds and sitemaps; answer the API.")


# --- articles --------------------------------------------------------------------------------------------------------


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="FILE.md, .html or .json.")],
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish an article from a file, the way a CMS's delivery goes."""
    from litfass.operate.publish import publish as run_publish

    answer = _in_house(lambda house: run_publish(house, file, site=house.site(site)), config, redis, data)
    _show(answer, as_json, lambda: _print_outcome(answer))


@app.command()
def retract(
    article: Annotated[str, typer.Argument(help="Id, path or address.")],
    note: Annotated[str, typer.Option("--note", help="What readers are told.")] = "",
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Take an article back for good (a kill): its page becomes a 410 note, and it leaves every list and feed."""
    from litfass.operate.publish import retract as run_retract

    answer = _in_house(lambda house: run_retract(house, article, note=note), config, redis, data)
    _show(answer, as_json, lambda: _print_proof(answer))


@app.command()
def release(
    article: Annotated[str, typer.Argument(help="Id, path or address.")],
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Lift a kill, so that the CMS may publish the article again."""
    from litfass.operate.publish import release as run_release

    answer = _in_house(lambda house: run_release(house, article), config, redis, data)
    _show(answer, as_json, lambda: _print_outcome(answer))


@app.command()
def anonymise(
    article: Annotated[str, typer.Argument(help="Id, path or address.")],
    name: Annotated[list[str], typer.Option("--name", help="A spelling of the name; say it again for each other one.")],
    instead: Annotated[str, typer.Option("--instead", help="What stands in its place.")] = "N. N.",
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Take a name out of an article, of what is kept of its earlier revisions, and of its pages."""
    from litfass.operate.anonymise import anonymise as run_anonymise
    from litfass.operate.names import Names

    if not all(spelling.strip() for spelling in name):
        raise typer.BadParameter("a spelling must not be empty")
    names = Names(tuple(name), instead)
    answer = _in_house(lambda house: run_anonymise(house, article, names=names), config, redis, data)
    _show(answer, as_json, lambda: _print_outcome(answer))


@app.command()
def why(
    article: Annotated[str, typer.Argument(help="Id, path or address.")],
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Where is my article? What happened to it, when."""
    from litfass.operate.why import why as run_why

    answer = _in_house(lambda house: run_why(house, article), config, redis, data)
    _show(answer, as_json, lambda: _print_timeline(answer))


# --- the house -------------------------------------------------------------------------------------------------------


@app.command()
def check(
    repair: Annotated[bool, typer.Option("--repair", help="Have wrong files written again.")] = False,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Check configuration, Redis, and that files are what the documents say."""
    from litfass.operate.check import check as run_check

    with _progress("Looking at articles") as advance:
        faults = _in_house(lambda house: run_check(house, repair=repair, progress=advance), config, redis, data)
    _show(
        {"faults": faults},
        as_json,
        lambda: out.print("\n".join(faults) or "Everything is as it should be.", markup=False),
    )
    if faults:
        raise typer.Exit(1)


@app.command()
def rebuild(
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", help="Moment (UTC) that lists are made for; default: now.")
    ] = None,
    store: Annotated[str | None, typer.Option("--store", help="Write files there (URL) instead, to compare.")] = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Make lists, pages, feeds and sitemaps again from the documents."""
    from datetime import UTC

    from litfass.operate.rebuild import rebuild as run_rebuild

    at = milliseconds(as_of.replace(tzinfo=as_of.tzinfo or UTC)) if as_of else system_clock()
    with _progress("Rebuilding articles") as advance:
        answer = _in_house(
            lambda house: run_rebuild(house, store_url=store, clock=lambda: at, environ=os.environ, progress=advance),
            config,
            redis,
            data,
        )
    _show(
        answer,
        as_json,
        lambda: out.print(", ".join(f"{count} {what.replace('_', ' ')}" for what, count in answer.items())),
    )


@app.command()
def reconcile(
    source: Annotated[str | None, typer.Argument(help="Which source; default: all that say where to ask.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Compare all articles, not only those of the last hours.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look only.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Take back as many articles as the CMS no longer has, however many.")
    ] = False,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Compare what CMSs list with what we have, and put right what is missing, stale or should be gone."""
    from litfass.operate.reconcile import reconcile as run_reconcile
    from services.ingest.reconcile.ledger import Orders

    orders = Orders("all" if everything else "recent", is_dry=dry_run, is_confirmed=yes)
    with _progress("Reading the lists of CMSs") as advance:
        reports = _in_house(
            lambda house: run_reconcile(house, source, orders=orders, progress=advance), config, redis, data
        )
    _show(reports, as_json, lambda: _print_reports(reports))
    if any(report["refused"] for report in reports):
        raise typer.Exit(1)


@app.command()
def tail(
    streams: Annotated[
        list[str] | None, typer.Argument(help="articles-urgent, articles, articles-bulk, lists, dead.")
    ] = None,
    last: Annotated[int, typer.Option("--last", min=0, help="Start with this many older entries of each.")] = 0,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Stop after so many entries.")] = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Follow streams as they grow; Ctrl-C stops."""
    from litfass.operate.tail import STREAMS
    from litfass.operate.tail import tail as run_tail

    unknown = set(streams or ()) - set(STREAMS)
    if unknown:
        raise typer.BadParameter(f"there is no stream {', '.join(sorted(unknown))}; there are {', '.join(STREAMS)}")

    async def follow(house: Any) -> None:
        count = 0
        async for row in run_tail(house, streams or STREAMS, last=last):
            line = json.dumps(row) if as_json else "  ".join(f"{name}={value}" for name, value in row.items() if value)
            print(line, flush=True)
            count += 1
            if limit and count >= limit:
                return

    _in_house(follow, config, redis, data)


@app.command()
def version(as_json: JsonOption = False) -> None:
    """Say which Litfass this is."""
    _show({"version": __version__}, as_json, lambda: out.print(f"litfass {__version__}", highlight=False))


# --- dead letters ----------------------------------------------------------------------------------------------------


@dead_app.command("list")
def dead_list(
    config: ConfigOption = None, redis: RedisOption = None, data: DataOption = DATA, as_json: JsonOption = False
) -> None:
    """List the parked messages, oldest first."""
    from litfass.operate.dead import letters

    rows = [letter.row() for letter in _in_house(letters, config, redis, data)]
    _show(rows, as_json, lambda: _print_rows(rows, "No dead letters."))


@dead_app.command("show")
def dead_show(
    letter: str,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show one parked message with everything in it."""
    from litfass.operate.dead import letters

    found = _in_house(lambda house: letters(house, [letter]), config, redis, data)
    if not found:
        raise _NoSuchLetter(f"There is no dead letter {letter}; see: litfass dead list")
    _show(
        found[0].fields,
        as_json,
        lambda: out.print("\n".join(f"{name}: {value}" for name, value in found[0].fields.items()), markup=False),
    )


@dead_app.command("replay")
def dead_replay(
    letter: Annotated[str, typer.Argument(help="Its id, or `all`.")],
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Put parked messages back on their stream."""
    from litfass.operate.dead import replay

    _settle_letters(letter, replay, "replayed", config, redis, data, as_json)


@dead_app.command("drop")
def dead_drop(
    letter: Annotated[str, typer.Argument(help="Its id, or `all`.")],
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Forget parked messages for good."""
    from litfass.operate.dead import drop

    _settle_letters(letter, drop, "dropped", config, redis, data, as_json)


class _NoSuchLetter(LitfassError):
    """There is no such dead letter."""

    reason = "no_such_letter"


def _settle_letters(
    wanted: str,
    settle: Callable[[Any, Any], Awaitable[bool]],
    word: str,
    config: Path | None,
    redis: str | None,
    data: Path,
    as_json: bool,
) -> None:
    from litfass.operate.dead import letters

    async def run(house: Any) -> int:
        found = await letters(house, () if wanted == "all" else (wanted,))
        if not found and wanted != "all":
            raise _NoSuchLetter(f"There is no dead letter {wanted}; see: litfass dead list")
        return sum([await settle(house, letter) for letter in found])

    count = _in_house(run, config, redis, data)
    _show({word: count}, as_json, lambda: out.print(f"{count} {word}."))


# --- subscribers -----------------------------------------------------------------------------------------------------


def _wanted_option(name: str, text: str) -> Any:
    return typer.Option(f"--{name}", help=f"{text} Can be given several times; default: all.")


@subscribers_app.command("add")
def subscribers_add(
    name: Annotated[str, typer.Argument(help="Lower case, digits, - and _.")],
    *,
    sites: Annotated[list[str] | None, _wanted_option("site", "Only events of this site.")] = None,
    sections: Annotated[list[str] | None, _wanted_option("section", "Only of this section.")] = None,
    tags: Annotated[list[str] | None, _wanted_option("tag", "Only with this tag.")] = None,
    authors: Annotated[list[str] | None, _wanted_option("author", "Only by this author.")] = None,
    kinds: Annotated[list[str] | None, _wanted_option("kind", "Only article, event, sponsored or live.")] = None,
    languages: Annotated[list[str] | None, _wanted_option("language", "Only in this language.")] = None,
    verbs: Annotated[
        list[str] | None, _wanted_option("verb", "Only published, updated … (withdrawals always come).")
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Without the articles' text.")] = False,
    teaser: Annotated[bool, typer.Option("--teaser", help="Only what lists show of an article.")] = False,
    manage: Annotated[bool, typer.Option("--manage", help="Its token may change its webhook and tokens.")] = False,
    direct: Annotated[
        bool, typer.Option("--direct", help="Reads Redis itself, as a user that can do only that.")
    ] = False,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Add a subscriber; its token is shown once, now."""
    from litfass.operate.subscribers import add

    fields = (sites, sections, tags, authors, kinds, languages, verbs)
    names = ("sites", "sections", "tags", "authors", "kinds", "languages", "verbs")
    wanted = {field: values for field, values in zip(names, fields, strict=True) if values}
    content: Any = "teaser" if teaser else "summary" if summary else "full"
    answer = _in_house(
        lambda house: add(house, name, wanted=wanted, content=content, direct=direct, manages=manage),
        config,
        redis,
        data,
    )
    _show(answer, as_json, lambda: _print_token(answer))


@subscribers_app.command("list")
def subscribers_list(
    config: ConfigOption = None, redis: RedisOption = None, data: DataOption = DATA, as_json: JsonOption = False
) -> None:
    """List the subscribers and what each wants."""
    from litfass.operate.subscribers import rows

    found = _in_house(rows, config, redis, data)
    _show(found, as_json, lambda: _print_rows(found, "No subscribers."))


@subscribers_app.command("show")
def subscribers_show(
    name: str,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show everything about a subscriber but its secrets."""
    from litfass.operate.subscribers import show

    answer = _in_house(lambda house: show(house, name), config, redis, data)
    _show(answer, as_json, lambda: _print_fields(answer))


@subscribers_app.command("group")
def subscribers_group(
    name: str,
    group: Annotated[str, typer.Argument(help="Name of the consumer group.")] = "main",
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Make a consumer group for a subscriber that reads Redis itself; it cannot make its own."""
    from litfass.operate.subscribers import make_group

    answer = _in_house(lambda house: make_group(house, name, group), config, redis, data)
    said = f"Group {group} is there." if answer["made_on"] else f"Group {group} was there already."
    _show(answer, as_json, lambda: out.print(said, markup=False))


@subscribers_app.command("rotate")
def subscribers_rotate(
    name: str,
    grace_hours: Annotated[
        float, typer.Option("--grace-hours", min=0, max=720, help="How long the old token stays good.")
    ] = 24.0,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Give a subscriber another token; it is shown once, now."""
    from litfass.operate.subscribers import rotate

    answer = _in_house(lambda house: rotate(house, name, grace_hours=grace_hours), config, redis, data)
    _show(answer, as_json, lambda: _print_token(answer))


@subscribers_app.command("pause")
def subscribers_pause(
    name: str,
    resume: Annotated[bool, typer.Option("--resume", help="Go on.")] = False,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Let a subscriber have nothing for now; its events are kept meanwhile."""
    from litfass.operate.subscribers import pause

    answer = _in_house(lambda house: pause(house, name, paused=not resume), config, redis, data)
    _show(answer, as_json, lambda: out.print(f"{name} {'goes on' if resume else 'is paused'}.", markup=False))


@subscribers_app.command("remove")
def subscribers_remove(
    name: str,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Take a subscriber away, with its tokens and its streams."""
    from litfass.operate.subscribers import remove

    answer = _in_house(lambda house: remove(house, name), config, redis, data)
    _show(answer, as_json, lambda: out.print(f"{name} is removed.", markup=False))


@subscribers_app.command("webhook")
def subscribers_webhook(
    name: str,
    url: Annotated[str, typer.Argument(help="Deliver there from now on (https).")] = "",
    *,
    enable: Annotated[bool, typer.Option("--enable", help="Deliver again after it was disabled.")] = False,
    rotate: Annotated[bool, typer.Option("--rotate", help="Sign with a new secret; it is shown once, now.")] = False,
    grace_hours: Annotated[
        float, typer.Option("--grace-hours", min=0, max=720, help="How long the old secret signs too.")
    ] = 24.0,
    remove: Annotated[bool, typer.Option("--remove", help="Deliver no more, and forget what waits.")] = False,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Have events delivered to a subscriber's webhook; without a URL, show how it does."""
    from litfass.operate.subscribers import rotate_secret, webhook

    def work(house: Any) -> Awaitable[dict[str, Any]]:
        if rotate:
            return rotate_secret(house, name, grace_hours=grace_hours, environ=os.environ)
        return webhook(house, name, url=url, enable=enable, remove=remove, environ=os.environ)

    answer = _in_house(work, config, redis, data)
    _show(answer, as_json, lambda: _print_fields(answer))


# --- deliveries ------------------------------------------------------------------------------------------------------


@deliveries_app.command("list")
def deliveries_list(
    name: Annotated[str, typer.Argument(help="The subscriber.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 50,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that were not taken.")] = False,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """List the last attempts to deliver to a subscriber, newest first."""
    from litfass.operate.deliveries import rows

    found = _in_house(lambda house: rows(house, name, limit=limit, failed=failed), config, redis, data)
    _show(found, as_json, lambda: _print_rows(found, "Nothing was delivered yet."))


@deliveries_app.command("show")
def deliveries_show(
    name: Annotated[str, typer.Argument(help="The subscriber.")],
    event: Annotated[str, typer.Argument(help="The event's id.")],
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show every attempt to deliver one event."""
    from litfass.operate.deliveries import show

    found = _in_house(lambda house: show(house, name, event), config, redis, data)
    _show(found, as_json, lambda: _print_rows(found, "It was never delivered, or too long ago."))


@deliveries_app.command("replay")
def deliveries_replay(
    name: Annotated[str, typer.Argument(help="The subscriber.")],
    event: Annotated[str, typer.Argument(help="The event's id; without it, all of a time.")] = "",
    since: Annotated[datetime | None, typer.Option("--since", help="Events from then on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="Events until then (UTC).")] = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Deliver events again, with the same ids."""
    from datetime import UTC

    from litfass.operate.deliveries import replay

    if not event and since is None:
        raise typer.BadParameter("say which: an event's id, or --since")
    start, end = (when and when.replace(tzinfo=when.tzinfo or UTC) for when in (since, until))
    answer = _in_house(lambda house: replay(house, name, event_id=event, since=start, until=end), config, redis, data)
    _show(answer, as_json, lambda: out.print(f"{answer['replayed']} will be delivered again.", markup=False))


@deliveries_app.command("receipts")
def deliveries_receipts(
    article: Annotated[str, typer.Argument(help="Id, path or address of a killed article.")],
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show who received an article, and how each was told that it was killed: who may still have it."""
    from litfass.operate.deliveries import receipts

    found = _in_house(lambda house: receipts(house, article), config, redis, data)
    _show(found, as_json, lambda: _print_rows(found, "No subscriber received it."))


# --- advertisements --------------------------------------------------------------------------------------------------


@ads_app.command("explain")
def ads_explain(
    page: Annotated[str, typer.Argument(help="Address or path of a page, or an article's id.")],
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Say of every place on a page why there is an advertisement, or none."""
    from litfass.operate.ads import explain

    answer = _in_house(lambda house: explain(house, page, environ=os.environ), config, redis, data)
    rows = [
        {"": "+" if row["accepted"] else "–", "where": row["where"], "slot": row["position"], "why": row["why"]}
        for row in answer["places"]
    ]
    _show(answer, as_json, lambda: _print_rows(rows, "This page has no places."))


# --- pins ------------------------------------------------------------------------------------------------------------


@pins_app.command("set")
def pins_set(
    article: Annotated[str, typer.Argument(help="Id, path or address.")],
    name: Annotated[
        str, typer.Option("--list", help="recent (the front page), section:…, tag:…, author:…, or breaking.")
    ] = "recent",
    position: Annotated[int, typer.Option("--position", min=1, max=50, help="From the top.")] = 1,
    begins: Annotated[datetime | None, typer.Option("--from", help="Site's time; default: now.")] = None,
    ends: Annotated[datetime | None, typer.Option("--until", help="Site's time; default: until removed.")] = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Pin an article to a position of a list; what is there moves down. `--list breaking`: above every page."""
    from litfass.operate.pins import pin

    answer = _in_house(
        lambda house: pin(house, article, name=name, position=position, begins=begins, ends=ends), config, redis, data
    )
    _show(answer, as_json, lambda: _print_rows([answer], ""))


@pins_app.command("list")
def pins_list(
    site: SiteOption = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """List every pin that is shown or will be."""
    from litfass.operate.pins import rows

    found = _in_house(lambda house: rows(house, house.site(site)), config, redis, data)
    _show(found, as_json, lambda: _print_rows(found, "Nothing is pinned."))


@pins_app.command("remove")
def pins_remove(
    article: Annotated[str, typer.Argument(help="Id, path or address.")],
    name: Annotated[str | None, typer.Option("--list", help="Only off this list; default: off all.")] = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Take an article's pins away."""
    from litfass.operate.pins import unpin

    answer = _in_house(lambda house: unpin(house, article, name=name), config, redis, data)
    _show(answer, as_json, lambda: out.print(f"{answer['removed']} is no longer pinned.", markup=False))


# --- redirects -------------------------------------------------------------------------------------------------------


@redirects_app.command("import")
def redirects_import(
    file: Annotated[Path, typer.Argument(help="Lines `old,new`: paths, or whole URLs.")],
    site: SiteOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Take where addresses of the old site lead; the same list again changes nothing."""
    from litfass.operate.redirects import import_file

    with _progress("Writing redirects") as advance:
        answer = _in_house(
            lambda house: import_file(
                house, file, site=house.site(site), dry=dry_run, environ=os.environ, progress=advance
            ),
            config,
            redis,
            data,
        )
    counts = ", ".join(f"{answer[name]} {name}" for name in ("new", "changed", "unchanged"))
    _show(answer, as_json, lambda: out.print(f"{counts}; {len(answer['faults'])} left out.", highlight=False))
    if not as_json:
        for fault in answer["faults"]:
            err.print(fault, style="red", markup=False, highlight=False, soft_wrap=True)
        for warning in answer["warnings"]:
            err.print(warning, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if answer["faults"]:
        raise typer.Exit(1)


@redirects_app.command("list")
def redirects_list(
    site: SiteOption = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """List every old address and where it leads."""
    from litfass.operate.redirects import rows

    found = _in_house(lambda house: rows(house, house.site(site)), config, redis, data)
    _show(found, as_json, lambda: _print_rows(found, "No redirects."))


@redirects_app.command("remove")
def redirects_remove(
    old: Annotated[str, typer.Argument(help="The old address, as `list` shows it.")],
    site: SiteOption = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Forget an old address."""
    from litfass.operate.redirects import remove

    answer = _in_house(lambda house: remove(house, old, site=house.site(site)), config, redis, data)
    _show(answer, as_json, lambda: out.print(f"{answer['removed']} leads nowhere any more.", markup=False))


# --- rejected deliveries ---------------------------------------------------------------------------------------------


@rejected_app.command("list")
def rejected_list(
    source: Annotated[str | None, typer.Option("--source", help="Only this source's.")] = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """List the deliveries that were refused in the last days, oldest first."""
    from litfass.operate.rejected import listed, row

    rows = [row(each) for each in _in_house(lambda house: listed(house, source), config, redis, data)]
    _show(rows, as_json, lambda: _print_rejections(rows))


@rejected_app.command("show")
def rejected_show(
    rejection: str,
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show one refused delivery: why, its headers and its body, without secrets and personal data."""
    from litfass.operate.rejected import shown

    found = _in_house(lambda house: shown(house, rejection), config, redis, data)
    _show(found, as_json, lambda: _print_rejection(found))


@rejected_app.command("replay")
def rejected_replay(
    rejection: Annotated[str, typer.Argument(help="Its id, or `all` that can be replayed.")],
    config: ConfigOption = None,
    redis: RedisOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Take refused deliveries once more, as if the CMS had sent them now."""
    from litfass.operate.rejected import replay

    answers = _in_house(lambda house: replay(house, rejection), config, redis, data)
    _show(answers, as_json, lambda: _print_replayed(answers))
    if any(answer["status"] == "rejected" for answer in answers):
        raise typer.Exit(1)


# --- test bench for integrators --------------------------------------------------------------------------------------


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
    from datetime import UTC

    from litfass.operate.verify_delivery import verify_delivery as run_verify

    now_ms = milliseconds(at.replace(tzinfo=at.tzinfo or UTC)) if at else system_clock()

    async def look(house: Any) -> dict[str, Any]:
        return run_verify(
            house, file, source=source, headers=headers, event=event, now_ms=now_ms, data=data, environ=os.environ
        )

    answer = _in_house(look, config, None, data)
    _show(answer, as_json, lambda: _print_checks(answer))
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
                _show(answer, as_json, lambda: _print_sent(answer))  # noqa: B023 -- called at once
        return answers

    answers = asyncio.run(run())
    if not as_json:
        err.print(f"{cms} {manners(cms)}.", style="dim", markup=False, highlight=False, soft_wrap=True)
    if not all(answer["is_expected"] for answer in answers):
        raise typer.Exit(1)


# --- showing ---------------------------------------------------------------------------------------------------------


def _in_house(work: Callable[[Any], Awaitable[T]], config: Path | None, redis: str | None, data: Path) -> T:
    from litfass.house import House

    async def run() -> T:
        house = House.open(config=config, redis_url=redis, data=data, environ=os.environ)
        try:
            return await work(house)
        finally:
            await house.client.aclose()

    return asyncio.run(run())


def _show(answer: Any, as_json: bool, otherwise: Callable[[], Any]) -> None:
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        otherwise()


@contextmanager
def _progress(text: str) -> Iterator[Callable[[int], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(text, total=None)
        yield lambda count: progress.advance(task, count)


def _print_proof(answer: dict[str, Any]) -> None:
    _print_outcome(answer)
    proof = answer["proof"]
    looked = f"{proof['places']} addresses fetched through {proof['through']}, {answer['took_ms']} ms after the kill"
    out.print(f"{'gone everywhere' if proof['is_complete'] else 'not proved'}: {looked}", highlight=False)
    for place in proof["left"]:
        out.print(f"still there: {place}", style="red", highlight=False, markup=False)


def _print_outcome(answer: dict[str, Any]) -> None:
    out.print(f"[bold]{answer['status']}[/bold]  {answer.get('url') or answer['article_id']}", highlight=False)
    if "public_at" in answer:
        out.print(f"  to be seen from {answer['public_at']}", highlight=False)
    for warning in answer.get("warnings", ()):
        err.print(f"  {warning}", style="yellow", markup=False, highlight=False)


def _print_token(answer: dict[str, Any]) -> None:
    out.print(f"[bold]{answer['name']}[/bold]", highlight=False)
    out.print(f"token {answer['token']}", markup=False, highlight=False)
    if "redis_user" in answer:
        out.print(f"redis user {answer['redis_user']}, group {answer['group']}", markup=False, highlight=False)
    err.print("  It is shown only now; Litfass keeps its hash.", style="dim")


def _print_fields(answer: dict[str, Any]) -> None:
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False, default=str)}" for name, value in answer.items())
    out.print("\n".join(lines), markup=False, highlight=False)


def _print_timeline(answer: dict[str, Any]) -> None:
    out.print(f"[bold]{answer['headline'] or answer['article_id']}[/bold]  {answer['state']}", highlight=False)
    out.print(
        f"{answer['url'] or '–'}   id {answer['article_id']}   revision {answer['revision']}",
        style="dim",
        highlight=False,
    )
    for name in ("public_at", "expires_at"):
        if answer[name]:
            out.print(f"{name.replace('_', ' ')} {answer[name]}", highlight=False)
    for url in answer["old_urls"]:
        out.print(f"formerly {url}", style="dim", highlight=False)
    rows = [
        {
            "at": step["at"],
            "what": step["what"],
            "verb": step["verb"],
            "after": _after(step["after_ms"]),
            "trace": step["trace_id"][:8],
        }
        for step in answer["steps"]
    ]
    _print_rows(rows, "Nothing happened to it in the last 30 days.")
    for step in answer["steps"]:
        for warning in step["warnings"]:
            out.print(f"{step['at']}  {warning}", style="yellow", markup=False, highlight=False)


def _print_rejections(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        can = "can be replayed" if row["can_replay"] else ""
        out.print(f"{row['id']}  {row['at']}  {row['source']}  {row['status']} {row['reason']}  {can}", highlight=False)
        out.print(f"    {row['detail']}", style="dim", markup=False, highlight=False)
    if not rows:
        out.print("No rejected deliveries.")


def _print_rejection(found: dict[str, Any]) -> None:
    body = found["body"]
    _print_fields({name: value for name, value in found.items() if name != "body" and value not in ("", [], {})})
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
    out.print(f"\n{text}" if body is not None else "", markup=False, highlight=False)


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
    for warning in answer["warnings"]:
        err.print(f"      {warning}", style="yellow", markup=False, highlight=False)


def _print_replayed(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        told = answer.get("url") or answer.get("detail") or answer.get("article_id") or ""
        out.print(f"{answer['id']}  {answer['status']}  {told}", markup=False, highlight=False)
        for warning in answer.get("warnings", ()):
            err.print(f"  {warning}", style="yellow", markup=False, highlight=False)
    if not answers:
        out.print("Nothing that can be replayed.")


def _after(after_ms: int | None) -> str:
    return "" if after_ms is None else f"+{after_ms} ms"


def _print_rows(rows: list[dict[str, Any]], empty: str) -> None:
    if not rows:
        out.print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    out.print(table)


def _print_reports(reports: list[dict[str, Any]]) -> None:
    for report in reports:
        found = report["mismatches"]
        for row in found:
            out.print(f"{row['kind']}  {row['what']}  {row['outcome']}  {row['detail']}".rstrip(), markup=False)
        said = f"{len(found)} differences" if found else "no difference"
        out.print(f"{report['source']}: {report['theirs']} articles in the CMS's list, {said}.", highlight=False)
        if report["refused"]:
            err.print(f"{report['source']}: {report['refused']}; if that is right: --yes", style="red", markup=False)
