"""What a source lists and when the rest left: told of every item, whatever comes, goes, comes back or is let go."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from build import BUDGET, FERRY, LATER, QUAKE, START, TOLL, gibberish, item, new_store, printed, settings, source
from feedhub.model import Settings
from feedhub.store.examination import look, repair
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

DAY = timedelta(days=1)
NEWS = [item("herald", f"No. {number}", text) for number, text in enumerate((QUAKE, BUDGET, FERRY, TOLL))]
GUIDS = [one.guid for one in NEWS]
NUMBERS = st.sets(st.integers(0, len(NEWS) - 1))
# What the herald lists that day, or what happens instead of a poll; and how many days pass.
EVENTS = st.lists(st.tuples(NUMBERS | st.sampled_from(("prune", "remove", "restart")), st.integers(0, 12)), max_size=9)


@given(EVENTS)
@example([({0, 1}, 1), ({1}, 1), ({0, 1}, 1), ({1}, 29), ("prune", 2), ("prune", 0)])
@example([({0}, 1), (set(), 1), ({0}, 40), ("prune", 1), (set(), 29), ("prune", 2), ("prune", 0)])
@example([({0}, 1), ("remove", 1), ({0}, 1), ("remove", 1), ("prune", 29), ("prune", 2), ("prune", 0)])
def test_an_item_is_listed_or_left_at_one_time_and_is_let_go_a_retention_after_it_left_last(
    events: list[tuple[set[int] | str, int]],
) -> None:
    with TemporaryDirectory() as name:
        desk = settings(Path(name) / "feedhub.db", [source("herald")], [])
        store, at, left, purged = new_store(desk.database), START, dict[str, datetime | None](), set[str]()
        for event, days in events:
            store.configure(desk, at)
            if event == "prune":
                store.prune(at)
                gone = {guid for guid, when in left.items() if when and when < at - desk.retention}
                purged |= gone
                left = {guid: when for guid, when in left.items() if guid not in gone}
            elif event == "remove":
                store.configure(settings(desk.database, [source("evening")], []), at)
                left = {guid: when or at for guid, when in left.items()}
            elif event == "restart":
                store.close()
                store = Store(desk.database, "a test")
            else:
                listed = {GUIDS[number] for number in event if isinstance(number, int)}
                printed(store, "herald", *(one for one in NEWS if one.guid in listed), at=at)
                left = {guid: when or at for guid, when in left.items()} | dict.fromkeys(listed - purged)
            assert _told(desk.database) == {guid: when and when.timestamp() for guid, when in left.items()}
            at += timedelta(days=days)
        store.close()


def _told(database: Path) -> dict[str, float | None]:
    """When each stored item left, None while it is listed; and each stands where it should, and nothing else does."""
    with closing(sqlite3.connect(database)) as conn:
        guids = dict(conn.execute("SELECT id, guid FROM items").fetchall())
        listed = Counter(conn.execute("SELECT id FROM listed JOIN items USING (source) WHERE id = item").fetchall())
        assert listed.total() == conn.execute("SELECT count(*) FROM listed").fetchone()[0]
        places = conn.execute("SELECT item, at FROM dropped").fetchall()
        returned = dict(conn.execute("SELECT item, again FROM returned").fetchall())
    left = dict(places) | returned
    assert len(places) == len(dict(places))
    assert returned.keys() <= dict(places).keys()
    assert {id for id in guids if left.get(id) is None} == {id for (id,) in listed}
    assert left.keys() <= guids.keys()
    return {guid: left.get(id) for id, guid in guids.items()}


def test_what_left_long_ago_and_is_back_under_another_guid_is_listed(store: Store, desk: Settings) -> None:
    archive = [item("herald", f"No. {number}", gibberish(number)) for number in range(30)]
    anew = [item("herald", one.title, one.text, guid=f"new-{one.guid}") for one in archive]
    printed(store, "herald", *archive)
    printed(store, "herald", *archive[20:], at=START + DAY)
    assert printed(store, "herald", *anew, at=START + 2 * DAY).new == 0
    assert _told(desk.database) == {one.guid: None for one in anew}
    printed(store, "herald", *anew[:10], at=START + 3 * DAY)
    assert Counter(_told(desk.database).values()) == {None: 10, (START + 3 * DAY).timestamp(): 20}


def test_items_that_come_and_go_take_no_more_room_each_time(store: Store, desk: Settings) -> None:
    for day in range(20):
        printed(store, "herald", *NEWS[day % 2 :], at=START + day * DAY)
    with closing(sqlite3.connect(desk.database)) as conn:
        told = [conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("dropped", "returned")]
    assert told == [1, 1]


def test_what_an_earlier_version_noted_beside_each_item_is_kept(store: Store, desk: Settings) -> None:
    printed(store, "herald", *NEWS[:3])
    printed(store, "evening", item("evening", "Quake", QUAKE), at=LATER)
    printed(store, "herald", *NEWS[2:], at=START + DAY)
    told = _told(desk.database)
    store.close()
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("ALTER TABLE items ADD COLUMN dropped REAL")
        conn.execute("UPDATE items SET dropped = at FROM dropped WHERE item = id")
        conn.execute("CREATE INDEX items_listed ON items(source) WHERE dropped IS NULL")
        conn.execute("CREATE INDEX items_dropped ON items(dropped) WHERE dropped IS NOT NULL")
        for table in ("listed", "dropped", "returned"):
            conn.execute(f"DROP TABLE {table}")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'what_sources_list'")
    with closing(Store(desk.database, "the next version")) as later:
        assert _told(desk.database) == told
        assert printed(later, "herald", *NEWS, at=START + 2 * DAY).new == 0
        assert later.prune(START + 40 * DAY).items == 0
    assert look(desk.database) == []


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM listed WHERE item = 3",
        "DELETE FROM dropped WHERE item = 1",
        "DELETE FROM dropped WHERE item = 2",
        "DELETE FROM returned",
        "INSERT INTO listed VALUES ('herald', 1)",
        "INSERT INTO dropped VALUES (0, 1)",
        "INSERT INTO dropped VALUES (0, 3)",
        "INSERT INTO returned VALUES (3, 0)",
        "DELETE FROM items WHERE id = 3",
    ],
)
def test_the_doctor_counts_what_is_not_known_to_be_listed_as_having_left(
    store: Store, desk: Settings, damage: str
) -> None:
    for day, listed in enumerate(([*NEWS[:3]], [NEWS[2]], [*NEWS[1:3]])):
        printed(store, "herald", *listed, at=START + day * DAY)
    store.close()
    assert look(desk.database) == []
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute(damage)
    assert "items of which it is not known whether they are listed, or when they left" in {
        finding.what for finding in look(desk.database)
    }
    assert repair(desk.database, "a test").left == []
    told = _told(desk.database)
    with closing(Store(desk.database, "a test")) as later:
        (claim,) = later.claim(START + 3 * DAY, 1, DAY, 2, ["herald"])
        assert claim.validators.etag is None
        later.release([claim])
        printed(later, "herald", *NEWS[1:3], at=START + 3 * DAY)
        assert told.keys() <= _told(desk.database).keys()
    with closing(Reader(desk.database)) as reader:
        assert {one.title for one in reader.polled.listed("herald", 9)} == {"No. 1", "No. 2"}
