"""Tasks in the background, each under a key; all of them end when the daemon stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import TypeVar

from feedhub.logs import event

T = TypeVar("T")

log = logging.getLogger(__name__)

DRAIN = 3.0  # seconds that they get to finish


class Tasks:
    """Runs tasks in the background and logs their failures; callers start no second one under a key."""

    def __init__(self, name: str):
        self._name = name
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def __contains__(self, about: str) -> bool:
        return about in self._under_way

    def __len__(self) -> int:
        return len(self._under_way)

    def start(self, about: str, work: Coroutine[None, None, None]) -> None:
        """Begin `work`."""
        task = asyncio.create_task(self._run(about, work), name=f"{self._name} {about}")
        self._under_way[about] = task
        task.add_done_callback(lambda _: self._under_way.pop(about, None))

    async def _run(self, about: str, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as error:
            event(log, f"{self._name}.bug", level=logging.ERROR, about=about, error=error)

    async def drain(self) -> None:
        """Let them finish, then stop the rest."""
        await ended(self._under_way, DRAIN)


async def ended(under_way: Mapping[str, asyncio.Task[T]], patience: float) -> None:
    """Let tasks finish for so many seconds, then stop the rest."""
    if under_way:
        await asyncio.wait(under_way.values(), timeout=patience)
    for task in list(under_way.values()):
        task.cancel()
    await asyncio.gather(*under_way.values(), return_exceptions=True)
