import pytest

from services.feed.outbound.guard import AddressRefused, is_public, target_of


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.8", "192.88.99.1", "192.0.2.1", "198.18.0.1",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1",
        "3fff::1", "5f00::1", "nonsense", "",
    ],
)  # fmt: skip
def test_what_is_not_public_is_not_called(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8"]
)
def test_what_is_public_is(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/", "ftp://partner.example/", "https://", "https:///x", "https://partner.example:8080/",
        "https://user:pass@partner.example/", "https://partner.example/#top", "https://partner.example:99999/",
        "https://partner.example/a b", "https://pärtner.example/", "https://[::1", "partner.example",
        "https://partner.example/\r\nX: 1", "https://partner.example/" + "x" * 3_000,
    ],
)  # fmt: skip
def test_a_url_that_could_not_be_called_is_refused_at_once(url):
    with pytest.raises(AddressRefused):
        target_of(url)


def test_a_url_is_called_as_it_is_written():
    target = target_of("https://partner.example:8443/hook?x=1&y=%20")
    assert (target.host, target.port, target.path) == ("partner.example", 8443, "/hook?x=1&y=%20")
    assert target.authority == "partner.example:8443"
    assert target_of("https://partner.example").path == "/"
