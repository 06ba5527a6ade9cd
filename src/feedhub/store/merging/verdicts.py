"""Why items stand where they do, or why not beside others: kept for people, and for editors to look at again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import orjson

from feedhub.dedup.place import MATCHER
from feedhub.dedup.verdict import borderline
from feedhub.model import Placement, Verdict

INSERT = "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def row(item_id: int, beside: int, verdict: Verdict, *, decided: bool = True) -> Sequence[object]:
    """Why an item stands where it does, or why it does not stand beside another."""
    return (
        item_id, beside, verdict.kind, verdict.score, orjson.dumps(verdict.reasons).decode(),
        orjson.dumps(dict(verdict.measures)).decode(), MATCHER, decided,
        "open" if decided and borderline(verdict) else None,
    )  # fmt: skip


def reconsider(conn: sqlite3.Connection, item_id: int) -> None:
    """The verdict by which an item stood where it did decides no longer: another will."""
    conn.execute("UPDATE verdicts SET decided = 0, review = NULL WHERE item = ? AND decided", (item_id,))


def note_again(conn: sqlite3.Connection, placement: Placement | None) -> None:
    """Keep what a second look at an item that stays in its story found; None: nobody looked."""
    if placement and placement.verdict and placement.beside is not None:
        reconsider(conn, placement.item_id)
        conn.execute(INSERT, row(placement.item_id, placement.beside, placement.verdict))
