"""Everything that is served, written as files, for a web server or a CDN that works without feedhub.

Feeds, archives, lists of feeds, pages of topics and the stories they link to are requested as a reader does, so that a
file holds exactly what would be answered. Beside each file are its compressed forms, for nginx's gzip_static and
brotli_static.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import re
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import brotli

from feedhub import files, urls
from feedhub.logs import event
from feedhub.model import Settings
from feedhub.store.reading import Reader
from feedhub.web.desk import ANY_RULING, ANY_SOURCE, ANY_STORY, Desk
from feedhub.web.editions import NOTICES
from feedhub.web.feeds import FORMATS

log = logging.getLogger(__name__)

LIMIT = timedelta(seconds=30)  # for one of our own answers
PACKED = (".gz", ".br")
AT_ONCE = 25  # stories written at once, a page and feeds each: topics must not wait longer than a second or two
# How far Brotli looks back, as a power of two. By its own 22 it makes tables for megabytes: a page of 8 KB takes 12 ms
# instead of 0.4, a feed of 180 KB 25 ms instead of 5, for 2 % fewer bytes of the latter.
BROTLI_WINDOW = 16
_STORY = re.compile(rb"/stories/([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Piece:
    """One file: its address, and what it depends on."""

    path: str
    file: str
    follows: str  # a topic, or any story, source or ruling; see `web.desk`


@asynccontextmanager
async def writing(desk: Desk, address: str) -> AsyncIterator[Output]:
    """An output that asks the server at `address`."""
    timeout = aiohttp.ClientTimeout(total=LIMIT.total_seconds())
    async with aiohttp.ClientSession(timeout=timeout, headers={"Accept-Encoding": "identity"}) as session:
        yield Output(desk, session, address)


class Output:
    """Writes what has changed since it last wrote."""

    def __init__(self, desk: Desk, session: aiohttp.ClientSession, address: str):
        self._desk, self._session, self._address = desk, session, address
        self._written: dict[Path, object] = {}  # files, and the state that they show
        self._linked: dict[Path, list[str]] = {}  # the stories that a file links to
        self._told: list[Piece] = []  # pages and feeds of stories, as of `_told_at`
        self._told_at: int | None = None  # None while some are not written yet
        self._swept: Path | None = None  # the directory that was cleared of half-written files of an earlier process
        self._trouble = ""

    async def write(self) -> None:
        """Bring the directory up to date; an error is logged once, and tried again the next time."""
        settings = self._desk.settings
        if settings.output is None:
            return
        try:
            pieces = [*_pieces(settings), *await self._archives(settings)]
            for piece in pieces:
                await self._write(piece, settings.output, self._desk.version(piece.follows))
            wanted = {piece.file for piece in (*pieces, *await self._stories(settings.output, pieces))}
            self._forget(settings.output, wanted)
            await asyncio.to_thread(_tidy, settings.output, wanted)
            if self._swept != settings.output:
                await asyncio.to_thread(_sweep, settings.output, wanted)
                self._swept = settings.output
            self._trouble = ""
        except Exception as error:  # of the disk, the database or the server: the next run may do better
            told = error.strerror if isinstance(error, OSError) else None  # not the name of a file, which is random
            if (trouble := told or str(error)) != self._trouble:
                self._trouble = trouble
                event(log, "output.failed", level=logging.ERROR, directory=str(settings.output), error=told or error)

    async def _write(self, piece: Piece, directory: Path, state: object) -> None:
        file = directory / piece.file
        if self._written.get(file) == state:
            return
        root = urls.path(self._desk.settings.public_url)
        async with self._session.get(self._address + root + piece.path) as response:
            body = await response.read()
            if response.status == 200:
                modified = response.headers.get("Last-Modified")
                at = parsedate_to_datetime(modified).timestamp() if modified else None
                await asyncio.to_thread(_put, file, body, at)
                self._written[file] = state
                self._linked[file] = sorted({story.decode() for story in _STORY.findall(body)})

    async def _stories(self, directory: Path, pieces: Collection[Piece]) -> list[Piece]:
        """Write the stories that the pieces link to; returns their pieces, and those of stories written earlier."""
        version = self._desk.version(ANY_STORY)
        if version == self._told_at:
            return self._told
        linked = {story for piece in pieces for story in self._linked.get(directory / piece.file, ())}
        written = await asyncio.to_thread(lambda: {file.stem for file in directory.glob("stories/*.html")})
        frame = _frame(self._desk.settings)
        found = await self._desk.read(lambda reader: reader.published.page_versions(linked | written))
        looks = {story: (frame, look) for story, look in found.items()}
        told = {story: list(_of_story(story)) for story in looks}
        waiting = [
            story for story, look in looks.items()
            if any(self._written.get(directory / piece.file) != look for piece in told[story])
        ]  # fmt: skip
        for story in waiting[:AT_ONCE]:
            for piece in told[story]:
                await self._write(piece, directory, looks[story])
        self._told = [piece for all in told.values() for piece in all]
        self._told_at = version if len(waiting) <= AT_ONCE else None
        return self._told

    def _forget(self, directory: Path, wanted: Collection[str]) -> None:
        """Forget files that are removed, so that they are written again when they come back."""
        kept = {directory / file for file in wanted}
        for known in (self._written, self._linked):
            for file in known.keys() - kept:
                del known[file]

    async def _archives(self, settings: Settings) -> list[Piece]:
        """The pages of every public topic's history, including the last one, which still grows."""

        def asked(reader: Reader) -> list[tuple[str, int, int]]:
            return [(topic.id, *reader.published.archive(topic.id)) for topic in settings.topics if not topic.private]

        return [piece for topic, closed, rest in await self._desk.read(asked) for piece in _pages(topic, closed, rest)]


def _pieces(settings: Settings) -> Iterator[Piece]:
    yield Piece("/", "index.html", ANY_STORY)
    yield Piece("/topics", "topics.html", ANY_STORY)
    yield Piece("/opml", "opml", ANY_SOURCE)
    yield Piece("/sources.opml", "sources.opml", ANY_SOURCE)
    yield from _feed("all", ANY_STORY)
    for name, (_, _, follows) in NOTICES.items():
        yield from _feed(f"feeds/{name}", follows)
    for topic in settings.topics:
        if not topic.private:
            yield Piece(f"/topics/{topic.id}", f"topics/{topic.id}.html", topic.id)
            yield from _feed(f"topics/{topic.id}", topic.id)
    for agency in {source.agency for source in settings.sources if source.agency}:
        yield from _feed(f"agencies/{agency}", ANY_STORY)


def _feed(path: str, follows: str) -> Iterator[Piece]:
    """A feed in every format."""
    return (Piece(f"/{path}.{suffix}", f"{path}.{suffix}", follows) for suffix in FORMATS)


def _frame(settings: Settings) -> tuple[object, ...]:
    """The part of the configuration that appears on every page."""
    return settings.public_url, *((topic.id, topic.title) for topic in settings.topics if not topic.private)


def _of_story(story: str) -> Iterator[Piece]:
    yield Piece(f"/stories/{story}", f"stories/{story}.html", ANY_STORY)
    yield from _feed(f"stories/{story}", ANY_STORY)


def _pages(topic: str, closed: int, rest: int) -> Iterator[Piece]:
    names = [(str(number), ANY_RULING) for number in range(1, closed + 1)]
    names += [(f"{closed + 1}-{rest}", topic)] if rest else []
    for name, follows in names:
        yield from _feed(f"topics/{topic}/archive/{name}", follows)


def _put(file: Path, body: bytes, modified: float | None) -> None:
    """Write a file after its compressed forms: where the plain file exists, all do."""
    if file.is_file() and file.read_bytes() == body and all(Path(f"{file}{end}").is_file() for end in PACKED):
        return
    files.put(Path(f"{file}.gz"), gzip.compress(body, mtime=0), modified)
    files.put(Path(f"{file}.br"), bytes(brotli.compress(body, quality=9, lgwin=BROTLI_WINDOW)), modified)
    files.put(file, body, modified)


def _tidy(directory: Path, wanted: Collection[str]) -> None:
    """Remove files of topics and stories that are gone or private, and of archive pages that have grown."""
    for found in (
        file for own in ("topics/*.*", "topics/*/archive/*.*", "stories/*.*") for file in directory.glob(own)
    ):
        if not found.name.startswith(".") and _plain(found, directory) not in wanted:
            found.unlink(missing_ok=True)


def _sweep(directory: Path, wanted: Collection[str]) -> None:
    """Remove half-written files of a process that was killed; files of others stay."""
    for file, whole in list(files.half_written(directory)):
        if _plain(whole, directory) in wanted:
            file.unlink(missing_ok=True)


def _plain(file: Path, directory: Path) -> str:
    """The name of a file without the ending of its compressed form."""
    return str(file.relative_to(directory)).removesuffix(".gz").removesuffix(".br")
