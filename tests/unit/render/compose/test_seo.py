"""What search engines and social networks read."""

import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from services.render.compose.chrome import Chrome
from services.render.compose.seo import article_head, list_head, page_head
from services.render.static_pages import StaticPage
from shared.contracts import Correction, UrlPath, lists, paths
from shared.contracts.article import Author
from shared.contracts.blocks import Gallery, Heading, ImageBlock
from shared.contracts.search import SearchConfig
from tests.support.articles import PUBLISHED, SITE, a_document, a_paragraph, a_site, an_article, an_event, an_image

PATH = UrlPath("/stadt/neue-bruecke-1/")
URL = "https://kurier.example/stadt/neue-bruecke-1/"


@pytest.fixture
def head(chrome):
    return lambda **changes: article_head(
        chrome, article := an_article(**changes), path=PATH, revision=article.revision
    )


def graph(head) -> dict[str, dict[str, object]]:
    return {thing["@type"]: thing for thing in json.loads(head["data_json"])["@graph"]}


def test_an_article_has_every_field_that_google_documents(head):
    data = graph(head(image=an_image()))["NewsArticle"]
    assert data["headline"] == "Die neue Brücke kommt im Frühjahr (1)"
    assert data["datePublished"] == data["dateModified"] == "2026-11-21T14:04:00+01:00"
    assert data["author"] == [
        {"@type": "Person", "name": "Mara Lindt", "url": "https://kurier.example/author/mara-lindt/"}
    ]
    assert data["image"] == [
        {
            "@type": "ImageObject",
            "url": "https://kurier.example/media/bruecke.svg",
            "width": 1200,
            "height": 800,
            "caption": "Noch bis März steht die alte Brücke.",
            "creditText": "Mara Lindt",
        }
    ]
    assert data["mainEntityOfPage"] == data["url"] == URL
    assert data["publisher"]["name"] == "Der Kurier"


def test_a_picture_comes_in_three_shapes_where_a_service_cuts_it(chrome_of):
    chrome = chrome_of(image_cuts="/img/{width}x{height}/{raw_url}")
    article = an_article(image=an_image(url="/media/a.jpg", width=3000, height=2000), event=an_event())
    head = article_head(chrome, article, path=PATH, revision=article.revision)
    things = graph(head)
    whole = "https://kurier.example/img/{}/https://kurier.example/media/a.jpg"
    shapes = [whole.format(size) for size in ("1200x675", "1200x900", "1200x1200")]
    assert [image["url"] for image in things["NewsArticle"]["image"]] == shapes
    assert [image["height"] for image in things["NewsArticle"]["image"]] == [675, 900, 1200]
    assert things["Event"]["image"] == shapes
    properties = dict(head["properties"])
    assert (properties["og:image"], properties["og:image:height"]) == (shapes[0], "675")


def test_a_picture_in_the_text_stands_for_an_article_without_one_of_its_own(head):
    first, second = an_image(url="/media/a.svg"), an_image(url="/media/b.svg")
    for body in ((ImageBlock(image=first), ImageBlock(image=second)), (Gallery(images=(first, second)),)):
        shown = head(body=(a_paragraph(), *body))
        assert [image["url"] for image in graph(shown)["NewsArticle"]["image"]] == [
            "https://kurier.example/media/a.svg"
        ]
        assert dict(shown["properties"])["og:image"] == "https://kurier.example/media/a.svg"


@pytest.mark.parametrize(("url", "same_as"), [("https://lindt.example/", "https://lindt.example/"), ("lindt", None)])
def test_an_author_is_told_from_others_of_that_name(head, url, same_as):
    author = graph(head(authors=(Author(name="Mara Lindt", slug="mara-lindt", url=url),)))["NewsArticle"]["author"][0]
    assert author.get("sameAs") == same_as


def test_an_authors_page_is_a_profile(chrome):
    name = lists.author("mara-lindt")
    data = graph(list_head(chrome, name, title="Mara Lindt", path=paths.page_path(name)))
    url = "https://kurier.example/author/mara-lindt/"
    assert data["ProfilePage"]["mainEntity"] == {"@type": "Person", "name": "Mara Lindt", "url": url}
    assert data["BreadcrumbList"]["itemListElement"][1]["item"] == url
    month = list_head(chrome, name, title="November", path=paths.month_path(name, "2026-11"))
    assert "ProfilePage" not in graph(month)


def test_the_publisher_is_who_the_configuration_says(chrome_of):
    search = SearchConfig(
        logo="/media/logo.png",
        same_as=("https://de.wikipedia.org/wiki/Kurier",),
        principles="/grundsaetze/",
        ownership="https://verlag.example/",
    )
    article = an_article()
    shown = article_head(chrome_of(search=search), article, path=PATH, revision=article.revision)
    assert graph(shown)["NewsArticle"]["publisher"] == {
        "@type": "NewsMediaOrganization",
        "name": "Der Kurier",
        "url": "https://kurier.example/",
        "correctionsPolicy": "https://kurier.example/corrections/",
        "logo": {"@type": "ImageObject", "url": "https://kurier.example/media/logo.png"},
        "publishingPrinciples": "https://kurier.example/grundsaetze/",
        "ownershipFundingInfo": "https://verlag.example/",
        "sameAs": ["https://de.wikipedia.org/wiki/Kurier"],
    }


def test_who_makes_the_paper_stands_in_the_imprint(theme):
    pages = [StaticPage(slug="imprint", title="Impressum", html="")]
    front = list_head(Chrome.of(SITE, a_site(), theme, pages), lists.RECENT, title="", path=UrlPath("/"))
    assert graph(front)["WebSite"]["publisher"]["masthead"] == "https://kurier.example/imprint/"


def test_where_an_article_stands_is_a_way_of_three_steps(head):
    steps = graph(head())["BreadcrumbList"]["itemListElement"]
    assert [(step["position"], step["item"]) for step in steps] == [
        (1, "https://kurier.example/"),
        (2, "https://kurier.example/stadt/"),
        (3, URL),
    ]


def test_an_event_is_one_for_machines_too(head):
    event = graph(head(kind="event", event=an_event()))["Event"]
    assert (event["startDate"], event["endDate"]) == ("2026-11-28T14:03:00+01:00", "2026-11-28T16:03:00+01:00")
    assert event["location"] == {"@type": "Place", "name": "Stadthalle", "address": "Stadthalle, Altstadt"}


def test_an_event_without_a_place_is_at_the_papers(head):
    event = graph(head(kind="event", event=an_event(place=""), location="", credit="Kammerchor", image=an_image()))[
        "Event"
    ]
    assert event["location"] == {"@type": "Place", "name": "Der Kurier"}
    assert event["organizer"]["name"] == "Kammerchor"
    assert event["image"] == ["https://kurier.example/media/bruecke.svg"]


@pytest.mark.parametrize("members_only", [True, False])
def test_search_engines_learn_whether_everybody_may_read_the_whole(head, members_only):
    assert graph(head(members_only=members_only))["NewsArticle"]["isAccessibleForFree"] is not members_only


def test_search_engines_learn_which_part_is_for_members(head, chrome, theme):
    part = graph(head(members_only=True))["NewsArticle"]["hasPart"]
    assert part == {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".members-only"}
    assert "hasPart" not in graph(head())["NewsArticle"]
    page = LexborHTMLParser(theme.article_page(chrome, a_document(an_article(members_only=True))))
    assert len(page.css(part["cssSelector"])) == 1


def test_a_sponsored_article_is_no_news_and_says_who_paid(head):
    sponsored = head(kind="sponsored", credit="Küchenhaus Brandt")
    assert graph(sponsored)["AdvertiserContentArticle"]["author"]["name"] == "Küchenhaus Brandt"
    assert sponsored["title"].startswith("Anzeige: ")


def test_an_agencys_article_is_the_agencys(head):
    assert graph(head(authors=(), credit="dpa"))["NewsArticle"]["author"] == {"@type": "Organization", "name": "dpa"}
    assert graph(head(authors=()))["NewsArticle"]["author"]["name"] == "Der Kurier"


def test_corrections_are_told_to_machines(head):
    corrected = head(corrections=(Correction(text="Es waren drei.", at=PUBLISHED),))
    assert graph(corrected)["NewsArticle"]["correction"][0]["text"] == "Es waren drei."


@pytest.mark.parametrize(
    "evil", ["</script><script>alert(1)</script>", "]]>", '<!--#include virtual="/x" -->', "x" * 500]
)
def test_no_headline_ends_the_script(head, evil):
    shown = head(headline=evil)
    assert "<" not in shown["data_json"]
    assert graph(shown)["NewsArticle"]["headline"] == evil


def test_the_canonical_address_is_the_articles_own_or_the_one_it_came_from(head):
    assert head()["canonical"] == URL
    assert head(canonical_url="https://agency.example/a")["canonical"] == "https://agency.example/a"
    assert head(canonical_url="javascript:alert(1)")["canonical"] == URL


def test_pictures_may_be_shown_large_and_noindex_is_obeyed(head):
    assert head()["robots"] == "max-image-preview:large"
    assert head(noindex=True)["robots"].startswith("noindex")


def test_social_networks_get_title_text_and_picture(head):
    properties = dict(head(image=an_image())["properties"])
    assert properties["og:type"] == "article"
    assert properties["og:title"] == "Die neue Brücke kommt im Frühjahr (1)"
    assert properties["og:description"] == "Der Rat stimmt dem Bau zu, wenn auch knapp."
    assert properties["og:image"] == "https://kurier.example/media/bruecke.svg"
    assert properties["og:image:alt"] == "Die alte Brücke im Nebel"
    assert properties["og:url"] == URL


def test_a_card_on_x_is_large_when_there_is_a_picture(head, chrome_of, theme):
    assert dict(head()["properties"])["twitter:card"] == "summary"
    chrome = chrome_of(search=SearchConfig(x_account="@kurier"))
    page = LexborHTMLParser(theme.article_page(chrome, a_document(an_article(image=an_image()))))
    cards = {meta.attributes["name"]: meta.attributes["content"] for meta in page.css('meta[name^="twitter:"]')}
    assert cards == {"twitter:card": "summary_large_image", "twitter:site": "@kurier"}
    assert page.css('meta[property^="twitter:"]') == []


def test_authors_have_their_pages_and_who_paid_has_none(head):
    assert dict(head()["properties"])["article:author"] == "https://kurier.example/author/mara-lindt/"
    assert "article:author" not in dict(head(kind="sponsored")["properties"])


def test_without_a_standfirst_the_text_describes_itself_and_is_cut_between_words(head):
    body = (Heading(html="Nicht ich"), a_paragraph("Ein <b>Satz</b> &amp; " + "langes Wort " * 40))
    described = head(standfirst="", body=body)["description"]
    assert described.startswith("Ein Satz & langes")
    assert described.endswith(("langes…", "Wort…"))
    assert len(described) <= 201


def test_the_front_page_is_the_site(chrome):
    front = list_head(chrome, lists.RECENT, title="Der Kurier", path=UrlPath("/"))
    assert graph(front)["WebSite"]["url"] == "https://kurier.example/"
    assert (front["title"], front["canonical"]) == ("Der Kurier", "https://kurier.example/")


def test_each_list_offers_its_own_feeds(chrome, theme):
    page = theme.list_page(chrome, lists.section("sport"), title="Sport", teasers=(), months=())
    links = LexborHTMLParser(page).css('link[rel="alternate"]')
    assert [(link.attributes["type"], link.attributes["href"]) for link in links] == [
        ("application/rss+xml", "/sport/feed.xml"),
        ("application/atom+xml", "/sport/feed.atom"),
        ("application/feed+json", "/sport/feed.json"),
    ]
    article = LexborHTMLParser(theme.article_page(chrome, a_document()))
    assert article.css_first('link[type="application/rss+xml"]').attributes["href"] == "/feed.xml"


def test_every_page_leads_to_all_feeds_at_once(chrome, theme):
    for page in (
        theme.list_page(chrome, lists.section("sport"), title="Sport", teasers=(), months=()),
        theme.article_page(chrome, a_document()),
    ):
        (link,) = LexborHTMLParser(page).css('link[rel="outline"]')
        assert (link.attributes["type"], link.attributes["href"]) == ("text/x-opml", "/feeds.opml")


def test_a_page_without_an_address_of_its_own_has_no_canonical(chrome):
    assert page_head(chrome, title="Weg", path=None)["canonical"] == ""


def test_a_live_article_has_its_updates_newest_first_with_time_and_address(head):
    body = (a_paragraph("Vorab."), Heading(html="14:05 Uhr: Tor"), a_paragraph("Eins."), Heading(html="14:20 Uhr: Aus"))
    data = graph(head(kind="live", body=body))["LiveBlogPosting"]
    assert data["coverageStartTime"] == data["datePublished"]
    newest, oldest = data["liveBlogUpdate"]
    assert (newest["headline"], newest["datePublished"]) == ("Aus", "2026-11-21T14:20:00+01:00")
    assert (oldest["headline"], oldest["articleBody"]) == ("Tor", "Eins.")
    assert oldest["url"].startswith(f"{URL}#update-")
