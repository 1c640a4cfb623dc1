"""litfass rejected: the refused deliveries, to look at and replay."""

import json
from typing import Annotated, Any

import typer

from litfass.cli.answers import out, print_fields, print_warnings
from litfass.cli.call import Call, about_a_house

app = typer.Typer(help="The refused deliveries: look at them, replay them.", no_args_is_help=True)


@app.command("list")
@about_a_house
def list_rejections(
    call: Call, source: Annotated[str | None, typer.Option("--source", help="Only this source's.")] = None
) -> None:
    """List the deliveries that were refused in the last days, oldest first."""
    from litfass.operate.rejected import listed, row

    rows = [row(each) for each in call.in_house(lambda house: listed(house, source))]
    call.show(rows, lambda: _print_rejections(rows))


@app.command("show")
@about_a_house
def show_rejection(call: Call, rejection: str) -> None:
    """Show one refused delivery: why, its headers and its body, without secrets and personal data."""
    from litfass.operate.rejected import shown

    found = call.in_house(lambda house: shown(house, rejection))
    call.show(found, lambda: _print_rejection(found))


@app.command("replay")
@about_a_house
def replay_rejections(
    call: Call, rejection: Annotated[str, typer.Argument(help="Its id, or `all` that can be replayed.")]
) -> None:
    """Take refused deliveries once more, as if the CMS had sent them now."""
    from litfass.operate.rejected import replay

    answers = call.in_house(lambda house: replay(house, rejection))
    call.show(answers, lambda: _print_replayed(answers))
    if any(answer["status"] == "rejected" for answer in answers):
        raise typer.Exit(1)


def _print_rejections(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        can = "can be replayed" if row["can_replay"] else ""
        out.print(f"{row['id']}  {row['at']}  {row['source']}  {row['status']} {row['reason']}  {can}", highlight=False)
        out.print(f"    {row['detail']}", style="dim", markup=False, highlight=False)
    if not rows:
        out.print("No rejected deliveries.")


def _print_rejection(found: dict[str, Any]) -> None:
    body = found["body"]
    print_fields({name: value for name, value in found.items() if name != "body" and value not in ("", [], {})})
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
    out.print(f"\n{text}" if body is not None else "", markup=False, highlight=False)


def _print_replayed(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        told = answer.get("url") or answer.get("detail") or answer.get("article_id") or ""
        out.print(f"{answer['id']}  {answer['status']}  {told}", markup=False, highlight=False)
        print_warnings(answer.get("warnings", ()))
    if not answers:
        out.print("Nothing that can be replayed.")
