"""`[site.NAME.search]`: who the site is to search engines and social networks, and what crawlers may do with it.

Agents of artificial intelligence come for one of three purposes, and most name themselves after it:

training    to make models of what they read
search      to find it, quote it and lead to it, as search engines do
user        because somebody asked for this page just now
"""

import re
from typing import Literal

from pydantic import Field, field_validator

from shared.contracts.base import Contract

May = Literal["allow", "disallow"]
# RFC 9309, 2.2.1: an agent's token has letters, "_" and "-" only; some real ones also have digits and dots.
_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PLACE = r"^((https?://[^\s/?#]+[^\s]*)|(/[^\s/][^\s]*))?$"


class AgentsConfig(Contract):
    """What the agents of artificial intelligence may do; by purpose, and by name where one is to differ."""

    training: May = Field(default="disallow", description="Agents that collect texts to train models with.")
    search: May = Field(default="allow", description="Agents that find pages, quote them and lead to them.")
    user: May = Field(default="allow", description="Agents that fetch a page because somebody asked for it.")
    named: dict[str, May] = Field(
        default_factory=dict, description='Single agents that differ, also unknown ones: GPTBot = "allow".'
    )

    @field_validator("named")
    @classmethod
    def _are_tokens(cls, value: dict[str, May]) -> dict[str, May]:
        for name in value:
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"{name!r} is no crawler's name such as GPTBot; its version and address stay out")
        return value


class SearchConfig(Contract):
    """The site in the eyes of search engines and social networks."""

    logo: str = Field(
        default="", pattern=_PLACE, description="The publisher's logo: a path of the site such as /media/logo.png."
    )
    same_as: tuple[str, ...] = Field(default=(), description="The publisher elsewhere: Wikipedia, social networks.")
    principles: str = Field(default="", pattern=_PLACE, description="The page with the newsroom's principles.")
    ownership: str = Field(default="", pattern=_PLACE, description="The page that says to whom the paper belongs.")
    x_account: str = Field(default="", pattern=r"^(@\w{1,15})?$", description="The paper's account on X: @kurier.")
    agents: AgentsConfig = Field(default=AgentsConfig(), description="The table `[site.NAME.search.agents]`.")
    license: str = Field(
        default="",
        pattern=r"^(https?://[^\s/?#]+[^\s]*)?$",
        description="Where the licence for machines is (RSL 1.0): https://kurier.example/license.xml.",
    )
    disallow: tuple[str, ...] = Field(
        default=(), description="Paths of the site that no crawler may fetch, such as /suche/."
    )

    @field_validator("same_as")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not re.fullmatch(r"https?://[^\s/?#]+\S*", address):
                raise ValueError(f"{address!r} is no address such as https://de.wikipedia.org/wiki/Kurier")
        return value

    @field_validator("disallow")
    @classmethod
    def _are_paths(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for path in value:
            if not re.fullmatch(r"/[^\s#]+", path):
                raise ValueError(f"{path!r} is no path such as /suche/; to keep everybody out is the edge's business")
        return value
