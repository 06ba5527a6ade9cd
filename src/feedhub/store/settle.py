"""Storing the outcomes of a round of polls: items and placements first, then topics, and the validators last."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite

from feedhub import trouble
from feedhub.errors import LeaseLost
from feedhub.manners import OVERRUN
from feedhub.model import PollReport
from feedhub.store.arrivals import Arrivals, Tally, published
from feedhub.store.merging import stories
from feedhub.store.merging.document import Document
from feedhub.store.merging.holdings import Holdings
from feedhub.store.merging.lately import Lately
from feedhub.store.merging.versions import Versions
from feedhub.store.patience import Enough
from feedhub.store.polling import incidents, schedule, standing
from feedhub.store.polling.duplicates import refuse_duplicate
from feedhub.store.polling.ledger import Ledger
from feedhub.store.polling.outcome import Outcome
from feedhub.store.polling.pacing import Pacing
from feedhub.store.polling.standing import Past
from feedhub.store.polling.subscriptions import Subscriptions
from feedhub.store.publishing import members
from feedhub.store.publishing.flood import Gate
from feedhub.store.publishing.selection import Selection


@dataclass(frozen=True, slots=True)
class Means:
    """What `settle` works with: the connection, caches and settings of the store."""

    conn: sqlite3.Connection
    lately: Lately
    selection: Selection
    retention: timedelta
    pacing: Pacing
    subscriptions: Subscriptions


@dataclass(frozen=True, slots=True)
class Stored:
    """An outcome whose items are stored and placed in stories, but not yet in topics."""

    outcome: Outcome
    past: Past
    gate: Gate | None  # a source's first document is no flood
    tally: Tally


def rounds(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    """Split outcomes into parts that can be settled together: with one of each source."""
    part: dict[str, Outcome] = {}
    for outcome in outcomes:
        if outcome.claim.source_id in part:
            yield list(part.values())
            part = {}
        part[outcome.claim.source_id] = outcome
    if part:
        yield list(part.values())


def settle(means: Means, outcomes: Sequence[Outcome], enough: Enough) -> list[PollReport]:
    """Store the outcomes of different sources inside the caller's transaction.

    A poll whose lease was lost is reported as such and leaves no trace. When `enough` says so after an outcome, the
    rest is left alone and has no report.
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
            stored.append(_stored(means, holdings, refuse_duplicate(means.conn, past, outcome), past))
        if enough():
            break
    holdings.write()
    means.lately.write()
    living = stories.living(means.conn, {id for one in stored if isinstance(one, Stored) for id in one.tally.stories})
    reports = [one if isinstance(one, PollReport) else _settled(means, ledger, one, living) for one in stored]
    ledger.write()
    return reports


def _stored(means: Means, holdings: Holdings, outcome: Outcome, past: Past) -> Stored:
    """Store the items of a document and place them in stories.

    Items that are a retention older than the newest one that the source ever had are not new: they were here before.
    """
    gate, tally = None, Tally()
    if past.newest is not None:
        gate = Gate(outcome.claim.source_id, past.newest, means.selection.limits)
    if outcome.result == "document":
        source, at, retention = outcome.claim.source_id, outcome.at.timestamp(), means.retention.total_seconds()
        versions = Versions(means.conn, means.lately.fresh, at)
        document = Document(means.conn, versions, holdings, source)
        arrivals = Arrivals(means.conn, means.lately, versions)
        arrivals.take(document, outcome.items, past.newest - retention if past.newest is not None else float("-inf"))
        tally = arrivals.tally
        holdings.list(source, document.outline(outcome.items, outcome.marks))
        # A truncated document says nothing about items younger than a retention; some documents always are.
        holdings.leave(source, document.left(at - retention if outcome.truncated else None), at)
        if gate:
            gate.settle_changes(means.conn, tally.renewed)
    return Stored(outcome, past, gate, tally)


def _settled(means: Means, ledger: Ledger, stored: Stored, living: frozenset[int]) -> PollReport:
    """Let the stories that still exist enter the topics, and record how the source stands."""
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
    conn, selection, gate, tally, at = means.conn, means.selection, stored.gate, stored.tally, stored.outcome.at
    if stored.outcome.result == "document":
        lone = {} if selection.asks_origins else tally.lone  # which relations tell of
        tally.topics |= members.touch(conn, selection, changed, at, gate, lone)
        tally.flood = gate.words(len(stored.outcome.items), tally.renamed) if gate else None
    if gate and (stored.past.waiting or gate.held) and stored.outcome.result != "failed":
        tally.topics |= members.admit_waiting(conn, gate, at)


def _polled(means: Means, ledger: Ledger, stored: Stored) -> None:
    """Record what the poll tells about its source, and schedule the next one."""
    conn, outcome, past, tally = means.conn, stored.outcome, stored.past, stored.tally
    listed = list(map(published, outcome.items))
    now = standing.after(past, outcome, tally.published, listed)
    newest = max((*(time.timestamp() for time in listed), past.newest or float("-inf")))
    pace = means.pacing.now(outcome.at, now.rhythm)
    planned = standing.upcoming(conn, past, now, outcome, pace, ledger.planned(past.site))
    upcoming = means.subscriptions.polled(past, outcome, tally.new, planned)
    ledger.record(past, outcome, now, upcoming, newest if isfinite(newest) else None, tally.new)
    _leave_alone(conn, outcome)
    doubt = outcome.doubt or trouble.unstable_ids(tally.renamed, len(outcome.items))
    book = ledger.incidents_of(past, outcome)
    incidents.judge(book, past, now, outcome, new=tally.new, doubt=doubt, flood=tally.flood)


def _pushed(means: Means, ledger: Ledger, stored: Stored) -> None:
    """Record a delivery of a hub; unlike a poll it changes no lease, validators or failures."""
    outcome, past, tally = stored.outcome, stored.past, stored.tally
    listed = map(published, outcome.items) if tally.published else ()
    ledger.learn(past, outcome, tally.published, [time.timestamp() for time in listed])
    incidents.news(ledger.incidents_of(past, outcome), new=tally.new, flood=tally.flood)
    means.subscriptions.pushed(outcome, tally.new)


def _leave_alone(conn: sqlite3.Connection, outcome: Outcome) -> None:
    """After 429 or 503, leave all sources of the same site alone for a while."""
    if outcome.status in OVERRUN and (wait := outcome.retry_after or OVERRUN[outcome.status]):
        until = outcome.at + min(wait, schedule.LONGEST_HOLD)
        reason = f"HTTP {outcome.status} for {outcome.claim.source_id}: its site is left alone"
        schedule.hold(conn, [outcome.claim.source_id], until, reason)


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
        notice=outcome.notice,
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
