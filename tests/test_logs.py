"""Lines of the log, and signs of life."""

from __future__ import annotations

import io
import json
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from feedhub import sd_notify
from feedhub.logs import configure, event

log = logging.getLogger("feedhub.test")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def logged(format: Literal["text", "json"], verb: str = "poll.new", **keys: object) -> str:
    stream = io.StringIO()
    configure(format, stream=stream)
    event(log, verb, **keys)
    return stream.getvalue()


def test_an_event_is_a_line_of_verb_and_keys() -> None:
    line = logged("text", source="nhk", new=3, error=None, title="A b")
    assert line.split(" ", 1)[1] == 'INFO poll.new source=nhk new=3 title="A b"\n'


def test_json_has_the_same_keys() -> None:
    line = json.loads(logged("json", source="nhk", new=3))
    assert {name: line[name] for name in ("level", "event", "source", "new")} == {
        "level": "INFO", "event": "poll.new", "source": "nhk", "new": 3,
    }  # fmt: skip


@pytest.mark.parametrize("format", ["text", "json"])
def test_nothing_that_a_feed_says_can_forge_a_line_or_command_a_terminal(format: Literal["text", "json"]) -> None:
    line = logged(format, title="x\n2026-11-23T08:00:00Z INFO poll.new source=fake\r\x1b[31m\x9b\u2028y")
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_an_exception_brings_its_place_along() -> None:
    try:
        raise ValueError("no\nnews")
    except ValueError as error:
        line = logged("text", error=error)
    assert 'error="ValueError: no\\nnews"' in line
    assert "test_logs.py" in line


def test_records_of_libraries_look_alike() -> None:
    stream = io.StringIO()
    configure("json", stream=stream)
    logging.getLogger("aiohttp.server").warning("trouble with %s", "x")
    logging.getLogger("apscheduler.executors").info("not worth a line")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "aiohttp.server"
    assert json.loads(line)["message"] == "trouble with x"


def test_systemd_is_told_when_it_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sd_notify.notify("READY=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "s"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
        sd_notify.notify("READY=1")
        assert listening.recv(100) == b"READY=1"
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    sd_notify.notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [
        ("30000000", "", 15.0),
        pytest.param("30000000", str(os.getpid()), 15.0, id="ours"),
        ("30000000", "1", None),
        ("x", "", None),
        ("0", "", None),
    ],
)
def test_signs_of_life_are_due_twice_as_often_as_asked(
    monkeypatch: pytest.MonkeyPatch, usec: str, pid: str, seconds: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid)
    assert sd_notify.watchdog_interval() == seconds
