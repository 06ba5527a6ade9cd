"""What a feed is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedhub.model import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A topic with its stories, as it is published."""

    uuid: str
    title: str
    description: str
    public_url: str  # of the whole site, no trailing slash
    path: str  # of the topic's page, "/topics/japan"; its feeds lie beside it with a suffix
    updated: datetime
    stories: tuple[Story, ...]
    language: str | None = None

    @property
    def page(self) -> str:
        """The address for people."""
        return f"{self.public_url}{self.path}"

    def feed(self, suffix: str) -> str:
        """The address of the feed itself."""
        return f"{self.page}.{suffix}"

    def story_page(self, story: Story) -> str:
        """The address of a story with all its copies."""
        return f"{self.public_url}/stories/{story.id}"
