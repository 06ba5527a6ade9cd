"""The daemon from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from feedhub import sd_notify
from feedhub.daemon import control
from feedhub.daemon.clockwork import Clockwork
from feedhub.daemon.daemon import TICK, Daemon
from feedhub.daemon.front import Answers, Begun, Front, kept
from feedhub.daemon.interpreter import collect_seldom, switch_often
from feedhub.daemon.opening import opened, storing
from feedhub.daemon.writer import Writer
from feedhub.logs import event
from feedhub.model import Settings
from feedhub.parse.workers import ParserPool
from feedhub.pipeline import Doors
from feedhub.web.server import listening

log = logging.getLogger(__name__)

INDEX = 5  # seconds between two runs of the jobs that index, relate and fill topics
PATIENCE = 10.0  # seconds that polls wait for readers to be served
LISTS = 20  # seconds between two looks for lists of sources that are due
PRUNE_AT = 17  # minute of each hour: not the full one, when everybody's jobs run


async def run(settings: Settings, started: Callable[[str], None], first: Begun | None = None) -> None:
    """Poll, merge and serve until SIGTERM or SIGINT; `started` is given the address once pages are served.

    `first` is a process that will serve, if one was started before.
    """
    switch_often()
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
        parser.start()  # not earlier: they have as much to load, and readers wait
        async with _ticking(daemon):
            collect_seldom()
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
    """Poll what is due while the context is open; at its end polls under way are stored, and none begins."""
    daemon.front.trouble = None
    clockwork = Clockwork()
    # One fine tick for what is due, and jobs at their own times.
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
