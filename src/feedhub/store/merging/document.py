"""A document compared with what is stored: which items are new, changed, or gone from the feed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from feedhub.dedup.case import Prepared
from feedhub.model import Item, Known, Listed
from feedhub.normalise import digest
from feedhub.store.merging.holdings import BRIEF, Holdings, guid_hash
from feedhub.store.merging.versions import Saved, Versions
from feedhub.store.polling import listing

MANY = 10  # entries of a document under unknown guids, when these are more than half: it has made them anew


class Document:
    """One document of one source against what is stored of that source.

    The rows that the last document listed are read once; each item is then told apart in memory.
    """

    def __init__(self, conn: sqlite3.Connection, versions: Versions, held: Holdings, source: str):
        self._conn, self._versions, self._source, self._now = conn, versions, source, versions.now
        self._guids = guids = held.guids[source]
        self.renamed = 0  # known items that came under other guids
        self._bound: set[int] = set()  # these
        self._listed, self._gone, self._purged = held.listed[source], held.gone[source], held.purged
        self._left = {guid: row["id"] for guid, row in self._listed.items()}
        orphans = [row for guid, row in self._listed.items() if guid not in guids]
        unknown = len(guids) - (len(self._listed) - len(orphans))
        self._churns = unknown > len(guids) / 2 and (unknown > MANY or unknown == len(guids))
        self._newest = max((row["published"] for row in self._listed.values()), default=self._now)
        self._recalled = False
        self._digests: dict[str, bytes] = {}  # of what it lists and is stored, by guid
        self._by_link: dict[tuple[str | None, str], sqlite3.Row] = {}
        self._by_title: dict[str, sqlite3.Row] = {}
        self._by_time: dict[tuple[str, int], sqlite3.Row] = {}
        self._by_digest = {row["digest"]: row for row in orphans}
        self._may_return(orphans)

    def tell(self, entry: Prepared | Listed, too_old: float) -> Saved | None:
        """Compare an entry with what is stored, and update its row; None where it is refused, or one more of the same.

        What was published before `too_old` and is not known was here before, and is not new.
        """
        if isinstance(entry, Listed):
            return self._confirm(entry)
        item = entry.item
        if item.guid not in self._listed and (item.published.timestamp() < too_old or self._refused(item.guid)):
            return None
        return self._save(entry)

    def _save(self, prepared: Prepared) -> Saved:
        """Update the item's row, or leave it alone; one that is new is given its id, and is to be inserted."""
        item, stamp = prepared.item, prepared.stamp or digest(prepared.item)
        self._digests[item.guid] = stamp
        self._left.pop(item.guid, None)
        row = self._listed.get(item.guid) or self._unlisted(item.guid) or self._renamed(item)
        if row is None:
            return Saved(self._versions.next_item(), "new", prepared=prepared, stamp=stamp)
        if row["digest"] == stamp:
            return self._versions.redate(row["id"], row["published"], item.published.timestamp())
        saved = self._versions.change(row["id"], prepared, stamp)
        if saved.state == "same":
            del self._digests[item.guid]  # it is not what is stored
        return saved

    def _confirm(self, listed: Listed) -> Saved | None:
        """An item that is listed as it is stored; None for one more of the same under another guid."""
        row = self._listed.get(listed.guid) or self._unlisted(listed.guid)
        if row is None:
            row = self._by_digest.get(listed.digest)
            if row is None or row["id"] in self._bound:
                return None
            self._rename(row, listed.guid)
        elif row["digest"] != listed.digest:
            return None  # it left the feed with other words: it is read the next time
        self._left.pop(listed.guid, None)
        self._digests[listed.guid] = listed.digest
        return self._versions.redate(row["id"], row["published"], listed.published.timestamp())

    def left(self, before: float | None = None) -> list[int]:
        """The items that its source listed before and does not list now; only older ones than `before`."""
        return [id for guid, id in self._left.items() if before is None or self._listed[guid]["published"] < before]

    def outline(self, items: Sequence[Prepared | Listed], marks: Sequence[tuple[bytes, float | None]]) -> list[Known]:
        """What the document listed, as far as it is stored; without `marks` nothing of it can be known by its bytes."""
        guids = [item.guid if isinstance(item, Listed) else item.item.guid for item in items]
        marked = zip(guids, marks or ((b"", None),) * len(guids), strict=True)
        return [
            Known(mark, guid, self._digests[guid], dated) for guid, (mark, dated) in marked if guid in self._digests
        ]

    def _refused(self, guid: str) -> bool:
        """Whether the item was here, was purged, and must not come back as new."""
        if not self._purged or (self._source, hashed := guid_hash(guid)) not in self._purged:
            return False
        self._conn.execute(
            "UPDATE tombstones SET at = ? WHERE source = ? AND guid_hash = ?", (self._now, self._source, hashed)
        )
        return True

    def _unlisted(self, guid: str) -> sqlite3.Row | None:
        """An item that had left the feed and is back."""
        row = self._gone.get(guid)
        if row:
            listing.come_back(self._conn, self._source, row["id"])
        return row

    def _renamed(self, item: Item) -> sqlite3.Row | None:
        """The same entry under a fresh guid: some feeds make new ones at every change of their software.

        It is taken for the same when the headline is, with the link, the time of publication or, where most guids are
        fresh, the text; and when the document no longer has the old guid. A site that moves often lists its archive
        again: then what left the feed before is looked at as well.
        """
        row = self._alike(item)
        at = item.published.timestamp()
        news = self._newest < at < self._now  # what is "now" has no date of its own
        if row is None and self._churns and not news and not self._recalled:
            self._recalled = True
            self._may_return(self._long_gone())
            row = self._alike(item)
        if row:
            self._rename(row, item.guid)
        return row

    def _alike(self, item: Item) -> sqlite3.Row | None:
        row = self._by_link.get((item.link, item.title)) if item.link else None
        row = row or self._by_time.get((item.title, round(item.published.timestamp()))) or self._same_text(item)
        return row if row and row["id"] not in self._bound else None

    def _same_text(self, item: Item) -> sqlite3.Row | None:
        row = self._by_title.get(item.title) if self._churns else None
        if row is None or (not item.text and item.published.timestamp() < self._now):
            return None  # a headline alone that has another date and address is published again
        text = self._conn.execute("SELECT text FROM items WHERE id = ?", (row["id"],)).fetchone()[0]
        return row if text == item.text else None

    def _may_return(self, rows: Iterable[sqlite3.Row]) -> None:
        """Let these be found under other guids."""
        for row in rows:
            self._by_link.setdefault((row["link"], row["title"]), row)
            if row["title"]:
                self._by_title.setdefault(row["title"], row)
                self._by_time.setdefault((row["title"], round(row["published"])), row)

    def _long_gone(self) -> list[sqlite3.Row]:
        rows = self._conn.execute(
            f"""SELECT {BRIEF} FROM items WHERE source = ?1
            AND id NOT IN (SELECT item FROM listed WHERE source = ?1)""",  # noqa: S608
            (self._source,),
        )
        return [row for row in rows if row["guid"] not in self._guids]

    def _rename(self, row: sqlite3.Row, guid: str) -> None:
        self.renamed += 1
        self._bound.add(row["id"])
        self._left.pop(row["guid"], None)
        self._conn.execute("UPDATE items SET guid = ? WHERE id = ?", (guid, row["id"]))
        if row["guid"] not in self._listed:
            listing.come_back(self._conn, self._source, row["id"])
