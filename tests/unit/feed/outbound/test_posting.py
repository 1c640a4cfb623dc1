"""One POST, whatever the other side does."""

import asyncio
import socket

import pytest

from services.feed.outbound import posting
from services.feed.outbound.posting import Poster
from tests.support.receiver import a_receiver

OPEN = Poster(timeout_s=5, is_private_allowed=True)


async def test_the_body_arrives_as_it_is():
    async with a_receiver() as receiver:
        answer = await OPEN.post(receiver.url("/hook?a=1"), b'{"x": "\xc3\xa4"}', {"X-One": "1"})
    assert answer.is_good
    (request,) = receiver.requests
    assert request.path == "/hook?a=1"
    assert request.body == b'{"x": "\xc3\xa4"}'
    assert request.headers["x-one"] == "1"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


async def test_a_redirect_is_not_followed():
    async with a_receiver(lambda _: b"HTTP/1.1 302 F\r\nLocation: http://169.254.169.254/\r\n\r\n") as receiver:
        answer = await OPEN.post(receiver.url(), b"x", {})
    assert (answer.status, answer.is_good, len(receiver.requests)) == (302, False, 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1", "0x7f000001", "2130706433"])
async def test_a_private_address_is_never_connected_to(host, monkeypatch):
    async def connect(*_: object, **__: object) -> None:
        raise AssertionError("connected")

    monkeypatch.setattr(asyncio, "open_connection", connect)
    answer = await Poster(timeout_s=5).post(f"https://{host}/", b"x", {})
    assert answer.status == 0
    assert "not public" in answer.fault


async def test_a_name_that_leads_to_one_private_address_among_public_ones_is_refused(monkeypatch):
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]

    async def getaddrinfo(*_: object, **__: object) -> list:
        return rows

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    assert "not public" in (await Poster(timeout_s=5).post("https://partner.example/", b"x", {})).fault


async def test_the_connection_goes_to_the_address_that_was_checked_with_the_name_for_tls(monkeypatch):
    asked: list[tuple] = []
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]

    async def getaddrinfo(*_: object, **__: object) -> list:
        return rows

    async def connect(*where: object, **how: object) -> None:
        asked.append((*where, how["server_hostname"]))
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(asyncio, "open_connection", connect)
    answer = await Poster(timeout_s=5).post("https://partner.example/", b"x", {})
    assert asked == [("93.184.216.34", 443, "partner.example")]
    assert answer.fault == "no connection: Connection refused"


async def test_who_does_not_answer_is_left_after_the_time():
    async with a_receiver(lambda _: None) as receiver:
        answer = await Poster(timeout_s=0.05, is_private_allowed=True).post(receiver.url(), b"x", {})
    assert "no answer" in answer.fault


async def test_ten_megabytes_of_answer_are_not_read():
    async with a_receiver(lambda _: b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000_000) as receiver:
        assert (await OPEN.post(receiver.url(), b"x", {})).status == 200


@pytest.mark.parametrize(
    "raw",
    [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000, b"garbage\r\n\r\n", b"", b"HTTP/1.1 2x0 OK\r\n\r\n"],
    ids=["too-long", "garbage", "nothing", "no-number"],
)
async def test_what_is_no_answer_is_none(raw):
    async with a_receiver(lambda _: raw) as receiver:
        answer = await OPEN.post(receiver.url(), b"x", {})
    assert (answer.status, answer.is_good) == (0, False)


async def test_retry_after_is_read():
    async with a_receiver(lambda _: b"HTTP/1.1 429 Slow\r\nretry-after:  120 \r\n\r\n") as receiver:
        answer = await OPEN.post(receiver.url(), b"x", {})
    assert (answer.status, answer.retry_after) == (429, "120")


async def test_a_provisional_answer_is_not_taken_for_the_answer():
    async with a_receiver(lambda _: b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n") as receiver:
        assert (await OPEN.post(receiver.url(), b"x", {})).status == 204


async def test_nobody_there_is_said_in_a_word():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    answer = await OPEN.post(f"http://127.0.0.1:{port}/", b"x", {})
    assert answer.fault.startswith("no connection")


def test_a_header_with_a_line_break_is_never_sent():
    target = posting.target_of("https://partner.example/")
    head = posting._head(target, "POST", {"X": "1"})
    assert head.count(b"\r\n\r\n") == 1
