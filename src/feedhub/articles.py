"""Full texts for feeds without them, taken from the pages of new items.

Pages are fetched more sparingly than feeds, as no feed asks for that: one at a time, with pauses, a limited number per
poll, and no more once the site is overloaded. An item whose page does not come in time keeps the feed's text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from feedhub.dedup.case import Prepared
from feedhub.fetch import Fetcher, request_for
from feedhub.manners import OVERRUN
from feedhub.model import Fetched, FetchFailure, Item, Listed, ParseFailure, Source

MOST = 20  # pages for one poll, those of the newest items
PATIENCE = timedelta(minutes=2)  # after which no more pages are fetched: a poll's lease is five


class Extracts(Protocol):
    """Finds the article in a page."""

    async def with_article(
        self, item: Item, body: bytes, *, content_type: str | None, url: str, agency: str | None
    ) -> Prepared | ParseFailure:
        """The item with the text of its page, where that is the fuller one."""


async def with_articles(
    items: Sequence[Prepared | Listed], source: Source, fetcher: Fetcher, parser: Extracts,
    clock: Callable[[], datetime], pause: timedelta,
) -> tuple[Prepared | Listed, ...]:  # fmt: skip
    """The items of a poll, new ones with the text of their pages."""
    wanted = [entry for entry in items if isinstance(entry, Prepared) and entry.item.link]
    wanted.sort(key=lambda entry: entry.item.published, reverse=True)
    # An item without its page is not complete, so that it replaces no fuller text that is stored.
    found = {entry.item.guid: replace(entry, item=replace(entry.item, complete=False)) for entry in wanted}
    began = clock()
    for number, entry in enumerate(wanted[:MOST]):
        if number:
            await asyncio.sleep(pause.total_seconds())
        if clock() - began > PATIENCE:
            break
        assert entry.item.link
        page = await fetcher.fetch(request_for(source, entry.item.link))
        if isinstance(page, FetchFailure) and page.status in OVERRUN:
            break
        if isinstance(page, Fetched):
            article = await parser.with_article(
                entry.item, page.body, content_type=page.content_type, url=page.url, agency=source.agency
            )
            if isinstance(article, Prepared):
                found[entry.item.guid] = article
    return tuple(entry if isinstance(entry, Listed) else found.get(entry.item.guid, entry) for entry in items)
