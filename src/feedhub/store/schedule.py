"""Which source is due, who polls it, and how each is doing."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from feedhub import urls
from feedhub.cadence import NextPoll, Rhythm
from feedhub.errors import LeaseLost
from feedhub.model import Source, SourceHealth, Validators
from feedhub.store.outcome import Claim, Outcome

_UPSERT = """
INSERT INTO sources (id, url, title, outlet, agency, enabled, configured, min_interval, max_interval)
VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    etag = CASE WHEN url = excluded.url THEN etag END,
    last_modified = CASE WHEN url = excluded.url THEN last_modified END,
    body_hash = CASE WHEN url = excluded.url AND enabled = excluded.enabled THEN body_hash END,
    url = excluded.url, title = excluded.title, outlet = excluded.outlet, agency = excluded.agency,
    enabled = excluded.enabled, configured = 1,
    min_interval = excluded.min_interval, max_interval = excluded.max_interval
"""


def sync(conn: sqlite3.Connection, sources: Iterable[Source], now: datetime) -> None:
    """Make the stored sources those of the configuration; items of sources that left it stay until retention."""
    known = dict(conn.execute("SELECT id, url FROM sources WHERE configured = 1").fetchall())
    wanted = {source.id: source for source in sources}
    conn.executemany(
        _UPSERT,
        [
            (
                source.id, source.url, source.title, source.outlet, source.agency, source.enabled,
                source.min_interval.total_seconds(), source.max_interval.total_seconds(),
            )
            for source in wanted.values()
        ],
    )  # fmt: skip
    gone = [(id,) for id in known if id not in wanted]
    conn.executemany("UPDATE sources SET configured = 0, enabled = 0 WHERE id = ?", gone)
    conn.executemany(
        "UPDATE items SET dropped = ? WHERE source = ? AND dropped IS NULL",
        [(now.timestamp(), id) for (id,) in gone],
    )
    off = [(source.id,) for source in wanted.values() if not source.enabled]
    conn.executemany("DELETE FROM schedule WHERE source = ?", gone + off)
    _schedule(conn, [source for source in wanted.values() if source.enabled], known, now)


def _schedule(conn: sqlite3.Connection, sources: Sequence[Source], known: dict[str, str], now: datetime) -> None:
    """New and moved sources are due at once; none later than its longest interval from now (clocks jump)."""
    at = now.timestamp()
    conn.executemany(
        """INSERT INTO schedule (source, host, next_at, reason) VALUES (?1, ?2, ?3, 'not polled yet')
        ON CONFLICT (source) DO UPDATE SET host = excluded.host,
            next_at = CASE WHEN ?5 THEN excluded.next_at ELSE min(next_at, ?4) END,
            lease = CASE WHEN ?5 THEN NULL ELSE lease END""",
        [
            (
                source.id, urls.host(source.url), at, at + source.max_interval.total_seconds(),
                known.get(source.id) != source.url,
            )
            for source in sources
        ],
    )  # fmt: skip


def claim(
    conn: sqlite3.Connection, now: datetime, most: int, lease: timedelta, per_host: int, only: Collection[str] | None
) -> list[Claim]:
    """Lease up to `most` due sources, `per_host` of one host; `only`: those sources, due or not."""
    at = now.timestamp()
    if only is None:
        due = conn.execute(
            """SELECT source FROM (
                SELECT source, next_at, row_number() OVER (PARTITION BY host ORDER BY next_at)
                    + (SELECT count(*) FROM schedule AS busy WHERE busy.host = due.host AND leased_until > :at) AS place
                FROM schedule AS due WHERE next_at <= :at AND leased_until <= :at)
            WHERE place <= :per_host ORDER BY next_at LIMIT :most""",
            {"at": at, "per_host": per_host, "most": most},
        ).fetchall()
        chosen = [row[0] for row in due]
    else:
        chosen = list(only)
    until = now + lease
    claims = [_lease(conn, source, until) for source in chosen]
    return [claim for claim in claims if claim]


def _lease(conn: sqlite3.Connection, source: str, until: datetime) -> Claim | None:
    token = token_hex(8)
    changed = conn.execute(
        "UPDATE schedule SET lease = ?, leased_until = ? WHERE source = ?", (token, until.timestamp(), source)
    )
    if not changed.rowcount:
        return None
    etag, modified, body_hash = conn.execute(
        "SELECT etag, last_modified, body_hash FROM sources WHERE id = ?", (source,)
    ).fetchone()
    return Claim(
        source_id=source,
        token=token,
        until=until,
        validators=Validators(etag=etag, last_modified=modified),
        body_hash=body_hash,
    )


def release(conn: sqlite3.Connection, claims: Iterable[Claim]) -> None:
    """Give claims back unused; their sources stay due."""
    conn.executemany(
        "UPDATE schedule SET lease = NULL, leased_until = 0 WHERE source = ? AND lease = ?",
        [(claim.source_id, claim.token) for claim in claims],
    )


def free_leases(conn: sqlite3.Connection) -> None:
    """End what a process that died had under way; only the one writer may say so."""
    conn.execute("UPDATE schedule SET lease = NULL, leased_until = 0 WHERE leased_until != 0")


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a claimed source when its poll has ended."""

    rhythm: Rhythm
    failures: int  # in a row
    least: timedelta
    most: timedelta
    newest: float | None  # the latest publication time seen, Unix seconds


def past(conn: sqlite3.Connection, claim: Claim) -> Past:
    """What was known before this poll; raises LeaseLost where the source was given to another, or is gone."""
    row = conn.execute(
        """SELECT lease, rate_items, rate_days, rate_at, failures, min_interval, max_interval, newest
        FROM schedule JOIN sources ON id = source WHERE source = ?""",
        (claim.source_id,),
    ).fetchone()
    if row is None or row[0] != claim.token:
        raise LeaseLost(claim.source_id)
    _, items, days, at, failures, least, most, newest = row
    known = Rhythm.from_counts(items, days, moment(at))
    return Past(known, failures, timedelta(seconds=least), timedelta(seconds=most), newest)


def record(
    conn: sqlite3.Connection, outcome: Outcome, failures: int, rhythm: Rhythm, upcoming: NextPoll, newest: float | None
) -> None:
    """Write how the poll went and when the next one is; validators only ever after the items they stand for."""
    at = outcome.at.timestamp()
    counts = rhythm.items[0], rhythm.days[0], rhythm.at and rhythm.at.timestamp()
    how = (at, failures, outcome.error, *counts)
    if outcome.result == "failed":
        conn.execute(
            """UPDATE sources SET last_poll = ?, failures = ?, error = ?, rate_items = ?, rate_days = ?, rate_at = ?
            WHERE id = ?""",
            (*how, outcome.claim.source_id),
        )
    else:
        conn.execute(
            """UPDATE sources SET last_poll = ?, failures = ?, error = ?, rate_items = ?, rate_days = ?, rate_at = ?,
                last_success = ?, notice = ?, etag = ?, last_modified = ?, newest = ?,
                body_hash = coalesce(?, body_hash), feed_title = coalesce(nullif(?, ''), feed_title)
            WHERE id = ?""",
            (
                *how, at, outcome.notice, outcome.validators.etag, outcome.validators.last_modified, newest,
                outcome.body_hash, outcome.feed_title, outcome.claim.source_id,
            ),
        )  # fmt: skip
    conn.execute(
        "UPDATE schedule SET next_at = ?, reason = ?, lease = NULL, leased_until = 0 WHERE source = ?",
        (upcoming.at.timestamp(), upcoming.reason, outcome.claim.source_id),
    )


def health(conn: sqlite3.Connection) -> list[SourceHealth]:
    """How every configured source is doing, by id."""
    rows = conn.execute(
        """SELECT s.*, next_at, reason, (SELECT count(*) FROM items WHERE source = s.id) AS items
        FROM sources s LEFT JOIN schedule ON schedule.source = s.id WHERE configured = 1 ORDER BY s.id"""
    )
    return [
        SourceHealth(
            id=row["id"],
            title=row["title"],
            outlet=row["outlet"],
            url=row["url"],
            enabled=bool(row["enabled"]),
            items=row["items"],
            last_poll=moment(row["last_poll"]),
            last_success=moment(row["last_success"]),
            next_poll=moment(row["next_at"]),
            next_reason=row["reason"] or "switched off",
            failures=row["failures"],
            error=row["error"],
            notice=row["notice"],
        )
        for row in rows
    ]


def next_due(conn: sqlite3.Connection) -> datetime | None:
    """When the next source is due."""
    return moment(conn.execute("SELECT min(next_at) FROM schedule").fetchone()[0])


def moment(seconds: float | None) -> datetime | None:
    """A stored time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
