"""Items as rows: what is new, what has changed, and what it was before."""

from __future__ import annotations

import html as markup
import sqlite3
from dataclasses import dataclass, replace
from typing import Literal

import orjson

from feedhub.dedup.case import Prepared
from feedhub.store.merging.fresh import Fresh
from feedhub.store.merging.rows import Words
from feedhub.store.times import at, seconds
from feedhub.text import fold

MOST_REVISIONS = 50  # of one item's words, and as many of its date: some pages change with every poll


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one item; `before` is given when its words changed, not only its trimmings."""

    item_id: int
    state: Literal["new", "changed", "same"]
    story: int | None = None
    before: Words | None = None
    prepared: Prepared | None = None  # of what is new or changed
    stamp: bytes = b""  # the digest of what is new


class Versions:
    """Writes what items say at one time; what they said before is kept as revisions."""

    def __init__(self, conn: sqlite3.Connection, fresh: Fresh, now: float):
        self._conn, self._fresh, self.now = conn, fresh, now

    def next_item(self) -> int:
        """The number of the next item."""
        return self._fresh.next_item()

    def add(self, saved: Saved, story: int, share: float) -> None:
        """Add what is new, where it belongs: written once, as its row is the widest of all."""
        assert saved.prepared
        item = saved.prepared.item
        self._fresh.add(
            saved.item_id,
            (
                item.source_id, item.guid, story, saved.stamp, item.published.timestamp(), seconds(item.updated),
                self.now, item.complete, share, *_content(saved.prepared),
            ),
        )  # fmt: skip

    def change(self, item_id: int, prepared: Prepared, stamp: bytes) -> Saved:
        """Store an item's new words; a mere beginning of its present text is no change."""
        self._fresh.write()
        old = self._conn.execute(
            "SELECT published, story, language, link, title, text, html FROM items WHERE id = ?", (item_id,)
        ).fetchone()
        prepared = self._dated(prepared, old["published"])
        item = prepared.item
        if not item.complete and len(item.text) < len(old["text"]):
            return Saved(item_id, "same")
        significant = fold(old["title"]) != fold(item.title) or fold(old["text"]) != fold(item.text)
        published = item.published.timestamp()
        redated = self._redated(old["published"], published)
        if significant:
            self._keep(item_id, old, redated)
        elif redated:
            self._keep_date(item_id, old["published"])
        self._conn.execute(
            """UPDATE items SET digest = ?, published = ?, updated = ?, complete = ?, length = ?,
                language = ?, agency = ?, place = ?, byline = ?, author = ?, image = ?, link = ?, title = ?,
                tags = ?, enclosures = ?, evidence = ?, text = ?, html = ? WHERE id = ?""",
            (stamp, published, seconds(item.updated), item.complete, *_content(prepared), item_id),
        )
        before = Words(old["title"], old["text"], old["language"]) if significant else None
        return Saved(item_id, "changed", old["story"], before, prepared)

    def redate(self, item_id: int, old: float, published: float) -> Saved:
        """Store another date of an item whose words are the same."""
        if not self._redated(old, published):
            return Saved(item_id, "same")
        self._fresh.write()
        self._keep_date(item_id, old)
        story = self._conn.execute(
            "UPDATE items SET published = ? WHERE id = ? RETURNING story", (published, item_id)
        ).fetchone()[0]  # the round may have moved it since the row was read
        return Saved(item_id, "changed", story)

    def _dated(self, prepared: Prepared, old: float) -> Prepared:
        """With the date that is stored, and that the next poll compares, where an item has none: "now" is made up."""
        if prepared.item.published.timestamp() < self.now:
            return prepared
        return replace(prepared, item=replace(prepared.item, published=at(old)))

    def _redated(self, old: float, new: float) -> bool:
        """Whether an item was given another date; one that is "now" is made up for want of a date."""
        return new < self.now and abs(new - old) >= 1

    def _keep(self, item_id: int, old: sqlite3.Row, redated: bool) -> None:
        """Add what an item was to its revisions, with its date where that is another one now."""
        published = old["published"] if redated else None
        self._conn.execute(
            """INSERT INTO revisions (item, replaced, newest, published, language, link, title, text, html)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                item_id, self.now, self.next_item() - 1, published,
                old["language"], old["link"], old["title"], old["text"], old["html"],
            ),
        )  # fmt: skip
        self._thin_out("text IS NOT NULL", item_id)

    def _keep_date(self, item_id: int, old: float) -> None:
        """Add a revision of the date alone."""
        self._conn.execute(
            "INSERT INTO revisions (item, replaced, newest, published, kinds) VALUES (?, ?, ?, ?, 'date')",
            (item_id, self.now, self.next_item() - 1, old),
        )
        self._thin_out("text IS NULL", item_id)

    def _thin_out(self, which: str, item_id: int) -> None:
        """Of such revisions the first and the latest are kept, however often an item changes."""
        self._conn.execute(
            f"""DELETE FROM revisions WHERE id IN (
                SELECT id FROM revisions WHERE item = ? AND {which} ORDER BY id DESC LIMIT -1 OFFSET ?
            ) AND id != (SELECT min(id) FROM revisions WHERE item = ? AND {which})""",  # noqa: S608
            (item_id, MOST_REVISIONS - 1, item_id),
        )


def _content(prepared: Prepared) -> tuple[object, ...]:
    item, credit = prepared.item, prepared.item.credit
    return (
        len(item.text), item.language,
        credit.agency, credit.place, credit.byline, item.author, item.image, item.link, item.title,
        _json(item.tags), _json([(e.url, e.type, e.length) for e in item.enclosures]), _json(credit.evidence),
        item.text, None if item.html == markup.escape(item.text, quote=False) else item.html,
    )  # fmt: skip


def _json(values: object) -> str | None:
    return orjson.dumps(values).decode() if values else None
