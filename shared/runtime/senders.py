"""Who sent a request: the connection's address, unless the connection is a trusted proxy's.

Then it is the last one in `X-Forwarded-For` that no trusted proxy added: everything before it is anybody's word.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network


def _parts(value: object) -> object:
    """A list as a variable has it: parts parted by commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_parts)]  # a setting's

# What is shown of an address: enough to find the sender in a provider's list, too little to find a person.
SHOWN_BITS: Final = {4: 24, 6: 48}


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
