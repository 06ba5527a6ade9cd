"""What sources ask of those who poll them, and how they are accessed and read. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

OVERRUN = {429: timedelta(minutes=10), 503: None}  # status -> how long its site is left alone unless the answer says


@dataclass(frozen=True, slots=True)
class Hint:
    """How long a source asks to be left alone, and by what: "ttl", "Cache-Control max-age", "Retry-After" ..."""

    wait: timedelta
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """Everything that a source asks for; skipped hours are UTC, 0 to 23, skipped days English names as in RSS."""

    floors: tuple[Hint, ...] = ()
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[str] = frozenset()


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a feed document asks for; it holds until another document says otherwise."""

    ttl: timedelta | None = None
    period: timedelta | None = None  # sy:updatePeriod by sy:updateFrequency
    base: datetime | None = None  # sy:updateBase: the periods are counted from here
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[str] = frozenset()

    def to_text(self) -> str:
        """For a TEXT column; empty where nothing is asked for."""
        if self == NO_WISHES:
            return ""
        return json.dumps(
            [
                self.ttl and self.ttl.total_seconds(),
                self.period and self.period.total_seconds(),
                self.base and self.base.timestamp(),
                sorted(self.skip_hours),
                sorted(self.skip_days),
            ],
            separators=(",", ":"),
        )

    @classmethod
    def from_text(cls, text: str) -> Wishes:
        """What `to_text` wrote."""
        if not text:
            return NO_WISHES
        ttl, period, base, hours, days = json.loads(text)
        return cls(
            ttl=None if ttl is None else timedelta(seconds=ttl),
            period=None if period is None else timedelta(seconds=period),
            base=None if base is None else datetime.fromtimestamp(base, UTC),
            skip_hours=frozenset(hours),
            skip_days=frozenset(days),
        )


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a source is accessed. Secrets are named, not held: they are in the environment."""

    headers: tuple[tuple[str, str], ...] = ()  # "$NAME" as a value stands for that variable
    auth: str | None = None  # "basic NAME" or "bearer NAME"
    proxy: str | None = None
    cookies: tuple[tuple[str, str], ...] = ()  # as headers


PLAIN_ACCESS = Access()


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Where the items of a web page are, as CSS selectors; all but `items` within an item."""

    items: str
    title: str
    link: str | None = None  # the headline's link when left out
    date: str | None = "time"
    text: str | None = None


def hints_at(wishes: Wishes, of_answer: tuple[Hint, ...], now: datetime) -> Hints:
    """What a source asks for at `now`, in its feed and in the headers of its last answer."""
    floors = list(of_answer)
    if wishes.ttl:
        floors.append(Hint(wishes.ttl, "ttl"))
    if wishes.period and wishes.base:
        floors.append(Hint(wishes.period - (now - wishes.base) % wishes.period, "sy:updateBase"))
    elif wishes.period:
        floors.append(Hint(wishes.period, "sy:updatePeriod"))
    return Hints(floors=tuple(floors), skip_hours=wishes.skip_hours, skip_days=wishes.skip_days)
