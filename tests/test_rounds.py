"""Documents that come in one round of polls are stored together, and leave what they leave one by one."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from build import BUDGET, LEASE, QUAKE, START, TOLL, document, item, new_store, settings, source
from feedhub.model import Item

PAPERS = (source("herald"), *(source(id, agency="tsubame") for id in ("tsubame", "tokyo", "kobe")), source("evening"))
LEAD = QUAKE.splitlines()[0]
TEXTS = (QUAKE, LEAD, f"{QUAKE}\n{TOLL}", BUDGET, QUAKE.replace("6.1", "6.4"))
TITLES = ("Quake off Miyagi", "UPDATE 1-Quake off Miyagi", "The government is set to ask for a record budget again")
STATE = {
    "stories": "id, canonical, core, outlets, published, updated",
    "items": "id, story, share, guid, title",
    "verdicts": "item, beside, kind, decided, review",
    "steps": "item, step, updates, was_shown",
    "outdated": "item, correction",
    "related": "story, other",
    "manifold": "story",
}

Writing = tuple[int, int, int, bool]  # a text, a headline, how many hours old, whether it takes the last one's place
WRITINGS = st.tuples(st.integers(0, len(TEXTS) - 1), st.integers(0, len(TITLES) - 1), st.integers(0, 5), st.booleans())
ROUNDS = st.lists(st.dictionaries(st.sampled_from([paper.id for paper in PAPERS]), WRITINGS, min_size=2), max_size=5)
MISCOUNTED = """SELECT id, outlets FROM stories WHERE outlets !=
    (SELECT count(DISTINCT outlet) FROM items JOIN sources ON sources.id = source WHERE story = stories.id)"""


@given(ROUNDS)
def test_a_round_of_documents_leaves_what_they_leave_one_by_one(rounds: list[dict[str, Writing]]) -> None:
    assert _after(rounds, together=True) == _after(rounds, together=False)


@pytest.mark.slow
@tried(max_examples=250)
@given(ROUNDS)
def test_whatever_a_round_brings_it_leaves_what_documents_leave_one_by_one(
    rounds: list[dict[str, Writing]],
) -> None:
    assert _after(rounds, together=True) == _after(rounds, together=False)


def _after(rounds: list[dict[str, Writing]], *, together: bool) -> dict[str, list[tuple[object, ...]]]:
    """What is stored once outlets have printed and rewritten all this."""
    listed: dict[str, list[Item]] = defaultdict(list)
    with TemporaryDirectory() as name, closing(new_store(Path(name) / "feedhub.db")) as store:
        store.configure(settings(Path(name) / "feedhub.db", PAPERS, []), START)
        for number, written in enumerate(rounds):
            at = START + timedelta(hours=number)
            for paper, (text, title, age, again) in written.items():
                guid = listed[paper][-1].guid if listed[paper] and again else f"{paper}-{number}"
                listed[paper] = [one for one in listed[paper] if one.guid != guid]
                listed[paper].append(
                    item(paper, TITLES[title], TEXTS[text], guid=guid, published=at - timedelta(hours=age))
                )
            claims = {claim.source_id: claim for claim in store.claim(at, len(written), LEASE, 1, list(written))}
            polls = [document(claims[paper], *listed[paper], at=at) for paper in written]
            for part in [polls] if together else [[poll] for poll in polls]:
                store.commit_polls(part)
        with closing(sqlite3.connect(Path(name) / "feedhub.db")) as database:
            assert database.execute(MISCOUNTED).fetchall() == []
            return {
                table: database.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}").fetchall()
                for table, columns in STATE.items()
            }
