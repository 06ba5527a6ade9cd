"""A topic, and whether it takes a story."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from feedhub.model import Topic
from feedhub.topics.compile import Query, compile_query
from feedhub.topics.subject import Matter
from feedhub.topics.tree import Age, All, Count, Named, Pattern, Tree, walk

_OF_SOURCES = ("tag", "source", "outlet")


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic and its query."""

    topic: Topic
    query: Query

    @property
    def whole(self) -> Tree:
        """Everything that it asks of a story, as one query."""
        topic = self.topic
        asked: list[Tree] = [self.query.tree]
        if topic.min_copies > 1:
            asked.append(Count("copies", ">=", topic.min_copies))
        if topic.max_age is not None:
            asked.append(Age("<=", topic.max_age.total_seconds()))
        return All(tuple(asked))

    @property
    def sees_sources(self) -> bool:
        """Whether editing the tags or the outlet of a source may change what it takes."""
        return any(
            isinstance(term, Count) or (isinstance(term, Named | Pattern) and term.field in _OF_SOURCES)
            for term in walk(self.whole)
        )

    def takes(self, matter: Matter, now: datetime) -> bool:
        """Whether the topic takes the story, by its copies, its age and the query."""
        topic = self.topic
        if matter.copies < topic.min_copies:
            return False
        if topic.max_age is not None and now - matter.published > topic.max_age:
            return False
        return self.query.matches(matter, now)


def saved_queries(topics: Iterable[Topic]) -> dict[str, str]:
    """The queries of topics by id, for @id; a topic that is only tried has none."""
    return {topic.id: topic.match for topic in topics if topic.id}


def compile_topics(topics: Iterable[Topic]) -> tuple[CompiledTopic, ...]:
    """Compile the queries of topics that may name each other; raises QueryError."""
    known = tuple(topics)
    saved = saved_queries(known)
    return tuple(CompiledTopic(topic, compile_query(topic.match, saved, topic.id)) for topic in known)
