"""Learning a source's rhythm from the dates of its new items. Pure. Times are seconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import exp, exp2, lgamma, log
from operator import mul

from feedhub.rhythm import (
    DAY,
    HANDED_DOWN,
    HOUR,
    MEMORIES,
    TRUST,
    WEEK,
    Floats,
    Profile,
    Rhythm,
    hour_of_week,
    rates,
    stretches,
)

LASTING = 3  # memories of a day and more: what the profile is a profile of, since shorter ones see the hours pass
TRUST_FADES = 3.0  # half-life in days of the trust in each memory
PROFILE_FADES = 28.0  # half-life in days of the hours' and weekdays' counts

_FADES = tuple(1 / (half_life * DAY) for half_life in MEMORIES)  # half-lives that pass in a second


def observe(rhythm: Rhythm, published: Sequence[datetime | None], now: datetime) -> Rhythm:
    """Learn from the items that are new at `now`; they came after the last poll.

    Items without a date, or with one before the last poll or in the future, count as spread evenly since then. Of an
    absence longer than a week only the last week counts, as documents rarely list more.
    """
    if rhythm.at is None:
        return Rhythm(at=now)
    end = now.timestamp()
    passed = max(0.0, end - rhythm.at.timestamp())
    start = end - min(passed, WEEK)
    dates = [moment.timestamp() for moment in published if moment is not None]
    told = [date for date in dates if start <= date <= end]
    untold = len(published) - len(told)
    told += [start + (end - start) * (number + 0.5) / untold for number in range(untold)]
    return _learn(rhythm, told, start, now, passed)


def first_impression(published: Sequence[datetime | None], now: datetime) -> Rhythm:
    """A first rhythm, from the dates in the first document since the oldest of them, at most a week."""
    end = now.timestamp()
    dates = [moment.timestamp() for moment in published if moment is not None and moment < now]
    if not dates:
        return Rhythm(at=now)
    start = min(max(min(dates), end - WEEK), end - HOUR)
    return _learn(Rhythm(), [date for date in dates if date >= start], start, now, end - start)


def _learn(rhythm: Rhythm, times: list[float], start: float, now: datetime, passed: float) -> Rhythm:
    """Let the memories fade by `passed` seconds, then add the items at `times` and the hours from `start` until now."""
    end = now.timestamp()
    profile = Profile(rhythm)
    hours = list(stretches(start, end))
    lasted = [(seconds * profile(hour) / DAY, middle - end) for hour, seconds, middle in hours]
    came = [(1.0, moment - end) for moment in times]
    trust = _foretold(rhythm, len(times), sum([days for days, _ in lasted]), passed)
    items = _recalled(rhythm.items, passed, came)
    days = _recalled(rhythm.days, passed, lasted)
    trusted = sum(trust[:LASTING]) or 1.0  # it is all gone after more items than anybody publishes
    steady = sum(map(mul, trust, rates(items[:LASTING], days[:LASTING]))) / trusted
    due = [(hour, seconds / DAY * steady) for hour, seconds, _ in hours]
    found = [(hour_of_week(moment), 1.0) for moment in times]
    fade = exp2(-passed / (PROFILE_FADES * DAY))
    return Rhythm(
        at=now,
        items=items,
        days=days,
        trust=trust,
        hour_items=_added(rhythm.hour_items, fade, found, 1),
        hour_due=_added(rhythm.hour_due, fade, due, 1),
        weekday_items=_added(rhythm.weekday_items, fade, found, 24),
        weekday_due=_added(rhythm.weekday_due, fade, due, 24),
    )


def _recalled(counts: Floats, passed: float, more: Sequence[tuple[float, float]]) -> Floats:
    """Old counts, faded by `passed` seconds, plus `more`: pairs of a count and its (negative) seconds from now."""
    recalled = []
    for fades, count in zip(_FADES, counts, strict=True):
        kept = count * exp2(-passed * fades)
        for part, since in more:
            kept += part * exp2(since * fades)
        recalled.append(kept)
    return tuple(recalled)


def _added(counts: Floats, fade: float, more: Iterable[tuple[int, float]], hours: int) -> Floats:
    """The old counts, faded, plus new ones by the hour of the week, in cells of so many hours."""
    kept = [count * fade for count in counts]
    for hour, count in more:
        kept[hour // hours % len(kept)] += count
    return tuple(kept)


def _foretold(rhythm: Rhythm, found: int, days: float, passed: float) -> Floats:
    """Trust each memory by how likely it took the `found` items in `days`: each makes a negative binomial forecast."""
    fade = exp2(-passed / (TRUST_FADES * DAY))
    seen = rates(rhythm.items, rhythm.days)
    evidence = []
    for share, first, rate, items in zip(rhythm.trust, TRUST, seen, rhythm.items, strict=True):
        sure = items + HANDED_DOWN
        span = sure / rate
        likely = sure * log(span / (span + days)) - found * log(span + days) + lgamma(sure + found) - lgamma(sure)
        evidence.append(log(share * fade + first * (1 - fade) + 1e-9) + likely)
    best = max(evidence)
    shares = [exp(weight - best) for weight in evidence]
    total = sum(shares)
    return tuple(share / total for share in shares)
