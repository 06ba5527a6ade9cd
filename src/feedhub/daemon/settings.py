"""The configuration, read by a process of its own.

Ten thousand sources take a quarter of a second of CPU, in which neither polls nor pages get on, and leave the heap in
pieces: with what reads TOML and checks it, 28 MB that a process would never give back.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from feedhub.errors import ConfigError, FeedhubError

if TYPE_CHECKING:
    from feedhub.model import Problem, Settings, Source

TOGETHER = 500  # sources taken over in one go: no other thread runs meanwhile


class Reading:
    """A file that is being read."""

    def __init__(self, file: Path):
        command = [sys.executable, "-P", "-m", "feedhub.daemon.settings", str(file)]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}  # what is found here is found there
        self._process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)  # noqa: S603

    def settings(self) -> Settings:
        """Wait for what the file says, its queries checked; raises ConfigError with all that is wrong with it."""
        with self._process as process:
            assert process.stdout is not None
            try:
                return _received(process.stdout)
            except EOFError:
                said = f"the process that reads the configuration ended early, with status {process.wait()}"
                raise FeedhubError(said) from None


def load(file: Path) -> Settings:
    """What a configuration says; raises ConfigError."""
    return Reading(file).settings()


def _received(pipe: IO[bytes]) -> Settings:
    found: Settings | tuple[Problem, ...] = pickle.load(pipe)  # noqa: S301, of our own child
    if isinstance(found, tuple):
        raise ConfigError(found)
    sources: list[Source] = []
    while part := pickle.load(pipe):  # noqa: S301
        sources += part
    return replace(found, sources=tuple(sources))


def _send(file: Path, pipe: IO[bytes]) -> None:
    from feedhub.config.load import load
    from feedhub.topics import compile_query

    try:
        settings = load(file, compile_query)
    except ConfigError as error:
        pickle.dump(error.problems, pipe)
        return
    pickle.dump(replace(settings, sources=()), pipe)
    for start in range(0, len(settings.sources), TOGETHER):
        pickle.dump(settings.sources[start : start + TOGETHER], pipe)
    pickle.dump((), pipe)


if __name__ == "__main__":
    gc.disable()  # it ends before anything is worth collecting
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it
    _send(Path(sys.argv[1]), sys.stdout.buffer)
