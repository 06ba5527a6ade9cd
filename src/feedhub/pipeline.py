"""The story of one poll: fetch, read (parse, normalise, prepare). What comes out is stored in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Protocol

from feedhub import urls, websub
from feedhub.articles import Extracts, with_articles
from feedhub.dedup.case import Prepared
from feedhub.fetch import Fetcher, request_for
from feedhub.model import Fetched, FetchFailure, Listed, NotModified, Outline, ParseFailure, Source, Validators
from feedhub.parse.contents import Reading
from feedhub.store.polling.outcome import Claim, Outcome


class Reads(Extracts, Protocol):
    """Reads documents, and the pages that their items link to."""

    async def read(
        self, body: bytes, *, content_type: str | None, url: str, source: Source, now: datetime, known: Outline
    ) -> Reading | ParseFailure:
        """Parse a document, and prepare what is not `known` of its items for the merge."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The outside as a poll sees it."""

    fetcher: Fetcher
    parser: Reads
    known: Callable[[str], Awaitable[Outline]]  # what the last document of a source listed
    clock: Callable[[], datetime]
    pause: timedelta = timedelta(seconds=2)  # between two pages of articles


async def poll(claim: Claim, source: Source, doors: Doors, held: ExitStack | None = None) -> Outcome:
    """Poll one source; whatever goes wrong with the source is part of the outcome.

    `held` is to be closed when the outcome is stored: until then it reserves memory for the document.
    """
    address = claim.adopted or source.url
    answer = await doors.fetcher.fetch(request_for(source, address, claim.validators), held)
    if isinstance(answer, FetchFailure):
        return Outcome(
            claim=claim, at=doors.clock(), result="failed", status=answer.status, size=answer.size,
            elapsed=answer.elapsed, error=answer.message, kind=answer.kind, retry_after=answer.retry_after,
        )  # fmt: skip
    outcome = Outcome(
        claim=claim,
        at=doors.clock(),
        result="unchanged",
        status=answer.status,
        size=answer.size,
        elapsed=answer.elapsed,
        validators=answer.validators,
        moved_to=answer.moved_to or claim.adopted,
        led_to=answer.url if answer.url != urls.redacted(address) else None,
        hints=answer.hints if source.hints else (),
    )
    return outcome if isinstance(answer, NotModified) else await _read(answer, outcome, source, doors)


async def pushed(source: Source, sent: Fetched, known: Outline, doors: Doors) -> Outcome:
    """Read a delivery of a hub. It may contain only news: entries that it lacks have not left the feed."""
    at = doors.clock()
    outcome = Outcome(claim=Claim(source_id=source.id, token=""), at=at, result="failed", size=sent.size, pushed=True)
    return replace(await _document(sent, outcome, None, source, known, doors), truncated=True)


async def _read(answer: Fetched, outcome: Outcome, source: Source, doors: Doors) -> Outcome:
    """Read a document, unless it is the last one byte for byte."""
    body_hash = blake2b(answer.body, digest_size=16).digest()
    if body_hash == outcome.claim.body_hash:
        return replace(outcome, result="same")
    return await _document(answer, outcome, body_hash, source, await doors.known(source.id), doors)


async def _document(
    answer: Fetched, outcome: Outcome, body_hash: bytes | None, source: Source, known: Outline, doors: Doors
) -> Outcome:
    """The outcome with what a document says, or with why it cannot be read."""
    reading = await doors.parser.read(
        answer.body,
        content_type=answer.content_type,
        url=answer.url,
        source=source,
        now=outcome.at,
        known=known,
    )
    if isinstance(reading, ParseFailure):
        return replace(outcome, result="failed", error=reading.message, kind=reading.kind, proposed=reading.feed)
    return replace(
        outcome,
        result="document",
        notice=reading.problem,
        validators=Validators() if reading.truncated else outcome.validators,
        body_hash=None if reading.truncated else body_hash,
        feed_title=reading.title,
        items=await _items(reading, source, doors),
        marks=reading.marks,
        truncated=reading.truncated,
        wishes=reading.wishes,
        doubt=reading.doubt,
        offer=websub.discovered(websub.header_links(answer.link, answer.url), reading.offer, answer.url),
    )


async def _items(reading: Reading, source: Source, doors: Doors) -> tuple[Prepared | Listed, ...]:
    if not source.full_text:
        return reading.items
    return await with_articles(reading.items, source, doors.fetcher, doors.parser, doors.clock, doors.pause)
