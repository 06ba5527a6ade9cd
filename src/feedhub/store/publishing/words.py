"""Search text: our own words, as SQLite's tokenizers find nothing for two-character Japanese words (会見).

Latin words stand as they are; Chinese and Japanese as pairs of neighbouring characters, cut where queries see words
(`topics.words`), so that whatever a query takes is found. The index only narrows a search, the query itself decides;
so it may lag behind: items above its watermark are looked at one by one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from operator import add

from feedhub.model import Item
from feedhub.store.merging.rows import Words
from feedhub.text import fold
from feedhub.topics import tree
from feedhub.topics.words import RUN

LONGEST = 20_000  # characters of a text that are indexed; no news text is longer
MOST_TOGETHER, MOST_BEGINNINGS = 12, 4  # most words and prefixes in one question: more hardly narrow
HEADLINE = "\ue000"  # before a headline's word; of private use: no text has it, and SQLite takes it for a letter
_LETTERS = "".join(char if char.isalnum() else " " for char in map(chr, range(128)))  # of ASCII; blanks for the rest
_FIRST_PAIRED = "\u3005"  # 。 and 、 lie below: no pair goes across them


def indexed(title: str, text: str) -> str:
    """What the index holds of an item: its words, and those of its headline once more, marked as such."""
    marked = [f"{HEADLINE}{word}" for word in _words(fold(title[:LONGEST]))]
    folded = fold(f"{title}\n{text}"[:LONGEST])
    # SQLite splits ASCII text into words as we do, faster than we could list them.
    return " ".join((folded, *marked) if folded.isascii() else (*_words(folded), *marked))


def _words(folded: str) -> Iterable[str]:
    """Words, pairs of characters, and the last character of a row by itself."""
    if folded.isascii():
        return folded.translate(_LETTERS).split()
    found: set[str] = set()
    row = ""
    for characters, word in (*RUN.findall(folded), ("", "")):
        if characters or _paired(word):
            row += characters or word
            continue
        if row:
            found.update(map(add, row, row[1:]), row[-1])
            row = ""
        found.update(word.split("."))
    return found - {""}


def expression(term: tree.Tree, *, apart: bool = False) -> str | None:
    """A question for the index that every matching story answers with one of its copies; None if it cannot narrow.

    `apart`: of several words, one may be in a copy's headline and another in another copy, so that no copy holds all.
    Then only one of them is asked for, which is likely to be rare.
    """
    match term:
        case tree.Words(field="" | "title" | "text"):
            return _row(term.wanted.split(), term.prefix, HEADLINE if term.field == "title" else "")
        case tree.All():
            known = [part for inner in term.terms if (part := expression(inner, apart=apart)) is not None]
            return min(known, key=_cost, default=None) if apart else _together(known)
        case tree.Any():
            parts = [expression(inner, apart=apart) for inner in term.terms]
            known = [part for part in parts if part is not None]
            known = list(dict.fromkeys(known)) if len(known) == len(parts) else []
            return f"({' OR '.join(known)})" if known and sum(map(_beginnings, known)) <= MOST_BEGINNINGS else None
    return None


def _together(parts: Sequence[str]) -> str | None:
    """All parts, or those that narrow most at the least cost: the query itself decides anyway."""
    chosen: list[str] = []
    for part in sorted(dict.fromkeys(parts), key=_cost)[:MOST_TOGETHER]:
        if not chosen or sum(map(_beginnings, [*chosen, part])) <= MOST_BEGINNINGS:
            chosen.append(part)
    return " AND ".join(chosen) or None


def _cost(part: str) -> tuple[int, int]:
    return _beginnings(part), -len(part)


def _beginnings(part: str) -> int:
    """The number of prefixes in it, each of which may match half of all items."""
    return part.count(" *")


def questions(term: tree.Tree) -> list[str]:
    """Questions for the index, each of which every matching story answers with one of its copies."""
    if isinstance(term, tree.All):
        return [question for inner in term.terms for question in questions(inner)]
    question = expression(term, apart=True)
    return [] if question is None else [question]


def _row(wanted: Sequence[str], prefix: bool, mark: str) -> str | None:
    """A question for words in a row. Single characters are asked for in pairs; one alone begins a pair."""
    parts: list[str] = []
    for at, word in enumerate(wanted):
        last = at == len(wanted) - 1
        if _paired(word):
            if not last and _paired(wanted[at + 1]):
                parts.append(f'"{mark}{word}{wanted[at + 1]}"')
            elif at == 0 or not _paired(wanted[at - 1]):
                parts.append(f'"{mark}{word}" *')
        elif word.strip("。、"):
            pieces = word.split(".")
            parts += [f'"{mark}{piece}"' for piece in pieces]
            if last and prefix:
                parts[-1] += " *"
    return _together(parts)


def _paired(word: str) -> bool:
    """Whether it is a single character of a script that does not space its words."""
    return len(word) == 1 and word >= _FIRST_PAIRED


def catch_up(conn: sqlite3.Connection, most: int) -> int:
    """Index up to `most` items that are not indexed yet; returns how many were."""
    rows = conn.execute(
        "SELECT id, title, text FROM items WHERE id > (SELECT item FROM words_upto) ORDER BY id LIMIT ?", (most,)
    ).fetchall()
    conn.executemany(
        "INSERT INTO words (rowid, terms) VALUES (?, ?)", [(row[0], indexed(row[1], row[2])) for row in rows]
    )
    if rows:
        conn.execute("UPDATE words_upto SET item = ?", (rows[-1][0],))
    return len(rows)


def replace(conn: sqlite3.Connection, item_id: int, was: Words, now: Item) -> None:
    """Index changed words, if the item was indexed at all."""
    if remove(conn, item_id, was.title, was.text):
        conn.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (item_id, indexed(now.title, now.text)))


def remove(conn: sqlite3.Connection, item_id: int, title: str, text: str) -> bool:
    """Take an item out; False when it was not indexed yet. The index must be told the words it was given."""
    if item_id > conn.execute("SELECT item FROM words_upto").fetchone()[0]:
        return False
    conn.execute("INSERT INTO words (words, rowid, terms) VALUES ('delete', ?, ?)", (item_id, indexed(title, text)))
    return True
