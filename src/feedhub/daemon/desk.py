"""What the web side works with: the settings, a reading thread, and the versions of the topics' feeds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from feedhub.daemon.settings import whole
from feedhub.model import Settings
from feedhub.store.reading import Reader
from feedhub.web.desk import ANY_RULING, ANY_SOURCE, ANY_STORY

HANGS = 3.0  # seconds without an answer; monitoring waits for four or five, and would learn nothing

T = TypeVar("T")
Ask = Callable[..., Awaitable[Any]]  # something of the daemon: what, and arguments


class Desk:
    """Implements `web.desk.Desk`. One thread reads and renders: feedgen is not thread-safe."""

    def __init__(self, settings: Settings, database: Path, ask: Ask):
        self.settings, self._ask = settings, ask
        self._problems: str | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="feedhub-reader")
        self._reader = Reader(database)
        self._versions: Counter[str] = Counter()

    async def read(self, question: Callable[[Reader], T]) -> T:
        """Ask the store."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._reader.ask, question)

    async def rule(self, verb: str, names: Sequence[str], who: str) -> int:
        """Pass an editor's ruling on."""
        number: int = await self._ask("rule", verb, names, who)
        return number

    async def not_ready(self) -> str | None:
        """Why the daemon cannot do its work; None if it can. It is asked, as a hanging one says nothing."""
        try:
            async with asyncio.timeout(HANGS):
                trouble: str | None = await self._ask("trouble")
        except TimeoutError:
            return f"the daemon has said nothing for {HANGS:g} s"
        return trouble

    async def intake(self) -> bytes:
        """What the daemon counted."""
        counted: bytes = await self._ask("intake")
        return counted

    def rejected(self) -> str | None:
        """What is wrong with the configuration file, if an older state of it is in force."""
        return self._problems

    def version(self, what: str) -> int:
        """A number that grows whenever a topic's feed, any story or source, or any ruling may have changed."""
        return self._versions[what]

    def changed(self, topics: Iterable[str]) -> None:
        """Record that stories, and these topics' feeds, may have changed."""
        self._versions.update([ANY_STORY, ANY_SOURCE, *topics])

    def ruled(self, topics: Iterable[str]) -> None:
        """Record that an editor ruled, and that these topics' feeds and archives may have changed."""
        self._versions.update([ANY_RULING])
        self.changed(topics)

    def polled(self) -> None:
        """Record that a source was polled and brought no story."""
        self._versions.update([ANY_SOURCE])

    def reject(self, problems: str | None) -> None:
        """Record what is wrong with the configuration file."""
        self._problems = problems

    def configure(self, told: Settings) -> None:
        """Take over a configuration, sent in `brief`; any feed may look different now."""
        self.settings = settings = whole(told, self.settings)
        self.ruled({topic.id for topic in settings.topics} | self._versions.keys())

    async def close(self) -> None:
        """Let the last question end."""
        await self.read(Reader.close)
        self._thread.shutdown()
