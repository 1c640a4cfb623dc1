"""Where the newsroom is that an operator's command speaks about: a running `litfass up`, or a configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from litfass.running import Running
from shared.contracts.base import ArticleId, SiteName, UrlPath
from shared.contracts.config import LitfassConfig
from shared.contracts.keys import Keys, shard_of
from shared.runtime.articles import Articles
from shared.runtime.broker import Client, connect
from shared.runtime.errors import ConfigurationFault, LitfassError
from shared.runtime.pagestore import PageStore
from shared.runtime.settings import load_config


class NoSuchArticle(LitfassError):
    """There is no article by that id, path or address."""

    reason = "no_such_article"


@dataclass(frozen=True)
class House:
    """An open newsroom: configuration, Redis, documents, files."""

    config: LitfassConfig
    client: Client
    articles: Articles
    store: PageStore

    @classmethod
    def open(cls, *, config: Path | None, redis_url: str | None, data: Path, environ: Mapping[str, str]) -> "House":
        """Find the newsroom: `--config`, `LITFASS_CONFIG`, a running `up` in `data`, or ./litfass.toml.

        The configuration of an `up` that runs in `data` is read as that has it: its Redis has no address of its own.
        """
        loaded = _load(config, redis_url=redis_url, data=data, environ=environ)
        client = connect(loaded.redis)
        is_replicated = loaded.redis.durability == "replicated"
        articles = Articles(client, shards=loaded.redis.shards, replicated=is_replicated)
        return cls(loaded, client, articles, PageStore(loaded.pages.store))

    def site(self, name: str | None) -> SiteName:
        """The named site, or the first."""
        if name and name not in self.config.site:
            raise ConfigurationFault(f"There is no site {name!r}; there are {', '.join(self.config.site)}.")
        return SiteName(name or next(iter(self.config.site)))

    def shards(self) -> list[Keys]:
        """Every shard's keys."""
        shards = {shard_of(site, self.config.redis.shards) for site in self.config.sites()}
        return [Keys(shard) for shard in sorted(shards)]

    async def find(self, text: str) -> tuple[SiteName, ArticleId]:
        """Return the article that an id, a path or an address names; raises NoSuchArticle."""
        for site, config in self.config.sites().items():
            if text.startswith("a") and len(text) == 25:
                (home,) = await self.articles.homes_of(site, [ArticleId(text)])
                (document,) = await self.articles.newest(site, [home])
                if document:
                    return document.site, home
            path = text.removeprefix(config.base_url)
            if path.startswith("/") and (owner := await self.articles.owner(site, UrlPath(path.rstrip("/") + "/"))):
                return site, owner
        raise NoSuchArticle(f"{text!r} is no article here. Give its id (a… with 24 digits), its path or its address.")


def _load(config: Path | None, *, redis_url: str | None, data: Path, environ: Mapping[str, str]) -> LitfassConfig:
    environ = {**environ, "LITFASS_REDIS__URL": redis_url} if redis_url else environ
    given = config or (Path(environ["LITFASS_CONFIG"]) if environ.get("LITFASS_CONFIG") else None)
    running = Running.read(data)
    if running and (given is None or running.is_of(given)):
        return running.load(data, environ)
    if given is None and Path("litfass.toml").exists():
        given = Path("litfass.toml")
    if given is None:
        raise ConfigurationFault(
            f"No newsroom found: none runs on {data}, and there is no litfass.toml here. Say --config or --data."
        )
    return load_config(given, environ)
