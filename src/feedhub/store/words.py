"""Search text: our own words, as SQLite's tokenizers find nothing for two-character Japanese words (会見).

Latin words stand as they are; Chinese and Japanese as pairs of neighbouring characters. The index only narrows
a search, the query itself decides; so it may lag behind: items above its watermark are looked at one by one.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from feedhub.model import Item
from feedhub.store.items import Words
from feedhub.text import CJK, fold

LONGEST = 20_000  # characters of a text that are indexed; no news text is longer
_RUN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
_ASCII_RUN = re.compile("[a-z0-9]+")
_CJK = re.compile(f"[{CJK}]")


def terms(text: str) -> set[str]:
    """What the index holds of a text."""
    found: set[str] = set()
    folded = fold(text[:LONGEST])
    if folded.isascii():
        return set(_ASCII_RUN.findall(folded))
    for run in _RUN.findall(folded):
        if _CJK.match(run):
            found.update(run[at : at + 2] for at in range(len(run)))
        else:
            found.add(run)
    return found


def expression(required: Iterable[str]) -> str:
    """The index's question for words that must all occur; "" when it cannot narrow.

    A single Chinese or Japanese character begins a pair or ends a run: a prefix finds it.
    """
    parts: list[str] = []
    for literal in required:
        runs = _RUN.findall(fold(literal))
        for run in runs:
            if not _CJK.match(run):
                parts.append(f'"{run}"')
            elif len(run) == 1:
                parts.append(f'"{run}" *')
            else:
                parts += [f'"{run[at : at + 2]}"' for at in range(len(run) - 1)]
    return " AND ".join(dict.fromkeys(parts))


def catch_up(conn: sqlite3.Connection, most: int) -> int:
    """Index up to `most` items that are not indexed yet; returns how many were."""
    rows = conn.execute(
        "SELECT id, title, text FROM items WHERE id > (SELECT item FROM words_upto) ORDER BY id LIMIT ?", (most,)
    ).fetchall()
    conn.executemany(
        "INSERT INTO words (rowid, terms) VALUES (?, ?)", [(row[0], _indexed(row[1], row[2])) for row in rows]
    )
    if rows:
        conn.execute("UPDATE words_upto SET item = ?", (rows[-1][0],))
    return len(rows)


def replace(conn: sqlite3.Connection, item_id: int, was: Words, now: Item) -> None:
    """Index changed words, if the item was indexed at all."""
    if remove(conn, item_id, was.title, was.text):
        conn.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (item_id, _indexed(now.title, now.text)))


def remove(conn: sqlite3.Connection, item_id: int, title: str, text: str) -> bool:
    """Take an item out; False when it was not indexed yet. The index must be told the words it was given."""
    if item_id > conn.execute("SELECT item FROM words_upto").fetchone()[0]:
        return False
    conn.execute("INSERT INTO words (words, rowid, terms) VALUES ('delete', ?, ?)", (item_id, _indexed(title, text)))
    return True


def _indexed(title: str, text: str) -> str:
    return " ".join(sorted(terms(f"{title}\n{text}")))
