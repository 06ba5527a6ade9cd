"""Pages for readers: the front page, topics, stories, search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from aiohttp import web

from feedhub.errors import NotFound, QueryError
from feedhub.model import Copy, Story, Topic
from feedhub.store.merging.development import Text
from feedhub.store.publishing.search import Order
from feedhub.store.reading import Reader
from feedhub.text import UNSPACED
from feedhub.topics import Query
from feedhub.topics.highlight import hits, passage, pieces
from feedhub.web import visits
from feedhub.web.access import Gate, for_a_search, query_of
from feedhub.web.feeds import topic_of
from feedhub.web.layout import LEAD, LEAD_CJK
from feedhub.web.renderer import PageRenderer

SHOWN = 40  # stories on a page
LEADS = 9
LATEST = 12
SECTION = 4  # stories of a topic on the front page
SPARE = 4  # loaded beyond these, as some may lead already
SECTIONS = 9
COMPARED = 12  # copies of a story whose differences are shown
RULINGS = 20  # on one story, that editors see
REVISIONS = 20
# In the order in which desks send them.
STEPS = ("flash", "lead", "update", "wrap-up", "correction", "withdrawal", None)


class Pages:
    """Handlers of the pages for readers."""

    def __init__(self, renderer: PageRenderer):
        self._renderer, self._gate = renderer, Gate(renderer.desk)

    async def front(self, request: web.Request) -> web.Response:
        """Leading and latest stories and the topics; earlier stories page by page."""
        before = _moment(request.query.get("before"))
        now = self._renderer.clock()
        if before:
            return await self._renderer.page(request, "earlier.html", lambda reader: _earlier(reader, before))
        since, cookie = visits.read(request.cookies.get(visits.COOKIE), now)
        sections = [topic for topic in self._renderer.desk.settings.topics if topic.match and not topic.private]
        response = await self._renderer.page(
            request, "front.html", lambda reader: _front(reader, now, since, sections[:SECTIONS])
        )
        visits.remember(response, cookie, self._renderer.desk.settings.public_url)
        return response

    async def topics(self, request: web.Request) -> web.Response:
        """All topics, with their feeds; those that are private are shown to editors, with the tokens that open them."""
        editor = self._renderer.sessions.editor(request)
        private = [topic for topic in self._renderer.desk.settings.topics if topic.private and editor is not None]
        tokens = {topic.id: await self._gate.token(topic) for topic in private}

        def asked(reader: Reader) -> dict[str, Any]:
            return {"states": {state.id: state for state in reader.topics()}, "private": private, "tokens": tokens}

        return await self._renderer.page(request, "topics.html", asked)

    async def topic(self, request: web.Request) -> web.Response:
        """One topic, whole or filtered."""
        topic = topic_of(self._renderer.desk.settings, request.match_info["topic"])
        if self._renderer.sessions.editor(request) is None:
            await self._gate.admit(request, topic)
        token = await self._gate.token(topic) if topic.private else None  # whoever is in may know it
        text = request.query.get("q", "").strip()
        number = page_number(request.query.get("page"))
        archive = page_number(request.query.get("archive")) if "archive" in request.query else None
        try:
            wanted = query_of(self._renderer.desk.settings, text, topic) if text else None
            problem = None
        except QueryError:
            wanted, problem = None, self._problem(text)

        def asked(reader: Reader) -> dict[str, Any]:
            told = {"topic": topic, "state": reader.topic(topic.id), "filter": text, "problem": problem}
            told |= {"archive": None, "older": None, "token": token}
            if wanted:
                return told | self._filtered(reader, wanted)
            return told | (_archived(reader, topic, archive) if archive else _entries(reader, topic, number))

        return await self._renderer.page(request, "topic.html", asked, status=400 if problem else 200)

    async def story(self, request: web.Request) -> web.Response:
        """One story with all its copies."""
        id = request.match_info["story"]
        return await self._renderer.page(request, "story.html", lambda reader: _story(reader, id))

    async def search(self, request: web.Request) -> web.Response:
        """Stories that match a query."""
        text = request.query.get("q", "").strip()
        order: Order = "best" if request.query.get("order") == "best" else "newest"
        found: dict[str, Any] = {"query": text, "stories": [], "problem": None, "marks": {}, "order": order}
        try:
            query = query_of(self._renderer.desk.settings, text)
        except QueryError as error:
            found["problem"] = str(error)
            return await self._renderer.page(request, "search.html", lambda _: found, status=400)
        return await self._renderer.page(
            request, "search.html", lambda reader: found | (self._filtered(reader, query, order) if text else {})
        )

    def _problem(self, text: str) -> str | None:
        """What is wrong with a filter, at the place where it was typed."""
        try:
            query_of(self._renderer.desk.settings, text)
        except QueryError as error:
            return str(error)
        return "this filter is not understood"

    def _filtered(self, reader: Reader, query: Query, order: Order = "newest") -> dict[str, Any]:
        known, enough = self._renderer.desk.settings.sources_by_id, for_a_search()
        stories = reader.search(query, SHOWN, self._renderer.clock(), known, order, enough)
        marks = {story.id: _marks(query, story) for story in stories}
        return {"stories": stories, "marks": marks, "more": None, "ended": enough()}


def _front(reader: Reader, now: datetime, since: datetime | None, topics: Sequence[Topic]) -> dict[str, Any]:
    leads = reader.leads(LEADS, now)
    latest = reader.front(LATEST)
    taken = {story.id for story in leads}
    sections = []
    for topic in topics:
        stories = [story for story in reader.topic_entries(topic.id, SECTION + SPARE) if story.id not in taken]
        if stories:
            sections.append((topic, stories[:SECTION]))
    return {
        "leads": leads,
        "latest": latest,
        "more": latest[-1].published if len(latest) == LATEST else None,
        "sections": sections,
        "counts": reader.counts(),
        "since": since,
        "changes": reader.changes_since(since) if since else None,
    }


def _earlier(reader: Reader, before: datetime) -> dict[str, Any]:
    stories = reader.front(SHOWN + 1, before)
    return {
        "stories": stories[:SHOWN],
        "before": before,
        "more": stories[SHOWN - 1].published if len(stories) > SHOWN else None,
    }


def _entries(reader: Reader, topic: Topic, number: int) -> dict[str, Any]:
    first = (number - 1) * SHOWN
    stories = reader.topic_entries(topic.id, min(topic.limit, first + SHOWN + 1))
    return {
        "stories": stories[first : first + SHOWN],
        "marks": {},
        "more": number + 1 if len(stories) > first + SHOWN else None,
        "older": reader.published.archive(topic.id)[0],
    }


def _archived(reader: Reader, topic: Topic, number: int) -> dict[str, Any]:
    """A closed page of the topic's history, as the feeds' archive has it."""
    if number > reader.published.archive(topic.id)[0]:
        raise NotFound("page of the archive", str(number))
    return {
        "stories": reader.published.page(topic.id, number), "marks": {}, "more": None, "archive": number,
        "older": number - 1,
    }  # fmt: skip


def _story(reader: Reader, id: str) -> dict[str, Any]:
    story = reader.story(id)
    items = [copy.item_id for copy in story.copies]
    revisions = reader.revisions(items, REVISIONS)
    steps = sorted(
        (copy for copy in story.copies if copy.step), key=lambda copy: (copy.published, STEPS.index(copy.step))
    )
    compared = list(islice(_distinct(story, reader.texts(items[: COMPARED * 3])), COMPARED))
    evidence = {one.item: one for one in reader.why(story.id, len(items))[1]}
    return {
        "story": story,
        "revisions": revisions,
        "redated": reader.redated(items),
        "steps": steps,
        "compared": compared,
        "evidence": evidence,
        "changed": {revision.item: revision.at for revision in reversed(revisions)},
        "said": reader.curation(story.id),
        "rulings": reader.rulings_on(story.id, RULINGS),
    }


def _distinct(story: Story, texts: dict[int, Text]) -> Iterator[tuple[Copy, Text, Text]]:
    """The copies that differ from the one that is shown, each beside that one."""
    shown = texts.get(story.copies[0].item_id)
    seen = {(shown.title, shown.text)} if shown else set()
    for copy in story.copies[1:]:
        text = texts.get(copy.item_id)
        if shown and text and (text.title, text.text) not in seen:
            seen.add((text.title, text.text))
            yield copy, shown, text


def _marks(query: Query, story: Story) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Headline and a passage around the first hit, in parts, each with whether it is a hit."""
    width = LEAD_CJK if story.language in UNSPACED else LEAD
    text, spans = passage(story.text, hits(query, story.text, "text"), width)
    title = story.title or "Untitled"
    return pieces(title, hits(query, title, "title")), pieces(text, spans)


def _moment(written: str | None) -> datetime | None:
    """A time with a zone, in UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(written or "")
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # the first or last day of the calendar, moved to another zone
        return None


def page_number(written: str | None) -> int:
    """A page's number; 1 for anything else."""
    return max(1, int(written[:7])) if written and written.isascii() and written.isdecimal() else 1
