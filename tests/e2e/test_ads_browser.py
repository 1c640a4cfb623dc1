"""Slots in a real browser: nothing moves, nobody is asked before the reader consents. No service runs here.

Pages come straight from the theme, static files and the networks' scripts from this test; whatever leaves the site is
noted and refused unless the test plays that host.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Route

from services.render.compose.ads.reading import head_px, read
from services.render.compose.chrome import Chrome
from services.render.compose.html import Theme
from services.render.includes import assemble, split
from shared.contracts import lists
from shared.contracts.blocks import AdMarker
from tests.support.articles import SITE, a_document, a_paragraph, a_site, an_article, an_image, teasers
from tests.support.browser import DESKTOP, PHONE, SCREENS, Browser, Page, Screen, chromium
from tests.unit.render.compose.ads.plans import blocks_of
from tests.unit.render.compose.ads.test_house import NOON, a_creative, a_political

pytestmark = [pytest.mark.serial, pytest.mark.needs("chromium")]

HOME = "https://kurier.example"
PAGE = "/stadt/neue-bruecke-1/"
SIZES = ("300x250", "320x100", "728x90", "468x60", "320x50")
CMP, GPT, PREBID, OTHER = (
    f"{HOME}/cmp.js",
    "https://google.example/gpt.js",
    f"{HOME}/prebid.js",
    "https://netz.example/",
)
DISCLOSED = (
    "CPzHq4APzHq4AAHABBENDZCgAAAAAAAAAAAAAAAA.IAAA"  # the second segment's first three bits say 1: disclosed vendors
)
VOID = "CPzHq4APzHq4AAHABBENDZCgAAAAAAAAAAAAAAAA"

SHIFTS = """() => {
  window.shifts = []
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(
      `${entry.value.toFixed(4)} ${entry.sources.map(source => source.node?.nodeName + '.' + source.node?.className)}`)
  }).observe({type: 'layout-shift', buffered: true})
}"""

# A consent tool that does what `window.consent` says; it takes over the calls that waited at the stub.
CMP_SCRIPT = """(() => {
  const waiting = window.__tcfapi(), heard = []
  window.stubAnswered = waiting.length
  const say = said => heard.forEach(each => each(said, true))
  window.__tcfapi = (command, version, answer) => {
    if (command === 'addEventListener') { heard.push(answer); answer({eventStatus: 'cmpuishown'}, true) }
  }
  waiting.forEach(call => window.__tcfapi(...call))
  window.answer = ({text, vendors = {755: true}, purposes = {1: true}, applies = true}) =>
    say({eventStatus: 'useractioncomplete', tcString: text, gdprApplies: applies,
         purpose: {consents: purposes}, vendor: {consents: vendors}})
})()"""

# Google's library as far as a page sees it: fills each slot as `window.plan` says, after `delay` ms.
GPT_SCRIPT = """(() => {
  const slots = [], listeners = []
  const show = slot => setTimeout(() => {
    const [width, height] = window.plan(slot.id) || []
    const box = document.getElementById(slot.id)
    box.replaceChildren()
    if (width) {
      const ad = document.createElement('div')
      ad.style.cssText = `width:${width}px;height:${height}px;background:#b5c9d6`
      box.append(ad)
    }
    listeners.forEach(listener => listener({slot, isEmpty: !width}))
    window.rendered = (window.rendered || 0) + 1
  }, 120)
  const service = {addEventListener: (_, listener) => listeners.push(listener), refresh: list => list.forEach(show)}
  let isLater = false
  Object.assign(window.googletag, {
    setConfig: config => { window.told = config; isLater = config.disableInitialLoad },
    defineSlot: (unit, sizes, id) => {
      const slot = {unit, sizes, id, getSlotElementId: () => id, defineSizeMapping: map => { slot.map = map },
        setConfig: config => { slot.config = config }, addService: () => slot}
      slots.push(slot)
      return slot
    },
    sizeMapping: () => { const map = []; return {addSize: (from, sizes) => map.push([from, sizes]), build: () => map} },
    pubads: () => service, enableServices: () => {}, display: slot => { if (!isLater) show(slot) },
  })
  window.gptSlots = slots
  const waiting = window.googletag.cmd
  window.googletag.cmd = {push: work => work()}
  waiting.forEach(work => work())
})()"""

PREBID_SCRIPT = """(() => {
  const waiting = window.pbjs.que
  Object.assign(window.pbjs, {
    setConfig: config => { window.bidConfig = config }, addAdUnits: units => { window.units = units },
    setTargetingForGPTAsync: () => { window.targeted = true },
    requestBids: asked => { window.bidTimeout = asked.timeout; if (!window.silent) asked.bidsBackHandler() },
  })
  window.pbjs.que = {push: work => work()}
  waiting.forEach(work => work())
})()"""


@dataclass
class Reader:
    """One reader on one page, and every host that was asked."""

    page: Page
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def does(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def until(self, condition: str) -> None:
        self.page.wait_for_function(condition, timeout=10_000)

    def shifts(self) -> list[str]:
        """Every shift of the layout, once nothing has moved for two frames."""
        self.does("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.does("() => window.shifts")

    def strangers(self) -> list[str]:
        return [address for address in self.asked if not address.startswith(HOME)]

    def consent(self, **said: Any) -> None:
        self.until("() => window.answer")
        self.does("said => window.answer(said)", {"text": DISCLOSED} | said)

    def height(self, position: str) -> float:
        return self.does("id => document.getElementById(id).getBoundingClientRect().height", f"ad-{position}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def theme() -> Theme:
    return Theme.load("default")


def a_page(
    theme: Theme, config: dict[str, Any], *, counting: dict[str, Any] | None = None, **article: Any
) -> Callable[[str], bytes | None]:
    """What the site answers to a path: the article, its fragments put in, static files and creatives."""
    chrome = Chrome.of(SITE, a_site(ads=config, counting=counting or {}), theme, ())
    fields = {"body": blocks_of("90 " * 16), "image": an_image()} | article
    shell = split(theme.article_page(chrome, a_document(an_article(**fields))))
    places = {place.position: place for place in chrome.ads.places("article", "stadt")}

    def fragment(path: str):
        found = re.fullmatch(r"/_fragments/ads/article/stadt/([^/]+)/(\d)\.html", path)
        if not found:
            return (b"",)
        return (theme.house_ad(chrome, places[found[1]], bucket=int(found[2]), now_ms=NOON),)

    def answer(path: str) -> bytes | None:
        if path == PAGE:
            return assemble(shell, fragment)
        if path in theme.static_files:
            return theme.static_files[path]
        size = re.search(r"(\d+)x(\d+)\.svg$", path)
        width, height = (size[1], size[2]) if size else ("1200", "800")
        if path.endswith(".svg"):
            return (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
                '<path fill="#1b3a4b" d="M0 0h2000v2000H0z"/></svg>'
            ).encode()
        return None

    return answer


TYPES = {"svg": "image/svg+xml", "css": "text/css", "js": "text/javascript", "": "text/html; charset=utf-8"}


@contextmanager
def reading(
    browser: Browser,
    answer: Callable[[str], bytes | None],
    *,
    screen=DESKTOP,
    scripts: dict[str, str] | None = None,
    plan: str = "id => null",
    silent: bool = False,
    scroll: int = 0,
) -> Iterator[Reader]:
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height}, is_mobile=screen is PHONE, reduced_motion="reduce"
    )
    page = context.new_page()
    reader = Reader(page)
    known = {CMP: CMP_SCRIPT} | (scripts or {})

    def serve(route: Route) -> None:
        address = route.request.url
        reader.asked.append(address)
        if address in known:
            route.fulfill(body=known[address], content_type="text/javascript")
            return
        path = address.removeprefix(HOME) if address.startswith(HOME) else ""
        body = answer(path)
        if body is None:
            route.abort()
            return
        kind = path.rpartition("/")[2].rpartition(".")[2] if "." in path else ""
        route.fulfill(body=body, content_type=TYPES[kind])

    page.route("**/*", serve)
    page.on("pageerror", lambda error: reader.faults.append(str(error)))
    page.add_init_script(f"({SHIFTS})(); window.plan = {plan}; window.silent = {str(silent).lower()}")
    try:
        page.goto(HOME + PAGE, wait_until="load")
        if scroll:
            reader.does("y => window.scrollTo(0, y)", scroll)
        yield reader
        assert reader.faults == []
    finally:
        context.close()


def with_gpt(**ads: Any) -> dict[str, Any]:
    return {
        "provider": "gpt",
        "consent": {"cmp": "/cmp.js"},
        "gpt": {"unit": "/123/{section}/{position}", "script": GPT},
    } | ads


# --- nothing moves ---------------------------------------------------------------------------------------------------

PLANS = {
    "as booked": "id => [innerWidth < 768 || !/top/.test(id) ? 300 : 728, /top/.test(id) ? 90 : 250]",
    "smaller": "id => [120, 40]",
    "never": "id => null",
    "some, some not": "id => /1$/.test(id) ? [300, 250] : null",
    "larger than it may be": "id => [2000, 900]",
}


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("scroll", [0, 1500], ids=["at the top", "in the middle"])
def test_nothing_moves_when_slots_fill_late_smaller_never_or_too_large(browser, theme, screen, plan, scroll):
    answer = a_page(theme, with_gpt())
    with reading(browser, answer, screen=screen, scripts={GPT: GPT_SCRIPT}, plan=plan, scroll=scroll) as reader:
        reader.consent()
        reader.until("() => window.rendered === document.querySelectorAll('.fill').length")
        assert reader.shifts() == []
        assert reader.height("top") == (124 if screen is PHONE else 114)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_nothing_moves_while_house_advertisements_load(browser, theme, screen):
    answer = a_page(theme, {"creatives": {"abo": a_creative(*SIZES)}})
    with reading(browser, answer, screen=screen) as reader:
        reader.until("() => [...document.images].every(each => each.loading === 'lazy' || each.complete)")
        assert reader.shifts() == []
        assert reader.does("() => document.querySelectorAll('.ad .creative').length") >= 6


def test_a_slot_that_is_filled_again_keeps_its_height(browser, theme):
    plan = "id => window.again ? null : [300, 250]"
    answer = a_page(theme, with_gpt())
    with reading(browser, answer, scripts={GPT: GPT_SCRIPT}, plan=plan, scroll=1200) as reader:
        reader.consent()
        reader.until("() => window.rendered >= 4")
        before = reader.height("in-article-1")
        reader.does("() => { window.again = true; window.rendered = 0; googletag.pubads().refresh(gptSlots) }")
        reader.until("() => window.rendered === window.gptSlots.length")
        assert reader.height("in-article-1") == before == 274
        assert reader.shifts() == []


def test_what_stays_empty_collapses_only_below_the_screen(browser, theme):
    answer = a_page(theme, with_gpt())
    with reading(browser, answer, scripts={GPT: GPT_SCRIPT}) as reader:
        reader.consent()
        reader.until("() => window.rendered === document.querySelectorAll('.fill').length")
        hidden = reader.does("() => [...document.querySelectorAll('.ad[hidden]')].map(each => each.id)")
        assert {"ad-in-article-2", "ad-in-article-3", "ad-article-end"} <= set(hidden)
        assert "ad-top" not in hidden
        assert reader.height("top") == 114
        assert reader.shifts() == []


def test_a_place_for_which_nothing_is_booked_is_not_shown(browser, theme):
    answer = a_page(theme, {"creatives": {"abo": a_creative(positions=["sidebar-1"])}})
    with reading(browser, answer) as reader:
        seen = "() => [...document.querySelectorAll('.ad')].filter(each => each.checkVisibility()).map(each => each.id)"
        assert reader.does(seen) == ["ad-sidebar-1"]


def test_a_sticky_one_is_closed_without_a_script(browser, theme):
    ads = {"slots": {"sticky": {"enabled": True}}, "creatives": {"abo": a_creative(*SIZES)}}
    with reading(browser, a_page(theme, ads), screen=PHONE) as reader:
        sticky = reader.page.locator("details.sticky")
        box = reader.page.locator("#ad-sticky").bounding_box()
        assert box["y"] + box["height"] == PHONE.height
        assert box["height"] <= 0.3 * PHONE.height
        reader.page.locator("details.sticky summary").click()
        assert sticky.get_attribute("open") is None
        assert not reader.page.locator("#ad-sticky").is_visible()
        assert reader.shifts() == []


def test_what_a_political_one_must_say_is_seen_whole(browser, theme):
    answer = a_page(theme, {"creatives": {"ja": a_political("300x150", positions=["sidebar-1"])}})
    for screen in SCREENS:
        with reading(browser, answer, screen=screen) as reader:
            said = reader.does(
                "() => { const node = document.querySelector('.political');"
                "return [node.scrollHeight, node.clientHeight, node.closest('.ad').scrollHeight] }"
            )
            assert said[0] <= said[1]
            assert said[2] <= 274


# --- nobody is asked before the reader consents ----------------------------------------------------------------------


def test_before_an_answer_only_the_site_itself_is_asked_and_its_own_advertisements_are_seen(browser, theme):
    answer = a_page(theme, with_gpt(creatives={"abo": a_creative(*SIZES)}))
    with reading(browser, answer, scripts={GPT: GPT_SCRIPT}) as reader:
        reader.until("() => window.answer")
        assert reader.does("() => window.stubAnswered") == 1
        assert reader.does("() => window.frames.__tcfapiLocator !== undefined")
        assert reader.strangers() == []
        assert reader.page.locator("#ad-top .creative").is_visible()


@pytest.mark.parametrize(
    "said",
    [
        {"purposes": {}},
        {"vendors": {}},
        {"text": VOID},
        {"text": ""},
    ],
    ids=["no purpose", "no vendor", "a void string", "no string"],
)
def test_who_does_not_consent_is_shown_the_houses_own_and_nobody_is_asked(browser, theme, said):
    answer = a_page(theme, with_gpt(creatives={"abo": a_creative(*SIZES)}))
    with reading(browser, answer, scripts={GPT: GPT_SCRIPT}) as reader:
        reader.consent(**said)
        assert reader.page.locator("#ad-top .creative").is_visible()
        assert reader.strangers() == []
        assert reader.shifts() == []


def test_who_withdraws_gets_the_page_anew(browser, theme):
    with reading(browser, a_page(theme, with_gpt()), scripts={GPT: GPT_SCRIPT}) as reader:
        reader.consent()
        reader.until("() => window.rendered")
        reader.does("() => { window.isOld = true }")
        with reader.page.expect_navigation():
            reader.does("said => { window.answer(said) }", {"text": DISCLOSED, "purposes": {}})
        assert reader.does("() => window.isOld") is None


def test_a_consent_tool_that_cannot_be_loaded_leaves_the_houses_own(browser, theme):
    answer = a_page(
        theme, with_gpt(consent={"cmp": "https://cmp.example/weg.js"}, creatives={"abo": a_creative(*SIZES)})
    )
    with reading(browser, answer, scripts={GPT: GPT_SCRIPT}) as reader:
        reader.until("() => document.querySelector('#ad-top .creative').checkVisibility()")
        assert reader.strangers() == ["https://cmp.example/weg.js"]


# --- the networks ----------------------------------------------------------------------------------------------------


def test_google_is_told_sizes_and_targeting_through_its_configuration(browser, theme):
    answer = a_page(theme, with_gpt())
    with reading(browser, answer, scripts={GPT: GPT_SCRIPT}, plan="id => [300, 250]") as reader:
        reader.consent()
        reader.until("() => window.rendered === document.querySelectorAll('.fill').length")
        told = reader.does("() => window.told")
        assert (told["singleRequest"], told["collapseDiv"], told["targeting"]["section"]) == (True, "DISABLED", "stadt")
        slots = {
            slot["id"]: slot for slot in reader.does("() => gptSlots.map(each => JSON.parse(JSON.stringify(each)))")
        }
        assert slots["fill-top"]["unit"] == "/123/stadt/top"
        assert slots["fill-top"]["map"] == [
            [[0, 0], [[320, 100], [320, 50]]], [[768, 0], [[728, 90]]], [[1100, 0], [[728, 90]]],
        ]  # fmt: skip
        assert slots["fill-in-article-2"]["unit"] == "/123/stadt/in-article"
        assert slots["fill-in-article-2"]["config"] == {"targeting": {"pos": "in-article-2"}}


def test_what_a_blocker_puts_in_googles_place_leaves_the_houses_own(browser, theme):
    shim = "googletag.cmd = {push: work => work()}; window.rendered = 1"
    answer = a_page(theme, with_gpt(creatives={"abo": a_creative(*SIZES)}))
    with reading(browser, answer, scripts={GPT: shim}) as reader:
        reader.consent()
        reader.until("() => window.rendered")
        assert reader.page.locator("#ad-top .creative").is_visible()


@pytest.mark.parametrize("silent", [False, True], ids=["bids come", "no bid ever comes"])
def test_prebid_bids_first_and_google_is_asked_whatever_becomes_of_it(browser, theme, silent):
    bids = [{"bidder": "netz", "positions": ["in-article"], "params": {"zone": 7}}]
    ads = with_gpt(provider="prebid", prebid={"script": "/prebid.js", "timeout_ms": 200, "bids": bids})
    scripts = {GPT: GPT_SCRIPT, PREBID: PREBID_SCRIPT}
    with reading(browser, a_page(theme, ads), scripts=scripts, plan="id => [300, 250]", silent=silent) as reader:
        reader.until("() => window.answer")
        assert PREBID not in reader.asked
        reader.consent()
        reader.until("() => window.rendered === document.querySelectorAll('.fill').length")
        units = reader.does("() => window.units")
        assert [unit["code"] for unit in units] == ["fill-in-article-1", "fill-in-article-2", "fill-in-article-3"]
        assert units[0]["bids"] == [{"bidder": "netz", "params": {"zone": 7}}]
        assert units[0]["mediaTypes"]["banner"]["sizeConfig"][0] == {"minViewPort": [0, 0], "sizes": [[300, 250]]}
        assert reader.does("() => window.bidConfig.consentManagement.gdpr.defaultGdprScope")
        assert reader.does("() => window.targeted")
        assert reader.shifts() == []


def test_a_tag_runs_in_a_frame_of_its_own_size_that_cannot_touch_the_page(browser, theme):
    html = '<p id="zone">{section} {position} {width} {consent}</p><script>try{parent.document.title=1}catch{}</script>'
    ads = {"provider": "tag", "consent": {"cmp": "/cmp.js"}, "tag": {"html": html}}
    title = None
    with reading(browser, a_page(theme, ads)) as reader:
        title = reader.page.title()
        assert reader.does("() => document.querySelectorAll('.fill iframe').length") == 0
        reader.consent(vendors={})
        frame = reader.page.locator("#fill-top iframe")
        frame.wait_for()
        assert (frame.get_attribute("width"), frame.get_attribute("height")) == ("728", "90")
        box = frame.bounding_box()
        assert (box["width"], box["height"]) == (728, 90)  # the theme's own rules for frames do not reach it
        assert "allow-same-origin" not in frame.get_attribute("sandbox")
        text = reader.page.frame_locator("#fill-top iframe").locator("#zone").inner_text()
        assert text == f"stadt top 728 {DISCLOSED}"
        assert reader.page.title() == title
        assert reader.shifts() == []


# --- the estimate of a phone's column --------------------------------------------------------------------------------


def test_what_the_rules_take_for_the_height_of_a_phones_column_is_what_it_is(browser, theme):
    """Within a fifth: the share of advertisements may be off by as much, which at 30 % is 6 points."""
    body = (a_paragraph(words=60), *blocks_of("70 heading 80 image 90 100 quote 110 50 list 60 70"))
    article = an_article(body=body, image=an_image(), ads="none")
    with reading(browser, a_page(theme, {}, body=body, ads="none"), screen=Screen("small", 360, 740)) as reader:
        height = reader.does(
            "() => { const box = node => document.querySelector(node).getBoundingClientRect();"
            "return box('.text').bottom - box('.article').top }"
        )
    estimate = head_px(article) + sum(
        read(block, neighbour_characters=40).px for block in body if not isinstance(block, AdMarker)
    )
    assert 0.8 * height <= estimate <= 1.2 * height


def test_lists_have_their_slots_and_nothing_moves(browser, theme):
    chrome = Chrome.of(SITE, a_site(ads={"creatives": {"abo": a_creative(*SIZES)}}), theme, ())
    html = theme.list_page(chrome, lists.section("stadt"), title="Stadt", teasers=teasers(20), months=())
    places = {place.position: place for place in chrome.ads.places("list", "stadt")}

    def fragment(path: str):
        found = re.fullmatch(r"/_fragments/ads/list/stadt/([^/]+)/(\d)\.html", path)
        return (theme.house_ad(chrome, places[found[1]], bucket=int(found[2]), now_ms=NOON) if found else b"",)

    article = a_page(theme, {})
    page = assemble(split(html), fragment)
    for screen in SCREENS:
        with reading(browser, lambda path: page if path == PAGE else article(path), screen=screen) as reader:
            shown = reader.does(
                "() => [...document.querySelectorAll('.rows > .ad')].map(each => each.getBoundingClientRect().height)"
            )
            assert shown == [274 if screen is PHONE else 84] * 3
            assert reader.does("() => document.documentElement.scrollWidth") <= screen.width
            assert reader.shifts() == []


COUNTING = {
    "vgwort": {"url": "https://vg.example/na/{id}", "consent": False},
    "ivw": {"url": "https://ivw.example/CP/{section}", "vendors": [730]},
}
BARE = {"consent": {"cmp": "/cmp.js"}}
VG, IVW = "https://vg.example/na/a000000000000000000000001", "https://ivw.example/CP/stadt"


def test_a_pixel_that_needs_consent_is_asked_for_once_and_never_before(browser, theme):
    with reading(browser, a_page(theme, BARE, counting=COUNTING)) as reader:
        reader.until("() => window.answer")
        assert reader.strangers() == [VG]
        reader.consent(vendors={730: False})
        reader.consent(text=VOID, vendors={730: True})
        assert reader.strangers() == [VG]
        for waiting in (reader.page.expect_event("requestfailed"), nullcontext()):  # nobody plays that host
            with waiting:
                reader.consent(vendors={730: True})
        assert reader.strangers() == [VG, IVW]
        assert reader.shifts() == []


def test_pixels_and_a_network_share_one_consent_tool(browser, theme):
    with reading(browser, a_page(theme, with_gpt(), counting=COUNTING), scripts={GPT: GPT_SCRIPT}) as reader:
        reader.until("() => window.answer")
        assert reader.asked.count(CMP) == 1
        reader.consent(vendors={755: True, 730: False})
        reader.until("() => window.googletag?.pubads")
        assert IVW not in reader.asked


def test_without_a_script_only_what_needs_no_consent_is_counted(browser, theme):
    pixels = {"vgwort": COUNTING["vgwort"]}
    with reading(browser, a_page(theme, BARE, counting=pixels)) as reader:
        assert reader.strangers() == [VG]
        assert [address for address in reader.asked if address.endswith(".js")] == []
