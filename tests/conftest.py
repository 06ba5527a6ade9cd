"""Fixtures that several files share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import uvloop

from build import START
from feedhub.model import Settings
from feedhub.store import Reader, Store
from internet import world

__all__ = ["reader", "store", "world"]


@pytest.fixture
def store(desk: Settings) -> Iterator[Store]:
    """A database of the configuration that a file's own `desk` gives."""
    opened = Store(desk.database, "a test")
    opened.configure(desk, START)
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Store, desk: Settings) -> Iterator[Reader]:
    """What can be asked of it."""
    opened = Reader(desk.database)
    yield opened
    opened.close()


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], uvloop.Loop]]:
    """Tests run on the loop that the program runs on."""
    return {"uvloop": uvloop.new_event_loop}
