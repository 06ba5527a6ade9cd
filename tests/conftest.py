"""Fixtures that several files share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
import uvloop
from hypothesis import settings

from build import START, new_store
from feedhub.daemon import interpreter
from feedhub.model import Settings
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from internet import world

__all__ = ["reader", "store", "world"]

# Properties are looked at five times as closely where nobody waits for it.
settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("thorough", max_examples=100, deadline=None)
settings.load_profile("thorough" if os.environ.get("CI") == "true" else "quick")


@pytest.fixture
def store(desk: Settings) -> Iterator[Store]:
    """A database of the configuration that a file's own `desk` gives."""
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
