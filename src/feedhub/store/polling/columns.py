"""How sources stand, read from columns before a poll and written to them after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from feedhub.learning import observe
from feedhub.manners import Wishes
from feedhub.moves import Address
from feedhub.rhythm import UNWATCHED, Rhythm
from feedhub.store.many import array
from feedhub.store.polling.outcome import Outcome
from feedhub.store.polling.standing import Past, Standing, silent_at
from feedhub.store.times import moment, seconds


def rows(conn: sqlite3.Connection, sources: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """The stored rows of these sources, of those that are polled: by id, and by column.

    They are dictionaries: sqlite3.Row searches its forty column names at every access.
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
    """What was known of a source before a poll."""
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
        led_to=row["led_to"],
    )


def _address(row: Mapping[str, Any]) -> Address:
    return Address(moved_to=row["moved_to"], moved_since=moment(row["moved_since"]), adopted=row["adopted"])


def after_poll(before: Past, outcome: Outcome, now: Standing, newest: float | None, new: int) -> dict[str, object]:
    """The columns of a source to be written after a poll."""
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
    """The further columns after a poll that did not fail."""
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


def after_push(
    before: Past, outcome: Outcome, published: Sequence[datetime], listed: Sequence[float]
) -> dict[str, object]:
    """The columns to be written after a push: its news teaches the rhythm, and ends a silence."""
    told: dict[str, object] = {"polls": before.polls + 1, "items": before.items + len(published)}
    if published:
        rhythm = observe(before.standing.rhythm, published, outcome.at)
        told |= {
            "rhythm": rhythm.to_bytes(), "newest": max(before.newest or float("-inf"), *listed),
            "last_new": outcome.at.timestamp(), "silent_at": seconds(silent_at(rhythm, outcome.at)),
        }  # fmt: skip
    return told
