"""Many values in one statement: as one question mark each, or together as a JSON array."""

from __future__ import annotations

from collections.abc import Iterable, Sized

import orjson


def qmarks(values: Sized) -> str:
    """For `IN (…)`."""
    return ",".join("?" * len(values))


def array(values: Iterable[object]) -> str:
    """For `json_each(?)`."""
    return orjson.dumps(list(values)).decode()
