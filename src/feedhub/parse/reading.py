"""A document read to the end: parsed, normalised, its new items prepared for the merge.

All of it happens in the child process, so that the parent's one thread is left to fetching and storing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from feedhub import normalise
from feedhub.dedup.place import Prepared
from feedhub.dedup.prepare import prepare
from feedhub.manners import NO_WISHES, Wishes
from feedhub.model import Listed, ParsedFeed, ParseFailure, Source
from feedhub.parse.document import parse_document


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a document says, in its order."""

    title: str
    problem: str | None
    truncated: bool
    items: tuple[Prepared | Listed, ...]
    wishes: Wishes = NO_WISHES


def read_document(
    body: bytes, *, content_type: str | None, url: str, source: Source, now: datetime, known: frozenset[bytes]
) -> Reading | ParseFailure:
    """Read a document of `source`; items whose digest is in `known` are not prepared again."""
    feed = parse_document(body, content_type=content_type, url=url, timezone=source.timezone, select=source.select)
    if isinstance(feed, ParseFailure):
        return feed
    feed = _believed(feed, source.ignore)
    items: list[Prepared | Listed] = []
    for item in normalise.items(feed, source, url, now):
        digest = normalise.digest(item)
        if digest in known:
            items.append(Listed(guid=item.guid, digest=digest, published=item.published))
        else:
            items.append(prepare(item, source.agency))
    return Reading(
        title=feed.title,
        problem=feed.problem,
        truncated=feed.truncated,
        items=tuple(items),
        wishes=feed.wishes if source.hints else NO_WISHES,
    )


def _believed(feed: ParsedFeed, ignore: frozenset[str]) -> ParsedFeed:
    """Without what the source's configuration says is not to be believed."""
    if not ignore:
        return feed
    entries = feed.entries
    if "guid" in ignore:
        entries = tuple(replace(entry, guid=None) for entry in entries)
    if "updated" in ignore:
        entries = tuple(replace(entry, updated=None) for entry in entries)
    return replace(feed, entries=entries)
