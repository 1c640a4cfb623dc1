"""What is derived can be made again: on another day, in another process, byte for byte."""

import asyncio
import itertools
import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.support.cms import a_delivery, an_article_payload, signed
from tests.support.newsroom import Newsroom

ARTICLES = 40

pytestmark = [pytest.mark.serial, pytest.mark.needs("faketime")]


async def fill(newsroom: Newsroom) -> None:
    """Publish, edit, move, correct, take back and kill, as a week of a newsroom does."""
    chance, count = random.Random(5), itertools.count()
    async with httpx.AsyncClient(timeout=5) as http:

        async def send(verb: str, **fields: object) -> None:
            body = a_delivery(verb, fields if verb in {"killed", "unpublished"} else an_article_payload(**fields))
            headers = signed(body, message_id=f"m{next(count)}")
            (
                await http.post(f"{newsroom.url('ingest')}/webhooks/cms", content=body, headers=headers)
            ).raise_for_status()

        for number in range(ARTICLES):
            article = {
                "id": f"cms-{number}", "headline": f"Meldung {number}", "slug": f"meldung-{number}",
                "section": chance.choice(["stadt", "sport", "kultur"]), "tags": [f"Thema {number % 4}"],
                "authors": [{"name": f"Autorin {number % 3}"}],
                "published_at": f"2026-{1 + number % 11:02d}-05T08:{number:02d}:00+01:00",
            }  # fmt: skip
            if number % 9 == 0:
                article |= {
                    "kind": "event",
                    "event": {"starts_at": f"2031-01-{1 + number % 20:02d}T19:00:00+01:00", "place": "Markt"},
                }
            await send("published", **article)
            match number % 5:
                case 1:
                    await send("updated", **article | {"slug": f"meldung-{number}-neu", "revision": 2})
                case 2:
                    await send("killed", id=article["id"], revision=2, note="Zurückgezogen.")
                case 3 if number > 20:
                    await send("unpublished", id=article["id"], revision=2)
                case 4:
                    correction = {"text": "Es waren drei.", "at": "2026-11-20T09:00:00+01:00"}
                    await send("corrected", **article | {"revision": 2, "correction": correction})


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


async def settled(newsroom: Newsroom) -> None:
    """Wait until every signal is done and no file is due."""
    async with asyncio.timeout(60):
        with newsroom.redis() as client:
            while newsroom.unfinished() or any(
                member.startswith((b"feed:", b"sitemap:")) for member in client.zrange("litfass:{s1}:due:kurier", 0, -1)
            ):
                await asyncio.sleep(0.1)


async def test_a_rebuild_on_another_day_makes_the_same_files_byte_for_byte(tmp_path):
    newsroom = Newsroom(tmp_path / "n")
    newsroom.start()
    try:
        await fill(newsroom)
        await settled(newsroom)
        as_of = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        newsroom.stop()
        written = files_in(newsroom.site)
        elsewhere = tmp_path / "elsewhere"
        command = ["faketime", "-f", "+40d", sys.executable, "-m", "litfass", "rebuild", "--json"]
        command += ["--as-of", as_of, "--store", elsewhere.as_uri(), "--config", str(newsroom.config)]
        environ = {**os.environ, **newsroom.environ}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=90)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["articles"] == ARTICLES
        rebuilt = files_in(elsewhere / "kurier")
    finally:
        newsroom.close()
    assert set(rebuilt) == set(written)
    assert [path for path in written if written[path] != rebuilt[path]] == []
    assert len(written) > 100
