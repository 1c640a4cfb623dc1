"""Document → ArticleView: everything that the page of one article says. Pure."""

from urllib.parse import quote

from services.render.compose import live
from services.render.compose.ads import PageAds, explain
from services.render.compose.body import parts_of
from services.render.compose.chrome import Chrome, at_minute, list_link, on_day
from services.render.compose.dates import Dates, direction_of
from services.render.compose.markup import EMPTY, Markup, attribute
from services.render.compose.pictures import picture_view
from services.render.compose.views import (
    ArticleView,
    ChangeView,
    CorrectionView,
    DateView,
    EventView,
    LinkView,
    RevisionView,
)
from shared.contracts import lists, paths
from shared.contracts.ads import labels
from shared.contracts.article import Article, EventDetails
from shared.contracts.base import UrlPath
from shared.contracts.revision import Revision

LONG_HEADLINE = 90  # characters; from here on it is set smaller, or it would fill a phone's screen


def article_view(
    chrome: Chrome,
    article: Article,
    *,
    path: UrlPath,
    revision: Revision,
    ads: PageAds | None = None,
    why: bool = False,
) -> ArticleView:
    """Return the view of an article that is published at `path`.

    Args:
        ads: its slots, when they are placed already.
        why: every gap of the text then says why there is an advertisement or none.
    """
    ads = ads or chrome.ads.of_article(article)
    blocks = explain.with_gaps(ads) if why else ads.blocks
    picture = picture_view(article.image, eager=True, service=chrome.images) if article.image else None
    url = chrome.url(path)
    said, where = quote(article.headline, safe=""), quote(url, safe="")
    return ArticleView(
        id=article.id,
        kind=article.kind,
        language=foreign_language(chrome, article.language),
        direction=direction_of(article.language),
        label=label_of(chrome, article.kind, article.language),
        kicker=article.kicker,
        headline=article.headline,
        is_long=len(article.headline) > LONG_HEADLINE,
        standfirst=article.standfirst,
        authors=_authors(article),
        location=article.location,
        credit=article.credit,
        published=at_minute(chrome.dates, article.published_at),
        updated=_updated(chrome.dates, article),
        corrected=on_day(chrome.dates, article.corrections[-1].at) if article.corrections else None,
        picture=picture,
        event=event_view(chrome.dates, article.event) if article.event else None,
        parts=parts_of(
            blocks,
            is_sponsored=article.kind == "sponsored",
            has_picture=picture is not None,
            images=chrome.images,
            anchors=live.anchors_of(article),
            anchored_level=live.level_of(article.body) if article.kind == "live" else 0,
        ),
        members_only=article.members_only,
        corrections=_corrections(chrome.dates, article),
        history=_history(chrome, article),
        tags=[list_link(tag.name, lists.tag(tag.slug)) for tag in article.tags],
        section=chrome.section(article.section),
        url=attribute(url),
        mailto=Markup(f"mailto:?subject={said}&amp;body={where}"),
        shares=shares_of(said, where),
        related=related_to(article),
        revision=RevisionView(number=revision.number, tie=revision.tie),
    )


def related_to(article: Article) -> str:
    """Return the fragment with more like this: of the article's first tag, else of its section."""
    return paths.related_fragment(lists.tag(article.tags[0].slug) if article.tags else lists.section(article.section))


def label_of(chrome: Chrome, kind: str, language: str) -> str:
    """Return what must be said before the headline: that somebody paid for it, or that it is still going on."""
    if kind == "sponsored":
        return labels.label_of(language, chrome.site.language)[0]
    return chrome.texts["live"] if kind == "live" else ""


def foreign_language(chrome: Chrome, language: str) -> str:
    """Return the language when it is not the site's own, else nothing."""
    return "" if language == chrome.site.language else language


def event_view(dates: Dates, event: EventDetails) -> EventView:
    """Return when and where something happens."""
    day, month = dates.leaf(event.starts_at)
    return EventView(
        day=day,
        month=month,
        when=dates.span(event.starts_at, event.ends_at),
        machine=dates.machine(event.starts_at),
        place=event.place,
    )


def shares_of(said: str, where: str) -> list[LinkView]:
    """Return where a reader may tell others: plain links, which ask nobody for anything before they are followed.

    Args:
        said, where: headline and address, percent-encoded.
    """
    return [
        LinkView(title="WhatsApp", url=Markup(f"https://wa.me/?text={said}%20{where}")),
        LinkView(title="Bluesky", url=Markup(f"https://bsky.app/intent/compose?text={said}%20{where}")),
        LinkView(title="Facebook", url=Markup(f"https://www.facebook.com/sharer/sharer.php?u={where}")),
    ]


def _authors(article: Article) -> list[LinkView]:
    """Return the authors; those of sponsored articles have no page among the newsroom's."""
    if article.kind == "sponsored":
        return [LinkView(title=author.name, url=EMPTY) for author in article.authors]
    return [list_link(author.name, lists.author(author.slug)) for author in article.authors]


def _updated(dates: Dates, article: Article) -> DateView | None:
    """Return the last change, when a reader can tell it from the publication."""
    if article.updated_at <= article.published_at:
        return None
    view = at_minute(dates, article.updated_at)
    return None if view["text"] == dates.minute(article.published_at) else view


def _history(chrome: Chrome, article: Article) -> list[ChangeView]:
    """Return what happened to the article as readers may know it, newest first; empty when nothing did since.

    A correction is an update too: what shows the same minute stands there once.
    """
    dates = chrome.dates
    steps = [(article.published_at, "published"), *((each.at, "corrected") for each in article.corrections)]
    shown = {dates.minute(when) for when, _ in steps}
    if article.updated_at > article.published_at and dates.minute(article.updated_at) not in shown:
        steps.append((article.updated_at, "updated"))
    if len(steps) == 1:
        return []
    steps.sort(key=lambda step: step[0], reverse=True)
    return [ChangeView(what=chrome.texts[what], at=at_minute(dates, when)) for when, what in steps]


def _corrections(dates: Dates, article: Article) -> list[CorrectionView]:
    return [CorrectionView(text=each.text, at=at_minute(dates, each.at)) for each in reversed(article.corrections)]
