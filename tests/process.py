"""The real program as a process, for tests: started, asked, told to stop."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from feedhub.__main__ import main


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def children() -> set[int]:
    """The processes that this one began with nothing of its own, and that live."""
    found = (int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split())
    return {pid for pid in found if b"feedhub.offspring" in _command(pid)}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it was heard of meanwhile
        return b""


def kill_children() -> None:
    """End them, and wait for that."""
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    until(lambda: not children(), "their end")


def feedhub(*arguments: object) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "feedhub", *map(str, arguments)]


_HASTY = """
from datetime import timedelta
from feedhub.__main__ import main
from feedhub.daemon import polls
polls.AGAIN = timedelta(seconds=2)
main()
"""


def called(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """A command that was run to its end."""
    return subprocess.run(feedhub(*arguments), capture_output=True, text=True, check=False, timeout=60, **options)


def called_here(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A command that was run to its end in this process, which costs no start: for those that only look."""
    output, errors, code = StringIO(), StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output), redirect_stderr(errors):
        patch.setattr(sys, "argv", ["feedhub", *map(str, arguments)])
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(feedhub(*arguments), code, output.getvalue(), errors.getvalue())


def address_of(config: Path) -> str:
    """Where a configuration says that feedhub is reached."""
    match = re.search(r'listen\s*=\s*"([^"]+)"', config.read_text(encoding="utf-8"))
    assert match
    return f"http://{match[1]}"


class Answer:
    """A response, whatever its status."""

    def __init__(self, url: str, **headers: str):
        request = urllib.request.Request(url, headers={k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                self.status, self.headers, self.body = response.status, response.headers, response.read()
        except HTTPError as error:
            self.status, self.headers, self.body = error.code, error.headers, error.read()


@contextmanager
def running(config: Path, *within: str, hasty: bool = False) -> Iterator[subprocess.Popen[str]]:
    """The daemon, ready; it is told to stop at the end and must do so in time. `within`: a command that runs it.

    `hasty`: it waits for two seconds, not for thirty, till it asks sources again whose polls could not be stored.
    """
    command = (
        [sys.executable, "-c", _HASTY, "run", "--config", str(config)] if hasty else feedhub("run", "--config", config)
    )
    process = subprocess.Popen([*within, *command], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        for line in process.stderr:
            if "daemon.ready" in line:
                break
        else:
            pytest.fail(f"the daemon ended with {process.wait()}")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=15)
    assert process.returncode == 0, errors


def until(truth: Any, what: str, seconds: float = 30.0) -> Any:
    """Ask again until it holds; the daemon decides when, so there is nothing to wait on but its answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := truth():
            return found
        time.sleep(0.1)
    return pytest.fail(f"{what} did not happen within {seconds} s")
