"""Disks that are full, files that are damaged, processes that are killed: clear words, nothing lost, no restart."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hostile_world import Papers, configured, guids, healthy
from sqlite_utils import Database

from build import LEASE, QUAKE, START, document, item, new_store, printed, settings, source
from feedhub.errors import StorageFault
from feedhub.model import Topic
from feedhub.store.examination import look, repair
from feedhub.store.reading import Reader
from feedhub.store.schema.steps import migrations
from feedhub.store.writing import Store
from process import Answer, address_of, called, called_here, running, until

# --- files that are not what they should be ---------------------------------------------------------------


def configuration(folder: Path) -> Path:
    return configured(folder, {"a": "http://127.0.0.1:9/feed"})


def filled(folder: Path) -> Path:
    """A configuration whose database holds stories."""
    config = configuration(folder)
    chosen = settings(folder / "feedhub.db", [source("a"), source("b")], [Topic(id="all", title="All", match="")])
    store = new_store(chosen.database)
    store.configure(chosen, START)
    for number in range(40):
        told = item(
            "a", f"Matter {number}", f"Of matter {number} it is said that {number * 7} things came of it.\n" * 9
        )
        printed(store, "a", told)
    printed(store, "b", item("b", "Quake", QUAKE))
    while store.index_words():
        pass
    store.close()
    return config


def overwritten(database: Path) -> None:
    data = bytearray(database.read_bytes())
    for at in range(8192 * 3, len(data), 8192 * 2):
        data[at : at + 3000] = random.Random(at).randbytes(3000)
    database.write_bytes(data)


def one_index_damaged(database: Path) -> None:
    with closing(sqlite3.connect(database)) as conn:
        ((page,),) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'items_agency'").fetchall()
    with database.open("r+b") as file:
        file.seek((page - 1) * 8192)
        file.write(random.Random(1).randbytes(8192))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "junk": lambda database: database.write_bytes(random.Random(1).randbytes(50_000)),
    "cut": lambda database: os.truncate(database, 8192 * 2 + 100),
    "overwritten": overwritten,
    "of another program": lambda database: (
        database.unlink(),
        sqlite3.connect(database).execute("CREATE TABLE items (id INTEGER)").connection.close(),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_database_is_named_in_words(damage: Callable[[Path], object], tmp_path: Path) -> None:
    config = filled(tmp_path)
    damage(tmp_path / "feedhub.db")
    for command in (["stories"], ["sources"], ["search", "matter"], ["doctor"]):
        done = called_here(*command, "--config", config)
        assert done.returncode in (0, 1), done
        assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 1
    polled = called("poll", "--config", config)
    assert polled.returncode in (0, 1), polled
    assert "Traceback" not in polled.stderr, polled.stderr
    assert called_here("doctor", "--config", config).returncode == 1


@pytest.mark.slow
def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    (tmp_path / "feedhub.db").touch()
    assert called("poll", "--config", config).returncode == 1  # the source cannot be reached; the store is fine
    assert called("doctor", "--config", config).returncode == 0


@pytest.mark.slow
def test_a_log_of_garbage_is_passed_over(tmp_path: Path) -> None:
    config = filled(tmp_path)
    (tmp_path / "feedhub.db-wal").write_bytes(random.Random(2).randbytes(100_000))
    done = called_here("stories", "--json", "--limit", "100", "--config", config)
    assert len(done.stdout.splitlines()) == 41, done.stderr


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    tmp_path.chmod(0o500)
    done = called("poll", "--config", config)
    tmp_path.chmod(0o700)
    assert done.returncode == 1
    assert "Permission denied" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_second_daemon_says_who_is_first_and_ends(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    store = Store(tmp_path / "feedhub.db", "feedhub run")
    done = called("run", "--config", config)
    store.close()
    assert done.returncode == 1
    assert f"is in use by feedhub run (process {os.getpid()})" in done.stderr
    assert "Traceback" not in done.stderr


# --- the doctor -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_file_that_may_not_be_read_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    config = filled(tmp_path)
    (tmp_path / "feedhub.db-wal").mkdir()  # root, too, cannot open it
    for command in (["doctor"], ["doctor", "--repair"], ["stories"]):
        done = called_here(*command, "--config", config)
        assert (done.returncode, done.stdout) == (1, "")
        assert "feedhub.db: the database cannot be opened" in done.stderr


@pytest.mark.slow
def test_what_belongs_together_is_put_together_again(tmp_path: Path) -> None:
    config = filled(tmp_path)
    database = tmp_path / "feedhub.db"
    assert called_here("doctor", "--config", config).stdout.strip() == f"{database}: nothing is wrong"
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("DELETE FROM stories WHERE id = 1")
        conn.execute("UPDATE stories SET canonical = 7, core = 999 WHERE id = 3")
        conn.execute("DELETE FROM items WHERE story = 5")
        conn.execute("UPDATE items SET title = 'Something else' WHERE id = 9")
    conn.close()
    found = {finding.what for finding in look(database)}
    assert found >= {
        "items without a story", "stories without a copy", "stories led by an item that is not theirs",
        "items that are not what their digest says",
    }  # fmt: skip
    told = called_here("doctor", "--repair", "--config", config)
    assert (told.returncode, told.stderr) == (0, "")
    assert look(database) == []
    reader = Reader(database)
    assert len({story.id for story in reader.front(100)}) == 40
    reader.close()


@pytest.mark.slow
def test_what_can_be_read_of_a_damaged_file_is_saved(tmp_path: Path) -> None:
    filled(tmp_path)
    database = tmp_path / "feedhub.db"
    before = database.read_bytes()
    overwritten(database)
    database.chmod(0o640)
    done = repair(database, "a test")
    assert database.stat().st_mode & 0o777 == 0o640
    assert any(finding.of_file for finding in done.found)
    assert done.left == []
    assert done.damaged
    assert done.damaged.stat().st_size == len(before)
    store = Store(database, "a test")
    store.close()


@pytest.mark.slow
def test_each_damaged_file_is_kept(tmp_path: Path) -> None:
    """Of a failing disk the first one may hold more than the second."""
    filled(tmp_path)
    database, kept = tmp_path / "feedhub.db", {}
    for _ in range(3):
        overwritten(database)
        was = database.read_bytes()
        damaged = repair(database, "a test").damaged
        assert damaged
        kept[damaged.name] = was
    assert list(kept) == ["feedhub.db.damaged", "feedhub.db.damaged.2", "feedhub.db.damaged.3"]
    assert all((tmp_path / name).read_bytes() == was for name, was in kept.items())


@pytest.mark.slow
def test_a_damaged_file_is_kept_with_the_log_that_was_not_brought_in(tmp_path: Path) -> None:
    filled(tmp_path)
    database, log = tmp_path / "feedhub.db", tmp_path / "feedhub.db-wal"
    with closing(sqlite3.connect(database)) as conn:
        conn.execute("UPDATE items SET title = 'In the log' WHERE id = 9")
        conn.commit()
        left = log.read_bytes()
    overwritten(database)
    log.write_bytes(left)
    kept = repair(database, "a test").damaged
    assert kept
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == left


@pytest.mark.slow
def test_what_is_saved_of_a_damaged_file_is_counted_once(tmp_path: Path) -> None:
    filled(tmp_path)
    database = tmp_path / "feedhub.db"
    one_index_damaged(database)
    assert repair(database, "a test").damaged
    reader = Reader(database)
    assert [(one.id, one.items) for one in reader.polled.sources()] == [("a", 40), ("b", 1)]
    assert reader.topic("all").stories == 41
    reader.close()


@pytest.mark.slow
def test_copies_of_what_is_saved_of_a_damaged_file_join_its_stories(tmp_path: Path) -> None:
    filled(tmp_path)
    database = tmp_path / "feedhub.db"
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("UPDATE fingerprints SET hashes = x'01' WHERE item = 1")
    one_index_damaged(database)
    assert repair(database, "a test").left == []
    with closing(Store(database, "a test")) as store:
        store.configure(settings(database, [source("a"), source("b"), source("c")], []), START)
        printed(store, "c", item("c", "Strong quake", QUAKE))
    with closing(Reader(database)) as reader:
        assert max(len(story.copies) for story in reader.front(50)) == 2


@pytest.mark.slow
def test_what_is_saved_of_a_damaged_file_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    database = tmp_path / "feedhub.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as conn:
        conn.execute("PRAGMA page_size = 8192")
        migrations.apply(Database(conn), stop_before="headlines_of_rulings")
        columns = "id, url, title, outlet, enabled, configured, min_interval, max_interval"
        conn.execute(f"INSERT INTO sources ({columns}) VALUES ('a', 'http://a.example/', 'A', 'A', 1, 1, 60, 900)")
        conn.execute("INSERT INTO rulings (at, who, verb, facts) VALUES (0, 'an editor', 'confirm', '{}')")
    one_index_damaged(database)
    assert repair(database, "a test").damaged
    reader = Reader(database)
    assert [(one.id, one.items) for one in reader.polled.sources()] == [("a", 0)]
    assert [(one.verb, one.stories) for one in reader.rulings(5)] == [("confirm", ())]
    reader.close()


@pytest.mark.slow
def test_the_doctor_repairs_nothing_under_a_daemon(tmp_path: Path) -> None:
    config = filled(tmp_path)
    store = Store(tmp_path / "feedhub.db", "feedhub run")
    assert called("doctor", "--config", config).returncode == 0
    assert called("doctor", "--repair", "--config", config).returncode == 1
    store.close()


# --- a full disk ------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own, of that size; skips where it cannot be mounted."""
    mount = shutil.which("mount")
    folder.mkdir()
    options = f"size={megabytes}m,mode=700"
    if (
        not mount
        or subprocess.run([mount, "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True).returncode
    ):
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_nothing_is_stored_into_a_file_that_was_moved_away_or_replaced(tmp_path: Path) -> None:
    database, away = tmp_path / "feedhub.db", tmp_path / "away.db"
    store = new_store(database)
    store.configure(settings(database, [source("a")], []), START)
    (claim,) = store.claim(START, 1, LEASE, 2)
    database.rename(away)
    for replaced in (False, True):
        if replaced:
            shutil.copy(away, database)
        for act in (
            lambda: store.claim(START, 1, LEASE, 2),
            lambda: store.commit_polls([document(claim, item("a", "Lost", QUAKE))]),
            lambda: store.rule("undo", [], "an editor", START),
        ):
            with pytest.raises(StorageFault, match=r"^the database was moved away or replaced"):
                act()
    away.rename(database)
    assert [report.new for report in store.commit_polls([document(claim, item("a", "Kept", QUAKE))])] == [1]
    store.close()


def test_a_place_that_cannot_be_looked_at_is_told_apart_from_one_that_is_empty(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    store = new_store(folder / "feedhub.db")
    folder.rename(tmp_path / "away")
    folder.write_text("no folder")
    with pytest.raises(StorageFault, match="the database cannot be looked at: Not a directory"):
        store.claim(START, 1, LEASE, 2)
    store.close()


def test_a_transaction_on_a_full_disk_changes_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 3) as disk:
        chosen = settings(disk / "feedhub.db", [source("a")], [])
        store = new_store(chosen.database)
        store.configure(chosen, START)
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(_free(disk) - 60_000))
        long = [item("a", f"Long {number}", f"{QUAKE} {number}\n" * 40) for number in range(100)]
        with pytest.raises(StorageFault, match="the disk is full"):
            printed(store, "a", *long)
        ballast.unlink()
        store.release(store.claim(START, 1, START - START, 2, ["a"]))
        printed(store, "a", item("a", "After all", QUAKE))
        store.close()
        assert look(chosen.database) == []


def fill_up(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(65536)):
                pass
        except OSError:
            pass


def _free(disk: Path) -> int:
    about = os.statvfs(disk)
    return about.f_bavail * about.f_frsize


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_daemon_gets_over_a_full_disk_without_a_restart(tmp_path: Path) -> None:
    papers = Papers(every=0.5)
    with healthy(papers) as place, small_disk(tmp_path / "disk", 24) as disk:
        sources = {f"paper-{n}": f"{place}/paper-{n}" for n in range(8)}
        config = configured(disk, sources, min_interval='"1s"', max_interval='"1s"', per_host="50", workers="1")
        address = address_of(config)
        with running(config, hasty=True) as process:
            until(lambda: papers.hits["paper-7"] > 1, "polling")
            fill_up(disk)
            until(lambda: Answer(f"{address}/readyz").status == 503, "noticing it", 60)
            assert b"the disk is full" in Answer(f"{address}/readyz").body
            assert Answer(f"{address}/topics/all.atom").status == 200
            (disk / "ballast").unlink()
            until(lambda: Answer(f"{address}/readyz").status == 200, "getting over it")
            asked = dict(papers.hits)
            until(lambda: all(papers.hits[id] > asked[id] + 1 for id in sources), "polling all again", 50)
            process.send_signal(signal.SIGTERM)
            assert process.stderr
            told = process.stderr.read()
        assert "daemon.recovered" in told
        assert "traceback" not in told
        assert look(disk / "feedhub.db") == []


# --- a failing disk ---------------------------------------------------------------------------------------


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """While this file is there, what is started from now on can neither read nor write its database."""
    compiler, library = shutil.which("cc"), tmp_path / "failing_disk.so"
    written = Path(__file__).with_name("failing_disk.c")
    if not compiler or subprocess.run([compiler, "-shared", "-fPIC", "-o", library, written, "-ldl"]).returncode:
        pytest.skip("no C compiler makes a failing disk here")
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("FAILING", "feedhub.db")
    monkeypatch.setenv("FAILING_WHILE", str(tmp_path / "failing"))
    return tmp_path / "failing"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_daemon_gets_over_a_failing_disk_without_a_restart(failing: Path, tmp_path: Path) -> None:
    papers = Papers(every=0.5)
    with healthy(papers) as place:
        sources = {f"paper-{n}": f"{place}/paper-{n}" for n in range(8)}
        config = configured(tmp_path, sources, min_interval='"1s"', max_interval='"1s"', per_host="50", workers="1")
        address = address_of(config)
        with running(config, hasty=True) as process:
            until(lambda: papers.hits["paper-7"] > 1, "polling")
            failing.touch()
            until(lambda: Answer(f"{address}/readyz").status == 503, "noticing it", 60)
            said = Answer(f"{address}/readyz").body
            assert (
                b"the disk cannot be read or written" in said or b"is damaged" in said
            )  # SQLite takes some for damage
            shown = Answer(f"{address}/topics/all.atom").status
            assert shown in (200, 503)  # what is not in memory cannot be read
            told = called("doctor", "--config", config)
            assert "Traceback" not in told.stderr
            failing.unlink()
            known = guids(tmp_path / "feedhub.db")
            until(lambda: Answer(f"{address}/readyz").status == 200, "getting over it", 60)
            asked = dict(papers.hits)
            until(lambda: all(papers.hits[id] > asked[id] + 1 for id in sources), "polling all again", 50)
            assert known < guids(tmp_path / "feedhub.db")
            process.send_signal(signal.SIGTERM)
            assert process.stderr
            log = process.stderr.read()
        assert "daemon.recovered" in log
        assert "traceback" not in log.lower(), log[-3000:]
        assert look(tmp_path / "feedhub.db") == []
