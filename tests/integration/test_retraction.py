"""A kill, and an embargo, seen from outside: real services, a real edge, every address that readers could try."""

import contextlib
import re
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts import ArticleId, UrlPath
from shared.contracts.keys import Keys
from shared.contracts.lists import ListName
from shared.contracts.places import Answer, Withdrawn, places_of, what_is_left
from tests.support.articles import SITE
from tests.support.newsroom import Newsroom
from tests.support.nginx import Nginx
from tests.support.world import say, until

pytestmark = [pytest.mark.needs("nginx"), pytest.mark.serial]

KEYS = Keys("s1")
BASE = "https://kurier.example"
WORD = "Geheimwort"  # in every text of the article, and nowhere else
LISTS = tuple(
    map(ListName, ("section:stadt", "section:sport", "tag:markt", "tag:dach", "author:ana-ruiz", "month:2026-11"))
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    room = Newsroom(tmp_path_factory.mktemp("room"))
    addresses = {name: f"127.0.0.1:{port}" for name, port in room.ports.items()}
    nginx = Nginx(room.folder / "nginx", root=room.site.parent, **addresses)
    room.edge = nginx.url
    try:
        room.start()
        nginx.start()
        yield room
    finally:
        nginx.stop()
        room.close()


@pytest.fixture
async def world(room: Newsroom) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=room.edge, timeout=10, headers={"host": "kurier.example"}) as client:
        yield client


async def look(world: httpx.AsyncClient, withdrawn: Withdrawn) -> dict[str, httpx.Response]:
    """Every place where the article could be seen, as a reader gets it."""
    return {place.path: await world.get(place.path) for place in places_of(withdrawn)}


async def seen(world: httpx.AsyncClient, withdrawn: Withdrawn) -> set[str]:
    return {path for path, answer in (await look(world, withdrawn)).items() if WORD in answer.text}


def steps(room: Newsroom, article_id: str) -> list[str]:
    with room.redis() as client:
        return [fields[b"what"].decode() for _, fields in client.xrange(KEYS.timeline(ArticleId(article_id)))]


async def test_after_a_kill_every_address_is_free_of_it_and_the_proof_is_noted(room: Newsroom, world):
    article: dict[str, Any] = {
        "headline": f"{WORD} und der Markt", "standfirst": f"{WORD} steht auf.", "body": f"<p>{WORD}</p>",
        "kicker": WORD, "tags": ["Markt"], "published_at": "2026-11-20T09:00:00+01:00",
        "image": {"url": "/media/x.jpg", "alt": WORD},
    }  # fmt: skip
    await say(world, "published", "m1", **article, section="sport", revision=1)
    correction = {"text": f"{WORD} war falsch.", "at": "2026-11-20T10:00:00+01:00"}
    article |= {"tags": ["Markt", "Dach"], "correction": correction, "slug": "neu"}
    taken = await say(world, "corrected", "m2", **article, section="stadt", revision=2)
    for number in range(3):  # so that no list is empty afterwards
        await say(world, "published", f"n{number}", id_=f"{number}", headline=f"Andere {number}", tags=["Markt"])
    await room.drained()
    with room.redis() as client:
        detail = {"reason": "bug", "detail": WORD, "m:article_id": taken["article_id"]}
        client.xadd(KEYS.stream("dead"), detail)
    paths = (UrlPath("/sport/geheimwort-und-der-markt/"), UrlPath("/stadt/neu/"))
    retraction = Withdrawn(ArticleId(taken["article_id"]), SITE, paths, LISTS)
    await until(lambda: _is_in(world, "/feed.xml"))
    before = await seen(world, retraction)
    wanted = {"/stadt/neu/", "/", "/stadt/", "/tag/dach/", "/author/ana-ruiz/", "/corrections/", "/feed.xml"}
    assert before >= wanted | {"/2026/11/", "/_fragments/recent.html", "/api/v1/articles?list=tag:dach&limit=100"}

    packed = {KEYS.article(retraction.article_id), KEYS.payloads(retraction.article_id)}
    assert {key.decode() for key in _keys_with_a_word_of_it(room)} >= packed | {KEYS.stream("dead")}

    await say(world, "killed", "kill", id="4711", note="Falsch.", revision=3)
    await until(lambda: _noted(room, taken["article_id"]))
    answers = await look(world, retraction)
    assert {path for path, answer in answers.items() if WORD in answer.text} == set()
    assert [
        what_is_left(
            place, Answer(answers[place.path].status_code, answers[place.path].content), retraction, base_url=BASE
        )
        for place in places_of(retraction)
    ] == [""] * len(answers)
    assert answers["/sport/geheimwort-und-der-markt/"].status_code == answers["/stadt/neu/"].status_code == 410
    assert "Falsch." in answers["/stadt/neu/"].text
    assert "/media/x.jpg" not in answers["/stadt/neu/"].text, "nor is its picture shown"
    assert "Andere 1" in answers["/tag/markt/"].text, "the others stay"
    kept = [path for path in room.folder.rglob("*") if path.is_file() and "site" in path.parts]
    assert [path for path in kept if WORD.encode() in path.read_bytes()] == [], "no file has a word of it"
    assert _keys_with_a_word_of_it(room) == []
    metrics = httpx.get(f"{room.url('ingest')}/metrics").text
    assert "litfass_ingest_retraction_complete_seconds_count 1.0" in metrics
    assert "litfass_delivery_retraction_open_seconds 0.0" in metrics


async def _is_in(world: httpx.AsyncClient, path: str) -> bool:
    return WORD in (await world.get(path)).text


async def _noted(room: Newsroom, article_id: str) -> bool:
    return "proved" in steps(room, article_id)


def _everything(client: Any, key: bytes) -> bytes:
    """Return all that a key holds, unpacked: documents, kept events and previews are compressed."""
    kind = client.type(key).decode()
    match kind:
        case "string":
            parts = [client.get(key)]
        case "hash":
            parts = [part for pair in client.hgetall(key).items() for part in pair]
        case "stream":
            parts = [part for _, fields in client.xrange(key) for pair in fields.items() for part in pair]
        case "zset":
            parts = client.zrange(key, 0, -1)
        case _:
            raise AssertionError(f"{key!r} is a {kind}, and nobody looks into that yet")
    return b" ".join([key, *parts, *(_unpacked(part) for part in parts)])


def _unpacked(value: bytes) -> bytes:
    """Return what is packed somewhere in a value; empty when nothing is. zlib at level 1 starts with 78 01."""
    found = b""
    for start in (match.start() for match in re.finditer(rb"\x78\x01", value)):
        with contextlib.suppress(zlib.error):
            found += zlib.decompressobj().decompress(value[start:])
    return found


def _keys_with_a_word_of_it(room: Newsroom) -> list[bytes]:
    with room.redis() as client:
        return [key for key in client.scan_iter("*") if WORD.encode() in _everything(client, key)]


async def test_until_its_second_an_embargoed_article_is_nowhere_and_a_killed_ingest_still_opens_it(
    room: Newsroom, world
):
    opens = datetime.now(UTC) + timedelta(seconds=6)
    article = {"headline": f"{WORD} auf Sperrfrist", "tags": ["Dach"], "slug": "sperrfrist"}
    answer = await say(
        world, "published", "e1", id_="embargo", **article, embargoed_until=opens.isoformat(), revision=1
    )
    assert answer["status"] == "scheduled"
    month = ListName(f"month:{opens:%Y-%m}")
    place = Withdrawn(ArticleId(answer["article_id"]), SITE, (UrlPath("/stadt/sperrfrist/"),), (*LISTS, month))
    room.kill("ingest")
    answers = await look(world, place)
    if datetime.now(UTC) < opens:  # else this machine was too busy to look in time
        assert {path for path, got in answers.items() if WORD in got.text or got.status_code == 410} == set()
        assert answers["/stadt/sperrfrist/"].status_code == 404
        assert answers[f"/api/v1/articles/{answer['article_id']}"].status_code == 404
    room.launch("ingest")
    await until(lambda: _is_in(world, "/stadt/sperrfrist/"))
    assert datetime.now(UTC) >= opens
    await until(lambda: _is_in(world, "/feed.xml"))
    assert steps(room, answer["article_id"]).count("opened") == 1
