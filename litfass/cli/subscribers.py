"""litfass subscribers: who they are, and what opens their streams."""

import os
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litfass.cli.answers import err, out, print_fields, print_rows
from litfass.cli.call import Call, about_a_house

if TYPE_CHECKING:
    from litfass.house import House

app = typer.Typer(help="The subscribers: who they are, and what opens their streams.", no_args_is_help=True)


def _wanted_option(name: str, text: str) -> Any:
    return typer.Option(f"--{name}", help=f"{text} Can be given several times; default: all.")


@app.command("add")
@about_a_house
def add_subscriber(
    call: Call,
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
    embargoed: Annotated[
        bool, typer.Option("--embargoed", help="Trusted with articles before they are public, to hold them until then.")
    ] = False,
) -> None:
    """Add a subscriber; its token is shown once, now."""
    from litfass.operate.subscribers import add

    fields = (sites, sections, tags, authors, kinds, languages, verbs)
    names = ("sites", "sections", "tags", "authors", "kinds", "languages", "verbs")
    wanted = {field: values for field, values in zip(names, fields, strict=True) if values}
    content: Any = "teaser" if teaser else "summary" if summary else "full"
    answer = call.in_house(
        lambda house: add(
            house, name, wanted=wanted, content=content, direct=direct, manages=manage, embargoed=embargoed
        )
    )
    call.show(answer, lambda: _print_token(answer))


@app.command("list")
@about_a_house
def list_subscribers(call: Call) -> None:
    """List the subscribers and what each wants."""
    from litfass.operate.subscribers import rows

    found = call.in_house(rows)
    call.show(found, lambda: print_rows(found, "No subscribers."))


@app.command("show")
@about_a_house
def show_subscriber(call: Call, name: str) -> None:
    """Show everything about a subscriber but its secrets."""
    from litfass.operate.subscribers import show

    answer = call.in_house(lambda house: show(house, name))
    call.show(answer, lambda: print_fields(answer))


@app.command("group")
@about_a_house
def add_group(
    call: Call,
    name: str,
    group: Annotated[str, typer.Argument(help="Name of the consumer group.")] = "main",
) -> None:
    """Make a consumer group for a subscriber that reads Redis itself; it cannot make its own."""
    from litfass.operate.subscribers import make_group

    answer = call.in_house(lambda house: make_group(house, name, group))
    said = f"Group {group} is there." if answer["made_on"] else f"Group {group} was there already."
    call.show(answer, lambda: out.print(said, markup=False))


@app.command("rotate")
@about_a_house
def rotate_token(
    call: Call,
    name: str,
    grace_hours: Annotated[
        float, typer.Option("--grace-hours", min=0, max=720, help="How long the old token stays good.")
    ] = 24.0,
) -> None:
    """Give a subscriber another token; it is shown once, now."""
    from litfass.operate.subscribers import rotate

    answer = call.in_house(lambda house: rotate(house, name, grace_hours=grace_hours))
    call.show(answer, lambda: _print_token(answer))


@app.command("pause")
@about_a_house
def pause_subscriber(
    call: Call,
    name: str,
    resume: Annotated[bool, typer.Option("--resume", help="Go on.")] = False,
) -> None:
    """Let a subscriber have nothing for now; its events are kept meanwhile."""
    from litfass.operate.subscribers import pause

    answer = call.in_house(lambda house: pause(house, name, paused=not resume))
    call.show(answer, lambda: out.print(f"{name} {'goes on' if resume else 'is paused'}.", markup=False))


@app.command("trust")
@about_a_house
def trust_subscriber(
    call: Call,
    name: str,
    revoke: Annotated[bool, typer.Option("--revoke", help="No more.")] = False,
) -> None:
    """Trust a subscriber with articles before they are public; it has to hold them until then."""
    from litfass.operate.subscribers import trust

    answer = call.in_house(lambda house: trust(house, name, trusted=not revoke))
    said = "is told of nothing before it is public any more" if revoke else "is told of articles before they are public"
    call.show(answer, lambda: out.print(f"{name} {said}.", markup=False))


@app.command("remove")
@about_a_house
def remove_subscriber(call: Call, name: str) -> None:
    """Take a subscriber away, with its tokens and its streams."""
    from litfass.operate.subscribers import remove

    answer = call.in_house(lambda house: remove(house, name))
    call.show(answer, lambda: out.print(f"{name} is removed.", markup=False))


@app.command("webhook")
@about_a_house
def set_webhook(
    call: Call,
    name: str,
    url: Annotated[str, typer.Argument(help="Deliver there from now on (https).")] = "",
    *,
    enable: Annotated[bool, typer.Option("--enable", help="Deliver again after it was disabled.")] = False,
    rotate: Annotated[bool, typer.Option("--rotate", help="Sign with a new secret; it is shown once, now.")] = False,
    grace_hours: Annotated[
        float, typer.Option("--grace-hours", min=0, max=720, help="How long the old secret signs too.")
    ] = 24.0,
    remove: Annotated[bool, typer.Option("--remove", help="Deliver no more, and forget what waits.")] = False,
) -> None:
    """Have events delivered to a subscriber's webhook; without a URL, show how it does."""
    from litfass.operate.subscribers import rotate_secret, webhook

    def work(house: "House") -> Awaitable[dict[str, Any]]:
        if rotate:
            return rotate_secret(house, name, grace_hours=grace_hours, environ=os.environ)
        return webhook(house, name, url=url, enable=enable, remove=remove, environ=os.environ)

    answer = call.in_house(work)
    call.show(answer, lambda: print_fields(answer))


def _print_token(answer: dict[str, Any]) -> None:
    out.print(f"[bold]{answer['name']}[/bold]", highlight=False)
    out.print(f"token {answer['token']}", markup=False, highlight=False)
    if "redis_user" in answer:
        out.print(f"redis user {answer['redis_user']}, group {answer['group']}", markup=False, highlight=False)
    err.print("  It is shown only now; Litfass keeps its hash.", style="dim")
