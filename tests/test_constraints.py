"""What a ruling keeps apart stays apart: whatever is merged, taken apart, pruned, revised and replayed after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import BUDGET, FERRY, LATER, QUAKE, START, new_store, printed, rule, settings, source
from feedhub.errors import RulingError
from feedhub.model import Settings
from feedhub.store.comparison import compare
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from ruled import PAPERS, STEPS, adopt_replay, copy, revised, six_told, stories, told


def desk_of(directory: Path) -> Settings:
    return settings(directory / "feedhub.db", [source(paper) for paper in PAPERS], [])


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return desk_of(tmp_path)


def refused(store: Store, one: int, other: int) -> bool:
    try:
        rule(store, "merge", one, other)
    except RulingError as error:
        return "kept apart" in str(error)
    return False


def test_a_split_out_of_merged_stories_holds_for_either_once_the_merge_is_undone(store: Store, reader: Reader) -> None:
    longest = FERRY + " The captain spoke of fog, and of buoys that he could not see." * 9
    told(store, longest, QUAKE, QUAKE.rsplit("\n", 2)[0])
    rule(store, "merge", 1, 2)
    rule(store, "split", 3)
    rule(store, "undo", 1)
    revised(store, 3, QUAKE.rsplit("\n", 1)[0])
    adopt_replay(store, reader)
    assert stories(reader) == [[1], [2], [3]]
    assert refused(store, 1, 3)
    rule(store, "undo", 2)
    assert stories(reader) == [[1], [2, 3]]


def test_what_was_kept_apart_from_merged_stories_is_kept_apart_from_either(store: Store) -> None:
    told(store, FERRY, QUAKE, BUDGET)
    rule(store, "merge", 1, 2)
    rule(store, "never", 3, 1)
    rule(store, "undo", 1)
    assert refused(store, 3, 1)
    assert refused(store, 3, 2)


def by_leaving(store: Store, reader: Reader) -> None:
    revised(store, 1, FERRY)


def by_split(store: Store, reader: Reader) -> None:
    rule(store, "split", 1)


def by_replay(store: Store, reader: Reader) -> None:
    adopt_replay(store, reader, window="1m")  # two of one minute alone are copies


def by_pruning(store: Store, reader: Reader, number: int = 1) -> None:
    printed(store, PAPERS[number - 1], at=LATER)
    store.prune(START + timedelta(days=31))


@pytest.mark.parametrize("leaves", [by_leaving, by_split, by_replay, by_pruning])
def test_what_came_later_stays_apart_when_the_copy_that_was_ruled_on_is_gone(
    store: Store, reader: Reader, leaves: Callable[[Store, Reader], None]
) -> None:
    told(store, QUAKE, BUDGET)
    rule(store, "never", 1, 2)
    for paper in ("mainichi", "evening"):
        printed(store, paper, copy(paper, QUAKE, published=START - timedelta(minutes=28)))
    assert stories(reader) == [[1, 3, 4], [2]]
    leaves(store, reader)
    assert refused(store, 3, 2)


def test_copies_that_are_pruned_together_hand_their_bond_on(store: Store, reader: Reader) -> None:
    told(store, QUAKE, QUAKE, BUDGET, QUAKE)
    rule(store, "never", 1, 3)
    printed(store, "morning", copy("morning", QUAKE))
    for paper in ("tsubame", "herald", "evening"):
        printed(store, paper, at=LATER)
    store.prune(START + timedelta(days=31))
    assert stories(reader) == [[3], [5]]
    assert refused(store, 5, 3)


def test_undoing_one_ruling_leaves_what_another_says_of_the_same_stories(store: Store, reader: Reader) -> None:
    told(store, QUAKE, QUAKE, QUAKE)
    first = rule(store, "split", 2)
    second = rule(store, "split", 1)
    rule(store, "undo", first)
    assert stories(reader) == [[1], [2, 3]]
    assert refused(store, 1, 2)
    rule(store, "undo", second)
    assert stories(reader) == [[1, 2, 3]]


def test_copies_that_were_split_off_one_story_one_by_one_may_be_merged_but_not_with_what_they_left(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, QUAKE, QUAKE)
    rule(store, "split", 1)
    rule(store, "split", 2)
    rule(store, "merge", 1, 2)
    assert stories(reader) == [[1, 2], [3]]
    for copies in ((1, 3), (2, 3), (3, 1)):
        assert refused(store, *copies)
    rule(store, "undo", 3)
    assert stories(reader) == [[1], [2], [3]]


def test_a_copy_is_not_merged_with_one_that_it_was_split_from_while_that_is_what_is_left_of_the_story(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, QUAKE, QUAKE, FERRY)
    rule(store, "split", 1)
    rule(store, "split", 2)
    assert refused(store, 1, 3)
    rule(store, "merge", 4, 3)  # the story is to be found under another id
    assert refused(store, 1, 4)
    assert refused(store, 3, 2)


def test_a_merge_is_refused_with_all_that_is_in_its_way(store: Store) -> None:
    told(store, QUAKE, QUAKE)
    rule(store, "split", 2)
    rule(store, "never", 1, 2)
    both = r"ruling 1 \(split, .*\) and ruling 2 \(never, .*\); undo that first \(feedhub undo 1, feedhub undo 2\)"
    with pytest.raises(RulingError, match=both):
        rule(store, "merge", 1, 2)


def test_what_is_never_to_meet_is_not_merged_after_splits_either(store: Store) -> None:
    told(store, QUAKE, QUAKE, QUAKE)
    rule(store, "split", 1)
    rule(store, "split", 2)
    never = rule(store, "never", 1, 2)
    with pytest.raises(RulingError, match=rf"^they are kept apart by ruling {never} \(never, an editor, .*Z\); undo"):
        rule(store, "merge", 1, 2)
    rule(store, "undo", never)
    rule(store, "merge", 1, 2)


def test_what_a_merge_waived_holds_again_for_a_copy_of_the_text_when_the_one_that_was_split_off_is_gone(
    store: Store, reader: Reader
) -> None:
    told(store, FERRY, QUAKE, BUDGET)
    rule(store, "merge", 1, 2)
    rule(store, "merge", 1, 3)
    split = rule(store, "split", 2)
    rule(store, "split", 3)
    merge = rule(store, "merge", 2, 3)
    printed(store, "evening", copy("evening", BUDGET))
    by_pruning(store, reader, 3)
    assert stories(reader) == [[1], [2, 4]]
    assert compare(reader, "2", "4").apart is None
    rule(store, "undo", merge)
    assert stories(reader) == [[1], [2], [4]]
    assert f"ruling {split} " in str(compare(reader, "2", "4").apart)


def test_rulings_of_an_earlier_version_bind_from_either_side(desk: Settings) -> None:
    store = new_store(desk.database)
    store.configure(desk, START)
    told(store, QUAKE, BUDGET)
    rule(store, "never", 1, 2)
    store.close()
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("DELETE FROM constraints WHERE one > other")  # a pair was one row
        steps = ("pairs_of_every_ruling", "heirs_of_what_was_bound", "pairs_that_a_merge_waives")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name IN (?, ?, ?)", steps)
    with closing(Store(desk.database, "a test")) as again:
        again.configure(desk, START)
        assert refused(again, 2, 1)
    with closing(sqlite3.connect(desk.database)) as conn:
        pairs = conn.execute("SELECT one, other FROM constraints ORDER BY one").fetchall()
    assert pairs == [(1, 2), (2, 1)]


@pytest.mark.slow
@given(st.permutations([1, 2, 6]), st.lists(STEPS, max_size=6))
def test_nothing_that_follows_brings_together_what_a_merge_of_copies_that_were_split_off_left_apart(
    copies: list[int], steps: list[tuple[str, ...]]
) -> None:
    one, other, left = copies
    with TemporaryDirectory() as directory, closing(six_told(desk_of(Path(directory)))) as newsroom:
        for ruling in (("split", one), ("split", other), ("merge", one, other)):
            newsroom.does(*ruling)
        assert newsroom.story[one] == newsroom.story[other] != newsroom.story[left]
        for verb, *names in steps:
            newsroom.does(verb, *names)
            assert newsroom.broken() == [], (verb, names)


@pytest.mark.slow
@given(st.lists(STEPS, max_size=9))
def test_no_order_of_rulings_and_events_brings_together_what_was_ruled_apart(steps: list[tuple[str, ...]]) -> None:
    with TemporaryDirectory() as directory, closing(six_told(desk_of(Path(directory)))) as newsroom:
        for verb, *names in steps:
            newsroom.does(verb, *names)
            assert newsroom.broken() == [], (verb, names)
