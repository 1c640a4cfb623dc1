"""What a process says that it answers is what it answers, whichever services it runs."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.routing import Route

from litfass.run import ALL, compose
from shared.contracts.config import LitfassConfig
from tests.support.articles import SITE, a_site

UNNAMED = {"HEAD"}  # is GET without the body


def app_of(names, folder):
    config = LitfassConfig.model_validate(
        {"pages": {"store": folder.as_uri()}, "site": {SITE: a_site().model_dump(mode="json")}}
    )
    return compose(names, config, environ={}, consumer="test")


@pytest.fixture(params=[("feed",), ("render",), ALL], ids=["feed", "render", "up"])
def app(request, tmp_path):
    return app_of(request.param, tmp_path)


@pytest.fixture
async def document(app) -> dict[str, Any]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://kurier.example") as client:
        return (await client.get("/openapi.json")).json()


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_every_route_is_described_with_its_methods_and_nothing_else_is(app, document):
    routes = {
        (re.sub(r":path\}", "}", route.path), method.lower())
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - UNNAMED
    }
    described = {
        (path, method) for path, item in document["paths"].items() for method in item if method.upper() not in UNNAMED
    }
    assert described == routes


async def test_every_schema_is_one_and_every_reference_leads_somewhere(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    wanted = set(references(document))
    assert wanted
    assert wanted <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


async def test_every_operation_has_a_name_of_its_own_and_every_parameter_of_a_path_is_explained(document):
    operations = [(path, each) for path, item in document["paths"].items() for each in item.values()]
    names = [each["operationId"] for _, each in operations]
    assert len(names) == len(set(names))
    for path, each in operations:
        explained = {one["name"] for one in each.get("parameters", ()) if one["in"] == "path"}
        assert explained == set(re.findall(r"\{(\w+)\}", path)), path


async def test_services_in_one_process_do_not_speak_of_each_other_s_schemas(tmp_path):
    alone: dict[str, Any] = {}
    for name in ALL:
        schemas = app_schemas(await documented(app_of([name], tmp_path)))
        for schema_name, schema in schemas.items():
            assert alone.setdefault(schema_name, schema) == schema, schema_name
    assert app_schemas(await documented(app_of(ALL, tmp_path))) == alone


async def documented(app) -> dict[str, Any]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://kurier.example") as client:
        return (await client.get("/openapi.json")).json()


def app_schemas(document: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["schemas"]
