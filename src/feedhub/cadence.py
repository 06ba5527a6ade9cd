"""When to look at a source again. Pure: the clock and the jitter's key are arguments.

The delay that readers feel is least, for a given number of polls, when the interval falls with the square root
of the source's rate: proportional polling spends too much on busy feeds, halving and backing off never learns
the rate. So each source keeps a decayed count of its new items and of the days it was watched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from math import exp2, sqrt
from typing import Literal

HALF_LIFE = 14.0  # days in which what was seen loses half its weight
PRIOR_ITEMS, PRIOR_DAYS = 0.06, 0.24  # a source nobody has watched yet is taken for one item in four days
PACE = timedelta(hours=1.2)  # the interval of a source with one item a day is PACE * sqrt(24), about 6 h
JITTER = 0.05  # of the interval either way, so that sources of one host drift apart
LONGEST_WAIT = timedelta(days=1)  # a server may ask for more; a source is looked at once a day all the same

Result = Literal["document", "same", "unchanged", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What is known of a source's rate: new items over days watched, both decaying."""

    items: float = 0.0
    days: float = 0.0
    at: datetime | None = None  # when it was last brought up to date

    @property
    def per_day(self) -> float:
        """The estimated rate, items a day; never zero."""
        return (self.items + PRIOR_ITEMS) / (self.days + PRIOR_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPoll:
    """When, and why then, in words."""

    at: datetime
    reason: str


def watched(rhythm: Rhythm, new: int, now: datetime) -> Rhythm:
    """Count `new` items found at `now`."""
    if rhythm.at is None:
        return Rhythm(items=float(new), days=rhythm.days, at=now)
    passed = max(0.0, (now - rhythm.at) / timedelta(days=1))
    fade = exp2(-passed / HALF_LIFE)
    return Rhythm(items=rhythm.items * fade + new, days=rhythm.days * fade + passed, at=now)


def first_impression(published: list[datetime], now: datetime) -> Rhythm:
    """The rate that a first document's dates suggest; at most a week of it is believed."""
    recent = [at for at in published if now - timedelta(days=7) <= at < now]
    if len(recent) < 2:
        return Rhythm(at=now)
    days = max((now - min(recent)) / timedelta(days=1), 1 / 24)
    return Rhythm(items=float(len(recent)), days=days, at=now)


def next_poll(
    rhythm: Rhythm,
    *,
    least: timedelta,
    most: timedelta,
    failures: int,
    retry_after: timedelta | None,
    now: datetime,
    key: str,
) -> NextPoll:
    """Decide when a source is due again; `failures` counts polls in a row that failed, this one included."""
    if failures:
        interval, reason = _after_failure(least, most, failures)
    else:
        interval = min(max(PACE * sqrt(24) / sqrt(rhythm.per_day), least), most)
        reason = f"about {_rate(rhythm.per_day)}: every {_words(interval)}"
    interval *= 1 + JITTER * _spread(key, now)
    interval = min(max(interval, least), max(most, least))
    if retry_after is not None and retry_after > interval:
        interval = min(retry_after, LONGEST_WAIT)
        reason = f"the server asks for {_words(retry_after)}"
    return NextPoll(at=now + interval, reason=reason)


def _after_failure(least: timedelta, most: timedelta, failures: int) -> tuple[timedelta, str]:
    """Wait twice as long after each failure; a feed that was gone for a week may come back."""
    interval = min(least * 2 ** min(failures - 1, 16), most)
    times = "once" if failures == 1 else f"{failures} times in a row"
    return interval, f"failed {times}: again in {_words(interval)}"


def _spread(key: str, now: datetime) -> float:
    """Between -1 and 1, the same for the same key and time."""
    seed = f"{key} {now.isoformat()}".encode()
    return int.from_bytes(blake2b(seed, digest_size=4).digest()) / 2**31 - 1


def _rate(per_day: float) -> str:
    if per_day >= 1:
        return f"{per_day:.0f} new items a day"
    return f"one new item in {1 / per_day:.0f} days"


def _words(span: timedelta) -> str:
    seconds = span.total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
