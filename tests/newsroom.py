"""Outlets that print, correct, withdraw and go on writing, and editors that rule, one after the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from build import BUDGET, QUAKE, START, TOLL, item, new_store, printed, replayed, settings, source
from feedhub.errors import NotFound, RulingError
from feedhub.model import Item, Settings
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

OUTLETS = ("wire", "herald", "courier")
TEXTS = (QUAKE, QUAKE.splitlines()[0], TOLL, BUDGET, QUAKE.splitlines()[0].replace("6.1", "6.4"), "")
KILLED = "TOKYO (Tsubame) -- This story has been withdrawn. No quake was measured."
FIGURES = (("6.1", "6.4"), ("120 trillion", "210 trillion"), ("3 people dead and 11", "6 people dead and 14"))

OUTLET, NUMBER = st.sampled_from(OUTLETS), st.integers(1, 9)
WRITTEN = st.tuples(
    st.sampled_from(["print", "correct", "kill", "remove", "fuller", "rewrite", "update", "redate", "anew"]),
    OUTLET,
    NUMBER,
)
RULED = st.one_of(
    st.tuples(st.sampled_from(["merge", "never"]), NUMBER, NUMBER),
    st.tuples(st.sampled_from(["split", "split", "confirm"]), NUMBER),
)
RESTART = st.just(("restart",))
STEPS = st.one_of(WRITTEN, WRITTEN, WRITTEN, WRITTEN, RULED, RULED, RESTART)  # most of what happens is news


Pair = tuple[int, int]


def desk_of(directory: Path) -> Settings:
    sources = [source("wire", agency="tsubame"), *map(source, OUTLETS[1:])]
    return settings(directory / "feedhub.db", sources, [])


class Newsroom:
    """What each outlet prints, and a store that polls them and hears the editors."""

    def __init__(self, desk: Settings):
        self.store, self.reader, self._desk = new_store(desk.database), Reader(desk.database), desk
        self.store.configure(desk, START)
        self.apart: dict[int, set[Pair]] = {}  # of each ruling that stands, the pairs that it keeps apart
        self.waived: dict[int, dict[int, set[Pair]]] = {}  # of each merge that stands, those that it waives
        self._from: dict[int, str] = {}  # of each split, the story that the copy left
        self._now, self._items, self._printed = START, defaultdict[str, list[Item]](list), 0

    def close(self) -> None:
        self.reader.close()
        self.store.close()

    @property
    def story(self) -> dict[int, str]:
        """Of each item that is left, the id of its story."""
        return {copy.item_id: story.id for story in self.reader.front(20) for copy in story.copies}

    def prints(self, outlet: str, *items: Item) -> None:
        """Let an outlet's feed list these items after those that it lists."""
        self._printed += len(items)
        self._items[outlet] += items
        printed(self.store, outlet, *self._items[outlet], at=self._now)

    def does(self, verb: str, *names: str | int) -> None:
        self._now += timedelta(minutes=7)
        match verb, *names:
            case ("restart",):
                self.store.close()
                self.store = Store(self._desk.database, "a test")
                self.store.configure(self._desk, self._now)
            case "replay", str(window):
                with TemporaryDirectory() as directory:
                    self.store.adopt(replayed(self.reader, Path(directory), window=window), self._now)
            case "prune", str(outlet):
                self._items[outlet].clear()
                self.prints(outlet)
                self.store.prune(self._now + timedelta(days=31))
            case "revise", str(outlet), str(text):
                self._items[outlet][:] = [_saying(one, text) for one in self._items[outlet]]
                self.prints(outlet)
            case "undo", int(number):
                self.rules("undo", number)
            case (("merge" | "never" | "split" | "confirm"), *numbers):
                self.rules(verb, *(1 + (int(number) - 1) % max(self._printed, 1) for number in numbers))
            case _, str(outlet), int(number):
                self._writes(verb, outlet, number)

    def rules(self, verb: str, *names: str | int) -> int | None:
        """Rule as an editor; returns the number of the ruling, None where it is refused."""
        story, pairs, waived = self.story, self._parted(verb, *names), self._waived(verb, *names)
        self._now += timedelta(minutes=1)
        try:
            number, _ = self.store.rule(verb, [str(name) for name in names], "an editor", self._now)
        except (RulingError, NotFound):
            return None
        if verb == "undo":
            self.apart.pop(number, None)
            self.waived.pop(number, None)
        else:
            self.apart[number], self.waived[number] = pairs, waived
        if verb == "split":
            self._from[number] = story[int(names[0])]
        return number

    def _waived(self, verb: str, *names: str | int) -> dict[int, set[Pair]]:
        """What a merge is to waive: of splits out of a third story, the pairs that stand in the two that it joins."""
        if verb != "merge":
            return {}
        story = self.story
        two = {story.get(int(name)) for name in names}
        splits = (number for number, left in self._from.items() if self._leads_to(left) not in two)
        return {
            number: {(a, b) for a, b in self.apart.get(number, ()) if {story.get(a), story.get(b)} == two}
            for number in splits
        }

    def _leads_to(self, story: str) -> str | None:
        """The story that the id of one leads to."""
        try:
            return self.reader.story(story).id
        except NotFound:
            return None

    def _parted(self, verb: str, *names: str | int) -> set[Pair]:
        """The copies that a ruling is to keep apart, as the stories are when it is made."""
        story = self.story if verb in ("never", "split") else {}
        match verb, *names:
            case "never", int(one), int(other):
                return {
                    (a, b) for a in story if story[a] == story.get(one) for b in story if story[b] == story.get(other)
                }
            case "split", int(one):
                return {(one, other) for other in story if story[other] == story.get(one)} - {(one, one)}
        return set()

    def broken(self) -> list[Pair]:
        """Pairs that were ruled to stay apart and stand together, though no merge that stands waives this."""
        story = self.story
        pairs = {pair for number, pairs in self.apart.items() for pair in pairs - self._set_aside(number)}
        return [(a, b) for a, b in pairs if a in story and story[a] == story.get(b)]

    def _set_aside(self, number: int) -> set[Pair]:
        """The pairs of a ruling that merges waive."""
        return set().union(*(waived.get(number, ()) for waived in self.waived.values()))

    def _writes(self, verb: str, outlet: str, number: int) -> None:
        items = self._items[outlet]
        known = items.pop(-min(1 + number // len(TEXTS), len(items))) if items and verb != "print" else None
        if known:
            items.append(written(verb, known, number))
        if not known or verb == "anew":
            again = TEXTS.index(known.text) if known and known.text in TEXTS else number
            items.append(self._new(outlet, again))
        self.prints(outlet)

    def _new(self, outlet: str, number: int) -> Item:
        self._printed += 1
        text, title = TEXTS[number % len(TEXTS)], "Quake" if number > len(TEXTS) else f"News {self._printed}"
        return item(outlet, title, text, guid=f"{outlet}-{self._printed}", link=None, published=self._dated(number))

    def _dated(self, number: int) -> datetime:
        return self._now - timedelta(minutes=5 * number)


def written(verb: str, last: Item, number: int) -> Item:
    """What stands under the guid of an item next."""
    match verb:
        case "kill" | "anew":
            return _saying(last, KILLED, f"{last.title}: withdrawn")
        case "remove":
            return replace(last, title=f"STORY REMOVED: {last.title}")
        case "fuller":
            return _saying(last, f"{last.text} More will be known by the evening, the agency said.")
        case "rewrite":
            return _saying(last, TEXTS[number % len(TEXTS)])
        case "update":
            return _saying(last, _corrected(last.text), f"UPDATE {number}-{last.title}")
        case "redate":
            return replace(last, published=last.published - timedelta(hours=10 * number))
    return _saying(last, _corrected(last.text))


def _saying(last: Item, text: str, title: str | None = None) -> Item:
    return replace(last, title=title or last.title, text=text, html=text)


def _corrected(text: str) -> str:
    for before, after in FIGURES:
        text = text.replace(before, after)
    return text
