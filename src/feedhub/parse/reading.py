"""A document read to the end: parsed, normalised, its new items prepared for the merge.

All of it happens in the child process, so that the parent's one thread is left to fetching and storing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from feedhub import normalise
from feedhub.dedup.case import Prepared
from feedhub.dedup.prepare import prepare, with_terms
from feedhub.manners import NO_WISHES
from feedhub.model import Item, Known, Listed, ParsedFeed, ParseFailure, RawEntry, Source
from feedhub.parse.contents import Mark, Reading
from feedhub.parse.document import parse_document


def read_document(
    body: bytes, *, content_type: str | None, url: str, source: Source, now: datetime, known: Iterable[Known]
) -> Reading | ParseFailure:
    """Read a document of `source`; what is `known` of the last one is not prepared again, nor parsed where it stands
    as it stood.
    """

    def parsed(marked: Collection[bytes]) -> ParsedFeed | ParseFailure:
        zone, select = source.timezone, source.select
        found = parse_document(body, content_type=content_type, url=url, timezone=zone, select=select, known=marked)
        return found if isinstance(found, ParseFailure) else _believed(found, source.ignore)

    listed = tuple(known)
    marked = {entry.mark: entry for entry in listed if entry.mark}
    feed = parsed(marked)
    if isinstance(feed, ParseFailure):
        return feed
    made = normalise.each(feed, source, url, now)
    if _is_plain(feed, made, marked):
        items, marks = _in_order(feed, made, marked, now)
    else:
        if len(made) < len(feed.marks):  # those that are known are to be told apart from the others
            feed = parsed(())
            assert isinstance(feed, ParsedFeed)
            made = normalise.each(feed, source, url, now)
        items, marks = [*normalise.distinct(made)], []
    digests = frozenset(entry.digest for entry in listed)
    return Reading(
        title=feed.title,
        problem="; ".join(said for said in (feed.problem, _too_long(feed, made, len(marks))) if said) or None,
        truncated=feed.truncated,
        items=tuple(item if isinstance(item, Listed) else _prepared(item, source, digests) for item in items),
        marks=tuple(marks),
        wishes=feed.wishes if source.hints else NO_WISHES,
        doubt=normalise.doubtful_ids(feed.entries),
        offer=feed.offer,
    )


def _too_long(feed: ParsedFeed, made: Sequence[Item], plain: int) -> str | None:
    """How many entries are taken of a document that has more; `plain`: that many stand in one that is plain."""
    taken = plain or len(made)
    if left_out := feed.left_out + len(feed.entries) - len(made):
        return f"it has {taken + left_out:,} entries, of which the newest {taken:,} are taken"
    return None


def _is_plain(feed: ParsedFeed, made: Sequence[Item], marked: Mapping[bytes, Known]) -> bool:
    """Whether each entry is one item: those that share a guid are told apart only where all of them are read."""
    if not feed.marks or len(feed.entries) > normalise.MAX_ITEMS:
        return False
    guids = [item.guid for item in made]
    if len(made) < len(feed.marks):
        guids += [marked[mark].guid for mark in feed.marks if mark in marked]
    return len(set(guids)) == len(feed.marks)


def _in_order(
    feed: ParsedFeed, made: Sequence[Item], marked: Mapping[bytes, Known], now: datetime
) -> tuple[list[Item | Listed], list[Mark]]:
    """What was read and what was known, as they stand in the document, each with its mark."""
    read = zip(feed.entries, made, strict=True)
    cut = len(made) < len(feed.marks)
    items: list[Item | Listed] = []
    marks: list[Mark] = []
    for mark in feed.marks:
        if cut and (entry := marked.get(mark)):
            items.append(Listed(guid=entry.guid, digest=entry.digest, published=_not_later(entry.dated, now)))
            marks.append((mark, entry.dated))
        else:
            raw, item = next(read)
            items.append(item)
            marks.append((mark, _dated(raw)))
    return items, marks


def _dated(entry: RawEntry) -> float | None:
    stated = entry.published or entry.updated
    return stated.timestamp() if stated else None


def _not_later(dated: float | None, now: datetime) -> datetime:
    return now if dated is None else min(datetime.fromtimestamp(dated, UTC), now)


def _prepared(item: Item, source: Source, known: frozenset[bytes]) -> Prepared | Listed:
    if known and (digest := normalise.digest(item)) in known:
        return Listed(guid=item.guid, digest=digest, published=item.published)
    return with_terms(prepare(item, source.agency))


def _believed(feed: ParsedFeed, ignore: Sequence[str]) -> ParsedFeed:
    """The feed without the fields that the source's configuration says to `ignore`."""
    if not ignore:
        return feed
    entries = feed.entries
    if "guid" in ignore:
        entries = tuple(replace(entry, guid=None) for entry in entries)
    if "updated" in ignore:
        entries = tuple(replace(entry, updated=None) for entry in entries)
    return replace(feed, entries=entries)
