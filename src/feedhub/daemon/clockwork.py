"""Jobs at their times, even when the system clock is set: the only door to APScheduler.

APScheduler goes by the wall clock: when that is set back an hour, it runs nothing for an hour. A watchdog on the
monotonic clock restarts it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from feedhub.daemon.clock import now
from feedhub.errors import StorageFault
from feedhub.logs import event

log = logging.getLogger(__name__)

INSTANCES = 8  # of a job at once; all but one end as soon as they begin
STALLED = 5.0  # seconds without the most frequent job, which runs twice a second, until all jobs are rescheduled

Job = Callable[[], Awaitable[object]]


class _Steadily(BaseTrigger):  # type: ignore[misc]
    """A trigger at intervals; APScheduler's own runs for every run that was missed when the clock is set forward."""

    def __init__(self, seconds: float):
        self._every = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, moment: datetime) -> datetime:
        return max(previous + self._every, moment) if previous else moment


class _Hourly(CronTrigger):  # type: ignore[misc]
    """A trigger at a minute of each hour; missed hours count once."""

    def get_next_fire_time(self, previous: datetime | None, moment: datetime) -> datetime | None:
        missed = previous is not None and moment - previous > timedelta(hours=2)
        found: datetime | None = super().get_next_fire_time(None if missed else previous, moment)
        return found


class Clockwork:
    """The jobs of the daemon. Only the most frequent one reports faults of the disk."""

    def __init__(self) -> None:
        # A job may well take longer than its interval, and then waits for its next turn by itself: APScheduler, which
        # need not know, would warn of it each time.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": INSTANCES}
        )
        self._ran = time.monotonic()

    def every(self, seconds: float, job: Job, at_once: bool = False) -> None:
        """Run a job at intervals."""
        first = now() if at_once else now() + timedelta(seconds=seconds)
        self._scheduler.add_job(self._calmly(job), _Steadily(seconds), next_run_time=first)

    def hourly(self, minute: int, job: Job) -> None:
        """Run a job at a minute of each hour."""
        self._scheduler.add_job(self._calmly(job), _Hourly(minute=minute, timezone=UTC))

    @asynccontextmanager
    async def going(self) -> AsyncIterator[Callable[[], None]]:
        """Run the jobs while the context is open; yields a function that stops them earlier."""
        self._scheduler.start()
        watch = asyncio.create_task(self._watch())
        try:
            yield self._scheduler.pause
        finally:
            watch.cancel()
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # the shutdown is carried out by the loop

    def _calmly(self, job: Job) -> Job:
        under_way = asyncio.Lock()

        async def run() -> None:
            if under_way.locked():
                return
            self._ran = time.monotonic()
            try:
                async with under_way:
                    await job()
            except StorageFault as fault:
                event(log, "job.put-off", level=logging.WARNING, job=job.__name__, error=str(fault))
            except asyncio.CancelledError:
                return  # the daemon ends; APScheduler would report it as the job's error
            self._ran = time.monotonic()

        return run

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(STALLED / 2)
            if time.monotonic() - self._ran > STALLED:
                self._wind_up()

    def _wind_up(self) -> None:
        for job in self._scheduler.get_jobs():
            if isinstance(job.trigger, _Steadily):
                job.modify(next_run_time=now())
            else:
                job.reschedule(job.trigger)
        event(log, "clock.wound-up", level=logging.WARNING)
        self._ran = time.monotonic()
