"""Items as they are stored: from rows to values, and from columns to their parts."""

from __future__ import annotations

import html as markup
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from feedhub.dedup.revision import Change
from feedhub.model import Credit, Enclosure, Item
from feedhub.store.times import at, moment

# The revisions by which items were withdrawn: each has what stood before the notice. Kinds are words in a row.
WITHDRAWN = """revisions JOIN steps USING (item)
    WHERE step = 'withdrawal' AND ' ' || kinds || ' ' LIKE '% withdrawn %'"""

LIKE = 0.3  # of the fullest text must stand in a copy that a story is shown by: more than a headline alone
OWN = "coalesce(sources.agency = items.agency, 0)"  # whether a copy's source is the agency that it is credited to


@dataclass(frozen=True, slots=True)
class Words:
    """An item's words as they stood before a change."""

    title: str
    text: str
    language: str


def item_of(row: sqlite3.Row | Mapping[str, Any]) -> Item:
    """A stored row as the value it was made from."""
    return Item(
        source_id=row["source"],
        guid=row["guid"],
        link=row["link"],
        title=row["title"],
        html=html_of(row["html"], row["text"]),
        text=row["text"],
        language=row["language"],
        author=row["author"],
        published=at(row["published"]),
        updated=moment(row["updated"]),
        tags=strings(row["tags"]),
        enclosures=enclosures(row["enclosures"]),
        image=row["image"],
        credit=Credit(
            agency=row["agency"], place=row["place"], byline=row["byline"], evidence=strings(row["evidence"])
        ),
        complete=bool(row["complete"]),
    )


def html_of(stored: str | None, text: str) -> str:
    """The item's HTML, made from its text where that is all there is."""
    return markup.escape(text, quote=False) if stored is None else stored


def strings(stored: str | None) -> tuple[str, ...]:
    """A stored list of words."""
    return tuple(orjson.loads(stored)) if stored else ()


def enclosures(stored: str | None) -> tuple[Enclosure, ...]:
    """A stored list of enclosures."""
    return tuple(Enclosure(url=u, type=t, length=n) for u, t, n in orjson.loads(stored)) if stored else ()


def changes(stored: str) -> list[Change]:
    """The places of a correction."""
    return [Change(*places) for places in orjson.loads(stored)]
