"""A subscriber about itself, by HTTP."""

import httpx
import pytest

from services.feed.subscribers import lanes
from shared.contracts.subscribers import Wanted
from tests.support.articles import an_article
from tests.unit.feed.subscribers.conftest import Office

ME = "/api/v1/subscription"
HOOK = "https://partner.example/hook"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lanes, "BLOCK_MS", 1)


@pytest.fixture
async def manager(office: Office) -> dict[str, str]:
    _, token = await office.desk.registry.add("dpa", wanted=Wanted(), scopes=("read", "manage"))
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
async def reader(office: Office) -> dict[str, str]:
    _, token = await office.add("apa")
    return {"Authorization": f"Bearer {token}"}


async def test_a_subscriber_sees_itself_without_its_secrets(office, web, manager):
    await web.put(f"{ME}/webhook", json={"url": HOOK}, headers=manager)
    body = (await web.get(ME, headers=manager)).json()
    assert body["name"] == "dpa"
    assert body["webhook"] == {"url": HOOK, "disabled": "", "secrets": 1}
    assert body["queue"]["waiting"] == 0
    one = await office.desk.registry.get("dpa")
    assert one.webhook is not None
    for secret in (one.signing_key, one.tokens[0].sha256, one.webhook.secrets[0].value):
        assert secret not in str(body)


async def test_a_new_webhook_s_secret_is_told_once(web, manager):
    first = await web.put(f"{ME}/webhook", json={"url": HOOK}, headers=manager)
    again = await web.put(f"{ME}/webhook", json={"url": f"{HOOK}/2"}, headers=manager)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["secret"].startswith("whsec_")
    assert "secret" not in again.json()
    rotated = await web.post(f"{ME}/webhook/secret", headers=manager)
    assert rotated.status_code == 201
    assert rotated.json()["secret"] != first.json()["secret"]
    assert (await web.delete(f"{ME}/webhook", headers=manager)).status_code == 204
    assert (await web.get(ME, headers=manager)).json()["webhook"] is None


async def test_both_tokens_open_after_a_rotation_and_the_new_one_may_manage(web, manager):
    answer = await web.post(f"{ME}/token", headers=manager)
    assert answer.status_code == 201
    new = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert (await web.get(ME, headers=manager)).status_code == 200
    assert (await web.post(f"{ME}/token", headers=new)).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{ME}/token"),
        ("PUT", f"{ME}/webhook"),
        ("DELETE", f"{ME}/webhook"),
        ("POST", f"{ME}/webhook/secret"),
        ("POST", "/api/v1/deliveries/replay"),
    ],
)
async def test_a_token_that_may_only_read_changes_nothing(web, reader, method, path):
    answer = await web.request(method, path, headers=reader, json={"url": HOOK} if method == "PUT" else None)
    assert answer.status_code == 403
    assert "'manage'" in answer.json()["detail"]
    assert (await web.request(method, path)).status_code == 401


async def test_events_can_be_delivered_again_and_only_one_s_own(office, web, manager, reader):
    await web.put(f"{ME}/webhook", json={"url": HOOK}, headers=manager)
    await office.newsroom.accept(an_article())
    await office.fanout.round()
    (event,) = await office.stream("dpa")
    replay = "/api/v1/deliveries/replay"
    assert (await web.post(replay, json={"event": event.event_id}, headers=manager)).json() == {"replayed": 1}
    assert (await web.post(replay, json={"since": "2020-01-01T00:00:00Z"}, headers=manager)).json() == {"replayed": 1}
    until = {"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}
    assert (await web.post(replay, json=until, headers=manager)).json() == {"replayed": 0}
    assert (await web.get("/api/v1/deliveries", headers=reader)).json() == {"items": []}


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        (f"{ME}/webhook", b"{", 400),
        (f"{ME}/webhook", b"[]", 400),
        (f"{ME}/webhook", b"[" * 5_000, 400),
        (f"{ME}/webhook", b"\xff", 400),
        (f"{ME}/webhook", b" " * 10_000, 413),
        (f"{ME}/webhook", b"{}", 422),
        (f"{ME}/webhook", b'{"url": 7}', 422),
        (f"{ME}/webhook", b'{"url": "http://partner.example/"}', 422),
        (f"{ME}/webhook", b'{"url": "https://169.254.169.254:22/"}', 422),
    ],
)
async def test_what_cannot_be_is_refused(web, manager, path, content, status):
    assert_problem(await web.put(path, content=content, headers=manager), status)


@pytest.mark.parametrize(
    "body", [{}, {"event": 7}, {"since": "yesterday"}, {"since": "2026-11-24T08:00:00"}, {"since": 7}, {"until": "x"}]
)
async def test_a_replay_of_nothing_is_refused(web, manager, body):
    await web.put(f"{ME}/webhook", json={"url": HOOK}, headers=manager)
    assert_problem(await web.post("/api/v1/deliveries/replay", json=body, headers=manager), 422)


async def test_without_a_webhook_there_is_nothing_to_deliver_again(web, manager):
    assert_problem(await web.post("/api/v1/deliveries/replay", json={"event": "x"}, headers=manager), 409)
    assert_problem(await web.post(f"{ME}/webhook/secret", headers=manager), 409)
