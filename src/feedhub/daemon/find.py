"""The feed behind an address that a person gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from feedhub.errors import FeedhubError
from feedhub.fetch import Fetcher
from feedhub.model import Fetched, FetchFailure, FetchRequest, ParsedFeed
from feedhub.parse.discover import feed_links
from feedhub.parse.workers import ParserPool

LIMIT = timedelta(seconds=30)  # for each address that is tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that works."""

    url: str
    title: str
    language: str | None
    entries: int


async def find_feed(url: str, allow_private: bool) -> Found:
    """The feed at an address, or the first that works of those its page points to; raises FeedhubError."""
    parser = ParserPool(1)
    parser.start()
    try:
        async with Fetcher(concurrency=1, per_host=1) as fetcher:
            return await _search(url, allow_private, fetcher, parser)
    finally:
        parser.close()


async def _search(url: str, allow_private: bool, fetcher: Fetcher, parser: ParserPool) -> Found:
    page = await _get(url, allow_private, fetcher)
    if isinstance(page, FetchFailure) and page.kind == "blocked":
        raise FeedhubError(f"{url} leads to a private address; --allow-private permits it")
    if isinstance(page, FetchFailure):
        raise FeedhubError(f"{url}: {page.message}")
    if found := await _as_feed(page, parser):
        return found
    links = feed_links(page.body, page.content_type, page.url)
    for document in await _fetched(links, allow_private, fetcher):
        if found := await _as_feed(document, parser):
            return found
    tried = f"; tried {', '.join(links)}" if links else " and points to none"
    raise FeedhubError(f"{url} is not a feed{tried}")


async def _fetched(links: Iterable[str], allow_private: bool, fetcher: Fetcher) -> list[Fetched]:
    answers = [await _get(link, allow_private, fetcher) for link in links]
    return [answer for answer in answers if isinstance(answer, Fetched)]


async def _get(url: str, allow_private: bool, fetcher: Fetcher) -> Fetched | FetchFailure:
    answer = await fetcher.fetch(FetchRequest(source_id="add", url=url, timeout=LIMIT, allow_private=allow_private))
    assert isinstance(answer, Fetched | FetchFailure), "no validators were sent"
    return answer


async def _as_feed(document: Fetched, parser: ParserPool) -> Found | None:
    feed = await parser.parse(document.body, content_type=document.content_type, url=document.url, timezone="UTC")
    if not isinstance(feed, ParsedFeed):
        return None
    address = document.moved_to or document.url
    return Found(url=address, title=feed.title, language=feed.language, entries=len(feed.entries))
