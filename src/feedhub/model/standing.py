"""How topics, sources and polls are doing, for people and logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicState:
    """A topic as stored: its permanent id and when its content last changed."""

    id: str
    uuid: str
    title: str
    stories: int
    changed: datetime
    version: int = 0  # grows with every change


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source is doing."""

    id: str
    title: str
    outlet: str
    url: str
    enabled: bool
    items: int
    last_poll: datetime | None
    last_success: datetime | None
    next_poll: datetime | None
    next_reason: str  # why then, in words
    failures: int  # in a row
    error: str | None  # the last one, None once a poll succeeds
    notice: str | None = None  # what is wrong with the document of a working source
    ailment: str | None = None  # the kind of the last failure: "dns", "429", "not-a-feed" …
    failing_since: datetime | None = None
    last_new: datetime | None = None  # when it last brought something new
    moved_to: str | None = None  # where permanent redirects lead
    moved_since: datetime | None = None
    adopted: str | None = None  # asked instead of the configured address
    proposed: str | None = None  # the feed declared by a web page that came instead of a feed
    incidents: tuple[str, ...] = ()  # that are open, in words

    @property
    def told(self) -> tuple[str, ...]:
        """Trouble to report even while it works."""
        return (*self.incidents, self.notice) if self.notice else self.incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll of one source did, for people and logs."""

    source: str
    outcome: Literal["new", "same", "unchanged", "failed", "lost"]
    status: int | None
    items: int = 0
    new: int = 0
    changed: int = 0
    bytes: int = 0
    ms: float = 0.0
    error: str | None = None
    notice: str | None = None  # what is wrong with a document that could be read all the same
    topics: frozenset[str] = field(default_factory=frozenset)  # topics whose feeds it changed
    pushed: bool = False  # a hub sent it, nobody asked
