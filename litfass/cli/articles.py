"""The commands about one article: publish it, take it back, let it come again, put it on top, and where it is."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from litfass.cli.answers import out, print_outcome, print_rows
from litfass.cli.call import Call, about_a_house
from litfass.cli.options import DATA, ArticleArgument, ConfigOption, DataOption, JsonOption, RedisOption, SiteOption

app = typer.Typer()


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

    call = Call(config=config, redis=redis, data=data, as_json=as_json)
    answer = call.in_house(lambda house: run_publish(house, file, site=house.site(site)))
    call.show(answer, lambda: print_outcome(answer))


@app.command()
@about_a_house
def retract(
    call: Call,
    article: ArticleArgument,
    note: Annotated[str, typer.Option("--note", help="What readers are told.")] = "",
) -> None:
    """Take an article back for good (a kill): its page becomes a 410 note, and it leaves every list and feed."""
    from litfass.operate.publish import retract as run_retract

    answer = call.in_house(lambda house: run_retract(house, article, note=note))
    call.show(answer, lambda: _print_proof(answer))


@app.command()
@about_a_house
def release(call: Call, article: ArticleArgument) -> None:
    """Lift a kill, so that the CMS may publish the article again."""
    from litfass.operate.publish import release as run_release

    answer = call.in_house(lambda house: run_release(house, article))
    call.show(answer, lambda: print_outcome(answer))


@app.command()
@about_a_house
def anonymise(
    call: Call,
    article: ArticleArgument,
    name: Annotated[list[str], typer.Option("--name", help="A spelling of the name; say it again for each other one.")],
    instead: Annotated[str, typer.Option("--instead", help="What stands in its place.")] = "N. N.",
) -> None:
    """Take a name out of an article, of what is kept of its earlier revisions, and of its pages."""
    from litfass.operate.anonymise import anonymise as run_anonymise
    from litfass.operate.names import Names

    if not all(spelling.strip() for spelling in name):
        raise typer.BadParameter("a spelling must not be empty")
    names = Names(tuple(name), instead)
    answer = call.in_house(lambda house: run_anonymise(house, article, names=names))
    call.show(answer, lambda: print_outcome(answer))


@app.command()
@about_a_house
def resurface(
    call: Call,
    article: ArticleArgument,
    at: Annotated[datetime | None, typer.Option("--at", help="Site's time; default: now.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let it stand where its CMS says.")] = False,
) -> None:
    """Put an old article on top of its lists, as if it were of now; its dates stay, and no feed has it as new."""
    from litfass.operate.resurface import resurface as run_resurface
    from litfass.operate.resurface import sink

    if undo and at:
        raise typer.BadParameter("--undo takes no moment")
    answer = call.in_house(lambda house: sink(house, article) if undo else run_resurface(house, article, at=at))
    said = f"is on top of its lists from {answer['at']} on" if answer["at"] else "stands where its CMS says"
    call.show(answer, lambda: out.print(f"{answer['article_id']} {said}.", markup=False, highlight=False))


@app.command()
@about_a_house
def why(call: Call, article: ArticleArgument) -> None:
    """Where is my article? What happened to it, when."""
    from litfass.operate.why import why as run_why

    answer = call.in_house(lambda house: run_why(house, article))
    call.show(answer, lambda: _print_timeline(answer))


def _print_proof(answer: dict[str, Any]) -> None:
    print_outcome(answer)
    proof = answer["proof"]
    looked = f"{proof['places']} addresses fetched through {proof['through']}, {answer['took_ms']} ms after the kill"
    out.print(f"{'gone everywhere' if proof['is_complete'] else 'not proved'}: {looked}", highlight=False)
    for place in proof["left"]:
        out.print(f"still there: {place}", style="red", highlight=False, markup=False)


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
    print_rows([_step(step) for step in answer["steps"]], "Nothing happened to it in the last 30 days.")
    for step in answer["steps"]:
        for warning in step["warnings"]:
            out.print(f"{step['at']}  {warning}", style="yellow", markup=False, highlight=False)


def _step(step: dict[str, Any]) -> dict[str, str]:
    after = "" if step["after_ms"] is None else f"+{step['after_ms']} ms"
    return {
        "at": step["at"],
        "what": step["what"],
        "verb": step["verb"],
        "after": after,
        "trace": step["trace_id"][:8],
    }
