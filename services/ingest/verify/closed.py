"""A source that nobody delivers to: its articles are fetched. Every delivery is refused."""

from collections.abc import Sequence

from services.ingest.verify import Delivery, SignatureRejected, Verified


def key(secret: str) -> bytes:  # noqa: ARG001 -- a Key
    """Refuse every secret: there is nothing to sign."""
    raise ValueError("this adapter takes no deliveries and so has no secrets; remove them")


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:  # noqa: ARG001 -- a Verify
    """Refuse a delivery."""
    raise SignatureRejected(
        "This source takes no deliveries: its articles are fetched from the address in its reconcile."
    )
