"""Authors as one text: `By Mira Holt and Jan Brandt`. Agencies and desks write it so."""

import re
from typing import Final

from services.ingest.adapt.people import author, merged
from shared.contracts.article import Author

_READ: Final = 500  # characters; the longest that we know of names twelve people
_BY: Final = re.compile(
    r"^(?:by|von|par|por|di|da|door|av|af|text(?:\s+(?:by|von))?)\b[\s:]+", re.IGNORECASE
)  # "da" and "di" also begin names, but then no blank and a second name follow
_BETWEEN: Final = re.compile(r"\s*(?:,|;|/|&|\s(?:and|und|et|y|e|en|och|og)\s)\s*(?:(?:and|und|et|y|en|och|og)\s+)?")


def authors_of_byline(text: str, *, language: str) -> tuple[Author, ...]:
    """Return the authors that a byline names, without e-mail addresses."""
    names = _BETWEEN.split(_BY.sub("", text.strip()[:_READ]))
    return merged([who for name in names if name.strip() and (who := author(name, language=language)) is not None])
