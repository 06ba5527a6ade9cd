"""A placement carried out: stories opened and joined, their core and canonical copies chosen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from uuid import uuid4

from feedhub.dedup.case import Prepared
from feedhub.dedup.core import WHOLE, Print, best_borne_out
from feedhub.dedup.headline import NAMESAKE
from feedhub.dedup.lineage import Step
from feedhub.dedup.subject import share
from feedhub.model import Placement
from feedhub.store.merging import relations, verdicts
from feedhub.store.merging.lately import Lately
from feedhub.store.merging.rows import LIKE, OWN

BETTER = 1.2  # times as long must a text be to take a story's first place: the first place should not wander
MOST_NAMES = 200  # addresses of ended stories that lead to one; two items that take turns make ever new ones
MOST_COPIES = 200  # that take part in a story; more are stored with it, and change nothing


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
        take_step(conn, placement.item_id, prepared.step, updates=placement.updates)
    if placement.updates:
        lately.constraints.hold(story)
    for beside, verdict in placement.turned_down:
        verdicts.note(conn, placement.item_id, beside, verdict, decided=False)
    if placement.story is not None:
        assert placement.verdict is not None
        assert placement.beside is not None
        verdicts.note(conn, placement.item_id, placement.beside, placement.verdict)
        if not _full(conn, story):
            if placement.core != lately.cores([story])[story].item_id:
                lead(conn, lately, story, placement.core)
            elect(conn, story)
    absorbed = [other for other in placement.absorbs if not lately.constraints.apart(other, story)]
    return {topic for other in absorbed for topic in _absorb(conn, lately, other, story, placement)}


def _full(conn: sqlite3.Connection, story: int) -> bool:
    """Whether a story has so many copies that another need not be weighed: work stays linear under a flood."""
    copies = "SELECT count(*) FROM (SELECT 1 FROM items WHERE story = ? LIMIT ?)"
    return bool(conn.execute(copies, (story, MOST_COPIES + 1)).fetchone()[0] > MOST_COPIES)


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
        verdicts.note(conn, item_id, placement.item_id, NAMESAKE)
        lately.moved(item_id)
    conn.execute("UPDATE items SET story = ? WHERE story = ?", (story, other))
    topics = dissolve(conn, other, into=story, of=copies[0] if len(copies) == 1 else None)
    lead(conn, lately, story, conn.execute("SELECT core FROM stories WHERE id = ?", (story,)).fetchone()[0])
    elect(conn, story)
    return topics


def lead(conn: sqlite3.Connection, lately: Lately, story: int, item_id: int) -> None:
    """Make an item the core of its story, and measure the other copies' shares against its text."""
    conn.execute("UPDATE stories SET core = ? WHERE id = ?", (item_id, story))
    lately.led(story, item_id)
    lately.stir(story)
    core = lately.subject(item_id)
    copies = conn.execute(
        "SELECT id, share FROM items WHERE story = ? ORDER BY published, id LIMIT ?", (story, MOST_COPIES)
    ).fetchall()
    shares = [(share(lately.subject(id), core), id, told) for id, told in copies]
    conn.executemany("UPDATE items SET share = ? WHERE id = ?", [(now, id) for now, id, told in shares if now != told])


def measure(conn: sqlite3.Connection, lately: Lately, story: int, item_id: int) -> None:
    """Measure a changed copy's share of its story's text anew; if it is the core, those of all copies."""
    core = conn.execute("SELECT core FROM stories WHERE id = ?", (story,)).fetchone()[0]
    if core == item_id:
        lead(conn, lately, story, core)
        return
    has = share(lately.subject(item_id), lately.subject(core))
    conn.execute("UPDATE items SET share = ? WHERE id = ?", (has, item_id))
    lately.stir(story)


def elect(conn: sqlite3.Connection, story: int) -> None:
    """Choose the copy that stands for the story.

    The latest update, or what its source told in full after it; without one the agency's own outlet, else the fullest
    that has the core's text, else the earliest. Of withdrawn copies, the agency's own alone while others stand.
    """
    rows = conn.execute(
        f"""SELECT items.id, source, length, outlet, share, {OWN} AS own,
            coalesce(updates, 0) AS updates, step, canonical, outlets
        FROM stories JOIN items ON items.story = stories.id JOIN sources ON sources.id = items.source
        LEFT JOIN steps ON steps.item = items.id
        WHERE stories.id = ?1 AND (items.id = canonical OR items.id IN (
            SELECT id FROM items WHERE story = ?1 ORDER BY published, id LIMIT ?2
        )) ORDER BY items.published, items.id""",  # noqa: S608
        (story, MOST_COPIES),
    ).fetchall()
    standing = [row for row in rows if row["step"] != "withdrawal" or row["own"]] or rows
    chosen = _latest_step(standing) or _fullest(standing)
    outlets = len({row["outlet"] for row in rows})
    if chosen["id"] != rows[0]["canonical"]:
        conn.execute("UPDATE stories SET canonical = ? WHERE id = ?", (chosen["id"], story))
    if outlets != rows[0]["outlets"]:
        conn.execute("UPDATE stories SET outlets = ? WHERE id = ?", (outlets, story))


def recount(conn: sqlite3.Connection, sources: Iterable[str]) -> None:
    """Count the outlets of stories anew that these sources, whose outlets have other names now, printed with others."""
    conn.executemany(
        """UPDATE stories SET outlets = (
            SELECT count(DISTINCT outlet) FROM items JOIN sources ON sources.id = source
            WHERE items.id = canonical OR items.id IN (
                SELECT id FROM items WHERE story = stories.id ORDER BY published, id LIMIT ?2
            ))
        WHERE id IN (SELECT story FROM items AS one WHERE source = ?1
            AND EXISTS (SELECT 1 FROM items WHERE story = one.story AND id != one.id))""",
        [(source, MOST_COPIES) for source in sources],
    )


def _latest_step(rows: Sequence[sqlite3.Row]) -> sqlite3.Row | None:
    """The last update of a running story. Its source may go on without a word that it does: with all that is told by
    now, and more than the update was.
    """
    later: list[sqlite3.Row] = []
    for row in reversed(rows):
        if row["updates"]:
            goes_on = (one for one in later if one["source"] == row["source"])
            return next((one for one in goes_on if one["share"] > WHOLE and one["length"] > row["length"]), row)
        later.append(row)
    return None


def _fullest(rows: Sequence[sqlite3.Row]) -> sqlite3.Row:
    """The agency's own, else the fullest; the one that stands for the story already, while no other is clearly more."""
    chosen = next((row for row in rows if row["id"] == row["canonical"]), rows[0])
    for row in rows:
        if row["share"] < LIKE:
            continue
        fuller = chosen["share"] <= WHOLE or row["length"] > BETTER * chosen["length"]
        if row["own"] > chosen["own"] or (row["own"] == chosen["own"] and fuller and row["share"] > WHOLE):
            chosen = row
    return chosen


def succeeding(conn: sqlite3.Connection, lately: Lately, story: int) -> int | None:
    """The copy that leads a story whose core is gone; None where no copy is left. One that was withdrawn leads only
    where all were.
    """
    rows = conn.execute(
        """SELECT id, source, step IS 'withdrawal' AS gone FROM items LEFT JOIN steps ON item = id
        WHERE story = ? ORDER BY gone, published, id LIMIT ?""",
        (story, MOST_COPIES),
    ).fetchall()
    left = [row for row in rows if row["gone"] == rows[0]["gone"]]
    return (
        best_borne_out({row["id"]: Print(row["source"], lately.subject(row["id"])) for row in left}) if rows else None
    )


def settle_without(conn: sqlite3.Connection, lately: Lately, story: int) -> bool:
    """Let a story that a copy has left choose again who leads and stands for it; False where no copy is left."""
    lately.moved()
    heir = succeeding(conn, lately, story)
    if heir is None:
        return False
    lead(conn, lately, story, heir)
    elect(conn, story)
    return True


def dissolve(conn: sqlite3.Connection, story: int, into: int, of: int | None = None) -> frozenset[str]:
    """End a story whose copies are another's now; returns the topics it stood in.

    Its address leads to the other from now on; if it was the story `of` one item, until that leaves again. No page of
    an archive shows it unless it was kept for one.
    """
    topics = frozenset(row[0] for row in conn.execute("SELECT topic FROM entries WHERE story = ?", (story,)))
    conn.execute(
        "INSERT INTO merged (uuid, story, item) SELECT uuid, ?, ? FROM stories WHERE id = ?", (into, of, story)
    )
    conn.execute("UPDATE merged SET story = ? WHERE story = ?", (into, story))
    conn.execute(
        """DELETE FROM merged
        WHERE uuid IN (SELECT uuid FROM merged WHERE story = ? ORDER BY uuid DESC LIMIT -1 OFFSET ?)""",
        (into, MOST_NAMES),
    )
    conn.execute("DELETE FROM history WHERE story = ? AND story NOT IN (SELECT story FROM archived)", (story,))
    forget(conn, [story])
    return topics


def forget(conn: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Delete stories and what points to them; their items are the caller's business."""
    gone = [(id,) for id in ids]
    conn.executemany("DELETE FROM entries WHERE story = ?", gone)
    for (id,) in gone:
        relations.unlink(conn, id, relations.related(conn, id))
    conn.executemany("DELETE FROM merged WHERE story = ?", gone)
    conn.executemany("DELETE FROM manifold WHERE story = ?", gone)
    conn.executemany("DELETE FROM held_back WHERE story = ?", gone)
    conn.executemany("DELETE FROM to_relate WHERE story = ?", gone)
    conn.executemany("DELETE FROM stories WHERE id = ?", gone)
