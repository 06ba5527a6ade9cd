"""Entries, normalised, and their credit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from feedhub.model.documents import Enclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Who wrote the copy and where, as far as its text says, with the words that say so."""

    agency: str | None = None  # id from dedup.agencies
    place: str | None = None  # of the dateline
    byline: str | None = None
    evidence: tuple[str, ...] = ()  # the matched words, in order of trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of one source, normalised."""

    source_id: str
    guid: str  # unique within its source; from the feed, or made by the identity ladder
    link: str | None
    title: str  # plain text, one line
    html: str  # sanitised, absolute URLs
    text: str  # plain text of html
    language: str  # BCP 47 primary tag; "und" when unknown
    author: str | None
    published: datetime  # never in the future; the time of the poll when the feed gives none
    updated: datetime | None
    tags: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    image: str | None
    credit: Credit
    complete: bool = True  # False: from a truncated document; never overwrites a longer text


class Listed(NamedTuple):
    """An item that a document lists unchanged. A plain tuple, as parsers send thirty of them for one new item."""

    guid: str
    digest: bytes  # normalise.digest of the item
    published: datetime
