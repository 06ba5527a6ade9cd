"""The processes of a running daemon, by what they do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def family(daemon: int) -> Iterator[tuple[str, int]]:
    """Its own number, and those of its children."""
    yield "daemon", daemon
    for task in Path(f"/proc/{daemon}/task").iterdir():
        for pid in (task / "children").read_text().split():
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            yield {"feedhub-web": "web", "feedhub-parser": "parsers"}.get(name, "others"), int(pid)
