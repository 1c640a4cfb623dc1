"""Why is there an advertisement on a page, or none? The command asks the function that render asks."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry

from litfass.house import House
from services.render.compose.ads import PageAds
from services.render.compose.ads import explain as explained
from services.render.listing import ListFiles
from services.render.metrics import RenderMetrics
from services.render.serve import job_of
from services.render.settings import RenderSettings
from services.render.sites import Site, Sites
from shared.contracts import paths
from shared.contracts.base import SiteName, UrlPath
from shared.runtime.errors import LitfassError
from shared.runtime.lists import ListReader
from shared.runtime.settings import load_settings


class NoPageWithAds(LitfassError):
    """There is no front page, list or published article at that address."""

    reason = "no_page_with_ads"


async def explain(house: House, text: str, *, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return every place of a page and what was decided about it; raises NoSuchArticle and NoPageWithAds."""
    settings = load_settings(RenderSettings, environ)
    sites = Sites.load(house.config, theme_folder=settings.theme_folder)
    for site in sites:
        path = text.removeprefix(site.config.base_url) or "/"
        if wanted := paths.parse(UrlPath(path), site.config.sections):
            ads = await _of_list(house, site, wanted, settings)
            return _answer(site, path, ads, [*explained.around(ads), *explained.in_list(ads)])
    name, article_id = await house.find(text)
    (document,) = await house.articles.newest(name, [article_id])
    found = sites.named(SiteName(name))
    if found is None or document is None or document.article is None or document.path is None:
        raise NoPageWithAds(f"{text!r} is no published article; litfass why {text} says what became of it.")
    ads = found.chrome.ads.of_article(document.article)
    return _answer(found, document.path, ads, [*explained.around(ads), *explained.gaps_in_text(ads)])


async def _of_list(house: House, site: Site, wanted: paths.ListPage, settings: RenderSettings) -> PageAds:
    reader = ListReader(house.client, shards=house.config.redis.shards)
    files = ListFiles(house.store, reader, settings, RenderMetrics(CollectorRegistry()))
    return await files.ads(site, job_of(wanted))


def _answer(site: Site, path: str, ads: PageAds, gaps: list[explained.Gap]) -> dict[str, Any]:
    return {
        "url": f"{site.config.base_url}{path}",
        "site": site.name,
        "slots": sum(verdict.is_accepted for verdict in ads.verdicts),
        "places": [
            {
                "where": gap.where,
                "accepted": gap.is_accepted,
                "position": gap.position,
                "rule": gap.rule,
                "why": gap.said,
                "have": gap.have,
                "need": gap.need,
            }
            for gap in gaps
        ],
    }
