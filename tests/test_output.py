"""What is served, as files."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import brotli
import feedparser
import pytest

from build import BUDGET, QUAKE, START, gibberish, item
from desk_site import Site, opened, print_quake
from feedhub import files
from feedhub.model import Topic
from feedhub.store.publishing.published import PAGE
from feedhub.web.output import Output, writing

TOPICS = [
    Topic(id="quakes", title="Quakes", match="quake*"),
    Topic(id="budget", title="Budget", match="budget"),
    Topic(id="desk", title="Desk", match="", private=True),
]


@asynccontextmanager
async def served_and_written(directory: Path, topics: Sequence[Topic] = TOPICS) -> AsyncIterator[tuple[Site, Output]]:
    """A site whose files go to "www"."""
    async with (
        opened(directory, topics=topics, output=directory / "www") as site,
        writing(site.desk, site.address) as out,
    ):
        yield site, out


def state(directory: Path) -> dict[str, int]:
    """Every file and when it was written."""
    found = (file for file in directory.rglob("*") if file.is_file())
    return {str(file.relative_to(directory)): file.stat().st_ino for file in found}


async def test_files_hold_what_is_served_beside_them_what_it_is_packed(tmp_path: Path) -> None:
    async with served_and_written(tmp_path) as (site, out):
        print_quake(site)
        await out.write()
        for path in ("topics/quakes.atom", "topics/quakes.rss", "all.json", "feeds/corrections.atom", "sources.opml"):
            served = (await site.get(f"/{path}"))[2]
            file = tmp_path / "www" / path
            assert file.read_bytes() == served
            assert gzip.decompress(Path(f"{file}.gz").read_bytes()) == served
            assert brotli.decompress(Path(f"{file}.br").read_bytes()) == served
        assert "Quake off Miyagi" in (tmp_path / "www/topics/quakes.html").read_text()
        assert "Quake off Miyagi" in (tmp_path / "www/index.html").read_text()
        _, answer, _ = await site.get("/topics/quakes.atom")
        modified = (tmp_path / "www/topics/quakes.atom").stat().st_mtime
        assert modified == START.timestamp()
        assert answer.headers["Last-Modified"] == "Mon, 23 Nov 2026 08:00:00 GMT"
        assert not list((tmp_path / "www").rglob("*desk*"))
        assert not [file for file in state(tmp_path / "www") if "/." in f"/{file}"]  # nothing half-written is left


async def test_what_stands_below_a_path_is_written_with_links_that_begin_with_it(tmp_path: Path) -> None:
    www = tmp_path / "www"
    async with served_and_written(tmp_path, TOPICS[:1]) as (site, out):
        site.desk.configure(replace(site.desk.settings, public_url="https://papers.example/topics"))
        print_quake(site)
        await out.write()
        page = (www / "topics/quakes.html").read_text()
        assert 'href="/topics/topics/quakes.atom"' in page
        (story,) = re.findall('href="/topics/stories/([^"]+)"', page)
        assert '<a class="name" href="/topics/">' in (www / f"stories/{story}.html").read_text()
        assert (www / "all.atom").read_bytes() == (await site.get("/topics/all.atom"))[2]


@pytest.mark.slow
async def test_the_stories_that_pages_link_to_are_written_and_go_when_they_are_hidden(tmp_path: Path) -> None:
    www = tmp_path / "www"
    async with served_and_written(tmp_path, TOPICS[:1]) as (site, out):
        site.print("tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
        await out.write()
        (page,) = www.glob("stories/*.html")
        assert f'/stories/{page.stem}"' in (www / "topics/quakes.html").read_text()
        assert {file.suffix for file in www.glob(f"stories/{page.stem}.*")} == {
            ".html", ".atom", ".rss", ".json", ".gz", ".br",
        }  # fmt: skip
        assert page.with_suffix(".rss").read_bytes() == (await site.get(f"/stories/{page.stem}.rss"))[2]
        assert "Strong quake" not in page.read_text()
        site.print("herald", item("herald", "Strong quake", QUAKE), at=START + timedelta(minutes=5))
        await out.write()
        assert "Strong quake" in page.read_text()
        before = state(www)
        site.desk.changed(["quakes"])
        await out.write()
        assert {
            name: inode for name, inode in state(www).items() if name.startswith("stories")
        }.items() <= before.items()
        site.desk.ruled(site.store.rule("hide", [page.stem, ""], "an editor", START)[1])
        await out.write()
        assert not list(www.glob("stories/*"))
        site.desk.ruled(site.store.rule("unhide", [page.stem, ""], "an editor", START)[1])
        await out.write()
        assert page.is_file()


async def test_what_has_not_changed_is_not_touched(tmp_path: Path) -> None:
    async with served_and_written(tmp_path) as (site, out):
        site.print("herald", item("herald", "Quake", QUAKE))
        await out.write()
        before = state(tmp_path / "www")
        site.desk.changed(["quakes", "budget"])  # nothing has
        await out.write()
        after = state(tmp_path / "www")
        assert {file for file in before if after[file] != before[file] and not file.startswith("index")} == set()
        site.print("tsubame", item("tsubame", "Budget", BUDGET), at=START + timedelta(minutes=5))
        await out.write()
        changed = {file for file, inode in state(tmp_path / "www").items() if after.get(file) != inode}
        assert {"topics/budget.atom", "topics/budget.rss.gz", "topics/budget.html", "all.atom"} <= changed
        assert not [file for file in changed if file.startswith("topics/quakes.")]


@pytest.mark.slow
async def test_what_is_gone_or_private_is_removed_and_the_archive_is_whole(tmp_path: Path) -> None:
    www = tmp_path / "www"
    async with served_and_written(tmp_path) as (site, out):
        for number in range(PAGE + 3):
            moment = START + timedelta(minutes=number)
            site.print("herald", item("herald", f"Quake {number}", gibberish(number), published=moment), at=moment)
        await out.write()
        assert (www / f"topics/quakes/archive/1-{PAGE + 3}.atom").is_file()
        site.desk.changed(site.store.archive())
        await out.write()
        pages = {file.name: feedparser.parse(file.read_bytes())["entries"] for file in www.rglob("archive/*.atom")}
        assert {name: len(entries) for name, entries in pages.items()} == {"1.atom": PAGE, "2-3.atom": 3}
        hidden = replace(site.desk.settings, topics=(replace(TOPICS[0], private=True), TOPICS[1]))
        site.store.configure(hidden, START)
        site.desk.configure(hidden)
        assert "Quakes" in next(www.glob("stories/*.html")).read_text()
        for _ in range(3):  # some stories at a time
            await out.write()
        assert not [file for file in state(www) if "quakes" in file]
        assert not [file.name for file in www.glob("stories/*.html") if "Quakes" in file.read_text()]
        assert (www / "topics/budget.atom").is_file()


async def test_what_a_killed_process_left_half_written_is_removed_and_nobody_s_other_files(tmp_path: Path) -> None:
    www = tmp_path / "www"
    (www / "topics").mkdir(parents=True)
    left = [www / ".index.html.a1b2c3d4", www / "topics/.quakes.atom.gz.abcdefg_"]
    others = [www / ".htaccess", www / ".backup.20261123", www / "topics/.quakes.atom"]
    for file in (*left, *others):
        file.write_text("half")
    async with served_and_written(tmp_path, TOPICS[:1]) as (_, out):
        await out.write()
    assert not [file for file in left if file.exists()]
    assert all(file.read_text() == "half" for file in others)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a directory in which nobody can make a file")
async def test_a_directory_in_which_no_file_can_be_made_is_said_once_and_in_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        opened(tmp_path, topics=TOPICS[:1], output=Path("/proc/self")) as site,
        writing(site.desk, site.address) as out,
    ):
        await out.write()
        await out.write()
    (said,) = [record.feedhub_keys["error"] for record in caplog.records if record.message == "output.failed"]
    assert said == "No such file or directory"


async def test_a_web_server_may_read_what_is_written_whatever_the_umask(tmp_path: Path) -> None:
    umask = os.umask(0o077)  # as the service has it
    try:
        async with served_and_written(tmp_path) as (site, out):
            print_quake(site)
            await out.write()
    finally:
        os.umask(umask)
    for written in ("", "topics", "topics/quakes", "topics/quakes/archive", "topics/quakes.atom"):
        assert (tmp_path / "www" / written).stat().st_mode & 0o004, written


async def test_a_directory_that_cannot_be_written_is_said_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "www").write_text("a file stands here")
    async with served_and_written(tmp_path, TOPICS[:1]) as (_, out):
        await out.write()
        await out.write()
        assert [record.message for record in caplog.records].count("output.failed") == 1
        (tmp_path / "www").unlink()
        await out.write()
        assert (tmp_path / "www/all.atom").is_file()


def test_a_file_is_replaced_as_a_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "feed.atom"
    assert files.put(file, b"one")
    file.chmod(0o600)
    assert not files.put(file, b"one")
    with file.open("rb") as held:
        assert files.put(file, b"two", modified=1_700_000_000)
        assert held.read() == b"one"
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"two", 0o600)
    assert file.stat().st_mtime == 1_700_000_000
    assert [found.name for found in tmp_path.iterdir()] == ["feed.atom"]


def test_nothing_is_left_of_a_file_that_cannot_be_put_in_its_place(tmp_path: Path) -> None:
    place = tmp_path / "feed.atom"
    place.mkdir()
    with pytest.raises(OSError, match="directory"):
        files.replace(place, b"one")
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_a_file_of_somebody_else_s_stays_theirs_where_root_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "feedhub.toml"
    file.touch(0o600)
    os.chown(file, 65534, 65533)
    assert files.put(file, b"one")
    assert (file.stat().st_uid, file.stat().st_gid, file.stat().st_mode & 0o777) == (65534, 65533, 0o600)
