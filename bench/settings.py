"""A configuration to measure with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from feedhub.model import Settings, Source, Topic


def settings_of(directory: Path, sources: Iterable[Source], topics: Iterable[Topic] = (), **fields: Any) -> Settings:
    """With its database in a directory; nobody waits for his turn."""
    known: dict[str, Any] = {
        "file": directory / "feedhub.toml", "host": "127.0.0.1", "port": 0, "public_url": "http://127.0.0.1",
        "database": directory / "feedhub.db", "retention": timedelta(days=30), "log_format": "text",
        "workers": 1, "concurrency": 100, "per_host": 100, "sources": tuple(sources), "topics": tuple(topics),
    }  # fmt: skip
    return Settings(**known | fields)
