"""The topics and sources in force, compiled for choosing the stories of topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feedhub.model import Source, Topic
from feedhub.topics import CompiledTopic, TopicIndex, compile_topics


class Selection:
    """The compiled queries of topics, their limits, and the sources that queries see."""

    def __init__(self, topics: Iterable[Topic], sources: Iterable[Source]):
        self.topics: tuple[CompiledTopic, ...] = compile_topics(topics)
        self.index = TopicIndex(self.topics)
        self.ids = frozenset(compiled.topic.id for compiled in self.topics)
        self.limits = {compiled.topic.id: compiled.topic.max_changes for compiled in self.topics}
        self.sources: Mapping[str, Source] = {source.id: source for source in sources}
        self.asks_origins = any(compiled.query.asks_origins for compiled in self.topics)
