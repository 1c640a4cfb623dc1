"""What is asked of a list: the query of GET /api/v1/articles, read and looked at. Pure.

    list=recent&section=sport,kultur&tag=…&author=…&kind=…&language=de&since=…&until=…&fields=headline,url&limit=20

Filters are joined by *and*, the values of one by *or*.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from services.feed.answers import Fault
from shared.contracts import lists
from shared.contracts.article import Article
from shared.contracts.base import SiteName
from shared.contracts.lists import ListName, is_list_name
from shared.contracts.subscribers import Wanted
from shared.contracts.teaser import Teaser
from shared.runtime.clock import milliseconds

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100
MAX_VALUES: Final = 10  # of one filter
FILTERS: Final[Mapping[str, str]] = {
    "section": "sections", "tag": "tags", "author": "authors", "kind": "kinds", "language": "languages",
}  # fmt: skip
FIELDS: Final = (*Article.model_fields, "url")
ALWAYS: Final = "id"  # an item that nobody could name would be of no use


@dataclass(frozen=True)
class Query:
    """One question.

    Args:
        since_ms, until_ms: published in [since, until), milliseconds since 1970.
        fields: what is told of each article; empty = everything.
    """

    list: ListName
    limit: int
    wanted: Wanted
    since_ms: int | None = None
    until_ms: int | None = None
    fields: tuple[str, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether the list is not shown as it is."""
        return self.wanted != Wanted() or self.since_ms is not None or self.until_ms is not None

    @property
    def name(self) -> str:
        """What a cursor belongs to: the list, and a fingerprint of the filters when there are any."""
        if not self.is_filtered:
            return self.list
        text = f"{self.wanted.model_dump_json()} {self.since_ms} {self.until_ms}"
        return f"{self.list}.{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def query_of(params: QueryParams) -> Query:
    """Return what is asked; raises Fault with a sentence for the client."""
    since_ms, until_ms = _moment_ms(params, "since"), _moment_ms(params, "until")
    if since_ms is not None and until_ms is not None and until_ms <= since_ms:
        raise Fault(400, "Impossible time", "`until` must be later than `since`.")
    return Query(_list_name(params), _limit(params), _wanted(params), since_ms, until_ms, fields_of(params))


def fields_of(params: QueryParams) -> tuple[str, ...]:
    """Return which fields are wanted, in the article's order; empty = all of them. Raises Fault."""
    if "fields" not in params:
        return ()
    asked = set(_values(params, "fields", most=len(FIELDS)))
    if unknown := sorted(asked - set(FIELDS)):
        detail = f"An article has no {', '.join(map(repr, unknown))[:200]}; it has: {', '.join(FIELDS)}."
        raise Fault(400, "No such field", detail)
    return tuple(name for name in FIELDS if name in asked or name == ALWAYS)


def names_one(wanted: Wanted) -> list[ListName]:
    """Return the lists that hold everything a filter lets through: those of filters with one value."""
    makers = ((wanted.sections, lists.section), (wanted.tags, lists.tag), (wanted.authors, lists.author))
    return [name(values[0]) for values, name in makers if len(values) == 1]


def wanted_teaser(teaser: Teaser) -> tuple[SiteName, str, frozenset[str], frozenset[str], str, str]:
    """Return what filters look at of a teaser, in the order of `matching.Facts`."""
    tags, authors = frozenset(tag.slug for tag in teaser.tags), frozenset(author.slug for author in teaser.authors)
    return teaser.site, teaser.section, tags, authors, teaser.kind, teaser.language


def _list_name(params: QueryParams) -> ListName:
    name = params.get("list", lists.RECENT)
    if not is_list_name(name):
        known = "recent, section:…, tag:…, author:…, month:2026-11, events, corrections, mixed"
        raise Fault(400, "No such list", f"{name!r} is not the name of a list; there are: {known}.")
    return ListName(name)


def _limit(params: QueryParams) -> int:
    text = params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise Fault(400, "Impossible limit", f"`limit` must be a whole number from 1 to {MAX_LIMIT}, not {text!r}.")
    return int(text)


def _wanted(params: QueryParams) -> Wanted:
    given = {field: _values(params, name) for name, field in FILTERS.items() if name in params}
    try:
        return Wanted.model_validate(given)
    except ValidationError as cause:
        names = {field: name for name, field in FILTERS.items()}
        name = names[str(cause.errors()[0]["loc"][0])]
        what = "one of article, event, sponsored, live" if name == "kind" else "a path word, such as `neue-bruecke`"
        raise Fault(400, f"Bad {name}", f"`{name}` must be {what}; several are separated by commas.") from cause


def _values(params: QueryParams, name: str, *, most: int = MAX_VALUES) -> list[str]:
    values = [part for text in params.getlist(name) for part in text.split(",")]
    if not all(values) or len(values) > most or any(len(value) > 100 for value in values):  # 100: a path word's most
        raise Fault(400, f"Bad {name}", f"`{name}` takes 1 to {most} values, separated by commas, none of them empty.")
    return sorted(set(values))


def _moment_ms(params: QueryParams, name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
        if when.tzinfo is not None:
            return milliseconds(when)
    except (ValueError, OverflowError):
        pass
    raise Fault(400, f"Bad {name}", f"`{name}` must be a moment with its zone: 2026-11-24T08:00:00Z.")
