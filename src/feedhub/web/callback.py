"""`/websub/KEY`: where hubs ask whether a subscription was meant (GET), and send what is new (POST)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

ROOM = 100_000_000  # bytes of all deliveries under way; those beyond are to be sent again
SECONDS = 30  # for a body to come
AGAIN = {"Retry-After": "10"}


class Inbox(Protocol):
    """Knows the subscriptions, and takes deliveries."""

    async def expect(self, key: str) -> int | None:
        """How many bytes may be delivered under this key; None if nothing is subscribed to."""

    async def take(self, key: str, body: bytes, content_type: str | None, signature: str) -> bool:
        """Take a delivery; False if it is to be sent again."""

    async def verify(self, key: str, query: Mapping[str, str]) -> str | None:
        """The challenge to give back; None if the hub's question was not expected."""


class Callback:
    """Handlers of what hubs ask and send; all deliveries under way take `room` bytes at most."""

    def __init__(self, inbox: Inbox, room: int = ROOM):
        self._inbox = inbox
        self._room, self._taken = room, 0

    async def verify(self, request: web.Request) -> web.Response:
        """Answer whether a subscription was meant: a hub's verification of intent."""
        challenge = await self._inbox.verify(request.match_info["key"], request.query)
        if challenge is None:
            return web.Response(status=404, text="no such subscription is wanted\n")
        return web.Response(text=challenge, headers={"Cache-Control": "no-store"})

    async def deliver(self, request: web.Request) -> web.Response:
        """Content distribution. A body that is not the hub's gets the same answer, and is thrown away."""
        key = request.match_info["key"]
        limit = await self._inbox.expect(key)
        if limit is None:
            return web.Response(status=410, text="nothing is subscribed to here\n")
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return web.Response(status=415, text="the signature is of the plain body: send it plain\n")
        needed = min(request.content_length or limit, limit)
        if self._taken and self._taken + needed > self._room:
            return web.Response(status=503, headers=AGAIN)
        self._taken += needed
        try:
            return await self._received(request, key, limit)
        finally:
            self._taken -= needed

    async def _received(self, request: web.Request, key: str, limit: int) -> web.Response:
        """Read the body, and hand it on."""
        try:
            body = await _body(request, limit)
        except TimeoutError:
            return web.Response(status=408)
        if body is None:
            return web.Response(status=413, text=f"at most {limit} bytes\n")
        content_type, signature = request.headers.get("Content-Type"), request.headers.get("X-Hub-Signature", "")
        taken = await self._inbox.take(key, body, content_type, signature)
        return web.Response(status=200) if taken else web.Response(status=503, headers=AGAIN)


async def _body(request: web.Request, limit: int) -> bytes | None:
    """The body, read in time; None if it is larger than `limit`."""
    if (request.content_length or 0) > limit:
        return None
    body = bytearray()
    async with asyncio.timeout(SECONDS):
        async for data in request.content.iter_any():
            body += data
            if len(body) > limit:
                return None
    return bytes(body)
