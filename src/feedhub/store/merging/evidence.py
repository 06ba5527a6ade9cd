"""Why items stand where they do: the verdicts that were stored."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from feedhub.dedup.credit import confidence, filed
from feedhub.dedup.revision import still_carries
from feedhub.errors import NotFound
from feedhub.model import Credit, Verdict
from feedhub.store.links import linked
from feedhub.store.merging.rows import changes, strings
from feedhub.store.merging.stories import named
from feedhub.store.times import at

LONGEST_NUMBER = 18  # digits of a whole number that SQLite keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """The copy of another story that an item resembled most when it came."""

    beside: int
    verdict: Verdict
    matcher: str
    rejected: bool  # an editor split the item off that copy's story


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One copy of a story, and what made it one."""

    item: int
    outlet: str
    title: str
    link: str | None
    published: datetime
    agency: str | None
    confidence: float  # that it is the agency's, 0..1
    credit: tuple[str, ...]  # the words that name agency, place or author, the surest first
    place: str | None = None  # of the dateline
    filed: str | None = None  # its day, as written
    beside: int | None = None  # the copy it was compared with; None for the story's first
    parted: bool = False  # that copy stands in another story by now
    verdict: Verdict | None = None
    matcher: str | None = None  # the version of the rules
    missed: Missed | None = None  # where there is no verdict: what it did not join
    merged: int | None = None  # where there is no verdict: the editor's ruling by which it stands here
    step: str | None = None  # of a running story, as the item says itself
    review: str | None = None  # open, confirmed: what an editor says of a borderline verdict
    outdated: tuple[tuple[str, str], ...] = ()  # figures that it still prints, and those that another copy has now


_ITEMS = """SELECT items.id, items.story, items.source, outlet, items.title, items.link, items.published, items.agency,
        items.place, items.evidence, items.text, items.language, beside, kind, score, reasons, measures, matcher, step,
        beside IS NOT NULL AND items.story IS NOT there.story AS parted,
        iif(review = 'open' AND items.story IS NOT there.story, NULL, review) AS review
    FROM items JOIN sources ON sources.id = items.source
    LEFT JOIN verdicts ON verdicts.item = items.id AND decided LEFT JOIN steps ON steps.item = items.id
    LEFT JOIN items AS there ON there.id = beside"""


def of_story(conn: sqlite3.Connection, what: str, most: int | None = None) -> tuple[str, list[Evidence]]:
    """A story's id and its copies in order of arrival; `what` is a story's id, an item's number or a link.

    Of more than `most` copies the earliest.
    """
    story = story_row(conn, what)
    copies = "SELECT id FROM items WHERE story = ? ORDER BY published, id LIMIT coalesce(?, -1)"
    rows = conn.execute(f"{_ITEMS} WHERE items.id IN ({copies}) ORDER BY items.id", (story, most)).fetchall()
    outdated, missed, merged = _outdated(conn, story), _missed(conn, story), _merged(conn, story)
    return uuid_of(conn, story), [
        replace(
            evidence_of(row),
            outdated=tuple(outdated[row["id"]]),
            missed=missed.get(row["id"]),
            merged=None if row["kind"] else merged.get(row["id"]),
        )
        for row in rows
    ]


def _merged(conn: sqlite3.Connection, story: int) -> dict[int, int]:
    """The rulings by which copies stand in a story that was another's, by copy."""
    rows = conn.execute(
        """SELECT id, facts FROM rulings WHERE undone IS NULL AND verb = 'merge' AND id IN (
            SELECT ruling FROM items AS here CROSS JOIN constraints ON one = here.id AND kind = 'together'
            CROSS JOIN items AS there ON there.id = other WHERE here.story = ?1 AND there.story = ?1)""",
        (story,),
    )
    return {item: row["id"] for row in rows for item in orjson.loads(row["facts"])["items"]}


def _missed(conn: sqlite3.Connection, story: int) -> dict[int, Missed]:
    """Of each copy that joined nothing what it might have joined."""
    rows = conn.execute(
        """SELECT verdicts.* FROM items JOIN verdicts ON verdicts.item = items.id JOIN items other ON other.id = beside
        WHERE items.story = ?1 AND other.story != ?1
        AND NOT EXISTS (SELECT 1 FROM verdicts joined WHERE joined.item = items.id AND decided)
        ORDER BY verdicts.review IS 'rejected', verdicts.score""",
        (story,),
    )
    return {
        row["item"]: Missed(
            beside=row["beside"],
            verdict=stored_verdict(row),
            matcher=row["matcher"],
            rejected=row["review"] == "rejected",
        )
        for row in rows
    }


def _outdated(conn: sqlite3.Connection, story: int) -> Mapping[int, dict[tuple[str, str], None]]:
    """Of each copy the figures that another one has corrected."""
    rows = conn.execute(
        """SELECT items.id, items.title, items.text, items.language, changes FROM items
        JOIN outdated ON outdated.item = items.id JOIN corrections ON corrections.id = correction
        JOIN items AS corrected ON corrected.id = corrections.item AND corrected.story = items.story
        WHERE items.story = ? ORDER BY corrections.id""",
        (story,),
    )
    found: defaultdict[int, dict[tuple[str, str], None]] = defaultdict(dict)
    for row in rows:
        for change in changes(row["changes"]):
            if still_carries(row["title"], row["text"], row["language"], change):
                found[row["id"]][change.before, change.after] = None
    return found


def uuid_of(conn: sqlite3.Connection, story: int) -> str:
    """The id of the story with this row id."""
    uuid: str = conn.execute("SELECT uuid FROM stories WHERE id = ?", (story,)).fetchone()[0]
    return uuid


def story_row(conn: sqlite3.Connection, what: str) -> int:
    """The row id of a story, named by its id or its page's address, an item's number or a link; raises NotFound."""
    found = named(conn, what.partition("#")[0].rpartition("/stories/")[2])  # a browser may add where on the page it is
    return found[0] if found else int(item_row(conn, what)["story"])


def item_row(conn: sqlite3.Connection, what: str) -> sqlite3.Row:
    """An item, named by its number or its link; raises NotFound."""
    number = what.isdecimal() and len(what) <= LONGEST_NUMBER
    ids = [int(what)] if number else linked(conn, what)[-1:]
    row: sqlite3.Row | None = conn.execute(f"{_ITEMS} WHERE items.id = ?", ids or [None]).fetchone()
    if row is None:
        raise NotFound("story or item", what)
    return row


def of_item(conn: sqlite3.Connection, item: int) -> Evidence:
    """One stored item, and what brought it into its story."""
    return evidence_of(conn.execute(f"{_ITEMS} WHERE items.id = ?", (item,)).fetchone())


def stored_verdict(row: sqlite3.Row) -> Verdict:
    """A row of `verdicts` as it was judged."""
    return Verdict(
        kind=row["kind"],
        score=row["score"],
        reasons=tuple(orjson.loads(row["reasons"])),
        measures=tuple(orjson.loads(row["measures"]).items()),
    )


def evidence_of(row: sqlite3.Row) -> Evidence:
    """A row of `_ITEMS` as a value."""
    credit = Credit(agency=row["agency"], place=row["place"], evidence=strings(row["evidence"]))
    return Evidence(
        item=row["id"],
        outlet=row["outlet"],
        title=row["title"],
        link=row["link"],
        published=at(row["published"]),
        agency=credit.agency,
        confidence=confidence(credit),
        credit=credit.evidence,
        place=credit.place,
        filed=filed(credit),
        beside=row["beside"],
        verdict=stored_verdict(row) if row["kind"] else None,
        matcher=row["matcher"],
        parted=bool(row["parted"]),
        step=row["step"],
        review=row["review"],
    )
