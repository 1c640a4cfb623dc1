"""What each CMS makes of our answers, where it is not what the status says. The only list of it.

    Ghost            waits 2 s; repeats nothing; deletes the webhook on 410, which is never answered here
    WordPress        the plugins do not look at the answer; a sender of one's own should repeat 429 and 5xx
    Superdesk        repeats 5xx up to ten times, from 1 to 64 minutes apart; any 4xx is the end, 429 as well
    Contentful       repeats 429 and 5xx twice, 30 s apart; never a timeout
    Sanity           repeats 429 and 5xx twice, 30 s apart
    Strapi, Drupal   repeat nothing
    Storyblok        repeats nothing; wants its answer to be JSON, which all of ours are
    Standard         repeats whatever was not answered with 2xx, later and later; gives up on 410

So what may come again is 503, or 429 with Retry-After where that is understood; what must not is any other 4xx; and
a repetition is thanked for with a 2xx like the first one.
Sources: the senders' own code and documentation, November 2026.
"""

from collections.abc import Mapping
from typing import Final

TOO_MANY_REQUESTS: Final = 429
UNAVAILABLE: Final = 503
_BUSY: Final[Mapping[str, int]] = {"superdesk": UNAVAILABLE}


def busy_status(adapter: str) -> int:
    """Return the status that makes a source's CMS send the same delivery again later."""
    return _BUSY.get(adapter, TOO_MANY_REQUESTS)
