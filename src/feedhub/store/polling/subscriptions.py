"""Subscriptions to the hubs of sources: what the hubs are to be asked, and what came of it.

A source that is polled all the time loses nothing by a hub that lies or dies. So a hub is relied on only while the last
new item came from it: then the source is polled once a day. As soon as a poll finds what the hub kept to itself, it is
polled by its rhythm again; when a subscription ends, at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from secrets import token_urlsafe

from feedhub import urls, websub
from feedhub.cadence import NextPoll
from feedhub.model import Source
from feedhub.store.database import transaction
from feedhub.store.polling.health import subscription_of
from feedhub.store.polling.outcome import Outcome
from feedhub.store.polling.standing import Past
from feedhub.websub import Subscription, Verification

DAILY = timedelta(days=1)  # how often a source is polled whose hub is relied on
_REASON = "its hub pushes what is new: looked at once a day all the same"


class Subscriptions:
    """The subscriptions as the one writer sees them. Public methods are transactions, except those for polls."""

    def __init__(self, conn: sqlite3.Connection):
        self._conn = conn
        self._base: str | None = None  # what callbacks begin with; None: nothing is subscribed to
        self._sources: dict[str, Source] = {}  # those that are polled

    def configure(self, sources: Iterable[Source], base: str | None, now: datetime) -> None:
        """Take over a configuration, inside the caller's transaction: subscribe to and leave hubs accordingly."""
        self._base = base
        self._sources = {source.id: source for source in sources if source.enabled}
        self._conn.execute("DELETE FROM subscriptions WHERE base IS NOT coalesce(?, base)", (base,))
        rows = self._conn.execute(
            "SELECT id FROM sources WHERE hub IS NOT NULL UNION SELECT source FROM subscriptions"
        ).fetchall()
        for (source,) in rows:
            self._align(source, now)

    def _may_know(self, source: str) -> bool:
        """Whether a hub may be told of it."""
        return source in self._sources and _open(self._sources[source])

    # --- what polls and pushes tell

    def pushed(self, outcome: Outcome, new: int) -> None:
        """Record a push, inside the caller's transaction: a hub that brought new items is relied on."""
        source, at = outcome.claim.source_id, outcome.at
        self._conn.execute(
            "UPDATE subscriptions SET pushed = ?1, relied = max(relied, ?2) WHERE source = ?3 AND state = 'active'",
            (at.timestamp(), new > 0, source),
        )
        if outcome.result == "failed":
            self._poll_by(source, at)

    def polled(self, before: Past, outcome: Outcome, new: int, planned: NextPoll) -> NextPoll:
        """Record a poll, inside the caller's transaction: take over its offer, and stop relying on a hub that missed
        news.

        Returns when the source is polled next.
        """
        source, at, relied = outcome.claim.source_id, outcome.at, before.relied
        if outcome.result == "document" and self._offered(source, outcome, before.offer, at):
            relied = None
        if new:
            if before.offer[0]:  # without a hub there is no subscription
                self._conn.execute("UPDATE subscriptions SET relied = 0 WHERE source = ? AND relied", (source,))
        elif outcome.result != "failed" and relied is not None and relied > at.timestamp():
            return NextPoll(at=max(planned.at, at + DAILY), reason=_REASON)
        return planned

    def _offered(self, source: str, outcome: Outcome, known: tuple[str | None, str | None], now: datetime) -> bool:
        """Take over what the document offers; returns whether that has changed, so that the old hub is left."""
        said = outcome.offer
        hub, topic = (said.hubs[0], said.topic) if said.hubs else (None, None)
        if (hub, topic) == known:
            return False
        self._conn.execute("UPDATE sources SET hub = ?, hub_topic = ? WHERE id = ?", (hub, topic, source))
        self._align(source, now)
        return True

    def _align(self, source: str, now: datetime) -> None:
        """Give a source the one subscription that its offer asks for, and leave any other."""
        row = self._conn.execute("SELECT hub, hub_topic FROM sources WHERE id = ?", (source,)).fetchone()
        wanted = row and row["hub"] and self._base is not None and self._may_know(source)
        hub, topic = (row["hub"], row["hub_topic"]) if wanted else (None, None)
        self._conn.execute(
            """UPDATE subscriptions SET state = 'leaving', due = ?1, failures = 0
            WHERE source = ?2 AND state != 'leaving' AND (hub IS NOT ?3 OR topic IS NOT ?4)""",
            (now.timestamp(), source, hub, topic),
        )
        if hub is None:
            return
        self._conn.execute(
            """INSERT INTO subscriptions (key, source, base, hub, topic, secret, state, due)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, 'asked', ?7 WHERE NOT EXISTS (
                SELECT 1 FROM subscriptions WHERE source = ?2 AND state != 'leaving')""",
            (token_urlsafe(24), source, self._base, hub, topic, token_urlsafe(32), now.timestamp()),
        )

    def _poll_by(self, source: str, when: datetime) -> None:
        self._conn.execute(
            "UPDATE schedule SET next_at = min(next_at, ?1), reason = 'its hub cannot be relied on' WHERE source = ?2",
            (when.timestamp(), source),
        )

    # --- what is asked of hubs

    def due(self, now: datetime, most: int) -> list[Subscription]:
        """The requests to make of hubs now. Each counts as made, and is due again if the hub does not ask back."""
        with transaction(self._conn):
            self._end_leases(now)
            rows = self._conn.execute(
                "SELECT * FROM subscriptions WHERE due <= ? ORDER BY due LIMIT ?", (now.timestamp(), most)
            ).fetchall()
            again = (now + websub.PATIENCE).timestamp()
            self._conn.executemany(
                """UPDATE subscriptions SET due = ?, failures = failures + 1,
                    state = CASE state WHEN 'denied' THEN 'asked' ELSE state END WHERE key = ?""",
                [(max(again, (now + websub.retry(row["failures"] + 1)).timestamp()), row["key"]) for row in rows],
            )
        return [subscription_of(row) for row in rows]

    def _end_leases(self, now: datetime) -> None:
        """End leases that ran out: such a hub is no longer relied on; what was to end, or never began, is deleted."""
        at = now.timestamp()
        self._conn.execute(
            "DELETE FROM subscriptions WHERE state = 'leaving' AND (expires IS NULL OR expires <= ? OR failures >= ?)",
            (at, websub.FAREWELLS),
        )
        ended = self._conn.execute(
            """UPDATE subscriptions SET state = 'asked', relied = 0, expires = NULL
            WHERE state = 'active' AND expires <= ? RETURNING source""",
            (at,),
        ).fetchall()
        for (source,) in ended:
            self._poll_by(source, now)

    def answered(self, key: str, now: datetime, error: str | None, moved_to: str | None) -> None:
        """Record how a hub answered a request: refused, with an `error`, or accepted, maybe at a new address."""
        with transaction(self._conn):
            if error is None:
                self._conn.execute(
                    "UPDATE subscriptions SET error = NULL, moved_to = coalesce(?, moved_to) WHERE key = ?",
                    (moved_to, key),
                )
                return
            row = self._conn.execute("SELECT failures FROM subscriptions WHERE key = ?", (key,)).fetchone()
            if row:
                again = now + websub.retry(row["failures"])
                self._conn.execute(
                    "UPDATE subscriptions SET error = ?, due = ?, moved_to = NULL WHERE key = ?",
                    (error, again.timestamp(), key),
                )

    # --- what hubs ask and send

    def get(self, key: str) -> Subscription | None:
        """The subscription whose callback ends in `key`."""
        row = self._conn.execute("SELECT * FROM subscriptions WHERE key = ?", (key,)).fetchone()
        return subscription_of(row) if row else None

    def verify(self, key: str, query: Mapping[str, str], now: datetime) -> Verification | None:
        """Carry out what a hub's verification means; None if it was not expected."""
        with transaction(self._conn):
            known = self.get(key)
            found = websub.verification(known, query) if known else None
            if known and found:
                self._verified(known, found, now)
            return found

    def _verified(self, known: Subscription, found: Verification, now: datetime) -> None:
        match found.mode:
            case "unsubscribe":
                self._conn.execute("DELETE FROM subscriptions WHERE key = ?", (known.key,))
            case "subscribe":
                renewal = now + websub.RENEWED * found.lease
                self._conn.execute(
                    """UPDATE subscriptions SET state = 'active', expires = ?, due = ?, failures = 0, error = NULL
                    WHERE key = ?""",
                    ((now + found.lease).timestamp(), renewal.timestamp(), known.key),
                )
            case "denied":
                self._conn.execute(
                    """UPDATE subscriptions SET state = 'denied', expires = NULL, relied = 0, failures = 0, due = ?,
                        error = ? WHERE key = ?""",
                    ((now + websub.LAST_RETRY).timestamp(), f"denied: {found.reason or 'no reason given'}", known.key),
                )
                self._poll_by(known.source_id, now)


def _open(source: Source) -> bool:
    """Whether a hub may be told of a source's address: not where it is asked with a secret, or is a file."""
    access = source.access
    secret = access.auth or access.headers or urls.redacted(source.url) != source.url
    return source.url.startswith(("http:", "https:")) and not secret
