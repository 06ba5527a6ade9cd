"""Which feeds exist, and what each is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from feedhub.dedup.agencies import display_name, ids
from feedhub.errors import NotFound
from feedhub.model import Look, Settings, Story, Topic
from feedhub.render import Archive, Entry, Publication, language_of, story_entry
from feedhub.store.merging.reviews import Review
from feedhub.store.publishing.published import PAGE
from feedhub.store.reading import Reader
from feedhub.text import one_line
from feedhub.web import notices
from feedhub.web.access import for_a_search, query_of
from feedhub.web.desk import ANY_RULING, ANY_SOURCE, ANY_STORY

LIMIT = 50  # entries of a feed that is of no topic
MOST = 1000  # entries that may be asked for
OVERLAP = 600  # seconds: what a slow poll brought may be stored after later news
TIMELY = 300  # seconds for which a search by age may be kept


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request narrows a feed to."""

    limit: int | None = None
    since: datetime | None = None
    changes: bool = False  # an answer to A-IM: under the feed's own address

    def query(self, **more: str) -> str:
        """The query of the feed's address, always written in the same way."""
        if self.changes:
            return urlencode(more, quote_via=quote)
        asked = more | ({"limit": str(self.limit)} if self.limit else {})
        return urlencode(asked | ({"since": self.since.isoformat()} if self.since else {}), quote_via=quote)

    def narrowed(self, stories: Iterable[Story]) -> list[Story]:
        """The stories that came or changed since `since`, at most `limit`."""
        since = self.since
        return [story for story in stories if since is None or _came(story) >= since][: self.limit or LIMIT]

    @property
    def most(self) -> int:
        """How many stories to read before they are narrowed."""
        return MOST if self.since else self.limit or LIMIT


def _came(story: Story) -> datetime:
    return max(story.updated, min(copy.first_seen for copy in story.copies))


@dataclass(frozen=True, slots=True)
class Draft:
    """A publication, and what its validators are made from."""

    publication: Publication
    changed: datetime | None = None  # None: not known
    state: str = ""  # of the topic, or the second of the last story: part of the ETag


@dataclass(frozen=True, slots=True)
class Edition:
    """A feed that can be asked for; equal editions are one."""

    settings: Settings  # by which it is made
    key: tuple[object, ...]
    draft: Callable[[Reader], Draft]  # on the reading thread
    follows: str = ANY_STORY  # the topic whose version it follows, or the version of all stories or sources
    cache: str = "public"
    fixed: bool = False  # it changes only if an editor hides something
    changes: Callable[[int], Edition] | None = None  # what differs from its state of that number
    lasting: bool = False  # its address means the same until what it follows changes


def of_topic(settings: Settings, topic: Topic, ask: Ask) -> Edition:
    """A topic's feed."""

    def draft(reader: Reader) -> Draft:
        if ask.since:
            found = reader.published.since(topic.id, ask.since, ask.limit or MOST)
        else:
            found = reader.topic_entries(topic.id, min(ask.limit or topic.limit, MOST))
        archive = Archive(previous=_previous(reader, topic, found))
        return _of_topic(reader, settings, topic, found, query=ask.query(), archive=archive)

    changes = None if ask != Ask() else lambda version: of_changes(settings, topic, version)
    return Edition(settings, ("topic", topic.id, ask), draft, topic.id, _cache(topic), changes=changes, lasting=True)


def of_changes(settings: Settings, topic: Topic, version: int) -> Edition:
    """The changes of a topic's feed since that version."""

    def draft(reader: Reader) -> Draft:
        return _of_topic(reader, settings, topic, reader.published.changed(topic.id, version, MOST))

    return Edition(settings, ("changes", topic.id, version), draft, topic.id, _cache(topic))


def of_archive(settings: Settings, topic: Topic, number: int, entries: int | None) -> Edition:
    """A closed page of a topic's history, or the first `entries` of the page that is still open."""
    path = f"/topics/{topic.id}"

    def draft(reader: Reader) -> Draft:
        closed, rest = reader.published.archive(topic.id)
        there = 1 <= number <= closed if entries is None else number == closed + 1 and 1 <= entries <= rest
        if not there:
            raise NotFound("page of the archive", str(number))
        found = reader.published.page(topic.id, number, entries or PAGE)
        place = Archive(previous=f"{path}/archive/{number - 1}" if number > 1 else None, current=path)
        page = f"{path}/archive/{number}{f'-{entries}' if entries else ''}"
        made = _of_topic(reader, settings, topic, found, path=page, page_path=path, archive=place).publication
        # Not the topic's time: the page stays as it is when the topic goes on.
        updated = max((entry.updated for entry in made.entries), default=made.updated)
        return Draft(replace(made, updated=updated), updated)

    follows = topic.id if entries else ANY_RULING  # an editor may hide a story even from a closed page
    return Edition(
        settings, ("archive", topic.id, number, entries), draft, follows, _cache(topic), fixed=entries is None
    )


def _previous(reader: Reader, topic: Topic, shown: Iterable[Story]) -> str | None:
    """The page of the archive that continues the feed without a gap."""
    closed, rest = reader.published.archive(topic.id)
    if rest and not reader.published.complete(topic.id, {story.id for story in shown}):
        return f"/topics/{topic.id}/archive/{closed + 1}-{rest}"
    return f"/topics/{topic.id}/archive/{closed}" if closed else None


def _of_topic(
    reader: Reader, settings: Settings, topic: Topic, stories: Iterable[Story], path: str = "", **fields: Any
) -> Draft:
    state = reader.topic(topic.id)
    made = _publication(
        settings,
        _entries(stories, topic.look, settings),
        uuid=state.uuid,
        title=topic.title,
        description=topic.description,
        path=path or f"/topics/{topic.id}",
        updated=state.changed,
        icon=topic.look.icon,
        hub=topic.public_hub,
        **fields,
    )
    return Draft(made, state.changed, f"{state.uuid[:4]}.{state.version}")


def of_all(settings: Settings, ask: Ask) -> Edition:
    """The newest stories, whatever they are about."""

    def draft(reader: Reader) -> Draft:
        uuid, made = reader.published.channel("all")
        found = ask.narrowed(reader.front(ask.most))
        words = {"title": "All stories", "description": "Every story, once"}
        return _of_stories(settings, found, made, uuid=uuid, path="/all", page_path="/", query=ask.query(), **words)

    changes = _changes(ask, lambda later: of_all(settings, later))
    return Edition(settings, ("all", ask), draft, changes=changes, lasting=not ask.changes)


def of_search(settings: Settings, text: str, ask: Ask, now: datetime) -> Edition:
    """The newest stories that match a query; raises QueryError."""
    words = one_line(text)
    query, known = query_of(settings, words), settings.sources_by_id

    def draft(reader: Reader) -> Draft:
        found = ask.narrowed(reader.search(query, ask.most, now, known, enough=for_a_search()) if words else [])
        uuid, made = reader.published.name_of("search", words), reader.published.channel("names")[1]
        title = f"Search: {words}" if words else "Search"
        return _of_stories(
            settings, found, made, uuid=uuid, path="/search", query=ask.query(q=words), title=title, description=""
        )

    at = int(now.timestamp() // TIMELY) if query.ages else 0
    changes = _changes(ask, lambda later: of_search(settings, text, later, now))
    return Edition(settings, ("search", words, ask, at), draft, changes=changes)


def of_story(settings: Settings, story_id: str, ask: Ask) -> Edition:
    """The development of one story: every copy of it."""

    def draft(reader: Reader) -> Draft:
        story = reader.story(story_id)
        page = f"{settings.public_url}/stories/{story.id}"
        found = ask.narrowed(reader.published.development(story, ask.most))
        entries = tuple(story_entry(printing, Look(), settings.public_url, page) for printing in found)
        return _draft(
            settings, entries, story.updated,
            uuid=reader.published.name_of("story", story.id), path=f"/stories/{story.id}", query=ask.query(),
            title=one_line(story.title) or page, description="Every printing of one story",
        )  # fmt: skip

    return Edition(settings, ("story", story_id, ask), draft)


def of_agency(settings: Settings, agency: str, ask: Ask) -> Edition:
    """The stories that an agency wrote, wherever they were printed; raises NotFound."""
    known = ids(source.agency for source in settings.sources)
    if agency not in known:
        raise NotFound("agency", agency, known)
    name = display_name(agency, "en")

    def draft(reader: Reader) -> Draft:
        uuid, made = reader.published.name_of("agency", agency), reader.published.channel("names")[1]
        found = ask.narrowed(reader.published.by_agency(agency, ask.most))
        words = {"title": name, "description": f"What {name} wrote, wherever it was printed"}
        return _of_stories(
            settings, found, made, uuid=uuid, path=f"/agencies/{agency}", page_path="/", query=ask.query(), **words
        )

    changes = _changes(ask, lambda later: of_agency(settings, agency, later))
    return Edition(settings, ("agency", agency, ask), draft, changes=changes)


def of_notices(settings: Settings, name: str, ask: Ask) -> Edition:
    """Feeds about feedhub's own work: "corrections", "review", "health"."""
    title, page, follows = NOTICES[name]
    site, most = settings.public_url, ask.limit or 2 * LIMIT

    def draft(reader: Reader) -> Draft:
        uuid, made = reader.published.channel(name)
        match name:
            case "corrections":
                found = [notices.correction(one, site) for one in reader.published.corrections(most)]
            case "review":
                found = [_review(reader, one, site) for one in reader.reviews(most)]
            case _:
                found = [notices.incident(one, site) for one in reader.polled.incidents(most)]
        entries = tuple(entry for entry in found if ask.since is None or entry.updated >= ask.since)
        return _draft(
            settings, entries, made, uuid=uuid, path=f"/feeds/{name}", page_path=page, query=ask.query(),
            title=title, description="",
        )  # fmt: skip

    return Edition(settings, ("notices", name, ask), draft, follows)


NOTICES = {  # title, page, and what each follows
    "corrections": ("feedhub: corrections", "/", ANY_STORY),
    "review": ("feedhub: merges to look at", "/", ANY_STORY),
    "health": ("feedhub: health of the sources", "/sources", ANY_SOURCE),
}


def _review(reader: Reader, found: Review, site: str) -> Entry:
    uuid = reader.published.name_of("review", found.item.item, found.beside.item)
    return notices.review(uuid, found, site)


def _entries(stories: Iterable[Story], look: Look, settings: Settings) -> tuple[Entry, ...]:
    return tuple(story_entry(story, look, settings.public_url) for story in stories)


def _of_stories(settings: Settings, stories: list[Story], made: datetime, **fields: Any) -> Draft:
    """A feed of stories that belongs to no topic; its state is the second in which the last one came, 0 without any."""
    last = max((int(_came(story).timestamp()) for story in stories), default=0)
    drafted = _draft(settings, _entries(stories, Look(), settings), made, **fields)
    return replace(drafted, state=f"{fields['uuid'][:4]}.{last}")


def _changes(ask: Ask, narrowed: Callable[[Ask], Edition]) -> Callable[[int], Edition] | None:
    """How to narrow a feed of stories to what came after a state of it; None if it is narrowed already."""
    if ask != Ask():
        return None
    return lambda second: narrowed(Ask(MOST, datetime.fromtimestamp(max(0, second - OVERLAP), UTC), changes=True))


def _draft(settings: Settings, entries: tuple[Entry, ...], made: datetime, **fields: Any) -> Draft:
    """A feed that belongs to no topic: it is as new as its newest entry."""
    updated = max((entry.updated for entry in entries), default=made)
    return Draft(_publication(settings, entries, updated=updated, **fields))


def _publication(settings: Settings, entries: tuple[Entry, ...], **fields: Any) -> Publication:
    return Publication(public_url=settings.public_url, entries=entries, language=language_of(entries), **fields)


def _cache(topic: Topic) -> str:
    return "private" if topic.private else "public"
