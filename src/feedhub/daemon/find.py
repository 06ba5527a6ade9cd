"""The feeds behind an address that a person gives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedhub.errors import FeedhubError
from feedhub.fetch import Fetcher
from feedhub.markup import plain_title
from feedhub.model import Fetched, FetchFailure, FetchRequest, ParsedFeed, ParseFailure
from feedhub.opml import read_opml
from feedhub.parse.decode import decode
from feedhub.parse.discover import common_lists, common_places, pointers
from feedhub.parse.workers import ParserPool
from feedhub.text import plural

LIMIT = timedelta(seconds=30)  # for each address that is tried
MOST = 10  # feeds that are tried at each step
NAMED = 3  # places that are named where nothing is found
AT_ONCE = 4  # of these; no site is asked for more than two


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that works."""

    url: str
    title: str
    language: str | None
    entries: int
    per_day: float | None  # new items a day, by the dates of its entries; None if these do not tell
    newest: datetime | None
    problem: str | None  # what is wrong with a document that could be read all the same


async def find_feeds(url: str, allow_private: bool, now: datetime) -> list[Found]:
    """The feed at an address, or the working feeds that its page points to, the best first; raises FeedhubError."""
    parser = ParserPool(1)
    parser.start()
    try:
        async with Fetcher(concurrency=AT_ONCE, per_host=2, clock=lambda: now) as fetcher:
            return await _Search(fetcher, parser, allow_private, now).at(url)
    finally:
        parser.close()


class _Search:
    def __init__(self, fetcher: Fetcher, parser: ParserPool, allow_private: bool, now: datetime):
        self._fetcher, self._parser, self._allow_private, self._now = fetcher, parser, allow_private, now
        self._tried: list[str] = []

    async def at(self, url: str) -> list[Found]:
        """Go from sure places to guesses, until one step finds something."""
        page = await self._get(url)
        if isinstance(page, FetchFailure) and page.kind == "blocked":
            raise FeedhubError(f"{url} leads to a private address; --allow-private permits it")
        if isinstance(page, FetchFailure) and _final(page):
            raise FeedhubError(f"{url}: {page.message}")
        if isinstance(page, Fetched):
            feed = await self._read(page)
            if isinstance(feed, ParsedFeed):
                return [self._found(page, feed)]
            if feed.kind == "parse":
                raise FeedhubError(f"{url}: {feed.message}")
        async for places in self._steps(url, page):
            if works := await self._all(places):
                return works
        said = f"{url}: {page.message}" if isinstance(page, FetchFailure) else f"{url} is not a feed"
        raise FeedhubError(f"{said}; none was found at {_named(self._tried)}")

    async def _steps(self, url: str, page: Fetched | FetchFailure) -> AsyncIterator[Sequence[str]]:
        """The places to try: what the page declares, what it links to, common places, and the site's lists of feeds."""
        lists: tuple[str, ...] = ()
        if isinstance(page, Fetched):
            url = page.url
            if named := _subscriptions(page):
                yield named
            said = pointers(decode(page.body, page.content_type).text, url)
            yield said.declared
            yield said.linked
            lists = said.lists
        yield common_places(url)
        for document in await asyncio.gather(*map(self._get, (*lists, *common_lists(url)))):
            if isinstance(document, Fetched):
                yield _subscriptions(document)

    async def _all(self, places: Sequence[str]) -> list[Found]:
        """Those that work, feeds of comments last."""
        fresh = [place for place in dict.fromkeys(places) if place not in self._tried][:MOST]
        self._tried += fresh
        found = [one for one in await asyncio.gather(*map(self._at, fresh)) if one]
        distinct = {one.url: one for one in found}.values()
        return sorted(distinct, key=lambda one: "comment" in f"{one.url} {one.title}".lower())

    async def _at(self, place: str) -> Found | None:
        document = await self._get(place)
        if not isinstance(document, Fetched):
            return None
        feed = await self._read(document)
        return self._found(document, feed) if isinstance(feed, ParsedFeed) else None

    async def _get(self, url: str) -> Fetched | FetchFailure:
        request = FetchRequest(url=url, timeout=LIMIT, allow_private=self._allow_private)
        answer = await self._fetcher.fetch(request)
        assert isinstance(answer, Fetched | FetchFailure), "no validators were sent"
        return answer

    async def _read(self, document: Fetched) -> ParsedFeed | ParseFailure:
        return await self._parser.parse(
            document.body, content_type=document.content_type, url=document.url, timezone="UTC"
        )

    def _found(self, document: Fetched, feed: ParsedFeed) -> Found:
        dates = sorted(min(date, self._now) for entry in feed.entries if (date := entry.published or entry.updated))
        watched = (self._now - dates[0]) / timedelta(days=1) if dates else 0.0
        return Found(
            url=document.moved_to or document.url,
            title=plain_title(feed.title),
            language=feed.language,
            entries=len(feed.entries),
            per_day=len(dates) / watched if len(dates) > 1 and watched > 0 else None,
            newest=dates[-1] if dates else None,
            problem=feed.problem,
        )


def _named(places: Sequence[str]) -> str:
    """The first places, and how many more there are."""
    more = len(places) - NAMED
    return ", ".join(places[:NAMED]) + (f" and {plural(more, 'other address', 'other addresses')}" if more > 0 else "")


def _final(failure: FetchFailure) -> bool:
    """Whether asking other addresses of the site is pointless: it is gone, in trouble, or wants to be left alone."""
    return failure.kind != "http" or failure.status in (410, 429) or (failure.status or 0) >= 500


def _subscriptions(document: Fetched) -> list[str]:
    """The feeds that an OPML file names; none where it is no such file."""
    if b"<opml" not in document.body[:2_000].lower():
        return []
    try:
        return [subscription.url for subscription in read_opml(document.body)]
    except FeedhubError:
        return []
