"""How long work may go on: work that can stop early asks from time to time whether it was `enough`."""

from __future__ import annotations

import time
from collections.abc import Callable

Enough = Callable[[], bool]


def never() -> bool:
    """Work that is never cut short: the default of `enough`."""
    return False


def after(seconds: float, clock: Callable[[], float] = time.monotonic) -> Enough:
    """Work that begins now may take as long as this by `clock`; processor time is that of the thread that asks."""
    end = clock() + seconds
    return lambda: clock() >= end
