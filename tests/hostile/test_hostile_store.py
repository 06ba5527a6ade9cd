"""Disks that are full, files that are damaged, processes that are killed: clear words, nothing lost, no restart."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import brotli
import pytest
from hostile_world import Papers, configured, healthy, stored

from build import QUAKE, START, item, printed, settings, source
from feedhub.errors import StorageFault
from feedhub.model import Topic
from feedhub.store import Reader, Store, look, repair
from process import Answer, address_of, called, feedhub, running, until

ROUNDS = int(os.environ.get("FEEDHUB_KILLS", "8"))  # `make kills` asks for more


# --- files that are not what they should be ---------------------------------------------------------------


def configuration(folder: Path) -> Path:
    return configured(folder, {"a": "http://127.0.0.1:9/feed"})


def filled(folder: Path) -> Path:
    """A configuration whose database holds stories."""
    config = configuration(folder)
    chosen = settings(folder / "feedhub.db", [source("a"), source("b")], [Topic(id="all", title="All", match="")])
    store = Store(chosen.database, "a test")
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
    for command in (["doctor"], ["stories"], ["sources"], ["poll"], ["search", "matter"]):
        done = called(*command, "--config", config)
        assert done.returncode in (0, 1), done
        assert "Traceback" not in done.stderr, done.stderr
    assert called("doctor", "--config", config).returncode == 1


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
    done = called("stories", "--json", "--limit", "100", "--config", config)
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
def test_a_second_daemon_says_who_is_first_and_exits_with_2(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    store = Store(tmp_path / "feedhub.db", "feedhub run")
    done = called("run", "--config", config)
    store.close()
    assert done.returncode == 2
    assert f"is in use by feedhub run (process {os.getpid()})" in done.stderr
    assert "Traceback" not in done.stderr


# --- the doctor -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_belongs_together_is_put_together_again(tmp_path: Path) -> None:
    config = filled(tmp_path)
    database = tmp_path / "feedhub.db"
    assert called("doctor", "--config", config).stdout.strip() == f"{database}: nothing is wrong"
    with sqlite3.connect(database) as conn:
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
    told = called("doctor", "--repair", "--config", config)
    assert (told.returncode, told.stderr) == (0, "")
    assert look(database) == []
    reader = Reader(database)
    assert len({story.id for story in reader.front(100)}) == 40
    reader.close()


def test_what_can_be_read_of_a_damaged_file_is_saved(tmp_path: Path) -> None:
    filled(tmp_path)
    database = tmp_path / "feedhub.db"
    before = database.read_bytes()
    overwritten(database)
    done = repair(database, "a test")
    assert any(finding.of_file for finding in done.found)
    assert done.left == []
    assert done.damaged
    assert done.damaged.stat().st_size == len(before)
    store = Store(database, "a test")
    store.close()


@pytest.mark.slow
def test_the_doctor_repairs_nothing_under_a_daemon(tmp_path: Path) -> None:
    config = filled(tmp_path)
    store = Store(tmp_path / "feedhub.db", "feedhub run")
    assert called("doctor", "--config", config).returncode == 0
    assert called("doctor", "--repair", "--config", config).returncode == 2
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


def test_a_transaction_on_a_full_disk_changes_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 3) as disk:
        chosen = settings(disk / "feedhub.db", [source("a")], [])
        store = Store(chosen.database, "a test")
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
        with running(config) as process:
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
        with running(config) as process:
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
            known = _guids(tmp_path / "feedhub.db")
            until(lambda: Answer(f"{address}/readyz").status == 200, "getting over it", 60)
            asked = dict(papers.hits)
            until(lambda: all(papers.hits[id] > asked[id] + 1 for id in sources), "polling all again", 50)
            assert known < _guids(tmp_path / "feedhub.db")
            process.send_signal(signal.SIGTERM)
            assert process.stderr
            log = process.stderr.read()
        assert "daemon.recovered" in log
        assert "traceback" not in log.lower(), log[-3000:]
        assert look(tmp_path / "feedhub.db") == []


# --- kill -9 ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Under load, at any moment: what another reader saw is there after the next start, once; no file is torn."""
    papers, chance, output = Papers(every=0.2, listed=20), random.Random(9), tmp_path / "public"
    with healthy(papers) as place:
        sources = {f"paper-{n}": f"{place}/paper-{n}" for n in range(20)}
        limits = {"min_interval": '"1s"', "max_interval": '"1s"', "per_host": "50", "workers": "1"}
        config = configured(tmp_path, sources, output, **limits)
        database = tmp_path / "feedhub.db"
        acknowledged: set[tuple[str, str]] = set()
        files = 0
        for number in range(ROUNDS):
            process = subprocess.Popen(feedhub("run", "--config", config), stderr=subprocess.PIPE, text=True)
            assert process.stderr
            reader = threading.Thread(target=_until_polled, args=(process,))
            reader.start()
            reader.join(timeout=30)
            time.sleep(chance.uniform(0, 0.6) if number % 4 else chance.uniform(1.8, 3))  # then files are written
            known = _guids(database)  # read by another connection: committed, hence acknowledged
            process.kill()
            process.communicate()
            acknowledged |= known
            assert acknowledged <= _guids(database)
            assert look(database) == []
            files += whole_files(output)
    assert files > ROUNDS
    with sqlite3.connect(database) as conn:
        twice = conn.execute("SELECT source, guid FROM items GROUP BY 1, 2 HAVING count(*) > 1").fetchall()
        entries = conn.execute("SELECT count(*), count(DISTINCT story) FROM entries WHERE topic = 'all'").fetchone()
    conn.close()
    assert twice == []
    assert entries[0] == entries[1] > 20


def _until_polled(process: subprocess.Popen[str]) -> None:
    assert process.stderr
    for line in process.stderr:
        if "poll.new" in line:
            return


def whole_files(folder: Path) -> int:
    """Read every file that is published as those who are served it would; returns how many there are."""
    published = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    for path in published:
        body = path.read_bytes()
        match path.suffix:
            case ".gz":
                assert gzip.decompress(body)
            case ".br":
                assert brotli.decompress(body)
            case ".json":
                assert json.loads(body)
            case ".html":
                assert body.rstrip().endswith(b"</html>"), path
            case ".atom" | ".rss" | ".opml" | "":
                assert ElementTree.fromstring(body).tag
            case _:
                raise AssertionError(f"{path}: what is it?")
    return len(published)


def _guids(database: Path) -> set[tuple[str, str]]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as conn:
        found = set(conn.execute("SELECT source, guid FROM items"))
    conn.close()
    return found


# --- backups ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_backup_under_load_is_whole_and_restores(tmp_path: Path) -> None:
    papers = Papers(every=0.3)
    with healthy(papers) as place:
        sources = {f"paper-{n}": f"{place}/paper-{n}" for n in range(20)}
        config = configured(tmp_path, sources, min_interval='"1s"', max_interval='"1s"', per_host="50", workers="1")
        with running(config):
            until(lambda: papers.hits["paper-19"] > 2, "polling")
            for number in range(3):
                assert called("backup", tmp_path / f"copy-{number}.db", "--config", config).returncode == 0
        for number in range(3):
            assert look(tmp_path / f"copy-{number}.db") == []
        items, *_ = stored(tmp_path / "copy-2.db")
        assert len(items) == 20
        (tmp_path / "copy-2.db").replace(tmp_path / "feedhub.db")
        with running(config):
            until(lambda: Answer(f"{address_of(config)}/topics/all.atom").status == 200, "serving what was restored")


# --- power loss -------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_power_cut_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A writer is halted at any moment, mostly within a commit, and the image of its disk is copied as it is then."""
    rounds, chance = int(os.environ.get("FEEDHUB_POWER_CUTS", "5")), random.Random(4)
    with disk_image(tmp_path) as (image, disk), committing(disk / "feedhub.db") as (writer, told):
        for _ in range(rounds):
            seen = told[-1]
            until(lambda seen=seen: told[-1] > seen, "storing more")
            time.sleep(chance.uniform(0, 0.05))
            with halted(writer):
                acknowledged = told[-1]
                shutil.copy(image, tmp_path / "cut.img")  # nothing is synced for the copy's sake
            with mounted(tmp_path / "cut.img", tmp_path / "after") as after:
                assert look(after / "feedhub.db") == []
                reader = sqlite3.connect(after / "feedhub.db")
                assert reader.execute("SELECT count(*) FROM items").fetchone()[0] >= acknowledged
                reader.close()


@contextmanager
def committing(database: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that stores items, and how many it has said that it stored."""
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": str(here.parent)}
    command = [sys.executable, here / "committing.py", database]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    told = [0]

    def listen() -> None:
        assert process.stdout
        for line in process.stdout:
            told.append(int(line))

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield process, told
    finally:
        process.kill()
        listener.join()
        process.communicate()


@contextmanager
def halted(process: subprocess.Popen[str]) -> Iterator[None]:
    """Stop a process, whose system call under way ends first, and let it go on."""
    process.send_signal(signal.SIGSTOP)
    stat = Path(f"/proc/{process.pid}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.001)
    yield
    process.send_signal(signal.SIGCONT)


@contextmanager
def disk_image(folder: Path) -> Iterator[tuple[Path, Path]]:
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(32 << 20)
    mkfs = shutil.which("mkfs.ext4") or shutil.which("mkfs.ext4", path="/sbin:/usr/sbin")
    if not mkfs or subprocess.run([mkfs, "-q", "-F", image], capture_output=True).returncode:
        pytest.skip("no file system can be made here")
    with mounted(image, folder / "disk") as disk:
        yield image, disk


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    at.mkdir(exist_ok=True)
    mount = shutil.which("mount")
    if not mount or subprocess.run([mount, "-o", "loop", image, at], capture_output=True).returncode:
        pytest.skip("no image can be mounted here")
    try:
        yield at
    finally:
        subprocess.run(["umount", at], check=True)
