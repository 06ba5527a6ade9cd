"""What a feed document asks of those who poll it: ttl, skipHours, skipDays, the syndication module. Pure.

Read from the text itself: feedparser keeps only the last of several hours. Tolerant: what is absurd is passed over.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from feedhub.manners import NO_WISHES, Wishes
from feedhub.parse.dates import parse_date

_ITEM = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.I)
_LAST = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.I)
_TTL = re.compile(r"<ttl>\s*([0-9]{1,6})\s*</ttl>", re.I)
_SKIPPED = re.compile(r"<skip(hours|days)>(.{0,2000}?)</skip\1>", re.I | re.S)
_PART = re.compile(r"<(?:hour|day)>\s*(\w{1,9})\s*</(?:hour|day)>", re.I)
_SYNDICATION = re.compile(r"<(?:[\w.-]+:)?update(Period|Frequency|Base)(?:\s[^>]*)?>\s*([^<]{1,40}?)\s*</", re.I)

_PERIODS = {
    "hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7),
    "monthly": timedelta(days=30), "yearly": timedelta(days=365),
}  # fmt: skip
_DAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})
_AROUND = 20_000  # characters before the first item and after the last that are looked at


def wishes(text: str, timezone: str) -> Wishes:
    """What the channel says outside of its items."""
    first = _ITEM.search(text, 0)
    head = text[: min(first.start() if first else len(text), _AROUND)]
    tail = text[-_AROUND:] if first else ""
    ends = [found.end() for found in _LAST.finditer(tail)]
    channel = head + tail[ends[-1] if ends else len(tail) :]
    if "<ttl" not in channel and "<skip" not in channel and "update" not in channel:
        return NO_WISHES
    minutes = _TTL.search(channel)
    skipped = {kind.lower(): _PART.findall(inside) for kind, inside in _SKIPPED.findall(channel)}
    period, base = _syndicated(channel, timezone)
    return Wishes(
        ttl=timedelta(minutes=int(minutes[1])) if minutes and int(minutes[1]) else None,
        period=period,
        base=base,
        skip_hours=frozenset(int(hour) % 24 for hour in skipped.get("hours", ()) if _is_hour(hour)),
        skip_days=frozenset(day.capitalize() for day in skipped.get("days", ()) if day.lower() in _DAYS),
    )


def _is_hour(written: str) -> bool:
    """0 to 23; 24 is how the first RSS wrote midnight."""
    return written.isascii() and written.isdecimal() and int(written) <= 24


def _syndicated(channel: str, timezone: str) -> tuple[timedelta | None, datetime | None]:
    """How often the feed says it is updated, and from when that is counted."""
    said = {name.lower(): value for name, value in _SYNDICATION.findall(channel)}
    period = _PERIODS.get(said.get("period", "").lower())
    times = said.get("frequency", "1")
    if period is None or not (times.isascii() and times.isdecimal() and 0 < int(times) < 100_000):
        return None, None
    return period / int(times), parse_date(said["base"], timezone) if "base" in said else None
