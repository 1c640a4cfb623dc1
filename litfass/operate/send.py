"""Play a CMS against a newsroom, and say of each answer what it means and whether it is the right one."""

import ipaddress
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from litfass.cms import CMSS, Cms
from litfass.cms.program import Shot, Tricks, program
from litfass.cms.signing import in_url, with_token
from litfass.cms.story import Action
from services.ingest.manners import manners_of
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import ConfigurationFault, LitfassError

TIMEOUT_S: Final = 30.0  # as long as the most patient CMS waits
_MEANINGS: Final[Mapping[str, str]] = {
    "scheduled": "it is on disk and appears when it is time",
    "expired": "it is on disk; its time is over",
    "duplicate": "it was here before; nothing changed",
    "stale": "something newer is here; nothing changed",
    "unchanged": "nothing in it is new",
    "killed": "its article was taken back for good; lift that with: litfass release",
}


class Unanswered(LitfassError):
    """Nobody answers at this address."""

    reason = "unanswered"


async def send(
    http: httpx.AsyncClient,
    url: str,
    *,
    adapter: str,
    action: Action,
    tricks: Tricks,
    name: str,
    section: str,
    count: int,
    secret: str,
    clock: Clock = system_clock,
) -> AsyncIterator[dict[str, Any]]:
    """Send the whole program, one request after the other; give each answer as it comes.

    Raises SecretFault, and Unanswered when nobody answers.

    Args:
        url: `…/webhooks/SOURCE`; the event is added for CMSs that have it there.
        secret: empty = nothing is signed.
    """
    cms = CMSS[adapter]
    shots = program(cms, action, tricks, name=name, section=section, count=count, secret=secret, now_ms=clock())
    for shot in shots:
        yield await _sent(http, url, cms, shot)


def secret_at(reference: str, environ: Mapping[str, str]) -> str:
    """Return the secret at `env:NAME` or `file:PATH`; raises ConfigurationFault."""
    kind, _, where = reference.partition(":")
    if kind == "env" and environ.get(where):
        return environ[where].strip()
    if kind == "file":
        try:
            return Path(where).read_text(encoding="utf-8").strip()
        except OSError as cause:
            raise ConfigurationFault(f"{where}: cannot be read ({cause.strerror}).") from cause
    raise ConfigurationFault(
        f"The variable {where} is not set." if kind == "env" else "Say where the secret is: env:NAME or file:PATH."
    )


def is_on_this_machine(url: str) -> bool:
    """Say whether a URL leads nowhere else."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _sent(http: httpx.AsyncClient, url: str, cms: Cms, shot: Shot) -> dict[str, Any]:
    url = f"{url.rstrip('/')}/{shot.post.event}" if shot.post.event else url
    if shot.secret and cms.sign is in_url:
        url = with_token(url, secret=shot.secret)
    headers = shot.headers(cms, target=_target(url))
    started = time.monotonic()
    try:
        answer = await http.post(url, content=shot.post.body, headers=headers, follow_redirects=False)
    except httpx.HTTPError as cause:
        raise Unanswered(f"{url.partition('?')[0]} does not answer: {str(cause) or type(cause).__name__}.") from cause
    told = _told(answer)
    return {
        "sent": shot.words,
        "status": answer.status_code,
        "outcome": told.get("reason") or told.get("status") or "",
        "advice": _advice(answer, told),
        "warnings": told.get("warnings", []),
        "expected": sorted(shot.expected),
        "is_expected": answer.status_code in shot.expected,
        "took_ms": round((time.monotonic() - started) * 1000),
    }


def manners(adapter: str) -> str:
    """Say what the CMS would do with these answers."""
    return manners_of(adapter).words


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _told(answer: httpx.Response) -> dict[str, Any]:
    """The members of an answer of Litfass's; empty for anybody else's."""
    try:
        told = json.loads(answer.content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _advice(answer: httpx.Response, told: Mapping[str, Any]) -> str:
    """What the answer means, and what to do."""
    if not (told.get("reason") or told.get("status")):
        return "this is no answer of Litfass; is the address …/webhooks/SOURCE?"
    if told.get("url") and told["status"] == "accepted":
        return str(told["url"])
    text = str(_MEANINGS.get(str(told["status"])) or told.get("detail") or "")
    if told["status"] == "killed":
        return f"{text} {told['article_id']}"
    errors = "".join(f"\n    {error['field']}: {error['message']}" for error in told.get("errors", ()))
    later = f" Send it again in {answer.headers['retry-after']} s." if "retry-after" in answer.headers else ""
    hint = " Record it, and ask: litfass verify-delivery." if told.get("reason") == "signature_rejected" else ""
    return f"{text}{errors}{later}{hint}"
