"""Feeds with the whole text, and what their rules leave out."""

import json

import feedparser
import pytest
from lxml import etree
from lxml import html as lxml_html
from prometheus_client import CollectorRegistry

from services.feed.formats.content import content_of
from services.feed.metrics import FeedMetrics
from services.feed.parts import Parts
from services.feed.settings import FeedSettings
from services.feed.titles import publication_of
from shared.contracts import blocks
from shared.contracts.config import LitfassConfig, PagesConfig, SiteConfig
from shared.contracts.feeds import FeedRules, FeedsConfig
from shared.contracts.lists import ListName
from tests.support.articles import SITE, a_paragraph, a_site, an_article, an_id, an_image

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
RECENT, TOWN = ListName("recent"), ListName("section:stadt")
EVERY_BLOCK = (
    blocks.Paragraph(html='Mit <a href="/stadt/">Link</a> &amp; <b>fett</b> ]]&gt;'),
    blocks.Heading(level=3, html="Zwischen"),
    blocks.ImageBlock(image=an_image(alt='Ein "Bild"')),
    blocks.Gallery(images=(an_image(), an_image(url="https://bilder.example/2.jpg"))),
    blocks.ListBlock(ordered=True, items=("eins", "zwei")),
    blocks.Quote(html="So ist es.", cite="Ana <Ruiz>"),
    blocks.Table(html="<table><tbody><tr><td>1</td></tr></tbody></table>"),
    blocks.Embed(url="https://video.example/?a=1&b=2", provider="Video"),
    blocks.Code(text="if a < b: print('&')"),
    blocks.Divider(),
    blocks.AdMarker(mark="here"),
    blocks.RawHtml(html='<details><summary>Mehr</summary><img src="/media/x.jpg" alt=""></details>'),
)


@pytest.fixture
def make(redis, redis_config, tmp_path, clock):
    """Return the parts of a site with these rules of its feeds."""

    def made(feeds: FeedsConfig) -> Parts:
        config = LitfassConfig(
            redis=redis_config, pages=PagesConfig(store=f"file://{tmp_path}/site"), site={SITE: a_site(feeds=feeds)}
        )
        return Parts.of(config, FeedSettings(), client=redis, metrics=FeedMetrics(CollectorRegistry()), clock=clock)

    return made


async def publish(newsroom, **changes) -> None:
    article = an_article(**changes)
    await newsroom.accept(article)
    await newsroom.place(*[one for one in await newsroom.articles.newest(SITE, [article.id]) if one])


async def feeds_of(parts: Parts, name: ListName = RECENT) -> dict[str, bytes]:
    documents = await parts.composers[SITE].documents(name)
    assert documents is not None
    return dict(documents)


async def test_a_full_feed_has_the_text_in_every_format_after_its_summary(make, newsroom):
    await publish(newsroom, body=EVERY_BLOCK)
    found = await feeds_of(make(FeedsConfig(text="full")))
    item = etree.fromstring(found["xml"]).find("channel/item")
    names = [child.tag for child in item]
    assert names.index("description") < names.index(CONTENT)
    text = item.findtext(CONTENT)
    assert etree.fromstring(found["atom"]).find("{*}entry/{*}content").text == text
    entry = json.loads(found["json"])["items"][0]
    assert entry["content_html"] == text
    assert "content_text" not in entry
    for form in ("xml", "atom"):
        assert not feedparser.parse(found[form]).bozo


async def test_a_summary_feed_has_no_word_of_the_text(make, newsroom):
    await publish(newsroom, body=(a_paragraph("Nur im Text"),))
    assert not any(b"Nur im Text" in data for data in (await feeds_of(make(FeedsConfig()))).values())


def test_the_text_has_whole_addresses_and_nothing_that_runs():
    text = content_of(an_article(body=EVERY_BLOCK), publication_of(a_site()))
    tree = lxml_html.fragment_fromstring(text, create_parent="div")
    addresses = [*tree.xpath("//@href"), *tree.xpath("//@src")]
    assert all(address.startswith("https://") for address in addresses)
    assert "https://kurier.example/media/x.jpg" in addresses
    assert tree.xpath("//script | //iframe | //object | //embed | //style") == []
    assert tree.xpath("//code")[0].text == "if a < b: print('&')"
    assert tree.xpath("//cite")[0].text == "Ana <Ruiz>"
    assert tree.xpath("//img/@alt")[0] == 'Ein "Bild"'
    assert [element.tag for element in tree] == [
        "p", "h3", "figure", "figure", "figure", "ol", "blockquote", "table", "p", "pre", "hr", "details",
    ]  # fmt: skip


async def test_a_text_that_changes_changes_the_feed_although_no_list_shows_it(make, newsroom):
    parts = make(FeedsConfig(text="full"))
    await publish(newsroom, body=(a_paragraph("Alt"),))
    assert b"Alt" in (await feeds_of(parts))["xml"]
    before = await newsroom.reader.version(SITE, [RECENT])
    await newsroom.accept(an_article(body=(a_paragraph("Neu"),), minor=True), number=2)
    document = (await newsroom.articles.newest(SITE, [an_id()]))[0]
    assert document.article.updated_at == an_article().updated_at
    await newsroom.place(document)
    assert await newsroom.reader.version(SITE, [RECENT]) != before
    data = (await feeds_of(parts))["xml"]
    assert b"Neu" in data
    assert b"Alt" not in data


async def test_what_was_killed_since_the_list_was_read_is_not_in_a_full_feed(make, newsroom):
    await publish(newsroom, number=1)
    await publish(newsroom, number=2)
    await newsroom.accept(an_article(number=1), verb="killed", number=9)
    found = json.loads((await feeds_of(make(FeedsConfig(text="full"))))["json"])["items"]
    assert [item["id"][-1] for item in found] == ["2"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("public-part", ["Erster Teil", "Der Rest dieses Beitrags ist für Mitglieder."]),
        ("summary", []),
        ("leave-out", None),
    ],
)
async def test_articles_for_members_follow_the_rule(make, newsroom, rule, expected):
    await publish(newsroom, members_only=True, body=(a_paragraph("Erster Teil"),))
    items = json.loads((await feeds_of(make(FeedsConfig(text="full", members_only=rule))))["json"])["items"]
    if expected is None:
        assert items == []
    else:
        tree = lxml_html.fragment_fromstring(items[0].get("content_html", ""), create_parent="div")
        assert [paragraph.text_content() for paragraph in tree.iter("p")] == expected


async def test_sponsored_articles_can_be_left_out_and_make_no_hole(make, newsroom):
    for number in range(1, 121):
        await publish(newsroom, number=number, kind="sponsored" if number > 60 else "article")
    items = json.loads((await feeds_of(make(FeedsConfig(sponsored="leave-out"))))["json"])["items"]
    assert len(items) == 50
    assert items[0]["title"].endswith("(60)")


async def test_one_list_may_have_rules_of_its_own(make, newsroom):
    await publish(newsroom, kind="sponsored", body=(a_paragraph("Nur im Text"),))
    feeds = FeedsConfig(sponsored="leave-out", lists={"section:stadt": FeedRules(sponsored="marked", text="full")})
    parts = make(feeds)
    assert b"Nur im Text" in (await feeds_of(parts, TOWN))["xml"]
    assert b"<item>" not in (await feeds_of(parts))["xml"]
    assert feeds.rules_of(TOWN).members_only == "public-part"


def test_what_a_list_does_not_say_is_as_for_all():
    feeds = FeedsConfig(text="full", lists={"section:stadt": FeedRules(members_only="leave-out")})
    assert feeds.rules_of(TOWN) == FeedRules(text="full", members_only="leave-out")


def test_a_list_that_cannot_exist_is_a_fault():
    with pytest.raises(ValueError, match="no list is called so"):
        SiteConfig.model_validate(a_site().model_dump() | {"feeds": {"lists": {"Sport": {"text": "full"}}}})
