"""Feed documents, read back by the parsers that the world uses: feedparser, lxml, json."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import ModuleType
from zoneinfo import ZoneInfo

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from services.feed.formats import Feed, Publication, atom, compose, jsonfeed, rss, sitemap
from services.feed.titles import publication_of, title_of_feed
from shared.contracts import Author, Correction, Tag, Teaser, lists
from tests.support.articles import PUBLISHED, a_site, a_teaser, an_image, teasers

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PUBLICATION = publication_of(a_site())
FRONT = Feed(PUBLICATION, lists.RECENT, "Der Kurier")
XML_FORMATS = pytest.mark.parametrize("form", [rss, atom], ids=["rss", "atom"])
ALL_FORMATS = pytest.mark.parametrize("form", [rss, atom, jsonfeed], ids=["rss", "atom", "json"])
NASTY = "Preise ]]> steigen </title><script>alert('&amp;')</script> \x00\x0b\x1b\ufffe „so“ 🎪 & mehr"


def parsed(form: ModuleType, items: list[Teaser], feed: Feed = FRONT) -> feedparser.FeedParserDict:
    """Read a document as readers do, and insist that it needed no mercy."""
    found = feedparser.parse(compose(form, feed, items))
    assert not found.bozo, found.get("bozo_exception")
    return found


def json_of(items: list[Teaser], feed: Feed = FRONT) -> dict:
    return json.loads(compose(jsonfeed, feed, items))


@XML_FORMATS
def test_a_reader_finds_everything_that_a_teaser_shows(form):
    found = parsed(form, [a_teaser(image=an_image())])
    (entry,) = found.entries
    assert found.version in ("rss20", "atom10")
    assert found.feed.title == "Der Kurier"
    assert found.feed.link == "https://kurier.example/"
    assert entry.title == "Die neue Brücke kommt im Frühjahr (1)"
    assert entry.link == "https://kurier.example/stadt/neue-bruecke-1/"
    assert entry.summary == "Der Rat stimmt dem Bau zu, wenn auch knapp."
    assert [author.name for author in entry.authors] == ["Mara Lindt"]
    assert [tag.term for tag in entry.tags] == ["Brücke", "Rat"]
    (picture,) = entry.media_content
    assert picture["url"] == "https://kurier.example/media/bruecke.svg"
    assert (picture["type"], picture["width"], picture["height"]) == ("image/svg+xml", "1200", "800")


@XML_FORMATS
def test_dates_have_a_zone_and_are_the_articles(form):
    entry = parsed(form, [a_teaser(updated_at=PUBLISHED + timedelta(hours=30))]).entries[0]
    assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == PUBLISHED + timedelta(minutes=1)
    assert datetime(*entry.updated_parsed[:6], tzinfo=UTC) == PUBLISHED + timedelta(hours=30)
    assert entry.published.endswith(("+0100", "+01:00"))


@XML_FORMATS
def test_the_feed_is_as_old_as_its_newest_change_and_never_now(form):
    changed = PUBLISHED + timedelta(days=2)
    found = parsed(form, [a_teaser(number=2), a_teaser(number=1, updated_at=changed)])
    assert datetime(*found.feed.updated_parsed[:6], tzinfo=UTC) == changed


@ALL_FORMATS
def test_equal_teasers_give_equal_bytes(form):
    assert compose(form, FRONT, teasers(5)) == compose(form, FRONT, teasers(5))


@ALL_FORMATS
def test_an_id_survives_another_address_another_scheme_and_an_edit(form):
    def id_of(teaser: Teaser, publication: Publication) -> str:
        feed = Feed(publication, lists.RECENT, "x")
        return (
            json_of([teaser], feed)["items"][0]["id"]
            if form is jsonfeed
            else parsed(form, [teaser], feed).entries[0].id
        )

    before = id_of(a_teaser(), PUBLICATION)
    assert before == "tag:kurier.example,2026:article/a000000000000000000000001"
    insecure = publication_of(a_site(url="http://kurier.example:8080"))
    edited = a_teaser(path="/sport/anders/", headline="Anders", updated_at=PUBLISHED + timedelta(days=400))
    assert id_of(edited, insecure) == before


def test_an_rss_id_is_no_address():
    root = etree.fromstring(compose(rss, FRONT, [a_teaser()]))
    assert root.find("channel/item/guid").get("isPermaLink") == "false"


@ALL_FORMATS
def test_whatever_a_headline_holds_it_stays_text(form):
    nasty = a_teaser(
        headline=NASTY,
        standfirst=NASTY,
        authors=(Author(name=NASTY, slug="x"),),
        tags=(Tag(name=NASTY, slug="x"),),
        image=an_image(alt=NASTY, caption="", url="/a b\x00&.jpg"),
        corrections=(Correction(text=NASTY, at=PUBLISHED),),
    )
    data = compose(form, Feed(PUBLICATION, lists.RECENT, NASTY), [nasty])
    kept = NASTY.translate(dict.fromkeys(map(ord, "\x00\x0b\x1b\ufffe")))
    assert b"\x00" not in data
    if form is jsonfeed:
        assert json.loads(data)["items"][0]["title"] == kept
        return
    root = etree.fromstring(data)
    titles = root.findall(".//title") or root.findall(f".//{ATOM}title")
    words = kept.replace("<s", "&lt;s").replace("</", "&lt;/") if form is rss else kept
    assert [title.text for title in titles] == [words, words]
    assert not root.findall(".//script")


def test_a_description_of_rss_is_html_that_says_the_same_words():
    data = compose(rss, FRONT, [a_teaser(headline="5 < 6 & 7", standfirst="Was <b> & </b> in Texten heißt")])
    item = etree.fromstring(data).find("channel/item")
    assert item.findtext("title") == "5 < 6 & 7"
    assert item.findtext("description") == "Was &lt;b&gt; &amp; &lt;/b&gt; in Texten heißt"


TEXT = st.text(max_size=40)


@settings(max_examples=60, deadline=None)
@given(headline=TEXT.filter(bool), standfirst=TEXT, name=TEXT.filter(bool), alt=TEXT)
def test_no_text_makes_a_document_that_cannot_be_parsed(headline, standfirst, name, alt):
    teaser = a_teaser(
        headline=headline, standfirst=standfirst, tags=(Tag(name=name, slug="x"),), image=an_image(alt=alt, caption=alt)
    )
    for form in (rss, atom):
        etree.fromstring(compose(form, FRONT, [teaser]))
    assert json_of([teaser])["items"][0]["id"]


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("de", "Anzeige: "),
        ("de-AT", "Anzeige: "),
        ("en", "Advertisement: "),
        ("fr", "Publicité: "),
        ("tlh", "Advertisement: "),
    ],
)
@XML_FORMATS
def test_what_is_paid_for_says_so_before_everything_else(form, language, word):
    feed = Feed(publication_of(a_site(language=language)), lists.RECENT, "x")
    assert (
        parsed(form, [a_teaser(kind="sponsored", headline="Neue Küche")], feed).entries[0].title == f"{word}Neue Küche"
    )


@XML_FORMATS
def test_a_corrected_article_says_what_was_wrong(form):
    teaser = a_teaser(corrections=(Correction(text="Es waren zwei.", at=PUBLISHED),))
    assert parsed(form, [teaser]).entries[0].summary.endswith("Korrektur: Es waren zwei.")


@ALL_FORMATS
def test_a_list_without_articles_is_still_a_feed(form):
    if form is jsonfeed:
        assert json_of([])["items"] == []
    else:
        assert parsed(form, []).entries == []


def test_atom_has_what_rfc_4287_wants_once_each():
    root = etree.fromstring(compose(atom, FRONT, [*teasers(3), a_teaser(number=9, authors=(), language="en")]))
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert len(root.findall(f"{ATOM}{name}")) == 1
    (own,) = [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == "https://kurier.example/feed.atom"
    assert root.find(f"{ATOM}author/{ATOM}name").text == "Der Kurier"  # for the entry without one
    entries = root.findall(f"{ATOM}entry")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 4
    for entry in entries:
        for name in ("id", "title", "updated", "published"):
            assert len(entry.findall(f"{ATOM}{name}")) == 1
        datetime.fromisoformat(entry.findtext(f"{ATOM}updated"))
        assert [link.get("rel") for link in entry.findall(f"{ATOM}link")] == ["alternate"]
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    assert [entry.get(language) for entry in entries] == [None, None, None, "en"]


def test_rss_has_what_its_specification_wants():
    root = etree.fromstring(compose(rss, Feed(PUBLICATION, lists.section("sport"), "Der Kurier – Sport"), teasers(2)))
    channel = root.find("channel")
    assert root.get("version") == "2.0"
    assert [channel.findtext(name) for name in ("title", "link", "description", "language")] == [
        "Der Kurier – Sport",
        "https://kurier.example/sport/",
        "Der Kurier – Sport",
        "de",
    ]
    assert channel.find(f"{ATOM}link").attrib == {
        "href": "https://kurier.example/sport/feed.xml",
        "rel": "self",
        "type": "application/rss+xml",
    }
    assert parsedate_to_datetime(channel.findtext("item/pubDate")).utcoffset() is not None
    assert root.find(".//enclosure") is None


def test_json_feed_has_what_version_1_1_wants():
    feed = json_of([a_teaser(), a_teaser(number=2, standfirst="", authors=())])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["home_page_url"], feed["feed_url"]) == (
        "Der Kurier",
        "https://kurier.example/",
        "https://kurier.example/feed.json",
    )
    assert "author" not in feed
    assert "next_url" not in feed
    for item in feed["items"]:
        assert item["id"]
        assert item["content_text"]
        datetime.fromisoformat(item["date_published"])
    assert feed["items"][1]["content_text"] == feed["items"][1]["title"]
    assert feed["items"][0]["authors"] == [{"name": "Mara Lindt"}]


def test_a_date_of_a_time_before_time_zones_is_written_in_utc():
    teaser = a_teaser(
        published_at=datetime(1890, 5, 1, 12, tzinfo=UTC), updated_at=datetime(1890, 5, 1, 12, tzinfo=UTC)
    )
    assert json_of([teaser])["items"][0]["date_published"] == "1890-05-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("recent", "Der Kurier"),
        ("section:sport", "Der Kurier – Sport"),
        ("section:old", "Der Kurier – old"),
        ("tag:bruecke", "Der Kurier – Brücke"),
        ("author:mara-lindt", "Der Kurier – Mara Lindt"),
        ("events", "Der Kurier – Termine"),
        ("corrections", "Der Kurier – Korrekturen"),
    ],
)
def test_a_feed_is_called_after_its_list(name, title):
    assert title_of_feed(lists.ListName(name), a_site(), a_teaser()) == title


# --- sitemaps --------------------------------------------------------------------------------------------------------


def test_a_shard_names_every_page_with_its_last_change():
    urls = [
        sitemap.url(teaser, PUBLICATION)
        for teaser in (a_teaser(), a_teaser(number=2, updated_at=PUBLISHED + timedelta(days=1)))
    ]
    root = etree.fromstring(sitemap.urlset(urls))
    assert root.tag == f"{SITEMAP}urlset"
    found = [(url.findtext(f"{SITEMAP}loc"), url.findtext(f"{SITEMAP}lastmod")) for url in root]
    assert found == [
        ("https://kurier.example/stadt/neue-bruecke-1/", "2026-11-21T14:04:00+01:00"),
        ("https://kurier.example/stadt/neue-bruecke-2/", "2026-11-22T14:03:00+01:00"),
    ]


def test_the_index_names_every_shard():
    shards = [
        sitemap.Shard("2026-10-01", PUBLISHED),
        sitemap.Shard("2026-10-01-2", PUBLISHED),
        sitemap.Shard("2026-11", PUBLISHED),
    ]
    root = etree.fromstring(sitemap.index(shards, PUBLICATION))
    assert root.tag == f"{SITEMAP}sitemapindex"
    assert [shard.findtext(f"{SITEMAP}loc") for shard in root] == [
        "https://kurier.example/sitemap-2026-10-01.xml",
        "https://kurier.example/sitemap-2026-10-01-2.xml",
        "https://kurier.example/sitemap-2026-11.xml",
    ]


def test_an_address_with_an_ampersand_is_escaped_in_a_sitemap():
    odd = Publication("x", "https://kurier.example/?a=1&b=2", "de", "", ZoneInfo("Europe/Berlin"))
    assert b"a=1&amp;b=2" in sitemap.url(a_teaser(), odd)
