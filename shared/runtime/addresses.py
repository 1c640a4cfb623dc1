"""Which addresses we may call when somebody else says where: public ones only, unless the operator says otherwise.

Looked at after resolution, because `127.1`, `0x7f000001` and a name that leads home all end there; whoever calls must
connect to the address that was looked at and not resolve again. Sources: OWASP, "Server-Side Request Forgery
Prevention"; IANA special-purpose registries; Python 3.11's `is_global` takes multicast, NAT64 and 6to4 for global.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from shared.runtime.errors import Rejected, Unavailable

_V6_PUBLIC: Final = ip_network("2000::/3")
_V6_NOT: Final = tuple(map(ip_network, ("2001::/32", "2002::/16", "3fff::/20", "2001:db8::/32")))  # Teredo, 6to4, …
_V4_NOT: Final = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24")))


class AddressForbidden(Rejected):
    """The host is not in the public network."""

    reason = "address_forbidden"


class NameNotFound(Unavailable):
    """The host's name leads nowhere right now."""

    reason = "name_not_found"


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is anybody's and not only this machine's, this network's or nobody's."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        return address in _V6_PUBLIC and not any(address in network for network in _V6_NOT) and address.is_global
    if any(address in network for network in _V4_NOT):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def addresses_of(host: str, port: int, *, allow_private: bool = False) -> list[str]:
    """Return the addresses of a host, all of which may be called.

    Raises AddressForbidden when one of them is not public (and `allow_private` is not said), NameNotFound.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as cause:
        raise NameNotFound(f"{host!r} leads nowhere: {cause}") from cause
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    private = [address for address in addresses if not is_public(ip_address(address))]
    if private and not allow_private:
        raise AddressForbidden(f"{host!r} is {private[0]}, which is not in the public network.")
    return addresses
