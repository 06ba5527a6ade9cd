"""One conditional GET, its redirects followed by hand so that every hop is checked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from feedhub import __version__, urls
from feedhub.fetch.address import PrivateAddress, is_private_literal, plain_socket, public_socket
from feedhub.fetch.answer import read
from feedhub.fetch.failure import explain, said_by
from feedhub.fetch.form import HOPS, PERMANENT, Form, Sent, send
from feedhub.fetch.inflate import ACCEPTED
from feedhub.fetch.local import read_file
from feedhub.fetch.login import basic, headers_of
from feedhub.fetch.room import Reservation, Room
from feedhub.fetch.transfer import Transfer
from feedhub.fetch.turns import Turns
from feedhub.model import Fetched, FetchFailure, FetchRequest, NotModified

HOME = "https://github.com/feedhub/feedhub"  # in the User-Agent if the configuration names no contact
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)

KEPT = 1.0  # seconds that a connection is kept for the next request, if several sources are on the site
CONNECT = 5.0  # seconds for reaching a server, TLS included
HEAD = 64 * 1024  # bytes of an answer's headers; a line of 8,190, the default, breaks real sites
LINES = 2_000  # lines of a head; sites set cookies by the hundred, and aiohttp would refuse the 129th line
RESOLVERS = 64  # threads for names: the default is six on two cores, and slow names then hold up all others

_REDIRECT = (301, 302, 303, 307, 308)


def user_agent(contact: str | None) -> str:
    """The User-Agent: who we are, and a mail or web address for complaints."""
    return f"feedhub/{__version__} (+{contact or HOME})"


class Fetcher:
    """Fetches documents, at most `concurrency` at once and `per_host` from one site."""

    def __init__(
        self,
        *,
        concurrency: int,
        per_host: int,
        clock: Callable[[], datetime],
        contact: str | None = None,
        resolver: AbstractResolver | None = None,
    ):
        self._turns = Turns(concurrency, per_host)
        self._room = Room()
        self._agent, self._clock, self._resolver = user_agent(contact), clock, resolver
        self._sessions: dict[tuple[bool, bool], aiohttp.ClientSession] = {}  # addresses checked, connections kept
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Fetcher:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(RESOLVERS, "feedhub-names"))
        for checked in (True, False):
            for kept in (True, False):
                session = self._session(checked=checked, kept=kept)
                self._sessions[checked, kept] = await self._stack.enter_async_context(session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def _session(self, *, checked: bool, kept: bool) -> aiohttp.ClientSession:
        """A client session; idle TLS connections hold 0.4 MB each, so they are `kept` for shared sites only."""
        ending: Any = {"keepalive_timeout": KEPT} if kept else {"force_close": True}
        connector = aiohttp.TCPConnector(
            limit=0,  # `Turns` limits them: waiting there does not count against the time limit
            resolver=self._resolver,
            **ending,
            socket_factory=public_socket if checked else plain_socket,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT),
            headers={"User-Agent": self._agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED},
            max_line_size=HEAD,
            max_field_size=HEAD,
            max_headers=LINES,
        )

    async def fetch(self, request: FetchRequest, held: ExitStack | None = None) -> Fetched | NotModified | FetchFailure:
        """Fetch one document; whatever goes wrong is a value, only cancellation is raised.

        The memory of its body is released when `held` is closed, after it has been read and stored.
        """
        reservation = Reservation(self._room)
        if held is not None:
            held.callback(reservation.release)
        try:
            async with self._turns.turn(request.url) as queue:
                return await self._fetch(Transfer(request, reservation, queue))
        finally:
            if held is None:
                reservation.release()

    async def _fetch(self, transfer: Transfer) -> Fetched | NotModified | FetchFailure:
        request, deadline = transfer.request, transfer.deadline
        start = time.monotonic()
        due = deadline.when() or start
        try:
            async with deadline:
                if request.url.startswith("file:"):
                    answer = await asyncio.to_thread(read_file, request)
                else:
                    answer = await self._follow(transfer)
        except Exception as error:
            answer = explain(error, transfer.trail[-1], request.timeout, request.max_size)
        waited = (deadline.when() or due) - due  # for the room that other bodies take
        return replace(answer, elapsed=time.monotonic() - start - waited)

    async def send(self, form: Form) -> Sent | FetchFailure:
        """Send a form; whatever goes wrong is a value, as with `fetch`."""
        async with self._turns.turn(form.url):
            try:
                async with asyncio.timeout(form.timeout.total_seconds()):
                    return await send(form, lambda private: self._sessions[not private, False])
            except Exception as error:
                return explain(error, form.url, form.timeout, 0)

    async def _follow(self, transfer: Transfer) -> Fetched | NotModified | FetchFailure:
        """Request the document, and follow redirects; their bodies are not read."""
        moved_to, permanent = None, True
        for _ in range(HOPS + 1):
            url = transfer.trail[-1]
            async with self._get(url, transfer) as response:
                if sum(len(name) + len(value) + 4 for name, value in response.raw_headers) > HEAD:
                    return FetchFailure(kind="protocol", message=f"{urls.host(url)} sends more than 64 KB of headers")
                if response.status not in _REDIRECT:
                    return await read(response, moved_to, transfer, self._clock())
                said = response.headers.get("Location", "")
                target = urls.absolute(url, said) if said else None
                if target is None:
                    where = f": {said_by(urls.redacted(said))}" if said else ""
                    return _redirect(f"HTTP {response.status} leads nowhere{where}", response.status)
                permanent = permanent and response.status in PERMANENT
                moved_to = urls.redacted(target) if permanent else None
                if target in transfer.trail:
                    return _redirect(f"the redirects lead in a circle, by {urls.redacted(target)}", response.status)
                transfer.trail.append(target)
        return _redirect(f"more than {HOPS} redirects", None)

    def _get(self, url: str, transfer: Transfer) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Send the request. Private addresses and secrets are for the source's own origin only."""
        request = transfer.request
        own = urls.same_origin(url, request.url)
        proxy = request.access.proxy
        if proxy and not own and is_private_literal(urls.host(url)):
            raise PrivateAddress(urls.host(url))
        checked = not (proxy or (request.allow_private and own))
        session = self._sessions[checked, transfer.queue.others]
        headers = headers_of(request.access) if own else {}
        if own and (credentials := _credentials(request.url)):
            headers["Authorization"] = credentials
        if request.validators.etag:
            headers["If-None-Match"] = request.validators.etag
        if request.validators.last_modified:
            headers["If-Modified-Since"] = request.validators.last_modified
        return session.get(URL(urls.redacted(url)), headers=headers, allow_redirects=False, proxy=proxy)


def _credentials(url: str) -> str | None:
    """The Authorization header for user and password in an address."""
    if "@" not in url:
        return None
    parts = urlsplit(url)
    if parts.username is None:
        return None
    return basic(f"{unquote(parts.username)}:{unquote(parts.password or '')}")


def _redirect(message: str, status: int | None) -> FetchFailure:
    return FetchFailure(kind="redirect", message=message, status=status)
