"""What time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

JUMP = timedelta(seconds=30)  # by which the clock was set, and did not merely drift


def now() -> datetime:
    """The time by the system's clock, in UTC; elsewhere it is an argument."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Both clocks at one moment."""

    wall: datetime
    steady: float  # seconds of the monotonic clock

    @classmethod
    def read(cls) -> Clocks:
        """Look at both now."""
        return cls(now(), time.monotonic())

    def set_by(self, before: Clocks) -> timedelta:
        """How far the wall clock has moved against the monotonic one since `before`; sleep of the machine counts."""
        return self.wall - before.wall - timedelta(seconds=self.steady - before.steady)
