"""The second theme: complete, made from the documents for theme authors, and none of the default theme's."""

import gzip
import re
from pathlib import Path

import pytest

from services.render.compose.contexts import TEMPLATES, WORDS
from services.render.compose.html import Theme
from services.render.sites import Site
from services.render.themes import ADS_SCRIPT, COUNT_SCRIPT, read_theme
from tests.support.articles import SITE, a_document, a_site

FOLDER = Path(__file__).parents[3] / "examples/second-theme"


@pytest.fixture(scope="module")
def second() -> Theme:
    """The theme, after every kind of page was rendered with it."""
    return Theme.load(str(FOLDER))


@pytest.fixture(scope="module")
def files():
    return read_theme(str(FOLDER))


def test_every_kind_of_page_can_be_rendered(second: Theme):
    site = Site.of(SITE, a_site(), second)
    page = second.article_page(site.chrome, a_document()).decode()
    assert page.count("<h1") == 1
    assert 'name="litfass:revision"' in page
    assert "morgenblatt" in page


def test_it_has_every_template_and_nothing_of_the_default_theme(files):
    default = read_theme("default")
    assert set(TEMPLATES) <= set(files.templates)
    assert {name for name, text in files.templates.items() if text in default.templates.values()} == set()
    shared = {name for name, data in files.static.items() if data in default.static.values()}
    assert shared == {ADS_SCRIPT, COUNT_SCRIPT}


def test_it_says_everything_that_it_says_in_both_languages(files):
    used = {word for text in files.templates.values() for word in re.findall(r"\bt\.([a-z_]+)", text)}
    assert {language: set(words) for language, words in files.locales.items()} == dict.fromkeys(
        ("de", "en"), used | WORDS
    )


def test_it_knows_no_left_and_no_right(files):
    css = files.static["morgenblatt.css"].decode()
    assert re.findall(r"(?:margin|padding|border|inset)-(?:left|right)|text-align: (?:left|right)|\bfloat\b", css) == []


def test_its_style_sheet_is_small(files):
    assert len(gzip.compress(files.static["morgenblatt.css"], 9)) <= 12 * 1024
