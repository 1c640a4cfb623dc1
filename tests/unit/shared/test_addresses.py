"""Which addresses may be called: by what they are after resolution, however they are written."""

from ipaddress import ip_address

import pytest

from shared.runtime.addresses import AddressForbidden, NameNotFound, addresses_of, is_public

NOT_PUBLIC = (
    "127.0.0.1", "127.255.0.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "192.0.0.8", "192.88.99.1", "198.18.0.1", "203.0.113.5", "240.0.0.1", "::1", "::",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "2001::1", "3fff::1", "5f00::1",
)  # fmt: skip
PUBLIC = ("1.1.1.1", "185.199.108.153", "2606:4700:4700::1111", "2a00:1450:4001:82f::200e", "::ffff:1.1.1.1")


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_what_is_not_everybodys_is_not_public(text):
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_everybodys_is_public(text):
    assert is_public(ip_address(text))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "0x7f000001", "2130706433", "::1"])
async def test_a_host_that_leads_home_is_refused_however_it_is_written(host):
    with pytest.raises(AddressForbidden, match="not in the public network"):
        await addresses_of(host, 80)


async def test_a_private_host_may_be_called_where_the_operator_says_so():
    assert "127.0.0.1" in await addresses_of("localhost", 80, allow_private=True)


async def test_a_name_that_leads_nowhere_is_away_and_not_forbidden():
    with pytest.raises(NameNotFound):
        await addresses_of("nirgends.invalid", 80)
