"""Stories that a query may mean, newest first: narrowed by the index of words. The query itself decides.

A rare word leads to its items, and these to their stories. A common one would lead to half the store, so the stories
are walked instead, the newest first, and those are passed over of which no copy is among the word's newest items:
as many are walked as are asked for, and a search costs the same however much is stored.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Literal

from feedhub.model import Source, Story
from feedhub.store import times
from feedhub.store.merging import curated, stories
from feedhub.store.publishing import words
from feedhub.topics import (
    Glimpse,
    Matter,
    Query,
    at_a_glance,
    earliest,
    glimpse,
    matter,
    outlet_of,
    predicate,
    relevance,
)
from feedhub.topics.tree import Tree

RARE = 3_000  # items up to which a word leads to its stories: an item's row costs five times a step of the walk
ALL = -1
KNOWN = 20_000  # newest items of a common word that the walk knows; stories of older ones are all looked at

LOOKED_AT = 2_000  # newest stories that a search reads, of those that hold its words
GLANCED_AT = 20_000  # newest stories of which it looks at the headlines, where these tell enough to pass over some
RANKED, READ = 200, 50  # newest stories that the best are chosen from by their headlines, and those of them read
FIRST, BATCH = 30, 100  # stories read at once: mostly the first few are all that is asked for

Order = Literal["newest", "best"]


def search(
    conn: sqlite3.Connection, query: Query, limit: int, now: datetime, sources: Mapping[str, Source], order: Order
) -> list[Story]:
    """Stories that match: the newest first, or the best of the newest."""
    hidden = {row[0] for row in conn.execute(curated.HIDDEN)}
    newest = islice(_likely(conn, words.expression(query.tree), KNOWN, earliest(query.tree, now)), GLANCED_AT)
    ids = (id for id in glanced(conn, newest, query.tree, now, sources) if id not in hidden)
    found = _matching(conn, _promising(conn, query, ids, now, sources) if order == "best" else ids, query, now, sources)
    if order == "newest":
        return [story for story, _ in islice(found, limit)]
    best = sorted(islice(found, max(limit, READ)), key=lambda pair: -relevance(query, pair[1], now))
    return [story for story, _ in best[:limit]]


def _matching(
    conn: sqlite3.Connection, ids: Iterator[int], query: Query, now: datetime, sources: Mapping[str, Source]
) -> Iterator[tuple[Story, Matter]]:
    ids = islice(ids, LOOKED_AT)
    size = FIRST
    while batch := list(islice(ids, size)):
        for story in stories.load(conn, batch):
            seen = matter(story, sources)
            if query.matches(seen, now):
                yield story, seen
        size = BATCH


def candidates(conn: sqlite3.Connection, tree: Tree, now: datetime, sources: Mapping[str, Source]) -> Iterator[int]:
    """Row ids of all stories that a query may take, whatever it costs."""
    questions = words.questions(tree)
    rarest = min(questions, key=lambda question: len(_hits(conn, question, KNOWN))) if questions else None
    return glanced(conn, _likely(conn, rarest, ALL, earliest(tree, now)), tree, now, sources)


def glanced(
    conn: sqlite3.Connection, ids: Iterator[int], tree: Tree, now: datetime, sources: Mapping[str, Source]
) -> Iterator[int]:
    """These stories without those that their headlines, names or time rule out."""
    part = at_a_glance(tree)
    if part is None:
        yield from ids
        return
    test = predicate(part)
    while batch := list(islice(ids, BATCH)):
        yield from (id for id, seen in _glimpses(conn, batch, sources) if test(seen, now))


def _promising(
    conn: sqlite3.Connection, query: Query, ids: Iterator[int], now: datetime, sources: Mapping[str, Source]
) -> Iterator[int]:
    """Of the newest, those first that are the best by their headlines."""
    seen = _glimpses(conn, list(islice(ids, RANKED)), sources)
    yield from (id for id, _ in sorted(seen, key=lambda pair: -relevance(query, pair[1], now)))


def _glimpses(conn: sqlite3.Connection, ids: Sequence[int], sources: Mapping[str, Source]) -> list[tuple[int, Matter]]:
    """What headlines, names of copies and time show of these stories, in their order."""
    marks = ",".join("?" * len(ids))
    rows = conn.execute(
        f"""SELECT stories.id, stories.published, outlets, items.title, source, outlet, items.agency, language
        FROM stories JOIN items ON items.story = stories.id JOIN sources ON sources.id = source
        WHERE stories.id IN ({marks}) ORDER BY stories.id""",  # noqa: S608
        ids,
    ).fetchall()
    seen = {}
    for id, copies in groupby(rows, itemgetter(0)):
        told = list(copies)
        shown = [
            Glimpse(title, source, outlet_of(source, outlet, sources), agency, language)
            for *_, title, source, outlet, agency, language in told
        ]
        more = len({copy.outlet for copy in shown}) - len({row["outlet"] for row in told})  # since one was renamed
        seen[id] = glimpse(shown, times.at(told[0][1]), told[0][2] + more)
    return [(id, seen[id]) for id in ids if id in seen]


def _likely(conn: sqlite3.Connection, expression: str | None, known: int, since: float) -> Iterator[int]:
    """Row ids of all stories that may match, the newest first; older ones than that may be left out."""
    if expression is None:
        return _all(conn, since)
    hits = [row[0] for row in _hits(conn, expression, RARE + 1)]
    return _of_items(conn, hits) if len(hits) <= RARE else _walk(conn, expression, known, since)


def _all(conn: sqlite3.Connection, since: float) -> Iterator[int]:
    for row in conn.execute("SELECT id FROM stories WHERE published >= ? ORDER BY published DESC, id DESC", (since,)):
        yield row[0]


def _hits(conn: sqlite3.Connection, expression: str, most: int) -> list[sqlite3.Row]:
    """The newest items that hold the words, as far as they are indexed."""
    return conn.execute(
        "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?", (expression, most)
    ).fetchall()


def _of_items(conn: sqlite3.Connection, hits: list[int]) -> Iterator[int]:
    marks = ",".join("?" * len(hits))
    rows = conn.execute(
        f"""SELECT id FROM stories WHERE id IN (
            SELECT story FROM items WHERE id IN ({marks})
            UNION SELECT story FROM items WHERE id > (SELECT item FROM words_upto))
        ORDER BY +published DESC, id DESC""",  # noqa: S608 -- the +: else all stories are walked in their order
        hits,
    )
    for row in rows.fetchall():
        yield row[0]


def _walk(conn: sqlite3.Connection, expression: str, known: int, since: float) -> Iterator[int]:
    hits = {row[0] for row in _hits(conn, expression, known)}
    oldest = min(hits) if len(hits) == known else 0
    upto = conn.execute("SELECT item FROM words_upto").fetchone()[0]
    rows = conn.execute(
        """SELECT stories.id, items.id FROM stories CROSS JOIN items ON items.story = stories.id
        WHERE stories.published >= ? ORDER BY stories.published DESC, stories.id DESC""",
        (since,),
    )
    for story, copies in groupby(rows, itemgetter(0)):
        if any(item in hits or item < oldest or item > upto for _, item in copies):
            yield story
