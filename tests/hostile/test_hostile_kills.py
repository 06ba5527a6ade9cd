"""A daemon that is killed, a machine that loses its power: nothing acknowledged is lost, nothing written is torn."""

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
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from xml.etree import ElementTree

import brotli
import pytest
from hostile_world import Papers, configured, guids, healthy, stored

from feedhub.store.examination import look
from process import Answer, address_of, called, feedhub, running, until

ROUNDS = int(os.environ.get("FEEDHUB_KILLS", "8"))  # `make kills` asks for more


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
            known = guids(database)  # read by another connection: committed, hence acknowledged
            process.kill()
            process.communicate()
            acknowledged |= known
            assert acknowledged <= guids(database)
            assert look(database) == []
            files += whole_files(output)
    assert files > ROUNDS
    with closing(sqlite3.connect(database)) as conn, conn:
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
