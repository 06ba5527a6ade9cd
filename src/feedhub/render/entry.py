"""What stands in a feed, whatever it tells of: the one noun that all formats are written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feedhub.model import Enclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where else to look: "via" the copy that is shown, "related" other copies and stories."""

    rel: str
    href: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The feed from which an entry was taken."""

    id: str
    title: str
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry; its words are clean: no format needs to look at them again."""

    id: str  # "urn:uuid:…"
    title: str  # one line, never empty
    link: str  # where to read on
    page: str  # feedhub's own page about it
    html: str
    summary: str  # plain text
    author: str
    published: datetime
    updated: datetime  # the last significant change, never before `published`
    language: str | None = None
    place: str | None = None
    terms: tuple[tuple[str, str | None], ...] = ()  # categories and whose words they are
    links: tuple[Link, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None
    origin: Origin | None = None
    known: Mapping[str, Any] = field(default_factory=dict)  # the `_feedhub` object of JSON Feed

    def __hash__(self) -> int:
        return hash((self.id, self.updated, self.html))
