"""What others say about our pages: the Nu HTML Checker and axe-core, installed by `make checkers`."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.browser import SCHEMES, Browser, Page, Scheme, Screen, reading

FOLDER: Final = Path(__file__).parents[1] / "checkers" / "node_modules"
VNU: Final = FOLDER / "vnu-jar" / "build" / "dist" / "vnu.jar"
AXE: Final = FOLDER / "axe-core" / "axe.min.js"
CHECK_S: Final = 120.0  # one start of Java and some thirty pages, on a busy machine

# All of axe-core's rules, also those beyond the law: WCAG 2.2 A and AA, and best practices.
RUN_AXE: Final = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations'], iframes: false})
  return found.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.html.slice(0, 160)} – ${node.failureSummary}`))
}"""


def require_checkers() -> None:
    """Skip, in one line, where they are not installed; in CI that is a failure."""
    if VNU.exists() and AXE.exists():
        return
    message = "the page checkers are missing; run: make checkers"
    if os.environ.get("LITFASS_CI") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def html_faults(pages: Mapping[str, bytes], folder: Path) -> Sequence[str]:
    """Return what the Nu HTML Checker has against pages (name → bytes), errors and warnings; one run for all."""
    for name, page in pages.items():
        (folder / f"{name}.html").write_bytes(page)
    command = ["java", "-jar", str(VNU), "--format", "json", "--stdout", "--exit-zero-always", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHECK_S, check=True)
    return [_said(message) for message in json.loads(done.stdout)["messages"]]


def reading_faults(page: Page) -> Sequence[str]:
    """Return what axe-core has against the page that a browser shows."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    faults: list[str] = page.evaluate(RUN_AXE)
    return faults


def faults_by_page(
    browser: Browser, site: str, pages: Mapping[str, str], *, screen: Screen
) -> Mapping[tuple[str, Scheme], Sequence[str]]:
    """Return what axe-core has against pages (name → path) by day and by night; those without faults are left out."""
    faults: dict[tuple[str, Scheme], Sequence[str]] = {}
    with reading(browser, f"{site}/imprint/", screen=screen) as seen:
        for name, path in pages.items():
            seen.page.goto(site + path)
            for scheme in SCHEMES:
                seen.page.emulate_media(color_scheme=scheme)
                faults[name, scheme] = reading_faults(seen.page)
    return {page: found for page, found in faults.items() if found}


def _said(message: Mapping[str, Any]) -> str:
    """Return one message of the checker as a line: file:line kind: text, and what it is about."""
    kind = message.get("subType", message["type"])
    place = f"{Path(message.get('url', '')).name}:{message.get('lastLine', '')}"
    return f"{place} {kind}: {message['message']} {message.get('extract', '')[:120]!r}"
