"""The whole corpus of tests/fixtures/xss in a real browser: nothing of it runs, or asks anything of strangers.

The pages are those that tests/integration/test_xss.py looks at. Many of them stand in frames of one page, and a reader
touches everything in them. No server and no network: the browser is handed the bytes.
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from lxml import etree
from playwright.sync_api import ConsoleMessage, Dialog, Route

from services.feed.formats import Feed, compose, rss
from services.render.files import NOTHING
from services.render.includes import Shell, assemble, split
from shared.contracts import Document, lists
from tests.support.articles import PUBLISHED
from tests.support.browser import Browser, chromium
from tests.support.xss import CANARY, corpus, deliveries, look, poisoned, publication, teasers_of

pytestmark = [pytest.mark.serial, pytest.mark.needs("chromium")]

HOST = "http://kurier.example"
FRAMES = 60  # articles on one page
# Between them every kind of block and every field of a page; the payloads bare in one, among words in the other.
WAYS_IN = {"standard-blocks": 0, "wordpress-published": -1}
WATCH = """
window.ran = () => console.log(`RAN ${location.pathname}`);
for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = window.ran;
window.addEventListener('click', event => {
  const link = event.target.closest?.('a[href]');
  if (link && /^(?:https?|mailto):$/.test(link.protocol)) event.preventDefault();
}, true);
"""
TOUCH = """() => {
  for (const node of document.querySelectorAll('*')) {
    for (const name of ['mouseover', 'pointerenter', 'focus', 'toggle', 'copy', 'contextmenu'])
      node.dispatchEvent(new Event(name, {bubbles: true}));
    if (['a', 'summary', 'button'].includes(node.localName) || node.hasAttribute('onclick')) node.click?.();
  }
}"""
A_TURN = "() => new Promise(resolve => setTimeout(resolve, 100))"  # what was put off comes before this

Pages = Mapping[str, str | bytes]  # path → page


@dataclass
class Visit:
    """What happened while a reader looked at pages: the paths on which a script ran, and what strangers were asked."""

    ran: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def visit(browser: Browser, pages: Pages) -> Visit:
    """Look at all pages, each in a frame, and touch everything in them."""
    seen = Visit()
    paths = list(pages)
    for first in range(0, len(paths), FRAMES):
        _look(browser, pages, paths[first : first + FRAMES], seen)
    return seen


def _look(browser: Browser, pages: Pages, paths: Sequence[str], seen: Visit) -> None:
    context = browser.new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    frames = "".join(f'<iframe src="{path}" width=400 height=200></iframe>' for path in paths)

    def answer(route: Route) -> None:
        url = route.request.url
        path = url.removeprefix(HOST)
        if path == "/frames":
            route.fulfill(body=f"<!doctype html><title>x</title>{frames}", content_type="text/html")
        elif path in pages:
            route.fulfill(body=pages[path], content_type="text/html; charset=utf-8")
        else:
            if urlsplit(url).hostname == CANARY:
                seen.asked.add(url)
            route.abort()

    def note(message: ConsoleMessage) -> None:
        if message.text.startswith("RAN "):
            seen.ran.add(message.text.removeprefix("RAN "))

    def dismiss(dialog: Dialog) -> None:
        seen.ran.add(f"dialog {dialog.message}")
        dialog.dismiss()

    context.route("**/*", answer)
    page.on("console", note)
    page.on("dialog", dismiss)
    try:
        page.goto(f"{HOST}/frames", wait_until="load")
        for frame in page.frames[1:]:
            frame.evaluate(TOUCH)
        page.evaluate(A_TURN)
    finally:
        context.close()


def documents() -> Iterator[Document]:
    for delivery in deliveries():
        if delivery.name in WAYS_IN:
            for payload in corpus():
                yield list(poisoned(delivery, payload))[WAYS_IN[delivery.name]]


def test_a_browser_obeys_the_corpus_where_nobody_stands_between(browser):
    """Else the tests below would promise nothing."""
    pages = {f"/{i}": f"<!doctype html><title>x</title>{each.markup}" for i, each in enumerate(corpus())}
    seen = visit(browser, pages)
    assert len(seen.ran) >= 80
    assert len(seen.asked) >= 15


def test_no_article_runs_anything(browser):
    theme, chrome = look()
    pages = {f"/{i}": theme.article_page(chrome, each) for i, each in enumerate(documents())}
    assert len(pages) == len(corpus()) * len(WAYS_IN)
    seen = visit(browser, pages)
    assert (seen.ran, seen.asked) == (set(), set())


def test_no_list_runs_anything(browser):
    theme, chrome = look()
    shown, tag = teasers_of(documents()), lists.tag("a")

    def fragment(path: str) -> Shell:
        kind = path.removeprefix("/_fragments/").partition(".")[0].partition("/")[0]
        if kind not in {"recent", "events", "mixed", "nav", "related", "breaking"}:
            return NOTHING
        return split(theme.fragment(chrome, kind, teasers=shown, name=tag, title=corpus()[0].markup))

    pages = {
        "/": theme.front_page(chrome, recent=shown, sections={"stadt": shown}),
        "/tag": theme.list_page(chrome, tag, title=corpus()[0].markup, teasers=shown, months=["2026-11"]),
        "/events": theme.list_page(chrome, lists.EVENTS, title="", teasers=shown, months=[]),
        "/corrections": theme.list_page(chrome, lists.CORRECTIONS, title="", teasers=shown, months=[]),
        "/404": theme.not_found(chrome, recent=shown),
    }
    whole = {path: assemble(split(page), fragment) for path, page in pages.items()}
    for i, payload in enumerate(corpus()):
        whole[f"/gone/{i}"] = theme.gone(chrome, note=payload.markup, withdrawn_at=PUBLISHED)
        whole[f"/title/{i}"] = theme.list_page(chrome, tag, title=payload.markup, teasers=(), months=[])
    seen = visit(browser, whole)
    assert (seen.ran, seen.asked) == (set(), set())


def test_no_feed_runs_anything_in_a_reader_that_takes_texts_for_html(browser):
    feed = Feed(publication(), lists.RECENT, "Der Kurier")
    parts = etree.fromstring(compose(rss, feed, teasers_of(documents()))).iter("title", "description", "link")
    words = "".join(
        f'<p><a href="{html.escape(part.text or "")}">Link</a>' if part.tag == "link" else f"<div>{part.text}</div>"
        for part in parts
    )
    seen = visit(browser, {"/reader": f"<!doctype html><title>x</title>{words}"})
    assert (seen.ran, seen.asked) == (set(), set())
