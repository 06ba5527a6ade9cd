"""Stories of one event in other words: tf-idf over headline and lead, nearest neighbours within three days.

Cosine of term weights finds them; the weights' rarity is counted over the stories held, so that "Nakatani" counts and
"minister" hardly does. It fades with the time between two stories. Never transitive: that A is near B and B near C
says nothing of A and C.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, islice
from math import log
from sys import intern

import numpy as np
from numpy.typing import NDArray

from feedhub.dedup.about import HEADED, TELLS, About, parts

# Measured on labelled items and headlines of events: docs/dedup.md.
SPAN = timedelta(hours=72)  # between two stories of one event
FADES = 48 * 3600.0  # seconds in which nearness halves: a day later the same words are more often another event
NEAR = 0.18  # cosine, faded; .15 finds no more events, and a quarter more of the stories that have no sibling
TOP = 5  # stories that one story is linked with
HELD = 20_000  # newest stories that are compared
PRIOR = 500  # stories that a rarity is reckoned over at least: among four stories no word is rare
RARE = 10  # stories below which rarity no longer counts: a word that one story has to itself tells of no other
POSTINGS = 32  # newest stories of one term that are looked at
FOUND_BY = 20  # terms of a story, the heaviest when it came, that it is found by; all of them find no more
RAREST = 10  # terms of a story, the heaviest, that neighbours are looked up by
COMPARED = 8  # stories that share most of these
DIGITS = 6  # of a cosine: seen from either story it is the same, though its terms are summed in another order

_SPAN = SPAN.total_seconds()
_TELLS = np.array(TELLS)
_TINY = 1e-12  # instead of the length of a story whose every word all others say

Places = NDArray[np.int32]
Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Held:
    """A story in memory: some 500 bytes, half as much as with arrays."""

    published: float
    language: str
    places: bytes  # of four each, where its terms stand in the vocabulary, those that it is found by first
    said: bytes  # how often it says each


class _Vocabulary(dict[int, int]):
    """The terms of the stories held, each at a place of its own; one that no story has any more makes room."""

    def __init__(self) -> None:
        super().__init__()
        self.carriers: list[array[int]] = []  # by place, stories that are found by the term, the newest last
        self.carried = np.zeros(1024, np.int32)  # by place, how many stories have the term
        self._terms: list[int] = []  # by place
        self._free: list[int] = []

    def __missing__(self, term: int) -> int:
        if not self._free:
            self._free.append(self._widen())
        place = self[term] = self._free.pop()
        self._terms[place] = term
        return place

    def count(self, terms: Sequence[int]) -> Places:
        """One story more has these terms; returns where they stand."""
        places = np.fromiter(map(self.__getitem__, terms), np.int32, len(terms))
        self.carried[places] += 1
        return places

    def add(self, story: int, places: Places) -> None:
        """Let a story be found by the first of its terms."""
        for place in places[:FOUND_BY].tolist():
            self.carriers[place].append(story)

    def remove(self, story: int, places: Places) -> None:
        """Let the terms at these places be the story's no longer."""
        for place in places[:FOUND_BY].tolist():
            self.carriers[place].remove(story)  # mostly the oldest, which stands first
        self.carried[places] -= 1
        for place in places[self.carried[places] == 0].tolist():
            del self[self._terms[place]]
            self._free.append(place)

    def _widen(self) -> int:
        place = len(self.carriers)
        self.carriers.append(array("I"))
        self._terms.append(0)
        if place == len(self.carried):
            self.carried = np.concatenate((self.carried, np.zeros_like(self.carried)))
        return place


class Neighbourhood:
    """The newest stories and where their terms stand; bounded in stories, in terms and in work."""

    def __init__(self, held: int = HELD):
        self._most = held
        self._logs = np.log(np.maximum(np.arange(max(held, PRIOR) + 2), RARE))  # of how many stories say a term
        self._stories: OrderedDict[int, _Held] = OrderedDict()
        self._vocabulary = _Vocabulary()
        self._mine = np.zeros(0)  # by place, what the terms of the story at hand weigh; 0 between two

    def put(self, story: int, about: About) -> None:
        """Add a story, or replace what it was."""
        self.drop(story)
        numbers, said = parts(about.terms)
        places = self._vocabulary.count(numbers)
        if len(places) > FOUND_BY:
            heaviest = np.argsort(-self._weights(places, said), kind="stable")
            places, said = places[heaviest], np.frombuffer(said, np.uint8)[heaviest].tobytes()
        self._vocabulary.add(story, places)
        language = intern(about.language)  # each comes from elsewhere
        self._stories[story] = _Held(about.published.timestamp(), language, places.tobytes(), said)
        if len(self._stories) > self._most:
            self.drop(next(iter(self._stories)))

    def drop(self, story: int) -> None:
        """Take a story out, if it is there."""
        if held := self._stories.pop(story, None):
            self._vocabulary.remove(story, _places(held))

    def drop_before(self, story: int) -> None:
        """Take the oldest out, up to the first that is not older than `story`."""
        while self._stories and (first := next(iter(self._stories))) < story:
            self.drop(first)

    def near(self, story: int) -> tuple[tuple[int, float], ...]:
        """The stories of the same event, best first, `TOP` at most, with their cosines as these fade with time."""
        mine = self._stories[story]
        places = _places(mine)
        weights = self._weights(places, mine.said)
        candidates = self._candidates(story, places, weights)
        if not candidates:
            return ()
        theirs = [self._stories[other] for other in candidates]
        found = [
            (other, near)
            for other, held, cosine in zip(candidates, theirs, self._cosines(places, weights, theirs), strict=True)
            if (near := round(cosine * _fading(mine, held), DIGITS)) >= NEAR and _meet_in_a_headline(mine, held)
        ]
        return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0]))[:TOP])

    def _weights(self, places: Places, said: bytes) -> Weights:
        """tf-idf: a term weighs more the more often the story has it, and less the more stories have it."""
        rarity = log(max(len(self._stories), PRIOR)) - self._logs[self._vocabulary.carried[places]]
        return _TELLS[np.frombuffer(said, np.uint8)] * rarity

    def _cosines(self, mine: Places, weights: Weights, theirs: Sequence[_Held]) -> list[float]:
        """Of one story with each of the others, none of which is without terms: all their terms in one row."""
        places = _places(*theirs)
        others = self._weights(places, b"".join([held.said for held in theirs]))
        starts = list(accumulate((len(held.said) for held in theirs[:-1]), initial=0))
        if len(self._mine) < len(self._vocabulary.carried):
            self._mine = np.zeros(len(self._vocabulary.carried))
        self._mine[mine] = weights
        dots = np.add.reduceat(others * self._mine[places], starts)
        self._mine[mine] = 0
        sizes = weights @ weights * np.add.reduceat(others * others, starts)
        return list((dots / np.sqrt(np.maximum(sizes, _TINY))).tolist())

    def _candidates(self, story: int, places: Places, weights: Weights) -> list[int]:
        """Those that share enough of the heaviest terms that other stories have at all, the likeliest first."""
        squares = weights * weights * (self._vocabulary.carried[places] > 1)
        heaviest = np.lexsort((places, -squares))[:RAREST]  # of equal weight: the same ones for every story
        shares = squares[heaviest]
        met: defaultdict[int, float] = defaultdict(float)
        for place, share in zip(places[heaviest].tolist(), shares.tolist(), strict=True):
            for other in self._vocabulary.carriers[place][-POSTINGS:]:
                met[other] += share
        met.pop(story, None)
        # With less of these it cannot be near. A plain number: NumPy's take ten times as long to compare.
        least = float(NEAR**2 * (weights @ weights) - squares.sum() + shares.sum())
        sharing = sorted([(-share, other) for other, share in met.items() if share >= least])
        mine = self._stories[story]
        likely = (other for _, other in sharing if _could_be_one_event(mine, self._stories[other]))
        return list(islice(likely, COMPARED))


def _places(*held: _Held) -> Places:
    """Where the terms of these stories stand, one story after the other."""
    return np.frombuffer(b"".join([one.places for one in held]), np.int32)


def _meet_in_a_headline(one: _Held, other: _Held) -> bool:
    """Whether a word of one headline stands in the other story; what else two share may be a call to subscribe."""
    (mine, headed), (yours, theirs) = map(_headed, (one, other))
    return not headed.isdisjoint(yours) or not theirs.isdisjoint(mine)


def _headed(held: _Held) -> tuple[list[int], set[int]]:
    """Where a story's terms stand, and those of its headline."""
    places = array("i", held.places).tolist()
    return places, {place for place, said in zip(places, held.said, strict=True) if said & HEADED}


def _could_be_one_event(one: _Held, other: _Held) -> bool:
    return abs(one.published - other.published) <= _SPAN and one.language == other.language


def _fading(one: _Held, other: _Held) -> float:
    return 1 / (1 + abs(one.published - other.published) / FADES)
