"""Which pages and fragments does a change of lists touch? Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast, get_args

from shared.contracts import lists
from shared.contracts.lists import ListName

Kind = Literal["front", "list", "month", "fragment", "related"]


@dataclass(frozen=True, order=True)
class Job:
    """One file to write: a page of a list, of its month (`yyyy-mm`), or a fragment made of it."""

    kind: Kind
    list: ListName
    month: str = ""


def jobs_for(changed: Iterable[ListName], months: Iterable[str]) -> list[Job]:
    """Return what must be written when these lists changed, of articles published in these months."""
    months = tuple(months)
    return sorted({job for name in changed for job in _jobs_of(name, months)})


def lists_of(job: Job, sections: Iterable[str]) -> list[ListName]:
    """Return the lists that a job reads: when one of them changes meanwhile, the file is old."""
    if job.kind != "front":
        return [job.list]
    return [lists.RECENT, *(lists.section(slug) for slug in sections)]


def name_of(job: Job) -> str:
    """Return a job as it stands among those that are due."""
    return f"{job.kind} {job.list} {job.month}".rstrip()


def job_of(name: str) -> Job | None:
    """Read a job from among those that are due; None for a kind that only another version of render knows."""
    kind, of, month = (*name.split(" "), "")[:3]
    return Job(cast("Kind", kind), ListName(of), month) if kind in get_args(Kind) else None


def _jobs_of(name: ListName, months: tuple[str, ...]) -> Iterable[Job]:
    monthly = [Job("month", name, month) for month in months] if lists.has_months(name) else []
    match lists.kind_and_slug(name)[0]:
        case "recent":
            return [Job("front", name), Job("fragment", name), *monthly]
        case "section":
            return [Job("front", lists.RECENT), Job("list", name), Job("related", name), *monthly]
        case "tag":
            return [Job("list", name), Job("related", name), *monthly]
        case "author":
            return [Job("list", name), *monthly]
        case "events":
            return [Job("list", name), Job("fragment", name)]
        case "mixed" | "breaking":
            return [Job("fragment", name)]
        case _:
            return [Job("list", name)]
