"""The outcomes of a round of polls, written: items and placements, then topics, and last of all the validators."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite

from feedhub import trouble
from feedhub.dedup.case import Prepared
from feedhub.dedup.revision import figures
from feedhub.errors import LeaseLost
from feedhub.model import Item, Listed, Placement, PollReport
from feedhub.store.merging import matching, rejudging, revising, stories
from feedhub.store.merging.candidates import Brief, Lately, find_place
from feedhub.store.merging.flood import Gate
from feedhub.store.merging.holdings import Holdings
from feedhub.store.merging.items import Document, Saved
from feedhub.store.merging.rows import Words
from feedhub.store.polling import incidents, schedule, standing
from feedhub.store.polling.ledger import Ledger
from feedhub.store.polling.outcome import Outcome
from feedhub.store.polling.pacing import Pacing
from feedhub.store.polling.standing import Past
from feedhub.store.polling.subscriptions import Subscriptions
from feedhub.store.publishing import members, words
from feedhub.store.publishing.members import Desk

ENTRIES = 1000  # whose sources' rows are read together: a few MB
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
    """What it takes to settle outcomes."""

    conn: sqlite3.Connection
    lately: Lately
    desk: Desk
    retention: timedelta
    pacing: Pacing
    subscriptions: Subscriptions


@dataclass(frozen=True, slots=True)
class Stored:
    """An outcome whose items are stored and placed, and stand in no topic yet."""

    outcome: Outcome
    past: Past
    gate: Gate | None  # a source's first document is no flood
    tally: Tally


def rounds(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    """Outcomes that can be settled together: each of another source, and not too many entries in all."""
    sources: set[str] = set()
    part: list[Outcome] = []
    entries = 0
    for outcome in outcomes:
        if part and (outcome.claim.source_id in sources or entries + len(outcome.items) > ENTRIES):
            yield part
            sources, part, entries = set(), [], 0
        part.append(outcome)
        sources.add(outcome.claim.source_id)
        entries += len(outcome.items)
    if part:
        yield part


def settle(means: Means, outcomes: Sequence[Outcome], enough: Callable[[], bool]) -> list[PollReport]:
    """Write the outcomes of different sources inside the caller's transaction.

    One whose lease was lost is reported as such and leaves no trace. Where it is `enough` after one of them, those
    behind it are left alone: reports come of the others only.
    """
    ledger = Ledger(means.conn, [outcome.claim.source_id for outcome in outcomes])
    holdings = Holdings(means.conn, {one.claim.source_id: one.guids for one in outcomes if one.result == "document"})
    stored: list[Stored | PollReport] = []
    for outcome in outcomes:
        try:
            past = ledger.past(outcome.claim, leased=not outcome.pushed)
        except LeaseLost as lost:
            stored.append(_lost(outcome, str(lost)))
        else:
            stored.append(_stored(means, holdings, outcome, past))
        if enough():
            break
    holdings.write()
    means.lately.write()
    living = stories.living(means.conn, {id for one in stored if isinstance(one, Stored) for id in one.tally.stories})
    reports = [one if isinstance(one, PollReport) else _settled(means, ledger, one, living) for one in stored]
    ledger.write()
    return reports


def _stored(means: Means, holdings: Holdings, outcome: Outcome, past: Past) -> Stored:
    """Save and place the items of a document."""
    gate, tally = None, Tally()
    if past.newest is not None:
        gate = Gate(outcome.claim.source_id, past.newest, means.desk.limits)
    if outcome.result == "document":
        too_old = past.newest - means.retention.total_seconds() if past.newest is not None else float("-inf")
        source, at = outcome.claim.source_id, outcome.at.timestamp()
        document = Document(means.conn, means.lately.fresh, holdings, source, at)
        _document(means.conn, means.lately, document, outcome, too_old, tally)
        holdings.list(source, document.outline(outcome.items, outcome.marks))
        # A cut document proves nothing of what is younger than a retention; some documents are never whole.
        holdings.drop(document.left(at - means.retention.total_seconds() if outcome.truncated else None), at)
        if gate:
            gate.settle_changes(means.conn, tally.renewed)
    return Stored(outcome, past, gate, tally)


def _settled(means: Means, ledger: Ledger, stored: Stored, living: frozenset[int]) -> PollReport:
    """Let the stories into the topics, those that no other source's items have ended meanwhile; tell how the source
    stands now.
    """
    outcome, past, tally = stored.outcome, stored.past, stored.tally
    _publish(means, stored, tally.stories & living)
    if outcome.pushed:
        _pushed(means, ledger, stored)
    else:
        _polled(means, ledger, stored)
    report = _report(outcome, tally)
    ledger.note(outcome.at, report, past.polls + 1, merged=tally.merged, wire=tally.wire)
    return report


def _publish(means: Means, stored: Stored, changed: Set[int]) -> None:
    conn, desk, gate, tally, at = means.conn, means.desk, stored.gate, stored.tally, stored.outcome.at
    if stored.outcome.result == "document":
        lone = {} if desk.asks_origins else tally.lone  # which relations tell of
        tally.topics |= members.touch(conn, desk, changed, at, gate, lone)
        tally.flood = gate.words(len(stored.outcome.items), tally.renamed) if gate else None
    if gate and (stored.past.waiting or gate.held) and stored.outcome.result != "failed":
        tally.topics |= members.follow(conn, gate, at)


def _polled(means: Means, ledger: Ledger, stored: Stored) -> None:
    """What the poll tells of its source, and when the next one is."""
    conn, outcome, past, tally = means.conn, stored.outcome, stored.past, stored.tally
    listed = list(map(_published, outcome.items))
    now = standing.after(past, outcome, tally.published, listed)
    newest = max((*(time.timestamp() for time in listed), past.newest or float("-inf")))
    pace = means.pacing.now(outcome.at, now.rhythm)
    planned = standing.upcoming(conn, past, now, outcome, pace, ledger.planned(past.site))
    upcoming = means.subscriptions.polled(past, outcome, tally.new, planned)
    ledger.record(past, outcome, now, upcoming, newest if isfinite(newest) else None)
    _leave_alone(conn, outcome)
    doubt = outcome.doubt or trouble.restless(tally.renamed, len(outcome.items))
    known = ledger.incidents(outcome.claim.source_id)
    incidents.judge(conn, known, past, now, outcome, new=tally.new, doubt=doubt, flood=tally.flood)


def _pushed(means: Means, ledger: Ledger, stored: Stored) -> None:
    """What a hub sent is stored as if a poll had found it.

    What belongs to polls is left alone: lease, validators, failures.
    """
    outcome, past, tally = stored.outcome, stored.past, stored.tally
    listed = map(_published, outcome.items) if tally.published else ()
    ledger.learn(past, outcome, tally.published, [time.timestamp() for time in listed])
    known = ledger.incidents(outcome.claim.source_id)
    incidents.news(means.conn, known, past, outcome, new=tally.new, flood=tally.flood)
    means.subscriptions.pushed(outcome, tally.new)


def _leave_alone(conn: sqlite3.Connection, outcome: Outcome) -> None:
    """A server that is overrun is so for all its feeds."""
    if outcome.status in OVERRUN and (wait := outcome.retry_after or OVERRUN[outcome.status]):
        until = outcome.at + min(wait, schedule.LONGEST_HOLD)
        reason = f"HTTP {outcome.status} for {outcome.claim.source_id}: its site is left alone"
        schedule.hold(conn, outcome.claim.source_id, until, reason)


def _document(
    conn: sqlite3.Connection, lately: Lately, document: Document, outcome: Outcome, too_old: float, tally: Tally
) -> None:
    """Save and place a document's items, the oldest first: feeds mostly list the newest first.

    What is a retention older than the newest that the source ever had was here before, and is not new.
    """
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
    tally.renamed = document.renamed


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
    story, share = matching.story_for(lately, placement, prepared)
    document.insert(saved, story, share)
    if prepared.step or not placement.alone:  # there is more to write, of rows that must be there
        lately.fresh.write()
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
    tally.stories |= matching.link(conn, story, placement.related)
    tally.topics |= matching.apply(conn, lately, placement, prepared, story)
    if placement.story is not None:
        revising.catch_up(conn, placement.item_id)
    if placement.story is not None or placement.absorbs:
        for known in (story, *placement.absorbs):
            tally.lone.pop(known, None)
    tally.stories -= set(placement.absorbs)
    tally.stories.add(story)


def _revise(
    conn: sqlite3.Connection, lately: Lately, saved: Saved, prepared: Prepared, outcome: Outcome, tally: Tally
) -> None:
    """The words have changed: the story says so if it is shown by them, and the item may belong elsewhere now."""
    story = saved.story
    assert story is not None
    assert saved.before is not None
    lately.fresh.write()
    words.replace(conn, saved.item_id, saved.before, prepared.item)
    after = Words(prepared.item.title, prepared.item.text, prepared.item.language)
    revising.record(conn, saved.item_id, saved.before, after, outcome.at.timestamp())
    lately.corrected(saved.item_id)
    canonical, core = conn.execute("SELECT canonical, core FROM stories WHERE id = ?", (story,)).fetchone()
    if canonical == saved.item_id:
        _renew(conn, story, outcome.at.timestamp(), tally)
    placement = rejudging.placed_anew(conn, lately, saved.item_id, story, saved.before, prepared)
    if placement is None or placement.story == story:
        matching.note_again(conn, placement)
        matching.measure(conn, lately, story, saved.item_id)
        matching.elect(conn, story)
        tally.stories.add(story)
        return
    fresh, share = matching.story_for(lately, placement, prepared)
    lately.fresh.write()
    conn.execute("UPDATE items SET story = ?, share = ? WHERE id = ?", (fresh, share, saved.item_id))
    if core != saved.item_id:
        matching.elect(conn, story)
        tally.stories.add(story)
        lately.word.left(saved.item_id, story)
    elif matching.settle_without(conn, lately, story):
        tally.stories.add(story)
        lately.word.left(saved.item_id, story)
    else:
        tally.topics |= matching.dissolve(conn, story, fresh)
        tally.stories.discard(story)
    if placement.story is not None:
        matching.reconsider(conn, saved.item_id)
    _conclude(conn, lately, placement, prepared, fresh, tally)


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


def _lost(outcome: Outcome, message: str) -> PollReport:
    return PollReport(
        source=outcome.claim.source_id,
        outcome="lost",
        status=outcome.status,
        bytes=outcome.size,
        ms=outcome.elapsed * 1000,
        error=message,
    )
