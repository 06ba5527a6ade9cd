"""How much a source publishes, and when. Pure.

The current rate is a daily rate, as memories of different length see it, times a profile over the hours of the week.
All hours are UTC; times inside are seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from math import isfinite, isnan, nan, sqrt
from operator import mul
from struct import Struct, error
from typing import Any

import numpy as np

HOUR, DAY, WEEK = 3600.0, 86400.0, 604800.0  # seconds

# --- constants, measured with bench/cadence.py as those of `learning` are, all of them flat near their optimum
MEMORIES = (14.0, 4.0, 1.0, 0.3, 0.08)  # half-lives in days: the rate of old, of these days, and of a burst under way
# A source nobody has watched yet is taken for one item in four days. These days count for less with each item that is
# seen, as rates span five orders of magnitude: 20 items in an hour are no accident.
PRIOR_ITEMS, PRIOR_DAYS = 0.15, 0.6
HANDED_DOWN = 1.0  # items: a shorter memory starts from what the next longer one says, believed like so many items
TRUST = (0.5, 0.2, 0.1, 0.1, 0.1)  # what trust returns to, so that each memory can recover
HOUR_ITEMS, HOUR_DAYS = 20.0, 2.0  # weight of an hour's neighbourhood: so many items, and what comes in so many days
WEEKDAY_ITEMS, WEEKDAY_DAYS = 8.0, 1.0  # the weight of a flat week: days differ by more than chance, so days count too
SMOOTH_ITEMS = 6.0  # the weight of a flat day against the neighbourhood
WINDOW = (1.0, 2.0, 3.0, 2.0, 1.0)  # the neighbourhood of an hour
FAINTEST = 0.03  # share of the mean rate that no hour falls below

Floats = tuple[float, ...]
_UNWATCHED = (0.0,) * len(MEMORIES)
_SIZES = dict.fromkeys(("items", "days", "trust"), len(MEMORIES)) | {
    "hour_items": 24, "hour_due": 24, "weekday_items": 7, "weekday_due": 7,
}  # fmt: skip
_ENDS = list(accumulate(_SIZES.values()))
_PARTS = {name: slice(end - size, end) for (name, size), end in zip(_SIZES.items(), _ENDS, strict=True)}
_STORED = Struct(f"<d{_ENDS[-1]}f")
_COLUMNS = np.dtype([("at", "<f8"), *((name, "<f4", size) for name, size in _SIZES.items())])
AT_ONCE = 1000  # rhythms that are computed together, in a megabyte or two


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What is known of a source: how much it publishes, and at which hours of the week (UTC)."""

    at: datetime | None = None  # when it was last brought up to date
    items: Floats = _UNWATCHED  # new items as each memory recalls them
    days: Floats = _UNWATCHED  # days watched, hours of the week weighted by the profile
    trust: Floats = TRUST  # share of each memory in the rate, by how well it has forecast lately
    hour_items: Floats = (0.0,) * 24  # items found by hour of the day
    hour_due: Floats = (0.0,) * 24  # and how many a source without rhythm would have had then
    weekday_items: Floats = (0.0,) * 7  # the same by weekday, from Monday
    weekday_due: Floats = (0.0,) * 7

    @property
    def per_day(self) -> float:
        """The estimated rate, new items a day; never zero."""
        return self.trusted(rates(self.items, self.days))

    def trusted(self, seen: Floats) -> float:
        """The rate, from the rates that each memory has `seen`."""
        rate: float = sum(map(mul, self.trust, seen))
        return rate

    @property
    def root(self) -> float:
        """The mean over a week of the square root of the rate (items a day), by which polls are shared."""
        return float(_root(self))

    def to_bytes(self) -> bytes:
        """The rhythm in 316 bytes, with seven digits of each number: a minute's fading changes the fifth."""
        at = nan if self.at is None else self.at.timestamp()
        return _STORED.pack(
            at, *self.items, *self.days, *self.trust,
            *self.hour_items, *self.hour_due, *self.weekday_items, *self.weekday_due,
        )  # fmt: skip

    @classmethod
    def from_bytes(cls, stored: bytes) -> Rhythm:
        """What `to_bytes` wrote; raises ValueError for anything else."""
        try:
            at, *numbers = _STORED.unpack(stored)
            moment = None if isnan(at) else datetime.fromtimestamp(at, UTC)
        except (error, ValueError, OverflowError, OSError) as err:
            raise ValueError("not a rhythm") from err
        known = {name: tuple(numbers[part]) for name, part in _PARTS.items()}
        if not isfinite(sum(numbers)) or min(numbers) < 0 or not sum(known["trust"]):
            raise ValueError("not a rhythm")
        return cls(at=moment, **known)


UNWATCHED = Rhythm()


def roots(stored: Sequence[bytes]) -> list[float]:
    """`Rhythm.root` of many stored rhythms at once, by the same steps on columns of numbers."""
    found: list[float] = []
    for start in range(0, len(stored), AT_ONCE):
        columns = np.frombuffer(b"".join(stored[start : start + AT_ONCE]), _COLUMNS)
        several: Any = {name: tuple(columns[name].T.astype(float)) for name in _SIZES}
        found += _root(Rhythm(**several)).tolist()
    return found


def _root(rhythm: Rhythm) -> Any:
    """The root of a rhythm, or those of many whose numbers are columns."""
    weight = Profile(rhythm)
    hours = np.sqrt([weight.hour(hour) for hour in range(24)])
    days = np.sqrt([weight.weekday(day) for day in range(7)])
    week = np.maximum(sqrt(FAINTEST), hours[:, np.newaxis] * days)
    return np.sqrt(rhythm.per_day) * week.mean(axis=(0, 1))


class Profile:
    """The weight of an hour, counted from any Monday 00 h; computed on demand."""

    def __init__(self, rhythm: Rhythm) -> None:
        self._scale: float = _share(sum(rhythm.hour_items), sum(rhythm.hour_due))
        self._hours = rhythm.hour_items, rhythm.hour_due
        self._weekdays = rhythm.weekday_items, rhythm.weekday_due
        a_day = rates(rhythm.items[:1], rhythm.days[:1])[0]
        self._hour_prior = HOUR_ITEMS + HOUR_DAYS * a_day / 24
        self._weekday_prior = WEEKDAY_ITEMS + WEEKDAY_DAYS * a_day
        self._known: dict[int, float] = {}  # computed hours of the day: a long absence asks for all

    def __call__(self, hour: int) -> float:
        """Hour of day times weekday."""
        day = hour % 24
        if day not in self._known:
            self._known[day] = self.hour(day)
        return max(FAINTEST, self._known[day] * self.weekday(hour // 24 % 7))

    def hour(self, hour: int) -> float:
        """An hour of the day, shrunk towards its neighbourhood, and that towards a flat day."""
        items, due = self._hours
        around = (_near(items, hour) + SMOOTH_ITEMS) / (_near(due, hour) * self._scale + SMOOTH_ITEMS)
        return (items[hour] + self._hour_prior * around) / (due[hour] * self._scale + self._hour_prior)

    def weekday(self, day: int) -> float:
        """A weekday, shrunk towards a flat week."""
        items, due = self._weekdays
        return (items[day] + self._weekday_prior) / (due[day] * self._scale + self._weekday_prior)


def _near(counts: Floats, hour: int) -> float:
    """An hour of the day and its neighbours, weighed by the window."""
    before, one_before, same, one_after, after = WINDOW
    return (
        before * counts[hour - 2] + one_before * counts[hour - 1] + same * counts[hour]
        + one_after * counts[hour - 23] + after * counts[hour - 22]
    )  # fmt: skip


def _share(found: Any, due: Any) -> Any:
    """The ratio of items found to items due, of numbers or columns of them; 1 where none was due."""
    if isinstance(due, np.ndarray):
        return np.divide(found, due, out=np.ones_like(due), where=due > 0)
    return found / due if due > 0 else 1.0


def rates(items: Sequence[float], days: Sequence[float]) -> Floats:
    """The rate that each memory sees, items a day, from the longest memory to the shortest."""
    rate = (items[0] + PRIOR_ITEMS) / (days[0] + PRIOR_DAYS / (1 + items[0]))
    seen = [rate]
    for count, span in zip(items[1:], days[1:], strict=True):
        rate = (count + HANDED_DOWN) / (span + HANDED_DOWN / rate)
        seen.append(rate)
    return tuple(seen)


def stretches(start: float, end: float) -> Iterator[tuple[int, float, float]]:
    """The parts of a time by hour of the week: hour, seconds, middle."""
    while start < end:
        edge = min((start // HOUR + 1) * HOUR, end)
        yield hour_of_week(start), edge - start, (start + edge) / 2
        start = edge


def hour_of_week(moment: float) -> int:
    """The hour of the week, from Monday 00 h; 1970 began on a Thursday."""
    return (int(moment // HOUR) + 72) % 168
