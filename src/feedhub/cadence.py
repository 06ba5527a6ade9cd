"""When to poll a source again. Pure: the clock and the key of the jitter are arguments.

For a given number of polls, readers wait least for news if a source is polled in proportion to the square root of its
current rate of publication (see `rhythm`). Polling in proportion to the rate spends too much on busy feeds, and halving
and backing off never learns the rate.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import accumulate
from math import exp2, inf, sqrt
from operator import sub
from typing import Literal

import numpy as np

from feedhub.manners import NO_HINTS, Hints
from feedhub.rhythm import DAY, HOUR, MEMORIES, WEEK, Floats, Profile, Rhythm, rates, stretches

PACE = timedelta(hours=5.9)  # the pace while no source is known yet
JITTER = 0.05  # of the interval either way, so that sources of one host drift apart
NEWCOMER = HOUR  # the longest wait of a source of which nothing is known; it doubles as long as none comes
PLACES = 12  # times within the jitter that are tried, for the one farthest from other polls of the site
LONGEST_WAIT = timedelta(days=1)  # hints and failures cannot delay a poll for longer
LONGEST_RUN = 16  # most hours that "mostly" is said of
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Result = Literal["document", "same", "unchanged", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPoll:
    """When a source is polled next, and why, in words."""

    at: datetime
    reason: str


def fair_budget(limits: Iterable[tuple[timedelta, timedelta]]) -> float:
    """The polls an hour if no budget is configured: each source adds the rate of its mean interval.

    The mean of its shortest and its longest interval is the geometric one: of 5 min and 6 h it is 42 min.
    """
    return sum(HOUR / sqrt(least.total_seconds() * most.total_seconds()) for least, most in limits)


def pace(sources: Iterable[tuple[float, timedelta, timedelta]], budget: float) -> timedelta:
    """The interval of a source with one new item a day at which all sources together take `budget` polls an hour.

    Of each source: `Rhythm.root`, its shortest and its longest interval. PACE where there are none.
    """
    spans = [(root, least.total_seconds(), most.total_seconds()) for root, least, most in sources]
    if not spans:
        return PACE
    roots, least, most = np.array(spans).T
    low, high = -20.0, 40.0  # the pace as a power of two, in seconds: from a microsecond to millennia
    for _ in range(36):  # to a billionth
        middle = (low + high) / 2
        polls = (HOUR / np.maximum(np.minimum(2**middle / roots, most), least)).sum()
        low, high = (middle, high) if polls > budget else (low, middle)
    return timedelta(seconds=min(2**high, 1e10))


def next_poll(
    rhythm: Rhythm, *, least: timedelta, most: timedelta, now: datetime, key: str,
    pace: timedelta = PACE, failures: int = 0, weight: float = 0.0, hints: Hints = NO_HINTS,
    first: bool = False,
) -> NextPoll:  # fmt: skip
    """Decide when a source is due again.

    `pace` is the interval of a source with one new item a day. `failures` counts failed polls in a row, including this
    one; `weight` is what they amount to: a 404 to 1/2, a broken network to 1/4, most to 1. After its `first` poll a
    source gets a phase of its own, as sources that are added together would else stay together.
    """
    jitter = 1 + JITTER * _spread(f"{key} {now.isoformat()}")
    if failures:
        interval = _after_failures(least, weight, jitter)
        times = "once" if failures == 1 else f"{failures} times in a row"
        reason = f"failed {times}: again in {_words(interval)}"
    else:
        seen = rates(rhythm.items, rhythm.days)
        per_day = rhythm.trusted(seen)
        interval = _by_rhythm(rhythm, seen, pace, least, most, now, jitter)
        interval = max(interval * (3 + _spread(key)) / 4, least) if first else interval
        reason = f"about {rate_in_words(per_day)}{_mostly(rhythm)}: every {_words(interval)}"
    return _asked(NextPoll(at=now + interval, reason=reason), hints, now, jitter)


def _after_failures(least: timedelta, weight: float, jitter: float) -> timedelta:
    """The wait doubles with each failure up to a day and stays there: feeds that were gone for months come back."""
    wait = least.total_seconds() * exp2(min(max(weight - 1, 0.0), 30.0)) * jitter
    return max(timedelta(seconds=min(wait, DAY * (jitter - JITTER))), least)


def _by_rhythm(
    rhythm: Rhythm, seen: Floats, pace: timedelta, least: timedelta, most: timedelta, now: datetime, jitter: float
) -> timedelta:
    """Add up the square root of the expected rate, hour by hour, until it amounts to one poll."""
    burst = rhythm.trust[-1] * (seen[-1] - seen[-2])
    steady = rhythm.trusted(seen) - burst
    start = now.timestamp()
    longest = min(most.total_seconds(), NEWCOMER + rhythm.days[0] * DAY)
    left = wanted = pace.total_seconds() * jitter
    profile = Profile(rhythm)
    for hour, seconds, middle in stretches(start, start + min(longest, WEEK)):
        density = sqrt(profile(hour) * (steady + burst * exp2((start - middle) / (MEMORIES[-1] * DAY))))
        if density * seconds >= left:
            wait = middle - seconds / 2 + left / density - start
            break
        left -= density * seconds
    else:
        wait = WEEK * wanted / max(wanted - left, 1e-9) if longest > WEEK else inf
    return max(timedelta(seconds=min(wait, longest * (jitter - JITTER))), least)


def _asked(planned: NextPoll, hints: Hints, now: datetime, jitter: float) -> NextPoll:
    """Delay the poll for as long as the source asks, at most a day, and then to an hour that it does not exclude."""
    at, reason, latest = planned.at, planned.reason, max(planned.at, now + LONGEST_WAIT)
    for hint in hints.floors:
        wait = min(hint.wait, LONGEST_WAIT)
        if now + wait > at:
            at = min(now + wait * (1 + abs(jitter - 1)), latest)
            reason = f"the source asks for {_words(hint.wait)} ({hint.why})"
            reason += ", a day is the most" if hint.wait > LONGEST_WAIT else ""
    if hints.skip_hours or hints.skip_days:
        allowed = _allowed(at, hints, latest)
        reason += f"; it skips the time until {allowed:%a %H:%M} UTC" if allowed != at else ""
        at = allowed
    return NextPoll(at=at, reason=reason)


def _allowed(at: datetime, hints: Hints, latest: datetime) -> datetime:
    """The first time from `at` on outside skipped hours and days; `latest` if there is none before."""
    skipped = {name.capitalize() for name in hints.skip_days}
    moment = at.astimezone(UTC)
    while moment < latest and (moment.hour in hints.skip_hours or DAYS[moment.weekday()] in skipped):
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at if moment == at else min(moment, latest)


def _spread(key: str) -> float:
    """A number between -1 and 1 that depends on the key alone: jitter without randomness."""
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) / 2**31 - 1


def apart(planned: datetime, others: Sequence[datetime], latest: datetime) -> datetime:
    """The time from `planned` to `latest` that is farthest from when other sources of the same site are due."""
    if not others or latest <= planned:
        return planned
    places = [planned + (latest - planned) * step / PLACES for step in range(PLACES + 1)]
    return max(places, key=lambda place: min(abs(place - other) for other in others))


# --- in words


def rate_in_words(per_day: float) -> str:
    """ "24 new items a day", "one new item in 3 d"; the rate is above zero."""
    return f"{per_day:.0f} new items a day" if per_day >= 1.5 else f"one new item in {_words(timedelta(1 / per_day))}"


def _mostly(rhythm: Rhythm) -> str:
    """The shortest span of hours with nine items of ten, in words; "" if it is too long to mean anything."""
    found = sum(rhythm.hour_items)
    if found < 24:
        return ""
    sums, enough = list(accumulate(rhythm.hour_items * 2, initial=0.0)), found * 9 / 10

    def runs(hours: int) -> Iterator[float]:
        """The items in each span of so many hours, by the hour at which it starts."""
        return map(sub, sums[hours : hours + 24], sums)

    hours = bisect_left(range(LONGEST_RUN + 1), enough, key=lambda hours: max(runs(hours)))
    if hours > LONGEST_RUN:
        return ""
    start = next(hour for hour, count in enumerate(runs(hours)) if count >= enough)
    return f", mostly {start:02}-{(start + hours) % 24:02} h UTC"


def _words(span: timedelta) -> str:
    """ "5.2 min", "12 h": more digits would look as if somebody had measured them."""
    seconds = span.total_seconds()
    size, unit = next((one for one in ((DAY, "d"), (HOUR, "h"), (60, "min")) if seconds >= one[0]), (1, "s"))
    return f"{seconds / size:.{1 if seconds < 10 * size else 0}f} {unit}".replace(".0 ", " ")
