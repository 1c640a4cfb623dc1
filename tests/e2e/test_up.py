"""One command: the newsroom runs, shows its demo, takes a CMS's webhook, keeps everything, and stops cleanly."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.support.newsroom import free_port

ROOT = Path(__file__).parents[2]
SEND = ROOT / "examples" / "send-a-webhook" / "send.py"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
START_S = 40.0

pytestmark = pytest.mark.serial


@contextmanager
def up(data: Path, *options: str) -> Iterator[str]:
    """Run `litfass up` on a free port; give its address once the demo is in."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "litfass", "up", "--data", str(data), "--port", str(port), *options], cwd=ROOT
    )
    try:
        wait_for(lambda: httpx.get(f"{url}/health/ready").status_code == 200 and is_filled(data))
        yield url
        process.terminate()
        assert process.wait(20) == 0, "stops cleanly"
    finally:
        process.kill()
        process.wait()


def is_filled(data: Path) -> bool:
    """Whether the demo is in; a newsroom of one's own has none."""
    mark = data / "demo.json"
    return not (data / "demo-secret").exists() or (mark.exists() and json.loads(mark.read_text())["is_done"])


def wait_for(claim) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            if claim():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def litfass(data: Path, *arguments: str) -> dict:
    command = [sys.executable, "-m", "litfass", *arguments, "--data", str(data), "--json"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=30).stdout)


def test_a_webhook_is_seen_everywhere_and_after_a_restart_and_a_retraction_nowhere(tmp_path):
    data = tmp_path / "data"
    with up(data) as url:
        command = [str(SEND), "--url", f"{url}/webhooks/redaktion", "--secret-file", str(data / "demo-secret")]
        command += ["--headline", "Hallo, Litfass"]
        sent = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True, timeout=20)
        assert sent.stdout.startswith("202")
        for path in ("/stadt/hallo-litfass/", "/", "/stadt/", "/feed.xml", "/feed.atom", "/feed.json"):
            wait_for(lambda path=path: "Hallo, Litfass" in httpx.get(f"{url}{path}").text)
        assert "Aktuelle Beiträge" in httpx.get(f"{url}/").text
        steps = [step["what"] for step in litfass(data, "why", "/stadt/hallo-litfass/")["steps"]]
        assert steps[:2] == ["received", "accepted"]
        assert {"rendered", "listed"} <= set(steps)
        assert litfass(data, "check") == {"faults": []}
    with up(data) as url:
        assert "Hallo, Litfass" in httpx.get(f"{url}/stadt/hallo-litfass/").text
        answer = litfass(data, "retract", "/stadt/hallo-litfass/", "--note", "Ein Versehen.")
        assert (answer["status"], answer["is_gone"]) == ("killed", True)
        assert (answer["proof"]["through"], answer["proof"]["places"] > 30) == (url, True)
        wait_for(lambda: "proved" in [step["what"] for step in litfass(data, "why", answer["article_id"])["steps"]])
        wait_for(lambda: httpx.get(f"{url}/stadt/hallo-litfass/").status_code == 410)
        assert "Ein Versehen." in httpx.get(f"{url}/stadt/hallo-litfass/").text
        for path in ("/", "/stadt/", "/feed.xml", "/feed.json"):
            wait_for(lambda path=path: "hallo-litfass" not in httpx.get(f"{url}{path}").text)


def test_a_newsroom_of_ones_own_starts_with_its_own_configuration(tmp_path):
    config = tmp_path / "litfass.toml"
    config.write_text(
        '[site.bote]\nname = "Mein Bote"\nurl = "https://bote.example"\n[site.bote.sections]\nort = "Ort"\n'
    )
    with up(tmp_path / "data", "--config", str(config)) as url:
        wait_for(lambda: "Mein Bote" in httpx.get(f"{url}/").text)


@pytest.mark.needs("chromium")
def test_a_real_browser_reads_the_front_page_and_an_article_on_a_phone_and_a_desk(tmp_path):
    screenshots = ROOT / "build" / "screenshots"
    screenshots.mkdir(parents=True, exist_ok=True)
    with up(tmp_path / "data") as url, sync_playwright() as playwright:
        wait_for(lambda: "Markthalle" in httpx.get(f"{url}/stadt/").text)
        headline, path = next(
            (item["headline"], httpx.URL(item["url"]).path)
            for item in httpx.get(f"{url}/api/v1/articles?list=section:stadt&limit=100").json()["items"]
            if "Markthalle" in item["headline"]
        )
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for width, height in ((390, 844), (1280, 900)):
            page = browser.new_page(viewport={"width": width, "height": height}, java_script_enabled=True)
            faults: list[str] = []
            page.on(
                "console",
                lambda message, faults=faults: faults.append(message.text) if message.type == "error" else None,
            )
            page.on(  # a picture of the whole page changes its width for a moment, and so what is asked for
                "requestfailed",
                lambda request, faults=faults: (
                    faults.append(request.url) if request.failure != "net::ERR_ABORTED" else None
                ),
            )
            for name, address in (("front", "/"), ("article", path)):
                page.goto(f"{url}{address}")
                page.screenshot(path=str(screenshots / f"{name}-{width}.png"), full_page=True)
                assert page.get_by_text(headline if name == "article" else "Aktuelle Beiträge").first.is_visible()
                assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out"
                slots = page.locator("aside.ad").all()
                assert slots
                assert all(re.match("Anzeige", slot.inner_text(), re.IGNORECASE) for slot in slots)
                assert all((box := slot.bounding_box()) and box["height"] >= 84 for slot in slots if slot.is_visible())
            assert faults == []
        browser.close()
