"""Choosing among many topics: only those are asked that need a word which the story contains.

Each topic is filed under a set of terms of which it needs at least one (`needs`). The story's words and names are
looked up, and topics are asked whose term really holds. The result is as if all had been asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from feedhub.topics.choose import CompiledTopic
from feedhub.topics.needs import STEM, Need, key_of, key_tells, needs, stem_of
from feedhub.topics.predicates import Predicate, predicate
from feedhub.topics.subject import Matter

# A term (None if its key proves it), and the topics that need it or another one.
_Filed = tuple[Predicate | None, tuple[int, ...]]


class TopicIndex:
    """Topics, filed by what they need."""

    def __init__(self, topics: Iterable[CompiledTopic]):
        self.topics: Sequence[CompiledTopic] = tuple(topics)
        self._always: list[int] = []  # need nothing that can be told in advance
        filed: defaultdict[Need, list[int]] = defaultdict(list)
        for number, compiled in enumerate(self.topics):
            needed = needs(compiled.query.tree)
            if needed is None:
                self._always.append(number)
            for need in needed or ():
                filed[need].append(number)
        self._file(filed)

    def _file(self, filed: Mapping[Need, list[int]]) -> None:
        by_key: defaultdict[str, list[_Filed]] = defaultdict(list)
        by_stem: defaultdict[str, list[_Filed]] = defaultdict(list)
        self._loose: list[_Filed] = []  # terms without a key: prefixes of names or of one or two letters
        for need, numbers in filed.items():
            entry = (None if key_tells(need) else predicate(need), tuple(numbers))
            if (key := key_of(need)) is not None:
                by_key[key].append(entry)
            elif (stem := stem_of(need)) is not None:
                by_stem[stem].append(entry)
            else:
                self._loose.append(entry)
        self._by_key, self._by_stem = dict(by_key), dict(by_stem)
        self._names, self._stems = frozenset(key for key in by_key if ":" in key), frozenset(by_stem)
        self._words = frozenset(by_key) - self._names

    def select(self, matter: Matter, now: datetime) -> frozenset[str]:
        """The ids of the topics that take the story."""
        asked = set(self._always)
        for filed in self._likely(matter):
            for term, numbers in filed:
                if term is None or term(matter, now):
                    asked.update(numbers)
        taking = [self.topics[number] for number in asked]
        return frozenset([compiled.topic.id for compiled in taking if compiled.takes(matter, now)])

    def _likely(self, matter: Matter) -> Iterator[list[_Filed]]:
        yield self._loose
        if self._names:
            for name in self._names & matter.names:
                yield self._by_key[name]
        if self._words:  # else the text need not be taken apart
            for word in self._words & matter.words:
                yield self._by_key[word]
        if self._stems:
            stems = [word[:STEM] for word in matter.words if len(word) >= STEM]
            for stem in self._stems.intersection(stems):
                yield self._by_stem[stem]
