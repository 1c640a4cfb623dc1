"""What does Lighthouse say about our pages on a slow phone?

    front, article     of the edition that the tests print, as the page server sends them

Performance is simulated by Lighthouse from what the page loads (a slow 4G line, a phone of the middle class), so a
busy machine lowers it; the other three depend on the page alone. Debian's chromium does the reading.
"""

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from bench.measure import Row
from tests.support.edition import ARTICLE, Edition

LIGHTHOUSE: Final = Path(__file__).parent / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"
PAGES: Final = {"front page": "/", "article": ARTICLE}
CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
CHROME: Final = "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking"
AIM: Final = 95.0  # of a hundred
PAGE_S: Final = 180.0  # one page takes some twenty


def run(note: Callable[[str], None]) -> Iterator[Row]:
    """Print an edition, and let Lighthouse read two pages of it."""
    if missing := _missing():
        note(missing)
        return
    folder = Path(tempfile.mkdtemp(prefix="litfass-bench-"))
    edition = Edition(folder)
    try:
        edition.start()
        asyncio.run(edition.print())
        for name, path in PAGES.items():
            yield from _rows(name, edition.url("render") + path)
    finally:
        edition.close()
        shutil.rmtree(folder, ignore_errors=True)


def _missing() -> str:
    """Return what has to be installed first; empty when everything is there."""
    for program, package in (("node", "nodejs"), ("chromium", "chromium")):
        if not shutil.which(program):
            return f"{program} is missing (apt-get install {package}); pages are not judged"
    return "" if LIGHTHOUSE.exists() else "Lighthouse is missing; run: make lighthouse"


def _rows(name: str, url: str) -> Iterator[Row]:
    report = _report(url)
    for category in CATEGORIES:
        points = round(report["categories"][category]["score"] * 100)
        yield Row(f"{name}, {category}", "points", points, aim=AIM, note=_lost(report, category))


def _lost(report: dict[str, Any], category: str) -> str:
    """Return what cost points, the dearest first; numbers as Lighthouse says them."""
    refs = sorted(report["categories"][category]["auditRefs"], key=lambda ref: -ref["weight"])
    audits = [report["audits"][ref["id"]] for ref in refs if ref["weight"]]
    lost = [audit for audit in audits if (1 if audit["score"] is None else audit["score"]) < 1]
    return "; ".join(f"{audit['title']} {audit.get('displayValue', '')}".strip() for audit in lost[:2])


def _report(url: str) -> dict[str, Any]:
    """Return what Lighthouse says about a page, as JSON; raises RuntimeError with its words when it cannot."""
    command = ["node", str(LIGHTHOUSE), url, "--output=json", "--quiet", "--no-enable-error-reporting"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={CHROME}"]
    environ = os.environ | {"CHROME_PATH": shutil.which("chromium") or ""}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=PAGE_S, check=False)
    if done.returncode:
        raise RuntimeError(f"Lighthouse gave up on {url}: {done.stderr[-1000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report
