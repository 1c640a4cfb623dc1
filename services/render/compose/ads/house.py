"""House advertisements: which of the site's own creatives stands at a place at a moment, and what it shows.

They are fragments, so that a campaign that begins or ends touches no page; and no page asks anybody for anything. Each
place has a few of them (buckets), and each article belongs to one bucket: that is how weights become shares without
chance, cookies or a script. ADR-0015.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypedDict
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import nh3

from services.render.compose.ads.plan import Place
from services.render.compose.markup import EMPTY, Markup, address, attribute, inert
from shared.contracts import paths
from shared.contracts.ads import AdsConfig, CreativeConfig, CreativeImage, ScreenConfig, SlotConfig
from shared.runtime.clock import milliseconds
from shared.runtime.errors import ConfigurationFault

POLITICAL_PX: Final = 96  # what the lines beside a political one need: four, and the space above them
# Places are shifted against each other, so that neighbours on a page differ where there are several creatives.
_SHIFTS: Final = (0, 3, 1, 4, 2, 5)
CLICK: Final = "{click}"
_WIDTHS: Final = (
    ("desktop", "(min-width: 68.75em)"),
    ("tablet", "(min-width: 48em)"),
    ("phone", ""),
)  # as in the theme

_ACTIVE: Final = re.compile(
    r"<\s*/?\s*(script|style|iframe|frame|object|embed|link|meta|base|form|input|button|svg|math|video|audio)\b|\son\w+\s*=",
    re.IGNORECASE,
)
_TAGS: Final = frozenset({"a", "b", "br", "div", "em", "i", "img", "li", "p", "small", "span", "strong", "ul"})
_STYLES: Final = frozenset(
    [
        *("align-items", "background-color", "border", "border-color", "border-radius", "border-style", "border-width"),
        *("box-sizing", "color", "display", "flex", "flex-direction", "font-size", "font-style", "font-weight", "gap"),
        *("height", "justify-content", "letter-spacing", "line-height", "list-style", "margin", "margin-bottom"),
        *(
            "margin-left",
            "margin-right",
            "margin-top",
            "max-height",
            "max-width",
            "min-height",
            "object-fit",
            "overflow",
        ),
        *("padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align", "text-decoration"),
        *("text-transform", "vertical-align", "width"),
    ]
)
_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS),
    attributes={
        "*": {"style", "lang", "dir"},
        "a": {"href", "title"},
        "img": {"src", "alt", "width", "height"},
    },
    link_rel="sponsored nofollow noopener",
    url_schemes={"http", "https", "mailto", "tel"},
    filter_style_properties=set(_STYLES),
)
_SOURCE: Final = re.compile(r"<img\b[^>]*?\ssrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)


class SourceView(TypedDict):
    """A picture for one width of the screen."""

    media: str
    src: Markup
    width: int
    height: int


class PoliticalView(TypedDict):
    """What stands beside a political advertisement (Regulation (EU) 2024/900, Article 11)."""

    sponsor: str
    controlled_by: str
    process: str
    targeting: str
    notice: Markup


class CreativeView(TypedDict):
    """One creative at its place.

    Args:
        click: counts, and leads on.
        pictures: for the widest screen first; the last one is for all others. Empty when there is `html`.
        lazy: it may wait until the reader comes near.
    """

    click: Markup
    alt: str
    pictures: Sequence[SourceView]
    html: Markup
    width: int
    height: int
    lazy: bool
    political: PoliticalView | None


@dataclass(frozen=True)
class _Running:
    """A creative and when it is shown, [from_ms, until_ms)."""

    name: str
    config: CreativeConfig
    from_ms: float
    until_ms: float


class House:
    """The creatives of one site."""

    def __init__(self, config: AdsConfig, *, hosts: Sequence[str], zone: ZoneInfo) -> None:
        """Check every creative; raises ConfigurationFault for one that would ask a host that is not the site's."""
        self._creatives = [
            _Running(name, creative, _begins(creative.starts_at, zone), _ends(creative.ends_at, zone))
            for name, creative in sorted(config.creatives.items())
        ]
        own = {*hosts, *config.own_hosts}
        if faults := [fault for each in self._creatives for fault in _faults(each.name, each.config, own)]:
            raise ConfigurationFault("\n".join(faults))

    def shown(self, place: Place, *, bucket: int, now_ms: int) -> CreativeView | None:
        """Return what stands at a place for the articles of a bucket; None when nothing fits."""
        fitting = [each for each in self._creatives if each.from_ms <= now_ms < each.until_ms and _fits(each, place)]
        if not fitting:
            return None
        total = sum(each.config.weight for each in fitting)
        shift = _SHIFTS[place.number % paths.AD_BUCKETS]
        point = (((bucket + shift) % paths.AD_BUCKETS) + 0.5) * total / paths.AD_BUCKETS
        for each in fitting:
            point -= each.config.weight
            if point < 0:
                return _view(each, place)
        return _view(fitting[-1], place)

    def next_change_ms(self, now_ms: int) -> int | None:
        """Return when a creative begins or ends next; None when none does."""
        times = [when for each in self._creatives for when in (each.from_ms, each.until_ms)]
        coming = [round(when) for when in times if now_ms < when < float("inf")]
        return min(coming, default=None)

    def political(self) -> Iterator[tuple[str, CreativeConfig]]:
        """Give the political ones, which have a transparency notice."""
        return ((each.name, each.config) for each in self._creatives if each.config.political)


def lifeless(html: str) -> str:
    """Return HTML that neither runs a script nor asks the edge for anything: no comment, no include, no ESI."""
    return inert(_CLEANER.clean(html))


def _begins(when: date | None, zone: ZoneInfo) -> float:
    if when is None:
        return float("-inf")
    return milliseconds(when if isinstance(when, datetime) else datetime(when.year, when.month, when.day, tzinfo=zone))


def _ends(when: date | None, zone: ZoneInfo) -> float:
    """Return when the last day is over, in the site's zone."""
    if when is None:
        return float("inf")
    if isinstance(when, datetime):
        return milliseconds(when)
    after = when + timedelta(days=1)
    return milliseconds(datetime(after.year, after.month, after.day, tzinfo=zone))


def _faults(name: str, creative: CreativeConfig, own: set[str]) -> Iterator[str]:
    where = f"ads.creatives.{name}"
    sources = [image.src for image in creative.images] + _SOURCE.findall(creative.html)
    for source in sources:
        host = urlsplit(source).hostname
        if source.startswith("//") or (host and host not in own):
            yield f"{where}: {source} is on a host that is not the site's; name it in own_hosts if it is yours"
    if found := _ACTIVE.search(creative.html):
        yield f'{where}: {found[0].strip()!r} cannot be in a house advertisement; provider = "tag" is for those'


def _fits(running: _Running, place: Place) -> bool:
    creative = running.config
    if creative.pages and place.page not in creative.pages:
        return False
    if creative.sections and place.section not in creative.sections:
        return False
    if creative.positions and place.key not in creative.positions:
        return False
    return all(_room(creative, screen) for screen in _screens(place.slot).values())


def _screens(slot: SlotConfig) -> Mapping[str, ScreenConfig]:
    """Return the widths at which a slot is shown, the widest first."""
    named = ((name, getattr(slot, name)) for name, _ in _WIDTHS)
    return {name: screen for name, screen in named if screen and screen.sizes}


def _room(creative: CreativeConfig, screen: ScreenConfig) -> CreativeImage | bool:
    """Return the largest picture that fits, or whether the HTML does; false when nothing does."""
    width = max(width for width, _ in screen.pairs)
    height = screen.reserved_px - (POLITICAL_PX if creative.political else 0)
    if creative.html:
        return creative.width <= width and creative.height <= height
    fitting = [image for image in creative.images if image.width <= width and image.height <= height]
    return max(fitting, key=lambda image: image.width * image.height, default=False)


def _view(running: _Running, place: Place) -> CreativeView:
    creative = running.config
    click = attribute(paths.ad_click(running.name, place.position))
    return CreativeView(
        click=click,
        alt=creative.alt,
        pictures=[*_pictures(creative, place.slot)],
        html=Markup(lifeless(creative.html.replace(CLICK, click))) if creative.html else EMPTY,
        width=creative.width,
        height=creative.height,
        lazy=bool(place.slot.lazy),
        political=_political(running) if creative.political else None,
    )


def _pictures(creative: CreativeConfig, slot: SlotConfig) -> Iterator[SourceView]:
    media = dict(_WIDTHS)
    for name, screen in _screens(slot).items():
        image = _room(creative, screen)
        if isinstance(image, CreativeImage):
            yield SourceView(media=media[name], src=address(image.src), width=image.width, height=image.height)


def _political(running: _Running) -> PoliticalView:
    said = running.config.transparency
    assert said is not None  # the configuration refuses a political one without
    return PoliticalView(
        sponsor=said.sponsor,
        controlled_by=said.controlled_by,
        process=said.process,
        targeting="" if said.targeting.lower() == "none" else said.targeting,
        notice=attribute(paths.ad_notice(running.name)),
    )
