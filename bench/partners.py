"""What do partners get, how soon, and what does it cost?

    fan-out         one article to 1,000 subscribers' streams: from accepted to the last stream
    API             the first page of a list, twenty whole articles, one request after the other
    webhooks        deliveries a second to receivers on this machine, a connection each
    server-sent     readers of a site's stream: from accepted to the last of them; memory of an idle one

Ingest and feed, one Valkey with `appendfsync always`. The readers and receivers are this process, on the same cores.
"""

import asyncio
import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bench import material
from bench.house import House, until
from bench.load import send_all
from bench.measure import Row, percentile
from services.feed.subscribers.registry import Registry
from services.feed.subscribers.webhooks import Webhooks
from shared.contracts.base import SiteName
from shared.contracts.config import RedisConfig
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Wanted, public_name
from shared.runtime.broker import closing, connect

SUBSCRIBERS: Final = 1_000
FANNED: Final = 30  # articles, one after the other
PAGES: Final = 400  # requests for the first page
ENDPOINTS: Final = 10
DELIVERED: Final = 200  # articles, to each endpoint
CLIENTS: Final = 5_000
TOLD: Final = 20  # events to each of them
SPARE: Final = 200  # files that a process has open besides its connections
AT_ONCE: Final = 100  # clients that connect together
WAIT_S: Final = 60.0
KEYS: Final = Keys("s1")
READERS: Final = public_name(SiteName("kurier"))


def run(note: Callable[[str], None]) -> Iterator[Row]:
    """Fill a newsroom, then let partners and readers have it."""
    clients = _clients(note)
    with House(with_bare=False, with_newsroom=False) as house:
        newsroom = house.newsroom
        newsroom.environ |= {"LITFASS_FEED_OUTBOUND_PRIVATE": "true", "LITFASS_LOG_LEVEL": "warning"}
        newsroom.write_config()
        for name in ("ingest", "feed"):
            newsroom.launch(name)
            newsroom.wait_ready(name)
        _publish(house, range(40), prefix="first")
        yield _first_page(house)
        yield from _streaming(house, clients)
        yield from _delivering(house)
        yield from _fanning(house)


def _publish(house: House, numbers: range, *, prefix: str) -> None:
    """Publish articles, and wait until they are told."""
    before = house.redis.xlen(KEYS.out(READERS))
    statuses, _ = send_all(
        house.newsroom.ports["ingest"], material.posts("/webhooks/cms", numbers, prefix=prefix), connections=4
    )
    assert statuses == {202: len(numbers)}, statuses
    until(lambda: house.redis.xlen(KEYS.out(READERS)) >= before + len(numbers), WAIT_S, "the fan-out does not get on")


# --- API -------------------------------------------------------------------------------------------------------------


def _first_page(house: House) -> Row:
    request, took = material.get("/api/v1/articles"), []
    with house.connection(house.newsroom.ports["feed"]) as connection:
        for number in range(PAGES + 20):
            started = time.perf_counter()
            status, answer = connection.ask(request)
            assert status == 200, answer[:500]
            if number >= 20:  # the first are for warming up
                took.append((time.perf_counter() - started) * 1_000)
    size = f"{len(answer) / 1024:.0f} KB, 20 articles; p99 {percentile(took, 0.99):.1f} ms"
    return Row("API: first page, p50", "ms", percentile(took, 0.5), aim=2.0, note=size)


# --- fan-out ---------------------------------------------------------------------------------------------------------


def _fanning(house: House) -> Iterator[Row]:
    asyncio.run(_subscribe(house.newsroom.valkey.url, range(SUBSCRIBERS)))
    took = []
    for number in range(FANNED):
        _publish(house, range(number, number + 1), prefix="fanned")
        took.append(max(_told_after_ms(house, f"partner-{n}") for n in (0, SUBSCRIBERS - 1)))
    what = f"fan-out: accepted → in {SUBSCRIBERS} subscribers' streams"
    yield Row(f"{what}, p50", "ms", percentile(took, 0.5), aim=50.0)
    yield Row(f"{what}, the slowest", "ms", max(took))


async def _subscribe(url: str, numbers: range) -> None:
    async with closing(connect(RedisConfig(url=url))) as client:
        registry = Registry(client, [KEYS])
        for number in numbers:
            await registry.add(f"partner-{number}", wanted=Wanted())


def _told_after_ms(house: House, name: str) -> float:
    """How long after it was accepted the newest event stood in a stream; Redis' clock and ours are one machine's."""
    rows: Any = house.redis.xrevrange(KEYS.out(name), count=1)
    ((entry_id, fields),) = rows
    return float(int(entry_id.split(b"-")[0]) - int(fields[b"at_ms"]))


# --- webhooks --------------------------------------------------------------------------------------------------------


class _Receivers(AbstractContextManager["_Receivers"]):
    """An HTTP server in a thread that takes everything, and notes when."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        making = self._loop.create_server(lambda: _Receiving(self.times), "127.0.0.1", 0, backlog=1_024)
        server = asyncio.run_coroutine_threadsafe(making, self._loop).result()
        self.port = int(server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Receiving(asyncio.Protocol):
    """One delivery: 204 when all of it is there."""

    def __init__(self, times: list[float]) -> None:
        self._times, self._data = times, bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0):
            return
        self._times.append(time.perf_counter())
        self._transport.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        self._transport.close()


def _delivering(house: House) -> Iterator[Row]:
    process = house.newsroom.processes["feed"].pid
    with _Receivers() as receivers:
        asyncio.run(_hook(house.newsroom.valkey.url, receivers.port))
        time.sleep(2)  # until feed has seen who wants to be called
        cpu_s = _cpu_s(process)
        _publish(house, range(DELIVERED), prefix="delivered")
        expected = ENDPOINTS * DELIVERED
        until(lambda: len(receivers.times) >= expected, WAIT_S, lambda: f"{len(receivers.times)} of {expected} came")
        took_s, cpu_s = receivers.times[expected - 1] - receivers.times[0], _cpu_s(process) - cpu_s
    asyncio.run(_unhook(house.newsroom.valkey.url))
    note = f"{ENDPOINTS} endpoints, {DELIVERED} articles, while they are accepted"
    yield Row(
        "webhooks: deliveries in a second of feed's CPU, lists and files included", "/s", expected / cpu_s, aim=500.0
    )
    yield Row("webhooks: deliveries", "/s", (expected - 1) / took_s, aim=500.0, note=note)


async def _hook(url: str, port: int) -> None:
    async with closing(connect(RedisConfig(url=url))) as client:
        registry = Registry(client, [KEYS])
        webhooks = Webhooks(client, registry, is_private_allowed=True)
        for number in range(ENDPOINTS):
            await registry.add(f"hook-{number}", wanted=Wanted())
            await webhooks.put(f"hook-{number}", f"http://127.0.0.1:{port}/{number}")


async def _unhook(url: str) -> None:
    async with closing(connect(RedisConfig(url=url))) as client:
        registry = Registry(client, [KEYS])
        for number in range(ENDPOINTS):
            await registry.remove(f"hook-{number}")


# --- server-sent events ----------------------------------------------------------------------------------------------


class _Reader(asyncio.Protocol):
    """One reader: notes when an event comes; what it says is looked at by one reader only."""

    def __init__(self, arrivals: list[float], said: bytearray | None) -> None:
        self._arrivals, self._said = arrivals, said
        self.is_open = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(material.get("/api/v1/stream"))

    def data_received(self, data: bytes) -> None:
        if b"event: article." in data:
            self._arrivals.append(time.time())
            if self._said is not None:
                self._said += data
        elif not self.is_open.done() and b"id: " in data:
            self.is_open.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.is_open.done():
            self.is_open.set_exception(exc or ConnectionError("the stream ended"))


def _streaming(house: House, clients: int) -> Iterator[Row]:
    process = house.newsroom.processes["feed"].pid
    late_ms, before_kb, after_kb, cpu_s = asyncio.run(_stream(house, clients, process))
    note = (
        f"{clients} readers, {TOLD} events, on as many cores as this machine has; p50 {percentile(late_ms, 0.5):.0f} ms"
    )
    yield Row("server-sent: accepted → at a reader, p99", "ms", percentile(late_ms, 0.99), aim=500.0, note=note)
    yield Row("server-sent: feed's CPU for an event at all of them", "ms", cpu_s / TOLD * 1_000, aim=500.0)
    yield Row("server-sent: memory of an idle reader", "KB", (after_kb - before_kb) / clients, aim=40.0)


async def _stream(house: House, clients: int, process: int) -> tuple[list[float], float, float, float]:
    """Return how late every event was at every reader, memory without and with them, and the CPU that it took."""
    loop, port = asyncio.get_running_loop(), house.newsroom.ports["feed"]
    arrivals: list[float] = []
    said = bytearray()
    before_kb = _memory_kb(process)
    readers: list[_Reader] = []
    while len(readers) < clients:
        wave = min(AT_ONCE, clients - len(readers))
        making = [
            loop.create_connection(
                lambda first=not readers and not n: _Reader(arrivals, said if first else None),  # type: ignore[misc]
                "127.0.0.1", port,
            )
            for n in range(wave)
        ]  # fmt: skip
        readers += [reader for _, reader in await asyncio.gather(*making)]
        await asyncio.wait_for(asyncio.gather(*(reader.is_open for reader in readers[-wave:])), WAIT_S)
    after_kb = _memory_kb(process)
    cpu_s = _cpu_s(process)
    late_ms: list[float] = []
    for number in range(TOLD):
        arrivals.clear()
        said.clear()
        await asyncio.to_thread(_publish, house, range(number, number + 1), prefix="streamed")
        await asyncio.wait_for(_reached(arrivals, clients), WAIT_S)
        accepted_s = _accepted_s(bytes(said))
        late_ms += [max(0.0, at - accepted_s) * 1_000 for at in arrivals]
    cpu_s = _cpu_s(process) - cpu_s
    for reader in readers:
        reader.transport.abort()
    return late_ms, before_kb, after_kb, cpu_s


async def _reached(arrivals: list[float], clients: int) -> None:
    """Wait until all have it; an event for each arrival would cost more than what is measured."""
    while len(arrivals) < clients:  # noqa: ASYNC110 -- see above
        await asyncio.sleep(0.02)


def _accepted_s(frame: bytes) -> float:
    """Read from an event when it was accepted."""
    text = frame.partition(b'"time":"')[2].partition(b'"')[0].decode()
    return datetime.fromisoformat(text).timestamp()


def _memory_kb(process: int) -> float:
    """Return what a process holds of memory."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return float(status.partition("VmRSS:")[2].split()[0])


def _cpu_s(process: int) -> float:
    """Return the CPU time that a process has had, in seconds: what a machine does beside it does not count."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _clients(note: Callable[[str], None]) -> int:
    """Let processes have as many files open as they may; return how many readers that is enough for."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CLIENTS + SPARE
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), hard))
    if allowed < wanted:
        note(f"only {allowed} files may be open here (ulimit -Hn): fewer readers")
    return min(CLIENTS, allowed - SPARE)
