"""What the feed service counts. One object per process; the registry is given, so tests need no cleanup."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class FeedMetrics:
    """The feed service's own metrics; those of its streams are `DeliveryMetrics`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.placed = Counter(
            "litfass_feed_articles_placed_total",
            "Articles put into or taken out of their lists, by what became of them.",
            ("outcome",),
            registry=registry,
        )
        self.lists_changed = Counter(
            "litfass_feed_lists_changed_total",
            "Lists whose membership, order or teasers an article changed.",
            registry=registry,
        )
        self.publish_to_listed = Histogram(
            "litfass_feed_publish_to_listed_seconds",
            "From the first byte of a webhook to the article in its lists.",
            buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0),
            registry=registry,
        )
        self.files = Counter(
            "litfass_feed_files_total",
            "Feed documents and sitemaps, by format and whether they were written, equal already or deleted.",
            ("format", "outcome"),
            registry=registry,
        )
        self.round_seconds = Histogram(
            "litfass_feed_round_seconds",
            "Time that one round of writing feed documents or sitemaps took.",
            ("kind",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0),
            registry=registry,
        )
        self.timer_lateness = Histogram(
            "litfass_feed_timer_lateness_seconds",
            "How much later than due the clock's work on lists was done.",
            ("timer",),
            buckets=(0.1, 0.5, 1.0, 2.0, 5.0, 30.0, 300.0),
            registry=registry,
        )
        self.fanned = Counter(
            "litfass_feed_signals_fanned_total",
            "Signals that the fan-out has read: told to subscribers, of interest to nobody, or nothing to tell.",
            ("outcome",),
            registry=registry,
        )
        self.accepted_to_told = Histogram(
            "litfass_feed_accepted_to_told_seconds",
            "From the acceptance of an event to its place in all streams that it concerns.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0),
            registry=registry,
        )
        self.relayed = Counter(
            "litfass_feed_events_relayed_total",
            "Events for the syndication Redis: carried over, withdrawn meanwhile, or lost before it was back.",
            ("outcome",),
            registry=registry,
        )
        self.accepted_to_relayed = Histogram(
            "litfass_feed_accepted_to_relayed_seconds",
            "From the acceptance of an event to its place in a stream of the syndication Redis.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0),
            registry=registry,
        )
        self.events_sent = Counter(
            "litfass_feed_events_sent_total",
            "Events that went out to subscribers, by the way they read them.",
            ("way",),
            registry=registry,
        )
        self.stream_clients = Gauge(
            "litfass_feed_stream_clients",
            "Clients to whom this process streams events.",
            registry=registry,
        )
        self.deliveries = Counter(
            "litfass_feed_deliveries_total",
            "Attempts to deliver an event to a subscriber's webhook, by what became of them.",
            ("outcome",),
            registry=registry,
        )
        self.delivery_seconds = Histogram(
            "litfass_feed_delivery_seconds",
            "Time that a subscriber's webhook took to answer.",
            buckets=(0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 20.0),
            registry=registry,
        )
        self.indexnow = Counter(
            "litfass_feed_indexnow_urls_total",
            "Pages that search engines were told of, by whether they took it, get it later or refused it.",
            ("outcome",),
            registry=registry,
        )
        self.pings = Counter(
            "litfass_feed_hub_pings_total",
            "Changes of feeds that hubs of others were told of, by whether they took it, get it later or refused it.",
            ("outcome",),
            registry=registry,
        )
        self.hub = Counter(
            "litfass_feed_hub_requests_total",
            "Requests of the WebSub hub to callbacks, by what became of them.",
            ("outcome",),
            registry=registry,
        )
