"""Stories without their texts: headlines, names of copies and times rule many out before texts are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter

from feedhub.model import Source
from feedhub.store import times
from feedhub.store.many import qmarks
from feedhub.store.merging.rows import strings
from feedhub.store.patience import Enough, never
from feedhub.topics import Glimpse, Matter, at_a_glance, glimpse, outlet_of, predicate
from feedhub.topics.tree import Tree

BATCH = 100  # stories looked at together


def glanced(
    conn: sqlite3.Connection,
    ids: Iterator[int],
    tree: Tree,
    now: datetime,
    sources: Mapping[str, Source],
    enough: Enough = never,
) -> Iterator[int]:
    """The stories that are not ruled out by headlines, names or times; until `enough` says so."""
    part = at_a_glance(tree)
    if part is None:
        yield from ids
        return
    test = predicate(part)
    while batch := list(islice(ids, BATCH)):
        for id, seen in glimpses(conn, batch, sources):
            if enough():
                return
            if test(seen, now):
                yield id


def glimpses(conn: sqlite3.Connection, ids: Sequence[int], sources: Mapping[str, Source]) -> list[tuple[int, Matter]]:
    """These stories as far as headlines, names, tags and times show them, in the given order."""
    rows = conn.execute(
        f"""SELECT stories.id, stories.published, outlets, iif(items.id = canonical, tags, NULL),
            step IS NOT 'withdrawal', items.title, source, outlet, items.agency, language
        FROM stories JOIN items ON items.story = stories.id JOIN sources ON sources.id = source
        LEFT JOIN steps ON steps.item = items.id
        WHERE stories.id IN ({qmarks(ids)}) ORDER BY stories.id""",  # noqa: S608
        ids,
    ).fetchall()
    seen = {}
    for id, copies in groupby(rows, itemgetter(0)):
        told = list(copies)
        shown = [
            Glimpse(strings(tags), title, source, outlet_of(source, outlet, sources), agency, language)
            for *_, tags, _, title, source, outlet, agency, language in told
        ]
        print_it = [(copy.outlet, row[7]) for copy, row in zip(shown, told, strict=True) if row[4]]
        more = len({now for now, _ in print_it}) - len({then for _, then in print_it})  # since an outlet was renamed
        seen[id] = glimpse(shown, times.at(told[0][1]), told[0][2] + more, sources)
    return [(id, seen[id]) for id in ids if id in seen]
