"""A document's items stored: new ones are placed in a story, changed ones are judged again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedhub.dedup.case import Prepared
from feedhub.dedup.lineage import withdraws
from feedhub.dedup.revision import figures
from feedhub.model import Item, Listed, Placement
from feedhub.store.merging import electing, ending, matching, rejudging, relations, revising, verdicts
from feedhub.store.merging.candidates import find_place
from feedhub.store.merging.document import Document
from feedhub.store.merging.fresh import name_again
from feedhub.store.merging.lately import Brief, Lately
from feedhub.store.merging.rows import Words
from feedhub.store.merging.versions import Saved, Versions
from feedhub.store.publishing import words


@dataclass
class Tally:
    """What storing a document changed."""

    new: int = 0
    published: list[datetime] = field(default_factory=list)  # of what is new
    merged: int = 0  # of the new ones, those that joined a story
    wire: int = 0  # of the new ones, those that credit an agency
    changed: int = 0
    renamed: int = 0  # known items that came under other guids
    renewed: dict[int, float] = field(default_factory=dict)  # stories that count as changed, and when each last had
    flood: str | None = None  # what was held back from topics
    stories: set[int] = field(default_factory=set)
    lone: dict[int, Item] = field(default_factory=dict)  # of these, those that it opened, and that have one copy
    topics: set[str] = field(default_factory=set)  # that lost an entry


class Arrivals:
    """Stores the items of one document, and tallies what that changed."""

    def __init__(self, conn: sqlite3.Connection, lately: Lately, versions: Versions):
        self._conn, self._lately, self._versions, self._now = conn, lately, versions, versions.now
        self.tally = Tally()

    def take(self, document: Document, entries: Iterable[Prepared | Listed], too_old: float) -> None:
        """Save and place what a document lists, the oldest first: feeds mostly list the newest first.

        What was published before `too_old` and is not known was here before, and is not new.
        """
        for entry in sorted(entries, key=published):
            if saved := document.tell(entry, too_old):
                self.accept(saved)
        self.tally.renamed = document.renamed

    def accept(self, saved: Saved) -> None:
        """Place a new item, judge a changed one again."""
        if saved.state == "same":
            return
        if saved.prepared:
            self._lately.put(saved.item_id, saved.prepared.subject)
        if saved.state == "new":
            self._add(saved)
        else:
            self._change(saved)

    def _add(self, saved: Saved) -> None:
        """Find the story of a new item and store it there."""
        assert saved.prepared
        item = saved.prepared.item
        self.tally.new += 1
        self.tally.published.append(item.published)
        self.tally.wire += item.credit.agency is not None
        self._place(saved, saved.prepared)
        self._lately.add(saved.item_id, saved.prepared, self._now)

    def _place(self, saved: Saved, prepared: Prepared) -> None:
        lately, item = self._lately, prepared.item
        placement = find_place(lately, saved.item_id, prepared)
        story, share = matching.story_for(lately, placement, prepared)
        self._versions.add(saved, story, share)
        at = item.published.timestamp()
        lately.know(Brief(saved.item_id, story, at, item.language, len(prepared.keys), item.source_id))
        if placement.story is None:
            self.tally.lone[story] = item
        else:
            self.tally.merged += 1
        self._conclude(placement, prepared, story)
        if placement.updates:
            self._bring_up_to_date(placement, item, story)
        elif placement.beside in lately.turned and self._stands_again(placement, story):
            self._renew(story)

    def _conclude(self, placement: Placement, prepared: Prepared, story: int) -> None:
        """Bring a story that an item has entered up to date, and end the stories that it absorbs."""
        tally = self.tally
        tally.stories |= relations.link(self._conn, story, placement.related)
        tally.topics |= matching.apply(self._conn, self._lately, placement, prepared, story)
        if placement.story is not None or placement.absorbs:
            for known in (story, *placement.absorbs):
                tally.lone.pop(known, None)
        tally.stories -= set(placement.absorbs)
        tally.stories.add(story)

    def _bring_up_to_date(self, placement: Placement, item: Item, story: int) -> None:
        """An update replaces a story's figures: mark the copies that still carry the old ones."""
        old = self._conn.execute("SELECT title, text FROM items WHERE id = ?", (placement.beside,)).fetchone()
        changed = figures((old["title"], item.title), (old["text"], item.text), item.language)
        revising.correct(self._conn, placement.item_id, changed, self._now)
        self._renew(story)

    def _renew(self, story: int) -> None:
        """Let the story count as changed for readers."""
        before = self._conn.execute("SELECT updated FROM stories WHERE id = ?", (story,)).fetchone()[0]
        self.tally.renewed.setdefault(story, before)
        self._conn.execute("UPDATE stories SET updated = ? WHERE id = ?", (self._now, story))

    def _change(self, saved: Saved) -> None:
        """Judge again an item whose words, or what surrounds them, have changed."""
        assert saved.story is not None
        self.tally.changed += 1
        self._lately.moved(saved.item_id)
        if saved.before is None:
            self.tally.stories.add(saved.story)
            return
        assert saved.prepared
        prepared = self._as_it_changed(saved.item_id, saved.before, saved.prepared)
        self._revise(saved, saved.before, prepared, saved.story)
        if prepared.step != "withdrawal":  # that is found by what it was alone
            self._lately.renew(saved.item_id, saved.prepared)

    def _revise(self, saved: Saved, before: Words, prepared: Prepared, story: int) -> None:
        """The words have changed: the story counts as changed if it is shown by them, and the item may have to move."""
        words.replace(self._conn, saved.item_id, before, prepared.item)
        after = Words(prepared.item.title, prepared.item.text, prepared.item.language)
        revising.record(self._conn, saved.item_id, before, after, self._now)
        self._lately.revised(saved.item_id)
        shown = saved.item_id == self._shown(story)
        told = shown or (prepared.step == "withdrawal" and self._opened(saved.item_id, story))
        matching.step_again(self._conn, saved.item_id, prepared.step, shown=told)
        if told:
            self._renew(story)
        placement = rejudging.placed_anew(self._conn, self._lately, saved.item_id, story, before, prepared)
        if placement and placement.story != story:
            self._move(placement, prepared, story)
        else:
            verdicts.note_again(self._conn, placement)
            self._settle(saved.item_id, prepared, story)
            self.tally.stories.add(story)

    def _as_it_changed(self, item_id: int, before: Words, prepared: Prepared) -> Prepared:
        """What has changed may withdraw what it was, and is a step of its story by that; what said so from the first
        reports of another one's.
        """
        if not withdraws(prepared.item.title, prepared.item.text):
            return prepared
        its_own = self._is_withdrawn(item_id) or not withdraws(before.title, before.text)
        return replace(prepared, step="withdrawal") if its_own else prepared

    def _stands_again(self, placement: Placement, story: int) -> bool:
        """Whether a story whose shown copy was withdrawn is now shown by another outlet's copy of the same."""
        self._lately.fresh.write()
        gone = placement.beside is not None and self._is_withdrawn(placement.beside)
        return gone and self._shown(story) == placement.item_id

    def _is_withdrawn(self, item_id: int) -> bool:
        question = "SELECT 1 FROM steps WHERE item = ? AND step = 'withdrawal'"
        return self._conn.execute(question, (item_id,)).fetchone() is not None

    def _shown(self, story: int) -> int:
        """The copy that stands for a story."""
        canonical: int = self._conn.execute("SELECT canonical FROM stories WHERE id = ?", (story,)).fetchone()[0]
        return canonical

    def _opened(self, item_id: int, story: int) -> bool:
        """Whether an item came first of its story; then readers are told of its withdrawal."""
        first: int = self._conn.execute("SELECT min(id) FROM items WHERE story = ?", (story,)).fetchone()[0]
        return item_id == first

    def _settle(self, item_id: int, prepared: Prepared, story: int) -> None:
        """Bring a story up to date after the words of one of its copies have changed."""
        if prepared.step == "withdrawal":
            revising.retract(self._conn, item_id)
            electing.settle_without(self._conn, self._lately, story)
        else:
            electing.measure(self._conn, self._lately, story, item_id)
            electing.elect(self._conn, story)

    def _move(self, placement: Placement, prepared: Prepared, story: int) -> None:
        """Let a changed item leave its story for another, or for one of its own."""
        core = self._conn.execute("SELECT core FROM stories WHERE id = ?", (story,)).fetchone()[0]
        self._conn.execute("DELETE FROM steps WHERE item = ?", (placement.item_id,))
        uuid = name_again(self._conn, placement.item_id) if placement.story is None else None
        fresh, share = matching.story_for(self._lately, placement, prepared, uuid)
        self._lately.fresh.write()
        if uuid:
            self._renew(fresh)
        self._conn.execute("UPDATE items SET story = ?, share = ? WHERE id = ?", (fresh, share, placement.item_id))
        if core != placement.item_id:
            electing.elect(self._conn, story)
            left = True
        else:
            left = electing.settle_without(self._conn, self._lately, story)
        if left:
            self.tally.stories.add(story)
            self._lately.constraints.left(placement.item_id, story)
        else:
            self.tally.topics |= ending.dissolve(self._conn, story, fresh, of=placement.item_id)
            self.tally.stories.discard(story)
        if placement.story is not None:
            verdicts.reconsider(self._conn, placement.item_id)
        self._conclude(placement, prepared, fresh)


def published(entry: Prepared | Listed) -> datetime:
    """When an entry of a document was published."""
    return entry.published if isinstance(entry, Listed) else entry.item.published
