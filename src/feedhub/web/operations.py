"""Pages for operators and editors: how sources are doing, who is first, what was polled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from aiohttp import web

from feedhub.model import SourceHealth
from feedhub.store.polling.fetches import PastFetch
from feedhub.store.reading import Reader
from feedhub.web.pages import page_number
from feedhub.web.renderer import PageRenderer

PAGE = 100  # sources
OF_LATE = timedelta(days=7)  # whose stories tell who is first
ITEMS = 15  # of a source
INCIDENTS = 20


class Operations:
    """Handlers of the pages for operators."""

    def __init__(self, renderer: PageRenderer):
        self._renderer = renderer

    async def sources(self, request: web.Request) -> web.Response:
        """How the sources are doing, those in trouble first, below a plot of the last day's activity."""
        only = "trouble" if request.query.get("show") == "trouble" else None
        page = page_number(request.query.get("page"))
        now = self._renderer.clock()

        def asked(reader: Reader) -> dict[str, Any]:
            known = reader.polled.sources()
            troubled = [source for source in known if in_trouble(source)]
            chosen = sorted(troubled if only else known, key=lambda source: (not in_trouble(source), source.id))
            shown = chosen[PAGE * (page - 1) :][:PAGE]
            fetches = reader.polled.fetches_of([source.id for source in shown])
            return {
                "sources": shown,
                "known": len(known),
                "failing": sum(1 for source in known if source.failures),
                "troubled": len(troubled),
                "only": only,
                "page": page,
                "more": len(chosen) > PAGE * page,
                "fetches": fetches,
                "times": {id: times(past) for id, past in fetches.items()},
                "intake": reader.polled.intake(now),
                "punctual": {one.outlet: one for one in reader.outlets(now - OF_LATE)},
                "slots": reader.polled.last_day(now),
                "lists": reader.polled.list_health(),
            }

        return await self._renderer.page(request, "sources.html", asked)

    async def source(self, request: web.Request) -> web.Response:
        """One source, its errors in full."""
        id, now = request.match_info["source"], self._renderer.clock()

        def asked(reader: Reader) -> dict[str, Any]:
            source = reader.polled.source(id)
            fetches = reader.polled.fetches(id)
            return {
                "source": source,
                "configured": self._renderer.desk.settings.sources_by_id.get(id),
                "fetches": fetches,
                "times": times(fetches),
                "incidents": reader.polled.incidents_of(id, INCIDENTS),
                "intake": reader.polled.intake(now).get(id),
                "punctual": next((one for one in reader.outlets(now - OF_LATE) if one.outlet == source.outlet), None),
                "items": reader.polled.listed(id, ITEMS),
            }

        return await self._renderer.page(request, "source.html", asked)

    async def outlets(self, request: web.Request) -> web.Response:
        """Who is first and how late the others are; whose copy goes how far."""
        now = self._renderer.clock()

        def asked(reader: Reader) -> dict[str, Any]:
            wire: dict[str, tuple[int, int]] = {}
            intake = reader.polled.intake(now)
            for source in reader.polled.sources():
                if found := intake.get(source.id):
                    items, credited = wire.get(source.outlet, (0, 0))
                    wire[source.outlet] = (items + found.items, credited + found.wire)
            return {
                "outlets": reader.outlets(now - OF_LATE),
                "agencies": reader.agencies(now - OF_LATE),
                "wire": wire,
                "days": OF_LATE.days,
            }

        return await self._renderer.page(request, "outlets.html", asked)


def in_trouble(source: SourceHealth) -> bool:
    """Whether an operator should look."""
    return source.enabled and (source.failures > 0 or source.error is not None or source.moved_to is not None)


def times(fetches: Sequence[PastFetch]) -> tuple[float, float] | None:
    """Median and maximum time of the answered fetches, in ms; None if none was answered."""
    answered = [fetch.ms for fetch in fetches if fetch.status is not None]
    return (median(answered), max(answered)) if answered else None
