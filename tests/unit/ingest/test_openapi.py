"""The OpenAPI document: complete, made from what answers, and readable for people without a script."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from selectolax.lexbor import LexborHTMLParser
from starlette.routing import Route

from litfass.run import compose
from services.ingest import faults
from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.adapt.standard import adapt
from services.ingest.openapi.article import DELIVERY
from services.ingest.problems import fault_kinds
from shared.contracts.config import LitfassConfig
from shared.runtime.errors import Rejected
from tests.support.articles import SITE, a_site
from tests.support.cms import an_article_payload

SECRET_NAME = "eine-geheime-quelle"


@pytest.fixture
def app(tmp_path):
    config = LitfassConfig.model_validate(
        {
            "pages": {"store": tmp_path.as_uri()},
            "site": {SITE: a_site().model_dump(mode="json")},
            "source": {
                SECRET_NAME: {"site": SITE, "adapter": "standard", "allow_unsigned": True},
                "blog": {"site": SITE, "adapter": "ghost", "allow_unsigned": True},
            },
        }
    )
    return compose(["ingest"], config, environ={}, consumer="test")


@pytest.fixture
async def http(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://ingest.example") as client:
        yield client


@pytest.fixture
async def document(http) -> dict[str, Any]:
    return (await http.get("/openapi.json")).json()


async def test_every_route_is_described_with_its_method_and_nothing_else_is(app, document):
    routes = {
        (route.path, method.lower())
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described == routes


async def test_every_fault_that_ingest_knows_has_its_status_and_its_reason_there(document):
    known = {
        fault.reason
        for fault in vars(faults).values()
        if isinstance(fault, type) and issubclass(fault, Rejected) and fault is not Rejected
    }
    described = {reason for _, reasons in fault_kinds().values() for reason in reasons}
    assert known <= described
    answers = document["paths"]["/webhooks/{source}"]["post"]["responses"]
    assert set(answers) == {"200", "202", *map(str, fault_kinds())}
    assert "signature_rejected" in json.dumps(answers["401"])
    assert "WWW-Authenticate" in answers["401"]["headers"]


async def test_every_schema_is_one_and_every_reference_leads_somewhere(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    wanted = set(references(document))
    assert wanted
    assert wanted <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_bodies_are_described_for_the_vendors_in_use_and_no_source_is_named(document):
    content = document["paths"]["/webhooks/{source}"]["post"]["requestBody"]["content"]
    assert [
        each.get("title") or each["$ref"].rpartition("/")[2] for each in content["application/json"]["schema"]["anyOf"]
    ] == ["ghost", DELIVERY]
    assert SECRET_NAME not in json.dumps(document)


async def described_for(tmp_path, *adapters: str) -> dict[str, Any]:
    sources = {f"s{i}": {"site": SITE, "adapter": each, "allow_unsigned": True} for i, each in enumerate(adapters)}
    site = {SITE: a_site().model_dump(mode="json")}
    config = LitfassConfig.model_validate({"pages": {"store": tmp_path.as_uri()}, "site": site, "source": sources})
    app = compose(["ingest"], config, environ={}, consumer="test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://ingest.example") as client:
        return (await client.get("/openapi.json")).json()["paths"]["/webhooks/{source}"]


async def test_forms_are_described_where_a_cms_sends_them(tmp_path):
    form = "application/x-www-form-urlencoded"
    assert form in (await described_for(tmp_path, "wordpress-com"))["post"]["requestBody"]["content"]
    assert form not in (await described_for(tmp_path, "standard"))["post"]["requestBody"]["content"]


async def test_lists_of_cloudevents_are_described_where_they_come_with_their_results_and_their_handshake(tmp_path):
    item, other = await described_for(tmp_path, "cloudevents"), await described_for(tmp_path, "standard")
    assert "application/cloudevents-batch+json" in item["post"]["requestBody"]["content"]
    for status in ("200", "422", "503"):
        assert "Results" in json.dumps(item["post"]["responses"][status])
    assert set(item["options"]["responses"]["200"]["headers"]) == {"WebHook-Allowed-Origin", "WebHook-Allowed-Rate"}
    assert "Results" not in json.dumps(other)
    assert "options" not in other


# --- the article -----------------------------------------------------------------------------------------------------


class Watched(dict):
    """An object that notes which of its keys somebody asked for."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.asked: set[str] = set()

    def get(self, key, default=None):
        self.asked.add(key)
        return super().get(key, default)


def properties(document: Mapping[str, Any], name: str) -> set[str]:
    return set(document["components"]["schemas"][name]["properties"])


async def test_the_described_article_has_exactly_the_fields_that_the_adapter_reads(document):
    event, picture = Watched({"starts_at": "2025-11-20T09:00:00Z"}), Watched({"url": "/a.jpg"})
    data = Watched(an_article_payload(event=event, image=picture))
    adapt({"type": "article.published", "data": data}, Circumstances(now_ms=1_763_629_200_000))
    assert data.asked == properties(document, "ArticleAsDelivered")
    assert event.asked == properties(document, "EventDetails")
    assert picture.asked == properties(document, "Image")


async def test_the_described_withdrawal_has_exactly_the_fields_that_the_adapter_reads(document):
    data = Watched({"id": "1"})
    adapt({"type": "article.killed", "data": data}, Circumstances(now_ms=1_763_629_200_000))
    assert data.asked == properties(document, "Withdrawal")


def valid(document: Mapping[str, Any], delivery: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{DELIVERY}", "components": document["components"]}
    return Draft202012Validator(schema).is_valid(delivery)


@pytest.mark.parametrize(
    ("verb", "changes", "is_fine"),
    [
        ("published", {}, True),
        ("published", {"body": [{"type": "paragraph", "html": "Text"}, {"type": "divider"}]}, True),
        ("published", {"published_at": None}, False),
        ("published", {"headline": "  "}, False),
        ("published", {"headline": "مكتب جديد"}, True),
        ("published", {"kind": "poem"}, False),
        ("published", {"sensitive": "ja"}, False),
        ("published", {"body": 5}, False),
        ("published", {"unbekannt": 1}, True),
        ("killed", {"headline": None, "body": None}, True),
        ("killed", {"id": None}, False),
        ("killed", {"id": 2**53 - 1}, True),
        ("killed", {"id": 782.0}, True),
        ("killed", {"id": 1e25}, False),
        ("killed", {"id": 0.5}, False),
        ("erased", {}, False),
    ],
)
async def test_what_the_schema_says_of_a_delivery_is_what_the_adapter_says(document, verb, changes, is_fine):
    delivery = {"type": f"article.{verb}", "timestamp": "2025-11-20T09:00:00Z", "data": an_article_payload(**changes)}
    assert valid(document, delivery) == is_fine
    try:
        adapt(delivery, Circumstances(now_ms=1_795_507_200_000))
        is_taken = True
    except PayloadRejected:
        is_taken = False
    assert is_taken == is_fine


# --- for people, and for the lost ------------------------------------------------------------------------------------


async def test_the_page_for_people_shows_everything_and_needs_nothing_from_elsewhere(http, document):
    answer = await http.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    page = LexborHTMLParser(answer.text)
    assert [node.text() for node in page.css("h2 code")] == [
        f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item
    ]
    assert page.css("script, link, img, iframe, [src]") == []
    assert [node.attributes["href"] for node in page.css("a")] == ["/openapi.json"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nirgends", 404), ("GET", "/webhooks/blog", 405), ("POST", "/a/b/c/d", 404)]
)
async def test_who_asks_for_what_is_not_there_gets_a_problem_as_well(http, method, path, status):
    answer = await http.request(method, path)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "/docs" in answer.json()["detail"]
    if status == 405:
        assert "POST" in answer.headers["allow"]
