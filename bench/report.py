"""The table for people, and the file for machines."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.measure import HIGHER, Row

FILE: Final = Path("build/bench.json")


def table_of(name: str, question: str, rows: Sequence[Row]) -> Table:
    """Return one bench's table."""
    table = Table(title=f"{name}: {question}", title_justify="left", title_style="bold", expand=False)
    table.add_column("what")
    for column in ("floor", "ours", "ratio", "aim"):
        table.add_column(column, justify="right")
    table.add_column("")
    for row in rows:
        table.add_row(
            row.what,
            "" if row.floor is None else number(row.floor, row.unit),
            number(row.ours, row.unit),
            "" if row.ratio is None else f"{row.ratio:.2f} ×",
            aim_of(row),
            row.note,
        )
    return table


def number(value: float, unit: str) -> str:
    """Return a number with its unit, in as many digits as it deserves."""
    if unit == "points":
        return f"{value:.0f}"
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{digits}{unit}" if unit == "/s" else f"{digits} {unit}"


def aim_of(row: Row) -> str:
    """Return the aim, and in colour whether it was reached."""
    if row.aim is None:
        return ""
    sign = "≥" if row.unit in HIGHER else "≤"
    value = f"{row.aim:g} ×" if row.floor is not None else number(row.aim, row.unit)
    return f"[{'green' if row.is_met else 'red'}]{sign} {value}[/]"


def write(results: Mapping[str, Sequence[Row]], *, took_s: float) -> None:
    """Write build/bench.json; what was not measured this time is kept from before."""
    kept = json.loads(FILE.read_text())["benches"] if FILE.exists() else {}
    benches = {name: [asdict(row) | {"ratio": row.ratio} for row in rows] for name, rows in results.items()}
    machine = {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
    FILE.parent.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine, "took_s": round(took_s, 1), "benches": kept | benches}, indent=2)
    FILE.write_text(text + "\n", encoding="utf-8")


def show(console: Console, name: str, question: str, rows: Sequence[Row]) -> None:
    """Print one bench's table."""
    console.print(table_of(name, question, rows))
    console.print()
