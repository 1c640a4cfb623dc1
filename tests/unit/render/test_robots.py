"""What crawlers may fetch; asked as a crawler would read it."""

from urllib.robotparser import RobotFileParser

import pytest

from services.render.robots import AGENTS, robots
from shared.contracts.search import AgentsConfig, SearchConfig
from tests.support.articles import a_site

ARTICLE = "https://kurier.example/stadt/neue-bruecke-1/"


def text_of(**search) -> str:
    return robots(a_site(search=SearchConfig(**search))).decode()


def may(agent: str, url: str = ARTICLE, **search) -> bool:
    """Whether a crawler that obeys reads this page."""
    parser = RobotFileParser()
    parser.parse(text_of(**search).splitlines())
    return parser.can_fetch(agent, url)


def test_crawlers_are_led_to_the_sitemaps_and_away_from_what_is_no_page():
    assert text_of().endswith(
        "\n\nSitemap: https://kurier.example/sitemap.xml\nSitemap: https://kurier.example/news-sitemap.xml\n"
    )
    for path in ("/_fragments/nav.html", "/_ads/abo/top/click/", "/admin/"):
        assert not may("Googlebot", f"https://kurier.example{path}")
    assert may("Googlebot")


def test_who_trains_models_is_asked_to_stay_away_and_who_leads_readers_here_is_not():
    assert not any(may(agent) for agent in AGENTS["training"])
    assert all(may(agent) for agent in (*AGENTS["search"], *AGENTS["user"]))


@pytest.mark.parametrize("purpose", AGENTS)
def test_a_newsroom_decides_for_each_purpose(purpose):
    assert all(may(agent, agents=AgentsConfig(**{purpose: "allow"})) for agent in AGENTS[purpose])
    assert not any(may(agent, agents=AgentsConfig(**{purpose: "disallow"})) for agent in AGENTS[purpose])


def test_a_single_agent_may_differ_whatever_the_case_of_its_name():
    agents = AgentsConfig(named={"gptbot": "allow", "NewBot": "disallow", "Claude-User": "disallow"})
    assert may("GPTBot", agents=agents)
    assert not may("NewBot", agents=agents)
    assert not may("Claude-User", agents=agents)
    assert text_of(agents=agents).count("GPTBot") == 1


def test_who_is_welcome_is_still_kept_from_what_nobody_may_fetch():
    for agent in ("Googlebot", "ChatGPT-User"):
        assert not may(agent, "https://kurier.example/suche/?q=x", disallow=("/suche/",))
        assert not may(agent, "https://kurier.example/admin/")


def test_no_agent_stands_in_two_groups():
    names = [line for line in text_of().splitlines() if line.startswith("User-agent:")]
    assert len(names) == len(set(names)) == 1 + sum(len(agents) for agents in AGENTS.values())


def test_the_licence_is_named_before_every_group():
    assert text_of(license="https://kurier.example/license.xml").startswith(
        "License: https://kurier.example/license.xml\n\nUser-agent: *\n"
    )
    assert "License" not in text_of()
