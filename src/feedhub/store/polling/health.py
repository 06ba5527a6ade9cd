"""How sources, and the subscriptions to their hubs, are doing."""

from __future__ import annotations

import sqlite3

import orjson

from feedhub import urls
from feedhub.model import SourceHealth
from feedhub.store.times import moment
from feedhub.websub import Subscription

_COLUMNS = """s.id, title, outlet, s.url, enabled, items, last_poll, last_success, failures, error, notice, ailment,
    failing_since, last_new, moved_to, moved_since, adopted, proposed"""


def sources(conn: sqlite3.Connection, only: str | None = None) -> list[SourceHealth]:
    """How every configured source is doing, by id, or `only` one."""
    which = "" if only is None else "AND s.id = ?1"
    rows = conn.execute(
        f"""SELECT {_COLUMNS}, next_at, paused, schedule.reason, free_at, sites.reason AS held,
            (SELECT json_group_array(words) FROM incidents WHERE source = s.id AND ended IS NULL) AS incidents
        FROM sources s LEFT JOIN schedule ON schedule.source = s.id
        LEFT JOIN sites ON sites.name = host AND NOT private AND free_at > next_at AND sites.reason != ''
        WHERE configured = 1 {which} ORDER BY s.id""",  # noqa: S608
        () if only is None else (only,),
    )
    return [_health(row) for row in rows]


def _health(row: sqlite3.Row) -> SourceHealth:
    return SourceHealth(
        id=row["id"],
        title=row["title"],
        outlet=row["outlet"],
        url=urls.public(row["url"]),
        enabled=bool(row["enabled"]),
        items=row["items"],
        last_poll=moment(row["last_poll"]),
        last_success=moment(row["last_success"]),
        next_poll=None if row["paused"] else moment(row["free_at"] or row["next_at"]),
        next_reason=row["held"] or row["reason"] or "switched off",
        failures=row["failures"],
        error=row["error"],
        notice=row["notice"],
        ailment=row["ailment"],
        failing_since=moment(row["failing_since"]),
        last_new=moment(row["last_new"]),
        moved_to=row["moved_to"],
        moved_since=moment(row["moved_since"]),
        adopted=row["adopted"],
        proposed=row["proposed"],
        incidents=tuple(orjson.loads(row["incidents"])),
    )


def subscriptions(conn: sqlite3.Connection) -> list[Subscription]:
    """All subscriptions, by source."""
    return [subscription_of(row) for row in conn.execute("SELECT * FROM subscriptions ORDER BY source, state")]


def subscription_of(row: sqlite3.Row) -> Subscription:
    """A stored row as a value."""
    return Subscription(
        key=row["key"],
        base=row["base"],
        source_id=row["source"],
        hub=row["hub"],
        moved_to=row["moved_to"],
        topic=row["topic"],
        secret=row["secret"],
        state=row["state"],
        expires=moment(row["expires"]),
        due=moment(row["due"]),
        failures=row["failures"],
        error=row["error"],
        pushed=moment(row["pushed"]),
        relied=bool(row["relied"]),
    )
