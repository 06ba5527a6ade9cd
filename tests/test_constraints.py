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

from build import BUDGET, QUAKE, START, item, new_store, printed, settings, source
from feedhub.dedup.rules import RULES
from feedhub.errors import NotFound, RulingError
from feedhub.model import Item, Settings
from feedhub.store.reading import Reader
from feedhub.store.replay import replay
from feedhub.store.writing import Store

FERRY = """KOCHI -- The ferry Seto Maru ran aground near Uwajima with 212 people aboard on Monday, and the coast guard \
sent three boats to the Bungo Channel. Passengers of the Seto Maru were taken off at dawn, wet and cold but unhurt."""
PAPERS = ("tsubame", "herald", "mainichi", "evening", "morning", "weekly")
LATER = START + timedelta(minutes=30)


def desk_of(directory: Path) -> Settings:
    return settings(directory / "feedhub.db", [source(paper) for paper in PAPERS], [])


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return desk_of(tmp_path)


def rule(store: Store, verb: str, *names: object) -> int:
    return store.rule(verb, [str(name) for name in names], "an editor", LATER)[0]


def copy(paper: str, text: str, **fields: object) -> Item:
    return item(paper, f"As told by the {paper}", text, guid=paper, **fields)


def told(store: Store, *texts: str) -> None:
    """One item of each text, each by a paper of its own; their numbers count from 1."""
    for paper, text in zip(PAPERS, texts, strict=False):
        printed(store, paper, copy(paper, text))


def revised(store: Store, number: int, text: str) -> None:
    paper = PAPERS[number - 1]
    printed(store, paper, copy(paper, text), at=LATER + timedelta(minutes=5))


def stories(reader: Reader) -> list[list[int]]:
    return sorted(sorted(copy.item_id for copy in story.copies) for story in reader.front(20))


def adopt_replay(store: Store, reader: Reader, **rules: str) -> None:
    with TemporaryDirectory() as directory:
        found = replay(reader, Path(directory) / "scratch.db", RULES.changed(rules))
        store.adopt(found, LATER)


def refused(store: Store, one: int, other: int) -> bool:
    try:
        rule(store, "merge", one, other)
    except RulingError as error:
        return "stay apart" in str(error)
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
    rule(store, "undo", 2)
    rule(store, "merge", 2, 3)


def test_what_was_kept_apart_from_merged_stories_is_kept_apart_from_either(store: Store, reader: Reader) -> None:
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
    adopt_replay(store, reader, window="0.001h")  # two of a minute alone are copies


def by_pruning(store: Store, reader: Reader) -> None:
    printed(store, PAPERS[0], at=LATER)
    store.prune(START + timedelta(days=31))


@pytest.mark.parametrize("leaves", [by_leaving, by_split, by_replay, by_pruning])
def test_what_came_later_stays_apart_when_the_copy_that_was_ruled_on_is_gone(
    store: Store, reader: Reader, leaves: Callable[[Store, Reader], None]
) -> None:
    told(store, QUAKE, BUDGET)
    rule(store, "never", 1, 2)
    for paper in ("mainichi", "evening"):
        printed(store, paper, copy(paper, QUAKE, published=START - timedelta(minutes=29)))
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


def test_rulings_of_an_earlier_version_bind_from_either_side(desk: Settings) -> None:
    store = new_store(desk.database)
    store.configure(desk, START)
    told(store, QUAKE, BUDGET)
    rule(store, "never", 1, 2)
    store.close()
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("DELETE FROM constraints WHERE one > other")  # a pair was one row
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'pairs_of_every_ruling'")
    with closing(Store(desk.database, "a test")) as again:
        again.configure(desk, START)
        assert refused(again, 2, 1)
    with closing(sqlite3.connect(desk.database)) as conn:
        pairs = conn.execute("SELECT one, other FROM constraints ORDER BY one").fetchall()
    assert pairs == [(1, 2), (2, 1)]


NUMBER = st.integers(1, 6)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["merge", "never"]), NUMBER, NUMBER),
    st.tuples(st.sampled_from(["split", "undo", "prune"]), NUMBER),
    st.tuples(st.just("revise"), NUMBER, st.sampled_from([QUAKE, BUDGET, FERRY, QUAKE.rsplit("\n", 1)[0]])),
    st.tuples(st.just("replay"), st.sampled_from(["72h", "0.001h"])),
)


class World:
    """Six items of three texts, and what was ruled of them: by each ruling that stands, pairs that it keeps apart."""

    def __init__(self, desk: Settings):
        self.store = new_store(desk.database)
        self.store.configure(desk, START)
        self.reader = Reader(desk.database)
        told(self.store, QUAKE, QUAKE, BUDGET, FERRY, BUDGET, QUAKE)
        self.apart: dict[int, set[tuple[int, int]]] = {}

    def close(self) -> None:
        self.reader.close()
        self.store.close()

    @property
    def story(self) -> dict[int, str]:
        """Of each item that is left, the id of its story."""
        return {copy.item_id: story.id for story in self.reader.front(20) for copy in story.copies}

    def does(self, verb: str, *names: object) -> None:
        match verb, *names:
            case "revise", int(number), str(text) if number in self.story:
                revised(self.store, number, text)
            case "prune", int(number):
                printed(self.store, PAPERS[number - 1], at=LATER + timedelta(minutes=6))
                self.store.prune(START + timedelta(days=31))
            case "replay", str(window):
                adopt_replay(self.store, self.reader, window=window)
            case "merge" | "never" | "split" | "undo", *numbers:
                self.rules(verb, *map(int, numbers))

    def rules(self, verb: str, *numbers: int) -> None:
        pairs = self.parted(verb, *numbers)
        try:
            ruling = rule(self.store, verb, *numbers)
        except (RulingError, NotFound):
            return
        if verb == "undo":
            self.apart.pop(ruling, None)
        else:
            self.apart[ruling] = pairs

    def parted(self, verb: str, one: int, other: int = 0) -> set[tuple[int, int]]:
        """The copies that a ruling is to keep apart, as the stories are when it is made."""
        story = self.story
        mine = {number for number in story if story[number] == story.get(one)}
        match verb:
            case "never":
                return {(a, b) for a in mine for b in story if story[b] == story.get(other)}
            case "split":
                return {(one, rest) for rest in mine - {one}}
        return set()

    def broken(self) -> list[tuple[int, int]]:
        """Pairs that were ruled to stay apart and stand together."""
        story = self.story
        pairs = {pair for pairs in self.apart.values() for pair in pairs}
        return [(a, b) for a, b in pairs if a in story and story[a] == story.get(b)]


@pytest.mark.slow
@given(st.lists(STEPS, max_size=9))
def test_no_order_of_rulings_and_events_brings_together_what_was_ruled_apart(steps: list[tuple[str, ...]]) -> None:
    with TemporaryDirectory() as directory, closing(World(desk_of(Path(directory)))) as world:
        for verb, *names in steps:
            world.does(verb, *names)
            assert world.broken() == [], (verb, names)
