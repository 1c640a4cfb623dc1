"""Markdown in the site's folder → imprint, privacy and their like."""

import pytest

from services.render.static_pages import read_static_pages
from shared.runtime.errors import ConfigurationFault
from tests.support.articles import a_site


@pytest.fixture
def read(tmp_path):
    def of(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.md").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_static_pages(tmp_path, site=a_site())

    return of


def test_the_first_heading_is_the_title_and_the_rest_the_page(read):
    (page,) = read(imprint="# Impressum & *Kontakt*\n\nHallo\n\n# Zweite\n")
    assert (page.slug, page.title) == ("imprint", "Impressum & Kontakt")
    assert page.html == "<p>Hallo</p>\n<h2>Zweite</h2>\n"


def test_an_address_keeps_its_lines_and_tables_are_tables(read):
    (page,) = read(imprint="# I\n\nDer Kurier\nMarkt 1\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert "Der Kurier<br>\nMarkt 1" in page.html
    assert "<td>1</td>" in page.html


def test_html_in_the_text_is_text(read):
    (page,) = read(imprint="# I\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n")
    assert "<script" not in page.html
    assert 'href="javascript' not in page.html


def test_what_stands_before_the_title_stays(read):
    (page,) = read(imprint="Vorweg\n\n# Titel\n\nDanach\n")
    assert page.html.startswith("<p>Vorweg</p>")


def test_pages_are_ordered_by_name_and_other_files_are_left_alone(read, tmp_path):
    (tmp_path / "notes.txt").write_text("kein Markdown")
    assert [page.slug for page in read(privacy="# P", about="# A")] == ["about", "privacy"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("Über", "# A", "a-z, 0-9 and single hyphens"),
        ("events", "# A", "/events/ is reserved"),
        ("stadt", "# A", "is the section 'Stadt'"),
        ("leer", "", "has no heading"),
        ("bild", "# ![](x.png)", "has no heading"),
        ("latin", b"# \xfc", "byte 2 is not UTF-8"),
    ],
)
def test_a_page_that_cannot_be_stops_the_start_naming_its_file(read, tmp_path, name, text, says):
    with pytest.raises(ConfigurationFault) as fault:
        read(**{name: text})
    assert f"{tmp_path}/{name}.md" in str(fault.value)
    assert says in str(fault.value)


def test_all_faults_are_in_one_message(read):
    with pytest.raises(ConfigurationFault) as fault:
        read(events="# A", leer="")
    assert len(str(fault.value).splitlines()) == 2


def test_a_folder_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(ConfigurationFault, match="is not there"):
        read_static_pages(tmp_path / "weg", site=a_site())
