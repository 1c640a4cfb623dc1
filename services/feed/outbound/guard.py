"""Which addresses may be called: public ones only, looked at after they were resolved, at every attempt. Pure.

`ipaddress.is_global` alone is not enough: in Python 3.11 it is true for multicast, and for IPv6 forms of 127.0.0.1
(NAT64, 6to4). Shorthands like 127.1 or 0x7f000001 are caught because what counts is what the name resolves to.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

PORTS: Final = frozenset({443, 8443})
MAX_URL: Final = 2_000

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NOT_V6: Final = tuple(map(IPv6Network, ("2001::/32", "2002::/16", "3fff::/20")))  # Teredo, 6to4, documentation
_NOT_V4: Final = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))  # protocol assignments, 6to4 relays


class AddressRefused(ValueError):
    """An address that must not be called; the message says why."""


class Target(NamedTuple):
    """Where a request goes."""

    host: str
    port: int
    path: str
    is_tls: bool

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def target_of(url: str, *, is_private_allowed: bool = False) -> Target:
    """Return where a URL leads; raises AddressRefused for what could not be called, whatever it resolves to.

    Args:
        is_private_allowed: plain HTTP, any port and any address: for closed networks and tests.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as cause:
        raise AddressRefused(f"{url!r} is no URL: {cause}") from cause
    if len(url) > MAX_URL or not url.isascii() or any(char.isspace() or ord(char) < 32 for char in url):
        raise AddressRefused("the URL is too long, or has characters that must be percent-encoded")
    if parts.scheme not in ({"https", "http"} if is_private_allowed else {"https"}):
        raise AddressRefused(f"{url!r} must begin with https://")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused(f"{url!r} must have a host, and neither a user nor a fragment")
    is_tls = parts.scheme == "https"
    port = port or (443 if is_tls else 80)
    if not is_private_allowed and port not in PORTS:
        raise AddressRefused(f"the port must be 443 or 8443, not {port}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.hostname, port, path, is_tls)


def is_public(address: str) -> bool:
    """Say whether an address that a name was resolved to may be called."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public_v6(ip) if isinstance(ip, IPv6Address) else _is_public_v4(ip)


def _is_public_v6(ip: IPv6Address) -> bool:
    if ip.ipv4_mapped:
        return _is_public_v4(ip.ipv4_mapped)
    return ip in _GLOBAL_UNICAST and not any(ip in network for network in _NOT_V6) and ip.is_global


def _is_public_v4(ip: IPv4Address) -> bool:
    if any(ip in network for network in _NOT_V4) or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    return ip.is_global
