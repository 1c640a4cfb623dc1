"""What search engines and social networks read: JSON-LD, Open Graph, canonical address, robots. Pure.

Sources: schema.org; Google Search Central on article, event, breadcrumb, profile page, organization and paywalled
content structured data; ogp.me; X, "About cards". Dates are those that readers see.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from services.render.compose import live
from services.render.compose.chrome import Chrome, feeds_of
from services.render.compose.markup import Markup, address, attribute, json_script, plain
from services.render.compose.page import label_of
from services.render.compose.views import HeadView, LinkView
from shared.contracts import lists, paths
from shared.contracts.article import Article, Author, EventDetails
from shared.contracts.base import UrlPath
from shared.contracts.blocks import Block, Gallery, ImageBlock, Paragraph
from shared.contracts.lists import ListName
from shared.contracts.media import Image
from shared.contracts.revision import Revision

INDEX: Final = "max-image-preview:large"  # what Discover asks for
NOINDEX: Final = "noindex"
IMPRINT: Final = "/imprint/"  # says who makes the paper
FOR_MEMBERS: Final = ".members-only"  # where the part begins that not everybody may read; every theme has it
DESCRIPTION_LENGTH: Final = 200  # characters; search engines cut at about 160, social networks at 200

Data = dict[str, object]
Times = tuple[str, str]  # of publication and of the last change, for machines


def article_head(chrome: Chrome, article: Article, *, path: UrlPath, revision: Revision) -> HeadView:
    """Return the head of an article's page."""
    url = chrome.url(path)
    label = label_of(chrome, "sponsored", article.language) if article.kind == "sponsored" else ""
    title = f"{label}: {article.headline}" if label else article.headline
    description = article.standfirst or _opening(article.body)
    published = chrome.dates.machine(article.published_at)
    is_later = article.updated_at > article.published_at
    times = (published, chrome.dates.machine(article.updated_at) if is_later else published)
    data = _graph(
        _article_data(chrome, article, url, description, revision, times),
        *([_event_data(chrome, article, article.event, url, description)] if article.event else []),
        _breadcrumb(chrome, (chrome.section(article.section), LinkView(title=article.headline, url=Markup(path)))),
    )
    return HeadView(
        title=f"{title} – {chrome.site.name}",
        description=description,
        canonical=address(article.canonical_url) or attribute(url),
        robots=f"{NOINDEX}, {INDEX}" if article.noindex else INDEX,
        feeds=feeds_of(lists.RECENT),
        properties=_article_properties(chrome, article, title, description, url, times),
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
        data_json=_graph(*_list_data(chrome, name, title, path)),
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
    """Return who publishes this, and by which rules."""
    search = chrome.site.search
    data: Data = {
        "@type": "NewsMediaOrganization",
        "name": chrome.site.name,
        "url": chrome.base_url + "/",
        "correctionsPolicy": chrome.url(paths.page_path(lists.CORRECTIONS)),
    }
    if search.logo:
        data["logo"] = {"@type": "ImageObject", "url": chrome.url(search.logo)}
    if any(page["url"] == IMPRINT for page in chrome.static_pages):
        data["masthead"] = chrome.url(IMPRINT)
    if search.principles:
        data["publishingPrinciples"] = chrome.url(search.principles)
    if search.ownership:
        data["ownershipFundingInfo"] = chrome.url(search.ownership)
    if search.same_as:
        data["sameAs"] = search.same_as
    return data


def _article_data(
    chrome: Chrome, article: Article, url: str, description: str, revision: Revision, times: Times
) -> Data:
    dates = chrome.dates
    kinds = {"sponsored": "AdvertiserContentArticle", "live": "LiveBlogPosting"}
    data: Data = {
        "@type": kinds.get(article.kind, "NewsArticle"),
        "headline": article.headline,
        "mainEntityOfPage": url,
        "url": url,
        "identifier": article.id,
        "version": revision.number,
        "datePublished": times[0],
        "dateModified": times[1],
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
    if article.members_only:
        part: Data = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": FOR_MEMBERS}
        data["hasPart"] = part
    if image := shown_image(article):
        data["image"] = [_image_data(chrome, each) for each in _cuts_of(chrome, image)]
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
        return [_person(chrome, author) for author in article.authors]
    return {"@type": "Organization", "name": article.credit or chrome.site.name}


def _person(chrome: Chrome, author: Author) -> Data:
    """Return an author: the name alone, and the pages that tell them from others of that name."""
    data: Data = {"@type": "Person", "name": author.name, "url": _author_url(chrome, author.slug)}
    return data | {"sameAs": chrome.url(author.url)} if address(author.url) else data


def _author_url(chrome: Chrome, slug: str) -> str:
    return chrome.url(paths.page_path(lists.author(slug)))


def shown_image(article: Article) -> Image | None:
    """Return the picture that stands for an article elsewhere: its own, else the first in its text."""
    return article.image or next(_images_in(article.body), None)


def _images_in(body: Sequence[Block]) -> Iterator[Image]:
    for block in body:
        match block:
            case ImageBlock():
                yield block.image
            case Gallery():
                yield from block.images
            case _:
                continue


def _cuts_of(chrome: Chrome, image: Image) -> Sequence[Image]:
    """Return a picture in the shapes that search engines ask for, or as it is where nobody cuts it."""
    return chrome.images.cuts_of(image) or [image]


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
        "location": _place(chrome, article, event),
        "url": url,
    }
    if event.ends_at:
        data["endDate"] = chrome.dates.machine(event.ends_at)
    if description:
        data["description"] = description
    if article.credit:
        data["organizer"] = {"@type": "Organization", "name": article.credit}
    if image := shown_image(article):
        data["image"] = [chrome.url(each.url) for each in _cuts_of(chrome, image)]
    return data


def _place(chrome: Chrome, article: Article, event: EventDetails) -> Data:
    """Return where an event is; Google wants an address beside the name, and we know no more than the newsroom says."""
    known = list(dict.fromkeys(word for word in (event.place, article.location) if word))
    if not known:
        return {"@type": "Place", "name": chrome.site.name}
    return {"@type": "Place", "name": known[0], "address": ", ".join(known)}


def _list_data(chrome: Chrome, name: ListName, title: str, path: UrlPath) -> Sequence[Data]:
    """Return what a list's page is: the site itself, an author's profile, or a step on the way."""
    if path == "/":
        return [_site_data(chrome)]
    way = _breadcrumb(chrome, (LinkView(title=title, url=Markup(path)),))
    kind, slug = lists.kind_and_slug(name)
    if kind != "author" or path != paths.page_path(name):
        return [way]
    person: Data = {"@type": "Person", "name": title, "url": _author_url(chrome, slug)}
    return [{"@type": "ProfilePage", "mainEntity": person, "url": chrome.url(path)}, way]


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
    chrome: Chrome, article: Article, title: str, description: str, url: str, times: Times
) -> Sequence[tuple[str, str]]:
    properties = [
        *_properties(chrome, "article", title, description, url),
        ("article:published_time", times[0]),
        ("article:modified_time", times[1]),
        ("article:section", chrome.section(article.section)["title"]),
        *(("article:tag", tag.name) for tag in article.tags),
    ]
    if article.kind != "sponsored":  # whoever paid has no page among the newsroom's
        properties += [("article:author", attribute(_author_url(chrome, each.slug))) for each in article.authors]
    image = shown_image(article)
    properties.append(("twitter:card", "summary_large_image" if image else "summary"))
    return [*properties, *(_image_properties(chrome, _cuts_of(chrome, image)[0]) if image else ())]


def _properties(chrome: Chrome, kind: str, title: str, description: str, url: str) -> list[tuple[str, str]]:
    properties = [
        ("og:type", kind),
        ("og:site_name", chrome.site.name),
        ("og:title", title),
        ("og:url", attribute(url)),
    ]
    if chrome.site.search.x_account:
        properties.append(("twitter:site", chrome.site.search.x_account))
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
