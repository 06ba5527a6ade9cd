"""Entries of topics, loaded as stories: each is a story or an update of one, shown by one of its copies."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from feedhub.model import Copy, Story
from feedhub.store.many import array
from feedhub.store.merging import development, stories


class Slot(NamedTuple):
    """One entry: a story and the copy that it is shown by.

    `stamp` changes whenever the story does. `step` is the id of an entry for an update of the story. `alone`: the entry
    shows its own copy's changes only, as the updates have entries of their own.
    """

    story: int
    item: int
    stamp: tuple[str, int]
    source: str = ""  # told where a topic limits it
    step: str | None = None
    alone: bool = False


Read = Callable[[sqlite3.Connection, Sequence[Slot]], dict[int, Story]]


def read(conn: sqlite3.Connection, slots: Sequence[Slot]) -> dict[int, Story]:
    """The stories of these entries by row id, each shown by its copy."""
    shown = {slot.story: slot.item for slot in slots}
    return stories.by_id(conn, list(shown), shown)


def load(conn: sqlite3.Connection, slots: Sequence[Slot], read: Read = read) -> list[Story]:
    """The stories of these entries, each as it is shown; a step has its own id and times."""
    found = read(conn, [slot for slot in slots if not slot.step])
    return [story for slot in slots for story in _shown(conn, slot, found)]


def _shown(conn: sqlite3.Connection, slot: Slot, whole: Mapping[int, Story]) -> list[Story]:
    """An entry's story, none where it is gone."""
    if slot.step:
        found = stories.load(conn, [slot.story], {slot.story: slot.item})
    else:
        found = [whole[slot.story]] if slot.story in whole else []
    return [_by_itself(conn, story, slot) for story in found] if slot.alone else found


def _by_itself(conn: sqlite3.Connection, story: Story, slot: Slot) -> Story:
    """The story as one copy tells it."""
    shown = next(copy for copy in story.copies if copy.item_id == slot.item)
    dated, reworded = development.times(conn, shown)
    published = dated if slot.step else story.published
    own = [shown.item_id] if slot.step else _no_updates(conn, story.copies)
    copies = tuple(copy if copy.item_id in own else replace(copy, was_shown=False) for copy in story.copies)
    return replace(story, id=slot.step or story.id, published=published, updated=reworded or published, copies=copies)


def _no_updates(conn: sqlite3.Connection, copies: Sequence[Copy]) -> set[int]:
    """The items, of these copies, that are no updates with entries of their own."""
    updates = conn.execute(
        "SELECT item FROM json_each(?) JOIN steps ON item = value AND updates",
        (array(copy.item_id for copy in copies),),
    )
    return {copy.item_id for copy in copies} - {row[0] for row in updates}
