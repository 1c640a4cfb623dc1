"""litfass pins: what stands where on lists, from when to when."""

from datetime import datetime
from typing import Annotated

import typer

from litfass.cli.answers import out, print_rows
from litfass.cli.call import Call, about_a_house
from litfass.cli.options import ArticleArgument, SiteOption

app = typer.Typer(help="Pins: what stands where, from when to when.", no_args_is_help=True)


@app.command("set")
@about_a_house
def set_pin(
    call: Call,
    article: ArticleArgument,
    name: Annotated[
        str, typer.Option("--list", help="recent (the front page), section:…, tag:…, author:…, or breaking.")
    ] = "recent",
    position: Annotated[int, typer.Option("--position", min=1, max=50, help="From the top.")] = 1,
    begins: Annotated[datetime | None, typer.Option("--from", help="Site's time; default: now.")] = None,
    ends: Annotated[datetime | None, typer.Option("--until", help="Site's time; default: until removed.")] = None,
) -> None:
    """Pin an article to a position of a list; what is there moves down. `--list breaking`: above every page."""
    from litfass.operate.pins import pin

    answer = call.in_house(lambda house: pin(house, article, name=name, position=position, begins=begins, ends=ends))
    call.show(answer, lambda: print_rows([answer], ""))


@app.command("list")
@about_a_house
def list_pins(call: Call, site: SiteOption = None) -> None:
    """List every pin that is shown or will be."""
    from litfass.operate.pins import rows

    found = call.in_house(lambda house: rows(house, house.site(site)))
    call.show(found, lambda: print_rows(found, "Nothing is pinned."))


@app.command("remove")
@about_a_house
def remove_pins(
    call: Call,
    article: ArticleArgument,
    name: Annotated[str | None, typer.Option("--list", help="Only off this list; default: off all.")] = None,
) -> None:
    """Take an article's pins away."""
    from litfass.operate.pins import unpin

    answer = call.in_house(lambda house: unpin(house, article, name=name))
    call.show(answer, lambda: out.print(f"{answer['removed']} is no longer pinned.", markup=False))
