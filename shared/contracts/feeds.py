"""`[site.NAME.feeds]`: what stands in a site's feeds and in its news sitemap."""

from pydantic import Field

from shared.contracts.base import Contract, PathWord


class NewsSitemapConfig(Contract):
    """What is news to search engines; sponsored articles and those without an index never are."""

    leave_out_sections: tuple[PathWord, ...] = Field(default=(), description="Sections that are no news: opinion …")
    members_only: bool = Field(default=True, description="Also articles of which only a part is public.")


class FeedsConfig(Contract):
    """The site's feeds."""

    news_sitemap: NewsSitemapConfig = Field(
        default=NewsSitemapConfig(), description="The table `[site.NAME.feeds.news_sitemap]`."
    )
