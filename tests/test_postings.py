"""Looking up fingerprints gives what a plain table of them would."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.store.merging import packed, postings
from feedhub.store.merging.postings import Postings

PRINTS = st.lists(st.integers(1, 12), min_size=1, max_size=6, unique=True)
BROUGHT = st.lists(st.tuples(PRINTS, st.integers(0, 2)), min_size=1, max_size=60)  # prints, hours since the item before
Brought = list[tuple[list[int], int]]
HOUR = 3600.0


@pytest.fixture(autouse=True, scope="module")
def few_trays() -> Iterator[None]:
    """Half a million take a while, and fingerprints as small as these lie in the first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packed, "TRAYS", 8)
        yield


@contextmanager
def table() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute("CREATE TABLE fingerprints (item INTEGER PRIMARY KEY, at REAL, hashes BLOB)")
        yield conn


def kept(conn: sqlite3.Connection, brought: Brought, sort_every: int, foreseen: list[int], most: int = 12) -> Postings:
    """Postings to which items 1, 2, 3 ... came; `foreseen` is looked up while they come."""
    held, at = Postings(conn, most, few=3), 0.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "FRESH", sort_every)
        for number, (prints, later) in enumerate(brought, 1):
            at += later * HOUR
            held.foresee(foreseen)
            held.add(number, prints, at)
    return held


def plain(found: dict[int, Sequence[int]]) -> dict[int, list[int]]:
    """With lists in place of arrays."""
    return {one: list(items) for one, items in found.items()}


def carriers(brought: Brought, asked: list[int]) -> dict[int, list[int]]:
    """Which items carry each fingerprint, without any index."""
    found = {one: [item for item, (prints, _) in enumerate(brought, 1) if one in prints] for one in asked}
    return {one: items for one, items in found.items() if items}


def test_an_item_that_has_changed_is_found_once_by_each_fingerprint() -> None:
    with table() as conn:
        held = Postings(conn)
        held.foresee([5])  # from here on they are in memory
        held.add(1, [5, 6], HOUR)
        held.renew(1, [6, 7])
        assert plain(held.find([5, 6, 7], 0)) == {5: [1], 6: [1], 7: [1]}


def test_of_an_item_that_changes_all_the_time_the_latest_words_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "MOST_PRINTS", 4)
    with table() as conn:
        held = Postings(conn)
        held.add(1, [1, 2], HOUR)
        for number in range(3, 8):
            held.renew(1, [1, number])  # what stays is no former word
        assert plain(Postings(conn).find(list(range(1, 8)), 0)) == {1: [1], 5: [1], 6: [1], 7: [1]}


def test_an_item_that_came_too_long_ago_to_be_looked_for_stays_so_when_it_changes() -> None:
    with table() as conn:
        Postings(conn).renew(1, [5])
        assert plain(Postings(conn).find([5], 0)) == {}


@given(BROUGHT, PRINTS, st.integers(1, 20), PRINTS)
def test_all_items_are_found_or_the_newest_where_everybody_has_them(
    brought: Brought, asked: list[int], sort_every: int, foreseen: list[int]
) -> None:
    held = carriers(brought, asked)
    common = sum(map(len, held.values())) >= 12
    expected = {one: items[-3:] for one, items in held.items()} if common else held
    with table() as conn:
        assert plain(kept(conn, brought, sort_every, foreseen).find(asked, 0.0)) == expected


@given(BROUGHT, PRINTS, st.integers(1, 20), st.integers(0, 60))
def test_what_came_since_is_found_and_nothing_older_than_the_hour_before_in_which_any_came(
    brought: Brought, asked: list[int], sort_every: int, since: int
) -> None:
    with table() as conn:
        found = kept(conn, brought, sort_every, [], most=1000).find(asked, since * HOUR)
    times = [sum(later for _, later in brought[:number]) for number in range(1, len(brought) + 1)]
    hour_before = max((time for time in times if time < since), default=0)
    for one, items in carriers(brought, asked).items():
        given = set(found.get(one, ()))
        assert {item for item in items if times[item - 1] >= since} <= given
        assert given <= {item for item in items if times[item - 1] >= hour_before}


@given(BROUGHT, st.lists(st.tuples(st.integers(1, 60), PRINTS)), PRINTS, st.integers(1, 20), st.integers(0, 60))
def test_after_a_start_the_same_is_found_as_before(
    brought: Brought, changed: list[tuple[int, list[int]]], asked: list[int], sort_every: int, since: int
) -> None:
    with table() as conn:
        running = kept(conn, brought, sort_every, asked)
        for item, prints in changed:
            running.renew(item, prints)
        running.write()
        assert plain(Postings(conn, 12, 3).find(asked, since * HOUR)) == plain(running.find(asked, since * HOUR))


def test_what_is_not_stored_any_more_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with table() as conn:
        held = kept(conn, [([1], 0)] * 10, 5, [])
        held.pruned(8)
        monkeypatch.setattr(postings, "FRESH", 1)
        held.add(11, [1], 0.0)
        held.renew(3, [1, 2])  # it has changed, and is gone by now
        assert plain(held.find([1], 0.0)) == {1: [9, 10, 11]}
