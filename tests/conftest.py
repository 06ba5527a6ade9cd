"""Fixtures that several files share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import uvloop

from build import PAPERS, START, TOPICS, new_store, settings
from feedhub.daemon import interpreter
from feedhub.model import Settings
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from hubs import net, newsroom
from internet import world

__all__ = ["desk", "net", "newsroom", "reader", "store", "world"]

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


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What tests import stays: the collector of garbage passes over it, and is set as it is in the program."""
    interpreter.loading()
    try:
        return (yield)
    finally:
        interpreter.unhurried()


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], uvloop.Loop]]:
    """Tests run on the loop that the program runs on."""
    return {"uvloop": uvloop.new_event_loop}
