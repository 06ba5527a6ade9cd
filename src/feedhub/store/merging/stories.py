"""Stories as rows -> stories as values, many at once."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import orjson

from feedhub import urls
from feedhub.model import Copy, Correction, RelatedStory, Story
from feedhub.store.many import array, qmarks
from feedhub.store.merging import curated
from feedhub.store.merging.rows import OWN, enclosures, html_of, strings
from feedhub.store.times import at
from feedhub.text import excerpt

RELATED = 5  # stories shown as related, best first
MOST_COPIES = 200  # that are shown
LEAD = 200  # characters of a related story that are shown


_COPIES = """WITH ranked AS (
        SELECT id, row_number() OVER (PARTITION BY story ORDER BY published, id) AS rank
        FROM items WHERE story IN ({stories})
    )
    SELECT story, items.id, source, outlet, items.title, link, published, first_seen, language,
        items.agency, {own}, share, step, coalesce(was_shown, 0), EXISTS (
            SELECT 1 FROM outdated JOIN corrections ON corrections.id = correction
            JOIN items AS corrected ON corrected.id = corrections.item
            WHERE outdated.item = items.id AND +corrected.story = items.story -- +: by id, past a story's other copies
        ) AS outdated
    FROM ranked JOIN items ON items.id = ranked.id
    JOIN sources ON sources.id = source LEFT JOIN steps ON steps.item = items.id
    WHERE rank <= ? OR items.id IN ({canonical})
    ORDER BY published, items.id"""


def load(conn: sqlite3.Connection, ids: Sequence[int], shown: Mapping[int, int] | None = None) -> list[Story]:
    """The stories of these row ids, in that order; ids that are gone are left out.

    `shown`: by which of its copies (item ids) a story is shown; by its canonical copy where nothing is said.
    """
    found = by_id(conn, ids, shown)
    return [found[id] for id in ids if id in found]


def by_id(conn: sqlite3.Connection, ids: Sequence[int], shown: Mapping[int, int] | None = None) -> dict[int, Story]:
    """The same by row id, in no order."""
    if not ids:
        return {}
    rows = conn.execute(f"SELECT * FROM stories WHERE id IN ({qmarks(ids)})", ids)  # noqa: S608
    heads = {row["id"]: row for row in rows}
    by = {id: row["canonical"] for id, row in heads.items()}
    by |= {id: item for id, item in (shown or {}).items() if id in heads}
    fronts = {row["id"]: row for row in _fronts(conn, list(by.values()))}
    copies = _copies(conn, ids, set(by.values()))
    related = _related(conn, ids)
    corrected = _corrections(conn, ids)
    notes = curated.notes(conn, ids)
    return {
        id: _story(row, fronts[by[id]], copies[id], related[id], corrected[id], notes.get(id))
        for id, row in heads.items()
        if by[id] in fronts
    }


def _fronts(conn: sqlite3.Connection, items: Sequence[int]) -> list[sqlite3.Row]:
    """The copies that stories are shown by."""
    return conn.execute(
        f"""SELECT items.id, items.title, link, html, text, language, coalesce(nullif(author, ''), byline),
            items.agency, place, tags, enclosures, image, source, sources.title, sources.url, outlet
        FROM items JOIN sources ON sources.id = items.source WHERE items.id IN ({qmarks(items)})""",  # noqa: S608
        items,
    ).fetchall()


def named(conn: sqlite3.Connection, uuid: str) -> list[int]:
    """The row id of a story by its UUID, or by that of one merged into it or of one of its steps; or nothing."""
    rows = conn.execute(
        """SELECT id FROM stories WHERE uuid = ?1 UNION SELECT story FROM merged WHERE uuid = ?1
        UNION SELECT story FROM steps JOIN items ON items.id = item WHERE uuid = ?1""",
        (uuid,),
    )
    return [row[0] for row in rows]


def living(conn: sqlite3.Connection, ids: Iterable[int]) -> frozenset[int]:
    """Those of these row ids that are still stories."""
    rows = conn.execute("SELECT stories.id FROM json_each(?) JOIN stories ON stories.id = value", (array(ids),))
    return frozenset(row[0] for row in rows)


def _copies(conn: sqlite3.Connection, ids: Sequence[int], canonical: set[int]) -> dict[int, list[Copy]]:
    """Canonical first, then by time; of a story that grows for ever, the earliest."""
    question = _COPIES.format(own=OWN, stories=qmarks(ids), canonical=qmarks(canonical))
    rows = conn.execute(question, (*ids, MOST_COPIES, *canonical))
    found: dict[int, list[Copy]] = defaultdict(list)
    # By place: a row looks a name up among all its columns, and there are many copies.
    for (
        story, id, source, outlet, title, link, published, first_seen, language, agency, own, share, step, shown,
        outdated,
    ) in rows:  # fmt: skip
        copy = Copy(
            item_id=id,
            source_id=source,
            outlet=outlet,
            title=title,
            link=link,
            published=at(published),
            first_seen=at(first_seen),
            language=language,
            agency=agency,
            share=share,
            canonical=id in canonical,
            own=bool(own),
            step=step,
            was_shown=bool(shown),
            outdated=bool(outdated),
        )
        found[story].insert(0 if copy.canonical else len(found[story]), copy)
    return found


def _related(conn: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[RelatedStory]]:
    rows = conn.execute(
        f"""SELECT related.story AS near, uuid, items.title, outlet, link, stories.published,
            substr(text, 1, 400) AS text, score, coalesce(items.agency, outlet) AS origin
        FROM related JOIN stories ON stories.id = other JOIN items ON items.id = canonical
        JOIN sources ON sources.id = source
        WHERE related.story IN ({qmarks(ids)}) ORDER BY score DESC, other""",  # noqa: S608
        ids,
    )
    found: dict[int, list[RelatedStory]] = defaultdict(list)
    for row in rows:
        if len(found[row["near"]]) < RELATED:
            found[row["near"]].append(
                RelatedStory(
                    id=row["uuid"],
                    title=row["title"],
                    outlet=row["outlet"],
                    link=row["link"],
                    published=at(row["published"]),
                    lead=excerpt(" ".join(row["text"].split()), LEAD),
                    score=row["score"],
                    origin=row["origin"],
                )
            )
    return found


def _corrections(conn: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[Correction]]:
    rows = conn.execute(
        f"""SELECT story, corrections.id, corrections.at, corrections.item, outlet, changes
        FROM items JOIN corrections ON corrections.item = items.id JOIN sources ON sources.id = source
        WHERE story IN ({qmarks(ids)}) ORDER BY corrections.at DESC, corrections.id DESC""",  # noqa: S608
        ids,
    ).fetchall()
    found: dict[int, list[Correction]] = defaultdict(list)
    for row in rows:
        outdated = conn.execute(
            """SELECT DISTINCT outlet FROM outdated JOIN items ON items.id = item JOIN sources ON sources.id = source
            WHERE correction = ? AND story = ? ORDER BY outlet""",
            (row["id"], row["story"]),
        ).fetchall()
        found[row["story"]].append(
            Correction(
                at=at(row["at"]),
                item_id=row["item"],
                outlet=row["outlet"],
                changes=tuple((before, after, context) for before, after, context in orjson.loads(row["changes"])),
                outdated=tuple(name for (name,) in outdated),
            )
        )
    return found


def _origins(copies: Sequence[Copy], related: Sequence[RelatedStory]) -> int:
    """How many desks tell of the event by themselves: copies of one agency's text are one, whoever prints it, and who
    has withdrawn his copy tells of nothing, while others do.
    """
    told = [copy for copy in copies if copy.stands] or copies
    earliest = min(told, key=lambda copy: (copy.published, copy.item_id))
    own = {copy.agency for copy in told if copy.agency} or {earliest.outlet}
    return len(own | {story.origin for story in related})


def _story(
    story: sqlite3.Row,
    row: sqlite3.Row,
    copies: list[Copy],
    related: list[RelatedStory],
    corrections: list[Correction],
    note: str | None,
) -> Story:
    (
        _, title, link, html, text, language, author, agency, place, tags, files, image,
        source, source_title, source_url, outlet,
    ) = row  # fmt: skip
    return Story(
        id=story["uuid"],
        title=title,
        link=link,
        html=html_of(html, text),
        text=text,
        language=language,
        author=author,
        agency=agency or next((copy.agency for copy in copies if copy.agency), None),
        place=place,
        tags=strings(tags),
        enclosures=enclosures(files),
        image=image,
        source_id=source,
        source_title=source_title,
        source_url=urls.public(source_url),
        outlet=outlet,
        published=at(story["published"]),
        updated=at(story["updated"]),
        copies=tuple(copies),
        related=tuple(related),
        origins=_origins(copies, related),
        corrections=tuple(corrections),
        note=note,
    )
