"""The one thread that writes. Polls that queue up while it is busy are committed together."""

from __future__ import annotations

import asyncio
import logging
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate
from typing import TypeVar

from feedhub.errors import StorageFault
from feedhub.logs import event
from feedhub.model import PollReport
from feedhub.store.patience import Enough, after, never
from feedhub.store.polling.outcome import Outcome
from feedhub.store.writing import Store

T = TypeVar("T")
log = logging.getLogger(__name__)

TOGETHER = 100  # polls in one transaction: one fsync makes all durable, and many write to the same pages
ENTRIES = 1000  # entries in all these, a few MB; if all are new, others wait for a third of a second
STEP = 0.01  # seconds for a step of work that can end anywhere: polls and pushes wait for it
CHECKPOINT = 0.1  # seconds of work between checkpoints: a thousand pages or so, 8 MB


def for_a_step() -> Enough:
    """Tells whether a step that begins now has lasted long enough."""
    return after(STEP)


class Writer:
    """Runs everything that changes the store, in order, on one thread."""

    def __init__(self, store: Store):
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="feedhub-writer")
        self._waiting: list[tuple[Outcome, asyncio.Future[PollReport]]] = []
        self._draining: asyncio.Task[None] | None = None
        self._pressing = 0  # pieces of work that polls make way for
        self._worked = 0.0  # seconds, since the last check-point
        self._failing = False  # whether that failed

    async def do(self, work: Callable[[Store], T]) -> T:
        """Run `work` with the store."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._carry_out, work)

    async def first(self, work: Callable[[Store], T]) -> T:
        """Run `work` ahead of the polls in the queue."""
        with self.giving_way():
            return await self.do(work)

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """While the context is open, polls are committed one by one, so that `first` need not wait for a batch."""
        self._pressing += 1
        try:
            yield
        finally:
            self._pressing -= 1

    async def aside(self, step: Callable[[Store], T]) -> T:
        """Run one short step of background work, then leave the thread to waiting polls for as long as it took."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        done = await self.do(step)
        if self._draining and not self._draining.done():
            await asyncio.sleep(loop.time() - begun)
        return done

    async def commit(self, outcome: Outcome) -> PollReport:
        """Store an outcome, together with the others that wait when the thread is free."""
        done: asyncio.Future[PollReport] = asyncio.get_running_loop().create_future()
        self._waiting.append((outcome, done))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await done

    async def close(self) -> None:
        """Finish what was begun, close the store."""
        if self._draining:
            await self._draining
        await self.do(lambda _: None)  # work still going on would queue its checkpoint behind even the end
        await asyncio.get_running_loop().run_in_executor(self._thread, self._store.close)
        self._thread.shutdown()

    def _carry_out(self, work: Callable[[Store], T]) -> T:
        """On the writing thread: do one piece of work, then queue a checkpoint if one is due."""
        begun = time.monotonic()
        try:
            return work(self._store)
        finally:
            self._worked += time.monotonic() - begun
            if self._worked >= CHECKPOINT:
                self._worked = 0.0
                self._thread.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        """Move the write-ahead log into the database; a failure is logged once, and the log grows meanwhile."""
        try:
            self._store.checkpoint()
        except StorageFault as error:
            if not self._failing:
                event(log, "checkpoint.failed", level=logging.ERROR, error=str(error))
            self._failing = True
        else:
            self._failing = False

    async def _drain(self) -> None:
        while self._waiting:
            count = together([outcome for outcome, _ in self._waiting])
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
            try:
                reports = await self.do(lambda store, now=batch: commit_all(store, [o for o, _ in now], self._give_way))  # type: ignore[misc]
            except Exception as error:  # the disk is full, the database is damaged: every poll of the batch learns it
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
                continue
            stored, left = batch[: len(reports)], batch[len(reports) :]
            self._waiting = left + self._waiting
            for (_, done), report in zip(stored, reports, strict=True):
                if not done.done():
                    done.set_result(report)

    def _give_way(self) -> bool:
        return self._pressing > 0


def together(outcomes: Sequence[Outcome]) -> int:
    """How many of these, from the first, are stored in one transaction: as many as list few enough entries."""
    entries = accumulate(len(outcome.items) for outcome in outcomes[:TOGETHER])
    return max(1, bisect_right(list(entries), ENTRIES))


def commit_all(store: Store, outcomes: Sequence[Outcome], enough: Enough = never) -> list[PollReport]:
    """Commit together; if that fails, one by one, so that only the one at fault is stored as a failure.

    When `enough` says so, the rest is left out.
    """
    try:
        return store.commit_polls(outcomes, enough)
    except StorageFault:
        raise  # no outcome is at fault, and to write less would not help
    except Exception as error:
        if len(outcomes) == 1:
            return _failed(store, outcomes[0], error)
        return [report for outcome in outcomes for report in commit_all(store, [outcome])]


def _failed(store: Store, outcome: Outcome, error: Exception) -> list[PollReport]:
    """Store a poll as failed by an error of our own, with a traceback in the log."""
    event(log, "poll.bug", level=logging.ERROR, source=outcome.claim.source_id, error=error)
    message = f"feedhub could not store this poll: {type(error).__name__}: {error}"
    return store.commit_polls([replace(outcome, result="failed", items=(), error=message)])
