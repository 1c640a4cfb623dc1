"""All sources, ready to take deliveries: configuration and secrets → what proves, guards and adapts for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.ingest.accept import Intake, candidate_of
from services.ingest.adapt import Adapt, Circumstances, Payload
from services.ingest.adapt.drafts import AsPublished
from services.ingest.draft import Ignored
from services.ingest.faults import UnknownSource
from services.ingest.first import dated_first
from services.ingest.guards import Bucket, Gate
from services.ingest.manners import busy_status
from services.ingest.vendors import vendor_of, verify_of
from services.ingest.verify import Delivery, Verified, Verify
from shared.contracts.base import SourceName
from shared.contracts.config import AdapterName, LitfassConfig
from shared.runtime.articles import Articles, Candidate
from shared.runtime.errors import ConfigurationFault
from shared.runtime.settings import secrets_of

MS: Final = 1000


@dataclass(frozen=True)
class Source:
    """One source, ready to take deliveries."""

    intake: Intake
    verify: Verify
    keys: tuple[bytes, ...]
    adapt: Adapt
    gate: Gate
    bucket: Bucket
    public: Callable[[Payload], Payload]
    as_published: AsPublished
    takes_forms: bool

    def prove(self, delivery: Delivery, *, now_ms: int) -> Verified:
        """Return what the signature proves; raises SignatureRejected."""
        return self.verify(delivery, keys=self.keys, now_s=now_ms / MS)

    def body_limit(self, *, default: int) -> int:
        """Return how many bytes one delivery may have."""
        return self.intake.source.body_bytes or default

    def circumstances(
        self, proof: Verified, *, now_ms: int, event: str = "", headers: Mapping[str, str] | None = None
    ) -> Circumstances:
        """Return what an adapter may know beside a payload."""
        source, site = self.intake.source, self.intake.site
        return Circumstances(
            now_ms=now_ms, sent_ms=proof.sent_ms, event=event, headers=headers or {}, language=site.language,
            zone=site.zone, options=source.options, model=source.model,
        )  # fmt: skip

    async def candidate(
        self,
        payload: Payload,
        circumstances: Circumstances,
        *,
        articles: Articles,
        delivery_id: str,
        traceparent: str,
        bulk: bool = False,
    ) -> tuple[Candidate, tuple[str, ...]] | Ignored:
        """Adapt a payload and make it ready for the store; raises PayloadRejected, RedisAway."""
        draft = self.adapt(payload, circumstances)
        if isinstance(draft, Ignored):
            return draft
        return candidate_of(
            await dated_first(draft, self.intake, articles),
            self.intake,
            delivery_id=delivery_id,
            received_ms=circumstances.now_ms,
            traceparent=traceparent,
            bulk=bulk,
        )

    def trial(self, payload: Payload, circumstances: Circumstances) -> tuple[Candidate, tuple[str, ...]] | Ignored:
        """Say what would become of a payload, without a look into the store; raises PayloadRejected."""
        draft = self.adapt(payload, circumstances)
        if isinstance(draft, Ignored):
            return draft
        return candidate_of(draft, self.intake, delivery_id="", received_ms=circumstances.now_ms)


class Sources:
    """All sources by name."""

    def __init__(self, sources: Mapping[SourceName, Source]) -> None:
        self._sources = sources

    @property
    def adapters(self) -> frozenset[AdapterName]:
        """Whose deliveries come here."""
        return frozenset(source.intake.source.adapter for source in self._sources.values())

    def named(self, name: str) -> Source:
        """Return the source; raises UnknownSource. The names of others are nobody's business."""
        try:
            return self._sources[SourceName(name)]
        except KeyError:
            raise UnknownSource(f"There is no [source.{name[:64]}] in the configuration.") from None

    def busy_status(self, name: str) -> int:
        """Return the status that makes the source's CMS send a delivery again later."""
        source = self._sources.get(SourceName(name))
        return busy_status(source.intake.source.adapter if source else "")


def sources_of(config: LitfassConfig, environ: Mapping[str, str]) -> Sources:
    """Make every source ready; raises ConfigurationFault naming every adapter and secret that cannot be used."""
    sources: dict[SourceName, Source] = {}
    faults: list[str] = []
    for name, source in config.sources().items():
        try:
            key, keys = vendor_of(source).key, list[bytes]()
        except ConfigurationFault as fault:
            faults.append(f"source.{name}.{fault}")
            continue
        for reference, secret in zip(source.secrets, secrets_of(source, environ), strict=True):
            try:
                keys.append(key(secret))
            except ValueError as cause:
                faults.append(f"source.{name}.secrets: {reference}: {cause}")
        sources[name] = source_of(config, name, keys=keys)
    if faults:
        raise ConfigurationFault("\n".join(["Cannot start:", *(f"  - {fault}" for fault in faults)]))
    return Sources(sources)


def source_of(config: LitfassConfig, name: SourceName, *, keys: Sequence[bytes] = ()) -> Source:
    """Make one source ready; without keys it proves nothing, but adapts. Raises ConfigurationFault."""
    source = config.sources()[name]
    vendor = vendor_of(source)
    return Source(
        intake=Intake.of(config, name),
        verify=verify_of(source),
        keys=tuple(keys),
        adapt=vendor.adapt,
        public=vendor.public,
        as_published=vendor.as_published,
        gate=Gate.of(source.allow_from),
        bucket=Bucket(per_minute=source.deliveries_per_minute),
        takes_forms=vendor.takes_forms,
    )
