"""What queries see of sources, their outlets and tags, as it is stored: what of it is another now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from feedhub.model import Source
from feedhub.store.many import array


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Sources of which something else is told now than when their items came."""

    renamed: list[str]  # their outlet has another name
    seen: list[str]  # by queries: for that, for their tags, or as they left the configuration


def otherwise(conn: sqlite3.Connection, sources: Iterable[Source], gone: Iterable[str]) -> Otherwise:
    """What is told otherwise of these sources than is stored, and of those that are `gone` from the configuration."""
    now = {source.id: (source.outlet, tags_of(source)) for source in sources}
    rows = conn.execute(
        """SELECT id, outlet, iif(configured, coalesce(source_tags, '[]'), '[]') FROM sources
        WHERE id IN (SELECT value FROM json_each(?))""",
        (array([*now, *gone]),),
    ).fetchall()
    renamed = [id for id, outlet, _ in rows if id in now and now[id][0] != outlet]
    return Otherwise(renamed, [id for id, outlet, tags in rows if now.get(id, (outlet, "[]")) != (outlet, tags)])


def tags_of(source: Source) -> str:
    """As they are stored."""
    return orjson.dumps(source.tags).decode()
