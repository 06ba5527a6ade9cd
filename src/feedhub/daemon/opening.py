"""Opening and closing the store and the doors to the outside, for the daemon and for single commands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from feedhub.daemon.clock import now
from feedhub.daemon.lists import take_over
from feedhub.daemon.writer import Writer
from feedhub.fetch import Fetcher
from feedhub.model import Outline, Settings
from feedhub.parse.workers import ParserPool
from feedhub.pipeline import Doors
from feedhub.store.writing import Store


@asynccontextmanager
async def storing(settings: Settings, who: str) -> AsyncIterator[Writer]:
    """The store; nobody else writes to it meanwhile."""
    writer = Writer(Store(settings.database, who))
    try:
        yield writer
    finally:
        await writer.close()


@asynccontextmanager
async def opened(settings: Settings, writer: Writer, parser: ParserPool) -> AsyncIterator[tuple[Doors, Settings]]:
    """The doors, and the configuration with the sources of its lists, which comes into force."""
    settings = await take_over(settings, writer, now())
    await writer.do(lambda store: store.tell_of_configuration(None, now()))

    async def known(source_id: str) -> Outline:
        return await writer.do(lambda store: store.known(source_id))

    try:
        async with Fetcher(
            concurrency=settings.concurrency, per_host=settings.per_host, clock=now, contact=settings.contact
        ) as fetcher:
            yield Doors(fetcher, parser, known, now), settings
    finally:
        parser.close()
