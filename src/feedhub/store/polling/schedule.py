"""Which sources are due, and leases on those being polled; no site is asked too often."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from hashlib import blake2b
from secrets import token_hex

import orjson

from feedhub import sites
from feedhub.model import Source, Validators
from feedhub.store import times
from feedhub.store.many import array
from feedhub.store.polling import outlines
from feedhub.store.polling.outcome import Claim
from feedhub.store.polling.tags import Otherwise, otherwise, tags_of

FULL = timedelta(days=1)  # after which a document is asked for without validators: some servers say 304 for ever
LONGEST_HOLD = timedelta(days=1)  # that one site may ask all its sources to wait
LATE = timedelta(minutes=15)  # that a poll may be late and need not wait for its turn after a stop
IN_TURN = "it fell due while feedhub did not run: in its turn"
_NONE: Mapping[str, Source] = {}
PATIENCE = timedelta(minutes=1)  # that somebody waits for sources whose site is to be left alone for a moment

_UPSERT = """
INSERT INTO sources
    (id, url, title, outlet, agency, source_tags, enabled, configured, min_interval, max_interval, configuration)
VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    etag = CASE WHEN url = excluded.url THEN etag END,
    last_modified = CASE WHEN url = excluded.url THEN last_modified END,
    body_hash = CASE WHEN url = excluded.url AND enabled = excluded.enabled THEN body_hash END,
    moved_to = CASE WHEN url = excluded.url THEN moved_to END,
    moved_since = CASE WHEN url = excluded.url THEN moved_since END,
    adopted = CASE WHEN url = excluded.url THEN adopted END,
    proposed = CASE WHEN url = excluded.url THEN proposed END,
    gone = CASE WHEN configuration IS excluded.configuration THEN gone ELSE 0 END,
    url = excluded.url, title = excluded.title, outlet = excluded.outlet, agency = excluded.agency,
    source_tags = excluded.source_tags, enabled = excluded.enabled, configured = 1,
    configuration = excluded.configuration,
    min_interval = excluded.min_interval, max_interval = excluded.max_interval
"""


def sync(
    conn: sqlite3.Connection, sources: Iterable[Source], now: datetime, before: Mapping[str, Source] = _NONE
) -> Otherwise:
    """Make the stored sources those of the configuration; items of sources that left it stay until retention.

    Only what was edited is written: of ten thousand sources mostly one. `before` is the configuration that was stored
    last, where it is at hand.
    """
    wanted = {source.id: source for source in sources}
    known, edited = _since(before, wanted) if before else _since_stored(conn, wanted)
    left = [id for id in known if id not in wanted]
    told = otherwise(conn, edited, left)
    conn.executemany(
        _UPSERT,
        [
            (
                source.id, source.url, source.title, source.outlet, source.agency, tags_of(source), source.enabled,
                source.min_interval.total_seconds(), source.max_interval.total_seconds(), fingerprint(source),
            )
            for source in edited
        ],
    )  # fmt: skip
    gone = [(id,) for id in left]
    conn.executemany("UPDATE sources SET configured = 0, enabled = 0 WHERE id = ?", gone)
    conn.executemany(
        "UPDATE items SET dropped = ? WHERE source = ? AND dropped IS NULL",
        [(now.timestamp(), id) for (id,) in gone],
    )
    outlines.forget(conn, [*(source.id for source in edited), *left])
    off = [(source.id,) for source in edited if not source.enabled]
    conn.executemany("DELETE FROM schedule WHERE source = ?", gone + off)
    _schedule(conn, [source for source in edited if source.enabled], known, now)
    conn.execute("UPDATE sites SET free_at = ?1 WHERE free_at > ?1", ((now + LONGEST_HOLD).timestamp(),))
    return told


def _since(before: Mapping[str, Source], wanted: Mapping[str, Source]) -> tuple[dict[str, str], list[Source]]:
    """The addresses that were known, by id, and what is new or configured otherwise; mostly the very same objects."""
    known = {id: source.url for id, source in before.items()}
    return known, [one for one in wanted.values() if (old := before.get(one.id)) is not one and old != one]


def _since_stored(conn: sqlite3.Connection, wanted: Mapping[str, Source]) -> tuple[dict[str, str], list[Source]]:
    """The same by what is stored."""
    rows = conn.execute("SELECT id, url, configuration, source_tags FROM sources WHERE configured = 1").fetchall()
    stored = {id: configuration for id, _, configuration, _ in rows}
    known = {id: url for id, url, _, _ in rows}
    edited = [one for one in wanted.values() if one.id not in stored or stored[one.id] != fingerprint(one)]
    untold = [id for id, _, _, tags in rows if tags is None and id in wanted]  # as an earlier version left them
    conn.executemany("UPDATE sources SET source_tags = ? WHERE id = ?", [(tags_of(wanted[id]), id) for id in untold])
    return known, edited


def fingerprint(source: Source) -> bytes:
    """A digest of a source's configuration, by which edits are noticed; the same in every process."""
    return blake2b(orjson.dumps(source, default=_plain), digest_size=8).digest()


def _plain(value: object) -> object:
    assert isinstance(value, timedelta)
    return value.total_seconds()


def _schedule(conn: sqlite3.Connection, sources: Sequence[Source], known: dict[str, str], now: datetime) -> None:
    """New and moved sources are due at once; none later than its longest interval from now (clocks jump).

    A day is granted beyond that to what a source asked for, and to one that fails. What was paused stays so until its
    configuration is edited.
    """
    at = now.timestamp()
    rows = []
    for source in sources:
        site = sites.site_of(source.url)
        name = site.name if source.shared_limits else f"{site.name} {source.id}"
        rows.append((source.id, name, at, known.get(source.id) != source.url, site.private))
    conn.executemany(
        """INSERT INTO schedule (source, host, next_at, reason, private) VALUES (?1, ?2, ?3, 'not polled yet', ?5)
        ON CONFLICT (source) DO UPDATE SET host = excluded.host, private = excluded.private,
            next_at = CASE WHEN ?4 THEN excluded.next_at ELSE next_at END,
            lease = CASE WHEN ?4 THEN NULL ELSE lease END""",
        rows,
    )
    conn.execute(
        """UPDATE schedule SET next_at = ?1 + max(max_interval, ?2) FROM sources
        WHERE sources.id = source AND next_at > ?1 + ?2 AND next_at > ?1 + max_interval""",
        (at, LONGEST_HOLD.total_seconds()),
    )
    conn.execute(
        """UPDATE schedule SET paused = 0, next_at = ?, reason = 'its configuration was edited'
        WHERE paused AND (SELECT gone = 0 FROM sources WHERE id = source)""",
        (at,),
    )


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
        _hold(conn, [claim.source_id for claim in claims], now + gap)
    return claims


def _due(conn: sqlite3.Connection, now: datetime, most: int, per_host: int, gap: timedelta) -> list[str]:
    """What `claim` may take, the longest due first; reads no more of ten thousand than it needs to."""
    at = now.timestamp()
    # Not grouped by SQLite, which would walk all sources by their hosts for it.
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
    """Lease these, each under a token of its own; what is not in the schedule is left out."""
    until = now + lease
    tokens = {source: token_hex(8) for source in sources}
    conn.executemany(
        "UPDATE schedule SET lease = ?, leased_until = ? WHERE source = ?",
        [(token, until.timestamp(), source) for source, token in tokens.items()],
    )
    rows = conn.execute(
        """SELECT sources.id, etag, last_modified, body_hash, full_at, adopted
        FROM json_each(?) AS chosen JOIN sources ON sources.id = chosen.value JOIN schedule ON source = sources.id
        ORDER BY chosen.key""",
        (array(sources),),
    )
    return [_claim(row, tokens[row["id"]], now, until) for row in rows]


def _claim(row: sqlite3.Row, token: str, now: datetime, until: datetime) -> Claim:
    conditional = row["full_at"] is not None and now.timestamp() - row["full_at"] < FULL.total_seconds()
    return Claim(
        source_id=row["id"],
        token=token,
        until=until,
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]) if conditional else Validators(),
        body_hash=row["body_hash"],
        adopted=row["adopted"],
    )


def hold(conn: sqlite3.Connection, source: str, until: datetime, reason: str = "") -> None:
    """Leave the site that a source is on alone until then; a private host is held for nobody's sake."""
    _hold(conn, [source], until, reason)


def _hold(conn: sqlite3.Connection, sources: Iterable[str], until: datetime, reason: str = "") -> None:
    conn.executemany(
        """INSERT INTO sites SELECT host, ?1, ?2 FROM schedule WHERE source = ?3 AND NOT private
        ON CONFLICT (name) DO UPDATE SET reason = CASE WHEN excluded.free_at >= free_at THEN excluded.reason
            ELSE reason END, free_at = max(free_at, excluded.free_at)""",
        [(until.timestamp(), reason, source) for source in sources],
    )


def held(conn: sqlite3.Connection, now: datetime) -> timedelta | None:
    """How long until the first due source may be polled that only waits for the gap between polls of its site."""
    at = now.timestamp()
    free_at = conn.execute(
        """SELECT min(free_at) FROM schedule JOIN sites ON name = host
        WHERE NOT private AND NOT paused AND next_at <= ?1 AND leased_until <= ?1 AND free_at > ?1 AND free_at <= ?2""",
        (at, at + PATIENCE.total_seconds()),
    ).fetchone()[0]
    return None if free_at is None else timedelta(seconds=free_at - at)


def due_between(conn: sqlite3.Connection, site: str, but: str, start: datetime, end: datetime) -> list[datetime]:
    """When other sources of a site are due, from as long before `start` as `end` is after it."""
    margin = end - start
    rows = conn.execute(
        "SELECT next_at FROM schedule WHERE host = ? AND next_at BETWEEN ? AND ? AND source != ?",
        (site, (start - margin).timestamp(), (end + margin).timestamp(), but),
    )
    return [times.at(row[0]) for row in rows]


def catch_up(conn: sqlite3.Connection, now: datetime, budget: float) -> int:
    """Spread what fell due while nobody polled, the oldest first, at `budget` polls an hour.

    Returns how many have to wait. What is hardly late is left as it was.
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
    """The clock was set back by so much: move all times in the schedule back with it."""
    seconds = by.total_seconds()
    conn.execute("UPDATE schedule SET next_at = next_at - ?1, leased_until = max(0, leased_until - ?1)", (seconds,))
    conn.execute("UPDATE sites SET free_at = free_at - ?", (seconds,))
    conn.execute("UPDATE lists SET next_at = next_at - ?", (seconds,))
    conn.execute("UPDATE subscriptions SET due = due - ?", (seconds,))
    conn.execute("UPDATE topics SET ping_after = ping_after - ?", (seconds,))


def ahead(conn: sqlite3.Connection, now: datetime) -> timedelta:
    """How far the last poll lies in the future: that much the clock was set back while nobody polled."""
    last = conn.execute("SELECT max(last_poll) FROM sources").fetchone()[0]
    return timedelta(seconds=max(0.0, (last or 0.0) - now.timestamp()))


def release(conn: sqlite3.Connection, claims: Iterable[Claim], until: datetime | None = None) -> None:
    """Give claims back unused; their sources stay due, or are so again `until` then."""
    at = until.timestamp() if until else None
    conn.executemany(
        """UPDATE schedule SET lease = NULL, leased_until = 0, next_at = coalesce(?, next_at)
        WHERE source = ? AND lease = ?""",
        [(at, claim.source_id, claim.token) for claim in claims],
    )


def free_leases(conn: sqlite3.Connection) -> None:
    """End the leases of a process that died; only the one writer may do so."""
    conn.execute("UPDATE schedule SET lease = NULL, leased_until = 0 WHERE leased_until != 0")
