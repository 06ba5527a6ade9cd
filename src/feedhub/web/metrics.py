"""Numbers for Prometheus: each process counts what it does."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from feedhub.model import PollReport

disable_created_metrics()  # type: ignore[no-untyped-call]


class Intake:
    """Counts what came in."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._polls = Counter("feedhub_polls", "Polls by outcome", ["outcome"], registry=self._registry)
        self._pushes = Counter("feedhub_pushes", "Deliveries of hubs by outcome", ["outcome"], registry=self._registry)
        self._seconds = Histogram(
            "feedhub_poll_seconds", "Time of a poll's fetch", registry=self._registry,
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )  # fmt: skip
        self._items = Counter("feedhub_items", "Items that polls brought", ["state"], registry=self._registry)
        self._bytes = Counter("feedhub_fetched_bytes", "Bytes fetched", registry=self._registry)

    def polled(self, report: PollReport) -> None:
        """Count a poll, or what came without one."""
        if report.pushed:
            self._pushes.labels(report.outcome).inc()
        else:
            self._polls.labels(report.outcome).inc()
            self._seconds.observe(report.ms / 1000)
        self._items.labels("new").inc(report.new)
        self._items.labels("changed").inc(report.changed)
        self._bytes.inc(report.bytes)

    async def text(self) -> bytes:
        """The counts as Prometheus reads them."""
        return generate_latest(self._registry)


class Metrics:
    """Counts what is served; what is stored is counted when metrics are read."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("feedhub_requests", "Requests served", ["route", "status"], registry=self._registry)
        self._stored = Gauge("feedhub_stored", "What is stored", ["kind"], registry=self._registry)
        self._counter = lru_cache(maxsize=256)(self._requests.labels)  # to find one takes as long as a tenth of a 304

    def served(self, route: str, status: int) -> None:
        """Count a request."""
        self._counter(route, status).inc()

    def text(self, counts: Mapping[str, int]) -> bytes:
        """The counts as Prometheus reads them, with what is stored."""
        for kind, count in counts.items():
            self._stored.labels(kind).set(count)
        return generate_latest(self._registry)


def route(request: web.Request) -> str:
    """The pattern of a request's address, by which it is counted."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"
