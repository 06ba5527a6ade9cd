"""Two sources that have become the same document, where the second would count as an outlet of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from feedhub.store.polling.outcome import Outcome
from feedhub.store.polling.standing import Past

# Of two sources that moved to one address, the one that did so first is read; of two at once, the one whose id comes
# first. Of two that redirects led to one address, for good or for now, the one that was polled first is read.
_ALREADY = """
SELECT id FROM sources WHERE enabled AND id != ?1
    AND (url = ?2 OR led_to = ?2 OR moved_to = ?2 AND (moved_since, id) < (?3, ?1)) LIMIT 1
"""


def refuse_duplicate(conn: sqlite3.Connection, past: Past, outcome: Outcome) -> Outcome:
    """The outcome, or a failure if redirects led to a document that is read as another source already.

    Where they led is written at once: the next outcome of the same round may be of a source that is led there too.
    """
    if outcome.result == "failed" or outcome.pushed:
        return outcome
    refused = _refused(conn, past, outcome)
    led_to = None if refused else outcome.led_to
    if led_to != past.led_to:
        conn.execute("UPDATE sources SET led_to = ? WHERE id = ?", (led_to, outcome.claim.source_id))
    return refused or outcome


def _refused(conn: sqlite3.Connection, past: Past, outcome: Outcome) -> Outcome | None:
    for led, address, since in _led(past, outcome):
        asked = (outcome.claim.source_id, address, since.timestamp())
        if other := conn.execute(_ALREADY, asked).fetchone():
            error = f"it {led} {address}, which is read as source {other[0]} already; one of the two is enough"
            return replace(outcome, result="failed", kind="redirect", error=error, items=(), marks=())
    return None


def _led(past: Past, outcome: Outcome) -> Iterator[tuple[str, str, datetime]]:
    """Where redirects led, permanently or for now: words, address, and since when."""
    if outcome.moved_to:
        known = past.standing.address
        since = known.moved_since if known.moved_to == outcome.moved_to and known.moved_since else outcome.at
        yield "moved to", outcome.moved_to, since
    if outcome.led_to and outcome.led_to != outcome.moved_to:
        yield "is redirected to", outcome.led_to, outcome.at
