"""An article's own page: is it there, and what does it say? Only on the host of the list, and so many in one run."""

import asyncio
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from services.ingest.reconcile.compare import names_of
from services.ingest.reconcile.linked_data import Page, page_of
from services.ingest.reconcile.web import Answer, Web
from shared.runtime.errors import LitfassError

MOST: Final = 100  # pages that are asked for in one run; the next one goes on
PAGE_BYTES: Final = 4 * 1024 * 1024
_GONE: Final = frozenset({404, 410})


@dataclass
class Pages:
    """The pages of one host.

    Args:
        host: the list's own, with its port.
        left: how many may still be asked for in this run.
    """

    web: Web
    host: str
    left: int = field(default_factory=lambda: MOST)

    async def read(self, url: str) -> Page:
        """Return what a page says of its article, or why it says nothing. Never raises."""
        answer = await self._asked(url)
        if isinstance(answer, str):
            return Page(reason=answer)
        if answer.status in _GONE:
            return Page(reason=f"its page answers {answer.status}")
        if len(answer.body) > PAGE_BYTES:
            return Page(reason="its page has more than 4 MiB")
        return await asyncio.to_thread(page_of, answer.body, answer.url)

    async def is_gone(self, url: str) -> tuple[bool, str]:
        """Say whether the CMS itself says that an article is gone, and what it answers."""
        answer = await self._asked(url)
        if isinstance(answer, str):
            return False, answer
        return answer.status in _GONE, f"its page answers {answer.status}"

    async def leads_to(self, url: str, target: str) -> bool:
        """Say whether an address leads to another one."""
        answer = await self._asked(url)
        return not isinstance(answer, str) and answer.status == 200 and names_of(answer.url) == names_of(target)

    async def _asked(self, url: str) -> Answer | str:
        """Return the answer, or why there is none."""
        if host_of(url) != self.host:
            return f"its page is not on {self.host}, where the list is, and is not asked for"
        if self.left <= 0:
            return f"not looked at in this run, which has asked for {MOST} pages; the next one goes on"
        self.left -= 1
        try:
            answer = await self.web.get(url, also=_GONE)
        except LitfassError as fault:
            return str(fault)
        return answer if host_of(answer.url) == self.host else f"its page leads away from {self.host}"


def host_of(url: str) -> str:
    """Return an address's host and port, without `www.`; empty when it has none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.")
    except ValueError:
        return ""
