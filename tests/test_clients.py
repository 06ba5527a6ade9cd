"""Feeds as real clients read them: what they count, what they call it and what they take for new is what is stored.

A client that is not installed is skipped by name; on a CI machine `make test` installs them.
"""

from __future__ import annotations

import asyncio
import configparser
import mailbox
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Protocol

import pytest
from aiohttp import web

from build import BUDGET, QUAKE, START, item, new_store, no_ruling, printed, settings, source
from feedhub.daemon.desk import Desk
from feedhub.model import Topic
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from feedhub.web.app import application
from feedhub.web.fastpath import UNCHANGED
from feedhub.web.metrics import Metrics
from feedhub.web.server import served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

HOUR = timedelta(hours=1)
CORRECTED = QUAKE.replace("magnitude 6.1", "magnitude 6.4")
FULLER = QUAKE + (
    "\nThe prime minister's office set up a liaison room, and asked the towns on the coast to look for damage.\n"
    "Aftershocks of the same strength are to be expected for about a week, the agency said, and asked people to stay "
    "away from slopes and from houses that are no longer safe.\n"
    "Schools in the three towns stayed closed, and 1,200 households were without electricity until the early afternoon."
)
STRIKE = (
    "Dock workers in Kobe walked out on Monday over the pay for night shifts, and the port's operator said that eleven "
    "ships were waiting in the bay.\nTalks are to go on at the labor commission in the evening."
)


@dataclass
class Newsroom:
    """A store whose one topic is served, and who asked for it."""

    directory: Path
    store: Store
    desk: Desk
    address: str = ""
    statuses: list[int] = field(default_factory=list)  # of every answer to a request for the feed
    round: int = 0

    def print(self, source_id: str, *items: tuple[str, str, str]) -> None:
        """A paper's next edition: guid, headline, text of each of its items."""
        self.round += 1
        at = START + self.round * HOUR
        made = [item(source_id, title, text, guid=guid) for guid, title, text in items]
        self.desk.changed(printed(self.store, source_id, *made, at=at).topics)

    def titles(self) -> list[str]:
        """What the store has in the topic."""
        reader = Reader(self.directory / "feedhub.db")
        try:
            return sorted(story.title for story in reader.topic_entries("all", 100))
        finally:
            reader.close()

    async def run(self, *command: str | Path, check: bool = True) -> str:
        """Run a client; its home is a directory of its own."""
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.directory), "TERM": "dumb", "LANG": "C.UTF-8",
            "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            *map(str, command), env=environment, cwd=self.directory, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        assert not (check and process.returncode), output.decode()
        return output.decode()


@pytest.fixture
async def newsroom(tmp_path: Path) -> AsyncIterator[Newsroom]:
    papers = [source("herald"), source("times"), source("tsubame", agency="tsubame")]
    chosen = settings(tmp_path / "feedhub.db", papers, [Topic(id="all", title="All", match="")])
    store = new_store(chosen.database)
    store.configure(chosen, START)
    desk = Desk(chosen, chosen.database, no_ruling)
    room = Newsroom(tmp_path, store, desk)

    async def note(request: web.Request, response: web.StreamResponse) -> None:
        if request.path.startswith("/topics/"):
            room.statuses.append(response.status)

    app = application(desk, Metrics(), lambda: START)
    app.on_response_prepare.append(note)
    unchanged = app[UNCHANGED]

    def note_on_the_fast_path(target: str, headers: Mapping[str, str]) -> bytes | None:
        answer = unchanged(target, headers)
        room.statuses += [304] if answer else []
        return answer

    app[UNCHANGED] = note_on_the_fast_path
    async with served(app, "127.0.0.1", 0) as room.address:
        yield room
    await desk.close()
    store.close()


class Client(Protocol):
    """A feed reader as a person uses it."""

    keeps_titles = True  # False: it shows an entry as it was when it came

    async def update(self) -> None: ...
    async def read_all(self) -> None:
        """Mark everything as read."""
        ...

    async def titles(self) -> list[str]: ...
    async def unread(self) -> int: ...


class Newsboat:
    """Newsboat, with its cache read as it wrote it."""

    keeps_titles = True

    def __init__(self, room: Newsroom):
        self._room, self._cache = room, room.directory / "cache.db"
        (room.directory / "urls").write_text(f"{room.address}/topics/all.atom\n")
        (room.directory / "config").write_text("cleanup-on-quit no\n")

    def _newsboat(self, *arguments: str) -> tuple[str, ...]:
        home = self._room.directory
        return ("newsboat", "-q", f"-u{home / 'urls'}", f"-c{self._cache}", f"-C{home / 'config'}", *arguments)

    def _query(self, question: str) -> list[tuple[str | int, ...]]:
        connection = sqlite3.connect(self._cache)
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()

    async def update(self) -> None:
        await self._room.run(*self._newsboat("-x", "reload"))

    async def read_all(self) -> None:
        guids = self._room.directory / "read"
        guids.write_text("".join(f"{guid}\n" for (guid,) in self._query("SELECT guid FROM rss_item")))
        await self._room.run(*self._newsboat(f"-I{guids}"))

    async def titles(self) -> list[str]:
        return [str(title) for (title,) in self._query("SELECT title FROM rss_item WHERE deleted = 0")]

    async def unread(self) -> int:
        return int((await self._room.run(*self._newsboat("-x", "print-unread"))).split()[0])


class Sfeed:
    """sfeed_update, twice: into a file that is kept, in which ids that were never there are new, and into a fresh one.

    The kept file has a line for each headline that an id ever had; the fresh one has today's.
    """

    keeps_titles = True

    def __init__(self, room: Newsroom):
        self._room = room
        self._read: set[str] = set()
        for name in ("kept", "fresh"):
            (room.directory / name).mkdir()
            feed = f'feed "all" "{room.address}/topics/all.atom"'
            (room.directory / f"{name}.rc").write_text(f'sfeedpath="{room.directory / name}"\nfeeds() {{\n{feed}\n}}\n')

    def _lines(self, name: str) -> list[list[str]]:
        """Of each line: time, title, link, content, its type, id, ..."""
        return [line.split("\t") for line in (self._room.directory / name / "all").read_text().splitlines()]

    def _ids(self) -> set[str]:
        return {fields[5] for fields in self._lines("kept")}

    async def update(self) -> None:
        (self._room.directory / "fresh/all").unlink(missing_ok=True)
        for name in ("kept", "fresh"):
            await self._room.run("sfeed_update", self._room.directory / f"{name}.rc")

    async def read_all(self) -> None:
        self._read |= self._ids()

    async def titles(self) -> list[str]:
        fresh = self._lines("fresh")
        assert {fields[5] for fields in fresh} == self._ids()
        return [fields[1] for fields in fresh]

    async def unread(self) -> int:
        return len(self._ids() - self._read)


class Rss2Email:
    """rss2email into a maildir: a mail that is not yet seen is unread."""

    keeps_titles = False

    def __init__(self, room: Newsroom):
        self._room = room
        self._ready = False
        self._files = ("-c", str(room.directory / "r2e.cfg"), "-d", str(room.directory / "r2e.json"))

    async def update(self) -> None:
        mail = self._room.directory / "mail"
        if not self._ready:
            await self._room.run("r2e", *self._files, "new", "reader@example.org")
            self._configure(email_protocol="maildir", maildir_path=str(mail), maildir_mailbox="news")
            mail.mkdir()
            await self._room.run("r2e", *self._files, "add", "all", f"{self._room.address}/topics/all.atom")
            self._ready = True
        await self._room.run("r2e", *self._files, "run")

    def _configure(self, **options: str) -> None:
        file = self._room.directory / "r2e.cfg"
        config = configparser.RawConfigParser()
        config.read(file)
        config["DEFAULT"].update({name.replace("_", "-"): value for name, value in options.items()})
        with file.open("w") as out:
            config.write(out)

    def _box(self) -> mailbox.Maildir:
        return mailbox.Maildir(self._room.directory / "mail/news", create=True)

    async def read_all(self) -> None:
        box = self._box()
        for key, message in list(box.items()):
            message.set_subdir("cur")
            message.add_flag("S")
            box[key] = message

    async def titles(self) -> list[str]:
        return [str(make_header(decode_header(message["Subject"]))) for message in self._box()]

    async def unread(self) -> int:
        return sum("S" not in message.get_flags() for message in self._box())


class Library:
    """PyPI's `reader`."""

    keeps_titles = True

    def __init__(self, room: Newsroom):
        import reader

        self._reader = reader.make_reader(str(room.directory / "reader.db"), reserved_name_scheme={
            "reader_prefix": ".reader.", "plugin_prefix": ".plugin.", "separator": ".",
        })  # fmt: skip
        self._reader.add_feed(f"{room.address}/topics/all.atom")

    async def update(self) -> None:
        await asyncio.to_thread(self._update)

    def _update(self) -> None:
        with self._reader as reader:
            reader.update_feeds(scheduled=False)

    async def read_all(self) -> None:
        for entry in list(self._reader.get_entries()):
            self._reader.mark_entry_as_read(entry)

    async def titles(self) -> list[str]:
        return [entry.title or "" for entry in self._reader.get_entries()]

    async def unread(self) -> int:
        return self._reader.get_entry_counts(read=False).total


COMMANDS = {Newsboat: "newsboat", Sfeed: "sfeed_update", Rss2Email: "r2e"}


@pytest.fixture(params=[Newsboat, Sfeed, Rss2Email, Library], ids=lambda client: client.__name__)
def client(request: pytest.FixtureRequest, newsroom: Newsroom) -> Client:
    kind = request.param
    if kind is Library:
        pytest.importorskip("reader", reason="needs PyPI's reader")
    elif not shutil.which(COMMANDS[kind]):
        pytest.skip(f"needs {COMMANDS[kind]}")
    made: Client = kind(newsroom)
    return made


async def agrees(client: Client, room: Newsroom, unread: int) -> None:
    """The client has what the store has, and so many of it are new to its reader."""
    await client.update()
    found = sorted(await client.titles())
    if client.keeps_titles:
        assert found == room.titles()
    assert (len(found), await client.unread()) == (len(room.titles()), unread)


async def test_a_client_sees_stories_once_and_never_anew(newsroom: Newsroom, client: Client) -> None:
    quake, budget = ("q", "Strong quake hits Miyagi", QUAKE), ("b", "Record budget", BUDGET)
    newsroom.print("herald", quake, budget)
    await agrees(client, newsroom, unread=2)
    assert sorted(await client.titles()) == ["Record budget", "Strong quake hits Miyagi"]
    await client.read_all()

    newsroom.print("times", ("t-1", "Quake off Miyagi, no tsunami", QUAKE))  # a copy arrives
    await agrees(client, newsroom, unread=0)

    corrected = ("q", "Strong quake hits Miyagi", CORRECTED)
    newsroom.print("herald", corrected, budget)  # a correction arrives
    await agrees(client, newsroom, unread=0)

    newsroom.print("tsubame", ("w-1", "Quake of magnitude 6.4 off Miyagi, trains halted", FULLER.replace("6.1", "6.4")))
    assert "Quake of magnitude 6.4 off Miyagi, trains halted" in newsroom.titles()  # a better copy is shown now
    await agrees(client, newsroom, unread=0)

    newsroom.print("herald", ("new-q", *corrected[1:]), ("new-b", *budget[1:]))  # a source changes all its guids
    await agrees(client, newsroom, unread=0)

    newsroom.print("herald", ("s", "Kobe's dock workers walk out", STRIKE), ("new-q", *corrected[1:]))
    await agrees(client, newsroom, unread=1)
    assert len(newsroom.titles()) == 3


@pytest.mark.skipif(not shutil.which("newsboat"), reason="needs newsboat")
async def test_newsboat_is_not_sent_again_what_it_has(newsroom: Newsroom) -> None:
    newsroom.print("herald", ("q", "Strong quake hits Miyagi", QUAKE))
    client = Newsboat(newsroom)
    for _ in range(3):
        await client.update()
    assert newsroom.statuses[0] == 200
    assert newsroom.statuses[2:] == [304]
    newsroom.print("herald", ("b", "Record budget", BUDGET), ("q", "Strong quake hits Miyagi", QUAKE))
    await client.update()
    assert newsroom.statuses[3] == 226  # the new story alone, as it asks with A-IM
