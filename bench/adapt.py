"""What does a delivery cost before it is stored: verify and adapt, beside json.loads and nh3.clean?

The floor checks no signature and makes no blocks: it reads the JSON and cleans its HTML, which nobody can do without.
`stored` is what the adapters' drafts still need: the article validated, its digest, its compressed JSON.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import median
from typing import Final

import nh3

from bench import cms, material
from bench.measure import Row, in_turns
from services.ingest.accept import Intake, candidate_of
from services.ingest.adapt import Circumstances
from services.ingest.draft import Draft
from services.ingest.reading import payload_of
from services.ingest.vendors import VENDORS
from services.ingest.verify import Delivery
from shared.contracts.base import SiteName, SourceName
from shared.contracts.config import SiteConfig, SourceConfig
from shared.runtime.articles import pack

SIZES: Final[Mapping[str, tuple[int, int]]] = {"5 KB": (5_000, 60), "200 KB": (200_000, 4)}  # bytes, times a round
ROUNDS: Final = 15


def run(note: Callable[[str], None]) -> Iterator[Row]:  # noqa: ARG001 -- every bench is called alike
    """Measure each adapter with a usual and with a very long article."""
    for size, (length, times) in SIZES.items():
        html = material.body_html(length)
        for make in (cms.standard, cms.wordpress, cms.ghost):
            sent = make(html, at_s=int(time.time()))
            draft = _adapted(sent)
            works = {
                "floor": _timed(partial(_cleaned, sent), times),
                "adapt": _timed(partial(_adapted, sent), times),
                "store": _timed(partial(_ready, draft), times),
            }
            took = {name: median(each) for name, each in in_turns(works, rounds=ROUNDS).items()}
            yield Row(f"{sent.adapter}, {size}: verify + adapt", "µs", took["adapt"], took["floor"])
            if sent.adapter == "standard":
                yield Row(f"{sent.adapter}, {size}: … and ready to be stored", "µs", took["store"], took["floor"])


def _timed(work: Callable[[], object], times: int) -> Callable[[], float]:
    """Return a measurement: the microseconds of one call, on average of so many."""

    def measure() -> float:
        started = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - started) / times * 1e6

    return measure


def _cleaned(sent: cms.Sent) -> str:
    return nh3.clean(sent.html_in(json.loads(sent.body)))


def _adapted(sent: cms.Sent) -> Draft:
    vendor, now_s = VENDORS[sent.adapter], time.time()
    proof = vendor.verify(Delivery(sent.headers, sent.body), keys=[vendor.key(sent.secret)], now_s=now_s)
    circumstances = Circumstances(now_ms=int(now_s * 1000), sent_ms=proof.sent_ms, event=sent.event)
    draft = vendor.adapt(payload_of(sent.body), circumstances)
    assert isinstance(draft, Draft), draft
    return draft


_SITE = SiteConfig(name="Der Kurier", url="https://kurier.example", sections={"stadt": "Stadt", "sport": "Sport"})
_SOURCE = SourceConfig(site=SiteName("kurier"), adapter="standard", secrets=("env:CMS_SECRET",))
_INTAKE = Intake(SourceName("cms"), _SOURCE, SiteName("kurier"), _SITE)


def _ready(draft: Draft) -> bytes:
    candidate, _ = candidate_of(draft, _INTAKE, delivery_id="1", received_ms=int(time.time() * 1000))
    assert candidate.article is not None
    return pack(candidate.article)
