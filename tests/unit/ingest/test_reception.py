"""The first steps of whatever comes in."""

from types import SimpleNamespace

import pytest
from starlette.requests import Request

from services.ingest.faults import TooLarge, WrongType
from services.ingest.reception import Reception
from services.ingest.rejected import Arrival

LINES = "application/x-ndjson"


class ASource:
    """Remembers what it was to prove, and when."""

    takes_forms = True
    gate = SimpleNamespace(require=lambda _: None)

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def body_limit(self, *, default: int) -> int:
        return default * 2

    def prove(self, delivery, *, now_ms):
        self.asked.append((delivery.target, now_ms))
        return "proof"


@pytest.fixture
def source() -> ASource:
    return ASource()


@pytest.fixture
def receive(source):
    times = iter((7, 8, 9))
    reception = Reception(SimpleNamespace(named=lambda _: source), clock=lambda: next(times))

    async def received(body: bytes, arrival: Arrival, *, kind: str = "application/json", **options):
        async def sent():
            return {"type": "http.request", "body": body, "more_body": False}

        scope = {
            "type": "http", "method": "POST", "path": "/webhooks/cms/batch", "query_string": b"token=a",
            "headers": [(b"content-type", kind.encode()), (b"host", b"x")], "path_params": {"source": "cms"},
            "client": ("192.0.2.1", 1), "scheme": "http", "server": ("x", 80),
        }  # fmt: skip
        return await reception.receive(Request(scope, sent), arrival, limit=4, **options)

    return received


@pytest.mark.parametrize("is_batch", [False, True])
async def test_what_came_is_proved_with_its_whole_address_when_it_is_there(receive, source, is_batch):
    arrival = Arrival(now_ms=1, traceparent="")
    assert await receive(b"{}", arrival, is_batch=is_batch) == (source, b"{}", "proof")
    assert source.asked == [("/webhooks/cms/batch?token=a", 7)]
    assert (arrival.body, arrival.proof, str(arrival.sender)) == (b"{}", "proof", "192.0.2.1")


async def test_a_batch_may_be_lines_and_has_a_limit_of_its_own(receive):
    assert (await receive(b"{}\n{}"[:4], Arrival(1, ""), kind=LINES, is_batch=True)).body == b"{}\n{"
    with pytest.raises(TooLarge):
        await receive(b"12345", Arrival(1, ""), is_batch=True)
    with pytest.raises(WrongType):
        await receive(b"{}", Arrival(1, ""), kind=LINES)
    assert (await receive(b"12345678", Arrival(1, ""))).body == b"12345678"


async def test_a_form_is_one_delivery_and_no_batch(receive):
    form = "application/x-www-form-urlencoded"
    assert (await receive(b"a=b", Arrival(1, ""), kind=form)).body == b"a=b"
    with pytest.raises(WrongType):
        await receive(b"a=b", Arrival(1, ""), kind=form, is_batch=True)


async def test_a_refusal_leaves_what_is_known_by_then(receive, source):
    arrival = Arrival(1, "")
    with pytest.raises(WrongType):
        await receive(b"{}", arrival, kind="text/html")
    assert (arrival.source, arrival.headers["content-type"], arrival.body) == (source, "text/html", None)
