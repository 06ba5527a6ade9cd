"""Logs: one event per line, a verb and stable keys, as text or as JSON.

What feeds and servers say gets into these lines; it is quoted so that none of it can pass for a line of ours.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import IO, Any, Literal

_PLAIN = re.compile(r"[^\s\"=\\\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_KEYS = "feedhub_keys"


def event(logger: logging.Logger, verb: str, /, level: int = logging.INFO, **keys: object) -> None:
    """Log one event; keys that are None are left out. An exception as a value adds its traceback."""
    if logger.isEnabledFor(level):
        record = logging.LogRecord(logger.name, level, "", 0, verb, None, None)  # `log` looks for the caller first
        setattr(record, _KEYS, {name: value for name, value in keys.items() if value is not None})
        logger.handle(record)


def configure(format: Literal["text", "json"], level: str = "INFO", stream: IO[str] | None = None) -> None:
    """Send all logs to `stream`, standard error by default; libraries speak up only when something is wrong."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if format == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("apscheduler", "aiohttp", "asyncio"):
        logging.getLogger(name).setLevel("WARNING")
    logging.captureWarnings(True)


class _Text(logging.Formatter):
    """`2026-11-23T08:00:00Z INFO poll.new source=nhk items=20`"""

    def format(self, record: logging.LogRecord) -> str:
        words = [_time(record), record.levelname, _quoted(_verb(record))]
        words += [f"{name}={_quoted(_shown(value))}" for name, value in _keys(record).items()]
        return " ".join(words)


class _Json(logging.Formatter):
    """The same as an object: time, level, event, and the keys."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": _time(record), "level": record.levelname, "event": _verb(record), **_keys(record)}
        return (
            json.dumps(line, ensure_ascii=False, default=_shown)
            .replace("\u2028", "\\u2028")
            .replace("\u2029", "\\u2029")
        )


def _keys(record: logging.LogRecord) -> dict[str, Any]:
    """The keys of an event; for a library's record its message, and for an exception what it was and where."""
    keys = dict(getattr(record, _KEYS, {}))
    if not hasattr(record, _KEYS):
        keys["message"] = record.getMessage()
    error = next((value for value in keys.values() if isinstance(value, BaseException)), None)
    if error is None and record.exc_info:
        error = record.exc_info[1]
    if error is not None:
        keys["error"] = f"{type(error).__name__}: {error}"
        keys["traceback"] = " | ".join(
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        )
    return keys


def _verb(record: logging.LogRecord) -> str:
    return record.getMessage() if hasattr(record, _KEYS) else record.name


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    """A word as it is; any other text as a JSON string, with line ends and control characters escaped."""
    if _PLAIN.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", quoted)
