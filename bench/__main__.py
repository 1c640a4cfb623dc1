"""Run benches: `python -m bench` all of them, `python -m bench reads adapt` these."""

import importlib
import sys
import time
from collections.abc import Sequence
from typing import Final

from rich.console import Console

from bench import report
from bench.measure import Row

BENCHES: Final = (
    "bare",
    "pipeline",
    "reads",
    "start",
    "schedule",
    "partners",
    "imports",
    "memory",
    "adapt",
    "compose",
    "pages",
    "lists",
)


def main(names: Sequence[str]) -> int:
    """Return the exit code: 2 for a bench that does not exist, 1 when one of them could not be run."""
    console, failed = Console(), False
    if unknown := [name for name in names if name not in BENCHES]:
        console.print(f"There is no bench {', '.join(unknown)}; there are {', '.join(BENCHES)}.", style="red")
        return 2
    started, results = time.perf_counter(), {}
    for name in names or BENCHES:
        module = importlib.import_module(f"bench.{name}")
        question = (module.__doc__ or name).splitlines()[0]
        rows: list[Row] = []
        with console.status(f"{name}: {question}"):
            try:
                for row in module.run(lambda line: console.print(f"  {line}", style="dim")):
                    rows.append(row)  # noqa: PERF402 -- what was measured before a failure is worth showing
            except Exception:  # noqa: BLE001 -- shown in full, and the others are still worth running
                console.print_exception(max_frames=6)
                failed = True
        results[name] = rows
        report.show(console, name, question, rows)
    took_s = time.perf_counter() - started
    report.write(results, took_s=took_s)
    console.print(f"{took_s:.0f} s; the numbers are in {report.FILE}", style="dim")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
