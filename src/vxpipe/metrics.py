"""What is counted, as Prometheus reads it. The only reader of prometheus_client; all others know the port `Tally`."""

from collections.abc import Iterable, Mapping
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vxpipe.facts import Standing
from vxpipe.ports import Tally

disable_created_metrics()  # type: ignore[no-untyped-call]  # nobody asks when a counter was made, and it doubles their number

CONTENT_TYPE = CONTENT_TYPE_PLAIN_1_0_0

_STAGE_SECONDS = (0.05, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)
_REQUEST_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SUCCEEDED = "ok"


class Metrics(Tally):
    """Counts what it is told, and says it together with how things stand.

    Labels come from closed sets: stages, error codes, platforms of the registry, patterns of routes.
    """

    def __init__(self, *, version: str) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        Info("vxpipe_build", "The version that runs.", registry=self._registry).info({"version": version})
        self._stages = self._histogram(
            "vxpipe_stage_seconds", "How long items were in a stage.", ["stage"], _STAGE_SECONDS
        )
        self._fetched = self._counter("vxpipe_fetched_bytes", "Bytes downloaded.", ["platform"])
        self._attempts = self._counter(
            "vxpipe_attempts",
            "Attempts at items by how they ended: ok, or the code of the failure.",
            ["platform", "code"],
        )
        requests = self._counter("vxpipe_http_requests", "Requests answered.", ["method", "route", "status"])
        seconds = self._histogram(
            "vxpipe_http_request_seconds", "How long answers took; streams are left out.", ["route"], _REQUEST_SECONDS
        )
        # Found once for each of their few labels: finding costs the library more than counting.
        self._requests, self._seconds = cache(requests.labels), cache(seconds.labels)

    def stage_ended(self, stage: str, seconds: float) -> None:
        """See Tally."""
        self._stages.labels(stage).observe(seconds)

    def fetched(self, platform: str, count: int) -> None:
        """See Tally."""
        self._fetched.labels(platform).inc(count)

    def attempt_ended(self, platform: str, code: str | None) -> None:
        """See Tally."""
        self._attempts.labels(platform, code or _SUCCEEDED).inc()

    def answered(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """See Tally."""
        method = method if method in _METHODS else "other"
        self._requests(method, route, status).inc()
        if seconds is not None:
            self._seconds(route).observe(seconds)

    def text(self, standing: Standing) -> bytes:
        """Everything, in the format of `CONTENT_TYPE`."""
        now = CollectorRegistry()
        now.register(_Now(standing))
        return generate_latest(self._registry) + generate_latest(now)

    def _counter(self, name: str, text: str, labels: list[str]) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, labels: list[str], buckets: Iterable[float]) -> Histogram:
        return Histogram(name, text, labels, buckets=tuple(buckets), registry=self._registry)


class _Now(Collector):
    """How things stand at the moment they are asked for."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def collect(self) -> Iterable[Metric]:
        """One family for each fact; a fact that is not known is left out."""
        now = self._standing
        yield _of_one("vxpipe_items", "Items by state.", "state", now.items)
        queue = GaugeMetricFamily("vxpipe_queue_items", "Items that wait for a worker.", labels=["class", "lane"])
        oldest = GaugeMetricFamily(
            "vxpipe_queue_oldest_seconds", "How long the first of them waits.", labels=["class", "lane"]
        )
        for (step, lane), waiting in now.queue.items():
            queue.add_metric([step, lane], waiting.count)
            oldest.add_metric([step, lane], waiting.oldest_seconds)
        yield queue
        yield oldest
        yield GaugeMetricFamily("vxpipe_items_running", "Items that are worked on.", now.running)
        yield GaugeMetricFamily("vxpipe_stream_readers", "Readers of live streams.", now.readers)
        yield GaugeMetricFamily("vxpipe_disk_free_bytes", "Free space in the data folder.", now.disk.free_bytes)
        yield GaugeMetricFamily("vxpipe_disk_total_bytes", "Size of its disk.", now.disk.total_bytes)
        yield _of_one(
            "vxpipe_failing_ratio", "Share of a platform's last downloads that failed.", "platform", now.failing
        )
        if now.children is not None:
            yield GaugeMetricFamily("vxpipe_child_processes", "Processes below the service.", now.children)
        if now.ytdlp_age_days is not None:
            yield GaugeMetricFamily("vxpipe_ytdlp_age_days", "Age of the yt-dlp in use.", now.ytdlp_age_days)


def _of_one(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, figure in values.items():
        family.add_metric([value], figure)
    return family
