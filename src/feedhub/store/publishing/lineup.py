"""The line-up of a topic: the order of its stories, how many of one source, and the copy that each is shown by.

A topic may have an entry for each update of a running story, beside the story itself. Such an entry has an id and a
time of its own, and the story is then shown by a copy that is not an update.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import orjson

from feedhub.model import Topic
from feedhub.store.many import qmarks
from feedhub.store.merging.rows import LIKE, OWN
from feedhub.store.publishing.slots import Slot
from feedhub.topics import Print, heat, shown_print

BATCH = 100  # stories whose copies are looked at together


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The settings of a topic that decide its line-up; `look` holds other settings that change its feed."""

    order: str = "newest"
    half_life: float = 43_200.0
    max_per_source: int | None = None
    outlets: Sequence[str] = ()
    languages: Sequence[str] = ()
    steps: bool = False
    look: Sequence[object] = ()

    @property
    def choosy(self) -> bool:
        """Whether a story may be shown by another copy than its canonical one, or passed over for its source."""
        return bool(self.prefers or self.steps or self.max_per_source is not None)

    @property
    def prefers(self) -> bool:
        """Whether some outlets or languages are preferred."""
        return bool(self.outlets or self.languages)


class _Place(NamedTuple):
    """A story of a topic with its canonical copy, or an update of it with its own copy."""

    story: int
    item: int
    uuid: str  # of the story
    told: int  # how often it was told otherwise
    published: float
    outlets: int
    step: str | None = None
    source: str = ""  # of a step


def to_text(topic: Topic) -> str:
    """The line-up settings of a topic as text; the feed changes when this does."""
    wishes = _Wishes(
        order=topic.order,
        half_life=topic.half_life.total_seconds(),
        max_per_source=topic.max_per_source,
        outlets=topic.prefer_outlets,
        languages=topic.prefer_languages,
        steps=topic.look.updates == "new-entry",
        look=(topic.title, topic.description, topic.limit, topic.look),
    )
    return orjson.dumps(wishes).decode()


def line_up(conn: sqlite3.Connection, topic: str, limit: int, leading: Sequence[int]) -> list[Slot]:
    """The entries of a topic, at most `limit`; `leading` stories come first, and count for their sources."""
    wishes = _wishes(conn, topic)
    head = frozenset(leading)
    known = {place.story: place for place in _places(conn, leading)}
    first = list(_slots(conn, (known[story] for story in leading if story in known), wishes))
    ordered = _ordered(conn, topic, wishes)
    if wishes.choosy:
        places = (place for place in map(_Place._make, ordered) if place.step or place.story not in head)
        rest = _slots(conn, places, wishes, min(limit, BATCH))
    else:
        rest = (Slot(story, item, (uuid, told)) for story, item, uuid, told, *_ in ordered if story not in head)
    if wishes.max_per_source is not None:
        rest = _few_of_each(rest, wishes.max_per_source, Counter(slot.source for slot in first))
    return [*first, *islice(rest, max(0, limit - len(first)))]


def these(conn: sqlite3.Connection, topic: str, ids: Collection[int]) -> list[Slot]:
    """The entries of some of a topic's stories, the newest first."""
    wishes = _wishes(conn, topic)
    steps = [place for place in _steps(conn, topic) if place.story in ids] if wishes.steps else []
    places = sorted([*_places(conn, ids), *steps], key=lambda place: (place.published, place.story), reverse=True)
    return list(_slots(conn, places, wishes))


def _places(conn: sqlite3.Connection, ids: Collection[int]) -> list[_Place]:
    """These stories, as far as they exist, in no order."""
    rows = conn.execute(
        f"SELECT id, canonical, uuid, told, published, outlets FROM stories WHERE id IN ({qmarks(ids)})",  # noqa: S608
        list(ids),
    )
    return [_Place(*row) for row in rows]


def _wishes(conn: sqlite3.Connection, topic: str) -> _Wishes:
    return _Wishes(**orjson.loads(conn.execute("SELECT lineup FROM topics WHERE id = ?", (topic,)).fetchone()[0]))


_FIRST = {"newest": "published", "coverage": "outlets", "hot": "heat(outlets, published, :half_life)"}
_STORIES = """SELECT entries.story, canonical AS item, uuid, told, entries.published, outlets, NULL AS step,
    '' AS source FROM entries JOIN stories ON stories.id = entries.story WHERE topic = :topic"""
_STEPS = """SELECT entries.story, items.id, stories.uuid, told, items.published, outlets, steps.uuid,
    items.source FROM entries
    JOIN stories ON stories.id = entries.story JOIN items ON items.story = stories.id
    JOIN steps ON steps.item = items.id WHERE topic = :topic AND updates"""


def _ordered(conn: sqlite3.Connection, topic: str, wishes: _Wishes) -> sqlite3.Cursor:
    """The stories of a topic and their updates in its order, read lazily."""
    if wishes.order == "newest" and not wishes.steps:  # an index has them in this order
        return conn.execute(f"{_STORIES} ORDER BY entries.published DESC, entries.story DESC", {"topic": topic})
    conn.create_function("heat", 3, heat, deterministic=True)
    both = f"{_STORIES} UNION ALL {_STEPS}" if wishes.steps else _STORIES
    return conn.execute(
        f"SELECT * FROM ({both}) ORDER BY {_FIRST[wishes.order]} DESC, published DESC, story DESC, item DESC",  # noqa: S608
        {"topic": topic, "half_life": wishes.half_life},
    )


def _steps(conn: sqlite3.Connection, topic: str) -> list[_Place]:
    return [_Place(*row) for row in conn.execute(_STEPS, {"topic": topic})]


def _slots(conn: sqlite3.Connection, places: Iterable[_Place], wishes: _Wishes, size: int = BATCH) -> Iterator[Slot]:
    """The slot of each place, with the copy that it is shown by; `size` stories are looked at together."""
    asked = iter(places)
    while batch := list(islice(asked, size)):
        copies = _copies(conn, [place.story for place in batch], wishes)
        for place in batch:
            stamp = place.uuid, place.told
            if place.step:
                yield Slot(place.story, place.item, stamp, place.source, place.step, alone=True)
            elif copies[place.story]:
                shown = shown_print(copies[place.story], wishes.outlets, wishes.languages)
                yield Slot(place.story, shown.item, stamp, shown.source, alone=wishes.steps)


# An agency's withdrawal of its text ranks before all copies; in topics with preferences, only if it replaces that text.
# Withdrawals by others rank behind all copies, and last come updates that have entries of their own.
_RANK = f"""3 * (coalesce(updates, 0) AND ?) + CASE WHEN step IS NOT 'withdrawal' THEN 1
    WHEN (items.id = canonical OR {OWN}) AND (share < {LIKE} OR NOT ?) THEN 0
    ELSE 2 END"""


def _copies(conn: sqlite3.Connection, ids: Sequence[int], wishes: _Wishes) -> defaultdict[int, list[Print]]:
    """The copies that each story may be shown by, the canonical one first; without updates where these have entries."""
    rows = conn.execute(
        f"""SELECT stories.id, items.id, items.source, outlet, language, {_RANK} AS rank FROM stories
        JOIN items ON items.story = stories.id JOIN sources ON sources.id = items.source
        LEFT JOIN steps ON steps.item = items.id
        WHERE stories.id IN ({qmarks(ids)}) AND (items.id = canonical OR share >= ? OR ?)
        ORDER BY rank, items.id != canonical, items.published, items.id""",  # noqa: S608
        (wishes.steps, wishes.prefers, *ids, LIKE, wishes.steps),
    )
    found: defaultdict[int, list[Print]] = defaultdict(list)
    ranks: dict[int, int] = {}
    for story, item, source, outlet, language, rank in rows:
        if ranks.setdefault(story, rank) == rank:
            found[story].append(Print(item, source, outlet, language))
    return found


def _few_of_each(slots: Iterable[Slot], most: int, counted: Counter[str]) -> Iterator[Slot]:
    """Limit the stories of each source, so that one prolific source does not fill a topic."""
    for slot in slots:
        if counted[slot.source] < most:
            counted[slot.source] += 1
            yield slot
