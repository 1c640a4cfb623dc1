"""What the reference pages say is what the code does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from litfass.cli import app as cli
from litfass.run import ALL, compose
from services.ingest.manners import manners_of
from services.ingest.vendors import VENDORS
from shared.contracts import keys
from shared.contracts.config import LitfassConfig
from shared.contracts.verbs import VERBS
from tests.architecture.reference import FOLDER, PAGES, metric_names, written
from tests.support.articles import SITE, a_site

ROOT = Path(__file__).parents[2]
LOG_METHODS = {"debug", "info", "warning", "error", "exception"}


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_are_what_the_code_makes(page):
    assert (FOLDER / page).read_text() == written(page), "Run: make docs"


def test_every_log_event_is_explained_and_every_explained_one_exists():
    events = set(log_events())
    explained = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", (FOLDER / "log-events.md").read_text(), re.MULTILINE))
    assert events == explained


def test_log_events_are_named_after_a_noun_and_what_happened():
    assert [event for event in log_events() if not re.fullmatch(r"[a-z_]+\.[a-z]+(_[a-z]+)*", event)] == []


def test_every_route_is_described(tmp_path):
    page = (FOLDER / "http-api.md").read_text()
    paths = {route.path for route in every_route(tmp_path)}
    assert {path for path in paths if f"`{path}`" not in page} == set()


def test_what_each_cms_makes_of_our_answers_is_described():
    page = (FOLDER / "http-api.md").read_text()
    assert [name for name in VENDORS if f"| `{name}` | {manners_of(name).words} |" not in page] == []


def test_every_command_of_the_command_line_is_described():
    page = (FOLDER / "command-line.md").read_text()
    names = []
    for name, command in get_command(cli).commands.items():
        names += [f"{name} {each}" for each in command.commands] if isinstance(command, TyperGroup) else [name]
    assert [name for name in names if f"`litfass {name}" not in page] == []


def test_every_stream_and_every_verb_is_described():
    page = (FOLDER / "events.md").read_text()
    wanted = [*keys.LANES, keys.LISTS_STREAM, keys.DEAD_STREAM, *(f"article.{verb}" for verb in VERBS)]
    assert [name for name in wanted if f"`{name}`" not in page] == []


def test_metrics_have_base_units_and_helps_that_are_sentences():
    for name in metric_names():
        assert re.fullmatch(r"litfass_[a-z]+(_[a-z]+)+", name), name


def log_events() -> Iterator[str]:
    """Every literal first argument of a log call in our code."""
    for package in ("shared", "services", "litfass"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id="log"), attr=method),
                        args=[ast.Constant(value=str(event)), *_],
                    ) if method in LOG_METHODS:
                        yield event


def every_route(folder: Path) -> list:
    config = LitfassConfig.model_validate(
        {"pages": {"store": folder.as_uri()}, "site": {SITE: a_site().model_dump(mode="json")}}
    )
    return compose(ALL, config, environ={}, consumer="test").routes
