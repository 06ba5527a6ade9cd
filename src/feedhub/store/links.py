"""Items by their links: people name items by what they see in a browser.

An index of links alone would be written to at a place of its own for every new item, a page of 8 KB each; so it goes by
the number of the item first, a thousand of them to a bucket, and new items share a page. A question asks every bucket.
"""

from __future__ import annotations

import sqlite3

BUCKET = 1024  # items; a thousand questions for a million items take 4 ms of CPU
TAIL = 12  # characters at the end of a link, which tell most apart

INDEX = f"CREATE INDEX items_link ON items(id / {BUCKET}, substr(link, -{TAIL})) WHERE link IS NOT NULL"

# "+": SQLite would put the link in the place of the column, and then knows the index no more. One question for all
# buckets would do, but SQLite 3.40 puts a Bloom filter before a join with an index over expressions, and finds nothing.
LINKED = f"""SELECT id FROM items WHERE id / {BUCKET} = ?1 AND substr(link, -{TAIL}) = substr(?2, -{TAIL})
    AND link IS NOT NULL AND +link = ?2 ORDER BY id"""  # noqa: S608


def linked(conn: sqlite3.Connection, link: str) -> list[int]:
    """The items that have this link, the first first."""
    oldest, newest = conn.execute("SELECT (SELECT min(id) FROM items), (SELECT max(id) FROM items)").fetchone()
    buckets = range(oldest // BUCKET, newest // BUCKET + 1) if oldest else ()
    return [row[0] for bucket in buckets for row in conn.execute(LINKED, (bucket, link))]
