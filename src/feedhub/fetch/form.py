"""Forms sent to hubs. Redirects are followed by hand: a hub that has moved is sent the form again, never a GET."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from yarl import URL

from feedhub import urls
from feedhub.fetch.failure import said_by, status_failure
from feedhub.model import FetchFailure

HOPS = 5  # redirects that are followed, of a GET as well
PERMANENT = (301, 308)
SAID = 300  # bytes of a refusal that are read for its reason
_MOVED = (301, 302, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Fields to POST; `allow_private` covers the host of `url` on any port, and no redirect to another."""

    url: str
    fields: tuple[tuple[str, str], ...]
    timeout: timedelta = timedelta(seconds=20)
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The form was taken."""

    moved_to: str | None  # where it is to be sent from now on, when every hop was a permanent redirect


async def send(form: Form, session_for: Callable[[bool], aiohttp.ClientSession]) -> Sent | FetchFailure:
    """POST a form; `session_for(True)` may ask private addresses, `session_for(False)` may not."""
    url, moved_to, permanent = form.url, None, True
    for _ in range(HOPS + 1):
        private = form.allow_private and urls.host(url) == urls.host(form.url)
        async with session_for(private).post(
            URL(url), data=aiohttp.FormData(form.fields), allow_redirects=False
        ) as response:
            if response.status not in _MOVED:
                return await _answer(response, moved_to)
            location = response.headers.get("Location", "")
            target = urls.absolute(url, location) if location else None
            if target is None:
                return FetchFailure(kind="redirect", message=f"HTTP {response.status} leads nowhere")
            permanent = permanent and response.status in PERMANENT
            url, moved_to = target, target if permanent else None
    return FetchFailure(kind="redirect", message=f"more than {HOPS} redirects")


async def _answer(response: aiohttp.ClientResponse, moved_to: str | None) -> Sent | FetchFailure:
    if 200 <= response.status < 300:
        return Sent(moved_to)
    failure = status_failure(response.status, None)
    said = said_by((await response.content.read(SAID)).decode(errors="replace"))
    message = f"{failure.message}: {said}" if said and not said.startswith("<") else failure.message
    return FetchFailure(kind="http", message=message, status=response.status)
