"""Times as rows hold them: seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: float | None) -> datetime | None:
    """A stored time."""
    return None if seconds is None else at(seconds)


def at(seconds: float) -> datetime:
    """A stored time that is never missing."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(time: datetime | None) -> float | None:
    """A time as it is stored."""
    return None if time is None else time.timestamp()
