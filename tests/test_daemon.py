"""The daemon as a process, over the wire room, from the first poll to the same bytes after a restart."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, cast

import feedparser
import pytest

from build import START, item, new_store, printed, settings, source
from feedhub.daemon.control import ask
from feedhub.daemon.daemon import Daemon
from feedhub.daemon.front import Front
from feedhub.daemon.writer import Writer
from feedhub.model import Topic
from feedhub.store.reading import Reader
from feedhub.web.server import served
from feedhub.wireroom import WireRoom, configuration
from process import Answer, address_of, feedhub, free_port, running, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NEWEST = 400.0  # seconds into the morning: everything is out


@pytest.fixture
async def room() -> AsyncIterator[str]:
    async with served(WireRoom(datetime.now(UTC), lambda: NEWEST).app(), "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def config(room: str, tmp_path: Path) -> Path:
    file = tmp_path / "feedhub.toml"
    file.write_text(configuration(room, f"127.0.0.1:{free_port()}", str(tmp_path / "feedhub.db")), encoding="utf-8")
    return file


def polled_all(address: str) -> bool:
    metrics = Answer(f"{address}/metrics").body.decode()
    new = re.findall(r'^feedhub_polls_total\{outcome="new"\} (\d+)', metrics, re.M)
    return bool(new) and float(new[0]) >= 10


def related_all(database: Path) -> bool:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
        return bool(conn.execute("SELECT count(*) = 0 FROM to_relate").fetchone()[0])


async def in_thread(work: Any, *arguments: Any) -> Any:
    """Off the loop, which serves the wire room."""
    return await asyncio.to_thread(work, *arguments)


async def test_a_morning_is_merged_published_and_the_same_after_a_restart(config: Path) -> None:
    await in_thread(_morning, config)


def _morning(config: Path) -> None:
    address = address_of(config)
    with running(config):
        until(lambda: polled_all(address), "polling every source")
        until(lambda: related_all(config.with_name("feedhub.db")), "relating every story")
        assert Answer(f"{address}/healthz").status == Answer(f"{address}/readyz").status == 200
        feeds = {kind: Answer(f"{address}/topics/all.{kind}") for kind in ("atom", "rss", "json")}
        _check_atom(feeds["atom"].body)
        _check_json(feeds["json"].body)
        assert feedparser.parse(feeds["rss"].body)["version"] == "rss20"
        again = Answer(f"{address}/topics/all.atom", If_None_Match=feeds["atom"].headers["ETag"])
        assert (again.status, again.body) == (304, b"")
        assert Answer(f"{address}/topics/none.atom").status == 404
        for page in ("/", "/topics/all", "/sources", "/search?q=quake", "/opml"):
            assert Answer(address + page).status == 200, page
    listed = subprocess.run(feedhub("items", "--json", "--config", config), capture_output=True, text=True, check=True)
    assert len(listed.stdout.splitlines()) >= 60
    with running(config):
        for kind, before in feeds.items():
            after = Answer(f"{address}/topics/all.{kind}")
            assert after.body == before.body
            assert after.headers["ETag"] == before.headers["ETag"]


def _check_atom(body: bytes) -> None:
    feed = feedparser.parse(body)
    assert not feed["bozo"]
    assert len({entry["id"] for entry in feed["entries"]}) == len(feed["entries"]) >= 25
    assert all(entry["id"].startswith("urn:uuid:") for entry in feed["entries"])
    assert sum("Also in" in entry["content"][0]["value"] for entry in feed["entries"]) >= 10


def _check_json(body: bytes) -> None:
    feed = json.loads(body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    copies = [entry["_feedhub"]["copies"] for entry in feed["items"]]
    assert max(map(len, copies)) >= 4
    assert any(entry["_feedhub"]["agency"] for entry in feed["items"])


async def test_commands_work_beside_a_running_daemon_and_without_one(config: Path) -> None:
    await in_thread(_commands, config)


def _commands(config: Path) -> None:
    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(feedhub(*arguments, "--config", config), capture_output=True, text=True, check=False)

    alone = call("poll", "--json")
    assert alone.returncode == 0, alone.stderr
    reports = [json.loads(line) for line in alone.stdout.splitlines()]
    first = {report["source"]: report["outcome"] for report in reversed(reports)}  # on a busy machine some come again
    assert set(first.values()) == {"new"}
    assert sum(report["new"] for report in reports) >= 60
    with running(config):
        named = call("poll", reports[0]["source"], "--json")
        assert [json.loads(line)["source"] for line in named.stdout.splitlines()] == [reports[0]["source"]]
        second = call("run")
        assert second.returncode == 1
        assert "is in use by feedhub run" in second.stderr
        unknown = call("poll", "nobody")
        assert unknown.returncode == 1
        assert "no source 'nobody'" in unknown.stderr
        backup = config.with_name("copy.db")
        assert call("backup", backup).returncode == 0
        assert backup.stat().st_size > 50_000
        assert call("prune").returncode == 0
    stories = [json.loads(line) for line in call("stories", "--json", "--limit", "100").stdout.splitlines()]
    assert max(len(story["copies"]) for story in stories) >= 4


async def test_a_changed_configuration_is_taken_over_and_a_bad_one_is_not(config: Path) -> None:
    await in_thread(_reload, config)


def _reload(config: Path) -> None:
    address = address_of(config)
    good = config.read_text(encoding="utf-8")
    with running(config) as process:
        until(lambda: polled_all(address), "polling every source")
        fresh = config.with_name("feedhub.toml.new")
        fresh.write_text(good + '\n[topics.late]\ntitle = "Late"\nmatch = ""\n', encoding="utf-8")
        fresh.rename(config)  # as editors write
        until(lambda: Answer(f"{address}/topics/late.atom").status == 200, "the new topic")
        bad = '\n[topics.bad]\nmatsch = 1\n[sources.bad]\nurl = "htps://desk:hunter2@paper.example/"\n'
        config.write_text(good + bad, encoding="utf-8")
        os.kill(process.pid, signal.SIGHUP)
        assert process.stderr
        for line in process.stderr:
            assert "hunter2" not in line
            if "config.kept" in line:
                break
        assert Answer(f"{address}/topics/late.atom").status == 200
        until(lambda: b"(topics.bad.matsch)" in Answer(f"{address}/sources").body, "the page that names the mistake")
        page = Answer(f"{address}/sources").body
        assert b"htps" not in page  # what is written in a file with mistakes may be a secret


@contextmanager
def being_read(config: Path, good: str) -> Iterator[None]:
    """While the configuration is being read, which goes on saying what it said; with a topic more it stands in its
    place by then.
    """
    pipe, later = config.with_name("pipe"), config.with_name("later")
    later.write_text(good + '\n[topics.late]\ntitle = "Late"\nmatch = ""\n', encoding="utf-8")
    os.mkfifo(pipe)
    pipe.rename(config)
    with config.open("w", encoding="utf-8") as written:  # once it is being read
        later.rename(config)
        yield
        written.write(good)


async def test_of_two_readings_of_the_configuration_the_later_one_stays_in_force(config: Path) -> None:
    await in_thread(_reload_twice, config)


def _reload_twice(config: Path) -> None:
    good = config.read_text(encoding="utf-8")
    with running(config) as process:
        with being_read(config, good):
            second = threading.Thread(target=lambda: list(ask(config.with_name("feedhub.db"), {"do": "reload"}) or ()))
            second.start()
            second.join(timeout=3)  # it would overtake the first
        second.join()
        assert process.stderr
        loaded = (line for line in process.stderr if "config.loaded" in line)
        assert [re.findall(r"topics=(\d+)", line) for line in islice(loaded, 2)] == [["6"], ["7"]]


async def test_signals_that_come_while_the_configuration_is_read_are_answered_by_one_more_reading(config: Path) -> None:
    await in_thread(_reload_often, config)


def _reload_often(config: Path) -> None:
    good = config.read_text(encoding="utf-8")
    with running(config) as process:
        with being_read(config, good):
            for _ in range(10):
                os.kill(process.pid, signal.SIGHUP)
                assert Answer(f"{address_of(config)}/readyz").status == 200  # the daemon has heard of it
        list(ask(config.with_name("feedhub.db"), {"do": "reload"}) or ())
        process.terminate()
        assert process.stderr
        assert sum("config.loaded" in line for line in process.stderr) <= 3


class Told:
    """A front that remembers which topics it was told of."""

    trouble: str | None = None

    def __init__(self) -> None:
        self.topics: set[str] = set()

    def changed(self, topics: Iterable[str] = ()) -> None:
        self.topics |= set(topics)


async def test_readers_see_what_was_let_go_before_a_prune_failed(tmp_path: Path) -> None:
    desk = settings(tmp_path / "feedhub.db", [source("herald")], [Topic(id="all", title="All", match="")])
    store = new_store(desk.database)
    store.configure(desk, START)
    at = datetime.now(UTC) - 2 * desk.retention
    items = [item("herald", f"No. {n}", f"Text no. {n}", guid=str(n), published=at) for n in range(30)]
    printed(store, "herald", *items, at=at)
    printed(store, "herald", at=at)
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute(
            "CREATE TRIGGER kept BEFORE DELETE ON items WHEN old.id = 25 BEGIN SELECT raise(ABORT, 'it is kept'); END"
        )
    told, writer = Told(), Writer(store)
    doors: Any = None  # nothing is polled
    with pytest.raises(sqlite3.IntegrityError, match="it is kept"):
        await Daemon(desk, writer, doors, cast("Front", told)).prune()
    assert told.topics == {"all"}
    await writer.close()


async def test_a_topic_is_filled_to_the_end_behind_the_polls_and_readers_are_told(tmp_path: Path) -> None:
    desk = settings(tmp_path / "feedhub.db", [source("herald")], [])
    store = new_store(desk.database)
    store.configure(desk, START)
    printed(store, "herald", *(item("herald", f"No. {n}", f"Text no. {n}", guid=str(n)) for n in range(300)))
    store.configure(replace(desk, topics=(Topic(id="all", title="All", match=""),)), START, lambda: True)
    reader, told, writer = Reader(desk.database), Told(), Writer(store)
    before = reader.topic("all").stories
    doors: Any = None  # nothing is polled
    await Daemon(desk, writer, doors, cast("Front", told)).fill()
    assert 0 < before < reader.topic("all").stories == 300
    assert told.topics == {"all"}
    reader.close()
    await writer.close()


async def test_what_comes_while_stories_are_related_can_be_searched_before_all_are(tmp_path: Path) -> None:
    desk = settings(tmp_path / "feedhub.db", [source("herald"), source("late")], [])
    store = new_store(desk.database)
    store.configure(desk, START)
    printed(store, "herald", *(item("herald", f"No. {n}", f"Text no. {n}", guid=str(n)) for n in range(300)))
    writer = Writer(store)
    doors: Any = None  # nothing is polled
    indexing = asyncio.create_task(Daemon(desk, writer, doors, cast("Front", Told())).index())
    with closing(sqlite3.connect(desk.database)) as conn:

        def count(what: str) -> int:
            number: int = conn.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
            return number

        while count("to_relate") == 300:
            await writer.do(lambda _: None)  # a step goes before it
        await writer.do(lambda store: printed(store, "late", item("late", "The latest", "It came last.")))
        while count("items WHERE id > (SELECT item FROM words_upto)") and not indexing.done():
            await writer.do(lambda _: None)
        assert count("to_relate") > 200
    await indexing
    await writer.close()


async def test_a_start_after_a_long_stop_does_not_burst(config: Path) -> None:
    await in_thread(_late, config)


def _late(config: Path) -> None:
    address = address_of(config)
    with running(config):
        until(lambda: polled_all(address), "polling every source")
    with closing(sqlite3.connect(config.with_name("feedhub.db"))) as database, database:
        database.execute("UPDATE schedule SET next_at = next_at - 432000")
        late = database.execute("SELECT source FROM schedule ORDER BY next_at").fetchall()
    database.close()
    config.write_text(config.read_text().replace("[polling]", "[polling]\nbudget = 60"))
    with running(config) as process:
        assert process.stderr
        assert any(f"polls.in-turn sources={len(late)}" in line for line in process.stderr)
        listed = subprocess.run(feedhub("sources", "--json", "--config", config), capture_output=True, text=True)
    sources = [json.loads(line) for line in listed.stdout.splitlines()]
    waiting = sorted((s["next_poll"], s["id"]) for s in sources if "in its turn" in s["next_reason"])
    assert [id for _, id in waiting][-5:] == [id for (id,) in late][-5:]
    times = [datetime.fromisoformat(at) for at, _ in waiting]
    assert all(59 < (later - earlier).total_seconds() < 61 for earlier, later in pairwise(times))


async def test_a_database_that_cannot_be_written_is_said_once_and_gets_over_it(config: Path) -> None:
    await in_thread(_locked, config)


def _locked(config: Path) -> None:
    address = address_of(config)
    with running(config) as process:
        until(lambda: polled_all(address), "polling every source")
        other = sqlite3.connect(config.with_name("feedhub.db"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        until(lambda: Answer(f"{address}/readyz").status == 503, "noticing it")
        assert b"locked" in Answer(f"{address}/readyz").body
        assert Answer(f"{address}/topics/all.atom").status == 200
        other.execute("ROLLBACK")
        other.close()
        until(lambda: Answer(f"{address}/readyz").status == 200, "getting over it")
        process.send_signal(signal.SIGTERM)
        assert process.stderr
        assert sum("daemon.trouble" in line for line in process.stderr) == 1


async def test_systemd_is_told_when_pages_are_served_that_it_lives_and_when_it_stops(config: Path) -> None:
    await in_thread(_told, config)


def _told(config: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(at := str(config.with_name("notify")))
        systemd.settimeout(20)
        with running(config, "env", f"NOTIFY_SOCKET={at}", "WATCHDOG_USEC=200000"):
            told = [systemd.recv(100)]
            assert Answer(f"{address_of(config)}/topics/all.atom").status == 200
            told += [systemd.recv(100), systemd.recv(100)]
        assert told == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        while (last := systemd.recv(100)) == b"WATCHDOG=1":
            pass
        assert last == b"STOPPING=1"


async def test_a_killed_daemon_loses_nothing_that_it_said_it_had(config: Path) -> None:
    await in_thread(_killed, config)


def _killed(config: Path) -> None:
    address = address_of(config)
    process = subprocess.Popen(feedhub("run", "--config", config), stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        seen = next(line for line in process.stderr if "poll.new" in line)
    finally:
        process.kill()
        process.communicate()
    source = re.search(r"source=(\S+)", seen)
    assert source
    listed = subprocess.run(
        feedhub("items", "--json", "--source", source[1], "--config", config),
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout
    with running(config):
        until(lambda: Answer(f"{address}/topics/all.atom").status == 200, "serving again")
