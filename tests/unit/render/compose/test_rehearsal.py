"""A theme is tried out before any reader comes."""

from pathlib import Path

import pytest

from services.render.compose.html import Theme
from services.render.compose.rehearsal import EVERY_BLOCK
from shared.contracts.blocks import Block
from shared.runtime.errors import ConfigurationFault

TEMPLATES = Path(__file__).parents[4] / "services/render/themes/default/templates"
PAGES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html") if path.name != "base.html")


def overridden(folder: Path, template: str, source: str) -> Path:
    file = folder / "templates" / template
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
    return file


def test_a_template_that_cannot_be_read_stops_the_start_naming_file_and_line(tmp_path):
    file = overridden(tmp_path, "article.html", "eins\nzwei\n{% if %}\n")
    with pytest.raises(ConfigurationFault) as fault:
        Theme.load("default", override=tmp_path)
    assert f"{file}, line 3:" in str(fault.value)


@pytest.mark.parametrize("template", PAGES)
def test_whatever_template_is_broken_the_start_says_so(tmp_path, template):
    source = (TEMPLATES / template).read_text()
    # The last place that is sure to run: macros inside a macro, pages inside their block.
    if "{% endmacro %}" in source:
        broken = source.replace("{% endmacro %}", "{{ chrome_of_another_theme.x }}{% endmacro %}")
    elif "{% endblock %}" in source:
        head, tail = source.rsplit("{% endblock %}", 1)
        broken = f"{head}{{{{ no_such_view.x }}}}{{% endblock %}}{tail}"
    else:
        broken = source + "{{ no_such_view.x }}"
    file = overridden(tmp_path, template, broken)
    with pytest.raises(ConfigurationFault) as fault:
        Theme.load("default", override=tmp_path)
    assert str(file) in str(fault.value)
    assert ", line " in str(fault.value)


def test_every_kind_of_block_is_rehearsed():
    kinds = {member.model_fields["type"].default for member in Block.__origin__.__args__}
    assert {block["type"] for block in EVERY_BLOCK} == kinds
