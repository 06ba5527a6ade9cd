"""When to look at a source again. Pure: the clock and the jitter's key are arguments.

The delay that readers feel is least, for a given number of polls, when polls fall as densely as the square root of
the rate at which a source publishes at that moment: proportional polling spends too much on busy feeds, halving and
backing off never learns the rate. The momentary rate is a daily rate, as memories of different length see it,
times a profile over the hours of the week. All hours are UTC; times inside are seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from math import exp, exp2, inf, lgamma, log, sqrt
from typing import Literal

import numpy as np
import orjson

from feedhub.manners import NO_HINTS, Hints

HOUR, DAY, WEEK = 3600.0, 86400.0, 604800.0  # seconds

# --- constants of what is learnt; measured with bench/cadence.py, all of them flat near their optimum
MEMORIES = (14.0, 4.0, 1.0, 0.3, 0.08)  # half-lives in days: the rate of old, of these days, and of a burst under way
LASTING = 3  # memories of a day and more: what the profile is a profile of, since shorter ones see the hours pass
PRIOR_ITEMS, PRIOR_DAYS = 0.15, 0.6  # a source nobody has watched yet is taken for one item in four days
HANDED_DOWN = 1.0  # items: a shorter memory starts from what the next longer one says, believed like so many items
TRUST_FADES = 3.0  # half-life in days of how well each memory has foretold
TRUST = (0.5, 0.2, 0.1, 0.1, 0.1)  # what that trust returns to, so that each memory can come back
PROFILE_FADES = 28.0  # half-life in days of the hours' and weekdays' counts
HOUR_ITEMS, HOUR_DAYS = 20.0, 2.0  # what an hour's neighbourhood weighs: so many items, and what comes in so many days
WEEKDAY_ITEMS, WEEKDAY_DAYS = 8.0, 1.0  # what a flat week weighs: days differ by more than chance, so days count too
SMOOTH_ITEMS = 6.0  # what a flat day weighs against the neighbourhood
WINDOW = (1.0, 2.0, 3.0, 2.0, 1.0)  # the neighbourhood of an hour
FAINTEST = 0.03  # share of the mean rate that no hour falls below

# --- constants of what is decided
PACE = timedelta(hours=5.9)  # the interval of a source with one new item a day while no source is known yet
JITTER = 0.05  # of the interval either way, so that sources of one host drift apart
PLACES = 12  # within the jitter that are looked at for the one farthest from a site's other polls
LONGEST_WAIT = timedelta(days=1)  # hints and failures may ask for more; a source is looked at once a day all the same
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Result = Literal["document", "same", "unchanged", "failed"]
Floats = tuple[float, ...]
_UNWATCHED = (0.0,) * len(MEMORIES)
_SIZES = dict.fromkeys(("items", "days", "trust"), len(MEMORIES)) | {
    "hour_items": 24, "hour_due": 24, "weekday_items": 7, "weekday_due": 7,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What is known of a source: how much it publishes, and at which hours of the week (UTC)."""

    at: datetime | None = None  # when it was last brought up to date
    items: Floats = _UNWATCHED  # new items as each memory recalls them
    days: Floats = _UNWATCHED  # days watched, hours of the week weighted by the profile
    trust: Floats = TRUST  # share of each memory in the rate: how well it has foretold of late
    hour_items: Floats = (0.0,) * 24  # items found by hour of the day
    hour_due: Floats = (0.0,) * 24  # and how many a source without rhythm would have had then
    weekday_items: Floats = (0.0,) * 7  # the same by weekday, from Monday
    weekday_due: Floats = (0.0,) * 7

    @property
    def per_day(self) -> float:
        """The estimated rate, new items a day; never zero."""
        return sum(share * rate for share, rate in zip(self.trust, _rates(self.items, self.days), strict=True))

    @property
    def profile(self) -> Floats:
        """How much likelier than the mean an item is in each of the 168 hours of the week, from Monday 00 h."""
        weight = Profile(self)
        return tuple(weight(day * 24 + hour) for day in range(7) for hour in range(24))

    @property
    def root(self) -> float:
        """The mean over a week of the square root of the momentary rate (items a day): what polls are shared by."""
        weight = Profile(self)
        days = [weight.hour(hour) for hour in range(24)]
        week = [weight.weekday(day) for day in range(7)]
        return sqrt(self.per_day) * sum(sqrt(max(FAINTEST, hour * day)) for hour in days for day in week) / 168

    def to_text(self) -> str:
        """A JSON list for a TEXT column, about 700 bytes; seven digits, since a minute's fading changes the fifth."""
        parts = [np.array(getattr(self, name), dtype=np.float32) for name in _SIZES]
        stored = [self.at and self.at.timestamp(), *parts]
        return orjson.dumps(stored, option=orjson.OPT_SERIALIZE_NUMPY).decode()

    @classmethod
    def from_text(cls, text: str) -> Rhythm:
        """What `to_text` wrote; nothing known for an empty text, ValueError for any other."""
        if not text:
            return cls()
        try:
            at, *parts = orjson.loads(text)
            known = {name: tuple(map(float, part)) for name, part in zip(_SIZES, parts, strict=True)}
            moment = None if at is None else datetime.fromtimestamp(at, UTC)
        except (TypeError, ValueError, OverflowError, OSError) as err:
            raise ValueError(f"not a rhythm: {text[:80]}") from err
        sound = all(0 <= number < inf for part in known.values() for number in part) and sum(known["trust"]) > 0
        if not sound or [len(part) for part in known.values()] != list(_SIZES.values()):
            raise ValueError(f"not a rhythm: {text[:80]}")
        return cls(at=moment, **known)

    @classmethod
    def from_counts(cls, items: float, days: float, at: datetime | None) -> Rhythm:
        """A rhythm of which only `items` found in `days` watched are known."""
        return cls(at=at, items=(items, *_UNWATCHED[1:]), days=(days, *_UNWATCHED[1:]))


class Profile:
    """The weight of an hour, counted from any Monday 00 h; an hour is worked out when it is asked for."""

    __slots__ = ("_hour_prior", "_hours", "_known", "_scale", "_weekday_prior", "_weekdays")

    def __init__(self, rhythm: Rhythm) -> None:
        due = sum(rhythm.hour_due)
        self._scale = sum(rhythm.hour_items) / due if due > 0 else 1.0
        self._hours = rhythm.hour_items, rhythm.hour_due
        self._weekdays = rhythm.weekday_items, rhythm.weekday_due
        a_day = _rates(rhythm.items[:1], rhythm.days[:1])[0]
        self._hour_prior = HOUR_ITEMS + HOUR_DAYS * a_day / 24
        self._weekday_prior = WEEKDAY_ITEMS + WEEKDAY_DAYS * a_day
        self._known: dict[int, float] = {}  # hours of the day that were asked for: a long absence asks for all

    def __call__(self, hour: int) -> float:
        """Hour of day times weekday."""
        day = hour % 24
        if day not in self._known:
            self._known[day] = self.hour(day)
        return max(FAINTEST, self._known[day] * self.weekday(hour // 24 % 7))

    def hour(self, hour: int) -> float:
        """An hour of the day, shrunk towards its neighbourhood, and that towards a flat day."""
        items, due = self._hours
        near_items = near_due = 0.0
        for offset, share in enumerate(WINDOW, hour - len(WINDOW) // 2):
            near_items += share * items[offset % 24]
            near_due += share * due[offset % 24]
        around = (near_items + SMOOTH_ITEMS) / (near_due * self._scale + SMOOTH_ITEMS)
        return (items[hour] + self._hour_prior * around) / (due[hour] * self._scale + self._hour_prior)

    def weekday(self, day: int) -> float:
        """A weekday, shrunk towards a flat week."""
        items, due = self._weekdays
        return (items[day] + self._weekday_prior) / (due[day] * self._scale + self._weekday_prior)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPoll:
    """When, and why then, in words."""

    at: datetime
    reason: str


# --- what is learnt


def watched(rhythm: Rhythm, published: Sequence[datetime | None], now: datetime) -> Rhythm:
    """Learn from the items new at `now`, by their dates; what was not there at the last poll came after it.

    So an item without a date, or with one before the last poll or in the future, counts as published now. Of a longer
    absence than a week only the last week counts: a document rarely lists more.
    """
    if rhythm.at is None:
        return Rhythm(at=now)
    end = now.timestamp()
    passed = max(0.0, end - rhythm.at.timestamp())
    start = end - min(passed, WEEK)
    dates = [end if moment is None else moment.timestamp() for moment in published]
    return _learn(rhythm, [date if start <= date <= end else end for date in dates], start, now, passed)


def first_impression(published: Sequence[datetime | None], now: datetime) -> Rhythm:
    """What a first document's dates suggest; at most a week of them is believed."""
    end = now.timestamp()
    times = [moment.timestamp() for moment in published if moment is not None]
    times = [moment for moment in times if end - WEEK <= moment < end]
    if len(times) < 2:
        return Rhythm(at=now)
    start = min(min(times), end - HOUR)
    return _learn(Rhythm(), times, start, now, end - start)


def _learn(rhythm: Rhythm, times: list[float], start: float, now: datetime, passed: float) -> Rhythm:
    """Let `passed` seconds fade, then add the items at `times` and the hours from `start` till now."""
    end = now.timestamp()
    profile = Profile(rhythm)
    stretches = list(_stretches(start, end))
    lasted = [(seconds * profile(hour) / DAY, middle) for hour, seconds, middle in stretches]
    trust = _foretold(rhythm, len(times), sum(days for days, _ in lasted), passed)
    items, days = [], []
    for half_life, old_items, old_days in zip(MEMORIES, rhythm.items, rhythm.days, strict=True):
        fades = 1 / (half_life * DAY)
        fade = exp2(-passed * fades)
        items.append(old_items * fade + sum(exp2((moment - end) * fades) for moment in times))
        days.append(old_days * fade + sum(part * exp2((middle - end) * fades) for part, middle in lasted))
    lasting = zip(trust[:LASTING], _rates(items, days), strict=False)
    steady = sum(share * rate for share, rate in lasting) / sum(trust[:LASTING])
    due = [(hour, seconds / DAY * steady) for hour, seconds, _ in stretches]
    found = [(_hour_of_week(moment), 1.0) for moment in times]
    fade = exp2(-passed / (PROFILE_FADES * DAY))
    return Rhythm(
        at=now,
        items=tuple(items),
        days=tuple(days),
        trust=trust,
        hour_items=_added(rhythm.hour_items, fade, found, 1),
        hour_due=_added(rhythm.hour_due, fade, due, 1),
        weekday_items=_added(rhythm.weekday_items, fade, found, 24),
        weekday_due=_added(rhythm.weekday_due, fade, due, 24),
    )


def _added(counts: Floats, fade: float, more: Iterable[tuple[int, float]], hours: int) -> Floats:
    """Old counts faded, and what is more of hours of the week, by cells of so many hours."""
    kept = [count * fade for count in counts]
    for hour, count in more:
        kept[hour // hours % len(kept)] += count
    return tuple(kept)


def _rates(items: Sequence[float], days: Sequence[float]) -> Floats:
    """The rate that each memory sees, items a day, from the longest memory to the shortest."""
    rate = (items[0] + PRIOR_ITEMS) / (days[0] + PRIOR_DAYS)
    rates = [rate]
    for count, span in zip(items[1:], days[1:], strict=True):
        rate = (count + HANDED_DOWN) / (span + HANDED_DOWN / rate)
        rates.append(rate)
    return tuple(rates)


def _foretold(rhythm: Rhythm, found: int, days: float, passed: float) -> Floats:
    """Trust each memory by how likely it took the `found` items in `days`: a negative binomial forecast of each."""
    fade = exp2(-passed / (TRUST_FADES * DAY))
    rates = _rates(rhythm.items, rhythm.days)
    evidence = []
    for share, first, rate, items in zip(rhythm.trust, TRUST, rates, rhythm.items, strict=True):
        sure = items + HANDED_DOWN
        span = sure / rate
        likely = sure * log(span / (span + days)) - found * log(span + days) + lgamma(sure + found) - lgamma(sure)
        evidence.append(log(share * fade + first * (1 - fade) + 1e-9) + likely)
    best = max(evidence)
    shares = [exp(weight - best) for weight in evidence]
    total = sum(shares)
    return tuple(share / total for share in shares)


def _stretches(start: float, end: float) -> Iterator[tuple[int, float, float]]:
    """The parts of a time by hour of the week: hour, seconds, middle."""
    while start < end:
        edge = min((start // HOUR + 1) * HOUR, end)
        yield _hour_of_week(start), edge - start, (start + edge) / 2
        start = edge


def _hour_of_week(moment: float) -> int:
    """From Monday 00 h; 1970 began on a Thursday."""
    return (int(moment // HOUR) + 72) % 168


# --- what is decided


def fair_budget(limits: Iterable[tuple[timedelta, timedelta]]) -> float:
    """Polls an hour where none are given: each source, by its shortest and longest interval, adds their mean's rate.

    The mean is the geometric one, half-way between 5 min and 6 h as people see it: 42 min.
    """
    return sum(HOUR / sqrt(least.total_seconds() * most.total_seconds()) for least, most in limits)


def pace(sources: Iterable[tuple[float, timedelta, timedelta]], budget: float) -> timedelta:
    """The interval of a source with one new item a day at which all sources together take `budget` polls an hour.

    Of each source: `Rhythm.root`, its shortest and its longest interval. PACE where there are none.
    """
    spans = [(root, least.total_seconds(), most.total_seconds()) for root, least, most in sources]
    if not spans:
        return PACE
    low, high = -20.0, 40.0  # the pace as a power of two, in seconds: from a microsecond to millennia
    for _ in range(50):
        middle = (low + high) / 2
        polls = sum(HOUR / max(min(2**middle / root, most), least) for root, least, most in spans)
        low, high = (middle, high) if polls > budget else (low, middle)
    return timedelta(seconds=min(2**high, 1e10))


def next_poll(
    rhythm: Rhythm, *, least: timedelta, most: timedelta, now: datetime, key: str,
    pace: timedelta = PACE, failures: int = 0, weight: float | None = None, hints: Hints = NO_HINTS,
    first: bool = False,
) -> NextPoll:  # fmt: skip
    """Decide when a source is due again.

    `pace` is the interval of a source with one new item a day. `failures` counts polls in a row that failed, this one
    included; `weight` is their sum when some kinds count for less than 1 (a 404 1/2, a broken network 1/4). After the
    `first` poll a source gets a phase of its own, or sources that were added together would stay together.
    """
    jitter = 1 + JITTER * _spread(f"{key} {now.isoformat()}")
    if failures:
        interval = _after_failures(least, failures if weight is None else weight, jitter)
        times = "once" if failures == 1 else f"{failures} times in a row"
        reason = f"failed {times}: again in {_words(interval)}"
    else:
        interval = _by_rhythm(rhythm, pace, least, most, now, jitter)
        interval = max(interval * (3 + _spread(key)) / 4, least) if first else interval
        reason = f"about {rate_in_words(rhythm.per_day)}{_mostly(rhythm)}: every {_words(interval)}"
    return _asked(NextPoll(at=now + interval, reason=reason), hints, now, jitter)


def _after_failures(least: timedelta, weight: float, jitter: float) -> timedelta:
    """Twice as long after each failure till it is a day, then daily for ever: feeds gone for months come back."""
    wait = least.total_seconds() * exp2(min(max(weight - 1, 0.0), 30.0)) * jitter
    return max(timedelta(seconds=min(wait, DAY * (jitter - JITTER))), least)


def _by_rhythm(
    rhythm: Rhythm, pace: timedelta, least: timedelta, most: timedelta, now: datetime, jitter: float
) -> timedelta:
    """Walk on hour by hour till the square roots of the rate add up to one poll."""
    rates = _rates(rhythm.items, rhythm.days)
    burst = rhythm.trust[-1] * (rates[-1] - rates[-2])
    steady = rhythm.per_day - burst
    start = now.timestamp()
    longest = most.total_seconds()
    left = wanted = pace.total_seconds() * jitter
    profile = Profile(rhythm)
    for hour, seconds, middle in _stretches(start, start + min(longest, WEEK)):
        density = sqrt(profile(hour) * (steady + burst * exp2((start - middle) / (MEMORIES[-1] * DAY))))
        if density * seconds >= left:
            wait = middle - seconds / 2 + left / density - start
            break
        left -= density * seconds
    else:
        wait = WEEK * wanted / max(wanted - left, 1e-9) if longest > WEEK else inf
    return max(timedelta(seconds=min(wait, longest * (jitter - JITTER))), least)


def _asked(planned: NextPoll, hints: Hints, now: datetime, jitter: float) -> NextPoll:
    """Wait as long as the source asks for, a day at most, then till an hour in which it wants to be looked at."""
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
    """The first time from `at` on that is not skipped, or `latest`."""
    skipped = {name.capitalize() for name in hints.skip_days}
    moment = at.astimezone(UTC)
    while moment < latest and (moment.hour in hints.skip_hours or DAYS[moment.weekday()] in skipped):
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at if moment == at else min(moment, latest)


def _spread(key: str) -> float:
    """Between -1 and 1, the same for the same key."""
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
    """The shortest run of hours that has nine items of ten, where that says something."""
    found = sum(rhythm.hour_items)
    if found < 24:
        return ""
    weights, enough = rhythm.hour_items * 2, found * 9 / 10
    best, start, inside = (24, 0), 0, 0.0
    for end, weight in enumerate(weights, 1):
        inside += weight
        while inside - weights[start] >= enough:
            inside -= weights[start]
            start += 1
        if inside >= enough:
            best = min(best, (end - start, start))
    length, start = best
    return f", mostly {start % 24:02}-{(start + length) % 24:02} h UTC" if length <= 16 else ""


def _words(span: timedelta) -> str:
    seconds = span.total_seconds()
    for size, unit in ((DAY, "d"), (HOUR, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
