"""What does a delivery cost before it is stored: verify and adapt, for each vendor?

Each CMS tells the same article, as `litfass send` plays it, with a text of 5 KB and of 200 KB. The floor, told in the
note, checks no signature and makes no blocks: it reads the JSON and cleans HTML of that size, which nobody can do
without. `stored` is what the adapters' drafts still need: the article validated, its digest, its compressed JSON.
"""

import html
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Final

import nh3

from bench import material
from bench.measure import Row, in_turns
from litfass.cms import CMSS
from litfass.cms.signing import Attempt, in_url, with_token
from litfass.cms.story import Story
from services.ingest.accept import Intake, candidate_of
from services.ingest.adapt import Circumstances
from services.ingest.draft import Draft
from services.ingest.reading import payload_from
from services.ingest.vendors import VENDORS
from services.ingest.verify import Delivery
from shared.contracts.base import SiteName, SourceName
from shared.contracts.config import AdapterName, SiteConfig, SourceConfig
from shared.runtime.articles import pack

SIZES: Final[Mapping[str, tuple[int, int, float]]] = {  # bytes, times a round, aim in µs
    "5 KB": (5_000, 40, 1_000),
    "200 KB": (200_000, 3, 15_000),
}
ROUNDS: Final = 9
LETTERS: Final = "0123456789abcdef" * 4
BASE64_SECRETS: Final = frozenset({"standard", "wordpress", "ninjs", "payload"})
TARGET: Final = "/webhooks/cms"
_TAGS: Final = re.compile(r"<[^>]+>")
_SITE: Final = SiteConfig.model_validate(
    {"name": "Der Kurier", "url": "https://kurier.example", "sections": {"stadt": "Stadt", "sport": "Sport"}}
)
_SOURCE: Final = SourceConfig(site=SiteName("kurier"), adapter="standard", secrets=("env:CMS_SECRET",))
_INTAKE: Final = Intake(SourceName("cms"), _SOURCE, SiteName("kurier"), _SITE)


@dataclass(frozen=True)
class LongStory(Story):
    """An article whose text has about so many bytes of HTML."""

    size: int = 5_000

    @property
    def html(self) -> str:
        """Paragraphs, a heading, a list, a picture, a quotation."""
        return material.body_html(self.size)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The same prose, without markup."""
        prose = html.unescape(_TAGS.sub("", material.PROSE))
        return (prose,) * max(1, round(self.size / len(prose.encode())))


@dataclass(frozen=True)
class Sent:
    """One delivery as it comes in."""

    adapter: AdapterName
    delivery: Delivery
    secret: str
    event: str


def run(note: Callable[[str], None]) -> Iterator[Row]:  # noqa: ARG001 -- every bench is called alike
    """Measure each vendor with a usual and with a very long article."""
    for size, (length, times, aim) in SIZES.items():
        floor_body = json.dumps({"body": material.body_html(length)}).encode()
        sent = {adapter: a_delivery(adapter, length) for adapter in CMSS}
        draft = _adapted(sent["standard"])
        works = {
            "floor": _timed(partial(_cleaned, floor_body), times),
            "stored": _timed(partial(_ready, draft), times),
            **{adapter: _timed(partial(_adapted, each), times) for adapter, each in sent.items()},
        }
        took = {name: median(each) for name, each in in_turns(works, rounds=ROUNDS).items()}
        for adapter in CMSS:
            said = f"{took[adapter] / took['floor']:.1f} × floor"
            yield Row(f"{size}, {adapter}: verify + adapt", "µs", took[adapter], aim=aim, note=said)
        yield Row(f"{size}: … and ready to be stored", "µs", took["stored"], took["floor"])


def a_delivery(adapter: AdapterName, size: int) -> Sent:
    """Return an article of that CMS, signed now."""
    now = datetime.now(UTC)
    story = LongStory("bench", 1, now - timedelta(hours=1), now, size=size)
    cms, secret = CMSS[adapter], material.SECRET if adapter in BASE64_SECRETS else LETTERS
    post = cms.play("published", story)
    target = f"{TARGET}/{post.event}" if post.event else TARGET
    if cms.sign is in_url:
        target = with_token(target, secret=secret)
    attempt = Attempt(post.body, target, "msg_bench", int(now.timestamp() * 1000))
    headers = {**post.headers, **cms.sign(attempt, secret=secret)}
    return Sent(adapter, Delivery(headers, post.body, target), secret, post.event)


def _timed(work: Callable[[], object], times: int) -> Callable[[], float]:
    """Return a measurement: the microseconds of one call, on average of so many."""

    def measure() -> float:
        started = time.thread_time()  # CPU time: it is all our own work, and the machine may be shared
        for _ in range(times):
            work()
        return (time.thread_time() - started) / times * 1e6

    return measure


def _cleaned(body: bytes) -> str:
    return nh3.clean(json.loads(body)["body"])


def _adapted(sent: Sent) -> Draft:
    vendor, now_s = VENDORS[sent.adapter], time.time()
    proof = vendor.verify(sent.delivery, keys=[vendor.key(sent.secret)], now_s=now_s)
    circumstances = Circumstances(
        now_ms=int(now_s * 1000), sent_ms=proof.sent_ms, event=sent.event, headers=sent.delivery.headers
    )
    draft = vendor.adapt(payload_from(sent.delivery.headers, sent.delivery.body), circumstances)
    assert isinstance(draft, Draft), draft
    assert draft.content is not None
    return draft


def _ready(draft: Draft) -> bytes:
    candidate, _ = candidate_of(draft, _INTAKE, delivery_id="1", received_ms=int(time.time() * 1000))
    assert candidate.article is not None
    return pack(candidate.article)
