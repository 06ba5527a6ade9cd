"""A placement carried out: stories opened, joined and absorbed, and which step of a running story an item is."""

from __future__ import annotations

import sqlite3
from functools import partial
from uuid import uuid4

from feedhub.dedup.case import Prepared
from feedhub.dedup.headline import NAMESAKE
from feedhub.dedup.lineage import Step
from feedhub.dedup.subject import share
from feedhub.model import Placement
from feedhub.store.merging import electing, ending, revising, verdicts
from feedhub.store.merging.electing import MOST_COPIES
from feedhub.store.merging.lately import Lately


def story_for(lately: Lately, placement: Placement, prepared: Prepared, uuid: str | None = None) -> tuple[int, float]:
    """The story that an item enters, opened if need be, and the item's share of its text; the item's row comes next.

    `uuid`: the id of one that lives again.
    """
    if placement.story is None:
        story = lately.fresh.open_story(placement.item_id, prepared.item.published, prepared.terms, uuid)
        lately.led(story, placement.item_id)
        return story, 1.0
    core = lately.cores([placement.story])[placement.story]
    return placement.story, share(prepared.subject, lately.subject(core.item_id))


def apply(conn: sqlite3.Connection, lately: Lately, placement: Placement, prepared: Prepared, story: int) -> set[str]:
    """Bring up to date the story that an item entered; returns the topics that lost a story absorbed by it."""
    if prepared.step:
        lately.fresh.then(partial(take_step, conn, placement.item_id, prepared.step, updates=placement.updates))
    if placement.updates:
        lately.constraints.hold(story)
    for beside, verdict in placement.turned_down:
        lately.fresh.judge(verdicts.row(placement.item_id, beside, verdict, decided=False))
    if placement.story is not None:
        assert placement.verdict is not None
        assert placement.beside is not None
        lately.fresh.judge(verdicts.row(placement.item_id, placement.beside, placement.verdict))
        leads = placement.core != lately.cores([story])[story].item_id
        newest = lately.fresh.next_item() - 1
        lately.fresh.then(partial(_settle_in, conn, lately, placement, story, newest, leads=leads))
        if leads and (placement.updates or not _has_room(conn, lately, story)):
            lately.fresh.write()  # what it brings up to date is read; a full story keeps its core
        elif leads:
            lately.led(story, placement.core)  # what is placed next is compared with the new core
    if placement.absorbs:
        lately.fresh.write()  # what it absorbs is read
    absorbed = [other for other in placement.absorbs if not lately.constraints.apart(other, story)]
    return {topic for other in absorbed for topic in _absorb(conn, lately, other, story, placement)}


def _settle_in(
    conn: sqlite3.Connection, lately: Lately, placement: Placement, story: int, newest: int, *, leads: bool
) -> None:
    """Weigh an item against the other copies of the story that it has joined, those up to the item that was the newest
    when it did. `leads`: the story has another core copy by it.
    """
    if not _full(conn, story, newest):
        if leads:
            electing.lead(conn, lately, story, placement.core)
        electing.elect(conn, story, upto=newest)
    revising.catch_up(conn, placement.item_id)


def _full(conn: sqlite3.Connection, story: int, upto: int, most: int = MOST_COPIES) -> bool:
    """Whether a story has so many copies that another need not be weighed: work stays linear under a flood."""
    copies = "SELECT count(*) FROM (SELECT 1 FROM items WHERE story = ? AND id <= ? LIMIT ?)"
    return bool(conn.execute(copies, (story, upto, most + 1)).fetchone()[0] > most)


def _has_room(conn: sqlite3.Connection, lately: Lately, story: int) -> bool:
    """Whether a story is not full even if all that is kept back is its own."""
    most = MOST_COPIES - lately.fresh.kept
    return most >= 0 and not _full(conn, story, electing.LAST, most)


def take_step(conn: sqlite3.Connection, item_id: int, step: Step, *, updates: bool, was_shown: bool = False) -> None:
    """Keep which step of a running story an item says it is, and whether it brings that up to date; of a withdrawal,
    whether readers were shown the story by what it withdraws: that stays so when the notice is reworded.
    """
    conn.execute(
        """INSERT INTO steps (item, step, updates, uuid, was_shown) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (item) DO UPDATE SET step = excluded.step, updates = excluded.updates,
            was_shown = excluded.was_shown OR (was_shown AND excluded.step = 'withdrawal')""",
        (item_id, step, updates, str(uuid4()), was_shown),
    )


def step_again(conn: sqlite3.Connection, item_id: int, step: Step | None, *, shown: bool) -> None:
    """An item says of itself that it is another step, or none: desks write a flash over under its guid.

    What brought its story up to date does so still. `shown`: readers were shown the story by it, or it came first.
    """
    row = conn.execute("SELECT updates FROM steps WHERE item = ?", (item_id,)).fetchone()
    brought = row is not None and bool(row["updates"])
    if step or brought:
        take_step(conn, item_id, step or "update", updates=brought, was_shown=shown and step == "withdrawal")
    else:
        conn.execute("DELETE FROM steps WHERE item = ?", (item_id,))


def _absorb(conn: sqlite3.Connection, lately: Lately, other: int, story: int, placement: Placement) -> frozenset[str]:
    """Absorb a story that is a bare headline."""
    copies = [row[0] for row in conn.execute("SELECT id FROM items WHERE story = ?", (other,))]
    for item_id in copies:
        verdicts.reconsider(conn, item_id)
        lately.fresh.judge(verdicts.row(item_id, placement.item_id, NAMESAKE))
        lately.moved(item_id)
    conn.execute("UPDATE items SET story = ? WHERE story = ?", (story, other))
    topics = ending.dissolve(conn, other, into=story, of=copies[0] if len(copies) == 1 else None)
    electing.lead(conn, lately, story, conn.execute("SELECT core FROM stories WHERE id = ?", (story,)).fetchone()[0])
    electing.elect(conn, story)
    return topics
