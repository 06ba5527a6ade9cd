"""The processes of a running daemon, by what they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def family(daemon: int) -> Iterator[tuple[str, int]]:
    """Its own number, and those of its children."""
    yield "daemon", daemon
    children: list[str] = []
    for task in Path(f"/proc/{daemon}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            children += (task / "children").read_text().split()
    for pid in children:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        yield {"feedhub-web": "web", "feedhub-parser": "parsers"}.get(name, "others"), int(pid)
