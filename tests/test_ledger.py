"""What the polls of one transaction come to is read and written together, and comes to the same as one by one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from build import BUDGET, LEASE, QUAKE, START, document, item, new_store, settings, source
from feedhub.model import Topic, Validators
from feedhub.store.polling.outcome import Claim, Outcome
from feedhub.store.writing import Store

HOUR = timedelta(hours=1)
Row = tuple[object, ...]
PAPERS = [
    source("morning", url="http://morning.herald.co.jp/feed"),
    source("evening", url="http://evening.herald.co.jp/feed"),
    source("sunday", url="http://sunday.herald.co.jp/feed"),
    source("star"),
    source("bridge", url="http://127.0.0.1/star"),
    source("other", url="http://127.0.0.1/other"),
]
TOPICS = [Topic(id="all", title="All", match=""), Topic(id="shared", title="Shared", match="copies>=2", max_changes=3)]
TOLD = {
    "sources": "*",
    "schedule": "source, host, next_at, reason, leased_until, private, paused",
    "sites": "*",
    "fetches": "*",
    "activity": "*",
    "intake": "*",
    "incidents": "source, title, strand, kind, since, updated, ended, words",
    "outlines": "*",
    "items": "id, source, guid, story, first_seen, share",
    "listed": "*",
    "dropped": "*",
    "returned": "*",
    "stories": "id, canonical, core, outlets, published, updated",
    "verdicts": "*",
    "entries": "*",
    "history": "*",
    "fingerprints": "*",
}


def outcomes_of_a_day(store: Store, together: int) -> None:
    """A day of polls and pushes of every kind, so many stored in one transaction."""
    chance = Random(1)
    for hour in range(24):
        at = START + hour * HOUR
        claims = store.claim(at, len(PAPERS), LEASE, 10, [paper.id for paper in PAPERS])
        batch = [outcome for claim in claims for outcome in outcomes(claim, at, chance)]
        for start in range(0, len(batch), together):
            store.commit_polls(batch[start : start + together])


def outcomes(claim: Claim, at: datetime, chance: Random) -> list[Outcome]:
    """What a poll found; one in six pushed meanwhile, before or after it, or given to another."""
    known = Outcome(claim=claim, at=at, result="unchanged", status=304, validators=Validators(etag='"1"'))
    listed = [
        item(claim.source_id, f"{title} {number}", f"{text}\nNumber {number}.", published=at - HOUR / 2)
        for title, text in (("Quake", QUAKE), ("Budget", BUDGET))
        for number in range(at.hour // 4)
    ]
    news = document(claim, *listed, at=at)
    failed = Outcome(claim=claim, at=at, result="failed", status=chance.choice((404, 410, 429, 503)), error="It failed")
    found = chance.choice((known, known, replace(known, result="same"), news, failed))
    push = replace(news, claim=replace(claim, token=""), pushed=True, truncated=True)
    return chance.choice(
        ([found], [found], [found], [found, push], [push, found], [replace(found, claim=replace(claim, token="old"))])
    )


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    return stored_after_a_day(tmp_path_factory.mktemp("alone"), 1)


@pytest.mark.slow
@pytest.mark.parametrize("together", [2, 100])
def test_polls_and_pushes_come_to_the_same_together_and_one_by_one(
    together: int, tmp_path: Path, one_by_one: dict[str, list[Row]]
) -> None:
    assert all(one_by_one.values()), "each table tells of something"
    assert stored_after_a_day(tmp_path, together) == one_by_one


def stored_after_a_day(directory: Path, together: int) -> dict[str, list[Row]]:
    desk = settings(directory / "feedhub.db", PAPERS, TOPICS)
    store = new_store(desk.database)
    store.configure(desk, START)
    outcomes_of_a_day(store, together)
    store.close()
    with closing(sqlite3.connect(desk.database)) as conn:
        return {
            table: conn.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            for table, columns in TOLD.items()
        }


def test_a_story_that_ends_in_the_transaction_it_came_with_enters_no_topic(tmp_path: Path) -> None:
    desk = settings(tmp_path / "feedhub.db", PAPERS, TOPICS)
    with closing(new_store(desk.database)) as store:
        store.configure(desk, START)
        claims = {claim.source_id: claim for claim in store.claim(START, len(PAPERS), LEASE, 10)}
        reports = store.commit_polls(
            [
                document(claims["star"], item("star", "Quake off Miyagi", "")),
                document(claims["evening"], item("evening", "Strong quake felt in the northeast", QUAKE)),
                document(claims["morning"], item("morning", "Quake off Miyagi", QUAKE)),
            ]
        )
    assert [report.new for report in reports] == [1, 1, 1]
    assert reports[2].topics == {"all", "shared"}
    with closing(sqlite3.connect(desk.database)) as conn:
        assert conn.execute("SELECT id FROM stories").fetchall() == [(2,)]
        for table in ("entries", "history"):
            rows = conn.execute(f"SELECT topic, story FROM {table} ORDER BY topic").fetchall()
            assert rows == [("all", 2), ("shared", 2)]


def test_a_copy_that_another_source_moved_in_the_same_transaction_is_known_where_it_is_now(tmp_path: Path) -> None:
    desk = settings(tmp_path / "feedhub.db", PAPERS, TOPICS)
    bare = item("star", "Quake off Miyagi", "")
    with closing(new_store(desk.database)) as store:
        store.configure(desk, START)
        (claim,) = store.claim(START, 1, LEASE, 10, ["star"])
        store.commit_polls([document(claim, bare)])
        claims = {claim.source_id: claim for claim in store.claim(START, 3, LEASE, 10, ["star", "evening", "morning"])}
        reports = store.commit_polls(
            [
                document(claims["evening"], item("evening", "Strong quake felt in the northeast", QUAKE)),
                document(claims["morning"], item("morning", "Quake off Miyagi", QUAKE)),
                document(claims["star"], replace(bare, published=bare.published - HOUR)),
            ]
        )
    assert [(report.new, report.changed) for report in reports] == [(1, 0), (1, 0), (0, 1)]
    assert reports[2].topics == {"all", "shared"}
