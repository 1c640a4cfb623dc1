"""The id under which a CMS's own webhook would deliver what a feed or a page shows. Pure.

A wrong id is worse than a missing article: it would stand there twice, or in another one's place. So there is a rule
only where the CMS itself writes the id down, and everything else is reported. ADR-0026.

    feed                                  the entry's own id, else its address
    ghost                                 the guid is the post's id
    wordpress, wp-webhooks, wordpress-com the number in a guid or short link `?p=…`, or in the address of its REST API;
                                          a guid is only believed when WordPress leads from it to the article, since
                                          an import keeps the guids of the old site
"""

import re
from collections.abc import Iterable
from typing import Final

from services.ingest.adapt.feed import id_of
from services.ingest.reconcile import Item

WORDPRESSES: Final = frozenset({"wordpress", "wp-webhooks", "wordpress-com"})
_GHOST: Final = re.compile(r"[0-9a-f]{24}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,18}")
_QUERY: Final = re.compile(r"[?&](?:p|page_id)=([1-9][0-9]{0,18})$")
_REST: Final = re.compile(r"/wp/v2/(?:posts|pages)/([1-9][0-9]{0,18})$")


def source_id_of(adapter: str, item: Item) -> str:
    """Return the CMS's own id of a feed's entry; empty = the feed does not say it."""
    own = id_of(item)
    if adapter == "feed":
        return own
    if adapter == "ghost":
        return own if _GHOST.fullmatch(own) else ""
    if adapter in WORDPRESSES:
        number = item.get("_post_id")
        if isinstance(number, str) and _NUMBER.fullmatch(number):
            return number
        found = _QUERY.search(own)
        return found[1] if found else ""
    return ""


def is_to_be_proved(adapter: str, item: Item) -> str:
    """Return the address that must lead to the entry's own before its id is believed; empty = it is sure."""
    if adapter not in WORDPRESSES or isinstance(item.get("_post_id"), str):
        return ""
    return id_of(item)


def source_id_on_page(adapter: str, links: Iterable[str]) -> str:
    """Return the CMS's own id that an article's page names in its links (`shortlink`, its REST API); empty = none."""
    if adapter not in WORDPRESSES:
        return ""
    numbers = {found[1] for link in links if (found := _QUERY.search(link) or _REST.search(link))}
    return numbers.pop() if len(numbers) == 1 else ""


def why_unknown(adapter: str) -> str:
    """Say why an article cannot be taken, and what to do."""
    if adapter in WORDPRESSES | {"ghost"}:
        reason = "nothing there says which id it has"
    else:
        reason = f"neither feeds nor pages of {adapter} say which id its webhook gives an article"
    return f"{reason}, and a guess could publish it twice; send it again from the CMS"
