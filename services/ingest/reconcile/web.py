"""Asking a CMS over HTTP: only where we may, only so long, only so much, and not again what did not change.

The address is looked at after resolution and that very address is called, so that a name cannot lead elsewhere the
second time. Redirects are followed by hand, each through the same gate; a key never goes to another host.
"""

import asyncio
import contextlib
import json
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from services.ingest.reconcile import CmsAway, CmsRefused, CmsUnreadable
from shared.runtime.addresses import addresses_of

MIB: Final = 1024 * 1024
TIMEOUT_S: Final = 15.0  # for a connection, and between two parts of an answer
ANSWER_S: Final = 60.0  # for a whole answer, however steadily it drips
PAGE_BYTES: Final = 16 * MIB  # of one answer, unpacked; a hundred long articles are two
REDIRECTS: Final = 3
REMEMBERED: Final = 32  # answers that are asked for with their ETag the next time
REMEMBERED_BYTES: Final = MIB  # of one of them
LONGEST_PATIENCE_S: Final = 3600.0  # of a `Retry-After` that we believe
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_BUSY: Final = frozenset({408, 425, 429})

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """A whole answer; `headers` have lower-case names, `url` is where it was found after all redirects."""

    status: int
    headers: Headers
    body: bytes
    url: str = ""

    def json(self) -> Any:  # whatever it holds; callers look at what they take
        """Return the body as JSON; raises CmsUnreadable."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as cause:
            raise CmsUnreadable(f"The answer of {len(self.body)} bytes is no JSON: {cause}") from cause


class Web:
    """Asks; keeps one client for all."""

    def __init__(
        self, *, allow_private: bool = False, timeout_s: float = TIMEOUT_S, answer_s: float = ANSWER_S,
        page_bytes: int = PAGE_BYTES,
    ) -> None:  # fmt: skip
        self._allow_private, self._answer_s, self._page_bytes = allow_private, answer_s, page_bytes
        # No proxies from the environment: one would resolve names behind our back.
        self._client = httpx.AsyncClient(timeout=timeout_s, trust_env=False, follow_redirects=False)
        self._known: OrderedDict[str, Answer] = OrderedDict()

    async def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Headers | None = None,
        also: frozenset[int] = frozenset(),
    ) -> Answer:
        """Return the answer.

        Args:
            also: statuses besides 200 that say something to the caller.

        Raises:
            CmsAway: no answer in time, 5xx, or 429 with how long to wait.
            CmsRefused: any other status.
            CmsUnreadable: more bytes than we read.
            AddressForbidden: the host is not public.
        """
        target = httpx.URL(url)
        if params:
            target = target.copy_merge_params(dict(params))
        given = {"accept": "*/*", "user-agent": "Litfass (reconcile)", **(headers or {})}
        for _ in range(REDIRECTS + 1):
            answer = await self._remembered(target, given)
            if answer.status not in _MOVED:
                return replace(_judged(answer, target, also), url=str(target))
            following = target.join(answer.headers.get("location", ""))
            if (following.scheme, following.host, following.port) != (target.scheme, target.host, target.port):
                given.pop("authorization", None)
            target = following
        raise CmsRefused(f"{_shown(target)} leads on and on; configure the address where it ends.")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _remembered(self, target: httpx.URL, headers: Headers) -> Answer:
        known = self._known.get(str(target))
        conditions = {}
        if known and "etag" in known.headers:
            conditions["if-none-match"] = known.headers["etag"]
        elif known:
            conditions["if-modified-since"] = known.headers["last-modified"]
        answer = await self._asked(target, {**headers, **conditions})
        if answer.status == 304 and known:
            self._known.move_to_end(str(target))
            return known
        self._known.pop(str(target), None)
        has_validator = bool(answer.headers.keys() & {"etag", "last-modified"})
        if answer.status == 200 and has_validator and len(answer.body) <= REMEMBERED_BYTES:
            self._known[str(target)] = answer
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return answer

    async def _asked(self, target: httpx.URL, headers: Headers) -> Answer:
        if target.scheme not in {"http", "https"} or not target.host:
            raise CmsRefused(f"{_shown(target)} is no http(s) address.")
        port = target.port or (443 if target.scheme == "https" else 80)
        try:
            async with asyncio.timeout(self._answer_s):
                addresses = await addresses_of(target.host, port, allow_private=self._allow_private)
                for address in addresses[:-1]:
                    with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                        return await self._asked_at(address, target, headers)
                return await self._asked_at(addresses[-1], target, headers)
        except TimeoutError as cause:
            raise CmsAway(f"{_shown(target)} gave no whole answer within {self._answer_s:.0f} s.") from cause
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as cause:
            raise CmsAway(f"{_shown(target)} does not answer: {type(cause).__name__} {cause}".rstrip()) from cause

    async def _asked_at(self, address: str, target: httpx.URL, headers: Headers) -> Answer:
        request = self._client.build_request(
            "GET",
            target.copy_with(host=address),
            headers={**headers, "host": target.netloc.decode("ascii"), "accept-encoding": "gzip"},
            extensions={"sni_hostname": target.host},  # certificates are for the name
        )
        response = await self._client.send(request, stream=True)
        try:
            return await self._read(response)
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> Answer:
        parts, size = [], 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > self._page_bytes:
                raise _too_much(self._page_bytes)
            parts.append(part)
        body, encoding = b"".join(parts), response.headers.get("content-encoding", "identity").strip().lower()
        if encoding in {"gzip", "x-gzip"}:
            body = gunzipped(body, most_bytes=self._page_bytes)
        elif encoding not in {"", "identity"}:
            raise CmsUnreadable(f"The answer is packed as {encoding[:40]!r}, which nobody asked for.")
        return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, body)


def gunzipped(packed: bytes, *, most_bytes: int) -> bytes:
    """Return what was packed; raises CmsUnreadable when it is broken, cut off or larger than anybody would read."""
    unpacking = zlib.decompressobj(wbits=31)  # 31: with gzip's head
    try:
        body = unpacking.decompress(packed, most_bytes + 1)
    except zlib.error as cause:
        raise CmsUnreadable(f"The answer says that it is gzip, and is not: {cause}") from cause
    if len(body) > most_bytes:
        raise _too_much(most_bytes)
    if not unpacking.eof:
        raise CmsUnreadable("The packed answer is cut off.")
    return body


def _too_much(most_bytes: int) -> CmsUnreadable:
    return CmsUnreadable(f"The answer has more than {most_bytes / MIB:.3g} MiB; that is no list.")


def _judged(answer: Answer, target: httpx.URL, also: frozenset[int]) -> Answer:
    if answer.status == 200 or answer.status in also:
        return answer
    said = f"{_shown(target)} answers {answer.status}"
    if answer.status >= 500 or answer.status in _BUSY:
        raise CmsAway(f"{said}.", retry_after_s=_patience_s(answer.headers.get("retry-after", "")))
    advice = "check the key" if answer.status in {401, 403} else "check the address"
    raise CmsRefused(f"{said}; {advice} in [source.….reconcile].")


def _patience_s(text: str) -> float:
    """Read `Retry-After`: seconds, or a date (RFC 9110 10.2.3); 0 for what is neither."""
    if text.strip().isdecimal():
        return min(float(text.strip()[:9]), LONGEST_PATIENCE_S)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    wait_s = (when.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return min(max(0.0, wait_s), LONGEST_PATIENCE_S)


def _shown(target: httpx.URL) -> str:
    """An address as messages and logs may show it: a query may hold a key."""
    return f"{target.scheme}://{target.netloc.decode('ascii').rpartition('@')[2]}{target.path}"
