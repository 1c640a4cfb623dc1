"""What a reader sees, in a real browser, on a phone and at a desk, by day and by night.

One newsroom of real processes prints one edition; pages are read through render's page server. Pictures of every kind
of page go to build/screenshots/: look at them.
"""

import gzip

import httpx
import pytest

from tests.support.browser import DESKTOP, PHONE, SCHEMES, SCREENS, reading
from tests.support.edition import ARTICLE, PAGES

pytestmark = [pytest.mark.serial, pytest.mark.needs("chromium")]

FRONT_LIMIT = 15 * 1024  # bytes of HTML, compressed
HAND_PX = 24  # WCAG 2.2, 2.5.8; links in running text need not
# What a browser says of its own accord when a page is 404 or 410.
EXPECTED = ("the server responded with a status of 404", "the server responded with a status of 410")

CONTRAST = """() => {
  const channel = value => (value /= 255) <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b)
  const numbers = color => color.match(/[\\d.]+/g).map(Number)
  const ground = node => {
    for (; node; node = node.parentElement) {
      const color = numbers(getComputedStyle(node).backgroundColor)
      if (color.length < 4 || color[3] === 1) return color
    }
    return [255, 255, 255]
  }
  const faults = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement, style = getComputedStyle(node)
    if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue
    if (node.closest('.skip, .unseen, script, style')) continue
    const [one, other] = [light(numbers(style.color)), light(ground(node))].sort((a, b) => b - a)
    const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700)
    const ratio = (one + .05) / (other + .05)
    if (ratio < (isLarge ? 3 : 4.5)) faults.add(`${ratio.toFixed(2)} ${walker.currentNode.data.trim().slice(0, 40)}`)
  }
  return [...faults]
}"""
SIDEWAYS = """() => {
  const inside = node => node.closest('.scroll, .wide, pre, .nav ul, .raw, .skip, .jump')
  const wide = [...document.body.querySelectorAll('*')].filter(
    node => node.getBoundingClientRect().right > innerWidth + 1 && !inside(node) && node.checkVisibility())
  const page = document.documentElement.scrollWidth > innerWidth ? ['the page'] : []
  return [...page, ...wide.map(node => node.outerHTML.slice(0, 80))]
}"""
SLOTS = """() => [...document.querySelectorAll('.ad')].map(slot => ({
  height: slot.getBoundingClientRect().height, name: slot.id, label: slot.innerText.trim(),
  reserved: parseInt(getComputedStyle(slot).getPropertyValue(
    innerWidth >= 1100 ? '--l' : innerWidth >= 768 ? '--m' : '--s')),
}))"""


BOXES = """() => [...document.querySelectorAll('main *, .side *')].map(node => {
  const box = node.getBoundingClientRect()
  return [box.x, box.y, box.width, box.height]
})"""
BLOCKING = """() => performance.getEntriesByType('resource')
  .filter(each => each.renderBlockingStatus === 'blocking').map(each => new URL(each.name).pathname)"""
MARKED = """() => [...document.querySelectorAll('.nav a')]
  .filter(each => getComputedStyle(each).borderBlockEndColor === getComputedStyle(document.body).color)
  .map(each => each.innerText)"""
STORIES = """() => [...document.querySelectorAll('main .card, .box:not(.events) li')]
  .filter(each => each.checkVisibility()).map(each => each.querySelector('a').pathname)"""
# The first line of the text ends where its column ends.
BEGINS_AT_RIGHT = """node => {
  const text = document.createRange()
  text.selectNodeContents(node)
  const column = node.closest('li, .words').getBoundingClientRect()
  return Math.abs(Math.max(...[...text.getClientRects()].map(each => each.right)) - column.right) < 1
}"""
SMALL = """hand => [...document.querySelectorAll('.nav a, .footer li a, .tags a, .archive a, .share a')]
  .filter(each => each.checkVisibility() && Math.min(each.offsetWidth, each.offsetHeight) < hand)
  .map(each => each.outerHTML)"""


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
@pytest.mark.parametrize("name", PAGES)
def test_every_kind_of_page_fits_its_screen_loads_whole_and_can_be_read(site, browser, name, screen, scheme):
    with reading(browser, site + PAGES[name], screen=screen, scheme=scheme) as seen:
        seen.shoot(f"{name}-{screen.name}-{scheme}")
        assert seen.measure(SIDEWAYS) == []
        assert seen.measure(CONTRAST) == []
        assert [fault for fault in seen.faults if not any(known in fault for known in EXPECTED)] == []
        assert seen.page.locator("h1").count() == 1
        assert seen.measure("() => [...document.images].filter(each => !each.naturalWidth).map(each => each.src)") == []
        assert seen.page.locator('script:not([type="application/ld+json"])').count() == 0


def test_the_headline_of_the_day_is_on_a_phones_first_screen(site, browser):
    for path, heading in (("/", "main h2"), (ARTICLE, "main h1")):
        with reading(browser, site + path, screen=PHONE) as seen:
            headline = seen.page.locator(heading).first
            box = headline.bounding_box()
            assert "Wernbrücke" in headline.inner_text()
            assert box["y"] + box["height"] <= PHONE.height


def test_the_headline_of_an_article_is_on_the_first_screen_of_a_desk(site, browser):
    with reading(browser, site + ARTICLE, screen=DESKTOP) as seen:
        assert seen.page.locator("main h1").bounding_box()["y"] < DESKTOP.height / 2


@pytest.mark.parametrize("path", ["/meinung/", "/meinung/kommentar/", "/events/"])
def test_a_phone_shows_in_the_navigation_where_one_is(site, browser, path):
    with reading(browser, site + path, screen=PHONE) as seen:
        here = seen.page.locator(f'.nav a[href="/{path.split("/")[1]}/"]')
        box = here.bounding_box()
        assert 0 <= box["x"] <= PHONE.width - box["width"]
        assert seen.measure(MARKED) == [here.inner_text()]


def test_the_skip_link_appears_with_the_first_tab_and_leads_to_the_text(site, browser):
    with reading(browser, site + ARTICLE) as seen:
        skip = seen.page.locator(".skip")
        assert skip.bounding_box()["y"] < 0
        seen.page.keyboard.press("Tab")
        assert skip.bounding_box()["y"] > 0
        assert seen.measure("() => document.activeElement.className") == "skip"
        seen.page.keyboard.press("Enter")
        seen.page.keyboard.press("Tab")
        assert seen.measure("() => document.querySelector('main').contains(document.activeElement)")


def test_who_goes_by_keyboard_sees_where_they_are(site, browser):
    with reading(browser, site + ARTICLE) as seen:
        for _ in range(12):
            seen.page.keyboard.press("Tab")
            outline = seen.measure("() => getComputedStyle(document.activeElement).outlineWidth")
            assert outline == "3px", seen.measure("() => document.activeElement.outerHTML")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
@pytest.mark.parametrize(("path", "count"), [("/", 6), (ARTICLE, 5)])
def test_places_for_advertisements_have_their_height_and_their_label(site, browser, screen, path, count):
    with reading(browser, site + path, screen=screen) as seen:
        slots = seen.measure(SLOTS)
        assert len(slots) == count
        for slot in slots:
            assert slot["label"] == "Anzeige"
            assert slot["height"] == slot["reserved"] >= 84, slot  # the lowest: 468x60 and its label


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
@pytest.mark.parametrize("path", ["/", ARTICLE])
def test_the_layout_needs_no_javascript(site, browser, screen, path):
    layouts = []
    for javascript in (True, False):
        with reading(browser, site + path, screen=screen, javascript=javascript) as seen:
            layouts.append(seen.measure(BOXES))
    assert layouts[0] == layouts[1]


def test_the_last_place_beside_a_long_article_stays_in_view_on_a_desk(site, browser):
    with reading(browser, site + ARTICLE, screen=DESKTOP) as seen:
        slot = seen.page.locator("#ad-sidebar-2")
        seen.page.locator("#corrections").scroll_into_view_if_needed()
        box = slot.bounding_box()
        assert 0 <= box["y"] <= DESKTOP.height - box["height"]


def test_an_article_does_not_list_itself_and_no_box_is_empty(site, browser):
    with reading(browser, site + ARTICLE) as seen:
        assert seen.page.locator(f'.related a[href="{ARTICLE}"]').locator("visible=true").count() == 0
        for box in seen.page.locator(".box").locator("visible=true").all():
            assert box.locator("li").locator("visible=true").count() > 0, box.inner_text()


@pytest.mark.parametrize("path", ["/", "/stadt/"])
def test_the_boxes_of_a_local_paper_are_there(site, browser, path):
    with reading(browser, site + path) as seen:
        for title in ("Aktuelle Beiträge", "Events", "Bunt gemischt"):
            assert seen.page.get_by_role("heading", name=title, exact=True).is_visible()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_the_front_page_shows_no_story_twice_but_a_calendar_stays_whole(site, browser, screen):
    with reading(browser, site, screen=screen) as seen:
        shown = seen.measure(STORIES)
        assert len(shown) == len(set(shown)) > 20
        assert seen.page.locator(".events li").locator("visible=true").count() == 2


def test_the_page_of_events_has_no_box_with_the_same(site, browser):
    with reading(browser, site + "/events/") as seen:
        assert seen.page.get_by_role("link", name="Flohmarkt auf dem Alten Markt").count() == 2, "listed, and recent"
        assert seen.page.locator(".events").count() == 0


def test_a_headline_in_arabic_begins_at_the_right_wherever_it_stands(site, browser):
    for path, place in (("/", "main"), ("/stadt/", ".recent"), ("/stadt/", "main")):
        with reading(browser, site + path, screen=DESKTOP) as seen:
            headline = seen.page.locator(f'{place} [lang="ar"]').first
            assert headline.evaluate(BEGINS_AT_RIGHT), place


def test_what_is_printed_is_the_article_and_nothing_around_it(site, browser):
    with reading(browser, site + ARTICLE) as seen:
        seen.page.emulate_media(media="print")
        for selector in (".ad", ".side", ".nav", ".mixed", ".share"):
            assert seen.page.locator(selector).locator("visible=true").count() == 0, selector
        assert seen.page.locator("h1").is_visible()


@pytest.mark.parametrize("path", ["/", ARTICLE, "/stadt/"])
def test_nothing_but_the_style_sheet_holds_a_page_up(site, browser, path):
    with reading(browser, site + path) as seen:
        (name,) = seen.measure(BLOCKING)
        assert name.startswith("/_static/site.")


def test_the_front_page_of_a_day_is_light(site):
    page = httpx.get(site).content
    assert len(gzip.compress(page)) <= FRONT_LIMIT


def test_a_finger_hits_what_it_aims_at(site, browser):
    for path in (ARTICLE, "/tag/ahlenbrueck/"):
        with reading(browser, site + path, screen=PHONE) as seen:
            assert seen.measure(SMALL, HAND_PX) == []


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_nobody_elses_server_is_asked_before_the_reader_says_so(site, browser, javascript):
    with reading(browser, site + ARTICLE, javascript=javascript) as seen:
        assert seen.faults == []
        with seen.page.expect_event("requestfailed", lambda each: "youtube-nocookie.com" in each.url):
            seen.page.frame_locator("iframe.player").get_by_role("link").click()
        assert any("youtube-nocookie.com/embed/abcdefghijk" in fault for fault in seen.faults)
        assert seen.page.url == site + ARTICLE, "the page itself stays"
