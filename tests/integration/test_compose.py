"""docker-compose.yml and the Dockerfile, as far as they can be judged where no Docker engine runs."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
import yaml

from litfass.cli import app
from litfass.run import PORTS
from shared.runtime.settings import load_config
from tests.support.cms import SECRET
from tests.support.nginx import TEMPLATE, VARIABLE

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "tests/fixtures/compose/compose_spec.json"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("ingest", "render", "feed")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: name, rest; continued lines joined, comments left out."""
    text = "\n".join(line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line)]


def last_stage() -> list[tuple[str, str]]:
    steps = instructions()
    return steps[max(number for number, (name, _) in enumerate(steps) if name == "FROM") :]


def copied_from_here() -> list[tuple[str, str]]:
    """(source, destination) of everything that the Dockerfile takes out of this folder."""
    copies = [rest.split() for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    return [(source, target) for *sources, target in copies for source in sources]


# --- docker-compose.yml ----------------------------------------------------------------------------------------------


def test_the_compose_file_is_what_the_compose_specification_allows():
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(COMPOSE)


def test_the_schema_would_find_a_misspelt_key():
    wrong = COMPOSE | {"services": SERVICES | {"redis": SERVICES["redis"] | {"entry_point": []}}}
    assert not jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).is_valid(wrong)


def mounts(service: dict[str, Any]) -> list[str]:
    """The host's side of every mount, volumes by their name."""
    return [
        volume["source"] if isinstance(volume, dict) else volume.partition(":")[0]
        for volume in service.get("volumes", ())
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_everything_that_is_mounted_exists(name):
    for source in mounts(SERVICES[name]):
        if source.startswith("."):
            assert (ROOT / source).exists(), source
        else:
            assert source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", OURS)
def test_every_secrets_file_has_an_example_to_copy_and_is_never_committed(name):
    for file in SERVICES[name]["env_file"]:
        path = ROOT / file
        assert path.with_name(f"{path.name}.example").exists()
        assert path.name in (path.parent / ".gitignore").read_text().split()


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_without_rights(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name):
    tag = SERVICES[name]["image"].partition(":")[2]
    assert re.search(r"\d+\.\d+", tag)


def test_only_the_edge_is_reachable_from_other_machines():
    public = {name for name in SERVICES if any("127.0.0.1:" not in port for port in SERVICES[name].get("ports", ()))}
    assert public == {"edge"}


def test_only_the_services_reach_redis():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["redis"]["networks"] == ["inside"]
    assert {name for name in SERVICES if "inside" in SERVICES[name]["networks"]} == {"redis", *OURS}


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_that_litfass_has(name):
    command, *arguments = SERVICES[name]["command"]
    known = typer.main.get_command(app).commands[command]
    options = {option for parameter in known.params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= options
    assert command == name


@pytest.mark.parametrize("name", OURS)
def test_every_service_is_where_its_health_check_the_edge_and_prometheus_look(name):
    port = str(PORTS[name])
    assert SERVICES[name]["command"][-1] == port
    assert f"127.0.0.1:{port}/health/ready" in SERVICES[name]["healthcheck"]["test"][-1]
    assert SERVICES["edge"]["environment"][f"EDGE_{name.upper()}"] == f"{name}:{port}"
    assert f"{name}:{port}" in (ROOT / "deploy/prometheus/prometheus.yml").read_text()


def test_redis_is_what_litfass_accepts():
    command = SERVICES["redis"]["command"]
    given = dict(zip(command[1::2], command[2::2], strict=True))
    assert given["--appendonly"] == "yes"
    assert given["--appendfsync"] == "always"
    assert given["--maxmemory-policy"] == "noeviction"


def test_the_edge_is_given_every_variable_of_its_template_and_no_other():
    wanted = set(VARIABLE.findall(TEMPLATE.read_text()))
    assert wanted == {name for name in SERVICES["edge"]["environment"] if name.startswith("EDGE_")}


@pytest.mark.parametrize("name", OURS)
def test_the_configuration_and_the_environment_start_a_service(name):
    example = (ROOT / "deploy/compose/secrets.env.example").read_text()
    secrets = dict(line.split("=", 1) for line in example.splitlines() if "=" in line and not line.startswith("#"))
    environ = SERVICES[name]["environment"] | secrets | {"REDAKTION_SECRET": SECRET}
    config = load_config(ROOT / "deploy/compose/litfass.toml", environ)
    assert config.redis.url == "redis://redis:6379/0"
    assert config.pages.store == "file://" + SERVICES["edge"]["environment"]["EDGE_ROOT"]
    assert f":-{next(iter(config.site))}}}" in SERVICES["edge"]["environment"]["EDGE_DEFAULT_SITE"]


def test_the_configuration_names_the_folder_of_static_pages_that_is_mounted():
    config = tomllib.loads((ROOT / "deploy/compose/litfass.toml").read_text())
    targets = [volume.split(":")[1] for volume in SERVICES["render"]["volumes"]]
    assert config["site"]["kurier"]["static"] in targets


# --- Dockerfile ------------------------------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_in_particular():
    users = [rest for name, rest in last_stage() if name == "USER"]
    assert users
    assert users[-1].partition(":")[0] not in {"", "0", "root"}


def test_every_base_is_pinned():
    defaults = dict(rest.split("=", 1) for name, rest in instructions() if name == "ARG")
    for name, rest in instructions():
        if name == "FROM":
            base = re.sub(r"\$\{(\w+)\}", lambda match: defaults[match[1]], rest.split()[0])
            assert re.search(r":\d+\.\d+", base)
            assert "latest" not in base


def test_everything_that_the_image_takes_exists_and_is_not_ignored():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {source for source, _ in copied_from_here()}
    assert all((ROOT / source).exists() for source in sources)
    assert sources <= allowed


def test_the_image_installs_with_the_command_that_make_install_uses():
    flags = "pip install --quiet --no-deps --require-hashes -r"
    runs = [rest for name, rest in instructions() if name == "RUN"]
    makefile = (ROOT / "Makefile").read_text().replace(" --disable-pip-version-check", "")
    assert any(f"{flags} /opt/litfass/requirements.lock" in run for run in runs)
    assert f"{flags} requirements.lock" in makefile


def test_the_image_starts_with_litfass():
    assert ("ENTRYPOINT", '["litfass"]') in last_stage()


def test_what_the_image_takes_is_enough_to_run(tmp_path):
    """Copy as the Dockerfile does, and ask the copy alone what commands it has, and to load what a service is."""
    for source, target in copied_from_here():
        place = tmp_path / target.lstrip("/")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
    code = tmp_path / "opt/litfass/app"
    program = (
        f"import sys; sys.path = [{str(code)!r}] + [p for p in sys.path if p not in ('', {str(ROOT)!r})]\n"
        "from importlib import import_module\n"
        "for name in ('ingest', 'render', 'feed'): import_module(f'services.{name}.app')\n"
        "from services.render.compose.html import Theme; Theme.load('default')\n"
        "import litfass; print(litfass.__file__)\n"
        "from litfass.cli import main; sys.argv = ['litfass', '--help']; sys.exit(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(code))
    assert all(name in done.stdout for name in OURS)
