"""What commands print with: the answer on stdout, everything that is said beside it on stderr."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

out = Console(soft_wrap=True)
err = Console(stderr=True)


def show(answer: Any, as_json: bool, otherwise: Callable[[], Any]) -> None:
    """Print the answer as one line of JSON, or let `otherwise` print it for people."""
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        otherwise()


@contextmanager
def progress(text: str) -> Iterator[Callable[[int], None]]:
    """Show on stderr that something goes on; what it yields is told of every piece done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as shown:
        task = shown.add_task(text, total=None)
        yield lambda count: shown.advance(task, count)


def print_outcome(answer: dict[str, Any]) -> None:
    """Print what became of an article, from when it is to be seen, and what to look at."""
    out.print(f"[bold]{answer['status']}[/bold]  {answer.get('url') or answer['article_id']}", highlight=False)
    if "public_at" in answer:
        out.print(f"  to be seen from {answer['public_at']}", highlight=False)
    print_warnings(answer.get("warnings", ()))


def print_warnings(warnings: Any, indent: str = "  ") -> None:
    """Print on stderr what went through but should be looked at."""
    for warning in warnings:
        err.print(f"{indent}{warning}", style="yellow", markup=False, highlight=False)


def print_fields(answer: dict[str, Any]) -> None:
    """Print a line for each name and its value."""
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False, default=str)}" for name, value in answer.items())
    out.print("\n".join(lines), markup=False, highlight=False)


def print_rows(rows: list[dict[str, Any]], empty: str) -> None:
    """Print a table whose columns are the first row's names; without rows, say `empty`."""
    from rich.table import Table

    if not rows:
        out.print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    out.print(table)
