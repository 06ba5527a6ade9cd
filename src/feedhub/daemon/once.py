"""The same work without a daemon: one command opens the store, does it, and closes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from feedhub.daemon.clock import now
from feedhub.daemon.lists import refresh, take_over
from feedhub.daemon.opening import opened, storing
from feedhub.daemon.polls import Polls
from feedhub.model import PollReport, Settings
from feedhub.parse.workers import ParserPool
from feedhub.store.writing import Store


async def poll(settings: Settings, ids: Sequence[str] | None, told: Callable[[PollReport], None]) -> list[PollReport]:
    """Poll all that is due, or the named sources whatever their next poll time."""
    parser = ParserPool(settings.workers)
    async with storing(settings, "feedhub poll") as writer, opened(settings, writer, parser) as (doors, settings):
        parser.start()
        if await refresh(settings, writer, doors):
            settings = await take_over(settings, writer, now())
        polls = Polls(writer, doors, settings, told)
        try:
            reports = await polls.asked(ids)
        finally:
            await polls.drain(patience=0)  # only after Ctrl-C polls are still under way, and somebody waits
        await writer.do(lambda store: store.fill(now()))
        while await writer.do(Store.index_words):
            pass
        while (await writer.do(lambda store: store.relate(now())))[0]:
            pass
    return reports
