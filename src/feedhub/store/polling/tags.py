"""The outlets and tags of sources, which queries ask for: as they are stored, and which of them have changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from feedhub.model import Source
from feedhub.store.many import array


@dataclass(frozen=True, slots=True)
class Edited:
    """Sources whose outlet or tags have changed since they were stored."""

    renamed: list[str]  # their outlet has another name
    seen: list[str]  # queries see a change: another outlet, other tags, or none as they left the configuration


def edited(conn: sqlite3.Connection, sources: Iterable[Source], gone: Iterable[str]) -> Edited:
    """Which of these sources differ from what is stored, or are `gone` from the configuration."""
    now = {source.id: (source.outlet, stored(source)) for source in sources}
    rows = conn.execute(
        """SELECT id, outlet, iif(configured, coalesce(source_tags, '[]'), '[]') FROM sources
        WHERE id IN (SELECT value FROM json_each(?))""",
        (array([*now, *gone]),),
    ).fetchall()
    renamed = [id for id, outlet, _ in rows if id in now and now[id][0] != outlet]
    return Edited(renamed, [id for id, outlet, tags in rows if now.get(id, (outlet, "[]")) != (outlet, tags)])


def stored(source: Source) -> str:
    """A source's tags as they are stored."""
    return orjson.dumps(source.tags).decode()
