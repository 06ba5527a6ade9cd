"""Two sources that have become the same document, where the second would count as an outlet of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from feedhub.store.polling.outcome import Outcome
from feedhub.store.polling.standing import Past

# Of two sources that moved to one address, the one that did so first is read; of two at once, the one whose id comes
# first. One that is only redirected there for now comes after both.
_ALREADY = """
SELECT id FROM sources WHERE enabled AND id != ?1
    AND (url = ?2 OR moved_to = ?2 AND (moved_since, id) < (?3, ?1)) LIMIT 1
"""


def refuse_duplicate(conn: sqlite3.Connection, past: Past, outcome: Outcome) -> Outcome:
    """The outcome, or a failure if redirects led to a document that is read as another source already."""
    if outcome.result == "failed":
        return outcome
    for led, address, since in _led(past, outcome):
        asked = (outcome.claim.source_id, address, since.timestamp())
        if other := conn.execute(_ALREADY, asked).fetchone():
            error = f"it {led} {address}, which is read as source {other[0]} already; one of the two is enough"
            return replace(outcome, result="failed", kind="redirect", error=error, items=(), marks=())
    return outcome


def _led(past: Past, outcome: Outcome) -> Iterator[tuple[str, str, datetime]]:
    """Where redirects led, permanently or for now: words, address, and since when."""
    if outcome.moved_to:
        known = past.standing.address
        since = known.moved_since if known.moved_to == outcome.moved_to and known.moved_since else outcome.at
        yield "moved to", outcome.moved_to, since
    if outcome.led_to and outcome.led_to != outcome.moved_to:
        yield "is redirected to", outcome.led_to, outcome.at
