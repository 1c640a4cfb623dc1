"""`[site.NAME.feeds]`, `[….websub]`, `[….indexnow]`: what stands in feeds and the news sitemap, who is told what."""

from typing import Literal

from pydantic import Field, HttpUrl, field_validator

from shared.contracts.base import Contract, PathWord
from shared.contracts.lists import ListName, is_list_name


class FeedRules(Contract):
    """What a feed shows of its articles."""

    text: Literal["summary", "full"] = Field(
        default="summary", description="The standfirst, or the whole text with its pictures."
    )
    members_only: Literal["public-part", "summary", "leave-out"] = Field(
        default="public-part",
        description="Of articles for members: their public part as `text` says, the standfirst only, or nothing.",
    )
    sponsored: Literal["marked", "leave-out"] = Field(
        default="marked", description="Sponsored articles: with their label, or not at all."
    )


class NewsSitemapConfig(Contract):
    """What is news to search engines; sponsored articles and those without an index never are."""

    leave_out_sections: tuple[PathWord, ...] = Field(default=(), description="Sections that are no news: opinion …")
    members_only: bool = Field(default=True, description="Also articles of which only a part is public.")


class FeedsConfig(FeedRules):
    """The site's feeds: rules for all of them, and for single ones."""

    lists: dict[str, FeedRules] = Field(
        default_factory=dict,
        description='Rules of one list\'s feeds, `[site.NAME.feeds.lists."section:stadt"]`; what they do not say is '
        "as for all.",
    )
    news_sitemap: NewsSitemapConfig = Field(
        default=NewsSitemapConfig(), description="The table `[site.NAME.feeds.news_sitemap]`."
    )

    def rules_of(self, name: ListName) -> FeedRules:
        """Return the rules of one list's feeds."""
        own = self.lists.get(name, FeedRules())
        return FeedRules(
            **{
                field: getattr(own if field in own.model_fields_set else self, field)
                for field in FeedRules.model_fields
            }
        )

    @field_validator("lists")
    @classmethod
    def _named_lists(cls, value: dict[str, FeedRules]) -> dict[str, FeedRules]:
        unknown = sorted(name for name in value if not is_list_name(name))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no list is called so; say for example recent or section:stadt")
        return value


class IndexNowConfig(Contract):
    """Search engines that want to be told of every page that changed, moved or went (indexnow.org)."""

    key: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9-]{8,128})?$",
        description="8 to 128 letters, digits and dashes of your own making; no secret, it is served. Empty: off.",
    )
    endpoint: HttpUrl = Field(
        default=HttpUrl("https://api.indexnow.org/indexnow"), description="Whom to tell; one tells all the others."
    )


class WebSubConfig(Contract):
    """The hubs that feeds name, where others subscribe to them (W3C WebSub)."""

    hubs: tuple[HttpUrl, ...] = Field(
        default=(), max_length=8, description="Hubs of others, which are told of every change of a feed."
    )
    own_hub: bool = Field(default=True, description="Feeds name our own hub, `/hub`, too.")
