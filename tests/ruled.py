"""Six papers that tell of three things, and what an editor may rule of them, one after the other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from build import BUDGET, FERRY, LATER, QUAKE, START, item, new_store, printed, replayed, rule
from feedhub.errors import NotFound, RulingError
from feedhub.model import Item, Settings
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

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


STEPS = st.one_of(
    st.tuples(st.sampled_from(["merge", "never"]), NUMBER, NUMBER),
    st.tuples(st.sampled_from(["split", "undo", "prune"]), NUMBER),
    st.tuples(st.just("revise"), NUMBER, st.sampled_from([QUAKE, BUDGET, FERRY, QUAKE.rsplit("\n", 1)[0]])),
    st.tuples(st.just("replay"), st.sampled_from(["72h", "1m"])),
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
