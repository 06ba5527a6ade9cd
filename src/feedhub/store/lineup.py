"""How a topic lines up its stories: in which order, how many of one source, shown by which of their copies."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import orjson

from feedhub.model import Topic
from feedhub.topics import Print, heat, shown_print

BATCH = 100  # stories whose copies are looked at together
LIKE = 0.3  # of the fullest text must stand in a copy that a topic shows: a headline alone does not

Shown = tuple[int, int]  # a story and the copy that it is shown by


def to_text(topic: Topic) -> str:
    """What of a topic's configuration decides its line-up."""
    return orjson.dumps(
        {
            "order": topic.order,
            "half_life": topic.half_life.total_seconds(),
            "max_per_source": topic.max_per_source,
            "outlets": topic.prefer_outlets,
            "languages": topic.prefer_languages,
        }
    ).decode()


def line_up(conn: sqlite3.Connection, topic: str, limit: int, leading: Sequence[int]) -> list[Shown]:
    """The stories of a topic, `limit` at most, `leading` first: these count for their sources, and are never cut."""
    wishes = orjson.loads(conn.execute("SELECT lineup FROM topics WHERE id = ?", (topic,)).fetchone()[0])
    rest = (id for id in _ordered(conn, topic, wishes) if id not in set(leading))
    prints = _prints(conn, rest, wishes)
    first = list(_prints(conn, leading, wishes))
    most: int | None = wishes.get("max_per_source")
    if most is not None:
        prints = _few_of_each(prints, most, Counter(source for _, _, source in first))
    return [(story, item) for story, item, _ in [*first, *islice(prints, max(0, limit - len(first)))]]


def _ordered(conn: sqlite3.Connection, topic: str, wishes: dict[str, object]) -> Iterator[int]:
    order = wishes.get("order", "newest")
    if order == "newest":
        rows = conn.execute("SELECT story FROM entries WHERE topic = ? ORDER BY published DESC, story DESC", (topic,))
        return (story for (story,) in rows)
    rows = conn.execute(
        "SELECT story, outlets, entries.published FROM entries JOIN stories ON stories.id = story WHERE topic = ?",
        (topic,),
    )
    key: Callable[[tuple[int, int, float]], tuple[float, float, int]]
    if order == "hot":
        half_life = float(str(wishes["half_life"]))
        key = lambda row: (-heat(row[1], row[2], half_life), -row[2], -row[0])  # noqa: E731
    else:
        key = lambda row: (-row[1], -row[2], -row[0])  # noqa: E731
    return (story for story, _, _ in sorted(rows.fetchall(), key=key))


def _prints(conn: sqlite3.Connection, ids: Iterable[int], wishes: dict[str, object]) -> Iterator[tuple[int, int, str]]:
    """Story, the copy that it is shown by, and that copy's source."""
    outlets, languages = wishes.get("outlets") or (), wishes.get("languages") or ()
    stories = iter(ids)
    while batch := list(islice(stories, BATCH)):
        copies = _copies(conn, batch)
        for story in batch:
            if copies[story]:
                chosen = shown_print(copies[story], outlets, languages)  # type: ignore[arg-type]
                yield story, chosen.item, chosen.source


def _copies(conn: sqlite3.Connection, ids: Sequence[int]) -> defaultdict[int, list[Print]]:
    """The copies of each story that may stand for it, the one that does first."""
    marks = ",".join("?" * len(ids))
    rows = conn.execute(
        f"""SELECT stories.id, items.id, items.source, outlet, language FROM stories
        JOIN items ON items.story = stories.id JOIN sources ON sources.id = items.source
        WHERE stories.id IN ({marks}) AND (items.id = canonical OR share >= ?)
        ORDER BY items.id != canonical, items.published, items.id""",  # noqa: S608
        (*ids, LIKE),
    )
    found: defaultdict[int, list[Print]] = defaultdict(list)
    for story, item, source, outlet, language in rows:
        found[story].append(Print(item, source, outlet, language))
    return found


def _few_of_each(
    prints: Iterable[tuple[int, int, str]], most: int, counted: Counter[str]
) -> Iterator[tuple[int, int, str]]:
    """Pass over what a source has too many of before it: one loud source does not fill a topic."""
    for told in prints:
        if counted[told[2]] < most:
            counted[told[2]] += 1
            yield told
