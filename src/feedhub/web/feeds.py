"""Feeds for readers."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from feedhub import opml, render
from feedhub.errors import NotFound
from feedhub.model import Settings, Topic
from feedhub.render import Publication
from feedhub.store import Reader
from feedhub.web.conditional import Document, document, respond
from feedhub.web.desk import Desk
from feedhub.web.shelf import Shelf

FORMATS: dict[str, tuple[Callable[[Publication], bytes], str]] = {
    "atom": (render.atom, "application/atom+xml; charset=utf-8"),
    "rss": (render.rss, "application/rss+xml; charset=utf-8"),
    "json": (render.json_feed, "application/feed+json; charset=utf-8"),
}
CACHE = "public, max-age=60"


class Feeds:
    """`/topics/ID.atom`, `.rss`, `.json`, and `/opml`."""

    def __init__(self, desk: Desk):
        self._desk, self._shelf = desk, Shelf()

    async def topic(self, request: web.Request) -> web.Response:
        """A topic's feed."""
        topic = topic_of(self._desk.settings, request.match_info["topic"])
        suffix = request.match_info["format"]

        async def made() -> Document:
            settings = self._desk.settings
            return await self._desk.read(lambda reader: _rendered(reader, settings, topic, suffix))

        found = await self._shelf.get((topic.id, suffix), lambda: self._desk.version(topic.id), made)
        response = respond(request, found, CACHE)
        if topic.hub:
            feed = f"{self._desk.settings.public_url}/topics/{topic.id}.{suffix}"
            response.headers["Link"] = f'<{topic.hub}>; rel="hub", <{feed}>; rel="self"'
        return response

    async def opml(self, request: web.Request) -> web.Response:
        """All topics, to subscribe to at once."""
        settings = self._desk.settings
        pages = [(topic.title, f"{settings.public_url}/topics/{topic.id}") for topic in settings.topics]
        body = opml.topics_opml("feedhub", [(title, f"{page}.atom", page) for title, page in pages])
        headers = {"Content-Disposition": 'inline; filename="feedhub.opml"', "Cache-Control": CACHE}
        return web.Response(body=body, content_type="text/x-opml", charset="utf-8", headers=headers)


def topic_of(settings: Settings, topic_id: str) -> Topic:
    """A configured topic; raises NotFound, with the likeliest one meant."""
    from difflib import get_close_matches

    for topic in settings.topics:
        if topic.id == topic_id:
            return topic
    raise NotFound("topic", topic_id, *get_close_matches(topic_id, [topic.id for topic in settings.topics], 1))


def _rendered(reader: Reader, settings: Settings, topic: Topic, suffix: str) -> Document:
    state = reader.topic(topic.id)
    stories = tuple(reader.topic_entries(topic.id, topic.limit))
    languages = {story.language for story in stories}
    publication = Publication(
        uuid=state.uuid,
        title=topic.title,
        description=topic.description,
        public_url=settings.public_url,
        path=f"/topics/{topic.id}",
        updated=state.changed,
        stories=stories,
        language=languages.pop() if len(languages) == 1 and "und" not in languages else None,
        look=topic.look,
        hub=topic.hub,
    )
    make, content_type = FORMATS[suffix]
    return document(make(publication), content_type, state.changed)
