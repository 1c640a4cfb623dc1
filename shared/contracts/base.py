"""The base of everything that travels, and the scalar types that carry meaning.

Nothing here knows a vendor, a service or a database.
"""

from datetime import datetime
from typing import Annotated, NewType

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer, StringConstraints

ArticleId = NewType("ArticleId", str)  # "a" and 24 hex digits: fixed width, so that ties in a list have an order
SiteName = NewType("SiteName", str)
SourceName = NewType("SourceName", str)
UrlPath = NewType("UrlPath", str)  # starts and ends with "/", never percent-encoded: ASCII path words only

ARTICLE_ID_PATTERN = r"^a[0-9a-f]{24}$"
PATH_WORD_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
PATH_WORD_BYTES = 100  # bytes; longer words are cut when they are made

PathWord = Annotated[str, StringConstraints(pattern=PATH_WORD_PATTERN, max_length=PATH_WORD_BYTES)]


def _iso(moment: datetime) -> str:
    text = moment.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


# RFC 3339, "Z" for UTC: one spelling for one moment and zone, so that equal documents have equal bytes.
Moment = Annotated[AwareDatetime, PlainSerializer(_iso, return_type=str, when_used="json")]


class Contract(BaseModel):
    """Base of everything that travels: frozen, and closed to unknown keys.

    Producers and tests are strict; consumers read with `upcast.read`, which drops what a newer producer added.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
