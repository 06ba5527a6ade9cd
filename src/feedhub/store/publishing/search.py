"""Stories that a query may mean, newest first: narrowed by the index of words. The query itself decides.

A rare word leads to its items, and these to their stories. A common one would lead to half the store, so the stories
are walked instead, the newest first, and those are passed over of which no copy is among the word's newest items:
as many are walked as are asked for, and a search costs the same however much is stored.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from math import inf
from operator import itemgetter
from typing import Literal, NamedTuple

from feedhub.model import Source, Story
from feedhub.store import times
from feedhub.store.many import array, qmarks
from feedhub.store.merging import curated, stories
from feedhub.store.merging.rows import strings
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

WIDER = 4  # times as many stories are passed where the index rules some out

Order = Literal["newest", "best"]


class Place(NamedTuple):
    """Where a story stands among all: the newer, the greater."""

    published: float
    story: int


NEWEST = Place(inf, 2**63 - 1)  # above all


def search(
    conn: sqlite3.Connection, query: Query, limit: int, now: datetime, sources: Mapping[str, Source], order: Order
) -> list[Story]:
    """Stories that match: the newest first, or the best of the newest."""
    hidden = {row[0] for row in conn.execute(curated.HIDDEN)}
    newest = islice(_likely(conn, words.expression(query.tree), KNOWN, earliest(query.tree, now)), GLANCED_AT)
    ids = (id for id in glanced(conn, newest, query.tree, now, sources) if id not in hidden)
    asked = _promising(conn, query, ids, now, sources) if order == "best" else ids
    found = _matching(conn, asked, query, now, sources)
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


def likely(
    conn: sqlite3.Connection, tree: Tree, now: datetime, below: Place, oldest: float, most: int
) -> tuple[list[Place], Place | None]:
    """The next stories below a place, published then or later, that a query may take, the newest first; and the place
    up to which these are all, None at the end.

    At most so many; fewer, or none, where that many were passed.
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
    """The items that answer a question which few do; None where there is none, or many items are not indexed yet."""
    waiting = conn.execute("SELECT (SELECT coalesce(max(id), 0) FROM items) - item FROM words_upto").fetchone()[0]
    if waiting > RARE:
        return None
    rare = (question for question in questions if not _is_common(conn, question))
    return next((_hits(conn, question, RARE) for question in rare), None)


def _is_common(conn: sqlite3.Connection, question: str) -> bool:
    """Whether more than a few items answer it."""
    found = conn.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1 OFFSET ?", (question, RARE))
    return found.fetchone() is not None


def _holding(conn: sqlite3.Connection, questions: Sequence[str], ids: Sequence[int]) -> set[int]:
    """Those of these stories of which a copy may answer each of these questions."""
    rows = conn.execute(
        "SELECT items.id, story FROM json_each(?) AS chosen CROSS JOIN items ON story = chosen.value", (array(ids),)
    ).fetchall()
    held, items = set(ids), [item for item, _ in rows]
    for question in questions if rows else ():
        answer = _answering(conn, question, min(items), max(items))
        held &= {story for item, story in rows if answer(item)}
    return held


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
    """What headlines, names and tags of copies and time show of these stories, in their order."""
    rows = conn.execute(
        f"""SELECT stories.id, stories.published, outlets, iif(items.id = canonical, tags, NULL),
            items.title, source, outlet, items.agency, language
        FROM stories JOIN items ON items.story = stories.id JOIN sources ON sources.id = source
        WHERE stories.id IN ({qmarks(ids)}) ORDER BY stories.id""",  # noqa: S608
        ids,
    ).fetchall()
    seen = {}
    for id, copies in groupby(rows, itemgetter(0)):
        told = list(copies)
        shown = [
            Glimpse(strings(tags), title, source, outlet_of(source, outlet, sources), agency, language)
            for *_, tags, title, source, outlet, agency, language in told
        ]
        more = len({copy.outlet for copy in shown}) - len({row[6] for row in told})  # since an outlet was renamed
        seen[id] = glimpse(shown, times.at(told[0][1]), told[0][2] + more, sources)
    return [(id, seen[id]) for id in ids if id in seen]


def _likely(conn: sqlite3.Connection, expression: str | None, known: int, since: float) -> Iterator[int]:
    """Row ids of all stories that may match, the newest first; older ones than that may be left out."""
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
    """The newest items that hold the words, of those from a `first` to a `last` one, as far as they are indexed."""
    rows = conn.execute(
        "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?",
        (expression, first, last, most),
    )
    return [item for (item,) in rows]


def _answering(
    conn: sqlite3.Connection, expression: str, first: int, last: int, known: int = KNOWN
) -> Callable[[int], bool]:
    """Whether an item may hold the words: it is among those known to, or older than these, or not indexed yet."""
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
