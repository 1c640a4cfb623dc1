"""What render's tests share: the default theme with a site's chrome, and a whole paper over a real Valkey."""

from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from services.feed.index import Lists
from services.render.compose.html import Chrome, Theme
from services.render.files import FileCache
from services.render.handlers import ArticleFiles, make_article_writer
from services.render.listing import ListFiles
from services.render.metrics import RenderMetrics
from services.render.redirects import Redirects
from services.render.serve import PageServer
from services.render.settings import RenderSettings
from services.render.sites import Site, Sites
from shared.contracts.config import LitfassConfig
from shared.runtime.articles import Articles
from shared.runtime.lists import ListReader
from shared.runtime.pagestore import PageStore
from shared.runtime.previews import Previews
from shared.runtime.timeline import Timeline
from tests.support.articles import SITE, a_site
from tests.support.lists import Newsroom, SetClock
from tests.unit.render.paper import Paper, always_later


@pytest.fixture(scope="session")
def theme() -> Theme:
    return Theme.load("default")


@pytest.fixture(scope="session")
def chrome_of(theme: Theme) -> Callable[..., Chrome]:
    """The chrome of a site in the default theme; what is said changes the site."""
    return lambda **changes: Chrome.of(SITE, a_site(**changes), theme, ())


@pytest.fixture(scope="session")
def chrome(chrome_of: Callable[..., Chrome]) -> Chrome:
    return chrome_of()


@pytest.fixture
def paper(redis: Redis, tmp_path: Path) -> Paper:
    """Everything that the service is made of, for one site over a real Valkey and a folder."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "imprint.md").write_text("# Impressum\n\nDer Kurier\nAm Markt 1\n")
    config = LitfassConfig(site={SITE: a_site(static=str(tmp_path / "static"))})
    sites = Sites.load(config, theme_folder=None)
    store, metrics = PageStore(f"file://{tmp_path}/site"), RenderMetrics(CollectorRegistry())
    clock = SetClock()
    articles = Articles(redis, shards=1, clock=clock)
    reader = ListReader(redis, shards=1)
    previews = Previews(redis, shards=1, clock=clock)
    lists = Lists(redis, config.sites(), shards=1, clock=clock)
    list_files = ListFiles(store, reader, RenderSettings(), metrics)
    files = ArticleFiles(store, metrics)
    site = sites.named(SITE)
    assert isinstance(site, Site)
    return Paper(
        newsroom=Newsroom(redis, lists, reader, articles, clock),
        site=site,
        sites=sites,
        store=store,
        files=files,
        list_files=list_files,
        metrics=metrics,
        write=make_article_writer(sites, articles, files, Timeline(redis, shards=1), metrics, clock),
        server=PageServer(
            sites,
            FileCache(store, clock=always_later()),
            articles,
            reader,
            list_files,
            redis,
            metrics,
            previews,
            Redirects(redis, shards=1),
        ),
    )
