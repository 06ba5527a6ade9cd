"""The file: made by earlier and later versions, held by another process, saved while it is written."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Event

import orjson
import pytest
from sqlite_utils import Database

from build import (
    BUDGET,
    FERRY,
    LATER,
    QUAKE,
    START,
    TOLL,
    counted,
    gibberish,
    item,
    lay_out,
    new_store,
    printed,
    rhythm_of,
)
from feedhub.daemon import writer
from feedhub.errors import DatabaseBusy, StorageFault, StoreError
from feedhub.model import Settings, Topic
from feedhub.rhythm import Rhythm
from feedhub.store import reading
from feedhub.store.database import LOG, PAGE_SIZE, backup, transaction
from feedhub.store.examination import look, repair
from feedhub.store.polling.tags import edited
from feedhub.store.reading import Reader
from feedhub.store.schema import STEPS
from feedhub.store.schema.steps import migrations
from feedhub.store.writing import Store
from feedhub.topics import compile_query
from newsroom import KILLED


def test_revisions_from_before_dates_were_kept_stay(desk: Settings) -> None:
    older = new_store(desk.database)
    older.configure(desk, START)
    quake = item("herald", "Quake", QUAKE)
    printed(older, "herald", quake)
    printed(older, "herald", replace(quake, title="Quake, corrected"), at=START + timedelta(minutes=5))
    older.close()
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("ALTER TABLE revisions DROP COLUMN published")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'revisions_of_dates'")
    conn.close()
    Store(desk.database, "the next version").close()
    reader = Reader(desk.database)
    (shown,) = reader.front(1)[0].copies
    (revision,) = reader.revisions([shown.item_id], 5)
    assert (revision.titles, revision.kinds) == (("Quake", "Quake, corrected"), ("headline",))
    reader.close()


def test_a_step_that_is_missing_is_seen_without_loading_what_takes_it(desk: Settings) -> None:
    with closing(sqlite3.connect(":memory:")) as conn:
        assert len(migrations.pending(Database(conn))) == STEPS
    new_store(desk.database).close()
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'items_by_link'")
    for opened in (Reader, look, lambda path: repair(path, "a test")):
        with pytest.raises(StoreError, match="made by an earlier version"):
            opened(desk.database)


def test_items_of_sources_are_counted_as_they_come_and_go_also_after_an_upgrade(desk: Settings) -> None:
    older = new_store(desk.database)
    older.configure(desk, START)
    printed(older, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    older.close()
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("ALTER TABLE sources DROP COLUMN items")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'items_of_sources'")
    later, counted = Store(desk.database, "the next version"), []
    reader = Reader(desk.database)
    counted.append(reader.polled.source("herald").items)
    printed(later, "herald", item("herald", "Toll", TOLL), at=LATER)
    counted.append(reader.polled.source("herald").items)
    later.prune(LATER + 2 * desk.retention)
    counted.append(reader.polled.source("herald").items)
    assert counted == [2, 3, 1]
    reader.close()
    later.close()


def test_revisions_of_an_earlier_version_are_put_in_order_by_their_times(desk: Settings) -> None:
    older = new_store(desk.database)
    older.configure(desk, START)
    quake = item("herald", "Quake", QUAKE)
    printed(older, "herald", quake)
    printed(older, "mainichi", item("mainichi", "Budget", BUDGET), at=START + timedelta(minutes=5))
    printed(older, "herald", replace(quake, title="Quake, corrected"), at=START + timedelta(minutes=10))
    printed(older, "evening", item("evening", "Toll", TOLL), at=START + timedelta(minutes=15))
    again = replace(quake, title="Quake, and again")
    ferry, toll = (
        item("herald", title, text, published=quake.published + timedelta(minutes=minutes))
        for title, text, minutes in (("Ferry", FERRY, -5), ("Landslide", TOLL, 5))
    )
    printed(older, "herald", toll, again, ferry, at=START + timedelta(minutes=20))
    with closing(sqlite3.connect(desk.database)) as conn:
        stored = conn.execute("SELECT newest FROM revisions ORDER BY id").fetchall()
    older.close()
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("ALTER TABLE revisions DROP COLUMN newest")
        conn.execute("ALTER TABLE revisions DROP COLUMN language")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'revisions_in_order'")
    Store(desk.database, "the next version").close()
    with closing(sqlite3.connect(desk.database)) as conn:
        assert conn.execute("SELECT newest FROM revisions ORDER BY id").fetchall() == stored == [(2,), (4,)]


def test_what_an_earlier_version_bound_after_a_ruling_is_told_from_what_that_named(desk: Settings) -> None:
    older = new_store(desk.database)
    older.configure(desk, START)
    printed(older, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    older.rule("never", ["1", "2"], "an editor", START)
    printed(older, "mainichi", item("mainichi", "Strong quake", QUAKE), at=LATER)
    older.rule("split", ["1"], "an editor", LATER)
    older.close()
    asked = "SELECT one, other, inherited FROM constraints WHERE ruling = 1 AND one < other ORDER BY one"
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        bound = conn.execute(asked).fetchall()
        conn.execute("ALTER TABLE constraints DROP COLUMN inherited")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'heirs_of_what_was_bound'")
    Store(desk.database, "the next version").close()
    with closing(sqlite3.connect(desk.database)) as conn:
        assert conn.execute(asked).fetchall() == bound == [(1, 2, 0), (2, 3, 1)]


def test_outlets_that_an_earlier_version_counted_though_they_had_withdrawn_are_counted_no_more(desk: Settings) -> None:
    older = new_store(desk.database)
    older.configure(desk, START)
    for outlet, text in (("herald", QUAKE), ("mainichi", QUAKE), ("evening", BUDGET), ("herald", KILLED)):
        printed(older, outlet, item(outlet, "Quake", text, guid=outlet))
    older.close()
    asked = "SELECT outlets FROM stories ORDER BY id"
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        stored = conn.execute(asked).fetchall()
        conn.execute("UPDATE stories SET outlets = 2 WHERE id = 1")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'outlets_that_stand'")
    Store(desk.database, "the next version").close()
    with closing(sqlite3.connect(desk.database)) as conn:
        assert conn.execute(asked).fetchall() == stored == [(1,), (1,)]


def test_items_that_an_earlier_version_indexed_are_found_and_let_go(desk: Settings) -> None:
    """It gave SQLite each word once, which keeps count of how many it was given, and is told as many to let go."""
    older = new_store(desk.database)
    older.configure(desk, START)
    printed(older, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    older.index_words()
    older.close()
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("INSERT INTO words (words) VALUES ('delete-all')")
        for id, text in conn.execute("SELECT id, text FROM items").fetchall():
            conn.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (id, " ".join(set(text.lower().split()))))
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'words_told_apart_by_sqlite'")
    later = Store(desk.database, "the next version")
    assert later.index_words() == 2
    with closing(Reader(desk.database)) as reader:
        assert [one.title for one in reader.search(compile_query("budget"), 5, START, {})] == ["Budget"]
    later.prune(LATER + 2 * desk.retention)
    assert later.index_words() == 0
    later.close()


def test_an_upgrade_that_fails_leaves_the_database_as_the_earlier_version_made_it(desk: Settings) -> None:
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as conn:
        migrations.apply(Database(conn), stop_before="rhythms_as_bytes")
        conn.execute("CREATE TRIGGER told_otherwise_3 AFTER DELETE ON stories BEGIN SELECT 1; END")
        before = conn.execute("SELECT name FROM _sqlite_migrations").fetchall()
    with pytest.raises(StoreError, match="told_otherwise_3 already exists"):
        Store(desk.database, "the next version")
    with closing(sqlite3.connect(desk.database)) as conn:
        assert conn.execute("SELECT name FROM _sqlite_migrations").fetchall() == before


def test_rhythms_that_were_kept_as_text_go_on(desk: Settings) -> None:
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as conn:
        migrations.apply(Database(conn), stop_before="rhythms_as_bytes")
        known = rhythm_of(8.0, 4.0, START)
        text = orjson.dumps([START.timestamp(), *(getattr(known, name.name) for name in fields(known)[1:])]).decode()
        conn.executemany(
            """INSERT INTO sources (id, url, title, outlet, enabled, configured, min_interval, max_interval, rhythm)
            VALUES (?, 'http://herald.example/', 'Herald', 'Herald', 1, 1, 300, 3600, ?)""",
            [("herald", text), ("new", "")],
        )
    Store(desk.database, "the next version").close()
    with closing(sqlite3.connect(desk.database)) as conn:
        stored = dict(conn.execute("SELECT id, rhythm FROM sources").fetchall())
    assert Rhythm.from_bytes(stored["herald"]) == Rhythm.from_bytes(known.to_bytes())
    assert stored["new"] is None


def test_what_was_counted_of_the_tables_is_forgotten(desk: Settings) -> None:
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as conn:
        migrations.apply(Database(conn), stop_before="no_statistics")
        conn.execute("ANALYZE")
    Store(desk.database, "the next version").close()
    with closing(sqlite3.connect(desk.database)) as conn:
        assert conn.execute("SELECT name FROM sqlite_master WHERE name LIKE 'sqlite_stat%'").fetchall() == []


def test_topics_of_an_earlier_version_are_not_filled_anew_for_what_their_rules_held_of_sources(desk: Settings) -> None:
    chosen = replace(
        desk,
        sources=tuple(replace(paper, tags=("wire",)) for paper in desk.sources),
        topics=(Topic(id="wire", title="Wire", match="tag:wire"),),
    )
    before = _without_tags_of_sources(chosen, {"wire": ("wire",)})
    later = Store(desk.database, "the next version")
    edited = replace(chosen, sources=(*chosen.sources[1:], replace(chosen.sources[0], title="The Swallow")))
    later.configure(edited, START)
    assert list(map(tuple, later._conn.execute("SELECT version FROM topics"))) == before
    later.close()


def test_what_the_rule_of_a_topic_that_left_the_configuration_held_of_sources_is_not_taken_for_theirs(
    desk: Settings,
) -> None:
    tagged = tuple(replace(paper, tags=("wire",)) for paper in desk.sources)
    topics = tuple(Topic(id=id, title=id, match="tag:wire") for id in ("first", "second", "third"))
    _without_tags_of_sources(
        replace(desk, sources=tagged, topics=topics),
        {"first": (), "second": ("wire",), "third": ("old",)},
        left=("first", "third"),
    )
    Store(desk.database, "the next version").close()
    with closing(sqlite3.connect(desk.database)) as conn:
        assert conn.execute("SELECT DISTINCT source_tags FROM sources").fetchall() == [('["wire"]',)]


def _without_tags_of_sources(
    settings: Settings, held: Mapping[str, tuple[str, ...]], left: Sequence[str] = ()
) -> list[tuple[int]]:
    """A database of a version whose topics had the tags of all sources in their rules, these topics such ones; returns
    the versions of the topics. Some have `left` the configuration.
    """
    store = new_store(settings.database)
    store.configure(settings, START)
    store.close()
    with closing(sqlite3.connect(settings.database)) as conn, conn:
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'tags_of_sources'")
        conn.execute("ALTER TABLE sources DROP COLUMN source_tags")
        for topic, tags in held.items():
            rule = orjson.dumps(
                ["tag:wire", 1, None, [(one.id, one.outlet, tags) for one in settings.sources]]
            ).decode()
            conn.execute("UPDATE topics SET rule = ?, configured = ? WHERE id = ?", (rule, topic not in left, topic))
        return conn.execute("SELECT version FROM topics").fetchall()


def test_tags_of_sources_that_an_earlier_version_did_not_keep_are_no_change(desk: Settings) -> None:
    tagged = tuple(replace(paper, tags=("wire",)) for paper in desk.sources)
    chosen = replace(desk, sources=tagged, topics=(Topic(id="wire", title="Wire", match="tag:wire"),))
    store = new_store(desk.database)
    store.configure(chosen, START)
    store._conn.execute("UPDATE sources SET source_tags = NULL")
    store.close()
    later, reader = Store(desk.database, "the next version"), Reader(desk.database)
    later.configure(chosen, START)
    assert edited(reader.conn, chosen.sources, ()).seen == []
    reader.close()
    later.close()


def test_a_poll_costs_the_same_however_much_is_stored_and_was_counted(desk: Settings) -> None:
    few, many = _steps_of_a_poll(desk, 10), _steps_of_a_poll(desk, 150)
    assert many < few + 20


def _steps_of_a_poll(desk: Settings, stored: int) -> int:
    """What a poll with news takes of SQLite, in tens of its instructions, once so many items more are stored."""
    store = Store(desk.database, "a test")
    store.configure(desk, START)
    printed(store, "herald", *(item("herald", f"No. {n}", gibberish(n)) for n in range(stored)))
    store._conn.execute("ANALYZE")
    store.close()
    again = Store(desk.database, "a test")
    again.configure(desk, START)
    printed(again, "mainichi", item("mainichi", f"First after {stored}", gibberish(-stored)), at=LATER)
    with counted(again._conn) as steps:
        printed(again, "evening", item("evening", f"Then after {stored}", gibberish(~stored)), at=LATER)
    again.close()
    return steps()


def test_how_one_source_is_doing_is_told_without_a_look_at_the_others(store: Store, reader: Reader) -> None:
    printed(store, "herald", *(item("herald", f"No. {n}", gibberish(n)) for n in range(100)))
    with counted(reader.conn) as steps:
        assert reader.polled.source("evening").items == 0
    assert steps() < 30


def test_who_lists_some_items_of_a_source_reads_no_others(store: Store, reader: Reader) -> None:
    printed(store, "herald", *(item("herald", f"No. {n}", gibberish(n)) for n in range(100)))
    with counted(reader.conn) as steps:
        assert [one.id for one in reader.items("herald", 2)] == [1, 2]
    assert steps() < 350


def test_only_one_process_writes_and_the_other_learns_who(store: Store, desk: Settings) -> None:
    with pytest.raises(DatabaseBusy, match="a test"):
        Store(desk.database, "another")


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(StoreError, match=r"var: Not a directory$"):
        Store(tmp_path / "var/feedhub.db", "a test")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear editor, " * 1000)
    with pytest.raises(StoreError, match=r"letter\.db"):
        Store(file, "a test")
    with pytest.raises(StoreError, match=r"letter\.db"):
        Reader(file)
    with pytest.raises(StoreError, match="no database yet"):
        Reader(tmp_path / "none.db")


def test_a_database_of_a_later_version_is_neither_read_nor_written(tmp_path: Path) -> None:
    database = tmp_path / "feedhub.db"
    new_store(database).close()
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('feedhub', 'what_comes', '')"
        )
    for opened in (Reader, lambda path: Store(path, "a test"), look, lambda path: repair(path, "a test")):
        with pytest.raises(StoreError, match="made by a later version"):
            opened(database)


def test_a_story_may_have_the_number_of_one_that_waits_to_be_related_and_is_gone(store: Store) -> None:
    saved = (1, bytes(5))  # of a damaged file: its number, and what it was about
    store._conn.execute("INSERT INTO to_relate VALUES (?, ?)", saved)
    assert printed(store, "herald", item("herald", "Quake", QUAKE)).new == 1
    assert list(map(tuple, store._conn.execute("SELECT * FROM to_relate"))) == [(1, None)]


def test_a_backup_is_complete_and_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    target = tmp_path / "copy.db"
    size = backup(tmp_path / "feedhub.db", target)
    copy = Reader(target)
    assert [stored.item.title for stored in copy.items(None, None)] == ["Quake"]
    copy.close()
    assert size == target.stat().st_size
    with pytest.raises(StoreError, match="overwrites nothing"):
        backup(tmp_path / "feedhub.db", target)
    with pytest.raises(StoreError, match="there is no directory"):
        backup(tmp_path / "feedhub.db", tmp_path / "none" / "copy.db")
    with pytest.raises(StoreError, match="no database yet"):
        backup(tmp_path / "none.db", tmp_path / "copy of none.db")
    with pytest.raises(OSError, match="File name too long"):
        backup(tmp_path / "feedhub.db", tmp_path / ("x" * 250))


@pytest.mark.parametrize("mode", [0o600, 0o444])
def test_only_who_may_read_the_database_may_read_a_backup(store: Store, tmp_path: Path, mode: int) -> None:
    (tmp_path / "feedhub.db").chmod(mode)
    backup(tmp_path / "feedhub.db", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_a_backup_that_root_makes_is_the_service_s_so_that_it_can_be_put_back(store: Store, tmp_path: Path) -> None:
    os.chown(tmp_path / "feedhub.db", 65534, 65533)
    backup(tmp_path / "feedhub.db", tmp_path / "copy.db")
    made = (tmp_path / "copy.db").stat()
    assert (made.st_uid, made.st_gid) == (65534, 65533)


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    damaged = tmp_path / "feedhub.db"
    damaged.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="the file is not a database"):
        backup(damaged, tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == [damaged]


def test_a_backup_does_not_wait_for_a_transaction_nor_hold_one_up(store: Store, tmp_path: Path) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    writing = sqlite3.connect(tmp_path / "feedhub.db", isolation_level=None)
    writing.execute("BEGIN IMMEDIATE")
    backup(tmp_path / "feedhub.db", tmp_path / "copy.db")
    writing.execute("ROLLBACK")
    writing.close()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM items").fetchone() == (1,)


async def test_the_log_is_brought_in_behind_the_work_that_filled_it(
    desk: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store(desk.database)
    working, size = writer.Writer(store), desk.database.stat().st_size
    monkeypatch.setattr(writer, "CHECKPOINT", float("inf"))
    await working.do(lambda store: _filled(store, LOG // 2))
    assert await working.do(lambda store: desk.database.stat().st_size) == size
    monkeypatch.setattr(writer, "CHECKPOINT", 0.0)
    assert await working.do(lambda store: desk.database.stat().st_size) == size
    assert await working.do(lambda store: desk.database.stat().st_size) >= size + LOG // 2 * PAGE_SIZE
    await working.close()


async def test_no_check_point_comes_after_the_end(desk: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT", 0.0)
    at_work, go_on, brought_in = Event(), Event(), count()

    class Watched(Store):
        def checkpoint(self) -> None:
            super().checkpoint()
            next(brought_in)

    lay_out(desk.database)
    working = writer.Writer(Watched(desk.database, "a test"))

    def work(_: Store) -> None:
        at_work.set()
        go_on.wait()

    under_way = asyncio.create_task(working.do(work))
    await asyncio.to_thread(at_work.wait)
    ending = asyncio.create_task(working.close())
    await asyncio.sleep(0)  # it waits for the thread by now
    go_on.set()
    await asyncio.gather(under_way, ending)
    assert next(brought_in) == 2


def test_who_lists_items_and_waits_for_a_pager_does_not_keep_the_log_from_being_brought_in(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    printed(store, "herald", *(item("herald", f"No. {n}", gibberish(n)) for n in range(5)))
    listed = reader.items(None, 4)
    assert next(listed).id == 1
    printed(store, "evening", item("evening", "Quake", QUAKE))
    _, frames, brought_in = store._conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert frames == brought_in > 0
    assert [stored.id for stored in listed] == [2, 3, 4]
    assert [stored.id for stored in reader.items("herald", None)] == [1, 2, 3, 4, 5]


@pytest.mark.slow
def test_a_log_that_nobody_brings_in_does_not_grow_without_end(store: Store, desk: Settings) -> None:
    log = desk.database.with_name(desk.database.name + "-wal")
    _filled(store, 2 * LOG)
    assert log.stat().st_size > 2 * LOG * PAGE_SIZE
    for _ in range(10):
        _filled(store, LOG // 10)
    assert log.stat().st_size < 1.2 * LOG * PAGE_SIZE


def test_a_disk_without_room_for_what_stands_beside_the_database_while_it_is_open_is_full(desk: Settings) -> None:
    new_store(desk.database).close()
    with _no_file_longer_than(16_384):  # half of a -shm file
        for opened in (Reader, lambda path: Store(path, "a test"), look):
            with pytest.raises(StorageFault, match="the disk is full"):
                opened(desk.database)


async def test_a_check_point_that_fails_is_told_once_and_holds_nobody_up(
    desk: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT", 0.0)
    store = new_store(desk.database)
    store.configure(desk, START)
    _filled(store, 500)  # the log has as much room as it leaves
    store.checkpoint()
    working = writer.Writer(store)
    with _no_file_longer_than(desk.database.stat().st_size):
        for number in range(3):
            quake = item("herald", f"Quake {number}", gibberish(number, 2000))
            assert (await working.do(lambda store, told=quake: printed(store, "herald", told))).new == 1  # type: ignore[misc]
    await working.do(lambda store: None)
    await working.close()
    assert [record.message for record in caplog.records] == ["checkpoint.failed"]
    assert look(desk.database) == []


def _filled(store: Store, pages: int) -> None:
    with transaction(store._conn):
        store._conn.execute("CREATE TABLE IF NOT EXISTS ballast (page BLOB) STRICT")
        store._conn.execute("INSERT INTO ballast VALUES (zeroblob(?))", (pages * PAGE_SIZE,))


@contextmanager
def _no_file_longer_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
