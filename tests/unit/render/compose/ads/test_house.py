"""House advertisements: which creative stands where and when, and what it may contain."""

from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.compose.ads import House, Place, SiteAds
from services.render.compose.ads.house import POLITICAL_PX, lifeless
from shared.contracts import paths
from shared.contracts.ads import AdsConfig
from shared.runtime.clock import milliseconds
from shared.runtime.errors import ConfigurationFault

NOON = milliseconds(datetime(2026, 11, 24, 11, tzinfo=UTC))
HOURS = 3_600_000
BUCKETS = range(paths.AD_BUCKETS)
TRANSPARENCY = {
    "sponsor": "Bündnis Brücke", "sponsor_email": "a@bruecke.example", "sponsor_address": "Am Markt 1, Ahlenbrück",
    "process": "Bürgerentscheid am 10. Mai 2027", "amount": "800 €", "amount_basis": "Preisliste", "funding": "private",
    "funding_from": "EU", "targeting": "none", "complaints": "anzeigen@kurier.example",
}  # fmt: skip


def a_creative(*sizes: str, **changes: Any) -> dict[str, Any]:
    images = [
        {"src": f"/media/{size}.svg", "width": int(size.split("x")[0]), "height": int(size.split("x")[1])}
        for size in sizes or ("300x250",)
    ]
    return {"images": images, "alt": "Der Kurier im Abo", "url": "/abo/"} | changes


def house(*, own_hosts=(), **creatives: dict[str, Any]) -> tuple[House, SiteAds]:
    config = AdsConfig.model_validate({"creatives": creatives, "own_hosts": own_hosts})
    return (
        House(config, hosts=("kurier.example",), zone=ZoneInfo("Europe/Berlin")),
        SiteAds(config, language="de"),
    )


def place(ads: SiteAds, position: str, *, page="article", section="stadt") -> Place:
    return next(each for each in ads.places(page, section) if each.position == position)


def shown(position: str, *, now_ms=NOON, bucket=0, page="article", section="stadt", **creatives):
    houses, ads = house(**creatives)
    return houses.shown(place(ads, position, page=page, section=section), bucket=bucket, now_ms=now_ms)


def test_each_width_of_the_screen_gets_the_largest_picture_that_fits():
    view = shown("top", abo=a_creative("320x50", "320x100", "728x90", "970x250"))
    assert [(each["media"], each["width"]) for each in view["pictures"]] == [
        ("(min-width: 68.75em)", 728),
        ("(min-width: 48em)", 728),
        ("", 320),
    ]
    assert view["pictures"][-1]["height"] == 100


def test_what_does_not_fit_at_every_width_is_not_shown_there():
    assert shown("top", abo=a_creative("300x250")) is None
    assert shown("top", abo=a_creative("320x100")) is None  # higher than what is reserved on a desk
    assert shown("sidebar-1", abo=a_creative("300x250")) is not None


@pytest.mark.parametrize(
    ("changes", "where", "is_shown"),
    [
        ({"positions": ["in-article"]}, {"position": "in-article-2"}, True),
        ({"positions": ["in-article"]}, {"position": "sidebar-1"}, False),
        ({"sections": ["sport"]}, {"position": "sidebar-1", "section": "sport"}, True),
        ({"sections": ["sport"]}, {"position": "sidebar-1"}, False),
        ({"sections": ["sport"]}, {"position": "sidebar-1", "page": "front", "section": ""}, False),
        ({"pages": ["front"]}, {"position": "sidebar-1", "page": "front", "section": ""}, True),
        ({"pages": ["front"]}, {"position": "sidebar-1"}, False),
    ],
)
def test_a_creative_stands_only_where_it_is_booked(changes, where, is_shown):
    assert (shown(abo=a_creative(**changes), **where) is not None) is is_shown


@pytest.mark.parametrize(
    ("changes", "is_shown"),
    [
        ({"starts_at": "2026-11-24"}, True),
        ({"starts_at": "2026-11-25"}, False),
        ({"ends_at": "2026-11-24"}, True),
        ({"ends_at": "2026-11-23"}, False),
        ({"starts_at": "2026-11-24T12:00:00+01:00"}, True),
        ({"starts_at": "2026-11-24T12:00:01+01:00"}, False),
        ({"ends_at": "2026-11-24T12:00:00+01:00"}, False),
    ],
)
def test_a_campaign_has_its_days(changes, is_shown):
    assert (shown("sidebar-1", abo=a_creative(**changes)) is not None) is is_shown


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "is_possible"),
    [
        ("2026-11-24", "2026-11-24", True),
        ("2026-11-25", "2026-11-24", False),
        ("2026-11-24T12:00:00+01:00", "2026-11-24", True),
        ("2026-11-24T12:00:00+01:00", "2026-11-24T10:59:59Z", False),
    ],
)
def test_a_campaign_that_ends_before_it_begins_is_refused(starts_at, ends_at, is_possible):
    campaign = a_creative(starts_at=starts_at, ends_at=ends_at)
    with nullcontext() if is_possible else pytest.raises(ValueError, match="ends before it begins"):
        house(a=campaign)


def test_the_next_change_is_the_next_beginning_or_end_of_the_day_in_the_sites_zone():
    houses, _ = house(a=a_creative(starts_at="2026-11-26"), b=a_creative(ends_at="2026-11-24"))
    midnight = milliseconds(datetime(2026, 11, 25, tzinfo=ZoneInfo("Europe/Berlin")))
    assert houses.next_change_ms(NOON) == midnight
    assert houses.next_change_ms(midnight) == midnight + 24 * HOURS
    assert houses.next_change_ms(midnight + 24 * HOURS) is None


def test_weights_are_shares_of_the_buckets():
    creatives = {"abo": a_creative(weight=2, url="/abo/"), "buch": a_creative(url="/buch/")}
    for position in ("sidebar-1", "sidebar-2", "in-article-1"):
        clicks = Counter(shown(position, bucket=bucket, **creatives)["click"].split("/")[2] for bucket in BUCKETS)
        assert clicks == {"abo": 4, "buch": 2}


def test_two_places_of_a_page_do_not_always_show_the_same():
    creatives = {"abo": a_creative(), "buch": a_creative()}
    at = {
        position: [shown(position, bucket=bucket, **creatives)["click"].split("/")[2] for bucket in BUCKETS]
        for position in ("sidebar-1", "in-article-1")
    }
    assert at["sidebar-1"] != at["in-article-1"]


def test_a_click_is_counted_at_its_place():
    assert shown("in-article-2", abo=a_creative())["click"] == "/_ads/abo/in-article-2/click/"


# --- what they may contain -------------------------------------------------------------------------------------------


def html(text: str, **changes: Any) -> dict[str, Any]:
    return {"html": text, "width": 300, "height": 250, "url": "/abo/"} | changes


@pytest.mark.parametrize(
    ("creative", "fault"),
    [
        (a_creative() | {"images": [{"src": "https://fremd.example/a.gif", "width": 1, "height": 1}]}, "fremd.example"),
        (html('<img src="https://fremd.example/pixel.gif">'), "fremd.example/pixel.gif is on a host"),
        (html("<img src='//fremd.example/pixel.gif'>"), "is on a host that is not the site's"),
        (html("<script>alert(1)</script>"), "'<script' cannot be in a house advertisement"),
        (html('<iframe src="https://fremd.example">'), "'<iframe' cannot be"),
        (html('<a href="/" onclick="x()">a</a>'), "cannot be in a house advertisement"),
    ],
)
def test_a_creative_that_would_ask_others_or_run_something_stops_the_start(creative, fault):
    with pytest.raises(ConfigurationFault) as caught:
        house(abo=creative)
    assert "ads.creatives.abo: " in str(caught.value)
    assert fault in str(caught.value)


def test_pictures_may_be_on_hosts_that_are_the_sites_own():
    image = {"src": "https://bilder.kurier.example/a.svg", "width": 300, "height": 250}
    houses, ads = house(own_hosts=["bilder.kurier.example"], abo=a_creative() | {"images": [image]})
    assert houses.shown(place(ads, "sidebar-1"), bucket=0, now_ms=NOON)["pictures"][0]["src"] == image["src"]


def test_html_keeps_its_looks_and_its_link_counts():
    view = shown("sidebar-1", abo=html('<a href="{click}" style="color:red;position:fixed">Ja</a>'))
    assert view["html"] == (
        '<a href="/_ads/abo/sidebar-1/click/" style="color:red" rel="sponsored nofollow noopener">Ja</a>'
    )


DIRECTIVES = ('<!--#include virtual="/x" -->', '<!--#exec cmd="id" -->', '<esi:include src="/x"/>', "<!--esi x -->")


@pytest.mark.parametrize("directive", DIRECTIVES)
def test_no_directive_of_the_edge_gets_through(directive):
    for text in (directive, f'<b title="{directive}" style="color:red">a</b>', f"<img alt='{directive}'>"):
        for view in (shown("sidebar-1", abo=html(text)), shown("sidebar-1", abo=a_creative(alt=directive))):
            assert "<!--" not in view["html"]
            assert "<esi:" not in view["html"].lower()


PIECES = (
    "<!-",
    "-",
    "->",
    "<!--#",
    "<es",
    "i:include",
    "<b>",
    '"',
    "'",
    "<img alt=",
    ">",
    "<a title=",
    "<!--x-->",
    " ",
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_directive_can_be_put_together_from_pieces(text):
    made = lifeless(text).lower()
    assert "<!--" not in made
    assert "<esi:" not in made


# --- political -------------------------------------------------------------------------------------------------------


def a_political(*sizes: str, **changes: Any) -> dict[str, Any]:
    said = {"political": True, "starts_at": "2026-11-01", "ends_at": "2026-12-01", "transparency": TRANSPARENCY}
    return a_creative(*sizes, **said | changes)


def test_a_political_one_says_who_and_what_for_and_where_the_notice_is():
    political = shown("sidebar-1", ja=a_political("300x100"))["political"]
    assert political == {
        "sponsor": "Bündnis Brücke",
        "controlled_by": "",
        "process": "Bürgerentscheid am 10. Mai 2027",
        "targeting": "",
        "notice": "/_ads/ja/notice/",
    }
    chosen = a_political("300x100", transparency=TRANSPARENCY | {"targeting": "Wohnort"})
    assert shown("sidebar-1", ja=chosen)["political"]["targeting"] == "Wohnort"


def test_a_political_one_needs_room_for_what_it_must_say():
    assert shown("sidebar-1", ja=a_political(f"300x{250 - POLITICAL_PX}")) is not None
    assert shown("sidebar-1", ja=a_political(f"300x{250 - POLITICAL_PX + 1}")) is None


@pytest.mark.parametrize("missing", sorted(TRANSPARENCY))
def test_a_political_one_without_one_of_its_fields_is_refused(missing):
    said = {name: value for name, value in TRANSPARENCY.items() if name != missing}
    with pytest.raises(ValueError, match=missing):
        house(ja=a_political(transparency=said))


def test_a_blank_is_no_answer_to_who_paid_for_a_political_one():
    with pytest.raises(ValueError, match=r"transparency\.sponsor\n"):
        house(ja=a_political(transparency=TRANSPARENCY | {"sponsor": "  "}))


@pytest.mark.parametrize("missing", ["transparency", "starts_at", "ends_at"])
def test_a_political_one_without_its_notice_or_its_period_is_refused(missing):
    with pytest.raises(ValueError, match="Regulation \\(EU\\) 2024/900"):
        house(ja={name: value for name, value in a_political().items() if name != missing})
