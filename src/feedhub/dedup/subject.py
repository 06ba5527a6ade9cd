"""A text as the judge compares it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from feedhub.dedup.credit import read
from feedhub.dedup.fingerprint import Features, features, shingles

TINY = 5  # shingles: a text of fewer proves nothing under another headline
BEGINNING = 16  # shingles of a text, which a dateline or byline that was not cut may be among
BODYLESS = 6  # tokens: a text shorter than this says nothing by itself


@dataclass(frozen=True)
class Subject:
    """One side of a judgement; its shingles are worked out when it is first compared, which is seldom."""

    features: Features

    @classmethod
    def of(cls, title: str, text: str, language: str) -> Subject:
        """An item by its words, as these are compared: without what papers put around them."""
        return cls(features(read(title, text), language))

    @cached_property
    def ordered(self) -> tuple[int, ...]:
        """The shingles in the order of the text."""
        return tuple(shingles(self.features.tokens, self.features.language).tolist())

    @property
    def beginning(self) -> tuple[int, ...]:
        """The first shingles."""
        return self.ordered[:BEGINNING]

    @cached_property
    def distinct(self) -> frozenset[int]:
        """The shingles, each once."""
        return frozenset(self.ordered)


def share(part: Subject, whole: Subject) -> float:
    """How much of `whole`'s text stands in `part`, 0..1; without texts to compare, all of it."""
    return len(part.distinct & whole.distinct) / len(whole.distinct) if whole.distinct else 1.0


def share_of_beginning(one: Subject, other: Subject) -> float:
    """How much of one's beginning stands in the other, 0..1; 0 for a text without any."""
    start = one.beginning
    return sum(map(other.distinct.__contains__, start)) / len(start) if start else 0.0


def begin_alike(one: Subject, other: Subject) -> bool:
    """Whether the first words of one stand in the beginning of the other."""
    pairs = ((one.beginning, other.beginning), (other.beginning, one.beginning))
    return any(a[0] in b for a, b in pairs if a)


def is_bare(subject: Subject) -> bool:
    """Whether an item is a headline with next to no text."""
    return len(subject.features.tokens) < BODYLESS
