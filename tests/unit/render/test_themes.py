"""A theme's folder, and the site's own files over it."""

import gzip
import re
from pathlib import Path

import pytest

from services.render.compose.html import Chrome, Theme
from services.render.themes import read_theme
from shared.contracts.lists import section
from shared.runtime.errors import ConfigurationFault
from tests.support.articles import SITE, a_document, a_site, a_teaser, an_article

CSS_LIMIT = 12 * 1024  # bytes, compressed
SCRIPT_LIMIT = 4_000  # bytes, compressed; only pages with slots on sites with a network load it


def test_the_sites_own_files_go_before_the_themes_one_by_one(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "gone.html").write_text("eigene")
    files = read_theme("default", override=tmp_path)
    assert files.templates["gone.html"] == "eigene"
    assert files.sources["gone.html"] == tmp_path / "templates" / "gone.html"
    assert "article.html" in files.templates


def test_files_that_editors_leave_behind_are_no_part_of_a_theme(tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / ".site.css.swp").write_bytes(b"x")
    assert not any(name.startswith(".") for name in read_theme("default", override=tmp_path).static)


def test_every_language_says_everything(tmp_path):
    locales = read_theme("default").locales
    assert all(set(texts) == set(locales["en"]) for texts in locales.values())


def test_what_a_language_lacks_is_said_in_english(theme):
    assert theme.texts("de-AT")["gone_home"] == "Zur Startseite"
    assert theme.texts("fr")["gone_home"] == "To the front page"


def test_the_style_sheet_is_small_and_the_only_scripts_are_for_networks_and_counting():
    static = read_theme("default").static
    assert len(gzip.compress(static["site.css"], 9)) <= CSS_LIMIT
    assert [name for name in static if name.endswith(".js")] == ["ads.js", "count.js"]
    assert len(gzip.compress(static["ads.js"], 9)) <= SCRIPT_LIMIT


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("theme.toml", "title = ", "theme.toml"),
        ("theme.toml", 'title = "A"\nfront_topp = 3', "front_topp"),
        ("locales/de.toml", "skip = 3", "skip must be text"),
        ("templates/gone.html", b"\xff", "byte 0 is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start_naming_it(tmp_path, name, text, says):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigurationFault) as fault:
        read_theme("default", override=tmp_path)
    assert str(file) in str(fault.value)
    assert says in str(fault.value)


def test_a_folder_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(ConfigurationFault, match="is not there"):
        read_theme("default", override=tmp_path / "weg")


def test_the_script_for_auditors_that_the_manual_gives_is_on_articles_and_lists_with_their_codes(tmp_path):
    manual = (Path(__file__).parents[3] / "docs/howto/counting.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```html\n(.*?)```", manual, re.DOTALL)
    base = read_theme("default").templates["base.html"].replace("</head>", f"{script}</head>")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "base.html").write_text(base)
    theme = Theme.load("default", override=tmp_path)
    chrome, document = Chrome.of(SITE, a_site(), theme, ()), a_document(an_article())

    def codes(page: bytes) -> list[bytes]:
        return re.findall(rb'cp: "([^"]*)"', page)

    assert codes(theme.article_page(chrome, document)) == [b"stadt-article"]
    assert codes(theme.front_page(chrome, recent=[a_teaser()], sections={})) == [b"front"]
    stadt = theme.list_page(chrome, section("stadt"), title="Stadt", teasers=[a_teaser()], months=[])
    assert codes(stadt) == [b"stadt-list"]
    for page in (theme.article_page(chrome, document, why=True), theme.not_found(chrome, recent=[])):
        assert codes(page) == []
