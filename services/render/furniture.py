"""What a site has before its first article: static files, navigation, static pages, error pages."""

from services.render.robots import robots
from services.render.sellers import files_of
from services.render.sites import Site
from shared.contracts import paths
from shared.contracts.base import UrlPath
from shared.runtime.pagestore import PageStore


async def write_furniture(site: Site, store: PageStore) -> int:
    """Put everything that does not depend on articles; return how many files changed. Raises StoreAway."""
    theme, chrome = site.theme, site.chrome
    files: dict[str, bytes] = {
        **theme.static_files,
        paths.fragment_path("nav"): theme.fragment(chrome, "nav"),
        "/404.html": theme.not_found(chrome, recent=()),
        "/503.html": theme.unavailable(chrome),
        "/robots.txt": robots(site.config),
    }
    for page in site.static_pages:
        body = theme.static_page(chrome, slug=page.slug, title=page.title, html=page.html)
        files[paths.page_file(UrlPath(f"/{page.slug}/"))] = body
    sellers = files_of(site.config)
    files |= {path: data for path, data in sellers.items() if data is not None}
    await store.delete(site.name, [path for path, data in sellers.items() if data is None])
    changed = [await store.put(site.name, path, data) for path, data in files.items()]
    return sum(changed)
