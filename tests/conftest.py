"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import uvloop

from feedhub.daemon import interpreter


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures, but not where tests are only handed out to other processes: these wait for it.

    There, Hypothesis would be loaded when all is done, to find that it has nothing to say.
    """
    if config.getoption("dist", "no") == "no":
        config.pluginmanager.import_plugin("ready")
    else:
        config.pluginmanager.unregister(name="hypothesispytest")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What tests import stays: the collector of garbage passes over it, and is set as it is in the program."""
    interpreter.collect_nothing()
    try:
        return (yield)
    finally:
        interpreter.collect_seldom()


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], uvloop.Loop]]:
    """Tests run on the loop that the program runs on."""
    return {"uvloop": uvloop.new_event_loop}
