"""Stories that a reader remembers are those that the store would tell now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from build import BUDGET, QUAKE, START, TOLL, USGS, item, new_store, printed, settings, source
from feedhub.model import Item, Settings, Story, Topic
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

LATER = START + timedelta(minutes=30)
PAPERS = [source("tsubame", agency="tsubame"), source("herald"), source("mail"), source("evening")]
FIRST = item("tsubame", "Landslide kills 3 in Nara", TOLL)
CORRECTED = replace(FIRST, text=TOLL.replace("left 3 people", "left 5 people"), html="")


@dataclass
class Room:
    """A store, and a reader who remembers."""

    store: Store
    reader: Reader
    desk: Settings

    def prints(self, *items: Item, at: int = 30) -> None:
        """A source lists these items so many minutes after the start."""
        printed(self.store, items[0].source_id, *items, at=START + timedelta(minutes=at))

    def says(self, verb: str, *names: object) -> None:
        """An editor rules."""
        self.store.rule(verb, [str(name) for name in names], "an editor", LATER)

    def relates(self) -> None:
        """Stories of one event are found."""
        while self.store.relate(LATER)[0]:
            pass

    def item(self, source: str) -> int:
        """The number of a source's first item."""
        return next(stored.id for stored in self.reader.items(source, None))

    def story(self, outlet: str) -> Story:
        """The story that is shown by an outlet's copy."""
        return next(story for story in self.reader.front(9) if story.outlet == outlet)

    def told(self) -> list[Story]:
        """The topic as the reader tells it, which is as one does who never read before."""
        told = self.reader.topic_entries("all", 9)
        fresh = Reader(self.desk.database)
        assert told == fresh.topic_entries("all", 9)
        fresh.close()
        return told


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    desk = settings(tmp_path / "feedhub.db", PAPERS, [Topic(id="all", title="All", match="")])
    store = new_store(desk.database)
    store.configure(desk, START)
    reader = Reader(desk.database)
    yield Room(store, reader, desk)
    reader.close()
    store.close()


HAPPENS: dict[str, Callable[[Room], object]] = {
    "another outlet prints it": lambda room: room.prints(item("mail", "Slide in Nara", TOLL)),
    "its headline changes": lambda room: room.prints(replace(FIRST, title="Landslide kills three")),
    "a figure is corrected": lambda room: room.prints(CORRECTED),
    "a copy is brought up to date": lambda room: (
        room.prints(CORRECTED),
        room.told(),
        room.prints(replace(item("herald", "Three dead", TOLL), text=CORRECTED.text, html=""), at=40),
    ),
    "a step is told": lambda room: room.prints(
        item("tsubame", "UPDATE 1-Landslide kills 6", TOLL.replace("3 people dead", "6 people dead"), published=START)
    ),
    "a story of the same event is found": lambda room: (
        room.prints(item("evening", "Quake off Miyagi", QUAKE), at=40),
        room.prints(item("mail", "Quake shakes Miyagi coast", USGS)),
        room.told(),
        room.relates(),
    ),
    "a related story gets another headline": lambda room: (
        room.prints(item("evening", "Quake off Miyagi", QUAKE), at=40),
        room.prints(item("mail", "Quake shakes Miyagi coast", USGS)),
        room.relates(),
        room.told(),
        room.prints(replace(item("mail", "Quake shakes Miyagi coast", USGS), title="Strong quake"), at=50),
    ),
    "a related story's outlet is renamed": lambda room: (
        room.prints(item("evening", "Quake off Miyagi", QUAKE), at=40),
        room.prints(item("mail", "Quake shakes Miyagi coast", USGS)),
        room.relates(),
        room.told(),
        room.store.configure(
            replace(room.desk, sources=(*PAPERS[:2], replace(PAPERS[2], outlet="The Post"), PAPERS[3])), LATER
        ),
    ),
    "a related story is let go": lambda room: (
        room.prints(item("evening", "Quake off Miyagi", QUAKE), at=40),
        room.prints(item("mail", "Quake shakes Miyagi coast", USGS)),
        room.relates(),
        room.prints(item("mail", "Budget", BUDGET), at=50),
        room.told(),
        room.store.prune(START + timedelta(days=40)),
    ),
    "an editor writes a note": lambda room: room.says("note", room.story("Tsubame").id, "More soon."),
    "an editor takes a note back": lambda room: (
        room.says("note", room.story("Tsubame").id, "More soon."),
        room.told(),
        room.says("unnote", room.story("Tsubame").id),
    ),
    "a copy is split off": lambda room: room.says("split", room.item("herald")),
    "stories are merged": lambda room: (
        room.prints(item("mail", "Budget", BUDGET)),
        room.told(),
        room.says("merge", room.story("Tsubame").id, room.story("Mail").id),
    ),
    "an outlet is renamed": lambda room: room.store.configure(
        replace(room.desk, sources=(replace(PAPERS[0], outlet="Swallow", title="Wire"), *PAPERS[1:])), LATER
    ),
    "a source moves": lambda room: room.store.configure(
        replace(room.desk, sources=(replace(PAPERS[0], url="http://new.example/feed"), *PAPERS[1:])), LATER
    ),
    "a copy is let go": lambda room: (
        room.prints(item("herald", "Budget", BUDGET)),
        room.told(),
        room.store.prune(START + timedelta(days=40)),
    ),
}


@pytest.mark.parametrize("happens", HAPPENS.values(), ids=HAPPENS)
def test_a_remembered_story_is_read_again_when(room: Room, happens: Callable[[Room], object]) -> None:
    room.prints(FIRST, at=0)
    room.prints(item("herald", "Three dead", TOLL), at=1)
    before = room.told()
    happens(room)
    assert room.told() != before


def test_what_has_not_changed_is_not_read_again(room: Room) -> None:
    room.prints(FIRST, at=0)
    (before,) = room.told()
    room.prints(item("mail", "Budget", BUDGET))
    assert any(story is before for story in room.told())


def test_a_story_of_more_copies_than_are_shown_is_read_each_time(room: Room, most_copies: int) -> None:
    guids = map(str, range(most_copies + 5))
    many = [item("herald", "Slide", f"{TOLL} x{n}", guid=n, link=f"http://herald.example/{n}") for n in guids]
    room.prints(*many, at=0)
    room.told()
    room.prints(*many[:-1], replace(many[-1], text=f"{TOLL} Much more was to come on Tuesday.", html=""))
    assert len(room.told()[0].copies) >= most_copies
