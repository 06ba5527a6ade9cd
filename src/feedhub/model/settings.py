"""The configuration, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from feedhub.curation import Topic
from feedhub.model.sources import Source, SourceList


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in the configuration."""

    file: str
    line: int  # 1-based; 0 where no line can be named
    path: str  # dotted, as in the file: "sources.kyodo-en.url"
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class Part(NamedTuple):
    """Neighbouring sources in the configuration, and a digest of all that is written of them.

    It is sent without its sources to a process that knows the digest already.
    """

    mark: bytes
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration, checked."""

    file: Path
    host: str
    port: int
    public_url: str  # no trailing slash
    told_where: bool = False  # whether the command line sets host and port, and not the file
    subscribe: bool | None = None  # to the hubs of sources; None: where `public_url` is on the public internet
    database: Path
    retention: timedelta
    timezone: str = "UTC"  # in which pages tell times
    log_format: Literal["text", "json"]
    admin_token: str | None = field(default=None, repr=False)  # for writing on the pages; "$NAME" of a variable
    workers: int  # parser processes
    concurrency: int  # fetches under way at once, over all hosts
    per_host: int
    gap: timedelta = timedelta(seconds=2)  # between two polls of one site
    budget: int | None = None  # polls an hour, all sources together
    contact: str | None = None  # sent to the servers that are polled: a mail or web address
    sources: tuple[Source, ...]
    parts: tuple[Part, ...] = field(default=(), repr=False, compare=False)  # of what the file says of sources
    topics: tuple[Topic, ...]
    lists: tuple[SourceList, ...] = ()
    output: Path | None = None  # a directory to which everything served is written as well

    @property
    def sources_by_id(self) -> dict[str, Source]:
        """The sources, by id."""
        return {source.id: source for source in self.sources}
