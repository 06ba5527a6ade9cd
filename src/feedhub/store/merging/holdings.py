"""What is stored of the sources of a round, as far as their new documents name it.

Read and written for all of them together: source by source would be most of what a document costs that brings one item.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b

import orjson

from feedhub.model import Known
from feedhub.store.many import array
from feedhub.store.polling import listing, outlines

BRIEF = "items.id, guid, digest, published, link, title"
_HASH = 12  # bytes


class Holdings:
    """Of each source: what its last document listed, and which guids of the new one had left it or were purged."""

    def __init__(self, conn: sqlite3.Connection, documents: Mapping[str, frozenset[str]]):
        """`documents`: the guids that each source lists now."""
        self._conn, self.guids = conn, documents
        self.listed = self._listed(documents)
        fresh = {source: list(guids - self.listed[source].keys()) for source, guids in documents.items()}
        self.gone = self._gone(fresh)
        self.purged = self._purged(fresh)
        self._outlines: list[tuple[str, Iterable[Known]]] = []
        self._left: list[tuple[str, int, float]] = []

    def list(self, source: str, entries: Iterable[Known]) -> None:
        """Note what a document lists, as far as it is stored."""
        self._outlines.append((source, entries))

    def leave(self, source: str, items: Iterable[int], at: float) -> None:
        """Note what a source does not list any more."""
        self._left += [(source, item, at) for item in items]

    def write(self) -> None:
        """Write what was noted."""
        listing.leave(self._conn, self._left)
        outlines.save(self._conn, self._outlines)

    def _listed(self, sources: Iterable[str]) -> dict[str, dict[str, sqlite3.Row]]:
        """By guid."""
        found: dict[str, dict[str, sqlite3.Row]] = {source: {} for source in sources}
        rows = self._conn.execute(
            f"""SELECT listed.source, {BRIEF} FROM json_each(?) AS chosen
            CROSS JOIN listed ON listed.source = chosen.value CROSS JOIN items ON items.id = item""",  # noqa: S608
            (array(found),),
        )
        for row in rows:
            found[row["source"]][row["guid"]] = row
        return found

    def _gone(self, fresh: Mapping[str, Collection[str]]) -> dict[str, dict[str, sqlite3.Row]]:
        """By guid, what left its feed and is listed again."""
        found: dict[str, dict[str, sqlite3.Row]] = defaultdict(dict)
        rows = self._conn.execute(
            f"""SELECT source, {BRIEF} FROM json_each(?) AS document CROSS JOIN json_each(document.value) AS entry
            CROSS JOIN items ON source = document.key AND guid = entry.value""",  # noqa: S608
            (orjson.dumps(fresh).decode(),),
        )
        for row in rows:
            found[row["source"]][row["guid"]] = row
        return found

    def _purged(self, fresh: Mapping[str, Collection[str]]) -> frozenset[tuple[str, bytes]]:
        """By source and hashed guid, what was here, was purged, and must not come back as new."""
        sources = [source for source, guids in fresh.items() for _ in guids]
        hashes = b"".join(guid_hash(guid) for guids in fresh.values() for guid in guids)
        rows = self._conn.execute(
            f"""SELECT source, guid_hash FROM json_each(?1) AS entry CROSS JOIN tombstones
            ON source = entry.value AND guid_hash = substr(?2, 1 + {_HASH} * entry.key, {_HASH})""",  # noqa: S608
            (array(sources), hashes),
        )
        return frozenset(map(tuple, rows))


def guid_hash(guid: str) -> bytes:
    """What a tombstone keeps of a guid."""
    return blake2b(guid.encode(), digest_size=_HASH).digest()
