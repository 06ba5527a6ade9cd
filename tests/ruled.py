"""Six papers that tell of three things, and what an editor may rule of them, one after the other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from build import BUDGET, FERRY, LATER, QUAKE, item, printed, replayed
from feedhub.model import Item, Settings
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from newsroom import Newsroom

PAPERS = ("tsubame", "herald", "mainichi", "evening", "morning", "weekly")


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
        store.adopt(replayed(reader, Path(directory), **rules), LATER)


NUMBER = st.integers(1, 6)
PAPER, TEXT = st.sampled_from(PAPERS), st.sampled_from([QUAKE, BUDGET, FERRY, QUAKE.rsplit("\n", 1)[0]])
STEPS = st.one_of(
    st.tuples(st.sampled_from(["merge", "never"]), NUMBER, NUMBER),
    st.tuples(st.sampled_from(["split", "undo"]), NUMBER),
    st.tuples(st.just("prune"), PAPER),
    st.tuples(st.just("revise"), PAPER, TEXT),
    st.tuples(st.just("replay"), st.sampled_from(["72h", "1m"])),
)


def six_told(desk: Settings) -> Newsroom:
    """A newsroom in which each paper has printed one of three texts."""
    newsroom = Newsroom(desk)
    for paper, text in zip(PAPERS, (QUAKE, QUAKE, BUDGET, FERRY, BUDGET, QUAKE), strict=True):
        newsroom.prints(paper, copy(paper, text))
    return newsroom
