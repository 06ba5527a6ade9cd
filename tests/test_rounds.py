"""Documents that come in one round of polls are stored together, and leave what they leave one by one."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from build import (
    BUDGET,
    HALF,
    LEASE,
    QUAKE,
    START,
    TOLL,
    USGS,
    document,
    failing,
    gibberish,
    item,
    new_store,
    rule,
    settings,
    source,
)
from feedhub.errors import NotFound, RulingError
from feedhub.model import Item
from feedhub.store.merging import lately
from feedhub.store.merging.electing import MOST_COPIES
from feedhub.store.writing import Store

PAPERS = (source("herald"), *(source(id, agency="tsubame") for id in ("tsubame", "tokyo", "kobe")), source("evening"))
LEAD = QUAKE.splitlines()[0]
NEAR = f"{USGS}\n{QUAKE.splitlines()[2]}"  # of the same event, and no copy
NOTICE = "This story has been withdrawn."
TEXTS = (QUAKE, LEAD, f"{QUAKE}\n{TOLL}", BUDGET, QUAKE.replace("6.1", "6.4"), HALF, NEAR, NOTICE, "")
TITLES = ("Quake off Miyagi", "UPDATE 1-Quake off Miyagi", "The government is set to ask for a record budget again")
STATE = {
    "stories": "id, canonical, core, outlets, published, updated",
    "items": "id, story, share, guid, title, published",
    "listed": "source, item",
    "dropped": "at, item",
    "returned": "item, again",
    "revisions": "item, newest, kinds",
    "verdicts": "item, beside, kind, decided, review",
    "steps": "item, step, updates, was_shown",
    "corrections": "item, changes",
    "outdated": "item, correction",
    "related": "story, other",
    "merged": "story, item",
    "manifold": "story",
    "constraints": "ruling, kind, one, other, inherited, waiver",
    "to_relate": "story, terms",
}


class Writing(NamedTuple):
    """What an outlet prints."""

    text: int
    title: int
    age: int  # hours; what has the same headline half a day before recurs
    place: str  # that it takes in the list: a new one, the last one's, with its guid or another, or all of it


Round = dict[str, list[Writing]]  # by outlet
Ruling = tuple[str, int, int]  # a verb, and two items if it takes two
WRITINGS = st.builds(
    Writing,
    st.integers(0, len(TEXTS) - 1),
    st.integers(0, len(TITLES) - 1),
    st.sampled_from((0, 1, 2, 5, 14)),
    st.sampled_from(("new", "last", "renamed", "all")),
)
ROUNDS = st.dictionaries(
    st.sampled_from([paper.id for paper in PAPERS]), st.lists(WRITINGS, min_size=1, max_size=3), min_size=2
)
RULINGS = st.tuples(st.sampled_from(("merge", "never", "split")), st.integers(1, 9), st.integers(1, 9))
DAYS = st.lists(st.tuples(ROUNDS, st.lists(RULINGS, max_size=2)), max_size=4)
MISCOUNTED = """SELECT id, outlets FROM stories WHERE outlets !=
    (SELECT max(count(DISTINCT outlet), 1) FROM items JOIN sources ON sources.id = source
        LEFT JOIN steps ON item = items.id WHERE story = stories.id AND step IS NOT 'withdrawal')"""
# A headline alone that recurs, and the text that belongs to it, of one round.
RECURS: Round = {
    "herald": [Writing(TEXTS.index(""), 2, age, "new") for age in (14, 1)],
    "evening": [Writing(TEXTS.index(QUAKE), 2, 0, "new")],
}

# Two texts of one story by an editor's word, both withdrawn; another outlet prints the second one.
STANDS_AGAIN: list[tuple[Round, list[Ruling]]] = [
    (
        {
            "herald": [Writing(TEXTS.index(BUDGET), 2, 1, "new")],
            "evening": [Writing(TEXTS.index(QUAKE), 0, 1, "new")],
        },
        [("merge", 1, 2)],
    ),
    ({paper: [Writing(TEXTS.index(NOTICE), 2, 1, "last")] for paper in ("herald", "evening")}, []),
    ({"kobe": [Writing(TEXTS.index(QUAKE), 0, 0, "new")], "tokyo": [Writing(TEXTS.index(NEAR), 0, 0, "new")]}, []),
]

# Two updates; a round brings a copy, and then another date for the first of them.
REDATED: list[tuple[Round, list[Ruling]]] = [
    ({paper: [Writing(TEXTS.index(QUAKE), 0, 5, "new")] for paper in ("herald", "evening")}, []),
    ({"herald": [Writing(TEXTS.index(QUAKE), 1, 2, "new")]}, []),
    ({"evening": [Writing(TEXTS.index(QUAKE), 1, 2, "new")]}, []),
    (
        {
            "kobe": [Writing(TEXTS.index(QUAKE), 0, 2, "new")],
            "herald": [Writing(TEXTS.index(QUAKE), 1, 0, "last")],
        },
        [],
    ),
]


@tried(max_examples=12)
@example([(RECURS, [])])
@example(STANDS_AGAIN)
@example(REDATED)
@given(DAYS)
def test_a_round_of_documents_leaves_what_they_leave_one_by_one(day: list[tuple[Round, list[Ruling]]]) -> None:
    assert _after(day, together=True) == _after(day, together=False)


@pytest.mark.parametrize("table", ["stories", "items", "verdicts"])
def test_a_round_that_cannot_be_stored_leaves_nothing_to_the_next(table: str, tmp_path: Path) -> None:
    with closing(new_store(tmp_path / "feedhub.db")) as store:
        store.configure(settings(tmp_path / "feedhub.db", PAPERS, []), START)
        with failing(store, f"INSERT ON {table}"):
            _print(store, QUAKE, "herald", "evening")
        _print(store, BUDGET, "kobe", "tokyo")
        _print(store, TOLL, "herald")
        stored = store._conn.execute(
            "SELECT source, outlets FROM items JOIN stories ON stories.id = story ORDER BY items.id"
        )
        assert list(map(tuple, stored)) == [("kobe", 2), ("tokyo", 2), ("herald", 1)]
        for told, count in (("stories", 2), ("verdicts", 1), ("to_relate", 2)):
            assert store._conn.execute(f"SELECT count(*) FROM {told}").fetchone()[0] == count


def test_a_story_weighs_as_many_copies_as_it_may_of_a_round_that_brings_more(tmp_path: Path) -> None:
    papers = [source(f"paper-{number}") for number in range(MOST_COPIES + 20)]
    with closing(new_store(tmp_path / "feedhub.db")) as store:
        store.configure(settings(tmp_path / "feedhub.db", papers, []), START)
        for part in (papers[:100], papers[100:]):
            _print(store, QUAKE, *(paper.id for paper in part))
        assert store._conn.execute("SELECT outlets FROM stories").fetchone()[0] == MOST_COPIES


@pytest.mark.parametrize("copies", [MOST_COPIES, MOST_COPIES - 3])
def test_no_text_of_a_round_is_compared_with_one_that_came_to_a_story_when_that_was_full(
    copies: int, tmp_path: Path
) -> None:
    papers, rest = [source(f"paper-{number}") for number in range(copies)], QUAKE.removeprefix(LEAD)
    with closing(new_store(tmp_path / "feedhub.db")) as store:
        store.configure(settings(tmp_path / "feedhub.db", [*papers, *PAPERS], []), START)
        for part in (papers[:100], papers[100:]):
            _print(store, LEAD, *(paper.id for paper in part))
        claims = store.claim(START, 2, LEASE, 1, ["herald", "evening"])
        texts = {"herald": QUAKE, "evening": rest}  # the first has all that the others have, the second what they lack
        store.commit_polls([document(one, item(one.source_id, "Quake", texts[one.source_id])) for one in claims])
        core = store._conn.execute("SELECT source FROM items JOIN stories ON core = items.id ORDER BY items.id")
        assert [row[0] for row in core] == (["paper-0", "evening"] if copies == MOST_COPIES else ["herald"])


def test_an_item_is_compared_with_the_core_that_came_in_its_round_whatever_was_let_go_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lately, "MOST_BRIEFS", 2)
    start, end = gibberish(1, 18), gibberish(2, 15)
    with closing(new_store(tmp_path / "feedhub.db")) as store:
        store.configure(settings(tmp_path / "feedhub.db", PAPERS, []), START)
        _print(store, f"{start} {end}", "herald")
        texts = {"evening": f"{start} {gibberish(3, 60)}", "tokyo": gibberish(4), "kobe": end}
        claims = store.claim(START, len(texts), LEASE, 1, list(texts))
        store.commit_polls([document(one, item(one.source_id, one.source_id, texts[one.source_id])) for one in claims])
        stored = store._conn.execute("SELECT source, story FROM items ORDER BY id")
        assert list(map(tuple, stored)) == [("herald", 1), ("evening", 1), ("tokyo", 2), ("kobe", 3)]


@pytest.mark.parametrize("most", ["MOST_SUBJECTS", "MOST_BRIEFS"])
def test_items_of_a_round_are_compared_though_none_is_at_hand(
    most: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lately, most, 0)
    with closing(new_store(tmp_path / "feedhub.db")) as store:
        store.configure(settings(tmp_path / "feedhub.db", PAPERS, []), START)
        _print(store, QUAKE, "herald", "evening", "kobe", "tokyo")
        assert [row["outlets"] for row in store._conn.execute("SELECT outlets FROM stories")] == [4]


def _print(store: Store, text: str, *papers: str) -> None:
    """These print a text in one round."""
    claims = store.claim(START, len(papers), LEASE, 1, papers)
    store.commit_polls([document(one, item(one.source_id, text[:20], text)) for one in claims])


@pytest.mark.slow
@pytest.mark.timeout(240)
@tried(max_examples=80)
@given(DAYS)
def test_whatever_a_round_brings_it_leaves_what_documents_leave_one_by_one(
    day: list[tuple[Round, list[Ruling]]],
) -> None:
    one_by_one = _after(day, together=False)
    assert _after(day, together=True) == one_by_one
    for most, few in (("MOST_SUBJECTS", 0), ("MOST_BRIEFS", 3)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lately, most, few)
            assert _after(day, together=True) == one_by_one, most


def _after(day: list[tuple[Round, list[Ruling]]], *, together: bool) -> dict[str, list[tuple[object, ...]]]:
    """What is stored once outlets have printed and rewritten all this, and editors have ruled."""
    listed: dict[str, list[Item]] = defaultdict(list)
    with TemporaryDirectory() as name, closing(new_store(Path(name) / "feedhub.db")) as store:
        store.configure(settings(Path(name) / "feedhub.db", PAPERS, []), START)
        for number, (written, rulings) in enumerate(day):
            at = START + timedelta(hours=number)
            claims = {claim.source_id: claim for claim in store.claim(at, len(written), LEASE, 1, list(written))}
            for paper, writings in written.items():
                listed[paper] = _list(paper, listed[paper], writings, at)
            polls = [document(claims[paper], *listed[paper], at=at) for paper in written]
            for part in [polls] if together else [[poll] for poll in polls]:
                store.commit_polls(part)
            _rule(store, rulings)
        with closing(sqlite3.connect(Path(name) / "feedhub.db")) as database:
            assert database.execute(MISCOUNTED).fetchall() == []
            return {
                table: database.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}").fetchall()
                for table, columns in STATE.items()
            }


def _list(paper: str, before: list[Item], writings: list[Writing], at: datetime) -> list[Item]:
    """What an outlet lists once it has written these."""
    now = [] if any(one.place == "all" for one in writings) else [*before]
    for number, (text, title, age, place) in enumerate(writings):
        guid = f"{paper}-{at:%H}-{number}"
        if now and place in ("last", "renamed"):
            last = now.pop()
            guid = last.guid if place == "last" else guid
        now.append(item(paper, TITLES[title], TEXTS[text], guid=guid, published=at - timedelta(hours=age, minutes=1)))
    return now


def _rule(store: Store, rulings: Iterable[Ruling]) -> None:
    for verb, one, other in rulings:
        with suppress(RulingError, NotFound):  # not every one can be carried out
            rule(store, verb, *((one,) if verb == "split" else (one, other)))
