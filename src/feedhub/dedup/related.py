"""Stories of one event in other words: tf-idf over headline and lead, nearest neighbours within three days.

Copies share passages, related stories share names and rare words. Cosine of term weights finds them; the weights'
rarity is counted over the stories held, so that "Nakatani" counts and "minister" hardly does. It fades with the time
between two stories. Never transitive: that A is near B and B near C says nothing of A and C.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from math import log, sqrt
from zlib import crc32

from feedhub.dedup.fingerprint import tokenise
from feedhub.text import fold

# Measured on labelled items and headlines of events: docs/dedup.md.
SPAN = timedelta(hours=72)  # between two stories of one event
FADES = 48 * 3600.0  # seconds in which nearness halves: a day later the same words are more often another event
NEAR = 0.18  # cosine, faded; .15 finds no more events, and a quarter more of the stories that have no sibling
TOP = 5  # stories that one story is linked with
LEAD = 120  # words of the lead that count; 60 find less, 400 no more
LEAD_CJK = 400  # characters; 300 find less, 600 no more
TITLE = 3  # a headline's word counts as often as so many of the lead
HELD = 20_000  # newest stories that are compared
PRIOR = 500  # stories that a rarity is reckoned over at least: among four stories no word is rare
RARE = 10  # stories below which rarity no longer counts: a word that one story has to itself tells of no other
POSTINGS = 32  # newest stories of one term that are looked at
RAREST = 10  # terms of a story, the heaviest, that neighbours are looked up by
STEADY = 8  # a story's length is taken as it was until an eighth more or fewer stories are held
COMPARED = 8  # stories that share most of these
NAME = 1.5  # times as much as another word does a name count: who, where and what it was called make an event

_SPAN = SPAN.total_seconds()
_STOP = frozenset(
    re.findall(
        r"\w+",
        """a about after all also although am an and any are as at be because been before being but by can could did do
    does during each for from had has have he her his how i if in including into is it its just last may might more
    most much my new no not now of off on one only or other our out over said say says she since so some such than
    that the their them there these they this those through to told two under until up was we were what when where
    which while who will with would year years you your""",
    )
)
_ENDING = re.compile(r"(?<=[a-z]{3})(?:ies|ing|ed|es|s|e|y)$")
# Hiragana is grammar.
_CJK_RUN = re.compile(r"[a-z0-9]+|[\u30a0-\u30ff]{2,}|[\u3005\u3400-\u9fff]{2,}|[\uac00-\ud7a3]{2,}")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'.-]*(?: [A-Z][\w'.-]*)*")  # capitals within a sentence


def terms(title: str, lead: str, language: str) -> dict[int, float]:
    """What a story is about: term -> weight: 1 + log of how often it stands there, names half as much again.

    Headline and lead are a reading's: without what papers put around them.
    """
    if language in ("ja", "zh", "ko"):
        counts = Counter(_pairs(title) * TITLE + _pairs(lead[:LEAD_CJK]))
        return {term: 1 + log(count) for term, count in counts.items()}
    counts = Counter(_words(tokenise(title)) * TITLE + _words(tokenise(lead)[:LEAD]))
    names = frozenset(_words(tokenise(" ".join(_NAME.findall(lead)))))
    return {word: (1 + log(count)) * (NAME if word in names else 1.0) for word, count in counts.items()}


def _words(tokens: Sequence[str]) -> list[int]:
    """The words that tell something, as numbers."""
    return [number for token in tokens if (number := _word(token)) is not None]


@lru_cache(maxsize=1 << 16)  # most words of a text are met again and again; 10 MB when full
def _word(token: str) -> int | None:
    if token in _STOP or not (len(token) > 1 or token.isdigit()):
        return None
    return crc32(_stem(token).encode())


def _stem(word: str) -> str:
    """One form for most of a word's: files, filed, file; cutting, cut; agencies, agency."""
    bare = word.removesuffix("'s")
    stem = _ENDING.sub("", bare)
    return stem[:-1] if len(stem) < len(bare) - 1 and stem[-1] == stem[-2] else stem


def _pairs(text: str) -> list[int]:
    """Pairs of neighbouring characters of one script, as numbers, for words that no space parts; Latin words whole."""
    found: list[str] = []
    for run in _CJK_RUN.findall(fold(text)):
        found += [run] if run.isascii() else map("".join, pairwise(run))
    return [crc32(term.encode()) for term in found]


@dataclass(slots=True)
class _Held:
    """A story's terms as two arrays: a fifth of a dictionary's memory, of which there would be twenty thousand."""

    published: float
    language: str
    numbers: Sequence[int]
    counts: Sequence[float]
    length: float = 0.0  # the sum of its squared weights
    among: int = 0  # stories that were held when that was reckoned

    def weighed(self, rarity: Mapping[int, float]) -> dict[int, float]:
        return {term: count * rarity[term] for term, count in zip(self.numbers, self.counts, strict=True)}


class Neighbourhood:
    """The newest stories and where their terms stand; bounded in stories, in terms and in work."""

    def __init__(self, held: int = HELD):
        self._most = held
        self._logs = (0.0, *map(log, range(1, max(held, PRIOR) + 2)))
        self._stories: OrderedDict[int, _Held] = OrderedDict()
        self._carriers: dict[int, array[int]] = {}  # of each term, the newest last

    def put(self, story: int, published: datetime, language: str, terms: Mapping[int, float]) -> None:
        """Add a story, or replace what it was."""
        self.drop(story)
        counts = array("f", terms.values())
        self._stories[story] = _Held(published.timestamp(), language, array("I", terms.keys()), counts)
        for term in terms:
            if (carriers := self._carriers.get(term)) is None:
                carriers = self._carriers[term] = array("I")
            carriers.append(story)
        if len(self._stories) > self._most:
            self.drop(next(iter(self._stories)))

    def drop(self, story: int) -> None:
        """Take a story out, if it is there."""
        held = self._stories.pop(story, None)
        for term in held.numbers if held else ():
            carriers = self._carriers[term]
            carriers.remove(story)  # mostly the oldest, which stands first
            if not carriers:
                del self._carriers[term]

    def drop_before(self, story: int) -> None:
        """Take the oldest out, up to the first that is not older than `story`."""
        while self._stories and (first := next(iter(self._stories))) < story:
            self.drop(first)

    def near(self, story: int) -> tuple[tuple[int, float], ...]:
        """The stories of the same event, best first, `TOP` at most, with their cosines as these fade with time."""
        mine = self._stories[story]
        rarity = self._rarity(mine)
        weights = mine.weighed(rarity)
        length = self._reckoned(mine, weights)
        found = [
            (other, self._cosine(mine, weights, rarity, theirs) * _fading(mine, theirs))
            for other, theirs in self._candidates(story, weights, length)
        ]
        return tuple(sorted((pair for pair in found if pair[1] >= NEAR), key=lambda pair: (-pair[1], pair[0]))[:TOP])

    def _rarity(self, held: _Held) -> dict[int, float]:
        """How much each of a story's terms tells: the less, the more stories say it."""
        top, carriers, logs = log(max(len(self._stories), PRIOR)), self._carriers, self._logs
        return {term: top - logs[max(len(carriers[term]), RARE)] for term in held.numbers}

    def _length(self, held: _Held) -> float:
        """The sum of a story's squared weights; reckoned anew when so many more or fewer stories are held that it is
        another."""
        if abs(len(self._stories) - held.among) * STEADY > held.among:
            self._reckoned(held, held.weighed(self._rarity(held)))
        return held.length

    def _reckoned(self, held: _Held, weights: Mapping[int, float]) -> float:
        """Keep a story's length as it is by now."""
        held.length, held.among = sum(weight * weight for weight in weights.values()), len(self._stories)
        return held.length

    def _cosine(self, mine: _Held, weights: Mapping[int, float], rarity: Mapping[int, float], other: _Held) -> float:
        """0 where the cosine cannot reach NEAR."""
        shared = [(term, count) for term, count in zip(other.numbers, other.counts, strict=True) if term in weights]
        if sum(weights[term] ** 2 for term, _ in shared) < NEAR**2 * mine.length:  # Cauchy-Schwarz: it is no more
            return 0.0
        dot = sum(weights[term] * (count * rarity[term]) for term, count in sorted(shared))
        size = mine.length * self._length(other)
        return dot / sqrt(size) if size else 0.0

    def _candidates(self, story: int, weights: Mapping[int, float], length: float) -> list[tuple[int, _Held]]:
        """Those that share enough of the heaviest terms, the likeliest first."""
        mine = self._stories[story]
        heaviest = sorted(weights, key=lambda term: (-weights[term], term))[:RAREST]
        met: defaultdict[int, float] = defaultdict(float)
        left = length
        for term in heaviest:
            weight = weights[term] ** 2
            left -= weight
            for other in islice(reversed(self._carriers[term]), POSTINGS):
                met[other] += weight
        met.pop(story, None)
        least = NEAR**2 * length - left
        sharing = sorted([(-weight, other) for other, weight in met.items() if weight >= least])
        likely = ((other, self._stories[other]) for _, other in sharing)
        return list(islice((pair for pair in likely if _could_be_one_event(mine, pair[1])), COMPARED))


def _could_be_one_event(one: _Held, other: _Held) -> bool:
    return abs(one.published - other.published) <= _SPAN and one.language == other.language


def _fading(one: _Held, other: _Held) -> float:
    return 1 / (1 + abs(one.published - other.published) / FADES)
