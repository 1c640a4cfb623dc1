"""What the ingest service counts."""

from prometheus_client import CollectorRegistry, Counter, Histogram

LATENESS_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 30.0, 300.0)
RETRACTION_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
WEBHOOK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5)


class IngestMetrics:
    """Counters and histograms of one ingest process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.deliveries = Counter(
            "litfass_ingest_deliveries_total",
            "Deliveries of CMSs, by source and what became of them.",
            ("source", "outcome"),
            registry=registry,
        )
        self.events = Counter(
            "litfass_ingest_events_total",
            "Changes of articles, by what they amount to and what became of the delivery.",
            ("verb", "outcome"),
            registry=registry,
        )
        self.previews = Counter(
            "litfass_ingest_previews_total",
            "Drafts that a CMS wanted to look at, by source and what became of them.",
            ("source", "outcome"),
            registry=registry,
        )
        self.webhook_seconds = Histogram(
            "litfass_ingest_webhook_seconds",
            "From the first byte of a webhook to its answer; when it was accepted it is on disk by then.",
            buckets=WEBHOOK_BUCKETS,
            registry=registry,
        )
        self.schedule_lateness = Histogram(
            "litfass_ingest_schedule_lateness_seconds",
            "How much later than its second an article was published or expired by the clock.",
            ("what",),
            buckets=LATENESS_BUCKETS,
            registry=registry,
        )
        self.retraction_complete = Histogram(
            "litfass_ingest_retraction_complete_seconds",
            "From the first byte of a kill to the proof, by fetching through the edge, that nothing of it is left.",
            buckets=RETRACTION_BUCKETS,
            registry=registry,
        )
        self.body_bytes = Histogram(
            "litfass_ingest_body_bytes",
            "Size of deliveries.",
            buckets=(1_000, 5_000, 20_000, 100_000, 500_000, 2_000_000, 6_000_000),
            registry=registry,
        )
        self.rejections = Counter(
            "litfass_ingest_rejections_total",
            "Refused deliveries, by source and whether they were kept for a look or dropped, too many at a time.",
            ("source", "outcome"),
            registry=registry,
        )
        self.reconcile_mismatches = Counter(
            "litfass_ingest_reconcile_mismatches_total",
            "Articles that a CMS lists otherwise than we have them, by what was wrong with ours.",
            ("source", "kind"),
            registry=registry,
        )
        self.reconcile_runs = Counter(
            "litfass_ingest_reconcile_runs_total",
            "Comparisons of a source with its CMS, by how far they went back and how they ended.",
            ("source", "scope", "outcome"),
            registry=registry,
        )
