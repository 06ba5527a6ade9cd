"""What the editors' rulings bind, as the merge asks for it with every item."""

from __future__ import annotations

import sqlite3
from collections import defaultdict


class Word:
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
        """Whether an editor said that an item belongs with another; asked seldom, so not kept."""
        bound = "SELECT 1 FROM constraints WHERE kind = 'together' AND ? IN (one, other)"
        return self._conn.execute(bound, (item_id,)).fetchone() is not None

    def apart(self, one: int, other: int) -> bool:
        """Whether two stories must not become one."""
        self._load()
        if not self._apart:
            return False
        items = {row[0] for row in self._conn.execute("SELECT id FROM items WHERE story = ?", (one,))}
        return any(other in self.forbidden(item) for item in items & self._apart.keys())

    def hold(self, story: int) -> None:
        """Let a story hold several texts."""
        self._load()
        self._conn.execute("INSERT OR IGNORE INTO manifold VALUES (?)", (story,))
        self._manifold |= {story}

    def let_go(self, story: int) -> None:
        """A merge was taken back: the story holds one text again, unless an update joined it as well."""
        steps = "SELECT 1 FROM items JOIN steps ON steps.item = items.id WHERE story = ? AND updates"
        if self._conn.execute(steps, (story,)).fetchone() is None:
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
            self._apart[other].add(one)
        self._apart = dict(self._apart)
        self._manifold = frozenset(row[0] for row in self._conn.execute("SELECT story FROM manifold"))


def hand_on(conn: sqlite3.Connection, item: int, heir: int) -> None:
    """What binds an item binds another one as well, that was a copy of its story and stands for what is left of it."""
    conn.execute(
        """INSERT OR IGNORE INTO constraints SELECT ruling, kind, min(?2, bound.other), max(?2, bound.other) FROM
            (SELECT ruling, kind, CASE one WHEN ?1 THEN other ELSE one END AS other FROM constraints
            WHERE one = ?1 OR other = ?1) AS bound JOIN items ON items.id = bound.other
        WHERE bound.other != ?2 AND (kind = 'apart') = (story != (SELECT story FROM items WHERE id = ?2))""",
        (item, heir),
    )
