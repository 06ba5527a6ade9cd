"""The configuration in force, and replacing it by another while everything goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from feedhub.daemon.clock import now
from feedhub.daemon.front import Front
from feedhub.daemon.lists import refresh, take_over
from feedhub.daemon.settings import listening, load
from feedhub.daemon.writer import Writer
from feedhub.errors import ConfigError, FeedhubError
from feedhub.logs import event
from feedhub.model import Problem, Settings
from feedhub.pipeline import Doors

log = logging.getLogger(__name__)

SETTLED = 0.3  # seconds a changed file must rest before it is read: editors write in several steps

_PLACE = ("host", "port")
_FIXED = (*_PLACE, "database", "workers", "concurrency", "log_format")  # until the next start

Stamp = tuple[int, int, int]


class Configurable(Protocol):
    """A part of the daemon that depends on the configuration."""

    def configure(self, settings: Settings) -> None:
        """Take over a configuration."""


class Configuring:
    """Brings the configuration into force whenever its file or its lists of sources change."""

    def __init__(self, settings: Settings, writer: Writer, doors: Doors, front: Front, others: Sequence[Configurable]):
        self.settings = settings
        self._writer, self._doors, self._front, self._others = writer, doors, front, others
        self._seen = _stamp(settings.file)
        self._reloading: asyncio.Task[None] | None = None
        self._turns = asyncio.Lock()  # in order: what was read first must not come into force last
        self._waiting: asyncio.Task[str] | None = None  # a reading that has not had its turn yet

    async def reload_if_changed(self) -> None:
        """Start reading the file if it has changed; an error in doing so is raised by a later call."""
        if self._reloading:
            if not self._reloading.done():
                return
            ended, self._reloading = self._reloading, None
            await ended
        stamp = _stamp(self.settings.file)
        if stamp is not None and stamp != self._seen:
            self._reloading = asyncio.create_task(self._reload_once_settled(stamp))

    async def _reload_once_settled(self, stamp: Stamp) -> None:
        await asyncio.sleep(SETTLED)
        if _stamp(self.settings.file) == stamp:
            await self.reload()

    async def reload(self) -> str:
        """Read the configuration again; one with problems changes nothing. Returns what is not in force, in words.

        Everybody who asks while the file is being read shares the next reading.
        """
        self._waiting = self._waiting or asyncio.create_task(self._reload_in_turn())
        return await asyncio.shield(self._waiting)

    async def _reload_in_turn(self) -> str:
        async with self._turns:
            self._waiting = None  # whoever asks from here on may mean a later state of the file
            with self._writer.giving_way():  # or what was read would wait for forty polls
                return await self._reload()

    async def _reload(self) -> str:
        self._seen = _stamp(self.settings.file)
        try:
            fresh = await asyncio.to_thread(load, self.settings.file, self.settings)
        except ConfigError as error:
            return await self._reject(error)
        except (FeedhubError, OSError) as error:  # the reading process was killed, or could not be started
            event(log, "config.kept", level=logging.ERROR, error=str(error))
            return str(error)
        fixed = needs_restart(self.settings, fresh)
        await self._take(with_fixed(self.settings, fresh))
        await self._writer.first(lambda store: store.tell_of_configuration(None, now()))
        self._front.reject(None)
        if fixed:
            event(log, "config.needs-restart", level=logging.WARNING, keys=fixed)
        return f"takes effect at the next start: {fixed}" if fixed else ""

    async def _reject(self, error: ConfigError) -> str:
        """Keep the configuration in force, and report the mistakes: in the log, to readers, in the feed of health."""
        for problem in error.problems:
            event(log, "config.problem", level=logging.ERROR, problem=str(problem))
        event(log, "config.kept", level=logging.ERROR, problems=len(error.problems))
        told = places(error.problems)
        self._front.reject(told)
        await self._writer.first(lambda store: store.tell_of_configuration(told, now()))
        self._front.polled()
        return str(error)

    async def look_at_lists(self) -> None:
        """Refresh the lists of sources that are due."""
        if await refresh(self.settings, self._writer, self._doors):
            async with self._turns:
                await self._take(self.settings)

    async def _take(self, settings: Settings) -> None:
        """Bring a configuration into force, with the sources that its lists name."""
        self.settings = kept = await take_over(settings, self._writer, now())
        for one in self._others:
            one.configure(kept)
        await self._front.configure(kept)
        event(log, "config.loaded", sources=len(kept.sources), topics=len(kept.topics))


def _stamp(path: Path) -> Stamp | None:
    """Changes whenever the file does, even if an editor renames a new file into its place."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def places(problems: Sequence[Problem]) -> str:
    """What readers are told of mistakes: their places, without the text there, which may be a secret."""
    named = [_place(problem) for problem in problems[:10]]
    more = f" and {len(problems) - 10} more" if len(problems) > 10 else ""
    return f"Mistakes: {', '.join(named)}{more}. What was in force before stays so; feedhub check says more."


def _place(problem: Problem) -> str:
    """The line and key of a mistake; for one of the whole file its message, which quotes nothing from it."""
    if not problem.line:
        return problem.path or problem.message
    return f"line {problem.line}" + (f" ({problem.path})" if problem.path else "")


def needs_restart(old: Settings, new: Settings) -> str:
    """The keys of what has changed that is not in force before the next start; "" for none."""
    told = _PLACE if old.told_where else ()
    return ", ".join(key for key in _FIXED if key not in told and getattr(old, key) != getattr(new, key))


def with_fixed(old: Settings, new: Settings) -> Settings:
    """The new settings, as far as they can be in force now."""
    fixed = {key: getattr(old, key) for key in (*_FIXED, "told_where")}
    return replace(listening(new, old.host, old.port), **fixed)
