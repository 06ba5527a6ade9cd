"""What the web side needs of the daemon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from feedhub.model import Settings
from feedhub.store.reading import Reader

T = TypeVar("T")

ANY_STORY, ANY_SOURCE, ANY_RULING = "", "*", "!"  # no id of a topic is like these


class Desk(Protocol):
    """Settings, a reading thread, and what is known of changes."""

    @property
    def settings(self) -> Settings:
        """The running configuration."""

    async def read(self, question: Callable[[Reader], T]) -> T:
        """Ask on the one thread that reads and renders."""

    async def rule(self, verb: str, names: Sequence[str], who: str) -> int:
        """Carry out an editor's ruling; returns its number. Raises RulingError or NotFound."""

    async def not_ready(self) -> str | None:
        """Why the daemon cannot do its work; None if it can."""

    async def intake(self) -> bytes:
        """What the daemon counted, for Prometheus."""

    def rejected(self) -> str | None:
        """What is wrong with the configuration file, if an older state of it is in force."""

    def version(self, what: str) -> int:
        """A number that changes whenever a topic's feed, any story or source, or any ruling may have changed."""
