"""Polls under way: claimed as slots get free, one task each, drained at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta

from feedhub import pipeline
from feedhub.daemon.tasks import ended
from feedhub.daemon.writer import Writer
from feedhub.errors import NotFound, StorageFault
from feedhub.logs import event
from feedhub.model import PollReport, Settings
from feedhub.pipeline import Doors
from feedhub.store.polling.outcome import Claim, Outcome

log = logging.getLogger(__name__)

Task = asyncio.Task[PollReport | None]

LEASE = timedelta(minutes=5)  # on top of the source's own time limit
AGAIN = timedelta(seconds=30)  # until a source is polled again whose poll could not be stored
TOGETHER = 0.05  # seconds in which several slots may get free before the next look for due polls
DRAIN = 8.0  # seconds that polls under way get to finish when the daemon is told to stop


class Polls:
    """Starts polls and knows which are under way."""

    def __init__(self, writer: Writer, doors: Doors, settings: Settings, told: Callable[[PollReport], None]):
        self._writer, self.doors, self._told = writer, doors, told
        self.configure(settings)
        self._under_way: dict[str, Task] = {}
        self._claiming = asyncio.Lock()
        self._room = asyncio.Event()  # half of the slots are free
        self._ending = False
        self._not_stored: list[Claim] = []
        self.trouble: str | None = None  # why the last poll could not be stored
        self._slots = asyncio.Semaphore(settings.concurrency)

    def configure(self, settings: Settings) -> None:
        """Take over a configuration; polls under way end as they began."""
        self.settings, self._sources = settings, settings.sources_by_id

    async def keep_up(self, seconds: float) -> None:
        """Start due polls, and more as slots get free, for this long: ten thousand sources may be due at once."""
        end = asyncio.get_running_loop().time() + seconds
        while await self.start_due():
            self._room.clear()
            try:
                await asyncio.wait_for(self._room.wait(), end - asyncio.get_running_loop().time())
            except TimeoutError:
                return

    async def start_due(self) -> list[Task]:
        """Start due polls as far as slots are free; returns their tasks."""
        async with self._claiming:
            await self._put_off()
            free = self.settings.concurrency - len(self._under_way)
            if free <= 0 or self._ending:
                return []
            now, hosts, gap = self.doors.clock(), self.settings.per_host, self.settings.gap
            claims = await self._writer.do(lambda store: store.claim(now, free, LEASE, hosts, gap=gap))
            return self._start(claims)

    async def _put_off(self) -> None:
        """Postpone sources whose polls could not be stored, or all would be polled again before the store works."""
        if self._not_stored:
            claims, soon = list(self._not_stored), self.doors.clock() + AGAIN
            await self._writer.do(lambda store: store.release(claims, soon))
            del self._not_stored[: len(claims)]

    async def due(self) -> list[PollReport]:
        """Poll all that is due and wait for it."""
        started = list(self._under_way.values())
        pending = set(started)
        while True:
            now = self.doors.clock()  # before the claim: a source released between the two would be missed by both
            fresh = await self.start_due()
            started += fresh
            pending.update(fresh)
            held = await self._writer.do(lambda store, now=now: store.held(now))  # type: ignore[misc]
            wait = held.total_seconds() if held else None
            if pending:
                _, pending = await asyncio.wait(pending, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                if wait is None and pending:  # looking for due polls is expensive: wait for several
                    _, pending = await asyncio.wait(pending, timeout=TOGETHER)
            elif wait is None:
                return [report for report in await asyncio.gather(*started) if report]
            else:
                await asyncio.sleep(wait)

    async def asked(self, ids: Sequence[str] | None) -> list[PollReport]:
        """Poll all that is due, or the named sources whatever their next poll time; raises NotFound."""
        if ids is None:
            return await self.due()
        known = {source.id for source in self._sources.values() if source.enabled}
        for id in ids:
            if id not in known:
                raise NotFound("enabled source" if id in self._sources else "source", id, known)
        return await self.these(list(dict.fromkeys(ids)))

    async def these(self, ids: Sequence[str]) -> list[PollReport]:
        """Poll these sources now, due or not; a poll that is under way is awaited, not repeated."""
        async with self._claiming:
            tasks = [task for id in ids if (task := self._under_way.get(id))]
            wanted = [id for id in ids if id not in self._under_way]
            now, gap = self.doors.clock(), self.settings.gap
            if not self._ending:
                claims = await self._writer.do(lambda store: store.claim(now, len(wanted), LEASE, 1, wanted, gap))
                tasks += self._start(claims)
        return [report for report in await asyncio.gather(*tasks) if report]

    async def drain(self, patience: float = DRAIN) -> None:
        """Let polls under way finish, then stop the rest and give their claims back; nothing more begins."""
        async with self._claiming:
            self._ending = True
        await ended(self._under_way, patience)

    def _start(self, claims: Sequence[Claim]) -> list[Task]:
        tasks = []
        for claim in claims:
            task = asyncio.create_task(self._poll(claim), name=f"poll {claim.source_id}")
            self._under_way[claim.source_id] = task
            task.add_done_callback(lambda ended, id=claim.source_id: self._ended(id, ended))  # type: ignore[misc]
            tasks.append(task)
        return tasks

    def _ended(self, source_id: str, task: Task) -> None:
        if self._under_way.get(source_id) is task:  # else its next poll is under way: it was due again at once
            del self._under_way[source_id]
        if 2 * len(self._under_way) <= self.settings.concurrency:  # looking for due polls is expensive if many are due
            self._room.set()

    async def _poll(self, claim: Claim) -> PollReport | None:
        """One poll from claim to commit; None when it could not be stored."""
        try:
            # The slot is held until the outcome is stored: fetched documents that wait for a parser take memory.
            async with self._slots:
                with ExitStack() as held:
                    report = await self._writer.commit(await self._outcome(claim, held))
        except asyncio.CancelledError:
            await asyncio.shield(self._writer.do(lambda store: store.release([claim])))
            raise
        except Exception as error:
            told = str(error) if isinstance(error, StorageFault) else error
            event(log, "poll.not-stored", level=logging.ERROR, source=claim.source_id, error=told)
            self._not_stored.append(claim)
            self.trouble = str(error)
            return None
        self.trouble = None
        self._told(report)
        return report

    async def _outcome(self, claim: Claim, held: ExitStack) -> Outcome:
        """The outcome of a poll; an error of our own becomes the source's last error, with a traceback in the log."""
        source = self._sources.get(claim.source_id)
        try:
            if source is None:
                raise NotFound("source", claim.source_id)
            return await pipeline.poll(claim, source, self.doors, held)
        except StorageFault:
            raise  # it is not the source's
        except Exception as error:
            event(log, "poll.bug", level=logging.ERROR, source=claim.source_id, error=error)
            message = f"feedhub could not read this feed: {type(error).__name__}: {error}"
            return Outcome(claim=claim, at=self.doors.clock(), result="failed", error=message)
