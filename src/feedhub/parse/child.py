"""The child's side: read one document within limits of time and memory."""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

from feedhub.model import Outline, ParsedFeed, ParseFailure, Source
from feedhub.offspring import SIZE, receive, set_up_child

if TYPE_CHECKING:
    from feedhub.dedup.case import Prepared
    from feedhub.model import Item
    from feedhub.parse.contents import Reading

T = TypeVar("T")

USUAL = 200 << 20  # bytes of address space of a process that has loaded the parser
_AGAIN = 1.0  # seconds between alarms: one may fall into code that swallows every exception, such as __del__
NICE = 5  # a third of the daemon's weight: who stores and serves goes before who reads

NO_MEMORY = ParseFailure(kind="parse-limit", message="reading the document took too much memory")


class _OutOfTime(BaseException):
    """Not an Exception: feedparser must not catch it."""


def serve(link: socket.socket, memory: int) -> None:
    """Do what the parent asks for, one thing at a time, until it hangs up; the first answer says that all is set up."""
    _begin(memory)
    with link, link.makefile("wb") as stream, suppress(EOFError):
        answer: object = None
        while True:
            _tell(stream, answer)
            work, arguments = receive(link)
            answer = work(*arguments)


def _tell(stream: BufferedIOBase, answer: object) -> None:
    try:
        said = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except MemoryError:  # there was room to read the document, and none is left to send what was found
        said = pickle.dumps(NO_MEMORY, pickle.HIGHEST_PROTOCOL)
    stream.write(SIZE.pack(len(said)))
    stream.write(said)
    stream.flush()


def _begin(memory: int) -> None:
    """Set a fresh process up: it belongs to its parent, has loaded what parsing needs, and may take so many bytes
    beyond that.
    """
    set_up_child("feedhub-parser")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, _out_of_time)
    import feedhub.parse.reading  # noqa: F401

    gc.collect()
    gc.freeze()  # what is loaded stays: to look through it again took 13 ms now and then
    # Of the address space, as nothing else is enforced. How much of it a fresh process has depends on the machine.
    limit = _address_space() + memory
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _address_space() -> int:
    """Bytes of address space that this process has; where the system does not tell, as many as it had elsewhere."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return USUAL


def parse(body: bytes, content_type: str | None, url: str, timezone: str, wall: float) -> ParsedFeed | ParseFailure:
    """Parse one document."""

    def work() -> ParsedFeed | ParseFailure:
        from feedhub.parse.document import parse_document

        return parse_document(body, content_type=content_type, url=url, timezone=timezone)

    return _limited(work, wall)


def read(
    body: bytes, content_type: str | None, url: str, source: Source, now: datetime, known: Outline, wall: float
) -> Reading | ParseFailure:
    """Parse one document and prepare its items."""

    def work() -> Reading | ParseFailure:
        from feedhub.parse.reading import read_document

        return read_document(body, content_type=content_type, url=url, source=source, now=now, known=known)

    return _limited(work, wall)


def with_article(
    item: Item, body: bytes, content_type: str | None, url: str, agency: str | None, wall: float
) -> Prepared | ParseFailure:
    """Find the article in an item's page."""

    def work() -> Prepared | ParseFailure:
        from feedhub.parse.article import with_article

        return with_article(item, body, content_type=content_type, url=url, agency=agency)

    return _limited(work, wall)


def _limited(work: Callable[[], T], wall: float) -> T | ParseFailure:
    """Work within the limits; what takes too long or too much is a failure of the document."""
    try:
        signal.setitimer(signal.ITIMER_REAL, wall, _AGAIN)
        try:
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _OutOfTime:
        return ParseFailure(kind="parse-limit", message=f"reading the document took longer than {wall:g} s")
    except MemoryError:
        return NO_MEMORY
    except RecursionError:
        return ParseFailure(kind="parse-limit", message="the document is nested too deeply")
    except Exception as error:  # a fault of the parser is this document's failure and nobody else's
        return ParseFailure(kind="parse", message=f"the parser failed: {type(error).__name__}: {str(error)[:200]}")
    finally:
        gc.collect(0)


def _out_of_time(number: int, frame: FrameType | None) -> None:
    raise _OutOfTime
