"""How each source stands after a poll: its rhythm, its failures in a row, its address, when it is looked at again."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from feedhub import trouble
from feedhub.cadence import JITTER, NextPoll, apart, next_poll
from feedhub.learning import first_impression, watched
from feedhub.manners import Hint, Hints, Wishes, asked
from feedhub.moves import Address, follow
from feedhub.rhythm import UNWATCHED, Rhythm
from feedhub.store.many import array
from feedhub.store.polling import schedule
from feedhub.store.polling.outcome import Outcome
from feedhub.store.times import moment, seconds


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
    silent_at: datetime | None  # when it is silent for longer than its rhythm explains

    @property
    def paused(self) -> bool:
        """Whether it is no longer polled."""
        return self.gone >= trouble.GONE_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A claimed source when its poll has ended, and what its configuration says."""

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
    waiting: bool  # whether stories of its are held back and follow with its polls


def rows(conn: sqlite3.Connection, sources: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """What is stored of these sources, as far as they are polled; by id, and by column.

    As dictionaries: a row of SQLite's goes through the names of its forty columns each time that it is asked for one.
    """
    found = conn.execute(
        """SELECT schedule.lease, schedule.host, schedule.private, sources.*,
            (SELECT max(expires) FROM subscriptions AS hub
                WHERE hub.source = sources.id AND relied AND state = 'active') AS relied,
            EXISTS (SELECT 1 FROM held_back WHERE held_back.source = sources.id AND fresh) AS waiting,
            EXISTS (SELECT 1 FROM schedule AS other
                WHERE other.host = schedule.host AND other.source != schedule.source) AS crowded
        FROM json_each(?) AS chosen JOIN sources ON sources.id = chosen.value
        JOIN schedule ON schedule.source = sources.id""",
        (array(sources),),
    )
    names = [name for name, *_ in found.description]
    return {row["id"]: row for row in (dict(zip(names, values, strict=True)) for values in found)}


def past(row: Mapping[str, Any]) -> Past:
    """What was known before a poll."""
    return Past(
        standing=Standing(
            rhythm=Rhythm.from_bytes(row["rhythm"]) if row["rhythm"] else UNWATCHED,
            wishes=Wishes.from_text(row["wishes"]),
            address=_address(row),
            failures=row["failures"],
            weight=row["weight"],
            since=moment(row["failing_since"]),
            ailment=row["ailment"],
            gone=row["gone"],
            last_new=moment(row["last_new"]),
            silent_at=moment(row["silent_at"]),
        ),
        title=row["title"],
        url=row["url"],
        site=row["host"],
        crowded=bool(row["crowded"]),
        private=bool(row["private"]),
        least=timedelta(seconds=row["min_interval"]),
        most=timedelta(seconds=row["max_interval"]),
        newest=row["newest"],
        polls=row["polls"],
        items=row["items"],
        relied=row["relied"],
        offer=(row["hub"], row["hub_topic"]),
        waiting=bool(row["waiting"]),
    )


def _address(row: Mapping[str, Any]) -> Address:
    return Address(moved_to=row["moved_to"], moved_since=moment(row["moved_since"]), adopted=row["adopted"])


def after(before: Past, outcome: Outcome, published: Sequence[datetime], listed: Sequence[datetime]) -> Standing:
    """What is known after one more poll; given are the publication times of what was new and of all it listed."""
    known = before.standing
    if outcome.result == "failed":
        return _after_failure(before, outcome)
    if known.rhythm.at is None and outcome.result == "document":
        rhythm = first_impression(listed, outcome.at)
    else:
        rhythm = watched(known.rhythm, published, outcome.at)
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
        silent_at=_silent_at(rhythm, outcome.at) if published else known.silent_at,
    )


def _silent_at(rhythm: Rhythm, since: datetime) -> datetime | None:
    limit = trouble.silence(rhythm.per_day, rhythm.items[0])
    return since + limit if limit else None


def _after_failure(before: Past, outcome: Outcome) -> Standing:
    known = before.standing
    name = trouble.named(outcome.kind, outcome.status)
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
    """When the source is looked at again, and not just when others of its site are; `planned` are not yet written."""
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
    return asked(now.wishes, (*outcome.hints, *said), outcome.at)


def told(before: Past, outcome: Outcome, now: Standing, newest: float | None, new: int) -> dict[str, object]:
    """How the poll went, as it is to be written of the source, by column."""
    at, address = outcome.at.timestamp(), now.address
    told: dict[str, object] = {
        "polls": before.polls + 1, "items": before.items + new, "last_poll": at,
        "failures": now.failures, "error": outcome.error, "weight": now.weight,
        "ailment": now.ailment, "failing_since": seconds(now.since), "gone": now.gone,
        "moved_to": address.moved_to, "moved_since": seconds(address.moved_since), "adopted": address.adopted,
    }  # fmt: skip
    if outcome.proposed or not now.failures:
        told["proposed"] = outcome.proposed
    if outcome.result != "failed":
        told |= _succeeded(outcome, now, newest)
    return told


def _succeeded(outcome: Outcome, now: Standing, newest: float | None) -> dict[str, object]:
    """What is kept of a poll that did not fail, by column."""
    told: dict[str, object] = {
        "rhythm": now.rhythm.to_bytes(), "wishes": now.wishes.to_text(), "last_success": outcome.at.timestamp(),
        "etag": outcome.validators.etag, "last_modified": outcome.validators.last_modified, "newest": newest,
        "last_new": seconds(now.last_new), "silent_at": seconds(now.silent_at),
    }  # fmt: skip
    if outcome.result == "document":
        told["notice"] = outcome.notice
    if outcome.result != "unchanged":
        told["full_at"] = outcome.at.timestamp()
    if outcome.body_hash is not None:
        told["body_hash"] = outcome.body_hash
    if outcome.feed_title:
        told["feed_title"] = outcome.feed_title
    return told


def learnt(before: Past, outcome: Outcome, published: Sequence[datetime], listed: Sequence[float]) -> dict[str, object]:
    """What is to be written of a source after a push, by column: news between two polls tells how much it publishes,
    and that it is not silent.
    """
    told: dict[str, object] = {"polls": before.polls + 1, "items": before.items + len(published)}
    if published:
        rhythm = watched(before.standing.rhythm, published, outcome.at)
        told |= {
            "rhythm": rhythm.to_bytes(), "newest": max(before.newest or float("-inf"), *listed),
            "last_new": outcome.at.timestamp(), "silent_at": seconds(_silent_at(rhythm, outcome.at)),
        }  # fmt: skip
    return told
