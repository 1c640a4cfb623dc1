"""robots.txt: what crawlers may fetch, and by which licence. Pure.

An agent obeys the group that names it and no other, so a group that allows something repeats what nobody may fetch.
What robots.txt says is a wish; who must be kept out is kept out at the edge.

Sources: RFC 9309; RSL 1.0, "Adding RSL to robots.txt"; each company's page about its crawlers.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from shared.contracts.config import SiteConfig
from shared.contracts.search import AgentsConfig, May

Purpose = Literal["training", "search", "user"]

FOR_NOBODY: Final = ("/admin/", "/_ads/", "/_fragments/")
# Names as their companies give them; Google-Extended and Applebot-Extended fetch nothing themselves, they are switches.
AGENTS: Final[Mapping[Purpose, Sequence[str]]] = {
    "training": (
        "AI2Bot",
        "Amazonbot",
        "anthropic-ai",
        "Applebot-Extended",
        "Bytespider",
        "CCBot",
        "ClaudeBot",
        "cohere-training-data-crawler",
        "Diffbot",
        "Google-Extended",
        "GPTBot",
        "meta-externalagent",
        "Omgilibot",
        "PanguBot",
    ),
    "search": ("Claude-SearchBot", "DuckAssistBot", "OAI-SearchBot", "PerplexityBot", "YouBot"),
    "user": ("ChatGPT-User", "Claude-User", "meta-externalfetcher", "MistralAI-User", "Perplexity-User"),
}


def robots(site: SiteConfig) -> bytes:
    """Return robots.txt: the licence, the groups, the sitemaps."""
    closed = [*FOR_NOBODY, *site.search.disallow]
    groups = [_group(["*"], closed)]
    may = _judged(site.search.agents)
    if refused := sorted((name for name in may if may[name] == "disallow"), key=str.lower):
        groups.append(_group(refused, ["/"]))
    if welcome := sorted((name for name in may if may[name] == "allow"), key=str.lower):
        groups.append(_group(welcome, closed))
    licence = [[f"License: {site.search.license}"]] if site.search.license else []
    sitemaps = [f"Sitemap: {site.base_url}/{name}" for name in ("sitemap.xml", "news-sitemap.xml")]
    return ("\n\n".join("\n".join(lines) for lines in [*licence, *groups, sitemaps]) + "\n").encode()


def _judged(agents: AgentsConfig) -> Mapping[str, May]:
    """Return what each agent may; names are told apart without regard to case (RFC 9309, 2.2.1)."""
    judged: dict[str, May] = {}
    by_purpose: Mapping[Purpose, May] = {"training": agents.training, "search": agents.search, "user": agents.user}
    for purpose, may in by_purpose.items():
        judged |= dict.fromkeys(AGENTS[purpose], may)
    known = {name.lower(): name for name in judged}
    return judged | {known.get(name.lower(), name): may for name, may in agents.named.items()}


def _group(names: Sequence[str], closed: Sequence[str]) -> list[str]:
    return [*(f"User-agent: {name}" for name in names), *(f"Disallow: {path}" for path in closed)]
