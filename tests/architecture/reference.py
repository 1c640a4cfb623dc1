"""The reference pages that the code can write itself: `python -m tests.architecture.reference` (make docs).

settings.md and metrics.md are tables between two markers; everything around them is written by hand.
"""

import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Final

from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from services.feed.metrics import FeedMetrics
from services.feed.settings import FeedSettings
from services.ingest.metrics import IngestMetrics
from services.ingest.settings import IngestSettings
from services.render.metrics import RenderMetrics
from services.render.settings import RenderSettings
from shared.contracts.ads import (
    AdsConfig,
    AuthorisedConfig,
    ConsentConfig,
    CreativeConfig,
    CreativeImage,
    FreeConfig,
    GptConfig,
    OverrideConfig,
    PrebidBid,
    PrebidConfig,
    RulesConfig,
    ScreenConfig,
    SellerConfig,
    SellersConfig,
    SensitiveConfig,
    SlotConfig,
    TagConfig,
    TransparencyConfig,
)
from shared.contracts.config import ContentModel, PagesConfig, ReconcileConfig, RedisConfig, SiteConfig, SourceConfig
from shared.contracts.edge import CacheConfig, EdgeConfig
from shared.contracts.feeds import FeedRules, FeedsConfig, IndexNowConfig, NewsSitemapConfig
from shared.runtime.delivery import DeliverySettings
from shared.runtime.metrics import DeliveryMetrics

FOLDER: Final = Path(__file__).parents[2] / "docs" / "reference"
BEGIN, END = "<!-- made by: make docs -->", "<!-- end -->"

TABLES: Final[Mapping[str, type[BaseModel]]] = {
    "[redis]": RedisConfig,
    "[pages]": PagesConfig,
    "[edge]": EdgeConfig,
    "[edge.cache.NAME]": CacheConfig,
    "[site.NAME]": SiteConfig,
    "[site.NAME.ads]": AdsConfig,
    "[site.NAME.ads.rules]": RulesConfig,
    "[site.NAME.ads.free]": FreeConfig,
    "[site.NAME.ads.sensitive]": SensitiveConfig,
    "[site.NAME.ads.slots.POSITION]": SlotConfig,
    "[site.NAME.ads.slots.POSITION.phone]": ScreenConfig,
    "[[site.NAME.ads.overrides]]": OverrideConfig,
    "[site.NAME.ads.consent]": ConsentConfig,
    "[site.NAME.ads.gpt]": GptConfig,
    "[site.NAME.ads.prebid]": PrebidConfig,
    "[[site.NAME.ads.prebid.bids]]": PrebidBid,
    "[site.NAME.ads.tag]": TagConfig,
    "[site.NAME.ads.creatives.CREATIVE]": CreativeConfig,
    "[[site.NAME.ads.creatives.CREATIVE.images]]": CreativeImage,
    "[site.NAME.ads.creatives.CREATIVE.transparency]": TransparencyConfig,
    "[site.NAME.ads.ads_txt]": AuthorisedConfig,
    "[site.NAME.ads.sellers_json]": SellersConfig,
    "[[site.NAME.ads.sellers_json.sellers]]": SellerConfig,
    "[site.NAME.feeds]": FeedsConfig,
    "[site.NAME.feeds.lists.LIST]": FeedRules,
    "[site.NAME.feeds.news_sitemap]": NewsSitemapConfig,
    "[site.NAME.indexnow]": IndexNowConfig,
    "[source.NAME]": SourceConfig,
    "[source.NAME.model]": ContentModel,
    "[source.NAME.reconcile]": ReconcileConfig,
}
OWN: Final[tuple[type[BaseSettings], ...]] = (DeliverySettings, IngestSettings, RenderSettings, FeedSettings)
METRICS: Final = {"all": DeliveryMetrics, "ingest": IngestMetrics, "render": RenderMetrics, "feed": FeedMetrics}


def settings_tables() -> str:
    """Every key of litfass.toml and every variable of the services, with default and meaning."""
    parts = []
    for name, model in TABLES.items():
        rows = (_row(key, field) for key, field in model.model_fields.items())
        parts.append(f"### `{name}`\n{_table(('key', 'default', 'meaning'), rows)}")
    for settings in OWN:
        prefix = str(settings.model_config["env_prefix"])
        rows = (_row(f"{prefix}{name}".upper(), field) for name, field in settings.model_fields.items())
        parts.append(f"### `{prefix}…`\n{_table(('variable', 'default', 'meaning'), rows)}")
    return "\n\n".join(parts)


def metrics_tables() -> str:
    """Every metric with its labels and its help."""
    parts = []
    for service, cls in METRICS.items():
        registry = CollectorRegistry()
        cls(registry)
        rows = [
            (
                f"`{family.name}{'_total' if family.type == 'counter' else ''}`",
                family.type,
                _labels(registry, family.name),
                family.documentation,
            )
            for family in registry.collect()
        ]
        title = "Every service, for its streams" if service == "all" else service.capitalize()
        parts.append(f"### {title}\n{_table(('metric', 'kind', 'labels', 'meaning'), rows)}")
    return "\n\n".join(parts)


def metric_names() -> set[str]:
    """Every name that a rule or a dashboard may use."""
    names = set()
    for cls in METRICS.values():
        registry = CollectorRegistry()
        cls(registry)
        for family in registry.collect():
            suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
            names |= {family.name + suffix for suffix in suffixes}
    return names


PAGES: Final = {"settings.md": settings_tables, "metrics.md": metrics_tables}


def written(name: str) -> str:
    """The page as it should be: its own text around the tables that the code makes."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{PAGES[name]()}\n\n{END}{after}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _row(name: str, field: FieldInfo) -> tuple[str, str, str]:
    return f"`{name}`", _default(field), " ".join(filter(None, (field.description or "", _choices(field.annotation))))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default in ("", (), None, {}) or isinstance(default, BaseModel):  # a table of its own
        return "–"
    if isinstance(default, tuple):
        return ", ".join(f"`{each}`" for each in default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _choices(annotation: Any) -> str:
    if typing.get_origin(annotation) is UnionType:
        return next(filter(None, map(_choices, typing.get_args(annotation))), "")
    if typing.get_origin(annotation) is not typing.Literal:
        return ""
    return f"One of {', '.join(f'`{choice}`' for choice in typing.get_args(annotation))}."


def _labels(registry: CollectorRegistry, name: str) -> str:
    collector = next(c for c in registry._collector_to_names if getattr(c, "_name", "") == name)
    return ", ".join(collector._labelnames) or "–"  # type: ignore[attr-defined]  # no public way to ask


if __name__ == "__main__":
    for page in PAGES:
        (FOLDER / page).write_text(written(page), encoding="utf-8")
