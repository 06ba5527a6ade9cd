"""What an editor should look at: copies that were merged on thin evidence, and items that nearly were one story."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from feedhub.model import Verdict
from feedhub.store.merging.evidence import Evidence, of_item, stored_verdict, uuid_of


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

    What an editor ruled to stay apart is left out.
    """
    rows = conn.execute(
        """SELECT verdicts.*, a.story, b.story AS there FROM verdicts
        JOIN items a ON a.id = item JOIN items b ON b.id = beside
        WHERE NOT decided AND review IS NULL AND a.story != b.story AND (a.story, b.story) NOT IN (
            SELECT x.story, y.story FROM constraints JOIN items x ON x.id = one JOIN items y ON y.id = other
            WHERE constraints.kind = 'apart')
        ORDER BY item DESC, score DESC LIMIT ?""",
        (limit * 4,),
    ).fetchall()
    pairs = {frozenset((row["story"], row["there"])): row for row in reversed(rows)}
    return [_review(conn, row) for row in list(reversed(pairs.values()))[:limit]]


def _review(conn: sqlite3.Connection, row: sqlite3.Row) -> Review:
    """A stored verdict of an item of a story, beside another."""
    return Review(
        story=uuid_of(conn, row["story"]),
        item=of_item(conn, row["item"]),
        beside=of_item(conn, row["beside"]),
        verdict=stored_verdict(row),
    )
