"""What a feed is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from feedhub.render.entry import Entry

WATCHED = 20  # newest entries whose distances tell a feed's rhythm
SOONEST, LATEST, UNKNOWN = 60, 900, 300  # seconds that a feed may be cached: a fast, a slow, an unknown one


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where a document stands in its feed's history (RFC 5005); addresses are paths without a suffix."""

    previous: str | None = None
    next: str | None = None
    current: str | None = None  # the feed that is subscribed to; given in archive documents only


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A feed with its entries, as it is published."""

    uuid: str
    title: str
    description: str
    public_url: str  # of the whole site, no trailing slash
    path: str  # of the feed without its suffix, "/topics/japan"
    updated: datetime
    entries: tuple[Entry, ...]
    language: str | None = None
    hub: str | None = None  # that is told of changes (WebSub)
    page_path: str | None = None  # of the page for people, where it is not `path`
    query: str = ""  # of the address, where the feed depends on it: "q=tariff"
    icon: str | None = None
    archive: Archive = Archive()

    @property
    def page(self) -> str:
        """The address for people."""
        return self._address(self.page_path or self.path)

    def feed(self, suffix: str) -> str:
        """The address of the feed itself."""
        return self._address(f"{self.path}.{suffix}")

    def _address(self, path: str) -> str:
        return f"{self.public_url}{path}{f'?{self.query}' if self.query else ''}"

    def history(self, suffix: str) -> list[tuple[str, str]]:
        """`(rel, address)` of the neighbouring documents."""
        known = (
            ("prev-archive", self.archive.previous),
            ("next-archive", self.archive.next),
            ("current", self.archive.current),
        )
        return [(rel, f"{self.public_url}{path}.{suffix}") for rel, path in known if path]

    def keep_for(self) -> int:
        """Seconds for which a reader may keep the feed: half the usual distance of its newest entries, within limits.

        Made from the entries alone, so that the same feed says the same at any time.
        """
        times = sorted((entry.published for entry in self.entries), reverse=True)[:WATCHED]
        gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(times)]
        return round(min(max(median(gaps) / 2, SOONEST), LATEST)) if len(gaps) > 1 else UNKNOWN


def language_of(entries: tuple[Entry, ...]) -> str | None:
    """The language of a whole feed, where all its entries are of one."""
    languages = {entry.language for entry in entries}
    return languages.pop() if len(languages) == 1 else None
