"""The merge once more over what is stored: with other rules, or with those of a later version.

The items go into a scratch database in order of arrival, through the same code as polls, and the outcome is compared
with the stories as they stand. Nothing is written until it is applied; stories that persist keep their ids: of an old
story's copies, those that stay together in the largest number keep it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from feedhub.dedup.prepare import prepare
from feedhub.dedup.rules import Rules
from feedhub.dedup.subject import Subject
from feedhub.store.database import open_writer, transaction
from feedhub.store.docket import resettle
from feedhub.store.merging import matching, revising
from feedhub.store.merging.candidates import find_place
from feedhub.store.merging.fresh import COLUMNS, open_story
from feedhub.store.merging.lately import Lately
from feedhub.store.merging.rows import WITHDRAWN, item_of
from feedhub.store.reading import Reader
from feedhub.store.times import at

BATCH = 500  # items in one transaction of the scratch database
SHOWN = 3  # headlines of a story that people are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One difference: copies of several stories would be one, or those of one would be several."""

    kind: str  # "joined" or "split"
    headlines: tuple[str, ...]  # of the stories that would be joined, or come out of the split
    firsts: tuple[int, ...]  # of each of these, the item with that headline
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a replay would change."""

    items: int  # looked at
    before: int  # stories
    after: int
    moved: tuple[Moved, ...]
    stories: Mapping[int, int]  # item -> story of the scratch database: what `apply` carries out


def replay(reader: Reader, scratch: Path, rules: Rules) -> Difference:
    """Place all stored items anew under these rules, in a scratch database at this path; nothing else is changed."""
    conn = reader.conn
    other = open_writer(scratch)
    try:
        other.execute("PRAGMA synchronous = OFF")
        other.execute("PRAGMA foreign_keys = OFF")  # rulings name items that come later
        _sources(conn, other)
        _corrected(conn, other)
        lately = Lately(other, rules)
        together, withdrawals = _together(conn), conn.execute(_WITHDRAWALS).fetchall()
        notices = _by_what_follows(withdrawals)
        for rows in _batches(conn, {row["item"]: row for row in reversed(withdrawals)}):
            with transaction(other):
                for row in rows:
                    for notice in notices.get(row["id"], ()):
                        _withdraw(other, lately, notice)
                    _place(other, lately, row)
                    _keep_together(other, lately, together.get(row["id"], ()))
        stories = dict(other.execute("SELECT id, story FROM items").fetchall())
    finally:
        other.close()
    return _difference(conn, stories)


def apply(
    conn: sqlite3.Connection, lately: Lately, found: Difference, now: datetime
) -> tuple[frozenset[int], frozenset[str]]:
    """Let the stored stories become those of a replay, inside the caller's transaction.

    Returns the stories changed, and the topics that lost one. Items that came since the replay stay where they are.
    """
    held = dict(conn.execute("SELECT id, story FROM items").fetchall())
    stories = {item: story for item, story in found.stories.items() if item in held}
    heirs = _heirs(held, stories)
    changed: set[int] = set()
    moved: list[int] = []
    for story, items in _members(stories).items():
        home = heirs.get(story)
        if home is None:
            first = conn.execute("SELECT published FROM items WHERE id = ?", (items[0],)).fetchone()[0]
            home = open_story(conn, items[0], at(first))
        movers = [item for item in items if held[item] != home]
        changed |= {home, *(held[item] for item in movers)} if movers else set()
        conn.executemany("UPDATE items SET story = ? WHERE id = ?", [(home, item) for item in movers])
        moved += movers
    _follow(conn, changed)
    lost = [_end_or_settle(conn, lately, story, now) for story in sorted(changed)]
    for item in moved:
        lately.word.left(item, held[item])
        revising.catch_up(conn, item)
    return frozenset(changed), frozenset().union(*lost)


_PARTED = """UPDATE verdicts SET decided = 0, review = NULL
    WHERE decided AND item IN (SELECT id FROM items WHERE story = ?)
    AND (SELECT story FROM items WHERE id = beside) IS NOT (SELECT story FROM items WHERE id = item)"""
_MET = """SELECT item, beside FROM verdicts JOIN items here ON here.id = item JOIN items there ON there.id = beside
    WHERE here.story = ? AND there.story = here.story AND verdicts.kind = 'copy' AND review IS NULL
    AND NOT EXISTS (SELECT 1 FROM verdicts other WHERE other.item = here.id AND other.decided)
    ORDER BY verdicts.score"""


def _follow(conn: sqlite3.Connection, stories: set[int]) -> None:
    """The verdict that joined a copy no longer stands where it was split off, and stands again where it was joined."""
    for story in stories:
        conn.execute(_PARTED, (story,))
        likeliest = dict(conn.execute(_MET, (story,)).fetchall())
        conn.executemany("UPDATE verdicts SET decided = 1 WHERE item = ? AND beside = ?", likeliest.items())


def _end_or_settle(conn: sqlite3.Connection, lately: Lately, story: int, now: datetime) -> frozenset[str]:
    """A story without copies leads to the one that its fullest copy went to; returns the topics that lost it."""
    if conn.execute("SELECT 1 FROM items WHERE story = ? LIMIT 1", (story,)).fetchone():
        lately.word.regard(story)
        resettle(conn, lately, story, now)
        return frozenset()
    row = conn.execute(
        "SELECT story FROM items WHERE id = (SELECT core FROM stories WHERE id = ?)", (story,)
    ).fetchone()
    if row:
        return matching.dissolve(conn, story, into=row[0])
    matching.forget(conn, [story])
    return frozenset()


def _sources(conn: sqlite3.Connection, other: sqlite3.Connection) -> None:
    rows = conn.execute("SELECT id, url, title, outlet, agency FROM sources").fetchall()
    other.executemany(
        """INSERT INTO sources (id, url, title, outlet, agency, enabled, configured, min_interval, max_interval)
        VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0)""",
        [tuple(row) for row in rows],
    )
    rows = conn.execute("SELECT * FROM constraints WHERE kind = 'apart'").fetchall()
    other.executemany("INSERT INTO constraints VALUES (?, ?, ?, ?)", [tuple(row) for row in rows])


def _corrected(conn: sqlite3.Connection, other: sqlite3.Connection) -> None:
    """What copies said before they corrected figures: late reprints are known by it."""
    made = conn.execute("SELECT item, at, changes FROM corrections")
    rows = conn.execute(
        """SELECT item, replaced, title, text FROM revisions
        WHERE text IS NOT NULL AND item IN (SELECT item FROM corrections) ORDER BY id"""
    )
    with transaction(other):
        other.executemany("INSERT INTO corrections (item, at, changes) VALUES (?, ?, ?)", made)
        other.executemany("INSERT INTO revisions (item, replaced, title, text) VALUES (?, ?, ?, ?)", rows)


def _together(conn: sqlite3.Connection) -> dict[int, list[tuple[int, int]]]:
    """The pairs that an editor merged, by the item of each that came last."""
    pairs = defaultdict(list)
    for one, other in conn.execute(
        "SELECT DISTINCT one, other FROM constraints WHERE kind = 'together' AND one < other"
    ):
        pairs[max(one, other)].append((one, other))
    return pairs


# How words gave way to notices, and these to others; and the first item that came then: the entries of one document are
# taken in order of publication.
_WITHDRAWALS = f"""WITH gone AS (SELECT item, max(revisions.id) AS since FROM {WITHDRAWN} GROUP BY item)
    SELECT item, replaced, kinds, revisions.title, revisions.text,
        lead(revisions.title, 1, items.title) OVER told AS notice_title,
        lead(revisions.text, 1, items.text) OVER told AS notice_text,
        (SELECT min(id) FROM items AS later
            WHERE id > item AND (first_seen, later.published) >= (replaced, items.published)) AS follows
    FROM gone JOIN revisions USING (item) JOIN items ON items.id = item
    WHERE revisions.id >= since AND revisions.text IS NOT NULL
    WINDOW told AS (PARTITION BY item ORDER BY revisions.id) ORDER BY revisions.id"""  # noqa: S608


def _by_what_follows(withdrawals: Iterable[sqlite3.Row]) -> dict[int, list[sqlite3.Row]]:
    """Withdrawals by the item that came next; those that nothing followed are left out."""
    found = defaultdict(list)
    for row in withdrawals:
        found[row["follows"]].append(row)
    return found


def _batches(conn: sqlite3.Connection, withdrawn: Mapping[int, sqlite3.Row]) -> Iterator[list[dict[str, Any]]]:
    """All items in order of arrival; what was withdrawn as it stood before."""
    last = 0
    question = f"""SELECT {COLUMNS}, (SELECT agency FROM sources WHERE id = source) AS own FROM items
        WHERE id > ? ORDER BY id LIMIT ?"""  # noqa: S608
    while rows := conn.execute(question, (last, BATCH)).fetchall():
        last = rows[-1]["id"]
        yield [dict(row) | _before(withdrawn.get(row["id"])) for row in rows]


def _before(withdrawal: sqlite3.Row | None) -> dict[str, Any]:
    """What of an item was another before it was withdrawn."""
    if withdrawal is None:
        return {}
    return {"title": withdrawal["title"], "text": withdrawal["text"], "length": len(withdrawal["text"])}


def _withdraw(other: sqlite3.Connection, lately: Lately, notice: sqlite3.Row) -> None:
    """Let a notice come in the place of a text: what an outlet publishes anew after that is no copy of it."""
    item, title, text = notice["item"], notice["notice_title"], notice["notice_text"]
    lately.fresh.write()
    other.execute("UPDATE items SET title = ?, text = ?, length = ? WHERE id = ?", (title, text, len(text), item))
    other.execute(
        "INSERT INTO revisions (item, replaced, title, text, kinds) VALUES (?, ?, ?, ?, ?)",
        (item, notice["replaced"], notice["title"], notice["text"], notice["kinds"]),
    )
    story, language = other.execute("SELECT story, language FROM items WHERE id = ?", (item,)).fetchone()
    lately.put(item, Subject.of(title, text, language))
    lately.moved(item)
    lately.revised(item)
    matching.step_again(other, item, "withdrawal", shown=False)
    matching.settle_without(other, lately, story)


def _place(other: sqlite3.Connection, lately: Lately, row: Mapping[str, Any]) -> None:
    prepared = prepare(item_of(row), row["own"])
    lately.put(row["id"], prepared.subject)
    placement = find_place(lately, row["id"], prepared)
    story, share = matching.story_for(lately, placement, prepared)
    _, *rest, _own = {**row, "story": story, "share": share}.values()
    lately.fresh.add(row["id"], rest)
    lately.write()
    matching.apply(other, lately, placement, prepared, story)
    lately.add(row["id"], prepared, row["first_seen"])


def _keep_together(other: sqlite3.Connection, lately: Lately, pairs: tuple[()] | list[tuple[int, int]]) -> None:
    """Make one what an editor merged, unless it was split after that."""
    for one, two in pairs:
        rows = other.execute("SELECT story FROM items WHERE id IN (?, ?) ORDER BY id", (one, two)).fetchall()
        if len(rows) == 2 and rows[0][0] != rows[1][0] and not lately.word.apart(rows[0][0], rows[1][0]):
            other.execute("UPDATE items SET story = ? WHERE story = ?", (rows[0][0], rows[1][0]))
            matching.dissolve(other, rows[1][0], into=rows[0][0])
            lately.word.hold(rows[0][0])
            resettle(other, lately, rows[0][0], None)


def _members(stories: Mapping[int, int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for item in sorted(stories):
        found[stories[item]].append(item)
    return found


def _heirs(held: Mapping[int, int], stories: Mapping[int, int]) -> dict[int, int]:
    """Which old story each new one continues: the largest overlaps choose first, the older story where they tie."""
    overlaps = Counter((stories[item], held[item]) for item in stories)
    heirs: dict[int, int] = {}
    taken: set[int] = set()
    for (new, old), _ in sorted(overlaps.items(), key=lambda pair: (-pair[1], pair[0][1], pair[0][0])):
        if new not in heirs and old not in taken:
            heirs[new] = old
            taken.add(old)
    return heirs


def _difference(conn: sqlite3.Connection, stories: Mapping[int, int]) -> Difference:
    held = dict(conn.execute("SELECT id, story FROM items").fetchall())
    before = {item: held[item] for item in stories if item in held}
    moved = [
        *_told(conn, "joined", _members({item: stories[item] for item in before}), before),
        *_told(conn, "split", _members(before), stories),
    ]
    return Difference(
        items=len(before),
        before=len(set(before.values())),
        after=len({stories[item] for item in before}),
        moved=tuple(moved),
        stories=stories,
    )


def _told(
    conn: sqlite3.Connection, kind: str, groups: Mapping[int, list[int]], other: Mapping[int, int]
) -> Iterator[Moved]:
    """The groups whose items stand in several groups of the other side, with a headline of each."""
    for items in groups.values():
        firsts = {other[item]: item for item in reversed(items)}
        if len(firsts) > 1:
            shown = sorted(firsts.values())[:SHOWN]
            titles = [conn.execute("SELECT title FROM items WHERE id = ?", (item,)).fetchone()[0] for item in shown]
            yield Moved(kind=kind, headlines=tuple(titles), firsts=tuple(shown), items=len(items))
