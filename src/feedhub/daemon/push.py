"""WebSub as a subscriber: request subscriptions, answer verifications, store deliveries as polls are stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from feedhub import pipeline, urls, websub
from feedhub.daemon.tasks import Tasks
from feedhub.daemon.writer import Writer
from feedhub.fetch import Form, Sent
from feedhub.logs import event
from feedhub.model import Fetched, FetchFailure, Outline, PollReport, Settings, Validators
from feedhub.pipeline import Doors
from feedhub.store.writing import Store
from feedhub.websub import Subscription

log = logging.getLogger(__name__)

AT_ONCE = 20  # requests to hubs under way
UNTOLD = 3  # failures in a row that are not worth a warning yet


class Push:
    """Implements `web.callback.Inbox`."""

    def __init__(self, writer: Writer, doors: Doors, settings: Settings, told: Callable[[PollReport], None]):
        self._writer, self._doors, self._told = writer, doors, told
        self.configure(settings)
        self._asking = Tasks("hub")

    def configure(self, settings: Settings) -> None:
        """Take over a configuration."""
        self._sources = settings.sources_by_id

    async def start_due(self) -> None:
        """Ask the hubs that are to be asked now."""
        free = AT_ONCE - len(self._asking)
        if free > 0:
            now = self._doors.clock()
            for one in await self._writer.do(lambda store: store.subscriptions.due(now, free)):
                self._asking.start(one.key, self._ask(one))

    async def drain(self) -> None:
        """Let requests under way finish."""
        await self._asking.drain()

    async def _ask(self, one: Subscription) -> None:
        source = self._sources.get(one.source_id)
        own_host = source is not None and source.allow_private and urls.host(source.url) == urls.host(one.hub)
        fields = tuple(websub.request(one).items())
        answer = await self._doors.fetcher.send(Form(url=one.address, fields=fields, allow_private=own_host))
        error = answer.message if isinstance(answer, FetchFailure) else None
        moved_to = answer.moved_to if isinstance(answer, Sent) else None
        now = self._doors.clock()
        await self._writer.do(lambda store: store.subscriptions.answered(one.key, now, error, moved_to))
        level = logging.WARNING if error and one.failures >= UNTOLD else logging.DEBUG
        event(
            log, "hub.refused" if error else "hub.asked", level=level,
            source=one.source_id, hub=one.address, mode=fields[0][1], error=error,
        )  # fmt: skip

    # --- what the callback is for

    async def expect(self, key: str) -> int | None:
        """How many bytes may be delivered; None if there is no such subscription, or no longer."""
        hub = await self._writer.do(lambda store: _wanted(store, key))
        source = self._sources.get(hub.source_id) if hub else None
        return source.max_size if source else None

    async def take(self, key: str, body: bytes, content_type: str | None, signature: str) -> bool:
        """Store a delivery; False if it is to be sent again. One that is not the hub's is thrown away."""
        found = await self._writer.do(lambda store: _expected(store, key))
        source = self._sources.get(found[0].source_id) if found else None
        if found is None or source is None:  # the subscription has ended; the hub is told so when it sends this again
            return False
        hub, known = found
        if not websub.is_signed(hub.secret, signature, body):
            event(log, "push.forged", level=logging.WARNING, source=source.id, bytes=len(body), signed=bool(signature))
            return True
        try:
            sent = _sent(hub, body, content_type)
            report = await self._writer.commit(await pipeline.pushed(source, sent, known, self._doors))
        except Exception as error:
            event(log, "push.not-stored", level=logging.ERROR, source=source.id, error=error)
            return False
        self._told(report)
        return True

    async def verify(self, key: str, query: Mapping[str, str]) -> str | None:
        """Answer a hub that asks whether a subscription was meant: with its challenge, or None."""
        now = self._doors.clock()
        known, found = await self._writer.do(
            lambda store: (store.subscriptions.get(key), store.subscriptions.verify(key, query, now))
        )
        if known is None or found is None:
            event(log, "hub.unexpected", level=logging.DEBUG, mode=query.get("hub.mode", ""))
            return None
        about = partial(event, log, source=known.source_id, hub=known.address)
        if found.mode == "denied":
            about("hub.denied", level=logging.WARNING, reason=found.reason)
        elif found.mode == "unsubscribe":
            about("hub.left")
        else:
            about("hub.granted", lease=f"{found.lease.total_seconds():g}s")
        return found.challenge


def _wanted(store: Store, key: str) -> Subscription | None:
    """A subscription to which something may be delivered."""
    hub = store.subscriptions.get(key)
    return hub if hub and hub.state != "leaving" else None


def _expected(store: Store, key: str) -> tuple[Subscription, Outline] | None:
    """The same, with the outline of its source."""
    hub = _wanted(store, key)
    return (hub, store.known(hub.source_id)) if hub else None


def _sent(known: Subscription, body: bytes, content_type: str | None) -> Fetched:
    """A delivery as a document that was fetched from its topic's address."""
    return Fetched(
        url=known.topic,
        status=200,
        body=body,
        content_type=content_type,
        validators=Validators(),
        size=len(body),
    )
