"""Many deliveries at once: proved as a whole, judged line by line, on the lane that never delays news."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis

from services.ingest import batch
from services.ingest.batch import CHUNK
from shared.contracts.keys import Keys
from tests.support.cms import a_delivery, an_article_payload
from tests.support.ingest import AT, Ingest, written

KEYS = Keys("s1")


def a_line(number: int, **fields: Any) -> bytes:
    payload = an_article_payload(
        f"cms-{number}", headline=f"Meldung {number}", published_at=AT, updated_at=AT, **fields
    )
    return a_delivery("published", payload, at=AT)


async def sent(ingest: Ingest, body: bytes, **options: Any) -> list[dict[str, Any]]:
    answer = await ingest.send(body, to="cms/batch", headers={"content-type": "application/x-ndjson"}, **options)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_each_line_has_its_result_in_order(ingest: Ingest, redis: Redis):
    rows = await sent(ingest, b"\n".join(a_line(number) for number in range(120)) + b"\n")
    assert [row["line"] for row in rows] == list(range(1, 121))
    assert {row["status"] for row in rows} == {"accepted"}
    assert rows[7]["url"].endswith("/meldung-7/")
    assert await redis.xlen(KEYS.stream("articles-bulk")) == 120
    assert not await redis.exists(KEYS.stream("articles"))


async def test_a_line_that_is_wrong_stops_no_other_one(ingest: Ingest):
    rows = await sent(ingest, b"\n".join([a_line(1), b"{", a_line(2, revision=-1), b"", a_line(3)]))
    assert [(row["line"], row["http_status"]) for row in rows] == [(1, 202), (2, 400), (3, 422), (5, 202)]
    assert rows[2]["errors"][0]["field"] == "data.revision"


async def test_a_batch_that_is_sent_again_changes_nothing(ingest: Ingest):
    body = b"\n".join(a_line(number) for number in range(3))
    await sent(ingest, body)
    assert [row["status"] for row in await sent(ingest, body)] == ["duplicate"] * 3


async def test_nothing_acts_before_the_whole_body_is_proved(ingest: Ingest, redis: Redis):
    body = a_line(1) + b"\n" + a_line(2)
    answer = await ingest.send(body, to="cms/batch", headers={"webhook-signature": "v1,AAAA"})
    assert answer.status_code == 401
    assert await written(redis) == []


async def test_a_single_delivery_beside_a_batch_is_stored_before_most_of_its_lines(ingest: Ingest, redis: Redis):
    body = b"\n".join(a_line(number) for number in range(200))
    news = a_delivery("published", an_article_payload("eil", headline="Eil", published_at=AT, updated_at=AT), at=AT)
    rows, single = await asyncio.gather(sent(ingest, body), ingest.send(news))
    assert single.status_code == 202, single.text
    (number,) = [int(seq) for (_, fields) in await redis.xrange(KEYS.stream("articles")) for seq in [fields[b"seq"]]]
    assert len(rows) == 200
    assert number <= 3 * CHUNK


async def test_a_stranger_who_never_finishes_holds_up_no_batch(ingest: Ingest, monkeypatch):
    monkeypatch.setattr(batch, "GIVE_WAY_S", 3_600.0)
    never = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await never.wait()

    stranger = asyncio.create_task(ingest.http.post("/webhooks/cms", content=slowly()))
    await asyncio.sleep(0)
    assert len(await sent(ingest, b"\n".join(a_line(number) for number in range(20)))) == 20
    stranger.cancel()


async def test_a_batch_may_be_larger_than_a_delivery_but_not_endless(ingest: Ingest):
    body = b"\n".join(a_line(number, body="<p>" + "Wort " * 200_000 + "</p>") for number in range(6))
    assert len(body) > 5 * 1024 * 1024
    assert len(await sent(ingest, body)) == 6
    assert (await ingest.send(b"x" * (64 * 1024 * 1024 + 1), to="cms/batch")).status_code == 413
