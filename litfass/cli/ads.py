"""litfass ads: why there is an advertisement, or none."""

import os
from typing import Annotated

import typer

from litfass.cli.answers import print_rows
from litfass.cli.call import Call, about_a_house

app = typer.Typer(help="Advertisements: why there is one, or none.", no_args_is_help=True)


@app.command("explain")
@about_a_house
def explain_places(
    call: Call, page: Annotated[str, typer.Argument(help="Address or path of a page, or an article's id.")]
) -> None:
    """Say of every place on a page why there is an advertisement, or none."""
    from litfass.operate.ads import explain

    answer = call.in_house(lambda house: explain(house, page, environ=os.environ))
    rows = [
        {"": "+" if row["accepted"] else "–", "where": row["where"], "slot": row["position"], "why": row["why"]}
        for row in answer["places"]
    ]
    call.show(answer, lambda: print_rows(rows, "This page has no places."))
