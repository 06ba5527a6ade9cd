"""Many values in one statement: a question mark for each, or all of them as one JSON array."""

from __future__ import annotations

from collections.abc import Iterable, Sized

import orjson


def qmarks(values: Sized) -> str:
    """For `IN (…)`."""
    return ",".join("?" * len(values))


def array(values: Iterable[object]) -> str:
    """For `json_each(?)`."""
    return orjson.dumps(list(values)).decode()
