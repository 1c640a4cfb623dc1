"""What search engines and social networks read: JSON-LD, Open Graph, canonical address, robots. Pure.

Sources: schema.org; Google Search Central, "Article structured data"; ogp.me. Dates are those that readers see.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from services.render.compose import live
from services.render.compose.chrome import Chrome, feeds_of
from services.render.compose.markup import Markup, address, attribute, json_script, plain
from services.render.compose.page import label_of
from services.render.compose.views import HeadView, LinkView
from shared.contracts import lists, paths
from shared.contracts.article import Article, EventDetails
from shared.contracts.base import UrlPath
from shared.contracts.blocks import Block, Paragraph
from shared.contracts.lists import ListName
from shared.contracts.media import Image
from shared.contracts.revision import Revision

INDEX: Final = "max-image-preview:large"  # what Discover asks for
NOINDEX: Final = "noindex"
DESCRIPTION_LENGTH: Final = 200  # characters; search engines cut at about 160, social networks at 200

Data = dict[str, object]


def article_head(chrome: Chrome, article: Article, *, path: UrlPath, revision: Revision) -> HeadView:
    """Return the head of an article's page."""
    url = chrome.url(path)
    label = label_of(chrome, "sponsored", article.language) if article.kind == "sponsored" else ""
    title = f"{label}: {article.headline}" if label else article.headline
    description = article.standfirst or _opening(article.body)
    data = _graph(
        _article_data(chrome, article, url, description, revision),
        *([_event_data(chrome, article, article.event, url, description)] if article.event else []),
        _breadcrumb(chrome, (chrome.section(article.section), LinkView(title=article.headline, url=Markup(path)))),
    )
    return HeadView(
        title=f"{title} – {chrome.site.name}",
        description=description,
        canonical=address(article.canonical_url) or attribute(url),
        robots=f"{NOINDEX}, {INDEX}" if article.noindex else INDEX,
        feeds=feeds_of(lists.RECENT),
        properties=_article_properties(chrome, article, title, description, url),
        data_json=data,
    )


def list_head(chrome: Chrome, name: ListName, *, title: str, path: UrlPath, description: str = "") -> HeadView:
    """Return the head of a list's page; the front page is called like the site."""
    url = chrome.url(path)
    is_front = path == "/"
    description = description or chrome.site.description or title
    return HeadView(
        title=chrome.site.name if is_front else f"{title} – {chrome.site.name}",
        description=description,
        canonical=attribute(url),
        robots=INDEX,
        feeds=feeds_of(name),
        properties=_properties(chrome, "website", title, description, url),
        data_json=_graph(_site_data(chrome))
        if is_front
        else _graph(_breadcrumb(chrome, (LinkView(title=title, url=Markup(path)),))),
    )


def page_head(chrome: Chrome, *, title: str, path: UrlPath | None, robots: str = INDEX) -> HeadView:
    """Return the head of a page that is no article and no list; without `path` it has no address of its own."""
    return HeadView(
        title=f"{title} – {chrome.site.name}",
        description="",
        canonical=attribute(chrome.url(path)) if path else Markup(""),
        robots=robots,
        feeds=(),
        properties=(),
        data_json=Markup(""),
    )


def publisher(chrome: Chrome) -> Data:
    """Return who publishes this."""
    return {"@type": "NewsMediaOrganization", "name": chrome.site.name, "url": chrome.base_url + "/"}


def _article_data(chrome: Chrome, article: Article, url: str, description: str, revision: Revision) -> Data:
    dates = chrome.dates
    kinds = {"sponsored": "AdvertiserContentArticle", "live": "LiveBlogPosting"}
    data: Data = {
        "@type": kinds.get(article.kind, "NewsArticle"),
        "headline": article.headline,
        "mainEntityOfPage": url,
        "url": url,
        "identifier": article.id,
        "version": revision.number,
        "datePublished": dates.machine(article.published_at),
        "dateModified": dates.machine(max(article.updated_at, article.published_at)),
        "inLanguage": article.language,
        "articleSection": chrome.section(article.section)["title"],
        "author": _author_data(chrome, article),
        "publisher": publisher(chrome),
        "isAccessibleForFree": not article.members_only,
    }
    if article.kind == "live":
        data |= _live_data(chrome, article, url)
    if description:
        data["description"] = description
    if article.image:
        data["image"] = _image_data(chrome, article.image)
    if article.tags:
        data["keywords"] = [tag.name for tag in article.tags]
    if article.credit:
        data["sourceOrganization"] = {"@type": "Organization", "name": article.credit}
    if article.location:
        data["contentLocation"] = {"@type": "Place", "name": article.location}
    if article.corrections:
        data["correction"] = [
            {"@type": "CorrectionComment", "text": each.text, "datePublished": dates.machine(each.at)}
            for each in reversed(article.corrections)
        ]
    return data


def _live_data(chrome: Chrome, article: Article, url: str) -> Data:
    """Return the updates of a live article (schema.org/LiveBlogPosting); those that say no time have no date."""
    dates, posts = chrome.dates, list[Data]()
    for update in live.updates_of(article, chrome.site.zone):
        post: Data = {"@type": "BlogPosting", "headline": update.title, "url": f"{url}#{update.anchor}"}
        if update.at:
            post["datePublished"] = dates.machine(update.at)
        if text := live.text_of(update):
            post["articleBody"] = text
        posts.append(post)
    return {"coverageStartTime": dates.machine(article.published_at), "liveBlogUpdate": posts}


def _author_data(chrome: Chrome, article: Article) -> Data | list[Data]:
    if article.kind == "sponsored":
        return {"@type": "Organization", "name": article.credit or ", ".join(each.name for each in article.authors)}
    if article.authors:
        return [
            {"@type": "Person", "name": author.name, "url": chrome.url(paths.page_path(lists.author(author.slug)))}
            for author in article.authors
        ]
    return {"@type": "Organization", "name": article.credit or chrome.site.name}


def _image_data(chrome: Chrome, image: Image) -> Data:
    data: Data = {"@type": "ImageObject", "url": chrome.url(image.url)}
    optional = (
        ("width", image.width),
        ("height", image.height),
        ("caption", image.caption),
        ("creditText", image.credit),
    )
    return data | {key: value for key, value in optional if value}


def _event_data(chrome: Chrome, article: Article, event: EventDetails, url: str, description: str) -> Data:
    data: Data = {
        "@type": "Event",
        "name": article.headline,
        "startDate": chrome.dates.machine(event.starts_at),
        "eventStatus": "https://schema.org/EventScheduled",
        "location": {"@type": "Place", "name": event.place or article.location or chrome.site.name},
        "url": url,
    }
    if event.ends_at:
        data["endDate"] = chrome.dates.machine(event.ends_at)
    if description:
        data["description"] = description
    if article.image:
        data["image"] = chrome.url(article.image.url)
    return data


def _site_data(chrome: Chrome) -> Data:
    return {
        "@type": "WebSite",
        "name": chrome.site.name,
        "url": chrome.base_url + "/",
        "inLanguage": chrome.site.language,
        "publisher": publisher(chrome),
    }


def _breadcrumb(chrome: Chrome, steps: Sequence[LinkView]) -> Data:
    """Return the way from the front page to here; steps that lead nowhere are left out."""
    way = [LinkView(title=chrome.site.name, url=Markup("/")), *(step for step in steps if step["url"])]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": step["title"], "item": chrome.url(step["url"])}
            for position, step in enumerate(way, start=1)
        ],
    }


def _graph(*things: Mapping[str, object]) -> Markup:
    return json_script({"@context": "https://schema.org", "@graph": things})


def _article_properties(
    chrome: Chrome, article: Article, title: str, description: str, url: str
) -> Sequence[tuple[str, str]]:
    properties = [
        *_properties(chrome, "article", title, description, url),
        ("article:published_time", chrome.dates.machine(article.published_at)),
        ("article:modified_time", chrome.dates.machine(max(article.updated_at, article.published_at))),
        ("article:section", chrome.section(article.section)["title"]),
        *(("article:tag", tag.name) for tag in article.tags),
    ]
    return [*properties, *(_image_properties(chrome, article.image) if article.image else ())]


def _properties(chrome: Chrome, kind: str, title: str, description: str, url: str) -> list[tuple[str, str]]:
    properties = [
        ("og:type", kind),
        ("og:site_name", chrome.site.name),
        ("og:title", title),
        ("og:url", attribute(url)),
    ]
    return [*properties, ("og:description", description)] if description else properties


def _image_properties(chrome: Chrome, image: Image) -> list[tuple[str, str]]:
    optional = (
        ("og:image:width", str(image.width or "")),
        ("og:image:height", str(image.height or "")),
        ("og:image:alt", image.alt),
    )
    return [("og:image", attribute(chrome.url(image.url))), *((name, text) for name, text in optional if text)]


def _opening(body: Sequence[Block]) -> str:
    """Return how the text begins, cut between two words."""
    text = next((plain(block.html) for block in body if isinstance(block, Paragraph)), "")
    if len(text) <= DESCRIPTION_LENGTH:
        return text
    return text[:DESCRIPTION_LENGTH].rpartition(" ")[0] + "…"
