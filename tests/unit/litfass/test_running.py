"""What a running `litfass up` leaves for the other commands."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from litfass.house import House
from litfass.running import DEMO_SECRET, RUN_FILE, SECRET_FILE, Running, demo_secret
from shared.contracts.config import RedisConfig
from shared.runtime.errors import ConfigurationFault

DEMO = Path(__file__).parents[3] / "litfass" / "demo" / "litfass.toml"
OWN = """
[site.kurier]
name = "Der Kurier"
url = "https://kurier.example"
[site.kurier.sections]
stadt = "Stadt"
"""


def a_run(config: Path, *, is_demo_site: bool, pid: int = 1) -> Running:
    url = "http://127.0.0.1:8123"
    return Running("unix:///run/v.sock", str(config), url, "file:///srv/x", pid=pid, is_demo_site=is_demo_site)


def test_where_none_runs_there_is_none(tmp_path):
    assert Running.read(tmp_path) is None


def test_what_was_left_is_found(tmp_path):
    run = a_run(DEMO, is_demo_site=True)
    run.write(tmp_path)
    assert Running.read(tmp_path) == run


@pytest.mark.parametrize("text", ["", "[]", '{"pid": 1}'])
def test_a_file_that_says_something_else_is_a_fault(tmp_path, text):
    (tmp_path / RUN_FILE).write_text(text)
    with pytest.raises(ConfigurationFault, match="cannot be used"):
        Running.read(tmp_path)


def test_the_demos_site_is_where_it_runs(tmp_path):
    config = a_run(DEMO, is_demo_site=True).load(tmp_path, {})
    site = config.site["bote"]
    assert (site.base_url, site.static) == ("http://127.0.0.1:8123", str(DEMO.parent / "pages"))
    assert (config.redis.url, config.pages.store) == ("unix:///run/v.sock", "file:///srv/x")


def test_another_configuration_keeps_its_address_and_needs_no_demo_secret(tmp_path):
    (tmp_path / "own.toml").write_text(OWN)
    config = a_run(tmp_path / "own.toml", is_demo_site=False).load(tmp_path, {})
    assert config.site["kurier"].base_url == "https://kurier.example"
    assert not (tmp_path / SECRET_FILE).exists()


@pytest.mark.parametrize(
    ("named", "lives", "redis"),
    [
        ("own.toml", True, "unix:///run/v.sock"),
        ("other.toml", True, RedisConfig().url),
        ("own.toml", False, RedisConfig().url),
    ],
    ids=["of the run", "another", "of a run that was killed"],
)
async def test_the_configuration_of_a_run_that_is_named_is_read_as_the_run_has_it(tmp_path, named, lives, redis):
    for file in ("own.toml", "other.toml"):
        (tmp_path / file).write_text(OWN + f'[pages]\nstore = "file://{tmp_path}/site"\n')
    dead = subprocess.Popen(["true"])
    dead.wait()
    run = a_run(tmp_path / "own.toml", is_demo_site=False, pid=os.getpid() if lives else dead.pid)
    replace(run, store=f"file://{tmp_path}/site").write(tmp_path)
    house = House.open(config=tmp_path / named, redis_url=None, data=tmp_path, environ={})
    await house.client.aclose()
    assert house.config.redis.url == redis


def test_a_redis_on_the_command_line_goes_first(tmp_path):
    config = a_run(DEMO, is_demo_site=True).load(tmp_path, {"LITFASS_REDIS__URL": "redis://elsewhere:6379/0"})
    assert config.redis.url == "redis://elsewhere:6379/0"


def test_the_demos_secret_is_made_once_and_for_its_owner_only(tmp_path):
    first = demo_secret(tmp_path, {})
    assert first[DEMO_SECRET].startswith("whsec_")
    assert demo_secret(tmp_path, {}) == first
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o077 == 0


def test_a_secret_in_the_environment_is_left_alone(tmp_path):
    assert demo_secret(tmp_path, {DEMO_SECRET: "whsec_x"}) == {}
