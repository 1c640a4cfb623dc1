"""litfass deliveries: what went to subscribers' webhooks, and once more."""

from datetime import datetime
from typing import Annotated

import typer

from litfass.cli.answers import out, print_rows
from litfass.cli.call import Call, about_a_house
from litfass.cli.options import in_utc

app = typer.Typer(help="Deliveries to subscribers' webhooks: their log, and replays.", no_args_is_help=True)

SubscriberArgument = Annotated[str, typer.Argument(help="The subscriber.")]


@app.command("list")
@about_a_house
def list_attempts(
    call: Call,
    name: SubscriberArgument,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 50,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that were not taken.")] = False,
) -> None:
    """List the last attempts to deliver to a subscriber, newest first."""
    from litfass.operate.deliveries import rows

    found = call.in_house(lambda house: rows(house, name, limit=limit, failed=failed))
    call.show(found, lambda: print_rows(found, "Nothing was delivered yet."))


@app.command("show")
@about_a_house
def show_attempts(
    call: Call,
    name: SubscriberArgument,
    event: Annotated[str, typer.Argument(help="The event's id.")],
) -> None:
    """Show every attempt to deliver one event."""
    from litfass.operate.deliveries import show

    found = call.in_house(lambda house: show(house, name, event))
    call.show(found, lambda: print_rows(found, "It was never delivered, or too long ago."))


@app.command("replay")
@about_a_house
def replay_events(
    call: Call,
    name: SubscriberArgument,
    event: Annotated[str, typer.Argument(help="The event's id; without it, all of a time.")] = "",
    since: Annotated[datetime | None, typer.Option("--since", help="Events from then on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="Events until then (UTC).")] = None,
) -> None:
    """Deliver events again, with the same ids."""
    from litfass.operate.deliveries import replay

    if not event and since is None:
        raise typer.BadParameter("say which: an event's id, or --since")
    start, end = (when and in_utc(when) for when in (since, until))
    answer = call.in_house(lambda house: replay(house, name, event_id=event, since=start, until=end))
    call.show(answer, lambda: out.print(f"{answer['replayed']} will be delivered again.", markup=False))


@app.command("receipts")
@about_a_house
def list_receipts(
    call: Call, article: Annotated[str, typer.Argument(help="Id, path or address of a killed article.")]
) -> None:
    """Show who received an article, and how each was told that it was killed: who may still have it."""
    from litfass.operate.deliveries import receipts

    found = call.in_house(lambda house: receipts(house, article))
    call.show(found, lambda: print_rows(found, "No subscriber received it."))
