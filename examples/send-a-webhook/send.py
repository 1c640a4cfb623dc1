#!/usr/bin/env python3
"""Send one article to Litfass as a CMS would: a Standard Webhook. Standard library only; copy what you need."""

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


def main() -> int:
    """Build the article, sign it, send it, print the answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080/webhooks/redaktion")
    parser.add_argument("--secret-file", type=Path, required=True, help="File with the source's whsec_… secret.")
    parser.add_argument("--id", default="hallo-litfass", help="The CMS's own id of the article.")
    parser.add_argument("--headline", default="Hallo, Litfass")
    parser.add_argument("--verb", default="published", choices=["published", "updated", "unpublished", "killed"])
    options = parser.parse_args()

    now = datetime.now(UTC).isoformat()
    article = {"id": options.id, "updated_at": now}
    if options.verb in {"published", "updated"}:
        article |= {
            "section": "stadt",
            "headline": options.headline,
            "body": "<p>Dieser Beitrag kam gerade per Webhook an.</p>",
            "published_at": now,
        }
    body = json.dumps({"type": f"article.{options.verb}", "timestamp": now, "data": article}).encode()
    request = urllib.request.Request(options.url, data=body, headers=signed(body, options.secret_file.read_text()))
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            print(answer.status, answer.read().decode())
            return 0
    except urllib.error.HTTPError as fault:
        print(fault.code, fault.read().decode(), file=sys.stderr)
        return 1


def signed(body: bytes, secret: str) -> dict[str, str]:
    """Return the headers: HMAC-SHA256 over id.timestamp.body, with the decoded secret as the key."""
    message_id, stamp = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
    key = base64.b64decode(secret.strip().removeprefix("whsec_"))
    mac = hmac.new(key, b".".join([message_id.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


if __name__ == "__main__":
    sys.exit(main())
