"""Which sources are due, and leases on those being polled; no site is asked too often."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from secrets import token_hex

from feedhub.model import Validators
from feedhub.store import times
from feedhub.store.many import array
from feedhub.store.polling.outcome import Claim

FULL = timedelta(days=1)  # after this long a document is fetched without validators: some servers say 304 for ever
LONGEST_HOLD = timedelta(days=1)  # that one site may ask all its sources to wait
LATE = timedelta(minutes=15)  # of a poll, up to which it is not spread after a stop
IN_TURN = "it fell due while feedhub did not run: in its turn"
PATIENCE = timedelta(minutes=1)  # that a command waits for the gaps between polls of sites

_DUE = """
SELECT source, due.host, private FROM schedule AS due LEFT JOIN sites ON sites.name = due.host
WHERE next_at <= ?1 AND leased_until <= ?1 AND NOT paused AND (private OR coalesce(free_at, 0) <= ?1)
ORDER BY next_at, source
"""


def claim(
    conn: sqlite3.Connection,
    now: datetime,
    most: int,
    lease: timedelta,
    per_host: int,
    only: Collection[str] | None,
    gap: timedelta,
) -> list[Claim]:
    """Lease up to `most` due sources, the longest due first: `per_host` of one site, begun `gap` after one another.

    `only`: those sources, due or not, paused or not.
    """
    chosen = _due(conn, now, most, per_host, gap) if only is None else list(dict.fromkeys(only))
    claims = _lease(conn, chosen, now, lease)
    if gap:
        hold(conn, [claim.source_id for claim in claims], now + gap)
    return claims


def _due(conn: sqlite3.Connection, now: datetime, most: int, per_host: int, gap: timedelta) -> list[str]:
    """The due sources that `claim` may take, the longest due first; reads no more rows than needed."""
    at = now.timestamp()
    # Not by GROUP BY, for which SQLite would walk all sources by host.
    busy = conn.execute("SELECT host FROM schedule WHERE lease IS NOT NULL AND leased_until > ?", (at,))
    polls = Counter(host for (host,) in busy)
    seen: set[str] = set()
    chosen: list[str] = []
    with closing(conn.execute(_DUE, (at,))) as rows:
        for source, host, private in rows:
            first = host not in seen
            seen.add(host)
            if polls[host] >= per_host or (gap and not private and not first):
                continue
            polls[host] += 1
            chosen.append(source)
            if len(chosen) >= most:
                break
    return chosen


def _lease(conn: sqlite3.Connection, sources: Sequence[str], now: datetime, lease: timedelta) -> list[Claim]:
    """Lease these sources, each under its own token; those that are not in the schedule are left out."""
    tokens = {source: token_hex(8) for source in sources}
    conn.executemany(
        "UPDATE schedule SET lease = ?, leased_until = ? WHERE source = ?",
        [(token, (now + lease).timestamp(), source) for source, token in tokens.items()],
    )
    rows = conn.execute(
        """SELECT sources.id, etag, last_modified, body_hash, full_at, adopted
        FROM json_each(?) AS chosen JOIN sources ON sources.id = chosen.value JOIN schedule ON source = sources.id
        ORDER BY chosen.key""",
        (array(sources),),
    )
    return [_claim(row, tokens[row["id"]], now) for row in rows]


def _claim(row: sqlite3.Row, token: str, now: datetime) -> Claim:
    conditional = row["full_at"] is not None and now.timestamp() - row["full_at"] < FULL.total_seconds()
    return Claim(
        source_id=row["id"],
        token=token,
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]) if conditional else Validators(),
        body_hash=row["body_hash"],
        adopted=row["adopted"],
    )


def hold(conn: sqlite3.Connection, sources: Iterable[str], until: datetime, reason: str = "") -> None:
    """Leave the sites of these sources alone until then; private hosts never have to be."""
    conn.executemany(
        """INSERT INTO sites SELECT host, ?1, ?2 FROM schedule WHERE source = ?3 AND NOT private
        ON CONFLICT (name) DO UPDATE SET reason = CASE WHEN excluded.free_at >= free_at THEN excluded.reason
            ELSE reason END, free_at = max(free_at, excluded.free_at)""",
        [(until.timestamp(), reason, source) for source in sources],
    )


def held(conn: sqlite3.Connection, now: datetime) -> timedelta | None:
    """How long until the first due source may be polled that waits only for the gap between polls of its site."""
    at = now.timestamp()
    free_at = conn.execute(
        """SELECT min(free_at) FROM schedule JOIN sites ON name = host
        WHERE NOT private AND NOT paused AND next_at <= ?1 AND leased_until <= ?1 AND free_at > ?1 AND free_at <= ?2""",
        (at, at + PATIENCE.total_seconds()),
    ).fetchone()[0]
    return None if free_at is None else timedelta(seconds=free_at - at)


def due_between(conn: sqlite3.Connection, site: str, but: str, start: datetime, end: datetime) -> list[datetime]:
    """When other sources of a site are due, up to `end`, and as long before `start` as `end` is after it."""
    margin = end - start
    rows = conn.execute(
        "SELECT next_at FROM schedule WHERE host = ? AND next_at BETWEEN ? AND ? AND source != ?",
        (site, (start - margin).timestamp(), (end + margin).timestamp(), but),
    )
    return [times.at(row[0]) for row in rows]


def catch_up(conn: sqlite3.Connection, now: datetime, budget: float) -> int:
    """Spread polls that fell due while feedhub did not run, the oldest first, at `budget` polls an hour.

    Returns how many sources have to wait. Those that are hardly late stay as they are.
    """
    late = conn.execute(
        """SELECT source FROM schedule JOIN sources ON id = source
        WHERE next_at < ? AND NOT paused AND last_poll IS NOT NULL ORDER BY next_at, source""",
        ((now - LATE).timestamp(),),
    ).fetchall()
    apart = timedelta(hours=1) / max(budget, 1.0)
    conn.executemany(
        "UPDATE schedule SET next_at = ?, reason = ? WHERE source = ?",
        [((now + turn * apart).timestamp(), IN_TURN, source) for turn, (source,) in enumerate(late)],
    )
    return len(late)


def set_back(conn: sqlite3.Connection, by: timedelta) -> None:
    """Move all times in the schedule back, as the clock was set back by this much."""
    seconds = by.total_seconds()
    conn.execute("UPDATE schedule SET next_at = next_at - ?1, leased_until = max(0, leased_until - ?1)", (seconds,))
    conn.execute("UPDATE sites SET free_at = free_at - ?", (seconds,))
    conn.execute("UPDATE lists SET next_at = next_at - ?", (seconds,))
    conn.execute("UPDATE subscriptions SET due = due - ?", (seconds,))
    conn.execute("UPDATE topics SET ping_after = ping_after - ?", (seconds,))


def ahead(conn: sqlite3.Connection, now: datetime) -> timedelta:
    """How far the last poll lies in the future: the clock was set back by that much while feedhub did not run."""
    last = conn.execute("SELECT max(last_poll) FROM sources").fetchone()[0]
    return timedelta(seconds=max(0.0, (last or 0.0) - now.timestamp()))


def release(conn: sqlite3.Connection, claims: Iterable[Claim], until: datetime | None = None) -> None:
    """Give claims back unused; their sources stay due, or are due again at `until`."""
    at = until.timestamp() if until else None
    conn.executemany(
        """UPDATE schedule SET lease = NULL, leased_until = 0, next_at = coalesce(?, next_at)
        WHERE source = ? AND lease = ?""",
        [(at, claim.source_id, claim.token) for claim in claims],
    )


def free_leases(conn: sqlite3.Connection) -> None:
    """End the leases of a process that died; only the one writer may do so."""
    conn.execute("UPDATE schedule SET lease = NULL, leased_until = 0 WHERE leased_until != 0")
