"""WebSub as a publisher: notify the hubs of our topics of changes, in the background, and retry until they know."""

from __future__ import annotations

import logging
from collections import defaultdict

from feedhub.daemon.tasks import Tasks
from feedhub.daemon.writer import Writer
from feedhub.fetch import Form
from feedhub.logs import event
from feedhub.model import FetchFailure, Settings, Topic
from feedhub.pipeline import Doors

log = logging.getLogger(__name__)

FORMATS = ("atom", "rss", "json")  # as `web.feeds` has them, which the daemon does not load


class Pings:
    """Pings each hub for the topics that name it; one task for one hub."""

    def __init__(self, writer: Writer, doors: Doors, settings: Settings):
        self._writer, self._doors = writer, doors
        self._telling = Tasks("ping")
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Take over a configuration."""
        self._public_url = settings.public_url
        self._topics: dict[str, Topic] = {topic.id: topic for topic in settings.topics if topic.public_hub}

    async def start_due(self) -> None:
        """Ping what is to be pinged now."""
        if not self._topics:
            return
        now, ids = self._doors.clock(), self._topics.keys()
        versions = await self._writer.do(lambda store: store.pings_due(ids, now))
        by_hub: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for topic, version in versions.items():
            by_hub[self._topics[topic].public_hub or ""][topic] = version
        for hub, changed in by_hub.items():
            if hub not in self._telling:
                self._telling.start(hub, self._tell(hub, changed))

    async def drain(self) -> None:
        """Let pings under way finish; hubs not reached by then are pinged after the next start."""
        await self._telling.drain()

    async def _tell(self, hub: str, versions: dict[str, int]) -> None:
        untold = list(versions)
        for topic, version in versions.items():
            for suffix in FORMATS:
                if failure := await self._ping(hub, f"{self._public_url}/topics/{topic}.{suffix}"):
                    await self._failed(hub, untold, failure)
                    return
            untold.remove(topic)
            now = self._doors.clock()
            await self._writer.do(lambda store, one={topic: version}, at=now: store.pinged(one, at))  # type: ignore[misc]
        event(log, "ping.done", level=logging.DEBUG, hub=hub, topics=len(versions))

    async def _failed(self, hub: str, topics: list[str], failure: FetchFailure) -> None:
        now = self._doors.clock()
        wait = await self._writer.do(lambda store: store.ping_failed(topics, now))
        event(
            log, "ping.failed", level=logging.WARNING,
            hub=hub, error=failure.message, again_in=f"{wait.total_seconds():g}s",
        )  # fmt: skip

    async def _ping(self, hub: str, url: str) -> FetchFailure | None:
        """Ping a hub for one feed, by both names in use for its address: PubSubHubbub's `hub.url`, and `hub.topic`."""
        fields = (("hub.mode", "publish"), ("hub.url", url), ("hub.topic", url))
        answer = await self._doors.fetcher.send(Form(url=hub, fields=fields, allow_private=True))
        return answer if isinstance(answer, FetchFailure) else None
