"""Every Redis key and stream that exists, in one place.

    litfass:{shard}:<what>[:<which>]

The braces are a Redis Cluster hash tag: all keys of a shard live on one node, so one script may touch them all.
"""

import zlib
from dataclasses import dataclass
from typing import Final, Literal

from shared.contracts.base import ArticleId, SiteName

Lane = Literal["articles-urgent", "articles", "articles-bulk"]
LANES: Final[tuple[Lane, ...]] = ("articles-urgent", "articles", "articles-bulk")
LISTS_STREAM: Final = "lists"
PAGES_STREAM: Final = "pages"
EMBARGOED_STREAM: Final = "embargoed"  # signals that only the fan-out reads: of what nobody else may know yet
DEAD_STREAM: Final = "dead"

Group = Literal["render", "feed"]
# Which groups must exist on which stream: trimming keeps what the slowest of them has not acknowledged.
GROUPS: Final[dict[str, tuple[Group, ...]]] = {
    **dict.fromkeys(LANES, ("render", "feed")),
    LISTS_STREAM: ("render", "feed"),
    PAGES_STREAM: ("render",),
}


def shard_of(site: SiteName, shards: int) -> str:
    """The shard that holds everything of a site: `s1` … ; stable across machines and versions."""
    return f"s{zlib.crc32(site.encode()) % shards + 1}"


@dataclass(frozen=True)
class Keys:
    """The keys of one shard."""

    shard: str

    def _key(self, *parts: str) -> str:
        return ":".join((f"litfass:{{{self.shard}}}", *parts))

    def stream(self, name: str) -> str:
        """A stream: a lane, `embargoed`, `lists`, `pages` or `dead`."""
        return self._key(name)

    def article(self, article_id: ArticleId) -> str:
        """Hash: the newest document (compressed) and, beside it, what decides about it."""
        return self._key("article", article_id)

    def article_prefix(self) -> str:
        """What all `article` keys start with."""
        return self._key("article", "")

    def payloads(self, article_id: ArticleId) -> str:
        """Hash: event id → event payload, kept once for partners; a kill deletes it."""
        return self._key("payloads", article_id)

    def timeline(self, article_id: ArticleId) -> str:
        """Stream: received, accepted, rendered, listed, with times; no text of the article."""
        return self._key("timeline", article_id)

    def delivery(self, source: str, delivery_id: str) -> str:
        """String that remembers a delivery: article id, outcome; expires."""
        return self._key("delivery", source, delivery_id)

    def rejected(self, source: str, kind: str) -> str:
        """Hash: id of a rejected delivery → bytes, of one kind (`proved`, `unproved`) of a source."""
        return self._key("rejected", source, kind)

    def rejection(self, source: str, kind: str, rejection_id: str) -> str:
        """Hash: one rejected delivery, masked: `m` what is known of it, `b` its body; expires."""
        return self._key("rejected", source, kind, rejection_id)

    def urls(self, site: SiteName) -> str:
        """Hash: every path ever public → article id, for ever."""
        return self._key("urls", site)

    def aliases(self, site: SiteName) -> str:
        """Hash: id that an item's own source id would give → article it is part of; only where these differ."""
        return self._key("aliases", site)

    def seq(self) -> str:
        """Counter: the accept sequence of the shard."""
        return self._key("seq")

    def prefix(self, kind: str) -> str:
        """What all keys of a kind start with, for a script that learns the ids by itself (`article`, `payloads`)."""
        return self._key(kind, "")

    def reconcile_lease(self, source: str) -> str:
        """String: which worker compares a source with its CMS right now; expires."""
        return self._key("reconcile", source, "lease")

    def reconciled(self, source: str) -> str:
        """Hash: when a source was last compared with its CMS, and until when nobody should try again."""
        return self._key("reconcile", source)

    def reconcile_addresses(self, source: str) -> str:
        """Hash: article id → its address in its CMS, where a sitemap named one that is not ours."""
        return self._key("reconcile", source, "addresses")

    def reconcile_missed(self, source: str) -> str:
        """Hash: article id → since when its address in its CMS answers 404 or 410, milliseconds since 1970."""
        return self._key("reconcile", source, "missed")

    def schedule(self) -> str:
        """Sorted set: article id by when the clock publishes or unpublishes it, milliseconds since 1970."""
        return self._key("schedule")

    def retractions(self) -> str:
        """Sorted set: killed article's id by when the kill came, until it is proved that nothing of it is left."""
        return self._key("retractions")

    def changed(self) -> str:
        """Sorted set: article id by the sequence of its last change."""
        return self._key("changed")

    def embargoed_changed(self) -> str:
        """Sorted set: as `changed`, for articles of which only those are told who are trusted with embargoed ones."""
        return self._key("embargoed-changed")

    def list(self, site: SiteName, name: str) -> str:
        """Sorted set: article id by score. `mixed` has one key a day: `mixed:2026-11-23`."""
        return self._key("list", site, name)

    def versions(self, site: SiteName) -> str:
        """Hash: list name → how often it changed."""
        return self._key("versions", site)

    def teasers(self, site: SiteName) -> str:
        """Hash: article id → teaser as JSON, for every listed article."""
        return self._key("teasers", site)

    def indexed(self, site: SiteName) -> str:
        """Hash: article id → `seq` and list names that it was last indexed with."""
        return self._key("indexed", site)

    def redirects(self, site: SiteName) -> str:
        """Hash: address of the site that was here before → where it leads now."""
        return self._key("redirects", site)

    def pins(self, site: SiteName) -> str:
        """Hash: article id → where editors pinned it and from when to when, a line each; no document has this."""
        return self._key("pins", site)

    def cancelled(self, site: SiteName) -> str:
        """Hash: article id → `starts_ms over_ms cancelled_ms` of an event that was withdrawn before it was over."""
        return self._key("cancelled", site)

    def gone(self, site: SiteName) -> str:
        """Hash: id of an article withdrawn in the last 30 days → `published_ms state` and the lists it was in."""
        return self._key("gone", site)

    def gone_from(self, site: SiteName, name: str) -> str:
        """Sorted set: id of an article that left the list because it was withdrawn, by when in milliseconds."""
        return self._key("gone", site, name)

    def indexnow(self, site: SiteName) -> str:
        """Sorted set: path of a page that search engines are to be told of, by when, milliseconds since 1970."""
        return self._key("indexnow", site)

    def indexnow_state(self, site: SiteName) -> str:
        """Hash: how telling them goes: `failures` in a row, `rests_until` in milliseconds."""
        return self._key("indexnow-state", site)

    def pinged(self, site: SiteName) -> str:
        """Hash: path of a feed → digest of the version that hubs of others are told of."""
        return self._key("pinged", site)

    def pings(self, site: SiteName, hub: str) -> str:
        """Sorted set: path of a feed of which a hub of others is to be told, by when, milliseconds since 1970."""
        return self._key("pings", site, hub)

    def pings_state(self, site: SiteName, hub: str) -> str:
        """Hash: how telling that hub goes: `failures` in a row, `rests_until` in milliseconds."""
        return self._key("pings-state", site, hub)

    def due(self, site: SiteName) -> str:
        """Sorted set: what the clock will do to lists, by milliseconds since 1970."""
        return self._key("due", site)

    def due_pages(self, site: SiteName) -> str:
        """Sorted set: pages and fragments of lists that render will write, by when, milliseconds since 1970."""
        return self._key("due-pages", site)

    def out(self, name: str) -> str:
        """Stream: the events of one subscriber, or of the public (`~site`), as references to their payloads."""
        return self._key("out", name)

    def subscribers(self) -> str:
        """Hash: name → subscriber as JSON; the same on every shard."""
        return self._key("subscribers")

    def subscribers_state(self) -> str:
        """Hash: `version` of the subscribers, the last `number` given, `since:<name>` → sequence it began at."""
        return self._key("subscribers-state")

    def fanout(self) -> str:
        """String: how far the fan-out has read: a stream id for each of `LANES`, and for `embargoed`."""
        return self._key("fanout")

    def fanout_reader(self) -> str:
        """String: which process fans out; expires."""
        return self._key("fanout-reader")

    def fanout_lost(self) -> str:
        """String `seq count`: a lane was cut behind that sequence before the fan-out had read it."""
        return self._key("fanout-lost")

    def received(self, article_id: ArticleId) -> str:
        """Bitmap by subscribers' numbers: who has something of this article in their stream."""
        return self._key("received", article_id)

    def queue(self, name: str) -> str:
        """Sorted set: entries of a subscriber's stream that its webhook has to get, by when they are due."""
        return self._key("queue", name)

    def endpoint(self, name: str) -> str:
        """Hash: how a webhook does: `cursor`, `failures`, `failing_since`, `rests_until`, `attempt:<id>`."""
        return self._key("endpoint", name)

    def deliveries(self, name: str) -> str:
        """Stream: every attempt to deliver to a subscriber's webhook, with its outcome."""
        return self._key("deliveries", name)

    def receipts(self, article_id: ArticleId) -> str:
        """Hash: subscriber → how and when it was told of the kill of this article."""
        return self._key("receipts", article_id)

    def hub_topics(self, site: SiteName) -> str:
        """Hash: path of a feed that somebody wants from the hub → digest of what was delivered last."""
        return self._key("hub-topics", site)

    def hub_topic(self, site: SiteName, path: str) -> str:
        """Hash: callback → subscription as JSON, of one feed."""
        return self._key("hub-topic", site, path)

    def hub_request(self, request_id: str) -> str:
        """String: a request to the hub that is not verified yet; expires."""
        return self._key("hub-request", request_id)

    def hub_queue(self) -> str:
        """Sorted set: what the hub has to do, by milliseconds since 1970."""
        return self._key("hub-queue")

    def hub_attempts(self) -> str:
        """Hash: member of the hub's queue → how often it was tried."""
        return self._key("hub-attempts")

    def preview(self, token: str) -> str:
        """String: a draft as it would be published (compressed); expires. Who has the token may see it."""
        return self._key("preview", token)

    def previews(self, article_id: ArticleId) -> str:
        """Sorted set: keys of this article's previews by when each ends; a kill deletes them all."""
        return self._key("previews", article_id)

    def theme(self, site: SiteName) -> str:
        """Hash: the theme that the site's pages are in, or are being written in: `digest`, `name`, `files`."""
        return self._key("theme", site)

    def theme_todo(self, site: SiteName) -> str:
        """Sorted set: articles whose page is still in the theme before, newest with the highest score; and `lists`."""
        return self._key("theme-todo", site)

    def theme_lease(self, site: SiteName) -> str:
        """String: which worker writes pages in the new theme right now; expires."""
        return self._key("theme-todo", site, "lease")

    def copies(self, article_id: ArticleId) -> str:
        """List: `stream id`, where events of this article stand with their text; a kill deletes those entries.

        In the syndication Redis `stream id seq`.
        """
        return self._key("copies", article_id)

    def relay_reader(self) -> str:
        """String: which process carries streams over to the syndication Redis; expires."""
        return self._key("relay-reader")

    def relayed(self) -> str:
        """Hash, in the syndication Redis: subscriber → how far its stream is carried over, `id count`."""
        return self._key("relayed")

    def killed(self, article_id: ArticleId) -> str:
        """String, in the syndication Redis: sequence of the kill that took this article's texts out; expires."""
        return self._key("killed", article_id)

    def purges(self, cache: str) -> str:
        """Sorted set: what a cache has still to be told, by when it is due, milliseconds since 1970."""
        return self._key("purges", cache)
