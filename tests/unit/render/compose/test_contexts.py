"""What the reference page promises to theme authors is what templates get."""

from collections import defaultdict
from dataclasses import fields, replace
from pathlib import Path
from typing import get_type_hints

import pytest

from services.render.compose.chrome import Chrome
from services.render.compose.contexts import TEMPLATES, WORDS, ChromeView
from services.render.compose.html import Theme
from services.render.compose.rehearsal import rehearse
from services.render.themes import read_theme
from shared.runtime.errors import ConfigurationFault


class Listening(Theme):
    """A theme that remembers what each template was given."""

    def __init__(self, files):
        self.given = defaultdict(list)
        super().__init__(files)

    def _render(self, template, context):
        self.given[template].append(context)
        return super()._render(template, context)


@pytest.fixture(scope="module")
def given():
    theme = Listening(read_theme("default"))
    rehearse(theme)
    return theme.given


def test_every_template_that_is_asked_for_is_described_and_every_described_one_is_asked_for(given):
    assert set(given) == set(TEMPLATES)


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_a_template_gets_the_names_that_are_described_and_no_others(given, template):
    promised = set(get_type_hints(TEMPLATES[template].context))
    assert [set(context) ^ promised for context in given[template] if set(context) != promised] == []


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_what_is_given_has_the_fields_that_are_described(given, template):
    hints = get_type_hints(TEMPLATES[template].context)
    for context in given[template]:
        for name, value in context.items():
            if isinstance(value, dict) and hasattr(hints[name], "__required_keys__"):
                assert set(value) == set(hints[name].__annotations__), f"{template}: {name}"


def test_what_is_described_of_the_chrome_is_there():
    assert set(ChromeView.__annotations__) <= {field.name for field in fields(Chrome)}


class Asked(dict):
    """Words that remember which of them the code wanted; templates read them elsewhere."""

    def __init__(self, words, asked):
        super().__init__(words)
        self._asked = asked

    def __getitem__(self, key):
        self._asked.add(key)
        return super().__getitem__(key)


def test_the_words_that_the_code_itself_says_are_named():
    asked = set()

    class Overheard(Theme):
        def texts(self, language):
            return Asked(super().texts(language), asked)

        def _render(self, template, context):
            words = dict(context.get("t", {}))
            return super()._render(template, {**context, "t": words} if "t" in context else context)

    rehearse(Overheard(read_theme("default")))
    assert asked
    assert asked - WORDS == set()


def test_a_theme_that_lacks_such_a_word_is_broken_and_says_which():
    files = read_theme("default")
    english = {key: text for key, text in files.locales["en"].items() if key != "gone"}
    with pytest.raises(ConfigurationFault, match=r"lacks words in locales/en\.toml: gone\."):
        Theme.of(replace(files, locales={**files.locales, "en": english}))


def test_the_page_for_theme_authors_names_every_such_word():
    page = (Path(__file__).parents[4] / "docs/howto/themes.md").read_text()
    assert {word for word in WORDS if f"`{word}`" not in page and not word.startswith("notice_")} == set()
