"""The hook for Payload in examples/: run by node over a store of documents, heard by a server, read by our adapter."""

import json
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from services.ingest.adapt import Circumstances
from services.ingest.adapt.payload import adapt
from services.ingest.draft import Draft
from services.ingest.verify import Delivery
from services.ingest.verify.standard import key, verify
from tests.support.cms import SECRET
from tests.support.deliveries import a_told

pytestmark = pytest.mark.needs("node")

HOOK = Path(__file__).parents[2] / "examples/payload-hook/litfass.js"
DOC = a_told("payload-create").payload["data"]["doc"]
# Plays Payload: `store` is the collection's table, `change` an edit that is committed after the hooks have run.
PAYLOAD = """
import { litfass } from %(hook)s
const [url, secret, steps] = JSON.parse(process.argv[1])
const waiting = []
const hooks = litfass({ url, secret, lookMs: 5, retryMs: 5, after: (promise) => waiting.push(promise) })
let store = null
const logged = []
const logger = { warn: (line) => logged.push(line), error: (line) => logged.push(line) }
const payload = { logger, findByID: async () => store && structuredClone(store) }
const shared = { req: { payload }, collection: { slug: 'posts' } }
for (const { operation, doc, stored } of steps) {
  const context = {}
  if (operation === 'delete') {
    hooks.afterDelete[0]({ ...shared, doc: store, id: store.id })
  } else {
    await hooks.beforeChange[0]({ ...shared, data: doc, originalDoc: store ?? doc, operation, context })
    hooks.afterChange[0]({ ...shared, doc, operation, context })
  }
  await new Promise((resolve) => setTimeout(resolve, 12))
  if (stored !== undefined) store = stored
  await Promise.all(waiting.splice(0))
}
console.log(JSON.stringify(logged))
"""


class Ear(ThreadingHTTPServer):
    """Hears deliveries and answers with the statuses it was given, then with 202."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[Delivery] = []
        self.statuses: list[int] = []


class _Handler(BaseHTTPRequestHandler):
    server: Ear

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append(Delivery({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 202)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: what was heard is looked at."""


@pytest.fixture
def ear() -> Iterator[Ear]:
    server = Ear()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def played(ear: Ear, *steps: dict) -> list[dict]:
    """Play the steps and return what the hook logged."""
    script = PAYLOAD % {"hook": json.dumps(HOOK.as_uri())}
    given = json.dumps([f"http://127.0.0.1:{ear.server_port}/webhooks/redaktion", SECRET, steps])
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", script, given],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def drafts(ear: Ear) -> list[tuple[str, str]]:
    """What our verifier and adapter make of what was heard: verb and id."""
    found = []
    for delivery in ear.heard:
        sent_s = int(delivery.headers["webhook-timestamp"])
        assert verify(delivery, keys=[key(SECRET)], now_s=sent_s).delivery_id.startswith("msg_")
        draft = adapt(json.loads(delivery.body), Circumstances(now_ms=sent_s * 1000 + 2_000))
        assert isinstance(draft, Draft)
        found.append((draft.verb, draft.source_id))
    return found


def a_doc(status: str = "published", at: str = "2025-11-23T08:30:00.000Z") -> dict:
    return DOC | {"_status": status, "updatedAt": at}


LATER = "2025-11-23T08:45:00.000Z"
PUBLISH = {"operation": "create", "doc": a_doc(), "stored": a_doc()}


def test_what_is_published_and_taken_back_and_deleted_is_told_once_it_is_stored(ear):
    hidden = a_doc("draft", LATER)
    steps = [PUBLISH, {"operation": "update", "doc": hidden, "stored": hidden}, {"operation": "delete", "stored": None}]
    assert played(ear, *steps) == []
    assert drafts(ear) == [("published", DOC["id"]), ("unpublished", DOC["id"]), ("unpublished", DOC["id"])]


def test_a_draft_beside_a_published_document_is_told_to_nobody(ear):
    assert played(ear, PUBLISH, {"operation": "update", "doc": a_doc("draft", LATER)}) == []
    assert len(ear.heard) == 1


def test_a_draft_that_was_never_published_is_told_to_nobody(ear):
    steps = [{"operation": "create", "doc": a_doc("draft"), "stored": a_doc("draft")}]
    assert (
        played(ear, *steps, {"operation": "update", "doc": a_doc("draft", LATER), "stored": a_doc("draft", LATER)})
        == []
    )
    assert ear.heard == []


def test_a_change_that_was_rolled_back_is_told_to_nobody(ear):
    assert played(ear, {"operation": "create", "doc": a_doc()}, PUBLISH, {"operation": "delete"}) == []
    assert drafts(ear) == [("published", DOC["id"])]


def test_after_a_503_the_same_delivery_is_sent_again(ear):
    ear.statuses = [503, 503]
    assert len(played(ear, PUBLISH)) == 2
    assert len({delivery.headers["webhook-id"] for delivery in ear.heard}) == 1
    assert len(ear.heard) == 3


def test_what_stays_wrong_is_sent_once_and_logged(ear):
    ear.statuses = [422]
    (line,) = played(ear, PUBLISH)
    assert (line["status"], line["id"]) == (422, DOC["id"])
    assert len(ear.heard) == 1


def test_what_could_not_be_sent_is_logged(ear):
    ear.statuses = [503] * 5
    assert "save the document again" in played(ear, PUBLISH)[-1]["msg"]
    assert len(ear.heard) == 5
