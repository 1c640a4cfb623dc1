"""The same article as three content management systems send it, signed as each of them signs."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bench import material
from shared.contracts.config import AdapterName

GHOST_SECRET: Final = "litfass-bench"
AT: Final = "2026-06-01T06:00:00"


@dataclass(frozen=True)
class Sent:
    """One delivery, and how to find its HTML in the parsed body."""

    adapter: AdapterName
    secret: str
    headers: Mapping[str, str]
    body: bytes
    event: str
    html_in: Callable[[dict[str, dict[str, dict[str, str]]]], str]


def standard(html: str, *, at_s: int) -> Sent:
    body = material.delivery(material.an_article(1, prefix="a", body=html))
    headers = material.signature(body, "msg_1", at_s=at_s)
    return Sent("standard", material.SECRET, headers, body, "", lambda sent: str(sent["data"]["body"]))


def wordpress(html: str, *, at_s: int) -> Sent:
    terms = [
        [{"id": 4, "name": "Stadt", "slug": "stadt", "taxonomy": "category"}],
        [{"id": 12, "name": "Märkte", "slug": "maerkte", "taxonomy": "post_tag"}],
    ]
    post = {
        "id": 815, "date_gmt": AT, "modified_gmt": AT, "slug": "markt", "status": "publish", "type": "post",
        "title": {"rendered": "Der Markt bekommt ein Dach &#8211; aus Holz"},
        "content": {"rendered": html, "protected": False},
        "excerpt": {"rendered": "<p>Der Rat hat entschieden.</p>", "protected": False},
        "_embedded": {"author": [{"id": 3, "name": "Ana Ruiz", "slug": "ana"}], "wp:term": terms},
    }  # fmt: skip
    body = json.dumps(post).encode()
    headers = material.signature(body, "msg_2", at_s=at_s)
    return Sent("wordpress", material.SECRET, headers, body, "", lambda sent: str(sent["content"]["rendered"]))


def ghost(html: str, *, at_s: int) -> Sent:
    current = {
        "id": "6741a0b1c2d3e4f506172839", "title": "Der Markt bekommt ein Dach", "slug": "markt", "html": html,
        "status": "published", "visibility": "public", "custom_excerpt": "Der Rat hat entschieden.",
        "updated_at": f"{AT}.000Z", "published_at": f"{AT}.000Z", "authors": [{"name": "Ana Ruiz", "slug": "ana"}],
        "tags": [{"name": "Stadt", "slug": "stadt", "visibility": "public"}],
    }  # fmt: skip
    body = json.dumps({"post": {"current": current, "previous": {}}}).encode()
    stamp = str(at_s * 1000)
    mac = hmac.new(GHOST_SECRET.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
    headers = {"x-ghost-signature": f"sha256={mac}, t={stamp}"}
    return Sent("ghost", GHOST_SECRET, headers, body, "post.published", lambda sent: sent["post"]["current"]["html"])
