"""Everything that runs together, wired: what is done at each tick, between polls, and on request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from feedhub.daemon import control
from feedhub.daemon.clock import JUMP, Clocks, now
from feedhub.daemon.configuring import Configuring
from feedhub.daemon.front import Front
from feedhub.daemon.pings import Pings
from feedhub.daemon.polls import Polls
from feedhub.daemon.push import Push
from feedhub.daemon.writer import Writer, for_a_step
from feedhub.errors import ControlError, StorageFault
from feedhub.logs import event
from feedhub.model import PollReport, Settings
from feedhub.pipeline import Doors
from feedhub.store.retention import Pruned
from feedhub.web.metrics import Intake

log = logging.getLogger(__name__)

TICK = 0.5  # seconds between looks at what is due: much finer than any interval
ASLEEP = timedelta(minutes=10)  # between two ticks, if the machine slept or the program was stopped
INDEXED, RELATED = 50, 10  # items and stories of one such step, some 10 ms: polls and pushes wait for it


class Daemon:
    """Everything that runs together, wired."""

    def __init__(self, settings: Settings, writer: Writer, doors: Doors, front: Front):
        self.writer, self.front, self.intake = writer, front, Intake()
        self.polls = Polls(writer, doors, settings, self.told)
        self.push = Push(writer, doors, settings, self.told)
        self.pings = Pings(writer, doors, settings)
        self.configuring = Configuring(settings, writer, doors, front, (self.polls, self.push, self.pings))
        self.stopping = asyncio.Event()
        self._beginning = asyncio.Lock()
        self._ticked: Clocks | None = None

    async def tick(self) -> None:
        """Start what is due, and notice a changed configuration, unless the daemon is stopping."""
        async with self._beginning:
            if not self.stopping.is_set():
                await self._begin()

    async def drain(self) -> None:
        """Begin nothing more, and let finish what is under way."""
        self.stopping.set()
        async with self._beginning:  # a tick that goes on would begin more
            self.front.trouble = "stopping"
        await asyncio.gather(self.polls.drain(), self.push.drain(), self.pings.drain())

    async def _begin(self) -> None:
        """Start what is due; trouble that lasts is logged once, not at every tick."""
        try:
            await self._catch_up()
            await self.polls.keep_up(0.8 * TICK)
            await self.push.start_due()
            await self.pings.start_due()
            await self.configuring.reload_if_changed()
        except Exception as error:  # a full disk, a locked database: it may pass, and the next tick tries again
            told = str(error) if isinstance(error, StorageFault) else f"{type(error).__name__}: {error}"
            if self.front.trouble is None:
                shown = told if isinstance(error, StorageFault) else error
                event(log, "daemon.trouble", level=logging.ERROR, error=shown)
            self.front.trouble = told
        else:
            if self.front.trouble is not None and self.polls.trouble is None:
                event(log, "daemon.recovered")
            self.front.trouble = self.polls.trouble

    async def _catch_up(self) -> None:
        """Spread overdue polls after a stop or a sleep; move the schedule back if the clock was set back."""
        before, self._ticked = self._ticked, Clocks.read()
        moment = self._ticked.wall
        if before and (back := -self._ticked.set_by(before)) > JUMP:
            event(log, "clock.set-back", level=logging.WARNING, seconds=round(back.total_seconds()))
            await self.writer.do(lambda store: store.set_back(back))
        stopped = before is None or moment - before.wall > ASLEEP
        if stopped and (late := await self.writer.do(lambda store: store.catch_up(moment))):
            event(log, "polls.in-turn", sources=late)

    async def index(self) -> None:
        """Bring the search index, relations and archives up to date in small steps, with polls in between."""
        while self._at_work() and await self._forward():
            pass

    async def _forward(self) -> bool:
        """Take one step, the index first, as searches wait for it; returns whether more may be left."""
        if await self.writer.aside(lambda store: store.index_words(INDEXED)):
            return True
        waiting, topics = await self.writer.aside(lambda store: store.relate(now(), RELATED))
        if not waiting:
            closed = await self.writer.aside(lambda store: store.archive(1))
            waiting, topics = bool(closed), topics | closed
        if topics:
            self.front.changed(topics)
        return waiting

    async def fill(self) -> None:
        """Fill topics that are new or edited from what is stored, in small steps, with polls in between."""
        more = True
        while self._at_work() and more:
            more, topics = await self.writer.aside(lambda store: store.fill(now(), for_a_step()))
            if topics:
                self.front.changed(topics)

    def _at_work(self) -> bool:
        return self.front.trouble is None and not self.stopping.is_set()

    async def prune(self) -> Pruned:
        """Delete old items in batches, with polls in between; what is gone is told even if this is interrupted."""
        pruned, more = Pruned(), True
        try:
            while more and not self.stopping.is_set():
                part, more = await self.writer.do(lambda store: store.prune_some(now()))
                pruned = pruned.with_part(part)
            pruned = pruned.with_part(
                Pruned(topics=await self.writer.do(lambda store: store.tidy(now(), for_a_step())))
            )
        finally:
            self.front.changed(pruned.topics)
        event(log, "prune.done", items=pruned.items, stories=pruned.stories)
        return pruned

    async def answer(self, request: control.Answer) -> AsyncIterator[control.Answer]:
        """Do what a command asks for."""
        if self.stopping.is_set():
            raise ControlError("the daemon is stopping")
        match request.get("do"):
            case "poll":
                for report in await self.polls.asked(request.get("sources")):
                    yield {"report": _plain(report)}
                yield {"done": True}
            case "prune":
                pruned = await self.prune()
                yield {"done": {"items": pruned.items, "stories": pruned.stories}}
            case "rule":
                number = await self.rule(request["verb"], request["names"], request["who"])
                yield {"done": {"number": number}}
            case "reload":
                if problem := await self.configuring.reload():
                    yield {"error": problem}
                else:
                    yield {"done": True}
            case other:
                raise ControlError(f"cannot do {other!r}")

    async def rule(self, verb: str, names: Sequence[str], who: str) -> int:
        """Carry out an editor's ruling; returns its number."""
        number, topics = await self.writer.do(lambda store: store.rule(verb, names, who, now()))
        self.front.ruled(topics)
        event(log, "ruling", verb=verb, names=" ".join(filter(None, names)) or None, who=who, number=number)
        return number

    def told(self, report: PollReport) -> None:
        """Report what a poll did: to the log, the metrics and the process that serves."""
        if report.new or report.changed or report.topics:
            self.front.changed(report.topics)
        else:
            self.front.polled()
        self.intake.polled(report)
        _log_report(report)


def _log_report(report: PollReport) -> None:
    """One line per poll; failures stand out."""
    failed = report.outcome in ("failed", "lost")
    event(
        log,
        f"{'push' if report.pushed else 'poll'}.{report.outcome}",
        level=logging.WARNING if failed else logging.INFO if report.new or report.changed else logging.DEBUG,
        source=report.source,
        status=report.status,
        items=report.items,
        new=report.new,
        changed=report.changed,
        bytes=report.bytes,
        ms=round(report.ms),
        error=report.error,
        notice=report.notice,
    )


def _plain(report: PollReport) -> dict[str, Any]:
    plain = asdict(report)
    plain["topics"] = sorted(report.topics)
    return plain
