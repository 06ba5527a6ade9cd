"""How prominent a story is: many newsrooms carry it, and it is fresh. Pure."""

from __future__ import annotations

from datetime import timedelta

REST = timedelta(hours=2)  # the age up to which it hardly counts: a newsroom's own delay
GRAVITY = 1.4  # how fast coverage is outweighed by age: ten outlets yesterday rank below two in the last hour


def prominence(outlets: int, age: timedelta) -> float:
    """A number to rank by; `outlets` that carry the story, at least 1, and its age, not negative."""
    hours = max(age, timedelta(0)) / timedelta(hours=1) + REST / timedelta(hours=1)
    return float((outlets - 0.5) / hours**GRAVITY)
