"""A feed document, read: what it says is not yet trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedhub.manners import NO_WISHES, Wishes
from feedhub.model.fetched import FailureKind
from feedhub.websub import NO_OFFER, Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that belongs to an entry."""

    url: str
    type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """One entry as the feed says it, decoded but not yet trusted: HTML is unsanitised."""

    guid: str | None = None
    link: str | None = None
    title: str = ""  # may hold markup and entities
    summary: str = ""  # HTML
    content: str = ""  # HTML; the fuller text where the feed gives both
    base: str | None = None  # xml:base in force for summary and content
    author: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document, read."""

    title: str = ""
    language: str | None = None
    entries: tuple[RawEntry, ...] = ()  # but those that were known
    marks: tuple[bytes, ...] = ()  # of every entry in order, known or not; empty if all were read
    problem: str | None = None  # what was wrong with a document that could be read all the same
    truncated: bool = False  # the document ended early: its last entry may be cut
    left_out: int = 0  # entries of a document that is too long, which were not read
    wishes: Wishes = NO_WISHES
    offer: Offer = NO_OFFER  # as the document itself says


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseFailure:
    """The document is no feed, or could not be read within the limits."""

    kind: FailureKind
    message: str
    feed: str | None = None  # the feed that a web page declares, which came instead
