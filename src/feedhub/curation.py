"""What an output feed takes, and how it shows that. `model` passes these classes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

TopicOrder = Literal["newest", "coverage", "hot"]
TopicText = Literal["full", "lead"]
TopicUpdates = Literal["in-place", "new-entry", "first-only"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a feed shows its stories."""

    text: TopicText = "full"
    images: bool = True
    updates: TopicUpdates = "in-place"  # a changed story shows it by its time, each update is an entry, or neither
    icon: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A curated output feed: which stories it takes and how it shows them."""

    id: str
    title: str
    match: str  # a query; "" takes everything
    description: str = ""
    min_copies: int = 1
    order: TopicOrder = "newest"
    limit: int = 100  # entries in the feed
    half_life: timedelta = timedelta(hours=12)  # of coverage, where the order is "hot"
    max_age: timedelta | None = None
    max_per_source: int | None = None  # most entries in the feed that are shown by a copy of one source
    max_changes: int = 50  # entries of one source that one poll may bring or change; the rest is held back
    prefer_outlets: tuple[str, ...] = ()  # whose copy is shown, the first before the second
    prefer_languages: tuple[str, ...] = ()  # BCP 47 primary tags; before outlets
    look: Look = Look()
    hub: str | None = None  # that is told of changes, and named in the feed
    private: bool = False
    token: str | None = field(default=None, repr=False)  # of a private topic; None: one is made

    @property
    def public_hub(self) -> str | None:
        """Its hub; none for a private topic, whose stories a hub would hand to anybody."""
        return None if self.private else self.hub
