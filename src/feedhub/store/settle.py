"""One poll's outcome, written: items, placements, topics, and last of all the validators."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feedhub.cadence import Hint, Hints, first_impression, next_poll, watched
from feedhub.dedup.place import Prepared
from feedhub.model import Listed, PollReport
from feedhub.store import matching, members, schedule, words
from feedhub.store.items import Document, Saved
from feedhub.store.matching import Subjects
from feedhub.store.members import Desk
from feedhub.store.outcome import Outcome


@dataclass
class Tally:
    """What one document changed."""

    new: int = 0
    published: list[datetime] = field(default_factory=list)  # of what is new
    changed: int = 0
    stories: set[int] = field(default_factory=set)
    topics: set[str] = field(default_factory=set)  # that lost an entry


def settle(
    conn: sqlite3.Connection, subjects: Subjects, desk: Desk, outcome: Outcome, retention: timedelta
) -> PollReport:
    """Write one outcome inside the caller's transaction; raises LeaseLost before anything is written."""
    schedule.check_lease(conn, outcome.claim)
    rhythm, failures, least, most = schedule.rhythm(conn, outcome.claim.source_id)
    first = rhythm.at is None
    tally = Tally()
    if outcome.result == "document":
        _document(conn, subjects, outcome, retention, tally)
        tally.topics |= members.touch(conn, desk, tally.stories, outcome.at)
    failures = failures + 1 if outcome.result == "failed" else 0
    if first and outcome.result == "document":
        rhythm = first_impression(list(map(_published, outcome.items)), outcome.at)
    elif not failures:
        rhythm = watched(rhythm, tally.published, outcome.at)
    asked = (Hint(outcome.retry_after, "Retry-After"),) if outcome.retry_after else ()
    upcoming = next_poll(
        rhythm,
        least=least,
        most=most,
        failures=failures,
        hints=Hints(floors=asked),
        now=outcome.at,
        key=outcome.claim.source_id,
    )
    schedule.record(conn, outcome, failures, rhythm, upcoming)
    return _report(outcome, tally)


def _document(
    conn: sqlite3.Connection, subjects: Subjects, outcome: Outcome, retention: timedelta, tally: Tally
) -> None:
    """Save and place a document's items, the oldest first: feeds mostly list the newest first."""
    source = outcome.claim.source_id
    document = Document(conn, source, outcome.at.timestamp(), map(_guid, outcome.items))
    too_old = _too_old(conn, source, retention)
    for entry in sorted(outcome.items, key=_published):
        if isinstance(entry, Listed):
            saved = document.confirm(entry)
        elif document.knows(entry.item.guid):
            saved = document.save(entry)
        elif entry.item.published.timestamp() < too_old or document.refused(entry.item.guid):
            continue
        else:
            saved = document.save(entry)
        if saved and saved.state != "same":
            _item(conn, subjects, saved, outcome, tally)
    document.finish(outcome.truncated)
    newest = max((_published(entry).timestamp() for entry in outcome.items), default=None)
    conn.execute(
        "UPDATE sources SET newest = max(coalesce(newest, ?1), ?1) WHERE id = ?2 AND ?1 IS NOT NULL", (newest, source)
    )


def _too_old(conn: sqlite3.Connection, source: str, retention: timedelta) -> float:
    """What is a retention older than the newest that the source ever had was here before, and is not new."""
    newest = conn.execute("SELECT newest FROM sources WHERE id = ?", (source,)).fetchone()[0]
    return float("-inf") if newest is None else newest - retention.total_seconds()


def _guid(entry: Prepared | Listed) -> str:
    return entry.guid if isinstance(entry, Listed) else entry.item.guid


def _published(entry: Prepared | Listed) -> datetime:
    return entry.published if isinstance(entry, Listed) else entry.item.published


def _item(conn: sqlite3.Connection, subjects: Subjects, saved: Saved, outcome: Outcome, tally: Tally) -> None:
    """Carry on with what was saved: place what is new, look again at what has changed."""
    if saved.prepared:
        subjects.put(saved.item_id, saved.prepared.subject)
    if saved.state == "new":
        assert saved.prepared
        tally.new += 1
        tally.published.append(saved.prepared.item.published)
        _place(conn, subjects, saved.item_id, saved.prepared, tally)
        return
    tally.changed += 1
    assert saved.story is not None
    if saved.before:
        assert saved.prepared
        _revise(conn, subjects, saved, saved.prepared, outcome, tally)
    else:
        tally.stories.add(saved.story)


def _place(conn: sqlite3.Connection, subjects: Subjects, item_id: int, prepared: Prepared, tally: Tally) -> None:
    placement = matching.find_place(conn, subjects, item_id, prepared)
    story, topics = matching.apply(conn, subjects, placement, prepared)
    tally.stories -= set(placement.absorbs)
    tally.stories.add(story)
    tally.topics |= topics
    tally.stories.update(other for other, _ in placement.related if other not in placement.absorbs)
    matching.index(conn, item_id, prepared.prints)


def _revise(
    conn: sqlite3.Connection, subjects: Subjects, saved: Saved, prepared: Prepared, outcome: Outcome, tally: Tally
) -> None:
    """The words have changed: the story says so if it is shown by them, and a lone item is placed anew."""
    story = saved.story
    assert story is not None
    assert saved.before is not None
    words.replace(conn, saved.item_id, saved.before, prepared.item)
    matching.unindex(conn, saved.item_id, saved.before)
    canonical, core = conn.execute("SELECT canonical, core FROM stories WHERE id = ?", (story,)).fetchone()
    if canonical == saved.item_id:
        conn.execute("UPDATE stories SET updated = ? WHERE id = ?", (outcome.at.timestamp(), story))
    alone = conn.execute("SELECT count(*) = 1 FROM items WHERE story = ?", (story,)).fetchone()[0]
    placement = matching.find_place(conn, subjects, saved.item_id, prepared) if alone else None
    if placement and placement.story is not None and placement.story != story:
        tally.topics |= matching.dissolve(conn, story, placement.story)
        tally.stories.discard(story)
        story, topics = matching.apply(conn, subjects, placement, prepared)
        tally.stories -= set(placement.absorbs)
        tally.topics |= topics
    else:
        matching.lead(conn, subjects, story, core)
        matching.elect(conn, story)
    tally.stories.add(story)
    matching.index(conn, saved.item_id, prepared.prints)


def _report(outcome: Outcome, tally: Tally) -> PollReport:
    same = "same" if outcome.result == "document" else outcome.result
    return PollReport(
        source=outcome.claim.source_id,
        outcome="new" if tally.new or tally.changed else same,
        status=outcome.status,
        items=len(outcome.items),
        new=tally.new,
        changed=tally.changed,
        bytes=outcome.size,
        ms=outcome.elapsed * 1000,
        error=outcome.error,
        topics=frozenset(tally.topics),
    )
