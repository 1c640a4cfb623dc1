"""What each CMS makes of our answers, where it is not what the status says. The only list of it.

What may come again is 503, or 429 with Retry-After where that is understood; what must not is any other 4xx; and a
repetition is thanked for with a 2xx like the first one. 410 is never answered: Ghost deletes its webhook on it.
Sources: the senders' own code and documentation, November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TOO_MANY_REQUESTS: Final = 429
UNAVAILABLE: Final = 503


@dataclass(frozen=True)
class Manners:
    """One CMS's.

    Args:
        words: what it does, for whoever connects it.
        busy: the status that makes it send the same delivery again later, if it ever does.
    """

    words: str
    busy: int = TOO_MANY_REQUESTS


_REPEATS_NOTHING: Final = "repeats nothing: what was refused or lost is sent again only when somebody saves it again"
_BY_THE_SENDER: Final = Manners(
    "should repeat 429 and 5xx with the same id, and nothing else; that is up to the sender"
)

_MANNERS: Final[Mapping[str, Manners]] = {
    "standard": Manners("repeats what was not answered with 2xx, later and later; gives up on 410"),
    "ghost": Manners(f"waits 2 s and {_REPEATS_NOTHING}; deletes the webhook on 410"),
    "wp-webhooks": Manners(f"looks at no answer and {_REPEATS_NOTHING}"),
    "wordpress-com": Manners(_REPEATS_NOTHING),
    "superdesk": Manners(
        "repeats 5xx and timeouts up to ten times, 1 to 64 minutes apart; any 4xx is the end, 429 as well",
        busy=UNAVAILABLE,
    ),
    "contentful": Manners("repeats 429 and 5xx twice, 30 s apart, but no timeout"),
    "sanity": Manners("repeats 429 and 5xx twice, 30 s apart"),
    "strapi": Manners(f"waits 10 s and {_REPEATS_NOTHING}"),
    "drupal": Manners(_REPEATS_NOTHING),
}


def manners_of(adapter: str) -> Manners:
    """Return what a source's CMS does with answers."""
    return _MANNERS.get(adapter, _BY_THE_SENDER)


def busy_status(adapter: str) -> int:
    """Return the status that makes a source's CMS send the same delivery again later."""
    return manners_of(adapter).busy
