"""Articles of known sizes, and deliveries of them, signed and ready to be sent."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

SECRET: Final = "whsec_" + base64.b64encode(b"litfass-bench-secret-32-bytes-ok").decode()
KEY: Final = base64.b64decode(SECRET.removeprefix("whsec_"))
SECTIONS: Final = ("stadt", "sport", "kultur")
TAGS: Final = ("Rathaus", "Markt", "Bahn", "Schule", "Hafen", "Theater", "Radweg", "Wald", "Haushalt", "Brücke")
AUTHORS: Final = ("Ana Ruiz", "Jonas Weber", "Mina Okafor", "Ole Petersen")
FIRST_DAY: Final = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
PROSE: Final = (
    "Am Abend hat der Rat <em>drei Stunden</em> lang über das Dach beraten und dann entschieden, dass es im Mai "
    'gebaut wird. Die <a href="https://rathaus.example/vorlage/4711">Vorlage</a> nennt Kosten von &euro; 1,2 '
    "Millionen; die Händler am Markt sprechen von einem <strong>guten Tag</strong> für die Stadt."
)


def body_html(size: int) -> str:
    """Return an article's HTML of about `size` bytes: paragraphs, a heading, a list, a picture, a quotation."""
    parts = [
        f"<p>{PROSE}</p>",
        "<h2>Was jetzt geschieht</h2>",
        "<ul><li>Im Januar wird <b>ausgeschrieben</b>.</li><li>Im Mai wird gebaut.</li></ul>",
        '<figure><img src="https://cms.example/markt.jpg" alt="Der Markt" width="1200" height="800"></figure>',
        "<blockquote><p>Das ist gut für uns alle.</p></blockquote>",
    ]
    length = sum(len(part.encode()) for part in parts)
    paragraph = len(parts[0].encode()) + 1
    return "\n".join(parts + [parts[0]] * max(0, round((size - length) / paragraph)))


BODY_5_KB: Final = body_html(5_000)


def an_article(number: int, *, prefix: str, revision: int = 1, body: str = BODY_5_KB) -> dict[str, Any]:
    """Return an ARTICLE as the `standard` adapter takes it; its headline names the revision."""
    at = FIRST_DAY + timedelta(minutes=number)
    return {
        "id": f"{prefix}-{number}",
        "slug": f"{prefix}-{number}",
        "section": SECTIONS[number % len(SECTIONS)],
        "headline": f"Der Markt bekommt ein Dach, Meldung {number}, Fassung {revision}",
        "standfirst": "Der Rat hat entschieden: Gebaut wird im Mai, bezahlt in drei Raten.",
        "body": body,
        "authors": [{"name": AUTHORS[number % len(AUTHORS)]}],
        "tags": [TAGS[number % len(TAGS)], TAGS[(number // 3) % len(TAGS)]],
        "published_at": at.isoformat(),
        "updated_at": (at + timedelta(seconds=revision)).isoformat(),
        "revision": revision,
    }


def marker(number: int, revision: int) -> bytes:
    """Return what stands on the page of this revision and on no other."""
    return f"Meldung {number}, Fassung {revision}".encode()


def path_of(number: int, *, prefix: str) -> str:
    """Return where the article's page is, in both pipelines."""
    return f"/{SECTIONS[number % len(SECTIONS)]}/{prefix}-{number}/"


def delivery(article: Mapping[str, Any]) -> bytes:
    """Return a body as a CMS sends it."""
    envelope = {"type": "article.published", "timestamp": article["updated_at"], "data": article}
    return json.dumps(envelope, ensure_ascii=False).encode()


def signature(body: bytes, message_id: str, *, at_s: int) -> dict[str, str]:
    """Return the headers of Standard Webhooks."""
    mac = hmac.new(KEY, b"%s.%d.%s" % (message_id.encode(), at_s, body), hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


def post(path: str, body: bytes, *, message_id: str, media_type: str = "application/json") -> bytes:
    """Return a signed POST as it goes over the wire."""
    headers = signature(body, message_id, at_s=int(time.time()))
    lines = [f"POST {path} HTTP/1.1", "host: kurier.example", f"content-type: {media_type}"]
    lines += [f"content-length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def get(path: str) -> bytes:
    """Return a GET as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nhost: kurier.example\r\n\r\n".encode()


def posts(path: str, numbers: range, *, prefix: str, revision: int = 1) -> Iterator[bytes]:
    """Give a signed POST for each article."""
    for number in numbers:
        body = delivery(an_article(number, prefix=prefix, revision=revision))
        yield post(path, body, message_id=f"msg_{prefix}_{number}_{revision}")


def batch(path: str, numbers: range, *, prefix: str) -> bytes:
    """Return one POST of many articles, one a line."""
    body = b"\n".join(delivery(an_article(number, prefix=prefix)) for number in numbers)
    return post(path, body, message_id=f"msg_{prefix}_{numbers.start}", media_type="application/x-ndjson")
