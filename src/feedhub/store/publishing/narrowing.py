"""Stories that a query may take, newest first, narrowed by the index of words; the query itself decides.

A rare word leads to its items, and these to their stories. A common one would lead to half the store, so the stories
are walked instead, the newest first, and those are passed over of which no copy is among the word's newest items:
as many are walked as are asked for, and the cost is the same however much is stored.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import NamedTuple

from feedhub.store.many import array, qmarks
from feedhub.store.publishing import words
from feedhub.topics import earliest
from feedhub.topics.tree import Tree

RARE = 3_000  # items up to which a word counts as rare: reading an item's row costs five steps of the walk
ALL = -1  # no limit
KNOWN = 20_000  # newest items of a common word that the walk looks up; stories of older items are all looked at
WIDER = 4  # how many times more stories are looked through if the index rules some out


class Place(NamedTuple):
    """The place of a story in the order of publication: newer stories are greater."""

    published: float
    story: int


NEWEST = Place(inf, 2**63 - 1)  # above all


def for_search(conn: sqlite3.Connection, tree: Tree, now: datetime) -> Iterator[int]:
    """Row ids of all stories that a search may find, read lazily."""
    return _likely(conn, words.expression(tree), KNOWN, earliest(tree, now))


def for_topic(conn: sqlite3.Connection, tree: Tree, now: datetime) -> Iterator[int]:
    """Row ids of all stories that a topic may take, read lazily.

    Only the rarest word narrows: a topic also takes a story where one word is in one copy's headline and another in
    another's.
    """
    questions = words.questions(tree)
    rarest = min(questions, key=lambda question: len(_hits(conn, question, KNOWN))) if questions else None
    return _likely(conn, rarest, ALL, earliest(tree, now))


def likely(
    conn: sqlite3.Connection, tree: Tree, now: datetime, below: Place, oldest: float, most: int
) -> tuple[list[Place], Place | None]:
    """The next stories below a place that a query may take, published at `oldest` or later, the newest first.

    At most `most` stories. Also returns the place down to which no other story can match, or None if there are no more
    stories; so the list may be empty before the end.
    """
    since, questions = max(oldest, earliest(tree, now)), words.questions(tree)
    rare = _rare(conn, questions)
    if rare is not None:
        found = passed = list(_of_items(conn, rare, below, since, most))
        limit = most
    else:
        limit = most * WIDER if questions else most
        passed = _places(conn, below, since, limit)
        held = _holding(conn, questions, [place.story for place in passed])
        found = [place for place in passed if place.story in held]
    if len(found) > most:
        return found[:most], found[most - 1]
    return found, passed[-1] if len(passed) == limit else None


def _rare(conn: sqlite3.Connection, questions: Sequence[str]) -> list[int] | None:
    """The items that match a rare question; None if there is none, or many items are not indexed yet."""
    waiting = conn.execute("SELECT (SELECT coalesce(max(id), 0) FROM items) - item FROM words_upto").fetchone()[0]
    if waiting > RARE:
        return None
    rare = (question for question in questions if not _is_common(conn, question))
    return next((_hits(conn, question, RARE) for question in rare), None)


def _is_common(conn: sqlite3.Connection, question: str) -> bool:
    """Whether more than a few items match a question."""
    found = conn.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1 OFFSET ?", (question, RARE))
    return found.fetchone() is not None


def _holding(conn: sqlite3.Connection, questions: Sequence[str], ids: Sequence[int]) -> set[int]:
    """The stories, of these, of which some copy may match each of the questions."""
    rows = conn.execute(
        "SELECT items.id, story FROM json_each(?) AS chosen CROSS JOIN items ON story = chosen.value", (array(ids),)
    ).fetchall()
    held, items = set(ids), [item for item, _ in rows]
    for question in questions if rows else ():
        answer = _answering(conn, question, min(items), max(items))
        held &= {story for item, story in rows if answer(item)}
    return held


def _likely(conn: sqlite3.Connection, expression: str | None, known: int, since: float) -> Iterator[int]:
    """Row ids of all stories that may match, the newest first; stories older than `since` may be left out."""
    if expression is None:
        return _all(conn, since)
    hits = _hits(conn, expression, RARE + 1)
    if len(hits) > RARE:
        return _walk(conn, expression, known, since)
    return (place.story for place in _of_items(conn, hits, NEWEST, since, ALL))


def _all(conn: sqlite3.Connection, since: float) -> Iterator[int]:
    for row in conn.execute("SELECT id FROM stories WHERE published >= ? ORDER BY published DESC, id DESC", (since,)):
        yield row[0]


def _places(conn: sqlite3.Connection, below: Place, since: float, most: int) -> list[Place]:
    rows = conn.execute(
        """SELECT published, id FROM stories WHERE (published, id) < (?, ?) AND published >= ?
        ORDER BY published DESC, id DESC LIMIT ?""",
        (*below, since, most),
    )
    return list(map(Place._make, rows))


def _hits(conn: sqlite3.Connection, expression: str, most: int, first: int = 0, last: int = NEWEST.story) -> list[int]:
    """The newest indexed items, from `first` to `last`, that hold the words."""
    rows = conn.execute(
        "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?",
        (expression, first, last, most),
    )
    return [item for (item,) in rows]


def _answering(
    conn: sqlite3.Connection, expression: str, first: int, last: int, known: int = KNOWN
) -> Callable[[int], bool]:
    """A test whether an item may hold the words: it is a known match, older than all known ones, or not indexed yet."""
    hits = set(_hits(conn, expression, known, first, last))
    oldest = min(hits) if len(hits) == known else 0
    upto = conn.execute("SELECT item FROM words_upto").fetchone()[0]
    return lambda item: item in hits or item < oldest or item > upto


def _of_items(conn: sqlite3.Connection, hits: Sequence[int], below: Place, since: float, most: int) -> Iterator[Place]:
    rows = conn.execute(
        f"""SELECT published, id FROM stories WHERE id IN (
            SELECT story FROM items WHERE id IN ({qmarks(hits)})
            UNION SELECT story FROM items WHERE id > (SELECT item FROM words_upto))
        AND (+published, id) < (?, ?) AND +published >= ?
        ORDER BY +published DESC, id DESC LIMIT ?""",  # noqa: S608 -- the +: else all stories are walked in their order
        (*hits, *below, since, most),
    )
    return map(Place._make, rows.fetchall())


def _walk(conn: sqlite3.Connection, expression: str, known: int, since: float) -> Iterator[int]:
    may_hold = _answering(conn, expression, 0, NEWEST.story, known)
    rows = conn.execute(
        """SELECT stories.id, items.id FROM stories CROSS JOIN items ON items.story = stories.id
        WHERE stories.published >= ? ORDER BY stories.published DESC, stories.id DESC""",
        (since,),
    )
    for story, copies in groupby(rows, itemgetter(0)):
        if any(may_hold(item) for _, item in copies):
            yield story
