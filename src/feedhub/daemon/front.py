"""The daemon's side of the process that serves: it is started, watched, replaced, told of changes, and answered.

That process (`serving`) answers readers and renders feeds, so that readers and polls do not wait for each other. It
only reads the database: nothing is lost when it dies. Connections then wait on the sockets, which the daemon keeps, and
the next process answers them.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from feedhub.daemon.desk import Desk
from feedhub.daemon.settings import brief, marks
from feedhub.daemon.tasks import Tasks
from feedhub.errors import FeedhubError
from feedhub.logs import event
from feedhub.model import Settings
from feedhub.offspring import set_up_child
from feedhub.processes import LARGE, Started, forked, framed, received, send_sockets, spawned
from feedhub.web.server import CLOSE, address

log = logging.getLogger(__name__)

Answers = Mapping[str, Callable[..., Awaitable[object]]]

SILENT = 15.0  # seconds without a sign of life, which is due every five seconds; a start takes one or two
PATIENCE = 2  # times in a row that it is silent, then it hangs. Once may mean that this process, or both, were stopped
STEADY = 10.0  # seconds after which a process counts as working, and its end as an accident
LONGEST = 60.0  # longest wait between two starts, in seconds, when processes end at once
LEAVING = CLOSE + 1.0  # seconds that it gets when it is to end
AFTER = 1.0  # seconds from the end of its line to its own


@dataclass(frozen=True, slots=True)
class Begun:
    """A process that was started, and the configuration that it already knows."""

    started: Started
    known: Settings


class Front:
    """Starts, watches and replaces the process that serves, and tells it what changed."""

    def __init__(self, settings: Settings, places: Sequence[socket.socket], first: Begun | None = None):
        self._settings, self._places, self._first = settings, places, first
        self._answers: Answers = {}
        self.up = asyncio.Event()  # readers were answered, or might have been
        self.trouble: str | None = "starting"  # why the daemon cannot do its work
        self._problems: str | None = None
        self._stream: asyncio.StreamWriter | None = None
        self._questions, self._numbers = Tasks("web"), count()
        self._leaving = False

    @property
    def address(self) -> str:
        """Where it serves."""
        return address(self._places[0])

    # --- what is said to it

    def changed(self, topics: Iterable[str]) -> None:
        """Tell it that stories, and these topics' feeds, may have changed."""
        self._say(Desk.changed, list(topics))

    def ruled(self, topics: Iterable[str]) -> None:
        """Tell it that an editor ruled, and that these topics' feeds and archives may have changed."""
        self._say(Desk.ruled, list(topics))

    def polled(self) -> None:
        """Tell it that a source was polled and brought no story."""
        self._say(Desk.polled)

    def reject(self, problems: str | None) -> None:
        """Tell it what is wrong with the configuration file, if an older state of that is in force."""
        self._problems = problems
        self._say(Desk.reject, problems)

    async def configure(self, settings: Settings) -> None:
        """Tell it of another configuration, packed aside: ten thousand sources take a tenth of a second."""
        told, self._settings = brief(settings, marks(self._settings)), settings
        packed = await asyncio.to_thread(framed, (Desk.configure, told))
        if self._stream:
            self._stream.writelines(packed)

    def _say(self, statement: Callable[..., None], *arguments: object) -> None:
        if self._stream:  # else the next one reads all anew
            self._stream.writelines(framed((statement, *arguments)))

    # --- that there is one

    async def keep(self, answers: Answers) -> None:
        """Keep a process serving: restart it when it ends, with a growing delay if it keeps ending soon."""
        self._answers = {**answers, "trouble": self._trouble}
        soon = 0
        while not self._leaving:
            begun = time.monotonic()
            how = await self._one()
            if not self._leaving:
                soon = soon + 1 if time.monotonic() - begun < STEADY else 0
                wait = min(2.0 ** (soon - 2), LONGEST) if soon > 1 else 0.0
                event(log, "web.ended", level=logging.ERROR, how=how, again=f"in {wait:g} s")
                await asyncio.sleep(wait)

    def leave(self) -> None:
        """Stop the process after it has answered open requests."""
        self._leaving = True
        if self._stream:
            self._stream.writelines(framed(None))

    async def close(self) -> None:
        """Finish answering its questions, and accept no more connections."""
        for place in self._places:
            place.close()
        await self._questions.drain()

    async def _one(self) -> str:
        """Start a process and answer its questions until it ends; returns how it ended."""
        first, self._first = self._first, None
        try:
            process, line = first.started if first else spawned(_serve)
        except OSError as error:
            return str(error)
        try:
            how = await self._converse(line, first.known if first else None)
            await asyncio.to_thread(process.join, AFTER)
            return how or f"status {process.exitcode}"
        finally:
            process.kill()
            process.join()

    async def _converse(self, line: socket.socket, known: Settings | None) -> str:
        """Send the sockets and the configuration, and read messages until the line ends; returns what went wrong."""
        with suppress(OSError):  # it has ended already, as its line will show
            send_sockets(line, self._places)
        reader, stream = await asyncio.open_connection(sock=line, limit=LARGE)
        self._stream = stream
        try:
            stream.writelines(framed((None if known is self._settings else self._settings, self._problems)))
            while True:
                self._hear(stream, await _heard(reader))
        except TimeoutError:
            return f"no sign of life for {PATIENCE * SILENT:g} s"
        except (EOFError, OSError):
            return ""
        except Exception as error:  # what it says is not to be understood
            return f"{type(error).__name__}: {error}"
        finally:
            self._stream = None
            stream.close()

    def _hear(self, stream: asyncio.StreamWriter, message: Any) -> None:
        match message:
            case (number, what, arguments):
                self._questions.start(str(next(self._numbers)), self._answer(stream, number, what, arguments))
            case _:  # a sign of life
                self.up.set()

    async def _trouble(self) -> str | None:
        return self.trouble

    async def _answer(self, stream: asyncio.StreamWriter, number: int, what: str, arguments: Sequence[object]) -> None:
        answer: object = None
        failed: Exception | None = None
        try:
            answer = await self._answers[what](*arguments)
        except FeedhubError as error:
            failed = error
        except Exception as error:
            event(log, "web.bug", level=logging.ERROR, asked=what, error=error)
            failed = RuntimeError(f"{type(error).__name__}: {error}")
        if not stream.is_closing():
            stream.writelines(framed((number, answer, failed)))


async def _heard(reader: asyncio.StreamReader) -> Any:
    """The next message of the process that serves; raises TimeoutError if it hangs."""
    message = asyncio.ensure_future(received(reader))
    try:
        for _ in range(PATIENCE):
            if (await asyncio.wait({message}, timeout=SILENT))[0]:
                return message.result()
        raise TimeoutError
    finally:
        message.cancel()


@contextmanager
def begun(settings: Settings) -> Iterator[Begun]:
    """Start the first process that will serve: it loads its modules now, and ends with the context.

    It shares with the daemon the memory of what both need, so it is started before there is an event loop.
    """
    process, line = forked(_serve, settings)
    try:
        yield Begun((process, line), settings)
    finally:
        line.close()
        process.kill()
        process.join()


def _serve(line: socket.socket, known: Settings | None = None) -> None:
    set_up_child("feedhub-web")
    from feedhub.daemon.serving import serve  # here: the daemon needs nothing of it

    serve(line, known)


@asynccontextmanager
async def kept(front: Front, answers: Answers) -> AsyncIterator[None]:
    """Have a process serve while the context is open; `answers` are the functions for its questions."""
    keeping = asyncio.create_task(front.keep(answers))
    try:
        yield
    finally:
        front.leave()
        await asyncio.wait({keeping}, timeout=LEAVING)
        keeping.cancel()
        await asyncio.wait({keeping})
        await front.close()
