"""How a source stands after a poll: its rhythm, its failures in a row, its address, and when it is polled next."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedhub import trouble
from feedhub.cadence import JITTER, NextPoll, apart, next_poll
from feedhub.learning import first_impression, observe
from feedhub.manners import Hint, Hints, Wishes, hints_at
from feedhub.moves import Address, follow
from feedhub.rhythm import Rhythm
from feedhub.store.polling import schedule
from feedhub.store.polling.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a source from its polls so far."""

    rhythm: Rhythm
    wishes: Wishes
    address: Address
    failures: int  # in a row
    weight: float  # of these
    since: datetime | None  # the first of these
    ailment: str | None  # the kind of the last of these
    gone: int  # times in a row that the server said 410
    last_new: datetime | None
    silent_at: datetime | None  # when it will have been silent for longer than its rhythm explains

    @property
    def paused(self) -> bool:
        """Whether it is no longer polled."""
        return self.gone >= trouble.GONE_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a source when its poll has ended, with its configuration."""

    standing: Standing
    title: str
    url: str
    site: str  # whose servers it is on
    crowded: bool  # whether others are on it as well
    private: bool  # and whether these are in a private network
    least: timedelta
    most: timedelta
    newest: float | None  # the latest publication time seen, Unix seconds
    polls: int  # until now
    items: int  # that are stored
    relied: float | None  # till when its hub is relied on, Unix seconds
    offer: tuple[str | None, str | None]  # the hub that its document named, and the address there
    waiting: bool  # whether stories of it are held back, to follow with later polls
    led_to: str | None  # where redirects led at its last poll, unless another source is read there


def after(before: Past, outcome: Outcome, published: Sequence[datetime], listed: Sequence[datetime]) -> Standing:
    """How the source stands after one more poll, with the publication times of new items and of all it listed."""
    known = before.standing
    if outcome.result == "failed":
        return _after_failure(before, outcome)
    if known.rhythm.at is None and outcome.result == "document":
        rhythm = first_impression(listed, outcome.at)
    else:
        rhythm = observe(known.rhythm, published, outcome.at)
    return Standing(
        rhythm=rhythm,
        wishes=outcome.wishes if outcome.result == "document" else known.wishes,
        address=follow(known.address, before.url, outcome.moved_to, outcome.at, failures=0),
        failures=0,
        weight=0.0,
        since=None,
        ailment=None,
        gone=0,
        last_new=outcome.at if published else known.last_new,
        silent_at=silent_at(rhythm, outcome.at) if published else known.silent_at,
    )


def silent_at(rhythm: Rhythm, since: datetime) -> datetime | None:
    """When a source whose last news came at `since` is silent for longer than its rhythm explains; None if never."""
    limit = trouble.silence(rhythm.per_day, rhythm.items[0])
    return since + limit if limit else None


def _after_failure(before: Past, outcome: Outcome) -> Standing:
    known = before.standing
    name = trouble.failure_name(outcome.kind, outcome.status)
    failures = known.failures + 1
    return replace(
        known,
        address=follow(known.address, before.url, None, outcome.at, failures=failures),
        failures=failures,
        weight=known.weight + trouble.weight(name),
        since=known.since or outcome.at,
        ailment=name,
        gone=known.gone + 1 if name == "410" else 0,
    )


def upcoming(
    conn: sqlite3.Connection,
    before: Past,
    now: Standing,
    outcome: Outcome,
    pace: timedelta,
    planned: Sequence[datetime],
) -> NextPoll:
    """When the source is polled next, apart from others of its site; `planned` are polls not yet written."""
    if now.paused:
        return NextPoll(at=outcome.at, reason="the server says it is gone: paused until its configuration is edited")
    hints = _hints(now, outcome)
    wanted = next_poll(
        now.rhythm, least=before.least, most=before.most, now=outcome.at, key=outcome.claim.source_id, pace=pace,
        failures=now.failures, weight=now.weight, hints=hints, first=before.standing.rhythm.at is None,
    )  # fmt: skip
    if before.private or not before.crowded or hints.skip_hours or hints.skip_days:
        return wanted
    longest = max(outcome.at + before.most, wanted.at)
    latest = min(wanted.at + JITTER * (wanted.at - outcome.at), longest)
    others = [*planned, *schedule.due_between(conn, before.site, outcome.claim.source_id, wanted.at, latest)]
    return replace(wanted, at=apart(wanted.at, others, latest))


def _hints(now: Standing, outcome: Outcome) -> Hints:
    """What the source asks for, by its feed and by its answer."""
    said = (Hint(outcome.retry_after, "Retry-After"),) if outcome.retry_after else ()
    return hints_at(now.wishes, (*outcome.hints, *said), outcome.at)
