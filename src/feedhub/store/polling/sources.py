"""Bringing the stored sources and their places in the schedule in line with the configuration."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

import orjson

from feedhub import sites
from feedhub.model import Source
from feedhub.store.polling import listing, outlines, tags
from feedhub.store.polling.schedule import LONGEST_HOLD

_NONE: Mapping[str, Source] = {}

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
    led_to = CASE WHEN url = excluded.url THEN led_to END,
    proposed = CASE WHEN url = excluded.url THEN proposed END,
    gone = CASE WHEN configuration IS excluded.configuration THEN gone ELSE 0 END,
    url = excluded.url, title = excluded.title, outlet = excluded.outlet, agency = excluded.agency,
    source_tags = excluded.source_tags, enabled = excluded.enabled, configured = 1,
    configuration = excluded.configuration,
    min_interval = excluded.min_interval, max_interval = excluded.max_interval
"""


def sync(
    conn: sqlite3.Connection, sources: Iterable[Source], now: datetime, before: Mapping[str, Source] = _NONE
) -> tags.Edited:
    """Make the stored sources those of the configuration; items of sources that left it stay until retention.

    Only edited sources are written, mostly one of ten thousand. `before` is the configuration that was stored last, if
    it is known.
    """
    wanted = {source.id: source for source in sources}
    known, edited = _since(before, wanted) if before else _since_stored(conn, wanted)
    left = [id for id in known if id not in wanted]
    told = tags.edited(conn, edited, left)
    conn.executemany(
        _UPSERT,
        [
            (
                source.id, source.url, source.title, source.outlet, source.agency, tags.stored(source), source.enabled,
                source.min_interval.total_seconds(), source.max_interval.total_seconds(), fingerprint(source),
            )
            for source in edited
        ],
    )  # fmt: skip
    gone = [(id,) for id in left]
    conn.executemany("UPDATE sources SET configured = 0, enabled = 0 WHERE id = ?", gone)
    listing.leave_all(conn, left, now.timestamp())
    outlines.forget(conn, [*(source.id for source in edited), *left])
    off = [(source.id,) for source in edited if not source.enabled]
    conn.executemany("DELETE FROM schedule WHERE source = ?", gone + off)
    _schedule(conn, [source for source in edited if source.enabled], known, now)
    conn.execute("UPDATE sites SET free_at = ?1 WHERE free_at > ?1", ((now + LONGEST_HOLD).timestamp(),))
    return told


def _since(before: Mapping[str, Source], wanted: Mapping[str, Source]) -> tuple[dict[str, str], list[Source]]:
    """The known addresses by id, and the sources that are new or edited; most are still the very same objects."""
    known = {id: source.url for id, source in before.items()}
    return known, [one for one in wanted.values() if (old := before.get(one.id)) is not one and old != one]


def _since_stored(conn: sqlite3.Connection, wanted: Mapping[str, Source]) -> tuple[dict[str, str], list[Source]]:
    """The same, compared with what is stored."""
    rows = conn.execute("SELECT id, url, configuration, source_tags FROM sources WHERE configured = 1").fetchall()
    stored = {id: configuration for id, _, configuration, _ in rows}
    known = {id: url for id, url, _, _ in rows}
    edited = [one for one in wanted.values() if one.id not in stored or stored[one.id] != fingerprint(one)]
    untold = [id for id, _, _, said in rows if said is None and id in wanted]  # as earlier versions left them
    conn.executemany(
        "UPDATE sources SET source_tags = ? WHERE id = ?", [(tags.stored(wanted[id]), id) for id in untold]
    )
    return known, edited


def fingerprint(source: Source) -> bytes:
    """A digest of a source's configuration, by which edits are noticed; the same in every process."""
    return blake2b(orjson.dumps(source, default=_plain), digest_size=8).digest()


def _plain(value: object) -> object:
    assert isinstance(value, timedelta)
    return value.total_seconds()


def _schedule(conn: sqlite3.Connection, sources: Sequence[Source], known: dict[str, str], now: datetime) -> None:
    """Put sources into the schedule: new and moved ones are due at once.

    None is due later than its longest interval from now, as clocks jump; a day is granted beyond that if a source asked
    for it or fails. A paused source stays so until its configuration is edited.
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
