"""What the render service counts."""

from collections import Counter as Tally

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.render.compose.ads import PageAds

PAGE_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1)
SLOT_BUCKETS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 15)
VISIBLE_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 30.0)


class RenderMetrics:
    """Counters and histograms of one render process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.page_seconds = Histogram(
            "litfass_render_page_seconds",
            "Time to compose and render one page.",
            ("page",),
            buckets=PAGE_BUCKETS,
            registry=registry,
        )
        self.files = Counter(
            "litfass_render_files_total",
            "Files of pages and fragments, by what was done with them.",
            ("page", "outcome"),
            registry=registry,
        )
        self.visible_seconds = Histogram(
            "litfass_render_publish_to_visible_seconds",
            "From the first byte of a webhook to the article's page in the store.",
            buckets=VISIBLE_BUCKETS,
            registry=registry,
        )
        self.looks_again = Counter(
            "litfass_render_looks_again_total",
            "Pages rendered once more because something newer came while they were written.",
            registry=registry,
        )
        self.lists_overdue = Gauge(
            "litfass_render_lists_overdue_seconds",
            "How long the first of the lists' pages that are due has waited past its time; 0 = none is due.",
            registry=registry,
        )
        self.article_slots = Histogram(
            "litfass_render_article_slots",
            "Places for advertisements on an article's page, each time that one is written.",
            buckets=SLOT_BUCKETS,
            registry=registry,
        )
        self.gaps_refused = Counter(
            "litfass_render_gaps_refused_total",
            "Places of articles where no advertisement may stand, by the rule that says so; a whole text counts once.",
            ("rule",),
            registry=registry,
        )
        self.theme_broken = Gauge(
            "litfass_render_theme_broken",
            "1 while a site's theme is broken and the one before serves.",
            ("site",),
            registry=registry,
        )
        self.theme_pages_left = Gauge(
            "litfass_render_theme_pages_left",
            "Pages that are still to be written in the theme as it is now.",
            ("site",),
            registry=registry,
        )
        self.ad_clicks = Counter(
            "litfass_render_ad_clicks_total",
            "Clicks on house advertisements, by creative and position.",
            ("site", "creative", "position"),
            registry=registry,
        )
        self.requests = Counter(
            "litfass_render_requests_total",
            "Answers of the page server, by where they came from.",
            ("source", "status"),
            registry=registry,
        )
        self.purges = Counter(
            "litfass_render_purges_total",
            "Names, and withdrawn articles, that caches were told to forget, by what became of it.",
            ("cache", "outcome"),
            registry=registry,
        )
        self.purge_failing = Gauge(
            "litfass_render_purge_failing_seconds",
            "For how long a cache has not taken purges; 0 when it does.",
            ("cache",),
            registry=registry,
        )

    def count_ads(self, ads: PageAds) -> None:
        """Count the slots of one article's page, and its refusals."""
        rules = Tally(verdict.rule for verdict in ads.verdicts if not verdict.is_accepted)
        self.article_slots.observe(sum(verdict.is_accepted for verdict in ads.verdicts))
        for rule, count in rules.items():
            self.gaps_refused.labels(rule).inc(count)
