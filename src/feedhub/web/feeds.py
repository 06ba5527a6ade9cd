"""Feeds for readers."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import ref

from aiohttp import web
from aiohttp.typedefs import Handler

from feedhub import opml, render
from feedhub.errors import NotFound
from feedhub.model import Settings, Topic
from feedhub.render import Publication, Sheet
from feedhub.store.reading import Reader
from feedhub.web import editions
from feedhub.web.access import Gate
from feedhub.web.cache import Cached, DocumentCache
from feedhub.web.conditional import Document, coding_for, full_head, respond, states
from feedhub.web.desk import Desk
from feedhub.web.editions import MOST, Ask, Draft, Edition
from feedhub.web.metrics import Metrics, route
from feedhub.web.mount import TARGET

FORMATS: dict[str, tuple[Callable[[Publication, Sheet], Sheet], str]] = {
    "atom": (render.atom, "application/atom+xml; charset=utf-8"),
    "rss": (render.rss, "application/rss+xml; charset=utf-8"),
    "json": (render.json_feed, "application/feed+json; charset=utf-8"),
}
DRAFTS = 8  # publications kept for their other formats
KNOWN = 5_000  # addresses whose documents are at hand
FOR_EVER = 31_536_000  # seconds: a year, the longest that caches heed
# feedparser asks for changes with every request, even if the program that uses it does not know 226: rss2email takes
# it for a failure. Programs that know it send a name of their own.
_ASKS_UNKNOWING = ("feedparser/",)
_A_IM = re.compile(r"(?:^|,)\s*feed\s*(?:;|,|$)", re.I)


@dataclass(frozen=True, slots=True)
class _Known:
    """A cached document, found by its address: which version of what it shows, and the route that it was asked by.

    The reference is weak, so that the cache alone decides how many are kept: one feed may be asked for since any time.
    """

    follows: str
    version: int
    document: ref[Document]
    route: str


class Feeds:
    """Every feed in three formats, each rendered once per change."""

    def __init__(self, desk: Desk, metrics: Metrics, clock: Callable[[], datetime]):
        self._desk, self._metrics, self._clock = desk, metrics, clock
        self._documents, self._gate = DocumentCache(), Gate(desk)
        self._known: dict[str, _Known] = {}  # by address
        self._drafts: OrderedDict[object, tuple[int, Draft]] = OrderedDict()

    async def topic(self, request: web.Request) -> web.Response:
        """A topic's feed."""
        settings = self._desk.settings
        topic = topic_of(settings, request.match_info["topic"])
        await self._gate.admit(request, topic)
        return await self._answer(request, editions.of_topic(settings, topic, _ask(request)))

    async def archive(self, request: web.Request) -> web.Response:
        """A page of a topic's history (RFC 5005)."""
        settings, asked = self._desk.settings, request.match_info
        topic = topic_of(settings, asked["topic"])
        await self._gate.admit(request, topic)
        entries = int(asked["entries"]) if asked.get("entries") else None
        return await self._answer(request, editions.of_archive(settings, topic, int(asked["page"]), entries))

    def of(self, edition: Callable[..., Edition], *names: str) -> Handler:
        """A handler for feeds of an edition, which is given these parts of the address."""

        async def handler(request: web.Request) -> web.Response:
            named = [request.match_info[name] for name in names]
            return await self._answer(request, edition(self._desk.settings, *named, _ask(request)))

        return handler

    async def search(self, request: web.Request) -> web.Response:
        """Stories that match a query."""
        text = request.query.get("q", "")
        return await self._answer(request, editions.of_search(self._desk.settings, text, _ask(request), self._clock()))

    async def topics_opml(self, request: web.Request) -> web.Response:
        """All topics, to subscribe to at once."""
        return _opml(request, "feedhub.opml", opml.topics_opml(self._desk.settings))

    async def sources_opml(self, request: web.Request) -> web.Response:
        """All sources, for other readers."""
        return _opml(request, "sources.opml", opml.sources_opml(opml.public(self._desk.settings.sources)))

    def unchanged(self, target: str, headers: Mapping[str, str]) -> bytes | None:
        """The head of a 304 for a reader of an unchanged public feed, which costs no more than this."""
        known = self._known.get(target)
        if known is None or self._desk.version(known.follows) != known.version:
            return None
        document, coding = known.document(), coding_for(headers.get("Accept-Encoding", ""))
        if document is None or headers.get("If-None-Match") != document.tag(coding):
            return None
        self._metrics.served(known.route, 304)
        return document.unchanged(coding)

    async def _answer(self, request: web.Request, edition: Edition) -> web.Response:
        """Answer with an edition, or only with what has changed for readers that ask so (RFC 3229, A-IM: feed)."""
        document = await self._document(request, edition)
        if edition.changes and (held := _since_when(request, document)) is not None:
            return _used(request, document, await self._document(request, edition.changes(held)))
        return respond(request, document)

    async def _document(self, request: web.Request, edition: Edition) -> Document:
        """An edition in the requested format, compressed as the reader likes it."""
        suffix, coding = request.match_info["format"], coding_for(request.headers.get("Accept-Encoding", ""))

        async def make(stale: Cached | None) -> Cached:
            return await self._desk.read(lambda reader: self._made(reader, edition, version, suffix, coding, stale))

        version = self._version(edition)
        document = await self._documents.get((edition.key, suffix), version, make)
        if edition.lasting and edition.cache == "public":
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[request[TARGET]] = _Known(edition.follows, version, ref(document), route(request))
        if not document.is_packed(coding):
            await self._desk.read(lambda _: document.packed(coding))
        return document

    def _version(self, edition: Edition) -> int:
        """The version of what an edition follows; -1 if the edition was made by an earlier configuration."""
        version = self._desk.version(edition.follows)  # first: a configuration comes into force before versions change
        return version if edition.settings is self._desk.settings else -1

    def _made(
        self, reader: Reader, edition: Edition, asked: int, suffix: str, coding: str, stale: Cached | None
    ) -> Cached:
        """Render an edition, on the reading thread.

        The thread may come to it late, so its version is read again; an edition of an earlier configuration keeps the
        version that was `asked` for.
        """
        version = max(asked, self._version(edition))
        draft = self._draft(reader, edition, version)
        write, content_type = FORMATS[suffix]
        sheet = write(draft.publication, stale.sheet if stale else render.EMPTY)
        kept = FOR_EVER if edition.fixed else draft.publication.keep_for()
        cache = f"{edition.cache}, max-age={kept}{', immutable' if edition.fixed else ''}"
        changed, links = draft.changed or self._clock(), _links(draft.publication, suffix)
        document = Document(sheet, content_type, changed, cache, draft.state, links)
        document.packed(coding)
        return Cached(version, document, sheet)

    def _draft(self, reader: Reader, edition: Edition, version: int) -> Draft:
        """The draft of an edition, cached for a moment: readers of different formats often come together."""
        known = self._drafts.get(edition.key)
        if known and known[0] == version:
            return known[1]
        draft = edition.draft(reader)
        self._drafts[edition.key] = version, draft
        self._drafts.move_to_end(edition.key)
        while len(self._drafts) > DRAFTS:
            self._drafts.popitem(last=False)
        return draft


def _links(publication: Publication, suffix: str) -> str:
    """The Link header of a feed that has a hub."""
    if not publication.hub:
        return ""
    return f'<{publication.hub}>; rel="hub", <{publication.feed(suffix)}>; rel="self"'


def topic_of(settings: Settings, topic_id: str) -> Topic:
    """A configured topic; raises NotFound, which suggests a similar id."""
    for topic in settings.topics:
        if topic.id == topic_id:
            return topic
    raise NotFound("topic", topic_id, (topic.id for topic in settings.topics if not topic.private))


def _ask(request: web.Request) -> Ask:
    """The limits in a request's address; raises HTTPBadRequest if they cannot be read."""
    limit, since = request.query.get("limit"), request.query.get("since")
    if limit is not None and not (limit.isdecimal() and 1 <= int(limit) <= MOST):
        raise web.HTTPBadRequest(text=f"limit is a number from 1 to {MOST}, not {limit!r}\n")
    try:
        moment = datetime.fromisoformat(since.replace(" ", "+")) if since else None
    except ValueError:
        raise web.HTTPBadRequest(text=f"since is a time such as 2026-11-23T08:00:00Z, not {since!r}\n") from None
    if moment and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Ask(int(limit) if limit else None, moment)


def _since_when(request: web.Request, document: Document) -> int | None:
    """The number of the state that the reader has, if it asks for changes only; else None."""
    agent = request.headers.get("User-Agent", "")
    if not _A_IM.search(request.headers.get("A-IM", "")) or agent.startswith(_ASKS_UNKNOWING):
        return None
    epoch, _, now = document.state.partition(".")
    for state in states(request.headers.get("If-None-Match", "")):
        its_epoch, _, version = state.partition(".")
        if its_epoch == epoch and version.isdecimal() and int(version) < int(now):
            return int(version)
    return None


def _used(request: web.Request, document: Document, changes: Document) -> web.Response:
    """The changes instead of the whole feed: 226, with the whole's ETag, for caches that know it."""
    coding = coding_for(request.headers.get("Accept-Encoding", ""))
    if document.held_by(request, coding):
        return respond(request, document)
    head = full_head(changes, coding) | {
        "ETag": document.tag(coding),
        "IM": "feed",
        "Cache-Control": "no-store, im",
        "Vary": "Accept-Encoding, A-IM, If-None-Match",
    }
    return web.Response(status=226, reason="IM Used", body=changes.packed(coding), headers=head)


def _opml(request: web.Request, name: str, body: bytes) -> web.Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "public, max-age=60"}
    return web.Response(body=body, content_type="text/x-opml", charset="utf-8", headers=headers)
