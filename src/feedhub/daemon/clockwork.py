"""What is done by the clock, and what is done when the clock itself is set: the only door to APScheduler.

APScheduler goes by the wall clock: set back an hour, it runs nothing for an hour. A watch that goes by the monotonic
clock winds it up again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from feedhub.errors import StorageFault
from feedhub.logs import event

log = logging.getLogger(__name__)

JUMP = timedelta(seconds=30)  # by which the clock was set, and did not merely drift
STALLED = 5.0  # seconds without the quickest job, which runs twice a second, until the watch winds the clockwork up

Job = Callable[[], Awaitable[None]]


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at one moment."""

    wall: datetime
    steady: float

    @classmethod
    def taken(cls) -> Reading:
        return cls(now(), time.monotonic())

    def set_by(self, before: Reading) -> timedelta:
        """How far the wall clock was set between two readings; a machine that slept counts as set forward."""
        return self.wall - before.wall - timedelta(seconds=self.steady - before.steady)


class Clockwork:
    """The jobs of the daemon. What a disk is at fault for, the quickest job reports."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._ran = time.monotonic()

    def every(self, seconds: float, job: Job, at_once: bool = False) -> None:
        """Run a job at intervals."""
        first = {"next_run_time": now()} if at_once else {}
        self._scheduler.add_job(self._calmly(job), "interval", seconds=seconds, **first)

    def hourly(self, minute: int, job: Job) -> None:
        """Run a job at a minute of each hour."""
        self._scheduler.add_job(self._calmly(job), "cron", minute=minute)

    @asynccontextmanager
    async def going(self) -> AsyncIterator[Callable[[], None]]:
        """Run the jobs while the context is open; what is given stops them early."""
        self._scheduler.start()
        watch = asyncio.create_task(self._watch())
        try:
            yield self._scheduler.pause
        finally:
            watch.cancel()
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # the shutdown is carried out by the loop

    def _calmly(self, job: Job) -> Job:
        async def run() -> None:
            self._ran = time.monotonic()
            try:
                await job()
            except StorageFault as fault:
                event(log, "job.put-off", level=logging.WARNING, job=job.__name__, error=str(fault))
            self._ran = time.monotonic()

        return run

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(STALLED / 2)
            if time.monotonic() - self._ran > STALLED:
                self._wind_up()

    def _wind_up(self) -> None:
        for job in self._scheduler.get_jobs():
            if isinstance(job.trigger, IntervalTrigger):
                job.modify(next_run_time=now())
            else:
                job.reschedule(job.trigger)
        event(log, "clock.wound-up", level=logging.WARNING)
        self._ran = time.monotonic()
