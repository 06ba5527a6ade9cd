"""A limit on the memory of all bodies being fetched, without a slow one holding up the others."""

from __future__ import annotations

import asyncio

SMALL = 1 << 16  # bytes of a body that are not counted: nearly all feeds are smaller
SIZE = 8 << 20  # bytes for all bodies together; one that may exceed it comes on top


class Room:
    """Bytes that all bodies share. Where too few are left, the first body that needs more may exceed them, alone.

    So at least one transfer always gets to its end, however large, and releases what it had reserved.
    """

    def __init__(self, size: int = SIZE):
        self._free = size
        self._exempt: Reservation | None = None  # may exceed the size; counts for nothing meanwhile
        self._released = asyncio.Event()  # replaced at each release

    async def take(self, reservation: Reservation, count: int) -> None:
        """Add `count` bytes to a reservation, as soon as there is room for them."""
        while reservation is not self._exempt and count > self._free:
            if self._exempt:
                await self._released.wait()
            else:
                self._exempt = reservation
                self._free += reservation.held
                reservation.held = 0
        if reservation is not self._exempt:
            self._free -= count
            reservation.held += count

    def release(self, reservation: Reservation) -> None:
        """Free what a reservation holds, and let those go on that wait for room."""
        if not reservation.held and reservation is not self._exempt:
            return
        self._free += reservation.held
        reservation.held = 0
        if reservation is self._exempt:
            self._exempt = None
        released, self._released = self._released, asyncio.Event()
        released.set()


class Reservation:
    """The memory of one body; `held` is its part of the shared bytes."""

    def __init__(self, room: Room):
        self._room, self.held, self._allowed = room, 0, SMALL

    def covers(self, size: int) -> bool:
        """Whether the body may have this size without asking for more."""
        return size <= self._allowed

    async def grow(self, size: int) -> None:
        """Wait for room for a body of `size` bytes."""
        await self._room.take(self, size - self._allowed)
        self._allowed = size

    def release(self) -> None:
        """Give everything back."""
        self._room.release(self)
