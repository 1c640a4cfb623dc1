"""Theme: documents and teasers → the bytes of pages and fragments.

A theme is loaded and tried out once, at start (rehearsal.py); from then on every method is a pure function.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from minijinja import Environment, TemplateError

from services.render.compose import listing, seo
from services.render.compose.ads import NO_ADS, Gap, PageAds, Place, Slot, explain
from services.render.compose.chrome import Chrome, at_minute, on_day
from services.render.compose.contexts import WORDS
from services.render.compose.counting import NOT_COUNTED, Counted
from services.render.compose.markup import Markup, address, attribute, inert
from services.render.compose.page import article_view
from services.render.compose.rehearsal import rehearse
from services.render.compose.views import FrontView, HeadView, PreviewView, Texts
from services.render.themes import FALLBACK_LANGUAGE, ThemeFiles, read_theme
from shared.contracts import lists, paths
from shared.contracts.ads import CreativeConfig
from shared.contracts.base import UrlPath
from shared.contracts.document import Document
from shared.contracts.lists import ListName
from shared.contracts.teaser import Teaser
from shared.runtime.errors import ConfigurationFault, Rejected

__all__ = ["Chrome", "Theme", "ThemeBroken"]

FragmentKind = Literal["recent", "events", "mixed", "nav", "related", "breaking"]

PLAIN: Final = "ads=plain"  # in the query of a preview: the page without the reasons for advertisements
HASH_LENGTH: Final = 8  # hex digits of a static file's name; 4 thousand million contents
NOTHING: Final = b"\n"  # an empty fragment; nginx dislikes subrequests of no bytes at all

# One line of the engine's report for each template on the way to the fault, the innermost last.
_PLACE = re.compile(r"^(?:caused by: )?(?P<wrong>.+) \(in (?P<name>[^()]+):(?P<line>\d+)\)$", re.MULTILINE)
_CSS_URL = re.compile(rb"url\(\s*[\"']?([A-Za-z0-9._/-]+)[\"']?\s*\)")


class ThemeBroken(Rejected):
    """A template cannot show this article."""

    reason = "theme_broken"


class Theme:
    """How the pages of a site look.

    Args:
        static_files: path ("/_static/site.3f2a9c41.css") → content.
    """

    static_files: Mapping[str, bytes]

    def __init__(self, files: ThemeFiles) -> None:
        """Make a theme of files that were read; raises ConfigurationFault naming file and line."""
        self.name = files.name
        self.digest = files.digest
        self.settings = files.settings
        self._files = files
        addresses, self.static_files = _hashed(files.static)
        self._templates = _environment(files, addresses)
        self._texts = lru_cache(maxsize=64)(self._texts_in)

    @classmethod
    def load(cls, name: str, *, override: Path | None = None) -> "Theme":
        """Return a theme with the site's own files over it, after every page of it was rendered once.

        Raises ConfigurationFault naming file and line.
        """
        return cls.of(read_theme(name, override=override))

    @classmethod
    def of(cls, files: ThemeFiles) -> "Theme":
        """Return the theme of these files, after every page of it was rendered once; raises ConfigurationFault."""
        theme = cls(files)
        missing = sorted(WORDS - theme.texts(FALLBACK_LANGUAGE).keys())
        if missing:
            raise ConfigurationFault(f"The theme {files.name!r} lacks words in locales/en.toml: {', '.join(missing)}.")
        try:
            rehearse(theme)
        except ThemeBroken as cause:
            raise ConfigurationFault(str(cause)) from cause
        return theme

    @property
    def files(self) -> ThemeFiles:
        """What it was made of."""
        return self._files

    def texts(self, language: str) -> Texts:
        """Return the theme's words in `language`; what it lacks is English."""
        return self._texts(language)

    def part(self, template: str, context: Mapping[str, object]) -> Markup:
        """Render a piece of a page that does not change from page to page."""
        return Markup(self._render(template, context))

    def slot(self, slot: Slot) -> Markup:
        """Draw a place for an advertisement; what it shows does not depend on the page."""
        return self.part("parts/slot.html", {"slot": slot})

    def article_page(
        self, chrome: Chrome, document: Document, *, ads: PageAds | None = None, why: bool = False
    ) -> bytes:
        """Return the page of a public article.

        Args:
            chrome: of its site.
            document: what the store holds.
            ads: its slots, when they are placed already.
            why: for ad managers: at every place why there is an advertisement or none.

        Raises ThemeBroken when a template cannot show it, ValueError when there is no article to show.
        """
        article, path = document.article, document.path
        if article is None or path is None:
            raise ValueError(f"{document.id} has no article or no path; it is {document.state}")
        head = seo.article_head(chrome, article, path=path, revision=document.revision)
        ads = ads or chrome.ads.of_article(article)
        view = article_view(chrome, article, path=path, revision=document.revision, ads=ads, why=why)
        reasons = explain.around(ads) if why else ()
        counted = chrome.counting.of_article(article)
        return self._page("article.html", chrome, head, ads=ads, why=reasons, counted=counted, article=view)

    def preview_page(self, chrome: Chrome, draft: Document, *, token: str, why: bool) -> bytes:
        """Return the page that a draft would have, saying that it is one; never to be indexed or kept.

        Args:
            draft: `expires_at` says when the look ends.
            token: what its link has.
            why: with the reasons for advertisements.

        Raises ThemeBroken when a template cannot show it, ValueError when there is no article to show.
        """
        article, path = draft.article, draft.path
        if article is None or path is None or draft.expires_at is None:
            raise ValueError(f"{draft.id} is no draft to look at")
        here = paths.preview_path(token)
        banner = PreviewView(
            ends=at_minute(chrome.dates, draft.expires_at),
            address=attribute(chrome.url(path)),
            other=attribute(here if not why else f"{here}?{PLAIN}"),
            with_reasons=why,
        )
        head = seo.article_head(chrome, article, path=path, revision=draft.revision)
        head["robots"] = seo.NOINDEX
        ads = chrome.ads.of_article(article)
        view = article_view(chrome, article, path=path, revision=draft.revision, ads=ads, why=why)
        reasons = explain.around(ads) if why else ()
        return self._page("article.html", chrome, head, ads=ads, why=reasons, article=view, preview=banner)

    def preview_over(self, chrome: Chrome) -> bytes:
        """Return the page for a link to a draft that is old or was never good."""
        head = seo.page_head(chrome, title=chrome.texts["preview_over"], path=None, robots=seo.NOINDEX)
        return self._page("preview_over.html", chrome, head)

    def front_page(
        self,
        chrome: Chrome,
        *,
        recent: Sequence[Teaser],
        sections: Mapping[str, Sequence[Teaser]],
        why: bool = False,
    ) -> bytes:
        """Return the front page; `recent` newest first, `sections` by slug, each newest first."""
        head = seo.list_head(chrome, lists.RECENT, title=chrome.site.name, path=UrlPath("/"))
        front = self._front(chrome, recent, sections)
        ads = chrome.ads.of_front(listing.groups_of(front))
        counted = chrome.counting.of_list("front")
        return self._page(
            "front.html", chrome, head, ads=ads, why=_why(ads) if why else (), counted=counted, front=front
        )

    def front_ads(
        self, chrome: Chrome, *, recent: Sequence[Teaser], sections: Mapping[str, Sequence[Teaser]]
    ) -> PageAds:
        """Return where advertisements stand on the front page."""
        return chrome.ads.of_front(listing.groups_of(self._front(chrome, recent, sections)))

    def _front(self, chrome: Chrome, recent: Sequence[Teaser], sections: Mapping[str, Sequence[Teaser]]) -> FrontView:
        return listing.front_view(chrome, recent=recent, sections=sections, settings=self.settings)

    def list_page(
        self,
        chrome: Chrome,
        name: ListName,
        *,
        title: str,
        teasers: Sequence[Teaser],
        months: Sequence[str],
        why: bool = False,
    ) -> bytes:
        """Return the page of a list: its newest articles, and the months ("2026-11", newest first) of all."""
        view = listing.list_view(chrome, name, title=title)
        path = paths.page_path(name)
        head = seo.list_head(chrome, name, title=view["title"], path=path, description=view["intro"])
        ads = chrome.ads.of_list(name, len(teasers))
        return self._page(
            "list.html",
            chrome,
            head,
            ads=ads,
            why=_why(ads) if why else (),
            counted=_counted(chrome, name),
            list=view,
            teasers=listing.teaser_views(chrome, teasers, first_eager=True),
            years=listing.years_view(chrome, name, months),
            older=None,
            newer=None,
        )

    def month_page(
        self,
        chrome: Chrome,
        name: ListName,
        *,
        title: str,
        month: str,
        teasers: Sequence[Teaser],
        months: Sequence[str],
        why: bool = False,
    ) -> bytes:
        """Return the page of a list's articles of one month ("2026-11")."""
        view = listing.month_view(chrome, name, title=title, month=month)
        older, newer = listing.neighbours_of(chrome, name, months, month)
        head = seo.list_head(chrome, name, title=f"{view['over']}, {view['title']}", path=paths.month_path(name, month))
        ads = chrome.ads.of_list(name, len(teasers))
        return self._page(
            "list.html",
            chrome,
            head,
            ads=ads,
            why=_why(ads) if why else (),
            counted=_counted(chrome, name),
            list=view,
            teasers=listing.teaser_views(chrome, teasers, first_eager=True),
            years=listing.years_view(chrome, name, months, current=month),
            older=older,
            newer=newer,
        )

    def static_page(self, chrome: Chrome, *, slug: str, title: str, html: str) -> bytes:
        """Return a page from the site's folder; `html` is what its Markdown says."""
        head = seo.page_head(chrome, title=title, path=UrlPath(f"/{slug}/"))
        return self._page("static.html", chrome, head, title=title, html=inert(html))

    def fragment(
        self,
        chrome: Chrome,
        kind: FragmentKind,
        *,
        teasers: Sequence[Teaser] = (),
        name: ListName | None = None,
        title: str = "",
    ) -> bytes:
        """Return a box that pages include; `name` and `title` are those of `related`. Without teasers it is nothing."""
        if kind == "nav":
            return self._render("fragments/nav.html", chrome.context()).encode()
        if not teasers:
            return NOTHING
        name = name or ListName(kind)
        context = {
            "t": chrome.texts,
            "title": listing.title_of(chrome, name, title=title),
            "of": lists.kind_and_slug(name)[0],
            "url": attribute(paths.page_path(name)),
            "teasers": [
                listing.teaser_view(chrome, teaser, to_the_minute=kind in {"recent", "breaking"}) for teaser in teasers
            ],
        }
        return self._render(f"fragments/{kind}.html", context).encode()

    def house_ad(self, chrome: Chrome, place: Place, *, bucket: int, now_ms: int) -> bytes:
        """Return the house advertisement at a place for the pages of a bucket; without one it is nothing."""
        shown = chrome.house.shown(place, bucket=bucket, now_ms=now_ms)
        if shown is None:
            return NOTHING
        return self._render("fragments/ad.html", {"t": chrome.texts, "ad": shown}).encode()

    def ad_notice(self, chrome: Chrome, name: str, creative: CreativeConfig) -> bytes:
        """Return the transparency notice of a political advertisement (Regulation (EU) 2024/900, Article 12)."""
        said = creative.transparency
        assert said is not None  # the configuration refuses a political one without
        title = chrome.texts["political_notice"]
        head = seo.page_head(chrome, title=title, path=paths.ad_notice(name), robots=seo.NOINDEX)
        rows = [
            (chrome.texts[f"notice_{key}"], value)
            for key, value in said.model_dump(exclude={"process_url"}, exclude_none=True).items()
            if value
        ]
        period = [chrome.dates.of_date(day) for day in (creative.starts_at, creative.ends_at) if day]
        return self._page(
            "ad_notice.html",
            chrome,
            head,
            rows=rows,
            period=" – ".join(period),
            process_url=address(said.process_url or ""),
        )

    def not_found(self, chrome: Chrome, *, recent: Sequence[Teaser]) -> bytes:
        """Return the page for addresses where nothing is: the recent articles and the sections."""
        head = seo.page_head(chrome, title=chrome.texts["not_found"], path=None, robots=seo.NOINDEX)
        return self._page(
            "not_found.html",
            chrome,
            head,
            sections=[*chrome.sections.values()],
            teasers=listing.teaser_views(chrome, recent),
        )

    def gone(self, chrome: Chrome, *, note: str, withdrawn_at: datetime | None) -> bytes:
        """Return the page that stays of a withdrawn article: the editor's note and the day, nothing else of it."""
        head = seo.page_head(chrome, title=chrome.texts["gone"], path=None, robots=seo.NOINDEX)
        withdrawn = on_day(chrome.dates, withdrawn_at) if withdrawn_at else None
        return self._page("gone.html", chrome, head, note=note, withdrawn=withdrawn)

    def moved(self, chrome: Chrome, *, to: UrlPath) -> bytes:
        """Return the page at an old address: it sends readers on without a server's help."""
        head = seo.page_head(chrome, title=chrome.texts["moved"], path=to)
        return self._page("moved.html", chrome, head, to=address(to), url=attribute(chrome.url(to)))

    def unavailable(self, chrome: Chrome) -> bytes:
        """Return the page for when nothing else can be shown; it needs no other file but the style sheet."""
        head = seo.page_head(chrome, title=chrome.texts["unavailable"], path=None, robots=seo.NOINDEX)
        return self._page("unavailable.html", chrome, head)

    def _page(
        self,
        template: str,
        chrome: Chrome,
        head: HeadView,
        *,
        ads: PageAds = NO_ADS,
        why: Sequence[Gap] = (),
        counted: Counted = NOT_COUNTED,
        **views: object,
    ) -> bytes:
        if why:  # for who works here
            head["robots"], counted = seo.NOINDEX, NOT_COUNTED
        context = {"chrome": chrome, "t": chrome.texts, "head": head, "slots": ads.slots, "why": why}
        context["ads_json"], context["preview"] = ads.data_json, None
        context["count_pixels"], context["count_json"] = counted.pixels, counted.data_json
        return self._render(template, context | views).encode()

    def _render(self, template: str, context: Mapping[str, object]) -> str:
        try:
            return self._templates.render_template(template, **context)
        except TemplateError as cause:
            raise ThemeBroken(_where(self._files, template, cause)) from cause

    def _texts_in(self, language: str) -> Texts:
        base = language.partition("-")[0]
        return {
            key: text
            for each in (FALLBACK_LANGUAGE, base, language)
            for key, text in self._files.locales.get(each, {}).items()
        }


def _counted(chrome: Chrome, name: ListName) -> Counted:
    kind, slug = lists.kind_and_slug(name)
    return chrome.counting.of_list("list", slug if kind == "section" else "")


def _why(ads: PageAds) -> Sequence[Gap]:
    return [*explain.around(ads), *explain.in_list(ads)]


def _hashed(static: Mapping[str, bytes]) -> tuple[dict[str, Markup], dict[str, bytes]]:
    """Return name → address and address → content, with the content's hash in the address.

    Style sheets come last: their `url(…)` is led to the hashed names of the other files.
    """
    addresses: dict[str, Markup] = {}
    contents: dict[str, bytes] = {}
    for name in sorted(static, key=lambda name: (name.endswith(".css"), name)):
        content = _linked(static[name], addresses) if name.endswith(".css") else static[name]
        file = PurePosixPath(name)
        digest = hashlib.sha256(content).hexdigest()[:HASH_LENGTH]
        addresses[name] = Markup(f"/_static/{file.with_name(f'{file.stem}.{digest}{file.suffix}')}")
        contents[addresses[name]] = content
    return addresses, contents


def _linked(css: bytes, addresses: Mapping[str, str]) -> bytes:
    def led(match: re.Match[bytes]) -> bytes:
        found = addresses.get(match[1].decode())
        return b"url(%s)" % found.encode() if found else match[0]

    return _CSS_URL.sub(led, css)


def _environment(files: ThemeFiles, addresses: Mapping[str, Markup]) -> Environment:
    environment = Environment(
        undefined_behavior="strict",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_escape_callback=lambda _: "html",
    )
    environment.add_global("static", dict(addresses))
    environment.add_global("stylesheets", [url for name, url in addresses.items() if name.endswith(".css")])
    environment.add_global("settings", files.settings.model_dump())
    for name, source in files.templates.items():
        try:
            environment.add_template(name, source)
        except TemplateError as cause:
            raise ConfigurationFault(_where(files, name, cause)) from cause
    return environment


def _where(files: ThemeFiles, template: str, cause: TemplateError) -> str:
    """Return what is wrong in which line of which file: of several templates that include each other, the innermost."""
    name, line, wrong = cause.name or template, cause.line or 1, cause.detail or cause.message
    for place in _PLACE.finditer(str(cause)):
        name, line, wrong = place["name"], int(place["line"]), place["wrong"]
    if name not in files.sources:
        return f"The theme {files.name!r} has no template {template!r}: {cause.message}."
    return f"{files.sources[name]}, line {line}: {wrong}."
