"""One poll's outcome, written: items, placements, topics, and last of all the validators."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite

from feedhub import trouble
from feedhub.dedup.place import Prepared
from feedhub.dedup.revision import figures
from feedhub.model import Item, Listed, Placement, PollReport
from feedhub.store import (
    incidents,
    matching,
    members,
    outlines,
    rejudging,
    revising,
    schedule,
    standing,
    words,
)  # fmt: skip
from feedhub.store.candidates import Brief, Lately, find_place
from feedhub.store.flood import Gate
from feedhub.store.items import Document, Saved, Words
from feedhub.store.ledger import Ledger
from feedhub.store.members import Desk
from feedhub.store.outcome import Outcome
from feedhub.store.pacing import Pacing
from feedhub.store.standing import Past
from feedhub.store.subscriptions import Subscriptions

OVERRUN = {429: timedelta(minutes=10), 503: None}  # status -> how long its site is left alone when it does not say


@dataclass
class Tally:
    """What one document changed."""

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


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to settle the outcomes of one transaction."""

    conn: sqlite3.Connection
    lately: Lately
    desk: Desk
    retention: timedelta
    pacing: Pacing
    subscriptions: Subscriptions
    ledger: Ledger


def settle(means: Means, outcome: Outcome) -> PollReport:
    """Write one outcome inside the caller's transaction, or have it written with the `ledger`.

    Raises LeaseLost before anything is written.
    """
    conn, ledger = means.conn, means.ledger
    past = ledger.past(outcome.claim)
    tally = _stored(means, outcome, past)
    listed = list(map(_published, outcome.items))
    now = standing.after(past, outcome, tally.published, listed)
    newest = max((*(time.timestamp() for time in listed), past.newest or float("-inf")))
    pace = means.pacing.now(outcome.at, now.rhythm)
    planned = standing.upcoming(conn, past, now, outcome, pace, ledger.planned(past.site))
    upcoming = means.subscriptions.polled(outcome, tally.new, past.relied, planned)
    ledger.record(past, outcome, now, upcoming, newest if isfinite(newest) else None)
    _leave_alone(conn, outcome)
    doubt = outcome.doubt or trouble.restless(tally.renamed, len(outcome.items))
    known = ledger.incidents(outcome.claim.source_id)
    incidents.judge(conn, known, past, now, outcome, new=tally.new, doubt=doubt, flood=tally.flood)
    return _noted(ledger, outcome, tally, past.polls + 1)


def settle_push(means: Means, outcome: Outcome) -> PollReport:
    """Write what a hub sent as if a poll had found it.

    What belongs to polls is left alone: lease, validators, failures. Raises LeaseLost where nothing is polled any more.
    """
    conn, ledger, source = means.conn, means.ledger, outcome.claim.source_id
    past = ledger.past(outcome.claim, leased=False)
    tally = _stored(means, outcome, past)
    if tally.published:
        newest = max(time.timestamp() for time in map(_published, outcome.items))
        standing.learn(conn, past, outcome, tally.published, newest)
    incidents.news(conn, ledger.incidents(source), past, outcome, new=tally.new, flood=tally.flood)
    conn.execute("UPDATE sources SET polls = ? WHERE id = ?", (past.polls + 1, source))
    means.subscriptions.pushed(outcome, tally.new)
    return _noted(ledger, outcome, tally, past.polls + 1)


def _stored(means: Means, outcome: Outcome, past: Past) -> Tally:
    """Save and place the items of a document, and let their stories into the topics."""
    conn, desk, tally = means.conn, means.desk, Tally()
    gate = None  # a source's first document is no flood
    if past.newest is not None:
        gate = Gate(outcome.claim.source_id, past.newest, desk.limits)
    if outcome.result == "document":
        too_old = past.newest - means.retention.total_seconds() if past.newest is not None else float("-inf")
        _document(conn, means.lately, outcome, too_old, tally)
        if gate:
            gate.settle_changes(conn, tally.renewed)
        lone = {} if desk.asks_origins else tally.lone  # which relations tell of
        tally.topics |= members.touch(conn, desk, tally.stories, outcome.at, gate, lone)
        tally.flood = gate.words(len(outcome.items), tally.renamed) if gate else None
    if gate and outcome.result != "failed":
        tally.topics |= members.follow(conn, gate, outcome.at)
    return tally


def _leave_alone(conn: sqlite3.Connection, outcome: Outcome) -> None:
    """A server that is overrun is so for all its feeds."""
    if outcome.status in OVERRUN and (wait := outcome.retry_after or OVERRUN[outcome.status]):
        until = outcome.at + min(wait, schedule.LONGEST_HOLD)
        reason = f"HTTP {outcome.status} for {outcome.claim.source_id}: its site is left alone"
        schedule.hold(conn, outcome.claim.source_id, until, reason)


def _document(conn: sqlite3.Connection, lately: Lately, outcome: Outcome, too_old: float, tally: Tally) -> None:
    """Save and place a document's items, the oldest first: feeds mostly list the newest first.

    What is a retention older than the newest that the source ever had was here before, and is not new.
    """
    source = outcome.claim.source_id
    document = Document(conn, source, outcome.at.timestamp(), map(_guid, outcome.items))
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
            _item(conn, lately, document, saved, outcome, tally)
    document.finish(outcome.truncated)
    outlines.save(conn, source, document.outline(outcome.items, outcome.marks))
    tally.renamed = document.renamed


def _guid(entry: Prepared | Listed) -> str:
    return entry.guid if isinstance(entry, Listed) else entry.item.guid


def _published(entry: Prepared | Listed) -> datetime:
    return entry.published if isinstance(entry, Listed) else entry.item.published


def _item(
    conn: sqlite3.Connection, lately: Lately, document: Document, saved: Saved, outcome: Outcome, tally: Tally
) -> None:
    """Carry on with what was saved: place what is new, look again at what has changed."""
    if saved.prepared:
        lately.put(saved.item_id, saved.prepared.subject)
    if saved.state == "new":
        assert saved.prepared
        tally.new += 1
        tally.published.append(saved.prepared.item.published)
        tally.wire += saved.prepared.item.credit.agency is not None
        _place(conn, lately, document, saved, saved.prepared, tally)
        lately.add(saved.item_id, saved.prepared, outcome.at.timestamp())
        return
    tally.changed += 1
    lately.moved(saved.item_id)
    assert saved.story is not None
    if saved.before:
        assert saved.prepared
        _revise(conn, lately, saved, saved.prepared, outcome, tally)
        lately.add(saved.item_id, saved.prepared, outcome.at.timestamp())
    else:
        tally.stories.add(saved.story)


def _place(
    conn: sqlite3.Connection, lately: Lately, document: Document, saved: Saved, prepared: Prepared, tally: Tally
) -> None:
    placement = find_place(lately, saved.item_id, prepared)
    tally.merged += placement.story is not None
    story, share = matching.story_for(conn, lately, placement, prepared)
    document.insert(saved, story, share)
    item = prepared.item
    lately.know(Brief(saved.item_id, story, item.published.timestamp(), item.language, len(item.text), item.source_id))
    if placement.story is None:
        tally.lone[story] = item
    _conclude(conn, lately, placement, prepared, story, tally)
    if placement.updates:
        _bring_up_to_date(conn, placement, prepared, story, document.now, tally)


def _bring_up_to_date(
    conn: sqlite3.Connection, placement: Placement, prepared: Prepared, story: int, now: float, tally: Tally
) -> None:
    """The story tells other figures from now on; the copies that carry the old ones are marked."""
    old = conn.execute("SELECT title, text FROM items WHERE id = ?", (placement.beside,)).fetchone()
    item = prepared.item
    changed = figures((old["title"], item.title), (old["text"], item.text), item.language)
    revising.correct(conn, placement.item_id, changed, now)
    _renew(conn, story, now, tally)


def _renew(conn: sqlite3.Connection, story: int, now: float, tally: Tally) -> None:
    """The story counts as changed, for readers."""
    before = conn.execute("SELECT updated FROM stories WHERE id = ?", (story,)).fetchone()[0]
    tally.renewed.setdefault(story, before)
    conn.execute("UPDATE stories SET updated = ? WHERE id = ?", (now, story))


def _conclude(
    conn: sqlite3.Connection, lately: Lately, placement: Placement, prepared: Prepared, story: int, tally: Tally
) -> None:
    tally.topics |= matching.apply(conn, lately, placement, prepared, story)
    if placement.story is not None or placement.absorbs:
        for known in (story, *placement.absorbs):
            tally.lone.pop(known, None)
    tally.stories -= set(placement.absorbs)
    tally.stories.add(story)
    tally.stories.update(other for other, _ in placement.related if other not in placement.absorbs)


def _revise(
    conn: sqlite3.Connection, lately: Lately, saved: Saved, prepared: Prepared, outcome: Outcome, tally: Tally
) -> None:
    """The words have changed: the story says so if it is shown by them, and the item may belong elsewhere now."""
    story = saved.story
    assert story is not None
    assert saved.before is not None
    words.replace(conn, saved.item_id, saved.before, prepared.item)
    after = Words(prepared.item.title, prepared.item.text, prepared.item.language)
    revising.record(conn, saved.item_id, saved.before, after, outcome.at.timestamp())
    canonical, core = conn.execute("SELECT canonical, core FROM stories WHERE id = ?", (story,)).fetchone()
    if canonical == saved.item_id:
        _renew(conn, story, outcome.at.timestamp(), tally)
    placement = rejudging.placed_anew(conn, lately, saved.item_id, story, saved.before, prepared)
    if placement is None or placement.story == story:
        matching.note_again(conn, placement)
        matching.lead(conn, lately, story, core)
        matching.elect(conn, story)
        tally.stories.add(story)
        return
    fresh, share = matching.story_for(conn, lately, placement, prepared)
    conn.execute("UPDATE items SET story = ?, share = ? WHERE id = ?", (fresh, share, saved.item_id))
    if matching.settle_without(conn, lately, story):
        tally.stories.add(story)
    else:
        tally.topics |= matching.dissolve(conn, story, fresh)
        tally.stories.discard(story)
    _conclude(conn, lately, placement, prepared, fresh, tally)


def _noted(ledger: Ledger, outcome: Outcome, tally: Tally, polls: int) -> PollReport:
    report = _report(outcome, tally)
    ledger.note(outcome.at, report, polls, merged=tally.merged, wire=tally.wire)
    return report


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
        pushed=outcome.pushed,
    )
