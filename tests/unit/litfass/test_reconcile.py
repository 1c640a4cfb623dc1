"""`litfass reconcile`, as an operator calls it."""

import asyncio
import json
from pathlib import Path

import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner

from litfass.cli import app
from litfass.operate.reconcile import ReconciledElsewhere
from services.ingest.reconcile.lease import TTL_MS
from shared.contracts.config import RedisConfig
from shared.runtime.errors import ConfigurationFault
from tests.support.cms_api import GhostApi, a_ghost_post, serving
from tests.support.lists import KEYS

CONFIG = """
[redis]
url = "{redis}"
[pages]
store = "{store}"
[site.kurier]
name = "Der Kurier"
url = "https://kurier.example"
[site.kurier.sections]
stadt = "Stadt"
[source.blog]
site = "kurier"
adapter = "ghost"
allow_unsigned = true
[source.blog.reconcile]
kind = "ghost"
url = "{cms}"
key = "env:GHOST_KEY"
allow_private = true
"""


@pytest.fixture
def cms():
    with serving(GhostApi()) as served:
        yield served


@pytest.fixture
async def call(redis: Redis, redis_config: RedisConfig, cms, tmp_path: Path, monkeypatch):
    """Call the command with these words; returns its result."""
    config = tmp_path / "litfass.toml"
    config.write_text(CONFIG.format(redis=redis_config.url, store=(tmp_path / "site").as_uri(), cms=cms.url))
    monkeypatch.setenv("GHOST_KEY", cms.api.key)
    return lambda *words: CliRunner().invoke(app, ["reconcile", *words, "--config", str(config)])


def test_what_was_found_is_said_and_put_right(call, cms):
    cms.api.put(a_ghost_post(1))
    first = call("--all", "--json")
    assert first.exit_code == 0, first.output
    (report,) = json.loads(first.stdout.splitlines()[-1])
    assert (report["source"], report["scope"], report["theirs"], report["refused"]) == ("blog", "all", 1, "")
    assert [(row["kind"], row["outcome"]) for row in report["mismatches"]] == [("missing", "accepted")]
    again = call("blog", "--all")
    assert "1 articles in the CMS's list, no difference" in again.output


def test_a_dry_run_only_looks(call, cms):
    cms.api.put(a_ghost_post(1))
    for _ in range(2):
        assert "missing" in call("--all", "--dry-run").output


def test_what_is_refused_ends_with_one_and_says_what_to_do(call, cms):
    cms.api.put(a_ghost_post(1))
    call("--all")
    cms.api.posts.clear()
    refused = call("--all")
    assert refused.exit_code == 1
    assert "--yes" in refused.output
    assert "gone" in call("--all", "--yes").output


def test_a_source_that_cannot_be_compared_is_named(call):
    result = call("rathaus")
    assert isinstance(result.exception, ConfigurationFault)
    assert "blog" in str(result.exception)


async def test_a_worker_that_is_at_it_is_not_disturbed(call, redis):
    await redis.set(KEYS.reconcile_lease("blog"), "somebody", px=TTL_MS)
    result = await asyncio.to_thread(call)
    assert isinstance(result.exception, ReconciledElsewhere)
    assert await redis.get(KEYS.reconcile_lease("blog")) == b"somebody"
