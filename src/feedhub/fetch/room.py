"""A limit on the memory of all bodies being fetched, without a slow one holding up the others."""

from __future__ import annotations

import asyncio

SMALL = 1 << 16  # bytes of a body that are not counted: nearly all feeds, not modified ones aside, are done by then
SIZE = 8 << 20  # bytes for all bodies together; the foremost of those that find no room comes on top


class Room:
    """Bytes that are shared. Where none are left, the guest that asks first may go on all the same, alone.

    So one at least always comes to its end, however large, and gives back what it held.
    """

    def __init__(self, size: int = SIZE):
        self._free = size
        self._foremost: Guest | None = None
        self._left = asyncio.Event()  # replaced when somebody leaves

    async def take(self, guest: Guest, count: int) -> None:
        """Let a guest hold `count` bytes more, when there is room."""
        while guest is not self._foremost and count > self._free:
            if self._foremost:
                await self._left.wait()
            else:
                self._foremost = guest
                self._free += guest.held
                guest.held = 0
        if guest is not self._foremost:
            self._free -= count
            guest.held += count

    def give_back(self, guest: Guest) -> None:
        """Take back what a guest held, and let those go on who wait for it."""
        if not guest.held and guest is not self._foremost:
            return
        self._free += guest.held
        guest.held = 0
        if guest is self._foremost:
            self._foremost = None
        left, self._left = self._left, asyncio.Event()
        left.set()


class Guest:
    """One body under way; `held` is what it holds of the shared bytes."""

    def __init__(self, room: Room):
        self._room, self.held, self._allowed = room, 0, SMALL

    def fits(self, size: int) -> bool:
        """Whether it may be so large without asking."""
        return size <= self._allowed

    async def grow(self, size: int) -> None:
        """Wait for room for a body of `size` bytes."""
        await self._room.take(self, size - self._allowed)
        self._allowed = size

    def leave(self) -> None:
        """Give everything back."""
        self._room.give_back(self)
