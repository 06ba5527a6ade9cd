"""A configuration of thousands of sources, and a database that holds a month of their items.

Filled by SQL, as polling it full takes hours; rows, search index and fingerprints are as the program writes them. Left
out is the archive of the topics' histories, which grows behind the polls.
"""

from __future__ import annotations

import sqlite3
import time
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from uuid import UUID

import numpy as np

from feedhub.daemon.settings import load
from feedhub.rhythm import UNWATCHED, Rhythm
from feedhub.store.publishing import words
from feedhub.store.writing import Store
from poll import WEIGHTS, WORDS

NOW = datetime.now(UTC)
DAY = 86400.0
OLD = 100_000  # of a million items, those that left their feeds longer ago than they are kept
LENGTH = 130  # words of an item: some 800 characters, as in the labelled corpus
TOGETHER = 2_000  # rows made at once
INDEXED = 8  # days of which fingerprints are kept


def configuration(directory: Path, server: str, sources: int) -> Path:
    """Of so many sources and twenty topics."""
    lines = [
        '[daemon]\nlisten = "127.0.0.1:0"\npublic_url = "http://127.0.0.1"',
        f'database = "{directory}/feedhub.db"\n[polling]\nper_host = 100\nmin_interval = "1h"',
        '[topics.all]\ntitle = "All"\nmatch = ""',
        *(
            f'[topics.t{n}]\ntitle = "Topic {n}"\nmatch = "{WORDS[300 + 7 * n]} OR {WORDS[900 + 5 * n]}"'
            for n in range(20)
        ),
        *(f'[sources.s{n}]\nurl = "{server}/{n}"\ntitle = "Source {n}"\nallow_private = true' for n in range(sources)),
    ]
    file = directory / "feedhub.toml"
    file.write_text("\n".join(lines))
    return file


def fill(file: Path, sources: int, items: int) -> None:
    """A month of items and their stories; a tenth left their feeds too long ago. All sources are known, and due."""
    settings = load(file)
    store = Store(settings.database, "bench")
    store.configure(settings, NOW)
    store.close()
    conn = sqlite3.connect(settings.database, isolation_level=None)
    conn.execute("PRAGMA synchronous = OFF")
    conn.execute("PRAGMA cache_size = -200000")
    conn.execute("BEGIN")
    conn.executemany(
        """INSERT INTO items (id, source, guid, story, digest, published, first_seen, complete, share, length,
            language, link, title, text) VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, ?, 'en', ?, ?, ?)""",
        rows(sources, items),
    )
    # Each source lists its newest thirty, the others have left it.
    conn.execute(
        "INSERT INTO listed SELECT source, id FROM items WHERE id > ? ORDER BY source", (items - 30 * sources,)
    )
    conn.executemany("INSERT INTO dropped VALUES (?, ?)", departures(items - 30 * sources, items))
    conn.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'items'", (items,))
    chosen = Random(1)
    conn.executemany(
        "INSERT INTO stories (id, uuid, canonical, core, outlets, published, updated) VALUES (?, ?, ?, ?, 1, ?, ?)",
        (
            (id, str(UUID(int=chosen.getrandbits(128), version=4)), id, id, at, at)
            for id in range(1, items + 1)
            for at in (published(id, items),)
        ),
    )
    conn.executemany(
        "INSERT INTO fingerprints VALUES (?, ?, ?)",
        (
            (id, published(id, items), array("I", [chosen.getrandbits(32) for _ in range(14)]).tobytes())
            for id in range(max(1, items - items * INDEXED // 30), items + 1)
        ),
    )
    conn.execute("COMMIT")
    _topics(conn)
    _sources(conn)
    while words.catch_up(conn, TOGETHER):
        pass
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()


def _topics(conn: sqlite3.Connection) -> None:
    """Everything stands in the first topic, a two hundredth in each of the others."""
    conn.execute("BEGIN")
    for number, topic in enumerate(["all", *(f"t{n}" for n in range(20))]):
        conn.execute(
            """INSERT INTO entries (topic, story, published, entered, shown)
            SELECT ?1, stories.id, stories.published, stories.published, digest
            FROM stories JOIN items ON items.id = canonical WHERE ?1 = 'all' OR stories.id % 200 = ?2""",
            (topic, number),
        )
        conn.execute(
            """INSERT INTO history SELECT topic, row_number() OVER (ORDER BY story), story FROM entries
            WHERE topic = ?""",
            (topic,),
        )
    conn.execute("UPDATE topics SET archived = stories")
    conn.execute("COMMIT")


def _sources(conn: sqlite3.Connection) -> None:
    """As after a month: how each publishes is known, and it was polled a minute ago."""
    conn.execute("BEGIN")
    chosen, at = Random(3), NOW.timestamp()
    ids = [id for (id,) in conn.execute("SELECT id FROM sources ORDER BY id").fetchall()]
    rest = UNWATCHED.items[1:]
    rhythms = [Rhythm(at=NOW, items=(chosen.expovariate(0.02), *rest), days=(14.0, *rest)) for _ in ids]
    conn.execute("UPDATE sources SET items = (SELECT count(*) FROM items WHERE source = sources.id)")
    conn.executemany(
        """UPDATE sources SET rhythm = ?1, last_poll = ?2 - 3600, last_success = ?2 - 3600, newest = ?2
        WHERE id = ?3""",
        [(rhythm.to_bytes(), at, id) for rhythm, id in zip(rhythms, ids, strict=True)],
    )
    conn.execute("UPDATE schedule SET next_at = ?", (at,))
    conn.execute("COMMIT")


def due(database: Path) -> None:
    """Let all sources be due at once, and be asked for their whole documents."""
    conn = sqlite3.connect(database)
    conn.execute("UPDATE schedule SET next_at = ?, lease = NULL, leased_until = 0", (time.time() - 60,))
    conn.execute("UPDATE sources SET etag = NULL, last_modified = NULL, body_hash = NULL")
    conn.commit()
    conn.close()


def published(id: int, items: int) -> float:
    """Over a month, the last one now."""
    return NOW.timestamp() - 30 * DAY * (items - id) / items


def rows(sources: int, items: int) -> Iterator[tuple[object, ...]]:
    """The items."""
    chosen = Random(2)
    texts = _texts()
    for id in range(1, items + 1):
        at = published(id, items)
        text = next(texts)
        link = f"http://s{id % sources}.example/{id}"
        yield (
            id, f"s{id % sources}", link, id, chosen.randbytes(12), at, at, len(text), link, text[:60], text,
        )  # fmt: skip


def departures(gone: int, items: int) -> Iterator[tuple[float, int]]:
    """When each of the first so many left its feed."""
    for id in range(1, gone + 1):
        yield (NOW.timestamp() - 40 * DAY if id <= OLD * items // 1_000_000 else published(id, items) + DAY), id


def _texts() -> Iterator[str]:
    """Texts without end, words as often as words are."""
    chosen = np.random.default_rng(4)
    vocabulary, weights = np.array(WORDS, dtype=object), np.array(WEIGHTS) / WEIGHTS[-1]
    while True:
        for row in vocabulary[weights.searchsorted(chosen.random((TOGETHER, LENGTH)))]:
            yield " ".join(row)


def size_by_table(database: Path, items: int) -> Iterator[tuple[str, float]]:
    """Bytes per item of each table and index, the largest first."""
    conn = sqlite3.connect(database)
    sizes = conn.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC").fetchall()
    conn.close()
    yield from ((name, size / items) for name, size in islice(sizes, 20))
