"""What readers may ask for: private topics if they know the token, queries that name no others, searches that end."""

from __future__ import annotations

import base64
import hmac
import time

from aiohttp import web

from feedhub.model import Settings, Topic
from feedhub.secret import secret
from feedhub.store.patience import Enough, after
from feedhub.topics import Query, compile_query, saved_queries
from feedhub.web.desk import Desk

SEARCH = 1.0  # seconds of processor time, for which all readers wait; a search by words takes a fiftieth of that


class Gate:
    """Lets readers in."""

    def __init__(self, desk: Desk):
        self._desk = desk
        self._made: dict[str, str] = {}  # tokens that the store made, by topic

    async def admit(self, request: web.Request, topic: Topic) -> None:
        """Raise HTTPUnauthorized for a private topic whose token was not given.

        It is given as `?token=`, which every reader can, as the password of a login (Basic), or as a Bearer token.
        """
        if not topic.private:
            return
        token = await self.token(topic)
        # Compared in constant time. A variable that is not set opens to nobody.
        if not token or not hmac.compare_digest(_given(request).encode(errors="replace"), token.encode()):
            challenge = f'Basic realm="{topic.id}", charset="UTF-8"'
            headers = {"WWW-Authenticate": challenge, "Cache-Control": "no-store"}
            raise web.HTTPUnauthorized(text="This topic is private: add ?token=… to its address.\n", headers=headers)

    async def token(self, topic: Topic) -> str:
        """The token of a private topic; "" if it should come from a variable that is not set."""
        if topic.token:
            return secret(topic.token)
        if topic.id not in self._made:
            self._made[topic.id] = await self._desk.read(lambda reader: reader.published.token(topic))
        return self._made[topic.id]


def query_of(settings: Settings, text: str, within: Topic | None = None) -> Query:
    """A reader's query, maybe within a topic; raises QueryError, also if it names another private topic."""
    private = {topic.id for topic in settings.topics if topic.private and topic != within}
    text = f"@{within.id} ({text})" if within else text
    return compile_query(text, saved_queries(settings.topics), unsaid=private)


def for_a_search() -> Enough:
    """Tells whether a search that begins now, on this thread, has taken long enough."""
    return after(SEARCH, time.thread_time)


def _given(request: web.Request) -> str:
    kind, _, rest = request.headers.get("Authorization", "").partition(" ")
    match kind.lower():
        case "bearer":
            return rest.strip()
        case "basic":
            try:
                return base64.b64decode(rest, validate=True).decode().partition(":")[2]
            except ValueError:  # not Base64, or not UTF-8
                return ""
    return request.query.get("token", "")
