"""Lists of sources, kept elsewhere: the last good copy of each, and when it is fetched again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from feedhub import urls
from feedhub.model import NamedFeed, SourceList, Validators
from feedhub.store.polling import incidents
from feedhub.store.times import at, moment

AGAIN = timedelta(hours=1)  # after a failure, at the latest
TOLD = 2  # failures in a row that are an incident


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCheck:
    """The result of fetching a list; without subscriptions if it has not changed, or failed."""

    id: str
    at: datetime
    refresh: timedelta
    validators: Validators = Validators()
    subscriptions: tuple[NamedFeed, ...] | None = None
    error: str | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHealth:
    """How a list is doing."""

    id: str
    url: str
    sources: int  # that its last good copy names
    last_read: datetime | None  # or found unchanged
    next_look: datetime
    failures: int  # in a row
    failing_since: datetime | None
    error: str | None


def sync(conn: sqlite3.Connection, lists: Iterable[SourceList], now: datetime) -> None:
    """Make the stored lists those of the configuration; one with a new address is due at once, and keeps its copy."""
    wanted = {one.pattern.id: one for one in lists if one.pattern.enabled}
    conn.executemany(
        """INSERT INTO lists (id, url, next_at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET
            etag = CASE WHEN url = ?2 THEN etag END, last_modified = CASE WHEN url = ?2 THEN last_modified END,
            next_at = CASE WHEN url = ?2 THEN min(next_at, ?4) ELSE ?3 END, url = ?2""",
        [
            (id, one.pattern.url, now.timestamp(), (now + max(one.refresh, AGAIN)).timestamp())
            for id, one in wanted.items()
        ],
    )
    for (id,) in conn.execute("SELECT id FROM lists").fetchall():
        if id not in wanted:
            conn.execute("DELETE FROM lists WHERE id = ?", (id,))
            incidents.list_trouble(conn, id, None, now, now)


def due(conn: sqlite3.Connection, now: datetime) -> dict[str, Validators]:
    """The lists to be fetched, with their validators."""
    rows = conn.execute("SELECT id, etag, last_modified FROM lists WHERE next_at <= ?", (now.timestamp(),))
    return {row["id"]: Validators(etag=row["etag"], last_modified=row["last_modified"]) for row in rows}


def copies(conn: sqlite3.Connection) -> dict[str, tuple[NamedFeed, ...]]:
    """The feeds that each list named when it was last read."""
    rows = conn.execute("SELECT id, subscriptions FROM lists WHERE subscriptions != ''")
    return {row["id"]: tuple(map(_subscription, orjson.loads(row["subscriptions"]))) for row in rows}


def health(conn: sqlite3.Connection) -> list[ListHealth]:
    """How each list is doing, by id."""
    return [
        ListHealth(
            id=row["id"],
            url=urls.public(row["url"]),
            sources=len(orjson.loads(row["subscriptions"] or "[]")),
            last_read=moment(row["read_at"]),
            next_look=at(row["next_at"]),
            failures=row["failures"],
            failing_since=moment(row["failing_since"]),
            error=row["error"],
        )
        for row in conn.execute("SELECT * FROM lists ORDER BY id")
    ]


def _subscription(stored: dict[str, Any]) -> NamedFeed:
    return NamedFeed(url=stored["url"], title=stored["title"], tags=tuple(stored["tags"]))


def note(conn: sqlite3.Connection, look: ListCheck) -> bool:
    """Store the result of fetching a list; returns whether it names other feeds than before."""
    row = conn.execute("SELECT subscriptions, failures, failing_since FROM lists WHERE id = ?", (look.id,)).fetchone()
    if row is None:
        return False
    if look.error:
        _failed(conn, look, row["failures"] + 1, moment(row["failing_since"]) or look.at)
        return False
    named = row["subscriptions"] if look.subscriptions is None else _stored(look.subscriptions)
    conn.execute(
        """UPDATE lists SET subscriptions = ?, etag = ?, last_modified = ?, next_at = ?, read_at = ?, failures = 0,
            failing_since = NULL, error = NULL WHERE id = ?""",
        (
            named, look.validators.etag, look.validators.last_modified, (look.at + look.refresh).timestamp(),
            look.at.timestamp(), look.id,
        ),
    )  # fmt: skip
    incidents.list_trouble(conn, look.id, None, look.at, look.at)
    return bool(named != row["subscriptions"])


def _failed(conn: sqlite3.Connection, look: ListCheck, failures: int, since: datetime) -> None:
    wait = max(min(look.refresh, AGAIN), look.retry_after or timedelta(0))
    conn.execute(
        "UPDATE lists SET next_at = ?, failures = ?, failing_since = ?, error = ? WHERE id = ?",
        ((look.at + wait).timestamp(), failures, since.timestamp(), look.error, look.id),
    )
    if failures >= TOLD:
        incidents.list_trouble(conn, look.id, look.error, since, look.at)


def _stored(named: Sequence[NamedFeed]) -> str:
    return orjson.dumps(named).decode()
