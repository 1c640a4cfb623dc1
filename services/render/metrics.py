"""What the render service counts."""

from prometheus_client import CollectorRegistry, Counter, Histogram

PAGE_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1)
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
        self.requests = Counter(
            "litfass_render_requests_total",
            "Answers of the page server, by where they came from.",
            ("source", "status"),
            registry=registry,
        )
