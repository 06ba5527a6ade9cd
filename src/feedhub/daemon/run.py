"""The daemon from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from feedhub import sd_notify
from feedhub.daemon import control
from feedhub.daemon.clock import JUMP, Reading, now
from feedhub.daemon.clockwork import Clockwork
from feedhub.daemon.configuring import Configuring
from feedhub.daemon.front import Answers, Begun, Front, kept
from feedhub.daemon.interpreter import taking_turns, unhurried
from feedhub.daemon.opening import opened, storing
from feedhub.daemon.pings import Pings
from feedhub.daemon.polls import Polls
from feedhub.daemon.push import Push
from feedhub.daemon.writer import Writer, for_a_step
from feedhub.errors import ControlError, StorageFault
from feedhub.logs import event
from feedhub.model import PollReport, Settings
from feedhub.parse.workers import ParserPool
from feedhub.pipeline import Doors
from feedhub.store.retention import Pruned
from feedhub.web.metrics import Intake
from feedhub.web.server import listening

log = logging.getLogger(__name__)

TICK = 0.5  # seconds between looks at what is due: much finer than any interval
ASLEEP = timedelta(minutes=10)  # between two ticks: the machine was, or the program was stopped
INDEX = 5  # seconds between looks at what is to be indexed, related, or asked about for topics
INDEXED, RELATED = 50, 10  # items and stories of one such step, some 10 ms: polls and pushes wait for it
PATIENCE = 10.0  # seconds that polls wait for readers to be served
LISTS = 20  # seconds between looks at which lists of sources are due
PRUNE_AT = 17  # minute of each hour: not the full one, when everybody's jobs run


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
        self._ticked: Reading | None = None

    async def tick(self) -> None:
        """Start what is due, and notice a changed configuration, until all is to end."""
        async with self._beginning:
            if not self.stopping.is_set():
                await self._begin()

    async def drain(self) -> None:
        """Let what is under way finish; nothing more begins."""
        self.stopping.set()
        async with self._beginning:  # a tick that goes on would begin more
            self.front.trouble = "stopping"
        await asyncio.gather(self.polls.drain(), self.push.drain(), self.pings.drain())

    async def _begin(self) -> None:
        """What goes wrong is said once, not at every tick."""
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
        """After a stop, or a sleep of the machine, what is overdue comes in its turn and not all at once.

        Where the clock was set back, what is due by it is due as much earlier.
        """
        before, self._ticked = self._ticked, Reading.taken()
        moment = self._ticked.wall
        if before and (back := -self._ticked.set_by(before)) > JUMP:
            event(log, "clock.set-back", level=logging.WARNING, seconds=round(back.total_seconds()))
            await self.writer.do(lambda store: store.set_back(back))
        stopped = before is None or moment - before.wall > ASLEEP
        if stopped and (late := await self.writer.do(lambda store: store.catch_up(moment))):
            event(log, "polls.in-turn", sources=late)

    async def index(self) -> None:
        """Bring what is behind up to what is stored, a little at a time: polls go between."""
        while self._at_work() and await self._forward():
            pass

    async def _forward(self) -> bool:
        """One step; returns whether there may be more. The search index first: what it lacks, searches read through."""
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
        """Let topics that are new, or ask for something else, be filled with what is stored, as polls let it."""
        more = True
        while self._at_work() and more:
            more, topics = await self.writer.aside(lambda store: store.fill(now(), for_a_step()))
            if topics:
                self.front.changed(topics)

    def _at_work(self) -> bool:
        return self.front.trouble is None and not self.stopping.is_set()

    async def prune(self) -> Pruned:
        """Let go of old items, polls between two batches; readers learn what is gone also where it is cut short."""
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
        """Pass on what a poll did: to the log, the metrics, those who serve."""
        if report.new or report.changed or report.topics:
            self.front.changed(report.topics)
        else:
            self.front.polled()
        self.intake.polled(report)
        log_report(report)


def log_report(report: PollReport) -> None:
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


async def run(settings: Settings, started: Callable[[str], None], first: Begun | None = None) -> None:
    """Poll, merge, serve, until SIGTERM or SIGINT; `started` is told the address once pages are served.

    `first` is a process that will do so, where one was begun before.
    """
    taking_turns()
    parser = ParserPool(settings.workers)
    async with storing(settings, "feedhub run") as writer:
        with listening(settings.host, settings.port) as places:
            async with opened(settings, writer, parser) as (doors, settings):
                await _run(settings, writer, doors, parser, Front(settings, places, first), started)
    event(log, "daemon.stopped")


async def _run(
    settings: Settings, writer: Writer, doors: Doors, parser: ParserPool, front: Front, started: Callable[[str], None]
) -> None:
    daemon = Daemon(settings, writer, doors, front)
    push = daemon.push
    answers: Answers = {
        "rule": daemon.rule, "intake": daemon.intake.text,
        "expect": push.expect, "take": push.take, "verify": push.verify,
    }  # fmt: skip
    _on_signals(daemon)
    async with kept(front, answers), control.served(control.socket_path(settings.database), daemon.answer):
        telling = asyncio.create_task(_tell_once(front, settings, started))
        await _either(front.up, daemon.stopping)
        parser.start()  # not before: they have as much to load, and readers wait
        async with _ticking(daemon):
            unhurried()
            await _until_stopped(daemon)
        telling.cancel()


async def _either(*events: asyncio.Event) -> None:
    """Wait for one of them, but not for ever."""
    waiting = [asyncio.create_task(one.wait()) for one in events]
    await asyncio.wait(waiting, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


async def _tell_once(front: Front, settings: Settings, started: Callable[[str], None]) -> None:
    await front.up.wait()
    address = front.address
    started(address)
    event(log, "daemon.ready", address=address, sources=len(settings.sources), topics=len(settings.topics))
    sd_notify.notify("READY=1")


@asynccontextmanager
async def _ticking(daemon: Daemon) -> AsyncIterator[None]:
    """Poll what is due while the context is open; at its end no new polls, and those under way are stored."""
    daemon.front.trouble = None
    clockwork = Clockwork()
    # One fine tick for what is due, and the jobs that are a matter of the clock.
    clockwork.every(TICK, daemon.tick, at_once=True)
    clockwork.every(LISTS, daemon.configuring.look_at_lists, at_once=True)
    clockwork.every(INDEX, daemon.index)
    clockwork.every(INDEX, daemon.fill)
    clockwork.hourly(PRUNE_AT, daemon.prune)
    async with clockwork.going() as stop:
        try:
            yield
        finally:
            sd_notify.notify("STOPPING=1")
            event(log, "daemon.stopping")
            stop()
            await daemon.drain()


def _on_signals(daemon: Daemon) -> None:
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[str]] = set()

    def reload() -> None:
        task = asyncio.create_task(daemon.configuring.reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, reload)


async def _until_stopped(daemon: Daemon) -> None:
    """Wait for the signal; meanwhile tell systemd that the loop is alive."""
    every = sd_notify.watchdog_interval()
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(daemon.stopping.wait(), every)
            return
        sd_notify.notify("WATCHDOG=1")
