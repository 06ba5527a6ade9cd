"""Undoing rulings: what they changed is restored, and what has come since goes where it belongs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any

import orjson

from feedhub.store.merging import constraints, curated, verdicts
from feedhub.store.merging.fresh import open_story
from feedhub.store.publishing import entries
from feedhub.store.rulings import homes
from feedhub.store.rulings.docket import Docket, Ruled
from feedhub.store.rulings.record import in_the_way
from feedhub.store.times import at


def take_back(docket: Docket, row: sqlite3.Row) -> Ruled:
    """Undo what a ruling did; raises RulingError where another one stands in the way."""
    number, facts = row["id"], orjson.loads(row["facts"])
    joined = constraints.meetings(docket.conn, number)
    constraints.release(docket.conn, number)
    docket.lately.constraints.forget()
    match row["verb"]:
        case "merge":
            return _undo_merge(docket, number, facts, row["at"], joined)
        case "split":
            return _undo_split(docket, number, facts, row["at"])
        case "confirm":
            return _undo_confirm(docket, number, facts)
        case "never":
            return Ruled(number)
    return _uncurated(docket, number, row["verb"], facts, row["at"])


def _uncurated(docket: Docket, number: int, verb: str, facts: dict[str, Any], ruled: float) -> Ruled:
    """Undo a pin, hide, lead or note.

    A hidden story returns to its topics with its old times of entry, and one that only a pin kept in a topic is asked
    about again; so is what was hidden while a pin, a merge or a split was taken back by which it was in its topics.
    """
    topic, before = facts.get("topic", ""), facts["entered"]
    said_of = curated.take_back(docket.conn, number)
    for story in said_of:
        if verb == "hide":
            since = {name: at for name, at in before.items() if topic in ("", name)}
            entries.restore(docket.conn, story, since, facts.get("rules", {}))
        elif topic and topic not in before:
            entries.leave(docket.conn, topic, story)
    if verb == "note":
        docket.renew(said_of)
    of = (docket, number, facts["story"], ruled)
    outdated = verb == "hide" and (homes.said_no_more(*of) or homes.stood(*of))
    return Ruled(number, frozenset(said_of), frozenset({topic} - {""}), apart=frozenset(said_of if outdated else ()))


def _undo_merge(docket: Docket, number: int, facts: dict[str, Any], ruled: float, joined: Sequence[int]) -> Ruled:
    """Undo a merge: the ended story opens again under its own id.

    It gets back those of its copies that still exist, and those that came since and joined beside them. `joined`: the
    stories in which copies of both stand; a replay may have made another one of them than the one that was kept.
    """
    kept = docket.named(facts["kept"])
    if joined and kept not in joined:
        kept = joined[0]
    left = _with_followers(docket, homes.brought(docket, number, facts, ruled), kept, facts)
    if kept is None or not left:
        return Ruled(number, homes.called_again(docket, facts["ended"]))
    first = min(left, key=lambda row: (row["published"], row["id"]))
    fresh = open_story(docket.conn, first["id"], at(first["published"]), facts["ended"])
    docket.conn.execute("DELETE FROM merged WHERE uuid = ?", (facts["ended"],))
    docket.conn.executemany("UPDATE items SET story = ? WHERE id = ?", [(fresh, row["id"]) for row in left])
    before = facts.get("before")  # not told by earlier versions
    left_topics = _stand_again(docket, kept, fresh, facts["kept"], before) if before else ()
    asked = _asked_anew(docket, number, facts["kept"], kept, fresh)
    docket.settle(kept)
    docket.settle(fresh)
    again = homes.called_again(docket, facts["kept"]) if docket.named(facts["kept"]) is None else frozenset()
    outdated = _lead_again(docket, number, facts, ruled, {"kept": kept, "ended": fresh}) if before else frozenset()
    return Ruled(number, again | {fresh, kept}, frozenset(left_topics), apart=outdated | asked)


def _asked_anew(docket: Docket, number: int, name: str, kept: int, fresh: int) -> set[int]:
    """Those of the two stories of a merge that may be in topics for copies that they have no more."""
    if homes.lost_copies(docket, number, docket.uuid(kept)):
        return {kept, fresh}
    return {kept} if docket.uuid(kept) != name else set()  # it has ended in a third one since


def _lead_again(
    docket: Docket, number: int, facts: dict[str, Any], ruled: float, parts: Mapping[homes.Part, int]
) -> frozenset[int]:
    """Restore the leads of two stories that a merge had changed.

    Returns those of which what was recorded is outdated: topics are asked about them again.
    """
    outdated = set()
    for part, story in parts.items():
        stood = homes.stood(docket, number, facts[part], ruled)
        docket.restore_lead(facts[part], *(stood or homes.lead(facts, part)))
        if stood or homes.said_no_more(docket, number, facts[part], ruled):
            outdated.add(story)
    return frozenset(outdated)


def _stand_again(docket: Docket, kept: int, fresh: int, name: str, before: dict[str, Any]) -> set[str]:
    """Restore what a merge had changed in the two stories; in the kept one only if it has not ended in a third since.

    Returns the topics that the kept story has left: it was there for the other's copies, and they are asked about it
    again.
    """
    docket.conn.execute("UPDATE stories SET published = ? WHERE id = ?", (before["published"], fresh))
    names = [(fresh, uuid, kept) for uuid in before["names"]]
    docket.conn.executemany("UPDATE merged SET story = ? WHERE uuid = ? AND story = ?", names)
    stood, ended_stood = before["entered"]
    entries.restore(docket.conn, fresh, ended_stood, before.get("rules", {}))
    if docket.uuid(kept) != name:
        return set()
    left: set[str] = entries.entered(docket.conn, kept).keys() - stood.keys()
    for topic in left:
        entries.leave(docket.conn, topic, kept)
    return left


def _undo_split(docket: Docket, number: int, facts: dict[str, Any], ruled: float) -> Ruled:
    """Undo a split: the copy goes back, with those that joined beside it, unless it joined another story."""
    if merge := constraints.tied(docket.conn, facts["item"]) or _ended_by(docket, facts):
        raise in_the_way(docket.conn, "its story was merged since", merge)
    if again := homes.split_again(docket, number, facts):
        raise in_the_way(docket.conn, "it was split off again since", again)
    here = docket.story_of(facts["item"])
    back = homes.home(docket, number, facts, ruled)
    if here is not None and here == back:  # it has the id of the story that all others had left, and these came back
        _decide_again(docket, facts)
        return Ruled(number)
    if here is None or docket.uuid(here) != facts["to"]:
        return Ruled(number)
    if back is None:
        return Ruled(number, homes.called_at_last(docket, number, facts, ruled, here))
    left = [row["id"] for row in _with_followers(docket, [facts["item"]], here, facts)]
    if against := constraints.rulings_against(docket.conn, left, back):
        raise in_the_way(docket.conn, "it is kept apart from its story", *against)
    _decide_again(docket, facts)
    if len(left) == len(docket.items(here)):
        topics = docket.join(here, into=back, of=facts["item"])
        return Ruled(number, frozenset({back}), topics, apart=_stand_whole(docket, back, number, facts, ruled))
    docket.conn.executemany("UPDATE items SET story = ? WHERE id = ?", [(back, id) for id in left])
    docket.settle(here)
    for id in left:
        docket.lately.constraints.left(id, here)
    docket.settle(back)
    outdated = _stand_whole(docket, back, number, facts, ruled)
    return Ruled(number, frozenset({here, back}), apart=outdated | {here})


def _ended_by(docket: Docket, facts: dict[str, Any]) -> int | None:
    """The merge by which a copy that was split off stands in another story than its own, though it is tied to none."""
    here = docket.story_of(facts["item"])
    if here is None or docket.named(facts["to"]) != here or docket.uuid(here) == facts["to"]:
        return None
    return homes.merged_by(docket, facts["to"])


def _stand_whole(docket: Docket, back: int, number: int, facts: dict[str, Any], ruled: float) -> frozenset[int]:
    """Restore what a split had changed in a story, unless that has ended in another one since.

    Returns the story if what was recorded of it is outdated: topics are asked about it again.
    """
    name = docket.uuid(back)
    stood = homes.stood(docket, number, name, ruled)
    if name == facts["from"]:
        entries.restore(docket.conn, back, facts.get("entered", {}), facts.get("rules", {}))
    if stood or name == facts["from"]:
        docket.restore_lead(name, *(stood or homes.lead(facts, "from")))
    return frozenset({back} if stood or homes.said_no_more(docket, number, name, ruled) else ())


def _with_followers(
    docket: Docket, items: Iterable[int], story: int | None, facts: dict[str, Any]
) -> list[sqlite3.Row]:
    """The copies, of these, that are in a story, and those that joined it since beside them or their followers.

    A copy goes along also where the one beside which it joined has been let go, or has left before it.
    """
    newest = facts.get("newest", inf)  # not told by earlier versions
    rows = docket.conn.execute(
        """SELECT items.id, published, beside FROM items LEFT JOIN verdicts ON item = items.id AND decided
        WHERE story = ?""",
        (story,),
    ).fetchall()
    found: set[int] = set()
    more = set(items)
    while more:
        found |= more
        more = {row["id"] for row in rows if row["beside"] in found and row["id"] > newest} - found
    return [row for row in rows if row["id"] in found]


def _decide_again(docket: Docket, facts: dict[str, Any]) -> None:
    """After a split was undone, its verdict holds again, and waits for review if it did before.

    It also waits if it was confirmed before, and that ruling was undone as well.
    """
    item, review, beside = facts["item"], facts.get("review"), facts.get("beside")
    verdicts.reconsider(docket.conn, item)
    if beside is None and "beside" in facts:  # not told by earlier versions
        return
    bound = "SELECT 1 FROM constraints WHERE one = ? AND kind = 'together' AND other = coalesce(?, other)"
    confirmed = review == "confirmed" and docket.conn.execute(bound, (item, beside)).fetchone()
    waits = None if review is None else "confirmed" if confirmed else "open"
    docket.conn.execute(
        """UPDATE verdicts SET decided = 1, review = ?
        WHERE item = ? AND review = 'rejected' AND beside = coalesce(?, beside)""",
        (waits, item, beside),
    )


def _undo_confirm(docket: Docket, number: int, facts: dict[str, Any]) -> Ruled:
    docket.conn.execute("UPDATE verdicts SET review = 'open' WHERE item = ? AND review = 'confirmed'", (facts["item"],))
    return Ruled(number)
