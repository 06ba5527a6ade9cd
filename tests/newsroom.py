"""Outlets that print, correct, withdraw and go on writing, and editors that rule, one after the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st

from build import BUDGET, QUAKE, START, TOLL, item, new_store, printed, settings, source
from feedhub.errors import NotFound, RulingError
from feedhub.model import Item
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


class Newsroom:
    """What each outlet printed, and a store that polls them and hears the editors."""

    def __init__(self, directory: Path):
        desk = settings(directory / "feedhub.db", [source("wire", agency="tsubame"), *map(source, OUTLETS[1:])], [])
        self.store, self.reader, self._desk = new_store(desk.database), Reader(desk.database), desk
        self.store.configure(desk, START)
        self._now, self._items, self._printed = START, defaultdict[str, list[Item]](list), 0

    def close(self) -> None:
        self.reader.close()
        self.store.close()

    def does(self, verb: str, *names: str | int) -> None:
        self._now += timedelta(minutes=7)
        match verb, *names:
            case ("restart",):
                self.store.close()
                self.store = Store(self._desk.database, "a test")
                self.store.configure(self._desk, self._now)
            case (("merge" | "never" | "split" | "confirm"), *numbers):
                self._rules(verb, *(str(1 + int(number) % max(self._printed, 1)) for number in numbers))
            case _, str(outlet), int(number):
                self._polls(verb, outlet, number)

    def _rules(self, verb: str, *names: str) -> None:
        try:
            self.store.rule(verb, names, "an editor", self._now)
        except (RulingError, NotFound):
            return

    def _polls(self, verb: str, outlet: str, number: int) -> None:
        items = self._items[outlet]
        known = items.pop(-min(1 + number // len(TEXTS), len(items))) if items and verb != "print" else None
        listed = [written(verb, known, number) if known else self._new(outlet, number)]
        if verb == "anew" and known:
            listed.append(self._new(outlet, TEXTS.index(known.text) if known.text in TEXTS else number))
        items += listed
        printed(self.store, outlet, *listed, at=self._now)

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
