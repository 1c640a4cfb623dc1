"""CloudEvents over HTTP: a bearer token, as their webhook profile asks for; `source` and `id` name the delivery.

Source: https://github.com/cloudevents/spec, cloudevents/http-webhook.md 3.1 and spec.md (id). The profile's other way,
a token in the URL, is not taken: whoever can send CloudEvents can send a header.
"""

import hashlib
from collections.abc import Mapping, Sequence

from pydantic_core import from_json

from services.ingest.verify import Delivery, Verified, body_id
from services.ingest.verify.tokens import key, require_bearer

__all__ = ["key", "verify"]


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:  # noqa: ARG001 -- it has no time
    """Return the proof. Raises SignatureRejected."""
    require_bearer(delivery, keys=keys)
    return Verified(delivery_id=_id(delivery))


def _id(delivery: Delivery) -> str:
    """An id that is equal for equal `source` and `id`; of a batch, and where they are missing, for equal bytes."""
    headers = delivery.headers
    named: Mapping[str, object] = {"source": headers.get("ce-source"), "id": headers.get("ce-id")}
    if "ce-specversion" not in headers:
        try:
            event = from_json(delivery.body, allow_inf_nan=False)
        except ValueError:
            return body_id(delivery.body)
        named = event if isinstance(event, dict) else {}
    source, event_id = named.get("source"), named.get("id")
    if not (isinstance(source, str) and source and isinstance(event_id, str) and event_id):
        return body_id(delivery.body)
    return f"ce-{hashlib.sha256(f'{source}{chr(0)}{event_id}'.encode(errors='surrogatepass')).hexdigest()}"
