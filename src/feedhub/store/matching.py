"""The merge's tables: who might be a copy of an item, and what follows once it is placed."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import uuid4

import orjson

from feedhub.dedup.credit import read
from feedhub.dedup.fingerprint import features, fingerprints
from feedhub.dedup.judge import Subject, share
from feedhub.dedup.place import FEW_PRINTS, MATCHER, NAMESAKE, SHARED_PRINTS, WINDOW, Candidate, Prepared, place
from feedhub.model import Placement, Verdict
from feedhub.store.items import Words
from feedhub.store.schedule import moment

POSTINGS = 16  # newest items of one fingerprint that are looked at; 60 find nothing more
MOST_POSTINGS = 200  # of all fingerprints together, that are read at once
BEST = 12  # candidates that are compared, those that share most
NAMESAKES = 20  # newest items of equal headline
COMMON_DAYS = 7  # in which other stories make a passage common
SHORT_TEXT = 400  # characters; only a text below it has fewer than FEW_PRINTS fingerprints
BETTER = 1.2  # times as long must a text be to take a story's first place: the first place should not wander

LIKE = 0.3  # of the fullest text must stand in a copy that takes the first place: a headline alone does not

_DAY = 86400.0


class _Near(NamedTuple):  # a tuple: hundreds are made for an item of a common template
    """A stored item that shares fingerprints, before it is read in full."""

    item_id: int
    story: int
    published: float
    language: str
    length: int


class Subjects:
    """Subjects of items compared lately: the core of a running story is asked for again and again."""

    def __init__(self, conn: sqlite3.Connection, size: int = 512):
        self._conn, self._size = conn, size
        self._kept: OrderedDict[int, Subject] = OrderedDict()

    def get(self, item_id: int) -> Subject:
        """Worked out from the stored text: what can be derived is not stored twice."""
        if item_id in self._kept:
            self._kept.move_to_end(item_id)
            return self._kept[item_id]
        row = self._conn.execute("SELECT title, text, language FROM items WHERE id = ?", (item_id,)).fetchone()
        made = Subject(features(read(row["title"], row["text"]), row["language"]))
        self.put(item_id, made)
        return made

    def put(self, item_id: int, made: Subject) -> None:
        """Keep what was just worked out anyway."""
        self._kept[item_id] = made
        self._kept.move_to_end(item_id)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget what a transaction that failed may have put here."""
        self._kept.clear()


def find_place(conn: sqlite3.Connection, subjects: Subjects, item_id: int, prepared: Prepared) -> Placement:
    """Look up the likely copies of a stored item and let the merge decide."""
    me = prepared.subject
    near, common = _near(conn, item_id, prepared)
    rows = {row.item_id: row for row in near}
    rows.update({row.item_id: row for row in _namesakes(conn, item_id, prepared)})
    candidates = [_candidate(subjects, row, common) for row in rows.values()]
    cores = _cores(conn, subjects, {candidate.story for candidate in candidates})
    return place(item_id, prepared.item.published, me, candidates, cores)


def _near(
    conn: sqlite3.Connection, item_id: int, prepared: Prepared
) -> tuple[list[_Near], dict[int, tuple[int, float]]]:
    """The best candidates by fingerprints; per item the prints shared and how common these are."""
    prints = prepared.prints
    postings = _postings(conn, prints, item_id)
    if not postings:
        return [], {}
    rows = _read(conn, {item for items in postings.values() for item in items})
    at = prepared.item.published.timestamp()
    rows = {id: row for id, row in rows.items() if abs(at - row.published) <= COMMON_DAYS * _DAY}
    shared: dict[int, list[int]] = defaultdict(list)
    stories = {number: {rows[item].story for item in items if item in rows} for number, items in postings.items()}
    for number, items in postings.items():
        for item in items:
            if item in rows:
                shared[item].append(number)
    best = [rows[item] for item in _best(shared, rows, len(prints) < FEW_PRINTS, at, prepared.item.language)]
    common = {
        row.item_id: (
            len(shared[row.item_id]),
            sum(len(stories[number] - {row.story}) for number in shared[row.item_id]) / len(shared[row.item_id]),
        )
        for row in best
    }
    return best, common


def _postings(conn: sqlite3.Connection, prints: Sequence[int], item_id: int) -> dict[int, list[int]]:
    """The other items that carry each fingerprint, the newest first."""
    marks = ",".join("?" * len(prints))
    rows = conn.execute(
        f"SELECT hash, item FROM fingerprints WHERE hash IN ({marks}) LIMIT ?",  # noqa: S608
        (*prints, MOST_POSTINGS),
    ).fetchall()
    if len(rows) == MOST_POSTINGS:  # a passage that everybody carries: look at its newest carriers only
        question = "SELECT hash, item FROM fingerprints WHERE hash = ? ORDER BY item DESC LIMIT ?"
        rows = [row for number in prints for row in conn.execute(question, (number, POSTINGS))]
    postings: dict[int, list[int]] = {}
    for number, item in rows:
        if item != item_id:
            postings.setdefault(number, []).append(item)
    return postings


def _best(shared: dict[int, list[int]], rows: dict[int, _Near], few: bool, at: float, language: str) -> Sequence[int]:
    """Those within the window that share enough, most first."""
    enough = [
        item
        for item, numbers in shared.items()
        if (len(numbers) >= SHARED_PRINTS or few or rows[item].length < SHORT_TEXT)
        and rows[item].language == language
        and abs(at - rows[item].published) <= WINDOW.total_seconds()
    ]
    return sorted(enough, key=lambda item: (-len(shared[item]), item))[:BEST]


def _namesakes(conn: sqlite3.Connection, item_id: int, prepared: Prepared) -> list[_Near]:
    key = prepared.subject.features.title_key
    if not key:
        return []
    found = conn.execute(
        "SELECT id FROM items WHERE title_key = ? AND title_key != 0 AND id != ? ORDER BY id DESC LIMIT ?",
        (key, item_id, NAMESAKES),
    ).fetchall()
    at = prepared.item.published.timestamp()
    rows = _read(conn, [row[0] for row in reversed(found)])
    return [row for row in rows.values() if abs(at - row.published) <= WINDOW.total_seconds()]


def _read(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[int, _Near]:
    wanted = list(ids)
    rows = conn.execute(
        f"""SELECT id, story, published, language, length FROM items
        WHERE id IN ({",".join("?" * len(wanted))}) AND story IS NOT NULL""",  # noqa: S608
        wanted,
    )
    return {row[0]: _Near._make(row) for row in rows}


def _candidate(subjects: Subjects, row: _Near, common: dict[int, tuple[int, float]]) -> Candidate:
    published = moment(row.published)
    assert published is not None
    shared, spread = common.get(row.item_id, (0, 0.0))
    return Candidate(
        item_id=row.item_id,
        story=row.story,
        published=published,
        subject=subjects.get(row.item_id),
        shared=shared,
        common=spread,
    )


def _cores(conn: sqlite3.Connection, subjects: Subjects, stories: set[int]) -> dict[int, Candidate]:
    if not stories:
        return {}
    rows = conn.execute(
        f"""SELECT items.id, story, items.published, language, length FROM stories
        JOIN items ON items.id = core WHERE stories.id IN ({",".join("?" * len(stories))})""",  # noqa: S608
        list(stories),
    ).fetchall()
    return {row["story"]: _candidate(subjects, _Near(*row), {}) for row in rows}


def index(conn: sqlite3.Connection, item_id: int, prints: Iterable[int]) -> None:
    """Make an item findable by its fingerprints."""
    conn.executemany("INSERT OR IGNORE INTO fingerprints VALUES (?, ?)", [(number, item_id) for number in prints])


def unindex(conn: sqlite3.Connection, item_id: int, was: Words) -> None:
    """Take an item's fingerprints back, as its text has changed; they are worked out again from what it was."""
    prints = fingerprints(features(read(was.title, was.text), was.language))
    conn.executemany("DELETE FROM fingerprints WHERE hash = ? AND item = ?", [(number, item_id) for number in prints])


def apply(
    conn: sqlite3.Connection, subjects: Subjects, placement: Placement, prepared: Prepared
) -> tuple[int, frozenset[str]]:
    """Carry a placement out; returns the story's row id, and the topics that lost a story to it."""
    if placement.story is None:
        story = _open_story(conn, placement.item_id, prepared)
    else:
        story = placement.story
        _join(conn, subjects, placement, story, prepared)
    conn.executemany(
        """INSERT INTO related VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET score = max(score, excluded.score)""",
        [
            edge
            for other, score in placement.related
            if other != story
            for edge in ((story, other, score), (other, story, score))
        ],
    )
    topics = frozenset(
        topic for other in placement.absorbs for topic in _absorb(conn, subjects, other, story, placement)
    )
    return story, topics


def _open_story(conn: sqlite3.Connection, item_id: int, prepared: Prepared) -> int:
    at = prepared.item.published.timestamp()
    made = conn.execute(
        "INSERT INTO stories (uuid, canonical, core, outlets, published, updated) VALUES (?, ?, ?, 1, ?, ?)",
        (str(uuid4()), item_id, item_id, at, at),
    )
    assert made.lastrowid is not None
    conn.execute("UPDATE items SET story = ?, share = 1 WHERE id = ?", (made.lastrowid, item_id))
    return made.lastrowid


def _join(conn: sqlite3.Connection, subjects: Subjects, placement: Placement, story: int, prepared: Prepared) -> None:
    core = conn.execute("SELECT core FROM stories WHERE id = ?", (story,)).fetchone()[0]
    part = share(prepared.subject, subjects.get(core))
    conn.execute("UPDATE items SET story = ?, share = ? WHERE id = ?", (story, part, placement.item_id))
    verdict = placement.verdict
    assert verdict is not None
    assert placement.beside is not None
    conn.execute(
        "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?)",
        (
            placement.item_id, placement.beside, verdict.kind, verdict.score,
            orjson.dumps(verdict.reasons).decode(), MATCHER,
        ),
    )  # fmt: skip
    if placement.leads:
        lead(conn, subjects, story, placement.item_id)
    elect(conn, story)


def _note(conn: sqlite3.Connection, item_id: int, beside: int, verdict: Verdict) -> None:
    """Keep why an item stands where it does."""
    reasons = orjson.dumps(verdict.reasons).decode()
    conn.execute(
        "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?)",
        (item_id, beside, verdict.kind, verdict.score, reasons, MATCHER),
    )


def _absorb(
    conn: sqlite3.Connection, subjects: Subjects, other: int, story: int, placement: Placement
) -> frozenset[str]:
    """Take in a story of a bare headline."""
    for (item_id,) in conn.execute("SELECT id FROM items WHERE story = ?", (other,)).fetchall():
        _note(conn, item_id, placement.item_id, NAMESAKE)
    conn.execute("UPDATE items SET story = ? WHERE story = ?", (story, other))
    topics = dissolve(conn, other, into=story)
    lead(conn, subjects, story, conn.execute("SELECT core FROM stories WHERE id = ?", (story,)).fetchone()[0])
    elect(conn, story)
    return topics


def lead(conn: sqlite3.Connection, subjects: Subjects, story: int, item_id: int) -> None:
    """Make an item the core of its story: the others' shares are of its text now."""
    conn.execute("UPDATE stories SET core = ? WHERE id = ?", (item_id, story))
    core = subjects.get(item_id)
    ids = [row[0] for row in conn.execute("SELECT id FROM items WHERE story = ?", (story,))]
    conn.executemany("UPDATE items SET share = ? WHERE id = ?", [(share(subjects.get(id), core), id) for id in ids])


def elect(conn: sqlite3.Connection, story: int) -> None:
    """Choose the copy that stands for the story: the agency's own outlet, else the fullest, else the earliest."""
    rows = conn.execute(
        """SELECT items.id, length, outlet, share, coalesce(sources.agency = items.agency, 0) AS own
        FROM items JOIN sources ON sources.id = items.source WHERE story = ? ORDER BY published, items.id""",
        (story,),
    ).fetchall()
    held = conn.execute("SELECT canonical FROM stories WHERE id = ?", (story,)).fetchone()[0]
    chosen = next((row for row in rows if row["id"] == held), rows[0])
    for row in rows:
        if row["share"] < LIKE:
            continue
        longer = row["length"] > BETTER * chosen["length"]
        if row["own"] > chosen["own"] or (row["own"] == chosen["own"] and longer):
            chosen = row
    outlets = len({row["outlet"] for row in rows})
    conn.execute("UPDATE stories SET canonical = ?, outlets = ? WHERE id = ?", (chosen["id"], outlets, story))


def dissolve(conn: sqlite3.Connection, story: int, into: int) -> frozenset[str]:
    """End a story whose only copy has proved to be one of another's; returns the topics it stood in.

    Its address leads to the other from now on.
    """
    topics = frozenset(row[0] for row in conn.execute("SELECT topic FROM entries WHERE story = ?", (story,)))
    conn.execute("INSERT INTO merged SELECT uuid, ? FROM stories WHERE id = ?", (into, story))
    conn.execute("UPDATE merged SET story = ? WHERE story = ?", (into, story))
    forget(conn, [story])
    return topics


def forget(conn: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Delete stories and what points to them; their items are the caller's business."""
    gone = [(id,) for id in ids]
    conn.executemany("DELETE FROM entries WHERE story = ?", gone)
    for (id,) in gone:
        others = [(row[0], id) for row in conn.execute("SELECT other FROM related WHERE story = ?", (id,))]
        conn.executemany("DELETE FROM related WHERE story = ? AND other = ?", others)
    conn.executemany("DELETE FROM related WHERE story = ?", gone)
    conn.executemany("DELETE FROM merged WHERE story = ?", gone)
    conn.executemany("DELETE FROM stories WHERE id = ?", gone)
