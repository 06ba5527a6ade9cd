"""Who may write: the admin token, and the signed cookie that stands for it.

Nothing is stored. The cookie holds a name and a time of expiry, signed by a key made from the token, so that it
outlives a restart and ends with the token. It is sent to no other site (SameSite) and read by no script (HttpOnly); a
POST must come from a page of ours (Origin).
"""

from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from weakref import WeakValueDictionary

from aiohttp import web

from feedhub import urls
from feedhub.model import Settings
from feedhub.secret import secret
from feedhub.text import one_line
from feedhub.web.mount import cookie_path

COOKIE = "feedhub-editor"
LASTS = timedelta(hours=12)  # a shift
SLOW = 1.0  # seconds that a wrong token costs, one after the other from one address: guessing takes for ever
LONGEST_NAME = 60  # characters


class Sessions:
    """Logs editors in and recognises them."""

    def __init__(self, settings: Callable[[], Settings], clock: Callable[[], datetime]):
        self._settings, self._clock = settings, clock
        self._guessing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def possible(self) -> bool:
        """Whether a token is configured; without one nobody may write."""
        return bool(self._token())

    async def log_in(self, token: str, name: str, address: str) -> str | None:
        """The cookie's value for the right token; for another None, after a pause."""
        wanted = self._token()
        async with self._guessing.setdefault(address, asyncio.Lock()):
            if wanted and hmac.compare_digest(_bytes(token), wanted.encode()):
                until = int((self._clock() + LASTS).timestamp())
                said = f"{until}.{urlsafe_b64encode(one_line(name)[:LONGEST_NAME].encode()).decode()}"
                return f"{said}.{self._signature(said)}"
            await asyncio.sleep(SLOW)
        return None

    def editor(self, request: web.Request) -> str | None:
        """The name of the editor who sends a request, "editor" if none was given; None for anybody else."""
        said, _, signature = request.cookies.get(COOKIE, "").rpartition(".")
        if not self.possible() or not hmac.compare_digest(_bytes(signature), self._signature(said).encode()):
            return None
        until, _, name = said.partition(".")
        if int(until) < self._clock().timestamp():
            return None
        return urlsafe_b64decode(name).decode() or "editor"

    def remember(self, response: web.Response, cookie: str) -> None:
        """Set the cookie."""
        site = self._settings().public_url
        response.set_cookie(
            COOKIE, cookie, max_age=int(LASTS.total_seconds()), path=cookie_path(site), httponly=True,
            samesite="Strict", secure=site.startswith("https:"),
        )  # fmt: skip

    def forget(self, response: web.Response) -> None:
        """Take the cookie back."""
        response.del_cookie(COOKIE, path=cookie_path(self._settings().public_url))

    def from_here(self, request: web.Request) -> bool:
        """Whether a POST comes from a page of ours: browsers say so, and other sites' pages cannot lie.

        Ours are the public address and the one that the request came in by. Its Host is not asked: a name of
        somebody else's that leads to this machine stands there as well.
        """
        origin = urls.origin(request.headers.get("Origin", ""))
        came_to = request.transport.get_extra_info("sockname") if request.transport else None
        ours = {urls.origin(self._settings().public_url), *(_addresses(*came_to[:2]) if came_to else ())}
        return bool(origin) and origin in ours

    def _signature(self, said: str) -> str:
        key = hmac.digest((self._token() or "").encode(), b"feedhub session", sha256)
        return hmac.new(key, _bytes(said), sha256).hexdigest()

    def _token(self) -> str | None:
        token = self._settings().admin_token
        return secret(token) if token else None


def _bytes(said: str) -> bytes:
    """The bytes of what a browser sent, which may be no valid text if somebody is guessing."""
    return said.encode(errors="replace")


def _addresses(host: str, port: int) -> list[str]:
    """The origins of a socket's own address: as it is written, and this machine's by name."""
    address = ip_address(host)
    mapped = getattr(address, "ipv4_mapped", None) or address
    names = [urls.bracketed(str(mapped)), *(["localhost"] if mapped.is_loopback else [])]
    return [urls.origin(f"http://{name}:{port}") for name in names]
