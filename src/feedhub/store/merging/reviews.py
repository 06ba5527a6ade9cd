"""What an editor should look at: copies that were merged on thin evidence, and items that nearly were one story."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from feedhub.model import Verdict
from feedhub.store.merging.evidence import Evidence, of_item, stored_verdict, uuid_of

OF_ONE_FEED = 3  # of its items are listed beside each other, and beside any one story
LOOKED_AT = 1000  # near misses, the latest: one feed may bring hundreds in a poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A copy that was merged on thin evidence, and the one that it was merged with; or one that nearly was."""

    story: str  # in which the copy stands
    item: Evidence
    beside: Evidence
    verdict: Verdict


def borderline(conn: sqlite3.Connection, limit: int) -> list[Review]:
    """Borderline verdicts that wait for an editor, the latest first."""
    rows = conn.execute(
        # +: by its id, past the other copies of the story
        """SELECT verdicts.*, a.story FROM verdicts JOIN items a ON a.id = item JOIN items b ON b.id = beside
        WHERE review = 'open' AND decided AND +b.story = a.story ORDER BY item DESC LIMIT ?""",
        (limit,),
    ).fetchall()
    return [_review(conn, row) for row in rows]


def near_misses(conn: sqlite3.Connection, limit: int) -> list[Review]:
    """The likeliest pairs of items that stand in two stories, the latest first, one of each pair of stories.

    What an editor ruled to stay apart is left out, and a feed's items beyond a few: it may fill one template anew.
    """
    rows = conn.execute(
        """SELECT verdicts.*, a.story, b.story AS there, a.source, iif(a.source = b.source, NULL, b.story) AS against
        FROM verdicts JOIN items a ON a.id = item JOIN items b ON b.id = beside
        WHERE NOT decided AND review IS NULL AND a.story != b.story AND (a.story, b.story) NOT IN (
            SELECT x.story, y.story FROM constraints JOIN items x ON x.id = one JOIN items y ON y.id = other
            WHERE constraints.kind = 'apart')
        ORDER BY item DESC, score DESC LIMIT ?""",
        (LOOKED_AT,),
    )
    return [_review(conn, row) for row in islice(_listed(rows), limit)]


def _listed(rows: Iterable[sqlite3.Row]) -> Iterator[sqlite3.Row]:
    """The first row of each pair of stories; a few of a feed's items beside each other, or beside one story."""
    seen: set[frozenset[int]] = set()
    of_feed: Counter[tuple[str, int | None]] = Counter()
    for row in rows:
        pair, alike = frozenset((row["story"], row["there"])), (row["source"], row["against"])
        if pair not in seen and of_feed[alike] < OF_ONE_FEED:
            yield row
            of_feed[alike] += 1
        seen.add(pair)


def _review(conn: sqlite3.Connection, row: sqlite3.Row) -> Review:
    """A stored verdict of an item of a story, beside another."""
    return Review(
        story=uuid_of(conn, row["story"]),
        item=of_item(conn, row["item"]),
        beside=of_item(conn, row["beside"]),
        verdict=stored_verdict(row),
    )
