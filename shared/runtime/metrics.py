"""What every service counts about its streams. Labels are closed sets: never an id, a URL or a headline."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

STREAM_LABELS = ("stream", "group")


class DeliveryMetrics:
    """Counts of what became of messages, and how far behind each group is."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.redis_up = Gauge("litfass_redis_up", "1 when Redis answered this look at the metrics.", registry=registry)
        self.settled = Counter(
            "litfass_delivery_settled_total",
            "Messages that were dealt with, by what became of them.",
            (*STREAM_LABELS, "outcome", "reason"),
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "litfass_delivery_batch_seconds",
            "Time that a service took for one batch of messages.",
            STREAM_LABELS,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0),
            registry=registry,
        )
        self.lag = Gauge(
            "litfass_delivery_lag_entries", "Messages not yet delivered to the group.", STREAM_LABELS, registry=registry
        )
        self.oldest_pending = Gauge(
            "litfass_delivery_oldest_pending_seconds",
            "Age of the oldest message that was delivered and not acknowledged.",
            STREAM_LABELS,
            registry=registry,
        )
        self.pending = Gauge(
            "litfass_delivery_pending_entries",
            "Messages delivered and not acknowledged.",
            STREAM_LABELS,
            registry=registry,
        )
        self.dead_letters = Gauge(
            "litfass_delivery_dead_letters", "Messages parked until someone replays or drops them.", registry=registry
        )
        self.schedule_overdue = Gauge(
            "litfass_delivery_schedule_overdue_seconds",
            "How long the first article of the schedule has waited past its time; 0 = none is due.",
            registry=registry,
        )
        self.retraction_open = Gauge(
            "litfass_delivery_retraction_open_seconds",
            "How long the oldest retraction has waited for the proof that nothing of it is left; 0 = none is open.",
            registry=registry,
        )
        self.paused = Gauge(
            "litfass_delivery_lane_paused",
            "1 while the lane waits for something that is away.",
            STREAM_LABELS,
            registry=registry,
        )
        self.stopped = Gauge(
            "litfass_delivery_lane_stopped",
            "1 when the lane stopped because too many of its messages failed.",
            STREAM_LABELS,
            registry=registry,
        )
        self.trimmed = Counter(
            "litfass_delivery_cut_entries_total",
            "Pending messages that the byte ceiling cut off and that were signalled anew.",
            ("stream",),
            registry=registry,
        )
