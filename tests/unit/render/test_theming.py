"""A theme that changes while it is in use, and one that is broken."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from structlog.testing import capture_logs

from services.render.metrics import RenderMetrics
from services.render.rerender import announce
from services.render.sites import Site, Sites
from services.render.theming import ThemeKeeper, load_sites
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.contracts.keys import Keys
from shared.runtime.errors import ConfigurationFault, StoreAway
from tests.support.articles import SITE, a_site

BROKEN = "eins\n{% if gone %}\nzwei\n"


class Theme:
    """A folder over the default theme, and render as it looks after it."""

    def __init__(self, folder: Path, redis: RedisConfig | None = None) -> None:
        self.folder, self.registry = folder, CollectorRegistry()
        (folder / "templates").mkdir(parents=True, exist_ok=True)
        (folder / "theme.toml").write_text('title = "Eigenes"\nbase = "default"\n')
        self.config = LitfassConfig(redis=redis or RedisConfig(), site={SITE: a_site(theme=str(folder))})
        self.metrics = RenderMetrics(self.registry)
        self.shown: list[Site] = []
        self.store_is_away = False

    def load(self) -> None:
        self.sites = load_sites(self.config, self.metrics, theme_folder=None)
        self.keeper = ThemeKeeper(self.sites, self.metrics, theme_folder=None, changed=self._changed, shipped=False)

    async def _changed(self, site: Site) -> None:
        if self.store_is_away:
            raise StoreAway
        self.shown.append(site)

    def save(self, name: str, text: str) -> None:
        (self.folder / "templates" / name).write_text(text)

    async def look(self) -> None:
        """Two looks: a file that is being saved is not taken at once."""
        await self.keeper.tick()
        await self.keeper.tick()

    @property
    def page(self) -> str:
        site = self.sites.named(SITE)
        assert site
        return site.theme.unavailable(site.chrome).decode()

    @property
    def is_broken(self) -> bool:
        return self.registry.get_sample_value("litfass_render_theme_broken", {"site": SITE}) == 1


@pytest.fixture
async def theme(tmp_path) -> Theme:
    theme = Theme(tmp_path / "eigenes")
    theme.load()
    await theme.look()
    return theme


async def test_a_template_that_changed_is_used_from_the_next_page_on(theme: Theme):
    assert "eins" not in theme.page
    theme.save("unavailable.html", "eins")
    await theme.look()
    assert theme.page == "eins"
    assert [site.theme.digest for site in theme.shown] == [theme.sites.at("").theme.digest]


async def test_a_style_sheet_that_changed_has_a_new_address(theme: Theme):
    before = set(theme.sites.at("").theme.static_files)
    (theme.folder / "static").mkdir()
    (theme.folder / "static" / "site.css").write_text("body { color: red }")
    await theme.look()
    assert set(theme.sites.at("").theme.static_files) != before


async def test_nothing_is_loaded_while_nothing_changes(theme: Theme):
    await theme.look()
    assert theme.shown == []


async def test_a_broken_template_keeps_the_last_good_theme_and_names_file_and_line(theme: Theme):
    before = theme.page
    theme.save("unavailable.html", BROKEN)
    with capture_logs() as logs:
        await theme.look()
        await theme.look()
    assert theme.page == before
    assert theme.is_broken
    (said,) = [entry["detail"] for entry in logs if entry["event"] == "theme.broken"]
    assert str(theme.folder / "templates/unavailable.html") in said
    assert "line" in said


async def test_a_template_that_is_right_and_asks_for_what_is_not_there_is_broken_too(theme: Theme):
    theme.save("gone.html", "{{ article.nonsense }}")
    await theme.look()
    assert theme.is_broken
    assert theme.shown == []


async def test_once_it_is_mended_the_theme_is_used_again(theme: Theme):
    theme.save("unavailable.html", BROKEN)
    await theme.look()
    theme.save("unavailable.html", "zwei")
    await theme.look()
    assert (theme.page, theme.is_broken) == ("zwei", False)


async def test_a_folder_that_is_gone_is_a_broken_theme(theme: Theme):
    before = theme.page
    theme.folder.rename(theme.folder.with_name("weg"))
    await theme.look()
    assert (theme.page, theme.is_broken) == (before, True)


async def test_no_page_is_in_a_theme_whose_files_could_not_be_written(theme: Theme):
    theme.save("unavailable.html", "eins")
    theme.store_is_away = True
    await theme.keeper.tick()
    with pytest.raises(StoreAway):
        await theme.keeper.tick()
    assert theme.page != "eins"
    theme.store_is_away = False
    await theme.keeper.tick()
    assert theme.page == "eins"


async def test_a_start_with_a_broken_theme_uses_the_last_good_one(tmp_path, redis: Redis, redis_config: RedisConfig):
    first = Theme(tmp_path / "eigenes", redis_config)
    first.save("unavailable.html", "eins")
    first.load()
    await announce(redis, Keys("s1"), first.sites.at(""))
    again = Theme(tmp_path / "eigenes", redis_config)
    again.save("unavailable.html", BROKEN)
    again.load()
    assert (again.page, again.is_broken) == ("eins", True)
    await again.look()
    again.save("unavailable.html", "zwei")
    await again.look()
    assert (again.page, again.is_broken) == ("zwei", False)


async def test_a_first_start_with_a_broken_theme_names_file_and_line(tmp_path, redis_config: RedisConfig):
    theme = Theme(tmp_path / "eigenes", redis_config)
    theme.save("unavailable.html", BROKEN)
    with pytest.raises(ConfigurationFault, match=r"unavailable\.html, line \d"):
        theme.load()


async def test_another_themes_last_good_state_is_no_stand_in(tmp_path, redis: Redis, redis_config: RedisConfig):
    other = Theme(tmp_path / "anderes", redis_config)
    other.load()
    await announce(redis, Keys("s1"), other.sites.at(""))
    theme = Theme(tmp_path / "eigenes", redis_config)
    theme.save("unavailable.html", BROKEN)
    with pytest.raises(ConfigurationFault):
        theme.load()


def test_a_theme_of_ones_own_is_complete_unless_it_names_a_base(tmp_path):
    theme = Theme(tmp_path / "eigenes")
    (theme.folder / "theme.toml").write_text('title = "Eigenes"\n')
    with pytest.raises(ConfigurationFault, match=r"lacks words|has no template"):
        theme.load()
    (theme.folder / "theme.toml").unlink()
    with pytest.raises(ConfigurationFault, match=r"theme\.toml: is missing"):
        theme.load()


def test_a_site_that_is_swapped_is_found_by_name_and_host():
    sites = Sites.load(LitfassConfig(site={SITE: a_site()}), theme_folder=None)
    old = sites.at("kurier.example")
    new = Site.of(SITE, old.config, old.theme)
    sites.swap(new)
    assert sites.at("kurier.example") is new
    assert sites.at("elsewhere") is new
    assert sites.named(SITE) is new
    assert list(sites) == [new]
