"""How long work may go on: work that can stop early asks from time to time whether it was `enough`."""

from __future__ import annotations


def never() -> bool:
    """Work that is never cut short: the default of `enough`."""
    return False
