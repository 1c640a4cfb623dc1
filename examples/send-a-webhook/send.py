#!/usr/bin/env python3
"""Send an article to Litfass as a CMS would: one Standard Webhook. Standard library only; copy what you need."""

import argparse
import base64
import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path

VERBS = ("published", "updated", "corrected", "unpublished", "killed")


def main() -> int:
    """Make a delivery, sign it, send it, print the answer."""
    options = arguments()
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    delivery = {"type": f"article.{options.verb}", "timestamp": now, "data": article(options, now)}
    body = json.dumps(delivery, ensure_ascii=False).encode()  # sign exactly the bytes that are sent
    headers = signed(body, options.secret_file.read_text().strip())
    request = urllib.request.Request(options.url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            print(answer.status, answer.read().decode())
            return 0
    except urllib.error.HTTPError as fault:  # problem+json: it names every field at fault
        print(fault.code, fault.read().decode(), file=sys.stderr)
    except urllib.error.URLError as fault:
        print(f"{options.url} does not answer ({fault.reason}). Is `litfass up` running?", file=sys.stderr)
    return 1


def article(options: argparse.Namespace, now: str) -> dict[str, object]:
    """Return the article; of one that is taken back only the id is needed."""
    if options.verb in {"unpublished", "killed"}:
        return {"id": options.id, "updated_at": now}
    fields = {
        "id": options.id,  # the CMS's own: the same in every delivery about this article
        "section": "stadt",
        "headline": options.headline,
        "standfirst": "Dieser Beitrag kam gerade per Webhook herein.",
        "body": "<p>Ein CMS hat ihn geschickt, signiert und mit Zeitstempel. Ein paar Millisekunden später "
        "steht er auf seiner Seite, auf der Startseite, in seinem Ressort und im Feed.</p>",
        "authors": [{"name": "Die Redaktion"}],
        "published_at": now,
        "updated_at": now,  # orders edits; a CMS that counts its revisions sends "revision" as well
    }
    if options.verb == "corrected":
        fields["correction"] = {"text": "In einer früheren Fassung fehlte das Wichtigste.", "at": now}
    return fields


def signed(body: bytes, secret: str) -> dict[str, str]:
    """Return the headers: HMAC-SHA256 over `id.timestamp.body`, keyed with the decoded secret."""
    message_id, stamp = f"msg_{uuid.uuid4().hex}", str(int(time.time()))  # a retry keeps its id
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080/webhooks/redaktion", help="default: %(default)s")
    parser.add_argument("--secret-file", type=Path, required=True, help="holds the source's secret, whsec_…")
    parser.add_argument("--id", default="hallo-litfass", help="the article's id in the CMS; default: %(default)s")
    parser.add_argument("--headline", default="Hallo, Litfaß!", help="default: %(default)s")
    parser.add_argument("--verb", default="published", choices=VERBS, help="default: %(default)s")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
