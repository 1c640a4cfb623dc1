"""`litfass.toml`: what the house is told. Read by `shared.runtime.settings`, once, at start.

Secrets never stand here, only where they are: `env:NAME` or `file:PATH`.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, HttpUrl, StringConstraints, ValidationInfo, field_validator, model_validator

from shared.contracts.ads import AdsConfig
from shared.contracts.base import Contract, PathWord, SiteName, SourceName
from shared.contracts.counting import PixelConfig
from shared.contracts.edge import EdgeConfig
from shared.contracts.feeds import FeedsConfig, IndexNowConfig, WebSubConfig
from shared.contracts.paths import RESERVED_WORDS
from shared.contracts.search import SearchConfig

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,62})$")]
# Open: packages bring adapters of their own (services/ingest/vendors.py knows who they are).
AdapterName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9._-]{0,62})$")]
FETCHED: Final = "feed"  # the adapter of sources that nobody delivers to
MembersOnly = Literal["public-part", "leave-out"]
ModelField = Literal[
    "headline",
    "kicker",
    "standfirst",
    "slug",
    "section",
    "body",
    "authors",
    "tags",
    "image",
    "credit",
    "location",
    "language",
    "published_at",
    "embargoed_until",
    "expires_at",
    "resurface_at",
    "breaking_until",
    "canonical_url",
    "noindex",
    "sensitive",
]
PERMALINK_FIELDS = frozenset({"section", "slug", "id", "year", "month", "day"})


class RedisConfig(Contract):
    """Where the streams and the documents are."""

    url: str = Field(default="redis://localhost:6379/0", description="redis://, rediss:// or unix://.")
    durability: Literal["fsync", "replicated"] = Field(
        default="fsync", description="When a delivery counts as taken: on disk, or also on one replica."
    )
    syndication_url: str = Field(
        default="",
        description="A Redis of their own for partners who read Redis themselves; default: they read the newsroom's.",
    )
    shards: int = Field(default=1, ge=1, le=1024, description="Redis hash tags that the sites are spread over.")

    @property
    def syndication(self) -> "RedisConfig | None":
        """Where the partners' own Redis is, if they have one."""
        return RedisConfig(url=self.syndication_url, shards=self.shards) if self.syndication_url else None

    @field_validator("syndication_url")
    @classmethod
    def _another_server(cls, value: str, info: ValidationInfo) -> str:
        if value and value == info.data.get("url"):
            raise ValueError("leads to the newsroom's own Redis; name another server, or leave it out")
        return value


class PagesConfig(Contract):
    """Where the files go that readers fetch."""

    store: str = Field(
        default="file:///srv/site",
        pattern=r"^(file|s3|gs|az|memory)://",
        description="One folder a site is made in it.",
    )
    edge: str = Field(
        default="",
        pattern=r"^(https?://[^/?#]+)?$",
        description="Where it is proved that a retracted article is gone: the edge as we reach it, such as "
        "http://edge:8080; default: each site's own URL.",
    )


class SiteConfig(Contract):
    """One publication."""

    name: str = Field(min_length=1)
    url: HttpUrl
    language: str = "de"
    timezone: str = "Europe/Berlin"
    permalink: str = "/{section}/{slug}/"
    theme: str = Field(
        default="default",
        min_length=1,
        description="How pages look: a theme that comes with Litfass, or the path of a folder (with a slash in it).",
    )
    sections: dict[PathWord, str] = Field(min_length=1, description="Slug = title, in the order of the navigation.")
    static: str = Field(default="", description="Folder with static pages as Markdown: imprint.md, privacy.md …")
    description: str = Field(default="", description="One sentence for feeds and search engines.")
    hosts: tuple[str, ...] = Field(default=(), description="Other hosts that show this site.")
    images: str = Field(
        default="",
        pattern=r"^((https?://|/)[^\s\"<>]*)?$",
        description="A service that makes pictures narrower, by a URL with {width} and {url} (the picture's address, "
        "percent-encoded) or {raw_url} (as it is): https://img.example/{width}/{url}; default: each picture as it is.",
    )
    image_cuts: str = Field(
        default="",
        pattern=r"^((https?://|/)[^\s\"<>]*)?$",
        description="A service that cuts pictures to a size, by a URL with {width}, {height} and {url} or {raw_url}: "
        "https://img.example/{width}x{height}/smart/{url}; search engines and networks then get each in 16:9, 4:3 and "
        "1:1; default: as it is.",
    )
    ads: AdsConfig = Field(default=AdsConfig(), description="Advertisements, see below.")
    counting: dict[Word, PixelConfig] = Field(
        default_factory=dict, description="Pixels that count readers, each a table, see below."
    )
    feeds: FeedsConfig = Field(default=FeedsConfig(), description="Feeds and the news sitemap, see below.")
    websub: WebSubConfig = Field(default=WebSubConfig(), description="Hubs of others, see below.")
    indexnow: IndexNowConfig = Field(default=IndexNowConfig(), description="Telling search engines, see below.")
    search: SearchConfig = Field(
        default=SearchConfig(), description="Search engines, social networks and crawlers, see below."
    )

    @property
    def base_url(self) -> str:
        """The site's URL without the last slash."""
        return str(self.url).rstrip("/")

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.timezone)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as cause:
            raise ValueError(f"{value!r} is no time zone; say for example Europe/Berlin") from cause
        return value

    @field_validator("images")
    @classmethod
    def _usable_images(cls, value: str) -> str:
        return _address_of_images(value, sizes=("width",))

    @field_validator("image_cuts")
    @classmethod
    def _usable_image_cuts(cls, value: str) -> str:
        return _address_of_images(value, sizes=("width", "height"))

    @field_validator("permalink")
    @classmethod
    def _usable_permalink(cls, value: str) -> str:
        try:
            example = value.format(**dict.fromkeys(PERMALINK_FIELDS, "x"))
        except (KeyError, ValueError, IndexError) as cause:
            known = ", ".join(sorted(PERMALINK_FIELDS))
            raise ValueError(f"{value!r} names an unknown field; there are {known}") from cause
        if not (example.startswith("/") and example.endswith("/") and len(example) > 2):
            raise ValueError(f"{value!r} must start and end with a slash")
        if "{slug}" not in value and "{id}" not in value:
            raise ValueError(f"{value!r} needs {{slug}} or {{id}}, or all articles would share one page")
        if example.strip("/").partition("/")[0] in RESERVED_WORDS:
            raise ValueError(f"{value!r} starts with a reserved word")
        return value

    @field_validator("sections")
    @classmethod
    def _free_sections(cls, value: dict[str, str]) -> dict[str, str]:
        taken = sorted(set(value) & RESERVED_WORDS)
        if taken:
            raise ValueError(f"these words are reserved and cannot be sections: {', '.join(taken)}")
        return value

    @model_validator(mode="after")
    def _counting_can_ask(self) -> "SiteConfig":
        unasked = [name for name, pixel in self.counting.items() if pixel.consent and not self.ads.consent.cmp]
        if unasked:
            raise ValueError(
                f"counting.{unasked[0]}: needs consent, but ads.consent.cmp does not say where the consent tool is"
            )
        return self

    @model_validator(mode="after")
    def _ads_in_own_sections(self) -> "SiteConfig":
        unknown = [
            f"ads.{where}: there is no section {name!r}"
            for where, name in self.ads.named_sections()
            if name not in self.sections
        ]
        if unknown:
            raise ValueError("; ".join(unknown))
        return self


class ContentModel(Contract):
    """How a newsroom's own content model names what an article needs, for CMSs where everybody makes their own."""

    types: tuple[str, ...] = Field(
        default=(), description="Content types that are articles; default: what is called so, or has headline and body."
    )
    locale: str = Field(default="", description="Which of several languages is taken; default: the site's.")
    base_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/?#]+[^\s?#]*)?$",
        description="The CMS's own address, where its pictures with relative addresses are.",
    )
    fields: dict[ModelField, Annotated[str, StringConstraints(min_length=1, max_length=200)]] = Field(
        default_factory=dict, description='Our field = theirs, with dots into objects: headline = "seo.title".'
    )


ReconcileKind = Literal["ghost", "wordpress", "superdesk", "feed", "sitemap"]


class ReconcileConfig(Contract):
    """Where a source's CMS can be asked for what it has published."""

    kind: ReconcileKind
    url: HttpUrl = Field(description="The CMS's own address; of a feed or a sitemap, where it is.")
    key: str = Field(
        default="",
        pattern=r"^((env|file):.+)?$",
        description="What opens the CMS's list; its page in docs/howto says what.",
    )
    allow_private: bool = Field(default=False, description="The CMS stands in a private network.")
    every_s: int = Field(default=300, ge=30, le=86_400, description="Seconds between two looks at the last hours.")
    recent_hours: int = Field(default=24, ge=1, le=24 * 31, description="How many hours those are.")
    nightly_hour: int = Field(default=3, ge=0, le=23, description="Hour of the site's day in which all is compared.")
    most_gone_percent: int = Field(
        default=10, ge=0, le=100, description="Share of a source's articles that is taken back without a person's yes."
    )

    @model_validator(mode="after")
    def _has_its_key(self) -> "ReconcileConfig":
        if self.kind in {"ghost", "superdesk"} and not self.key:
            raise ValueError(f'has no key, and {self.kind} wants one; add key = "env:NAME"')
        return self


def _address_of_images(pattern: str, *, sizes: Sequence[str]) -> str:
    """Return a pattern of an image service that can be used; raises ValueError."""
    if not pattern:
        return pattern
    names = re.findall(r"\{([^{}]*)\}", pattern)
    if names.count("url") + names.count("raw_url") != 1 or not set(sizes) <= set(names):
        needed = " and ".join(f"{{{size}}}" for size in sizes)
        raise ValueError(f"{pattern!r} needs {needed}, and {{url}} or {{raw_url}} once")
    known = {*sizes, "url", "raw_url"}
    if set(names) - known or pattern.count("{") != len(names) or pattern.count("}") != len(names):
        raise ValueError(f"{pattern!r} names an unknown field; there are {', '.join(sorted(known))}")
    return pattern


class BreakingConfig(Contract):
    """What of a CMS that knows urgencies (IPTC: 1 is the most urgent, 9 the least) is breaking news."""

    urgency: int = Field(default=0, ge=0, le=9, description="This one and what is more urgent; 0 = none.")
    minutes: int = Field(default=60, ge=1, le=1440, description="For how long after the publication.")


class SourceConfig(Contract):
    """One CMS that may push to one site."""

    site: SiteName
    adapter: AdapterName = Field(
        description="Which CMS: one with a page in docs/howto, or an entry point in the group `litfass.adapters`."
    )
    secrets: tuple[Annotated[str, StringConstraints(pattern=r"^(env|file):.+$")], ...] = Field(
        default=(), description="Newest first; two while one replaces the other."
    )
    allow_unsigned: bool = Field(default=False, description="Take deliveries that nobody signed.")
    republish: bool = Field(default=False, description="A later publish lifts a kill.")
    section: str = Field(default="", description="Where articles without a section go; default: the site's first.")
    legacy_signature: bool = Field(
        default=False, description="Ghost before 5.87.1, whose signature does not cover its time: replays pass."
    )
    members_only: MembersOnly = Field(
        default="public-part",
        description="Articles for members: with their public part and a note, or not at all (unpublished).",
    )
    options: dict[str, str] = Field(
        default_factory=dict, description="What this adapter alone wants to know; its page in docs/howto says what."
    )

    allow_from: tuple[str, ...] = Field(
        default=(), description="Networks that deliveries may come from: 203.0.113.0/24, one address; default: all."
    )
    deliveries_per_minute: int = Field(
        default=0, ge=0, description="More are sent away for a while, withdrawals never; 0 = as many as it likes."
    )
    body_bytes: int = Field(
        default=0, ge=0, le=64 * 1024 * 1024, description="Largest body of one delivery; 0 = as the service says."
    )

    reconcile: ReconcileConfig | None = Field(
        default=None, description="The table `[source.NAME.reconcile]`; without it nobody compares."
    )

    breaking: BreakingConfig = Field(
        default=BreakingConfig(), description="What is breaking news, see `[source.NAME.breaking]`."
    )

    @field_validator("allow_from")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network)
            except ValueError as cause:
                raise ValueError(f"{cause}; say for example 203.0.113.0/24, 2001:db8::/32 or one address") from cause
        return value

    model: ContentModel = Field(
        default=ContentModel(), description="A content model of one's own, see `[source.NAME.model]`."
    )

    @model_validator(mode="after")
    def _reconciles_its_own_kind(self) -> "SourceConfig":
        kind = self.reconcile.kind if self.reconcile else "feed"
        if kind not in {"feed", "sitemap", self.adapter}:
            raise ValueError(
                f"reconcile.kind: {kind} is not what the adapter {self.adapter} reads; say feed or sitemap"
            )
        return self

    @model_validator(mode="after")
    def _signed_or_said_so(self) -> "SourceConfig":
        if self.adapter == FETCHED:
            return self._fetched()
        if not self.secrets and not self.allow_unsigned:
            raise ValueError('has no secrets; add secrets = ["env:NAME"], or write allow_unsigned = true')
        return self

    def _fetched(self) -> "SourceConfig":
        if self.reconcile is None:
            raise ValueError(
                'has no [source.NAME.reconcile]; a feed is read from there: kind = "feed", url = "https://…"'
            )
        if self.secrets or self.allow_unsigned:
            raise ValueError("has secrets or allow_unsigned, and nobody delivers to a feed's source; remove them")
        return self


class LitfassConfig(Contract):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    redis: RedisConfig = RedisConfig()
    pages: PagesConfig = PagesConfig()
    edge: EdgeConfig = EdgeConfig()
    site: dict[Word, SiteConfig] = Field(min_length=1)
    source: dict[Word, SourceConfig] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_have_sites(self) -> "LitfassConfig":
        faults = [
            f"source.{name}.site: there is no [site.{source.site}]"
            for name, source in self.source.items()
            if source.site not in self.site
        ] + [
            f"source.{name}.section: [site.{source.site}.sections] has no {source.section!r}"
            for name, source in self.source.items()
            if source.section and source.site in self.site and source.section not in self.site[source.site].sections
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def sites(self) -> dict[SiteName, SiteConfig]:
        """The sites by name."""
        return {SiteName(name): site for name, site in self.site.items()}

    def sources(self) -> dict[SourceName, SourceConfig]:
        """The sources by name."""
        return {SourceName(name): source for name, source in self.source.items()}
