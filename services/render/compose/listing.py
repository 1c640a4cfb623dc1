"""Teasers → views of the front page, of list and month pages, and of fragments. Pure."""

from collections.abc import Mapping, Sequence
from itertools import groupby, islice

from services.render.compose.chrome import Chrome, at_minute, link, on_day
from services.render.compose.dates import direction_of
from services.render.compose.markup import EMPTY, attribute
from services.render.compose.page import LONG_HEADLINE, event_view, foreign_language, label_of
from services.render.compose.pictures import picture_view
from services.render.compose.views import FrontView, LinkView, ListView, SectionView, TeaserView, YearView
from services.render.themes import ThemeSettings
from shared.contracts import lists, paths
from shared.contracts.base import ArticleId
from shared.contracts.lists import ListName
from shared.contracts.teaser import Teaser


def teaser_view(chrome: Chrome, teaser: Teaser, *, eager: bool = False, to_the_minute: bool = False) -> TeaserView:
    """Return the view of one article in a list; its picture waits until it is near the screen, unless `eager`."""
    written = at_minute if to_the_minute else on_day
    return TeaserView(
        id=teaser.id,
        url=attribute(teaser.path),
        language=foreign_language(chrome, teaser.language),
        direction=direction_of(teaser.language),
        label=label_of(chrome, teaser.kind, teaser.language),
        kicker=teaser.kicker,
        headline=teaser.headline,
        is_long=len(teaser.headline) > LONG_HEADLINE,
        standfirst=teaser.standfirst,
        section=chrome.section(teaser.section)["title"],
        credit=teaser.credit,
        published=written(chrome.dates, teaser.published_at),
        picture=picture_view(teaser.image, eager=eager, service=chrome.images) if teaser.image else None,
        event=event_view(chrome.dates, teaser.event) if teaser.event else None,
        correction=teaser.correction,
    )


def teaser_views(chrome: Chrome, teasers: Sequence[Teaser], *, first_eager: bool = False) -> list[TeaserView]:
    """Return the views of a list, in its order."""
    return [teaser_view(chrome, teaser, eager=first_eager and not index) for index, teaser in enumerate(teasers)]


def arranged(pinned: Sequence[tuple[int, Teaser]], automatic: Sequence[Teaser], *, length: int) -> list[Teaser]:
    """Return `length` articles: each pinned one at its position, the others around them in their order, none twice.

    Args:
        pinned: positions from 1, in their order; one that is taken, or behind the end, moves to the nearest free one.
        automatic: what would stand there without pins.
        length: so many at most; pins go first.
    """
    shown = {teaser.id for _, teaser in pinned}
    others = iter([teaser for teaser in automatic if teaser.id not in shown])
    found: list[Teaser] = []
    for index, (position, teaser) in enumerate(pinned[:length]):
        behind = len(pinned[:length]) - index  # this one and those after it still need their places
        found += islice(others, max(0, min(position - 1, length - behind) - len(found)))
        found.append(teaser)
    return [*found, *islice(others, length - len(found))]


def front_view(
    chrome: Chrome,
    *,
    recent: Sequence[Teaser],
    sections: Mapping[str, Sequence[Teaser]],
    settings: ThemeSettings,
) -> FrontView:
    """Return the front page: the first article leads, the next ones stand beside it, the rest by section."""
    top = recent[: settings.front_top]
    views = teaser_views(chrome, top, first_eager=True)
    below = _section_views(chrome, sections, {teaser.id for teaser in top}, settings.front_section)
    return FrontView(
        lead=views[0] if views else None,
        top=views[1:],
        sections=below,
        archive=_newest_month(chrome, recent),
        shown=[view["id"] for view in (*views, *(view for section in below for view in section["teasers"]))],
    )


def groups_of(front: FrontView) -> list[int]:
    """Return how many teasers stand together on the front page: at the top, and in each section."""
    top = len(front["top"]) + (front["lead"] is not None)
    return [top, *(len(section["teasers"]) for section in front["sections"])]


def _section_views(
    chrome: Chrome, sections: Mapping[str, Sequence[Teaser]], shown: set[ArticleId], limit: int
) -> list[SectionView]:
    """Return the sections in the order of the navigation; one that has nothing left to show is not there."""
    views = []
    for slug, where in chrome.sections.items():
        fresh = [teaser for teaser in sections.get(slug, ()) if teaser.id not in shown][:limit]
        if fresh:
            shown.update(teaser.id for teaser in fresh)
            views.append(SectionView(title=where["title"], url=where["url"], teasers=teaser_views(chrome, fresh)))
    return views


def _newest_month(chrome: Chrome, recent: Sequence[Teaser]) -> LinkView | None:
    if not recent:
        return None
    month = chrome.dates.month_of(max(teaser.published_at for teaser in recent))  # the first may be pinned, and old
    return link(chrome.dates.month(month), paths.month_path(lists.RECENT, month))


def list_view(chrome: Chrome, name: ListName, *, title: str) -> ListView:
    """Return what stands above a list; `title` is asked for only where the list has no fixed name."""
    kind, _ = lists.kind_and_slug(name)
    texts = chrome.texts
    return ListView(
        kind=kind,
        over=texts[f"over_{kind}"] if kind in {"tag", "author"} else "",
        over_url=EMPTY,
        url=attribute(paths.page_path(name)),
        title=title_of(chrome, name, title=title),
        intro=texts[f"intro_{kind}"] if kind in {"corrections", "events"} else "",
        calendar=attribute(paths.CALENDAR) if name == lists.EVENTS else EMPTY,
    )


def month_view(chrome: Chrome, name: ListName, *, title: str, month: str) -> ListView:
    """Return what stands above the page of one month of a list."""
    return ListView(
        kind="month",
        over=chrome.texts["archive"] if name == lists.RECENT else title_of(chrome, name, title=title),
        over_url=attribute(paths.page_path(name)),
        url=attribute(paths.page_path(name)),
        title=chrome.dates.month(month),
        intro="",
        calendar=EMPTY,
    )


def title_of(chrome: Chrome, name: ListName, *, title: str) -> str:
    """Return what a list is called: `title`, or the theme's word for the lists that every site has."""
    kind, slug = lists.kind_and_slug(name)
    return title or chrome.texts.get(f"list_{kind}", slug)


def years_view(chrome: Chrome, name: ListName, months: Sequence[str], *, current: str = "") -> list[YearView]:
    """Return the archive of a list: its months by year, in the order given; the `current` one is no link."""
    return [
        YearView(year=year, months=[_month_link(chrome, name, month, current) for month in group])
        for year, group in groupby(months, key=lambda month: month[:4])
    ]


def _month_link(chrome: Chrome, name: ListName, month: str, current: str) -> LinkView:
    url = EMPTY if month == current else attribute(paths.month_path(name, month))
    return LinkView(title=chrome.dates.month_name(month), url=url)


def neighbours_of(
    chrome: Chrome, name: ListName, months: Sequence[str], month: str
) -> tuple[LinkView | None, LinkView | None]:
    """Return the months with articles before and after `month`; `months` is newest first."""
    newer = [each for each in months if each > month]
    older = [each for each in months if each < month]
    return (
        _month_step(chrome, name, max(older)) if older else None,
        _month_step(chrome, name, min(newer)) if newer else None,
    )


def _month_step(chrome: Chrome, name: ListName, month: str) -> LinkView:
    return link(chrome.dates.month(month), paths.month_path(name, month))
