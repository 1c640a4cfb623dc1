"""The reference pages that the code can write itself: `python -m tests.architecture.reference` (make docs).

settings.md, metrics.md and theme-context.md are tables between two markers; everything around them is written by hand.
"""

import inspect
import re
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
from services.render.compose.contexts import TEMPLATES, FurnitureContext, PageContext
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
from shared.contracts.config import (
    BreakingConfig,
    ContentModel,
    PagesConfig,
    ReconcileConfig,
    RedisConfig,
    SiteConfig,
    SourceConfig,
)
from shared.contracts.counting import PixelConfig
from shared.contracts.edge import CacheConfig, EdgeConfig
from shared.contracts.feeds import FeedRules, FeedsConfig, IndexNowConfig, NewsSitemapConfig, WebSubConfig
from shared.contracts.search import AgentsConfig, SearchConfig
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
    "[site.NAME.counting.PIXEL]": PixelConfig,
    "[site.NAME.feeds]": FeedsConfig,
    "[site.NAME.feeds.lists.LIST]": FeedRules,
    "[site.NAME.feeds.news_sitemap]": NewsSitemapConfig,
    "[site.NAME.websub]": WebSubConfig,
    "[site.NAME.indexnow]": IndexNowConfig,
    "[site.NAME.search]": SearchConfig,
    "[site.NAME.search.agents]": AgentsConfig,
    "[source.NAME]": SourceConfig,
    "[source.NAME.breaking]": BreakingConfig,
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


def theme_tables() -> str:
    """Every template with its context, and every view that can be met on the way."""
    rows = [
        (f"`{name}`", f"[{each.context.__name__}](#{each.context.__name__.lower()})", each.draws)
        for name, each in TEMPLATES.items()
    ]
    parts = [f"## Templates\n{_table(('template', 'sees', 'draws'), rows)}", "## Types"]
    waiting = list(dict.fromkeys(each.context for each in TEMPLATES.values()))
    for view in waiting:  # grows while it is walked through
        fields = _fields(view)
        found = dict.fromkeys(inner for hint in fields.values() for inner in _views_in(hint))
        waiting += [inner for inner in found if inner not in waiting]
        text = _prose(view)
        bases = (each for each in _BASES if each is not view and _fields(each).items() <= fields.items())
        base = next(bases, None)
        if base is not None:
            text += f" What [{base.__name__}](#{base.__name__.lower()}) has, and:"
            fields = {name: hint for name, hint in fields.items() if name not in _fields(base)}
        rows = [(f"`{name}`", _type_name(hint)) for name, hint in fields.items()]
        parts.append(f"### {view.__name__}\n{text}\n\n{_table(('name', 'type'), rows)}")
    return "\n\n".join(parts)


_BASES: Final = (PageContext, FurnitureContext)  # a TypedDict does not say what it was made of


def _fields(view: type) -> dict[str, Any]:
    """A view's fields with their types; what a contract keeps for programs only is left out."""
    hints = typing.get_type_hints(view)
    return {name: hint for name, hint in hints.items() if name != "model_config" and not name.startswith("_")}


def _prose(view: type) -> str:
    """Return a view's docstring as running text and a list of its arguments."""
    said, _, arguments = (inspect.getdoc(view) or "").partition("\nArgs:\n")
    named = re.sub(r"\n {8,}", " ", arguments)
    lines = [f"- `{name.strip()}`: {text}" for name, _, text in (line.partition(": ") for line in named.splitlines())]
    return "\n\n".join(filter(None, [" ".join(said.split()), "\n".join(lines) if named else ""]))


def _views_in(hint: Any) -> list[type]:
    if typing.get_args(hint) and typing.get_origin(hint) is not typing.Literal:
        return [view for inner in typing.get_args(hint) for view in _views_in(inner)]
    is_view = isinstance(hint, type) and hint.__module__.startswith(("services.", "shared.contracts.blocks"))
    return [hint] if is_view and hint.__name__ != "Markup" else []


def _type_name(hint: Any) -> str:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is type(None):
        return "nothing"
    if origin is typing.Literal:
        return " or ".join(f"`{each!r}`".replace("'", '"') for each in inner)
    if origin in (UnionType, typing.Union):
        return ", or ".join(map(_type_name, inner))
    if origin is tuple:
        return f"pairs of {_type_name(inner[0])}" if Ellipsis not in inner else f"list of {_type_name(inner[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return "words by their keys"
    if origin is not None:
        return f"list of {_type_name(inner[-1])}"
    if _views_in(hint):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    words = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "Markup": "ready text"}
    return words.get(getattr(hint, "__name__", ""), "text")


PAGES: Final = {"settings.md": settings_tables, "metrics.md": metrics_tables, "theme-context.md": theme_tables}


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
