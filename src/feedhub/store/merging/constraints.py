"""The constraints of editors' rulings, as the merge asks for them with every item."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from feedhub.store.many import array

_SEVERAL = """SELECT 1 FROM items JOIN steps ON steps.item = items.id WHERE story = ?1 AND updates
    UNION ALL SELECT 1 FROM items AS here CROSS JOIN constraints ON one = here.id AND kind = 'together'
    CROSS JOIN items AS there ON there.id = other CROSS JOIN rulings ON rulings.id = ruling AND verb = 'merge'
    WHERE here.story = ?1 AND +there.story = ?1 LIMIT 1"""

_HEIRS = """SELECT 'apart', core FROM stories WHERE id = ?2
    UNION ALL SELECT bound.kind, min(items.id) FROM constraints AS bound CROSS JOIN items
        CROSS JOIN verdicts ON verdicts.item = items.id AND beside = ?1 AND verdicts.kind = 'copy'
        WHERE bound.one = ?1 AND bound.kind != 'apart' AND story = ?2 GROUP BY bound.kind"""

Kind = Literal["together", "apart", "waived"]  # waived: apart, were it not for a later merge


class Constraints:
    """Pairs of items that must stay apart, and stories that hold several texts by right; read once, kept in memory."""

    def __init__(self, conn: sqlite3.Connection):
        self._conn = conn
        self._apart: dict[int, set[int]] | None = None
        self._manifold: frozenset[int] = frozenset()

    @property
    def manifold(self) -> frozenset[int]:
        """Stories that an editor merged or that an update joined: their copies need not resemble the core."""
        self._load()
        return self._manifold

    def forbidden(self, item_id: int) -> frozenset[int]:
        """The stories that an item must not join."""
        self._load()
        assert self._apart is not None
        return self._stories(self._apart.get(item_id, ()))

    def confirmed(self, item_id: int) -> bool:
        """Whether an editor said that an item belongs with another of its story; asked seldom, so not kept."""
        bound = """SELECT 1 FROM constraints JOIN items AS here ON here.id = one JOIN items AS there ON there.id = other
            WHERE one = ? AND kind = 'together' AND +there.story = here.story"""
        return self._conn.execute(bound, (item_id,)).fetchone() is not None

    def apart(self, one: int, other: int) -> bool:
        """Whether two stories must not become one."""
        self._load()
        if not self._apart:
            return False
        items = {row[0] for row in self._conn.execute("SELECT id FROM items WHERE story = ?", (one,))}
        return any(other in self.forbidden(item) for item in items & self._apart.keys())

    def left(self, item_id: int, story: int) -> None:
        """An item has left a story: what kept this apart from others keeps apart what is left of it, and what was
        merged with the item's text stays so while a copy of that is left.
        """
        heirs = self._conn.execute(_HEIRS, (item_id, story)).fetchall()
        handed_on = [hand_on(self._conn, kind, item_id, heir) for kind, heir in heirs]
        if any(handed_on):
            self.regard(story)

    def hold(self, story: int) -> None:
        """Mark a story as holding several texts."""
        self._load()
        self._conn.execute("INSERT OR IGNORE INTO manifold VALUES (?)", (story,))
        self._manifold |= {story}

    def regard(self, story: int) -> None:
        """A story's copies are others now: it holds several texts if an update or an editor's merge is among them."""
        if self._conn.execute(_SEVERAL, (story,)).fetchone():
            self._conn.execute("INSERT OR IGNORE INTO manifold VALUES (?)", (story,))
        else:
            self._conn.execute("DELETE FROM manifold WHERE story = ?", (story,))
        self.forget()

    def forget(self) -> None:
        """Read anew when next asked."""
        self._apart = None

    def _stories(self, items: set[int] | tuple[()]) -> frozenset[int]:
        return frozenset(
            row[0] for item in items for row in self._conn.execute("SELECT story FROM items WHERE id = ?", (item,))
        )

    def _load(self) -> None:
        if self._apart is not None:
            return
        self._apart = defaultdict(set)
        for one, other in self._conn.execute("SELECT one, other FROM constraints WHERE kind = 'apart'"):
            self._apart[one].add(other)
        self._apart = dict(self._apart)
        self._manifold = frozenset(row[0] for row in self._conn.execute("SELECT story FROM manifold"))


def bind(
    conn: sqlite3.Connection,
    ruling: int,
    kind: Kind,
    ones: Sequence[int],
    others: Sequence[int],
    *,
    inherited: bool = False,
    waiver: int | None = None,
) -> None:
    """Let each of these items stand together with, or apart from, each of those."""
    pairs = [pair for one in ones for other in others for pair in ((one, other), (other, one))]
    conn.executemany(
        "INSERT OR IGNORE INTO constraints (ruling, kind, one, other, inherited, waiver) VALUES (?, ?, ?, ?, ?, ?)",
        [(ruling, kind, *pair, inherited, waiver) for pair in pairs],
    )


def waive(conn: sqlite3.Connection, merge: int, pairs: Iterable[tuple[int, int]]) -> None:
    """Let a merge stand above what keeps these pairs apart."""
    conn.executemany(
        "UPDATE OR REPLACE constraints SET kind = 'waived', waiver = ? WHERE one = ? AND other = ? AND kind = 'apart'",
        [(merge, *pair) for one, other in pairs for pair in ((one, other), (other, one))],
    )


def release(conn: sqlite3.Connection, ruling: int) -> None:
    """Let go of all that a ruling binds, and let hold again what it waived."""
    conn.execute("DELETE FROM constraints WHERE ruling = ?", (ruling,))
    conn.execute("UPDATE OR REPLACE constraints SET kind = 'apart', waiver = NULL WHERE waiver = ?", (ruling,))


def rulings_between(conn: sqlite3.Connection, one: int, other: int) -> list[int]:
    """The rulings by which two stories are two, the earliest first."""
    items = [row[0] for row in conn.execute("SELECT id FROM items WHERE story = ?", (one,))]
    return rulings_against(conn, items, other)


def pairs_between(conn: sqlite3.Connection, one: int, other: int) -> list[tuple[int, int]]:
    """The pairs of items that must stay apart, by whatever ruling, of two stories."""
    rows = conn.execute(
        # CROSS: in this order, from the copies of the one
        """SELECT DISTINCT one, other FROM items AS here CROSS JOIN constraints ON one = here.id
        CROSS JOIN items AS there ON there.id = other
        WHERE here.story = ? AND there.story = ? AND kind = 'apart'""",
        (one, other),
    )
    return [(one, other) for one, other in rows]


def rulings_against(conn: sqlite3.Connection, items: Iterable[int], story: int) -> list[int]:
    """The rulings that keep any of these items apart from a story, the earliest first."""
    rows = conn.execute(
        # CROSS: in this order, from the items
        """SELECT DISTINCT ruling FROM json_each(?) CROSS JOIN constraints ON one = value
        CROSS JOIN items ON items.id = other WHERE story = ? AND kind = 'apart' ORDER BY ruling""",
        (array(items), story),
    )
    return [ruling for (ruling,) in rows]


def meetings(conn: sqlite3.Connection, ruling: int) -> list[int]:
    """The stories in which items stand together that a ruling alone ties."""
    rows = conn.execute(
        """SELECT DISTINCT here.story FROM constraints AS bound CROSS JOIN items AS here ON here.id = bound.one
        CROSS JOIN items AS there ON there.id = bound.other
        WHERE bound.ruling = ? AND bound.kind = 'together' AND there.story = here.story
            AND NOT EXISTS (SELECT 1 FROM constraints AS also WHERE also.one = here.id AND also.other = there.id
                AND also.kind = 'together' AND also.ruling != bound.ruling)
        ORDER BY here.story""",
        (ruling,),
    )
    return [story for (story,) in rows]


def merge_of(conn: sqlite3.Connection, one: int, other: int) -> int | None:
    """The first merge that ties two items."""
    row = conn.execute(
        """SELECT min(ruling) FROM constraints JOIN rulings ON rulings.id = ruling
        WHERE one = ? AND other = ? AND kind = 'together' AND verb = 'merge'""",
        (one, other),
    ).fetchone()
    found: int | None = row[0]
    return found


def tied(conn: sqlite3.Connection, item: int) -> int | None:
    """The first merge that ties an item to others of the story in which it stands."""
    row = conn.execute(
        """SELECT min(ruling) FROM constraints JOIN rulings ON rulings.id = ruling
        JOIN items AS here ON here.id = one JOIN items AS there ON there.id = other
        WHERE one = ? AND kind = 'together' AND verb = 'merge' AND +there.story = here.story""",
        (item,),
    ).fetchone()
    found: int | None = row[0]
    return found


def hand_on(conn: sqlite3.Connection, kind: Kind, item: int, heir: int) -> bool:
    """What binds an item binds another copy of its story as well, where no other one is bound by the same ruling;
    returns whether there was any such thing.

    What a merge tied to the heir itself is not its to inherit: with the last copy of the one text the merge is over.
    """
    rows = conn.execute(
        """SELECT bound.ruling, bound.other, bound.waiver FROM constraints AS bound
        CROSS JOIN items AS there ON there.id = bound.other CROSS JOIN items AS heir ON heir.id = ?2
        WHERE bound.one = ?1 AND bound.kind = ?3 AND bound.other != heir.id
            AND (?3 = 'apart') = (there.story != heir.story)
            AND NOT EXISTS (SELECT 1 FROM constraints AS tie WHERE tie.one = ?1 AND tie.other = heir.id
                AND tie.ruling = bound.ruling)
            AND NOT EXISTS (SELECT 1 FROM constraints AS same CROSS JOIN items AS here ON here.id = same.one
                WHERE same.other = bound.other AND same.ruling = bound.ruling AND same.kind = bound.kind
                    AND here.story = heir.story AND here.id != ?1)""",
        (item, heir, kind),
    ).fetchall()
    for ruling, other, waiver in rows:
        bind(conn, ruling, kind, [heir], [other], inherited=True, waiver=waiver)
    return bool(rows)
