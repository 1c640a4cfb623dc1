"""Who may knock, and how often: the address that a delivery comes from, and a bucket of deliveries a minute.

Both belong to one source. The address is the connection's, unless the connection is a trusted proxy's: then it is the
last one in `X-Forwarded-For` that no trusted proxy added, because everything before it is anybody's word.
No I/O here; a bucket is one process's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from services.ingest.faults import AddressRefused

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MINUTE_MS: Final = 60_000
# What is shown of an address: enough to find the sender in a provider's list, too little to find a person.
SHOWN_BITS: Final = {4: 24, 6: 48}


@dataclass(frozen=True)
class Gate:
    """The networks that a source's deliveries may come from; none = from anywhere."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> "Gate":
        """Read `203.0.113.0/24`, `2001:db8::/32` or one address; the configuration has looked at them already."""
        return cls(tuple(ip_network(network) for network in networks))

    def require(self, sender: Address | None) -> None:
        """Raise AddressRefused when the sender is in none of the networks, or nobody knows who it is."""
        if self.networks and not is_in(sender, self.networks):
            raise AddressRefused(
                f"Deliveries from {shown(sender)} are not taken; if they are the CMS's, add its network to the "
                "source's allow_from. Behind a proxy, LITFASS_INGEST_TRUSTED_PROXIES must name the proxy."
            )


class Bucket:
    """As many deliveries as a source may send in a minute, all at once if it likes; 0 = as many as it likes."""

    def __init__(self, *, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left = float(per_minute)
        self._filled_ms = 0

    def wait_s(self, *, now_ms: int) -> float:
        """Take one and return 0.0; or take none and return the seconds until there is one."""
        if not self._per_minute:
            return 0.0
        gone_ms = max(0, now_ms - self._filled_ms)
        self._left = min(self._per_minute, self._left + gone_ms * self._per_minute / MINUTE_MS)
        self._filled_ms = now_ms
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) * MINUTE_MS / self._per_minute / 1000


def sender_of(peer: str, forwarded: Sequence[str], *, trusted: Sequence[Network]) -> Address | None:
    """Return who sent a request; None when that cannot be known.

    Args:
        peer: the connection's other end.
        forwarded: every `X-Forwarded-For` header, in order.
        trusted: networks of proxies whose word counts.
    """
    sender = _address(peer)
    if not is_in(sender, trusted):
        return sender
    for text in reversed([part for header in forwarded for part in header.split(",")]):
        sender = _address(text)
        if not is_in(sender, trusted):
            return sender
    return sender


def is_in(address: Address | None, networks: Sequence[Network]) -> bool:
    """Say whether an address is in one of the networks; an unknown one is in none."""
    return address is not None and any(address in network for network in networks)


def shown(address: Address | None) -> str:
    """An address as logs and answers may have it: its network."""
    if address is None:
        return "an unknown address"
    return str(ip_network(f"{address}/{SHOWN_BITS[address.version]}", strict=False))


def _address(text: str) -> Address | None:
    """Read an address, also `[2001:db8::1]:443` and `203.0.113.7:443`, as some proxies write them."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
