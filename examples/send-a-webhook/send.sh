#!/bin/sh
# The same as send.py with curl and openssl: send one signed article.
#   SECRET_FILE=.litfass/demo-secret examples/send-a-webhook/send.sh ["headline"]
set -eu
url=${URL:-http://127.0.0.1:8080/webhooks/redaktion}
secret_file=${SECRET_FILE:-.litfass/demo-secret}
headline=$(printf '%s' "${1:-Hallo, Litfaß!}" | sed 's/\\/\\\\/g; s/"/\\"/g')

now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
body=$(mktemp)
trap 'rm -f "$body"' EXIT
cat >"$body" <<JSON
{"type": "article.published", "timestamp": "$now", "data": {
  "id": "hallo-litfass", "section": "stadt", "headline": "$headline",
  "body": "<p>Dieser Beitrag kam gerade per Webhook herein, von curl und openssl.</p>",
  "authors": [{"name": "Die Redaktion"}], "published_at": "$now", "updated_at": "$now"}}
JSON

id=msg_$(openssl rand -hex 16)
stamp=$(date +%s)
# The key is what stands behind whsec_ in base64; openssl wants it in hexadecimal digits.
key=$(sed 's/^whsec_//' "$secret_file" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
signature=$({ printf '%s.%s.' "$id" "$stamp"; cat "$body"; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)

curl --silent --show-error --fail-with-body --max-time 10 "$url" \
  -H "content-type: application/json" \
  -H "webhook-id: $id" -H "webhook-timestamp: $stamp" -H "webhook-signature: v1,$signature" \
  --data-binary "@$body"
echo
