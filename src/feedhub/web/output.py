"""What is served, as files: for a web server or a network of caches that needs no feedhub to answer.

Feeds, their archives, the lists of feeds, and the pages of topics are asked for as a reader does, so that a file holds
what an answer would. Beside each stands what it is packed, for nginx's gzip_static and brotli_static.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import brotli

from feedhub import files
from feedhub.logs import event
from feedhub.model import Settings
from feedhub.store import Reader
from feedhub.web.desk import ANY_RULING, ANY_SOURCE, ANY_STORY, Desk
from feedhub.web.feeds import FORMATS

log = logging.getLogger(__name__)

LIMIT = timedelta(seconds=30)  # for one of our own answers
PACKED = (".gz", ".br")


@dataclass(frozen=True, slots=True)
class Piece:
    """One file: the address that it is from, and what it follows."""

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
        self._written: dict[Path, int] = {}
        self._trouble = ""

    async def write(self) -> None:
        """Bring the directory up to date; what goes wrong is logged once, and tried again at the next time."""
        settings = self._desk.settings
        if settings.output is None:
            return
        try:
            pieces = [*_pieces(settings), *await self._archives(settings)]
            for piece in pieces:
                await self._write(piece, settings.output / piece.file)
            await asyncio.to_thread(_tidy, settings.output, {piece.file for piece in pieces})
            self._trouble = ""
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                event(log, "output.failed", level=logging.ERROR, directory=str(settings.output), error=error)

    async def _write(self, piece: Piece, file: Path) -> None:
        version = self._desk.version(piece.follows)
        if self._written.get(file) == version:
            return
        async with self._session.get(self._address + piece.path) as response:
            body = await response.read()
            if response.status == 200:
                modified = response.headers.get("Last-Modified")
                at = parsedate_to_datetime(modified).timestamp() if modified else None
                await asyncio.to_thread(_put, file, body, at)
                self._written[file] = version

    async def _archives(self, settings: Settings) -> list[Piece]:
        """Every page of every public topic's history; the one that still grows is what its feed leads to."""

        def asked(reader: Reader) -> list[tuple[str, int, int]]:
            return [(topic.id, *reader.published.archive(topic.id)) for topic in settings.topics if not topic.private]

        return [piece for topic, closed, rest in await self._desk.read(asked) for piece in _pages(topic, closed, rest)]


def _pieces(settings: Settings) -> Iterator[Piece]:
    yield Piece("/", "index.html", ANY_STORY)
    yield Piece("/topics", "topics.html", ANY_STORY)
    yield Piece("/opml", "opml", ANY_SOURCE)
    yield Piece("/sources.opml", "sources.opml", ANY_SOURCE)
    for suffix in FORMATS:
        yield Piece(f"/all.{suffix}", f"all.{suffix}", ANY_STORY)
        for name, follows in (("corrections", ANY_STORY), ("review", ANY_STORY), ("health", ANY_SOURCE)):
            yield Piece(f"/feeds/{name}.{suffix}", f"feeds/{name}.{suffix}", follows)
    for topic in settings.topics:
        if not topic.private:
            yield Piece(f"/topics/{topic.id}", f"topics/{topic.id}.html", topic.id)
            for suffix in FORMATS:
                yield Piece(f"/topics/{topic.id}.{suffix}", f"topics/{topic.id}.{suffix}", topic.id)
    for agency in {source.agency for source in settings.sources if source.agency}:
        for suffix in FORMATS:
            yield Piece(f"/agencies/{agency}.{suffix}", f"agencies/{agency}.{suffix}", ANY_STORY)


def _pages(topic: str, closed: int, rest: int) -> Iterator[Piece]:
    names = [(str(number), ANY_RULING) for number in range(1, closed + 1)]
    names += [(f"{closed + 1}-{rest}", topic)] if rest else []
    for name, follows in names:
        for suffix in FORMATS:
            path = f"topics/{topic}/archive/{name}.{suffix}"
            yield Piece(f"/{path}", path, follows)


def _put(file: Path, body: bytes, modified: float | None) -> None:
    """The packed ones first: the plain file says that all are there."""
    if file.is_file() and file.read_bytes() == body and all(Path(f"{file}{end}").is_file() for end in PACKED):
        return
    files.put(Path(f"{file}.gz"), gzip.compress(body, mtime=0), modified)
    files.put(Path(f"{file}.br"), bytes(brotli.compress(body, quality=9)), modified)
    files.put(file, body, modified)


def _tidy(directory: Path, wanted: Collection[str]) -> None:
    """Remove what is of topics that are gone or private now, and pages that have grown: the folder is feedhub's own."""
    for found in [*directory.glob("topics/*.*"), *directory.glob("topics/*/archive/*.*")]:
        name = str(found.relative_to(directory))
        if not found.name.startswith(".") and name.removesuffix(".gz").removesuffix(".br") not in wanted:
            found.unlink(missing_ok=True)
