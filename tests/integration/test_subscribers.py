"""Partners and readers of real processes: streams that end with the service and go on with the next one, a reader that
takes a byte now and then, and a browser's own EventSource."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis as SyncRedis
from redis.exceptions import RedisError

from services.feed.subscribers.registry import Registry
from shared.contracts.config import RedisConfig
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Wanted
from shared.runtime.broker import closing, connect
from tests.support.browser import chromium
from tests.support.cms import a_delivery, an_article_payload, signed
from tests.support.newsroom import Newsroom

KEYS = Keys("s1")
DEADLINE_S = 60.0
CROWD = 1_100  # more than a server takes at a time that is told nothing about it

pytestmark = pytest.mark.serial


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    room = Newsroom(tmp_path)
    room.start()
    yield room
    room.close()


def send(room: Newsroom, id_: str, *, verb: str = "published", revision: int = 1) -> None:
    """Deliver, and again until it is acknowledged, as a CMS does."""
    data = an_article_payload(id_, revision=revision, headline=f"Artikel {id_}, Fassung {revision}")
    body = a_delivery(verb, data)
    headers = signed(body, message_id=f"{id_}-{revision}-{verb}")
    end = time.monotonic() + DEADLINE_S
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.post(f"{room.url('ingest')}/webhooks/cms", content=body, headers=headers).status_code < 300:
                return
        assert time.monotonic() < end
        time.sleep(0.05)


def add_subscriber(room: Newsroom, name: str) -> str:
    async def add() -> str:
        async with closing(connect(RedisConfig(url=room.valkey.url))) as client:
            _, token = await Registry(client, [KEYS]).add(name, wanted=Wanted())
            return token

    return asyncio.run(add())


def until(claim: Callable[[], object], what: str = "") -> None:
    end = time.monotonic() + DEADLINE_S
    while not claim():
        assert time.monotonic() < end, what or "waited in vain"
        time.sleep(0.02)


def test_streams_end_at_once_when_the_service_is_told_to_stop(newsroom: Newsroom):
    token = add_subscriber(newsroom, "dpa")
    with (
        httpx.stream(
            "GET", f"{newsroom.url('feed')}/api/v1/stream", headers={"Authorization": f"Bearer {token}"}
        ) as one,
        httpx.stream("GET", f"{newsroom.url('feed')}/api/v1/stream") as other,
    ):
        lines = one.iter_lines()
        assert next(lines).startswith("retry: ")
        assert next(lines).startswith("id: ")
        assert next(other.iter_lines()).startswith("retry: ")
        newsroom.processes["feed"].send_signal(signal.SIGTERM)
        rest = list(lines)  # ends, because the server ended it
        assert any(line.startswith("retry: ") for line in rest)
        assert newsroom.processes["feed"].wait(20) == 0, newsroom.log("feed")


def test_a_reader_that_takes_a_byte_now_and_then_delays_nobody(newsroom: Newsroom):
    add_subscriber(newsroom, "dpa")
    host, port = "127.0.0.1", newsroom.ports["feed"]
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        slow.connect((host, port))
        slow.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: kurier.example\r\n\r\n")
        assert slow.recv(1)
        with httpx.stream("GET", f"{newsroom.url('feed')}/api/v1/stream", timeout=DEADLINE_S) as quick:
            lines = quick.iter_lines()
            next(lines)
            for number in range(50):
                send(newsroom, str(number))
                slow.recv(1)
            seen = 0
            for line in lines:
                seen += line.startswith("data: ")
                if seen == 50:
                    break
        assert seen == 50


EXAMPLES = Path(__file__).parents[2] / "examples" / "subscribe"


def run(command: list[str], **environ: str) -> list[str]:
    """Run a program to its end; return what it printed, line by line."""
    result = subprocess.run(
        command, env={**os.environ, **environ}, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_a_crowd_of_streams_leaves_room_for_everybody_else(newsroom: Newsroom):
    with contextlib.ExitStack() as open_:
        crowd = [
            open_.enter_context(socket.create_connection(("127.0.0.1", newsroom.ports["feed"]), timeout=DEADLINE_S))
            for _ in range(CROWD)
        ]
        for client in crowd:
            client.sendall(b"GET /api/v1/stream HTTP/1.1\r\nhost: kurier.example\r\n\r\n")
        for client in crowd:
            assert client.recv(4_096).startswith(b"HTTP/1.1 200")
        assert httpx.get(f"{newsroom.url('feed')}/api/v1/articles", timeout=DEADLINE_S).status_code == 200


@pytest.mark.needs("node")
def test_the_example_that_pulls_goes_on_where_it_stopped(newsroom: Newsroom, tmp_path: Path):
    token = add_subscriber(newsroom, "dpa")
    command = ["node", str(EXAMPLES / "pull.mjs"), newsroom.url("feed"), str(tmp_path / "place.txt"), "1"]
    send(newsroom, "1")
    assert [line.split()[0] for line in run(command, TOKEN=token)] == ["article.published"]
    send(newsroom, "1", verb="killed", revision=2)
    assert [line.split()[0] for line in run(command, TOKEN=token)] == ["article.killed"]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["node", "stream.mjs"], marks=pytest.mark.needs("node"), id="javascript"),
        pytest.param(["go", "run", "stream.go"], marks=pytest.mark.needs("go"), id="go"),
    ],
)
def test_the_examples_that_follow_the_stream_go_on_where_they_stopped(
    newsroom: Newsroom, tmp_path: Path, command: list[str]
):
    token, place = add_subscriber(newsroom, "dpa"), tmp_path / "place.txt"
    program = [*command[:-1], str(EXAMPLES / command[-1]), newsroom.url("feed"), str(place), "1"]
    environ = {"TOKEN": token, "GOCACHE": str(tmp_path / "go")}
    place.write_text(place_of_the_oldest(newsroom, token), encoding="utf-8")
    send(newsroom, "1")
    assert [line.split()[0] for line in run(program, **environ)] == ["article.published"]
    send(newsroom, "2")
    send(newsroom, "1", verb="killed", revision=2)
    told = run([*program[:-1], "2"], **environ)
    assert sorted(line.split()[0] for line in told) == ["article.killed", "article.published"]


def place_of_the_oldest(room: Newsroom, token: str) -> str:
    answer = httpx.get(f"{room.url('feed')}/api/v1/events", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["items"] == []
    return str(answer.json()["next"])


def test_the_example_that_reads_redis_gets_events_after_a_restart_of_redis_too(newsroom: Newsroom):
    added = json.loads(
        "".join(run([sys.executable, "-m", "litfass", "subscribers", "add", "archiv", "--direct", "--json",
                     "--config", str(newsroom.config)], CMS_SECRET="x")))  # fmt: skip
    newsroom.valkey.kill()
    newsroom.valkey.start()
    send(newsroom, "1")
    path = newsroom.valkey.url.removeprefix("unix://")
    url = f"unix://{added['redis_user']}:{added['token']}@{path}"
    until(lambda: is_let_in(url), "the feed did not make the user again")
    lines = run([sys.executable, str(EXAMPLES / "read_redis.py"), url, "1"], PYTHONPATH=str(EXAMPLES.parents[1]))
    assert [line.split()[0] for line in lines] == ["article.published"]


def is_let_in(url: str) -> bool:
    with SyncRedis.from_url(url, protocol=2) as user, contextlib.suppress(RedisError):
        return bool(user.ping())
    return False


LISTEN = """
(url) => {
  window.told = [];
  window.opened = 0;
  const source = new EventSource(url);
  source.onopen = () => { window.opened += 1 };
  for (const verb of ["published", "updated", "moved", "unpublished", "killed"])
    source.addEventListener("article." + verb, (event) => {
      const data = JSON.parse(event.data).data;
      window.told.push(verb + " " + (data.teaser ? data.teaser.headline : data.url));
    });
}
"""


@pytest.mark.needs("chromium")
def test_a_browser_loses_and_repeats_nothing_across_a_restart(newsroom: Newsroom):
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{newsroom.url('feed')}/health/ready")
        page.evaluate(LISTEN, f"{newsroom.url('feed')}/api/v1/stream")
        page.wait_for_function("() => window.opened === 1")
        send(newsroom, "1")
        page.wait_for_function("() => window.told.length === 1")
        newsroom.stop("feed")
        send(newsroom, "2")
        newsroom.launch("feed")
        newsroom.wait_ready("feed")
        send(newsroom, "3")
        page.wait_for_function("() => window.told.length === 3", timeout=DEADLINE_S * 1_000)
        newsroom.kill("feed")
        send(newsroom, "3", revision=2)
        newsroom.launch("feed")
        newsroom.wait_ready("feed")
        send(newsroom, "1", verb="unpublished", revision=2)
        page.wait_for_function("() => window.told.length === 5", timeout=DEADLINE_S * 1_000)
        told = page.evaluate("() => window.told")
        page.close()
    assert told == [
        "published Artikel 1, Fassung 1",
        "published Artikel 2, Fassung 1",
        "published Artikel 3, Fassung 1",
        "moved Artikel 3, Fassung 2",
        f"unpublished {told[4].split(' ', 1)[1]}",
    ]
