"""What tests find ready: fixtures that several files share, and how closely properties are looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from build import PAPERS, START, TOPICS, new_store, settings
from feedhub.model import Settings
from feedhub.store.merging import electing, matching, revising, stories
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from hubs import net, newsroom
from internet import world

__all__ = ["desk", "most_copies", "net", "newsroom", "reader", "store", "world"]

# Properties are looked at ten times as closely where nobody waits for it.
hypothesis.settings.register_profile("quick", max_examples=10, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=100, deadline=None)
hypothesis.settings.load_profile("thorough" if os.environ.get("CI") == "true" else "quick")


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    """Four papers and two topics, where a file gives no `desk` of its own."""
    return settings(tmp_path / "feedhub.db", PAPERS, TOPICS)


@pytest.fixture
def store(desk: Settings) -> Iterator[Store]:
    """A database of what `desk` configures."""
    opened = new_store(desk.database)
    opened.configure(desk, START)
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Store, desk: Settings) -> Iterator[Reader]:
    """What can be asked of it."""
    opened = Reader(desk.database)
    yield opened
    opened.close()


@pytest.fixture
def most_copies(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many copies take part in a story and are shown: twenty, as two hundred take long to store."""
    for module in (electing, matching, revising, stories):
        monkeypatch.setattr(module, "MOST_COPIES", 20)
    return 20
