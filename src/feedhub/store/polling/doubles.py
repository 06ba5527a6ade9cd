"""Two sources that have come to be one document, of which the second would count as an outlet of its own."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from feedhub.store.polling.outcome import Outcome
from feedhub.store.polling.standing import Past

# Of two that moved to one place the one that did first is read; of two at once the one whose id comes first.
_ALREADY = """
SELECT id FROM sources WHERE enabled AND id != ?1
    AND (url = ?2 OR moved_to = ?2 AND (moved_since, id) < (?3, ?1)) LIMIT 1
"""


def read_once(conn: sqlite3.Connection, past: Past, outcome: Outcome) -> Outcome:
    """The outcome; a failure where permanent redirects led to what is read as another source already."""
    if outcome.moved_to is None or outcome.result == "failed":
        return outcome
    known = past.standing.address
    since = known.moved_since if known.moved_to == outcome.moved_to and known.moved_since else outcome.at
    asked = (outcome.claim.source_id, outcome.moved_to, since.timestamp())
    other = conn.execute(_ALREADY, asked).fetchone()
    if other is None:
        return outcome
    error = f"it moved to {outcome.moved_to}, which is read as source {other[0]} already; one of the two is enough"
    return replace(outcome, result="failed", kind="redirect", error=error, items=(), marks=())
