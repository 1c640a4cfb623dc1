"""The ingest service as a program: what an integrator and an operator see of it, over a real connection."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.newsroom import Newsroom

pytestmark = pytest.mark.serial


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    newsroom = Newsroom(tmp_path, environ={"LITFASS_INGEST_BODY_BYTES": str(2 * 1024 * 1024)})
    newsroom.valkey.start()
    newsroom.write_config()
    newsroom.config.write_text(newsroom.config.read_text() + "deliveries_per_minute = 6\n")
    newsroom.launch("ingest")
    newsroom.wait_ready("ingest")
    yield newsroom
    newsroom.close()


def litfass(newsroom: Newsroom, *words: str) -> tuple[int, list[Any]]:
    """Run a command; return its exit code, and each line of its answer."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("LITFASS_")} | newsroom.environ
    environ["LITFASS_CONFIG"] = str(newsroom.config)
    command = [sys.executable, "-m", "litfass", *words, "--json"]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, cwd=newsroom.folder)
    assert "Traceback" not in result.stderr, result.stderr
    return result.returncode, [json.loads(line) for line in result.stdout.splitlines()]


def send(newsroom: Newsroom, *words: str) -> tuple[int, list[tuple[int, str]]]:
    to = f"{newsroom.url('ingest')}/webhooks/cms"
    code, answers = litfass(newsroom, "send", *words, "--to", to, "--secret", "env:CMS_SECRET")
    return code, [(answer["status"], answer["outcome"]) for answer in answers]


def test_a_cms_is_played_and_what_was_too_much_is_replayed(newsroom: Newsroom):
    assert send(newsroom, "published", "--doubled") == (0, [(202, "accepted"), (200, "duplicate")])
    assert send(newsroom, "edited", "--reordered", "--id", "2") == (0, [(202, "accepted"), (200, "stale")])
    assert send(newsroom, "published", "--forged") == (0, [(401, "signature_rejected")])
    assert send(newsroom, "published", "--huge") == (0, [(413, "too_large")])
    code, answers = send(newsroom, "published", "--count", "4", "--id", "much")
    assert (code, answers[-1]) == (1, (429, "too_many"))

    _, (rows,) = litfass(newsroom, "rejected", "list")
    assert {row["reason"] for row in rows} == {"signature_rejected", "too_large", "too_many"}
    much = [row for row in rows if row["reason"] == "too_many"]
    assert len(much) == answers.count((429, "too_many"))
    _, (whole,) = litfass(newsroom, "rejected", "show", much[0]["id"])
    assert whole["body"]["data"]["headline"].startswith("Trying a connection")
    code, (replayed,) = litfass(newsroom, "rejected", "replay", "all")
    assert (code, {answer["status"] for answer in replayed}) == (0, {"accepted"})
    _, (left,) = litfass(newsroom, "rejected", "list")
    assert {row["reason"] for row in left} == {"signature_rejected", "too_large"}


@pytest.mark.parametrize("path", ["/webhooks/cms", "/webhooks/niemand"])
def test_a_refusal_before_the_body_was_read_costs_no_later_delivery_its_answer(newsroom: Newsroom, path: str):
    """Node keeps connections alive and sends nothing twice: an article would be lost to what was left of another."""
    compressed = {"content-type": "application/json", "content-encoding": "br"}
    with httpx.Client(base_url=newsroom.url("ingest"), timeout=10) as cms:
        for _ in range(5):
            refused = cms.post(path, content=os.urandom(300_000), headers=compressed)
            assert refused.status_code in {404, 415}
            assert refused.headers["connection"] == "close"
            assert cms.post("/webhooks/cms", content=b"[]").status_code in {400, 401}
