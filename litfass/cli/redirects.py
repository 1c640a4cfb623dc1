"""litfass redirects: addresses of the old site, and where they lead."""

import os
from pathlib import Path
from typing import Annotated

import typer

from litfass.cli.answers import err, out, print_rows, progress
from litfass.cli.call import Call, about_a_house
from litfass.cli.options import SiteOption

app = typer.Typer(help="Addresses of the old site, and where they lead.", no_args_is_help=True)


@app.command("import")
@about_a_house
def import_redirects(
    call: Call,
    file: Annotated[Path, typer.Argument(help="Lines `old,new`: paths, or whole URLs.")],
    site: SiteOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
) -> None:
    """Take where addresses of the old site lead; the same list again changes nothing."""
    from litfass.operate.redirects import import_file

    with progress("Writing redirects") as advance:
        answer = call.in_house(
            lambda house: import_file(
                house, file, site=house.site(site), dry=dry_run, environ=os.environ, progress=advance
            )
        )
    counts = ", ".join(f"{answer[name]} {name}" for name in ("new", "changed", "unchanged"))
    call.show(answer, lambda: out.print(f"{counts}; {len(answer['faults'])} left out.", highlight=False))
    if not call.as_json:
        for fault in answer["faults"]:
            err.print(fault, style="red", markup=False, highlight=False, soft_wrap=True)
        for warning in answer["warnings"]:
            err.print(warning, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if answer["faults"]:
        raise typer.Exit(1)


@app.command("list")
@about_a_house
def list_redirects(call: Call, site: SiteOption = None) -> None:
    """List every old address and where it leads."""
    from litfass.operate.redirects import rows

    found = call.in_house(lambda house: rows(house, house.site(site)))
    call.show(found, lambda: print_rows(found, "No redirects."))


@app.command("remove")
@about_a_house
def remove_redirect(
    call: Call,
    old: Annotated[str, typer.Argument(help="The old address, as `list` shows it.")],
    site: SiteOption = None,
) -> None:
    """Forget an old address."""
    from litfass.operate.redirects import remove

    answer = call.in_house(lambda house: remove(house, old, site=house.site(site)))
    call.show(answer, lambda: out.print(f"{answer['removed']} leads nowhere any more.", markup=False))
