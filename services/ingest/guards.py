"""Who may knock: the networks that a source's deliveries may come from, and how often.

Both belong to one source. Who sent a request says `shared.runtime.senders`. No I/O here; a bucket is one process's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network

from services.ingest.faults import AddressRefused
from shared.runtime.bucket import Bucket
from shared.runtime.senders import Address, Network, is_in, sender_of, shown

__all__ = ["Address", "Bucket", "Gate", "Network", "sender_of", "shown"]


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
