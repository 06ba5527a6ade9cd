"""The child's side: parse one document within limits of time and memory."""

from __future__ import annotations

import ctypes
import gc
import resource
import signal
import sys
from types import FrameType

from feedhub.model import ParsedFeed, ParseFailure

_PR_SET_PDEATHSIG = 1
_AGAIN = 1.0  # seconds between alarms: one may fall into code that swallows every exception, such as __del__

NO_MEMORY = ParseFailure(kind="parse-limit", message="reading the document took too much memory")


class _OutOfTime(BaseException):
    """Not an Exception: feedparser must not catch it."""


def begin(memory: int) -> None:
    """Set a fresh process up: it leaves signals to its parent, dies with it, and has its limits."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, _out_of_time)


def ready() -> None:
    """Load what parsing needs, before the first document comes."""
    import feedhub.parse.document  # noqa: F401


def parse(body: bytes, content_type: str | None, url: str, timezone: str, wall: float) -> ParsedFeed | ParseFailure:
    """Parse one document; one that takes too long or too much is a failure of its own."""
    from feedhub.parse.document import parse_document

    try:
        signal.setitimer(signal.ITIMER_REAL, wall, _AGAIN)
        try:
            return parse_document(body, content_type=content_type, url=url, timezone=timezone)
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
