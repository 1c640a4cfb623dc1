"""Medians, percentiles and ratios of what was measured. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

Unit = Literal["µs", "ms", "s", "/s", "×", "points", "KB"]
HIGHER: Final[frozenset[Unit]] = frozenset({"/s", "points"})  # where more is better
PER_SECOND: Final[Mapping[str, float]] = {"s": 1.0, "ms": 1e3, "µs": 1e6}


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        ours: in `unit`.
        floor: the same of the floor; None = there is none.
        aim: the ratio to the floor that we want, or the number itself where there is no floor; a time is to stay
            below it, a rate and points above.
        note: what must be said about it.
    """

    what: str
    unit: Unit
    ours: float
    floor: float | None = None
    aim: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the floor."""
        return self.ours / self.floor if self.floor else None

    @property
    def is_met(self) -> bool | None:
        """Whether the aim is reached; None without one."""
        value = self.ratio if self.floor is not None else self.ours
        if self.aim is None or value is None:
            return None
        return value >= self.aim if self.unit in HIGHER else value <= self.aim


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that so large a share of all values does not exceed ("nearest rank")."""
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def in_turns(works: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, list[float]]:
    """Measure each work once a round; whatever else the machine does then meets all of them alike.

    Every other round goes backwards, so that nobody always comes after the same one.
    """
    results: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        for name in list(works) if number % 2 == 0 else list(works)[::-1]:
            results[name].append(works[name]())
    return results


def medians(results: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the median of each."""
    return {name: median(values) for name, values in results.items()}
