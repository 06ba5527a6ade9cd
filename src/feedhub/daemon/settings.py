"""The configuration, read by a process of its own and sent to others.

Reading ten thousand sources takes a quarter of a second of CPU, in which polls and pages would wait, and fragments the
heap: together with the modules that parse and check TOML it takes 28 MB that a process would never give back. Parts
that the receiver knows already are not sent again, which saves both sides a tenth of a second when one source of ten
thousand was edited.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

from feedhub import urls
from feedhub.errors import ConfigError, FeedhubError
from feedhub.model import Part, Problem, Settings
from feedhub.processes import environment


class Loader:
    """Reads a file in a process of its own, which begins at once; `before` is what the file said the last time."""

    def __init__(self, file: Path, before: Settings | None = None):
        self._before = before
        command = [sys.executable, "-P", "-m", "feedhub.daemon.settings", str(file)]
        self._process = subprocess.Popen(  # noqa: S603
            command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError), self._process.stdin as pipe:  # it may have ended already
            pickle.dump(marks(before), pipe)

    def settings(self) -> Settings:
        """Wait for the settings, with queries checked; raises ConfigError with all mistakes."""
        with self._process as process:
            assert process.stdout is not None
            try:
                found: Settings | tuple[Problem, ...] = pickle.load(process.stdout)  # noqa: S301, of our own child
            except EOFError:
                said = f"the process that reads the configuration ended early, with status {process.wait()}"
                raise FeedhubError(said) from None
        if isinstance(found, tuple):
            raise ConfigError(found)
        return whole(found, self._before)


def listening(settings: Settings, host: str, port: int) -> Settings:
    """The settings with another place to listen at, and another public address if that was made from the place."""
    follows = settings.public_url == urls.of_place(settings.host, settings.port)
    public = urls.of_place(host, port) if follows else settings.public_url
    return replace(settings, host=host, port=port, public_url=public)


def load(file: Path, before: Settings | None = None) -> Settings:
    """The settings in a file; raises ConfigError with all mistakes."""
    return Loader(file, before).settings()


def marks(settings: Settings | None) -> frozenset[bytes]:
    """The marks of the parts that whoever knows this configuration need not be sent."""
    return frozenset(part.mark for part in settings.parts) if settings else frozenset()


def brief(settings: Settings, known: Collection[bytes]) -> Settings:
    """A configuration without the sources of the parts that the receiver knows; see `whole`."""
    own = {id(source) for part in settings.parts for source in part.sources}
    parts = tuple(Part(part.mark, ()) if part.mark in known else part for part in settings.parts)
    return replace(settings, parts=parts, sources=tuple(source for source in settings.sources if id(source) not in own))


def whole(told: Settings, before: Settings | None) -> Settings:
    """The configuration that was told in `brief` to a process that knew `before`."""
    known = dict(before.parts) if before else {}
    parts = tuple(Part(mark, sources or known[mark]) for mark, sources in told.parts)
    return replace(told, parts=parts, sources=(*chain.from_iterable(part.sources for part in parts), *told.sources))


def _read(file: Path, known: Collection[bytes]) -> Settings | tuple[Problem, ...]:
    from feedhub.config.load import load
    from feedhub.topics import compile_query

    try:
        return brief(load(file, compile_query, known), known)
    except ConfigError as error:
        return tuple(error.problems)


if __name__ == "__main__":
    gc.disable()  # it ends before anything is worth collecting
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # if that process was killed, nobody is listening
    pickle.dump(_read(Path(sys.argv[1]), pickle.load(sys.stdin.buffer)), sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)  # noqa: S301
    sys.stdout.flush()
    os._exit(0)  # freeing everything takes longer than sending it
