"""Pages for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from feedhub import __version__
from feedhub.dedup.agencies import display_name
from feedhub.errors import QueryError
from feedhub.model import Story
from feedhub.render.provenance import line
from feedhub.store import Reader
from feedhub.text import excerpt
from feedhub.topics import compile_query, saved_queries
from feedhub.web.desk import Desk
from feedhub.web.feeds import topic_of

SHOWN = 40  # stories on a page
LEAD, LEAD_CJK = 280, 130  # characters of a text that a list shows; two or three lines


class Pages:
    """The HTML pages; each is rendered on the reading thread."""

    def __init__(self, desk: Desk, clock: Callable[[], datetime]):
        self._desk, self._clock = desk, clock
        self._templates = Environment(
            loader=PackageLoader("feedhub.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters.update(provenance=_provenance, lead=_lead, when=_when, agency=display_name)

    async def front(self, request: web.Request) -> web.Response:
        """The newest stories of all."""
        before = _moment(request.query.get("before"))

        def asked(reader: Reader) -> dict[str, Any]:
            stories = reader.front(SHOWN + 1, before)
            return {
                "stories": stories[:SHOWN],
                "more": stories[SHOWN - 1].published if len(stories) > SHOWN else None,
                "states": {state.id: state for state in reader.topics()},
                "counts": reader.counts(),
                "first": before is None,
            }

        return await self._page("front.html", asked)

    async def topic(self, request: web.Request) -> web.Response:
        """One topic."""
        topic = topic_of(self._desk.settings, request.match_info["topic"])

        def asked(reader: Reader) -> dict[str, Any]:
            stories = reader.topic_entries(topic.id, min(topic.limit, SHOWN))
            return {"topic": topic, "stories": stories, "state": reader.topic(topic.id)}

        return await self._page("topic.html", asked)

    async def story(self, request: web.Request) -> web.Response:
        """One story with all its copies."""
        id = request.match_info["story"]
        return await self._page("story.html", lambda reader: {"story": reader.story(id)})

    async def sources(self, request: web.Request) -> web.Response:
        """How the sources are doing."""
        return await self._page("sources.html", lambda reader: {"sources": reader.sources()})

    async def search(self, request: web.Request) -> web.Response:
        """Stories that match a query."""
        text = request.query.get("q", "").strip()
        try:
            query = compile_query(text, saved_queries(self._desk.settings.topics))
        except QueryError as error:
            problem = str(error)
            return await self._page(
                "search.html", lambda _: {"query": text, "stories": [], "problem": problem}, status=400
            )
        known = {source.id: source for source in self._desk.settings.sources}
        now = self._clock()

        def asked(reader: Reader) -> dict[str, Any]:
            stories = reader.search(query, SHOWN, now, known) if text else []
            return {"query": text, "stories": stories, "problem": None}

        return await self._page("search.html", asked)

    async def problem(self, status: int, message: str) -> web.Response:
        """An error, said kindly; needs no store."""
        html = self._templates.get_template("problem.html").render(status=status, message=message, **self._common())
        return _html(html, status)

    async def _page(self, template: str, asked: Callable[[Reader], dict[str, Any]], status: int = 200) -> web.Response:
        common = self._common()
        html = await self._desk.read(
            lambda reader: self._templates.get_template(template).render(**asked(reader), **common)
        )
        return _html(html, status)

    def _common(self) -> dict[str, Any]:
        settings = self._desk.settings
        rejected = self._desk.rejected()
        return {"settings": settings, "rejected": rejected, "now": self._clock(), "version": __version__}


def _html(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-cache"})


def _moment(written: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _provenance(story: Story) -> Markup:
    return Markup(line(story, link=True))  # noqa: S704, it escapes what it is given


def _lead(story: Story) -> str:
    return excerpt(" ".join(story.text.split()), LEAD_CJK if story.language in ("ja", "zh") else LEAD)


def _when(moment: datetime | None, now: datetime) -> Markup:
    """`<time>`: how long ago or until, and on hovering when exactly."""
    if moment is None:
        return Markup("never")
    seconds = (now - moment).total_seconds()
    span = _span(abs(seconds))
    words = "now" if abs(seconds) < 45 else f"{span} ago" if seconds > 0 else f"in {span}"
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"), moment.strftime("%Y-%m-%d %H:%M:%S"), words
    )


def _span(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
