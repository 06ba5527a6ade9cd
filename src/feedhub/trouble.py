"""What is wrong with a source: the kind of a failure, its weight, and when silence counts as one. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from feedhub.model import FailureKind

Ailment = Literal["broken", "blocked", "gone"]

# How much a failure counts in the back-off. Feeds that work answer 404 and 5xx now and then, and a host that cannot
# be reached says nothing of the feed: it may be our own line.
_FAINT: frozenset[str] = frozenset({"connect"})
_HALF: frozenset[str] = frozenset({"dns", "timeout", "404", "408", "429", "5xx"})
_BLOCKED: frozenset[str] = frozenset({"blocked", "401", "403", "429", "451"})

RENAMED = 3  # fewest entries under other guids, besides half of a document, that make its guids doubtful

TOLD = 2.0  # weight of the failures in a row that make an incident: one hiccup does not
GONE_AFTER = 3  # sightings of 410 in a row after which a source is paused

QUIETEST = timedelta(days=3)  # no shorter silence is reported: a long weekend is normal
EXPECTED = 10.0  # so many expected items are missing when a source is called silent
WATCHED = 5.0  # items that must have been seen before any are expected


def failure_name(kind: FailureKind | None, status: int | None) -> str:
    """The kind of a failure as it is shown and counted: "dns", "timeout", "404", "429", "5xx" ..."""
    if kind != "http" or status is None:
        return kind or "broken"
    if status >= 500:
        return "5xx"
    return str(status)


def weight(name: str) -> float:
    """How much a failure of this name counts: 1, a half or a quarter."""
    return 0.25 if name in _FAINT else 0.5 if name in _HALF else 1.0


def ailment(name: str) -> Ailment:
    """What a source is called that keeps failing in this way."""
    return "gone" if name == "410" else "blocked" if name in _BLOCKED else "broken"


def unstable_ids(renamed: int, listed: int) -> str | None:
    """What is wrong with the ids of a document if so many of its entries came again under other guids; else None."""
    if renamed < max(RENAMED, listed / 2):
        return None
    return f'{renamed} of {listed} entries came again under other guids; ignore = ["guid"] goes by their links alone'


def silence(per_day: float, items: float) -> timedelta | None:
    """How long a source may bring nothing new before that is reported; None if too little is known.

    `items` is the number of items that the rate rests on.
    """
    if items < WATCHED:
        return None
    return max(QUIETEST, timedelta(days=min(EXPECTED / per_day, 365.0)))
