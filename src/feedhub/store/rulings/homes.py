"""Where copies belong when rulings are undone in another order than that in which they were made.

A copy may have been split off a story that has ended in another one since, or that was another's when it was split off.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import orjson

from feedhub.store.rulings.docket import Docket

Lead = tuple[int | None, int | None]  # core and canonical copy of a story
Part = Literal["kept", "ended", "from"]  # that a story plays in a merge or a split
_LED: tuple[Part, ...] = get_args(Part)


def home(docket: Docket, number: int, split: dict[str, Any], ruled: float) -> int | None:
    """The story to which a copy returns: that which it left; or, if a merge had made it that one and has been undone
    since, that which the copy had stood in before, while this has copies, or another merge made it a third one.
    """
    name = _name(docket, number, split, ruled)
    story = docket.named(name)
    if story is None or name == split["from"] or docket.uuid(story) == name or merged_by(docket, name):
        return story
    return None


def merged_by(docket: Docket, name: str) -> int | None:
    """The merge that stands by which a story has ended in another one."""
    standing = "SELECT id FROM rulings WHERE verb = 'merge' AND undone IS NULL AND json_extract(facts, '$.ended') = ?"
    row = docket.conn.execute(standing, (name,)).fetchone()
    return None if row is None else row[0]


def _name(docket: Docket, number: int, split: dict[str, Any], ruled: float) -> str:
    merges = docket.conn.execute(
        """SELECT id, facts, at, undone FROM rulings WHERE verb = 'merge' AND id < ? AND coalesce(undone, ?) >= ?
        ORDER BY id DESC""",
        (number, ruled, ruled),
    ).fetchall()
    home: str = split["from"]
    name = home
    for id, facts, at, undone in merges:
        merge = orjson.loads(facts)
        if merge["kept"] == name and split["item"] in brought(docket, id, merge, at):
            name = merge["ended"]
            home = name if undone else home
    return home


def brought(docket: Docket, number: int, merge: dict[str, Any], ruled: float) -> list[int]:
    """The copies of the story that a merge ended, with those that had been split off it before and came back since."""
    names = {merge["ended"], *merge.get("before", {}).get("names", ())}
    undone = docket.conn.execute(
        "SELECT id, facts, at FROM rulings WHERE verb = 'split' AND id < ? AND undone >= ?", (number, ruled)
    ).fetchall()
    splits = [(id, orjson.loads(facts), at) for id, facts, at in undone]
    returned = [split["item"] for id, split, at in splits if _name(docket, id, split, at) in names]
    return [*merge["items"], *returned]


def stood(docket: Docket, number: int, name: str, ruled: float) -> Lead | None:
    """How a story stood before the first merge or split of it, of those that were made before a ruling and undone after
    it: what the ruling itself recorded is outdated then, as what that first one did may be. None where it is not.
    """
    rows = docket.conn.execute(
        "SELECT id, facts, at FROM rulings WHERE verb IN ('merge', 'split') AND id < ? AND undone >= ? ORDER BY id",
        (number, ruled),
    )
    for id, text, at in rows.fetchall():
        facts = orjson.loads(text)
        for part in _LED:
            if facts.get(part) == name:
                return stood(docket, id, name, at) or lead(facts, part)
        if "from" in facts and _name(docket, id, facts, at) == name:  # it had ended when a copy of it was split off
            return _ended(docket, id, name)
    return None


def _ended(docket: Docket, number: int, name: str) -> Lead | None:
    """How a story stood before the last merge, of those before a ruling, by which it ended."""
    row = docket.conn.execute(
        """SELECT id, facts, at FROM rulings WHERE verb = 'merge' AND id < ? AND json_extract(facts, '$.ended') = ?
        ORDER BY id DESC""",
        (number, name),
    ).fetchone()
    if row is None:
        return None
    id, text, at = row
    return stood(docket, id, name, at) or lead(orjson.loads(text), "ended")


def said_no_more(docket: Docket, number: int, name: str, ruled: float) -> bool:
    """Whether what was said of a story before a ruling was taken back after it: the topics that the ruling recorded are
    outdated then.
    """
    undone = """SELECT 1 FROM rulings WHERE verb IN ('pin', 'hide', 'lead') AND id < ? AND undone >= ?
        AND json_extract(facts, '$.story') = ?"""
    return docket.conn.execute(undone, (number, ruled, name)).fetchone() is not None


def lead(facts: dict[str, Any], part: Part) -> Lead:
    """Core and canonical copy of one of the stories of a ruling before that, where they were recorded."""
    if part == "from":
        return facts.get("core"), facts.get("canonical")
    before = facts.get("before", {})
    core, canonical = (before.get(name, (None, None))[_LED.index(part)] for name in ("core", "canonical"))
    return core, canonical


def split_again(docket: Docket, number: int, split: dict[str, Any]) -> int | None:
    """The latest ruling by which a copy that was split off has left the story that it has had since."""
    own = docket.named(split["to"])
    if own is None:
        return None
    rows = docket.conn.execute(
        """SELECT id, facts, at FROM rulings WHERE verb = 'split' AND undone IS NULL AND id > ?
        AND json_extract(facts, '$.item') = ? ORDER BY id DESC""",
        (number, split["item"]),
    )
    later = [(id, _name(docket, id, orjson.loads(facts), at)) for id, facts, at in rows.fetchall()]
    return next((id for id, left in later if docket.named(left) == own), None)


def lost_copies(docket: Docket, number: int, name: str) -> bool:
    """Whether copies have been split off a story since a ruling: it was in topics for these as well, maybe."""
    since = """SELECT 1 FROM rulings WHERE verb = 'split' AND undone IS NULL AND id > ?
        AND json_extract(facts, '$.from') = ?"""
    return docket.conn.execute(since, (number, name)).fetchone() is not None


def called_again(docket: Docket, name: str) -> frozenset[int]:
    """Where one of the two stories of a merge has no copies left, as all have been split off: the one that left last
    has its id, and others may come back to it. Returns that story.
    """
    rows = docket.conn.execute(
        "SELECT id, facts, at FROM rulings WHERE verb = 'split' AND undone IS NULL ORDER BY id DESC"
    )
    for id, facts, at in rows.fetchall():
        split = orjson.loads(facts)
        story = docket.story_of(split["item"])
        if story and docket.uuid(story) == split["to"] and _name(docket, id, split, at) == name:
            return _call(docket, story, name)
    return frozenset()


def called_at_last(docket: Docket, number: int, split: dict[str, Any], ruled: float, story: int) -> frozenset[int]:
    """The same where the copy that left last was in a third story then: once it stands alone again, it has the id."""
    name = _name(docket, number, split, ruled)
    if docket.named(name) in (None, docket.named(split["from"])):  # it leads nowhere, or still by the merge
        return _call(docket, story, name)
    return frozenset()


def _call(docket: Docket, story: int, name: str) -> frozenset[int]:
    """Give a story another id; its own leads to it from now on."""
    docket.conn.execute("DELETE FROM merged WHERE uuid = ?", (name,))
    docket.conn.execute("INSERT INTO merged (uuid, story) SELECT uuid, id FROM stories WHERE id = ?", (story,))
    docket.conn.execute("UPDATE stories SET uuid = ? WHERE id = ?", (name, story))
    return frozenset({story})
