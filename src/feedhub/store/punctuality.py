"""Who is first with a story, and how late the others are."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median

STORIES = 1000  # the newest that several outlets printed: enough for medians, and 20 ms to read


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletFigures:
    """One outlet among the others."""

    outlet: str
    stories: int  # that it shares with others
    first: int  # of these, those that it had first
    lag: timedelta | None  # the median delay behind the first; None if it always was first


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyFigures:
    """One agency's copy in the papers."""

    agency: str
    stories: int
    outlets: float  # that print a story, on average
    lag: timedelta | None  # median time from the first copy to the others
    earliest: str  # the outlet that most often has its stories first


@dataclass(frozen=True, slots=True)
class _Printing:
    """The first copy of a story in one outlet."""

    story: int
    outlet: str
    agency: str | None
    at: float


def outlets(conn: sqlite3.Connection, since: datetime) -> list[OutletFigures]:
    """Figures of every outlet that shared a story since then, the busiest first."""
    stories: Counter[str] = Counter()
    first: Counter[str] = Counter()
    lags: dict[str, list[float]] = defaultdict(list)
    for printings in _shared(conn, since):
        earliest = printings[0]
        first[earliest.outlet] += 1
        stories.update(printing.outlet for printing in printings)
        for printing in printings[1:]:
            lags[printing.outlet].append(printing.at - earliest.at)
    return [
        OutletFigures(outlet=outlet, stories=count, first=first[outlet], lag=_median(lags[outlet]))
        for outlet, count in stories.most_common()
    ]


def agencies(conn: sqlite3.Connection, since: datetime) -> list[AgencyFigures]:
    """Figures of every agency whose copy was shared since then, the busiest first."""
    printed: dict[str, list[list[_Printing]]] = defaultdict(list)
    for printings in _shared(conn, since):
        writers = Counter(printing.agency for printing in printings if printing.agency)
        if writers:
            printed[writers.most_common(1)[0][0]].append(printings)
    return [
        AgencyFigures(
            agency=agency,
            stories=len(theirs),
            outlets=sum(map(len, theirs)) / len(theirs),
            lag=_median([later.at - copies[0].at for copies in theirs for later in copies[1:]]),
            earliest=Counter(copies[0].outlet for copies in theirs).most_common(1)[0][0],
        )
        for agency, theirs in sorted(printed.items(), key=lambda pair: -len(pair[1]))
    ]


def _shared(conn: sqlite3.Connection, since: datetime) -> Iterable[list[_Printing]]:
    """For each story, the first copy of each outlet, the earliest first."""
    rows = conn.execute(
        """SELECT story, outlet, items.agency, items.published FROM items JOIN sources ON sources.id = source
        WHERE story IN (SELECT id FROM stories WHERE published >= ? AND outlets > 1
            ORDER BY published DESC LIMIT ?)
        ORDER BY story, items.published, items.id""",
        (since.timestamp(), STORIES),
    )
    for _, group in groupby((_Printing(*row) for row in rows), key=lambda printing: printing.story):
        firsts: dict[str, _Printing] = {}
        for printing in group:
            firsts.setdefault(printing.outlet, printing)
        if len(firsts) > 1:
            yield list(firsts.values())


def _median(seconds: list[float]) -> timedelta | None:
    return timedelta(seconds=median(seconds)) if seconds else None
