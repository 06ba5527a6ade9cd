"""What a feed is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from feedhub.model import Look, Story

WATCHED = 20  # newest stories whose distances tell a feed's rhythm
SOONEST, LATEST, UNKNOWN = 60, 900, 300  # seconds that a feed may be kept: of a rapid, a slow, an unknown one


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where a document stands in its feed's history (RFC 5005); addresses are paths without a suffix."""

    previous: str | None = None
    next: str | None = None
    current: str | None = None  # the feed that is subscribed to; given in archive documents only


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A feed with its stories, as it is published."""

    uuid: str
    title: str
    description: str
    public_url: str  # of the whole site, no trailing slash
    path: str  # of the feed without its suffix, "/topics/japan"
    updated: datetime
    stories: tuple[Story, ...]
    language: str | None = None
    hub: str | None = None  # that is told of changes (WebSub)
    page_path: str | None = None  # of the page for people, where it is not `path`
    query: str = ""  # of the address, where the feed depends on it: "q=tariff"
    look: Look = Look()
    archive: Archive = Archive()

    @property
    def page(self) -> str:
        """The address for people."""
        return self._address(self.page_path or self.path)

    def feed(self, suffix: str) -> str:
        """The address of the feed itself."""
        return self._address(f"{self.path}.{suffix}")

    def story_page(self, story: Story) -> str:
        """The address of a story with all its copies; each step of a development has that of its story."""
        return self.page if self.path.startswith("/stories/") else f"{self.public_url}/stories/{story.id}"

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

    def updated_of(self, story: Story) -> datetime:
        """When an entry last changed significantly, as its readers are told."""
        return story.published if self.look.updates == "first-only" else max(story.updated, story.published)

    def keep_for(self) -> int:
        """Seconds for which a reader may keep the feed: half the usual distance of its newest stories, within limits.

        Made from the stories alone, so that the same feed says the same at any time.
        """
        times = sorted((story.published for story in self.stories), reverse=True)[:WATCHED]
        gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(times)]
        return round(min(max(median(gaps) / 2, SOONEST), LATEST)) if len(gaps) > 1 else UNKNOWN
