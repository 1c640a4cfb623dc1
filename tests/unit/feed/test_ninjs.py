"""IPTC ninjs 3.1: what the schema asks for, and what must never be lost."""

from datetime import UTC, datetime

from services.feed.formats import ninjs
from services.feed.formats.body import html_of, text_of
from services.feed.titles import publication_of
from shared.contracts.article import Correction
from shared.contracts.base import UrlPath
from shared.contracts.blocks import (
    AdMarker,
    Code,
    Divider,
    Embed,
    Gallery,
    Heading,
    ImageBlock,
    ListBlock,
    Paragraph,
    Quote,
    RawHtml,
    Table,
)
from shared.contracts.media import Image
from tests.support.articles import a_site, an_article, an_id

PUBLICATION = publication_of(a_site())
PATH = UrlPath("/stadt/neue-bruecke-1/")
# Of the schema 3.1: the properties of the root and of each list's objects; nothing else is allowed anywhere.
ROOT = {
    "uri", "standard", "type", "representationType", "version", "firstCreated", "versionCreated", "pubStatus",
    "language", "by", "slugline", "located", "headlines", "descriptions", "bodies", "people", "subjects",
    "infoSources", "altIds", "renditions", "associations", "expires",
}  # fmt: skip
TEXT = {"role", "contentType", "value"}
OBJECTS = {
    "headlines": TEXT,
    "descriptions": TEXT,
    "bodies": {*TEXT, "charCount", "wordCount"},
    "people": {"name", "rel", "uri", "literal"},
    "subjects": {"name", "rel", "uri", "literal"},
    "infoSources": {"name", "role", "uri", "literal"},
    "altIds": {"role", "value"},
    "renditions": {"name", "href", "contentType", "width", "height"},
    "associations": {*ROOT, "name", "rel"},
}


def an_item(**changes):
    return ninjs.item(an_article(**changes), PATH, number=3, publication=PUBLICATION)


def full_item():
    return an_item(
        kicker="Verkehr",
        standfirst="Kurz gesagt",
        credit="dpa",
        location="Wernau",
        image=Image(url="/media/bruecke.jpg", caption="Die Brücke", credit="Lindt", width=1200, height=800),
        body=(
            Paragraph(html='Text <a href="/stadt/">hier</a>'),
            ImageBlock(image=Image(url="https://bild.example/2.jpg", alt="Zwei")),
            Gallery(images=(Image(url="/3.jpg"), Image(url="/4.jpg"))),
        ),
        corrections=(Correction(text="Falsch war die Zahl.", at=datetime(2026, 11, 24, tzinfo=UTC)),),
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    )


def test_nothing_is_said_that_the_schema_does_not_know():
    item = full_item()
    assert set(item) == ROOT
    for name, allowed in OBJECTS.items():
        for each in item[name]:
            assert set(each) <= allowed, name
    for picture in item["associations"]:
        assert {"name", "uri"} <= set(picture)
        for rendition in picture["renditions"]:
            assert set(rendition) <= OBJECTS["renditions"]
    assert item["type"] == "text"
    assert item["pubStatus"] == "usable"
    assert item["standard"]["schema"].startswith("http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json")


def test_an_item_has_the_id_that_feeds_have_and_says_where_its_page_is():
    item = an_item()
    assert item["uri"] == f"tag:kurier.example,2026:article/{an_id(1)}"
    assert item["renditions"][0]["href"] == "https://kurier.example/stadt/neue-bruecke-1/"
    assert item["version"] == "3"


def test_what_was_paid_for_says_so_in_the_headline_and_what_is_for_members_is_partial():
    assert an_item(kind="sponsored", headline="Küchen")["headlines"][0]["value"] == "Anzeige: Küchen"
    assert an_item(members_only=True)["representationType"] == "partial"
    assert an_item()["representationType"] == "full"


def test_every_picture_comes_along_under_a_name_and_an_address_of_its_own():
    pictures = full_item()["associations"]
    assert [picture["name"] for picture in pictures] == ["main", "body-1", "body-2", "body-3"]
    assert len({picture["uri"] for picture in pictures}) == 4
    assert [picture["renditions"][0]["href"] for picture in pictures] == [
        "https://kurier.example/media/bruecke.jpg",
        "https://bild.example/2.jpg",
        "https://kurier.example/3.jpg",
        "https://kurier.example/4.jpg",
    ]


def test_a_correction_is_told():
    assert {"role": "correction", "contentType": "text/plain", "value": "Falsch war die Zahl."} in full_item()[
        "descriptions"
    ]


def test_every_kind_of_block_is_html_that_stands_for_itself():
    body = (
        Heading(level=3, html="Wie <em>es</em> war"),
        ListBlock(ordered=True, items=("eins", "zwei")),
        Quote(html="Nein", cite="Rat & Tat"),
        Table(html="<table><tr><td>1</td></tr></table>"),
        Embed(url='https://video.example/?a="1"&b', title="<Film>"),
        Embed(url="javascript:alert(1)", title="nie"),
        Code(text="a < b", language="c"),
        Divider(),
        AdMarker(mark="here"),
        RawHtml(html='<details><summary>Mehr</summary><a href="/x/">x</a></details>'),
        ImageBlock(image=Image(url="/a.jpg", alt='"', caption="<b>")),
    )
    assert html_of(body, PUBLICATION.url).split("\n") == [
        "<h3>Wie <em>es</em> war</h3>",
        "<ol><li>eins</li><li>zwei</li></ol>",
        "<blockquote><p>Nein</p><footer>Rat &amp; Tat</footer></blockquote>",
        "<table><tr><td>1</td></tr></table>",
        '<p><a href="https://video.example/?a=&quot;1&quot;&amp;b">&lt;Film&gt;</a></p>',
        "<pre><code>a &lt; b</code></pre>",
        "<hr>",
        '<details><summary>Mehr</summary><a href="https://kurier.example/x/">x</a></details>',
        '<figure><img src="https://kurier.example/a.jpg" alt="&quot;"><figcaption>&lt;b&gt;</figcaption></figure>',
    ]


def test_a_body_is_counted_without_its_captions():
    html = "<p>Drei kleine Wörter</p>\n<figure><img><figcaption>nicht dies</figcaption></figure>"
    assert text_of(html) == "Drei kleine Wörter"
    (body,) = an_item(body=(Paragraph(html="Drei kleine <b>Wörter</b>"),))["bodies"]
    assert (body["charCount"], body["wordCount"]) == (18, 3)
