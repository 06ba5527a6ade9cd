"""How long the headers of an answer ask us to wait. Absurd values are ignored as mistakes. Pure."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from feedhub.manners import Hint

ABSURD = timedelta(days=30)  # nobody means to be left alone for longer

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]+)", re.I)
_UNCACHED = re.compile(r"(?:^|[,\s])no-(?:cache|store)\b", re.I)
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def retry_after(value: str | None, date: str | None, now: datetime) -> timedelta | None:
    """The wait in a Retry-After header: seconds, or a date, compared with the server's own time if it sends that."""
    value = (value or "").strip()
    if _SECONDS.fullmatch(value):
        return _sane(_span(value))
    return _sane(_until(value, date, now))


def freshness(headers: Mapping[str, str], now: datetime) -> tuple[Hint, ...]:
    """How long an answer stays fresh: max-age minus the time it spent in a cache, or the time until it expires."""
    control = headers.get("Cache-Control", "")
    if _UNCACHED.search(control):
        return ()
    if stated := _MAX_AGE.search(control):
        age = headers.get("Age", "").strip()
        wait, why = _sane(_span(stated[1])), "Cache-Control max-age"
        wait = wait - (_span(age) if _SECONDS.fullmatch(age) else timedelta(0)) if wait else None
    else:
        wait, why = _sane(_until(headers.get("Expires", ""), headers.get("Date"), now)), "Expires"
    return (Hint(wait, why),) if wait and wait > timedelta(0) else ()


def _span(digits: str) -> timedelta:
    return timedelta(seconds=float(digits)) if len(digits) < 9 else 2 * ABSURD


def _until(value: str, date: str | None, now: datetime) -> timedelta | None:
    if (until := _http_date(value)) is None:
        return None
    return max(until - (_http_date(date or "") or now), timedelta(0))


def _sane(wait: timedelta | None) -> timedelta | None:
    return wait if wait is not None and wait <= ABSURD else None


def _http_date(value: str) -> datetime | None:
    if not value:
        return None
    try:
        parsed = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
