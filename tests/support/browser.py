"""A real browser that reads pages: Chromium through Playwright, without a window and without the network beyond us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

EXECUTABLE: Final = "/usr/bin/chromium"
SCREENSHOTS: Final = Path(__file__).parents[2] / "build" / "screenshots"
FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Screen:
    """What a reader holds in the hand or has on the desk; CSS pixels."""

    name: str
    width: int
    height: int


PHONE: Final = Screen("phone", 390, 844)
DESKTOP: Final = Screen("desktop", 1280, 900)
SCREENS: Final = (PHONE, DESKTOP)
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")


@dataclass
class Reading:
    """One page as one reader sees it, and what went wrong meanwhile."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def shoot(self, name: str) -> Path:
        """Write a picture of the whole page to build/screenshots/."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        file = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=file, full_page=True, animations="disabled")
        return file

    def measure(self, script: str, argument: Any = None) -> Any:  # whatever the script returns
        return self.page.evaluate(script, argument)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for many readings."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def reading(
    browser: Browser, url: str, *, screen: Screen = DESKTOP, scheme: Scheme = "light", javascript: bool = True
) -> Iterator[Reading]:
    """Open `url` as a new reader; requests that leave the machine are refused, and noted as faults."""
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme=scheme,
        java_script_enabled=javascript,
        locale="de-DE",
        is_mobile=screen is PHONE,
        has_touch=screen is PHONE,
        reduced_motion="reduce",
    )
    page = context.new_page()
    seen = Reading(page)
    here = url.split("/", 3)[2]

    def only_here(route: Route) -> None:
        if route.request.url.split("/", 3)[2] == here:
            route.continue_()
        else:
            seen.faults.append(f"left the site: {route.request.url}")
            route.abort()

    page.route("**/*", only_here)
    page.on(
        "console", lambda message: seen.faults.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: seen.faults.append(str(error)))
    page.on("requestfailed", lambda request: seen.faults.extend(_failure(request)))
    try:
        page.goto(url, wait_until="load")
        _see_everything(page)
        yield seen
    finally:
        context.close()


def _failure(request: Request) -> list[str]:
    """Name what failed; what the browser itself gave up, as it does while it takes a picture of a page, did not."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"failed: {request.url}"]


def _see_everything(page: Page) -> None:
    """Scroll once through the page, so that pictures that wait for their reader come."""
    if page.evaluate("() => document.images.length"):
        page.evaluate("() => { for (const picture of document.images) picture.loading = 'eager' }")
        page.wait_for_function("() => [...document.images].every(picture => picture.complete)")
