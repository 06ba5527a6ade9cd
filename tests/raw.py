"""Connections to a site, byte by byte, without a client of HTTP."""

from __future__ import annotations

import asyncio

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connected(site: str, place: str = "127.0.0.1") -> Streams:
    """A connection to a site's address, from a place of one's own."""
    host, _, port = site.removeprefix("http://").rpartition(":")
    return await asyncio.open_connection(host, int(port), local_addr=(place, 0))


def request(target: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    """A request without a body, as it is sent."""
    return "\r\n".join((f"{method} {target} HTTP/{version}", "Host: x", *headers, "", "")).encode()
