"""Stories of one event in other words: tf-idf over headline and lead, nearest neighbours within three days.

Copies share passages, related stories share names and rare words. Cosine of term weights finds them; the weights'
rarity is counted over the stories held, so that "Nakatani" counts and "minister" hardly does. Never transitive: that
A is near B and B near C says nothing of A and C.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from math import log, sqrt
from zlib import crc32

from feedhub.dedup.credit import Reading
from feedhub.dedup.fingerprint import tokenise

# Measured on the 384 labelled same-event items: docs/dedup.md.
SPAN = timedelta(hours=72)  # between two stories of one event
NEAR = 0.25  # cosine; .2 finds a twentieth more and is wrong twice as often
TOP = 5  # stories that one story is linked with
LEAD = 120  # words of the lead that count; 60 find less, 400 no more
LEAD_CJK = 200  # pairs of characters
TITLE = 2  # a headline's word counts as often as so many of the lead
HELD = 20_000  # newest stories that are compared
PRIOR = 500  # stories that a rarity is reckoned over at least: among four stories no word is rare
COMMON = 0.05  # share of the stories above which a term says nothing
POSTINGS = 64  # newest stories of one term that are looked at
RAREST = 20  # terms of a story that neighbours are looked up by
SHARED = 2  # of them must stand in a neighbour
COMPARED = 20  # stories that share most of these
NAME = 2.5  # times as much as another word does a name count: who, where and what it was called make an event
GRAMMAR = 0.5  # a pair with hiragana is half grammar

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
_ENDING = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s|'s)$")
_KANA = re.compile("[\u3040-\u309f]+")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'.-]*(?: [A-Z][\w'.-]*)*")  # capitals within a sentence


def terms(reading: Reading, language: str) -> dict[int, float]:
    """What a story is about: term -> weight: 1 + log of how often it stands there, names threefold."""
    title, lead = tokenise(reading.title), tokenise(reading.lead)
    if language in ("ja", "zh"):
        pairs = Counter(_pairs(title) * TITLE + _pairs(lead[:LEAD_CJK]))
        return {
            crc32(pair.encode()): (1 + log(count)) * (GRAMMAR if _KANA.search(pair) else 1.0)
            for pair, count in pairs.items()
        }
    counts = Counter(_words(title) * TITLE + _words(lead[:LEAD]))
    names = frozenset(_words(tokenise(" ".join(_NAME.findall(reading.lead)))))
    return {word: (1 + log(count)) * (NAME if word in names else 1.0) for word, count in counts.items()}


def _words(tokens: Sequence[str]) -> list[int]:
    """The words that tell something, as numbers."""
    return [number for token in tokens if (number := _word(token)) is not None]


@lru_cache(maxsize=1 << 16)  # most words of a text are met again and again; 10 MB when full
def _word(token: str) -> int | None:
    if token in _STOP or not (len(token) > 1 or token.isdigit()):
        return None
    return crc32(_ENDING.sub("", token).encode())


def _pairs(tokens: Sequence[str]) -> list[str]:
    """Pairs of neighbours; those of hiragana alone are grammar."""
    pairs = map("".join, pairwise(tokens))
    return [pair for pair in pairs if not _KANA.fullmatch(pair)]


@dataclass(frozen=True, slots=True)
class _Held:
    """A story's terms as two arrays: a fifth of a dictionary's memory, of which there would be twenty thousand."""

    published: datetime
    language: str
    numbers: Sequence[int]
    counts: Sequence[float]

    def terms(self) -> dict[int, float]:
        return dict(zip(self.numbers, self.counts, strict=True))


class Neighbourhood:
    """The newest stories and where their terms stand; bounded in stories, in terms and in work."""

    def __init__(self, held: int = HELD):
        self._most = held
        self._logs = (0.0, *map(log, range(1, int(COMMON * max(held, PRIOR)) + 2)))
        self._stories: OrderedDict[int, _Held] = OrderedDict()
        self._carriers: dict[int, list[int]] = {}  # of each term, the newest last

    def put(self, story: int, published: datetime, language: str, terms: Mapping[int, float]) -> None:
        """Add a story, or replace what it was."""
        self.drop(story)
        self._stories[story] = _Held(published, language, array("I", terms.keys()), array("d", terms.values()))
        for term in terms:
            self._carriers.setdefault(term, []).append(story)
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

    def near(self, story: int) -> tuple[tuple[int, float], ...]:
        """The stories of the same event, best first, `TOP` at most, with their cosines."""
        weights = self._weights(self._stories[story].terms())
        length = sum(weight * weight for weight in weights.values())
        found = [(other, self._cosine(weights, length, theirs)) for other, theirs in self._candidates(story, weights)]
        return tuple(sorted((pair for pair in found if pair[1] >= NEAR), key=lambda pair: (-pair[1], pair[0]))[:TOP])

    def _weights(self, terms: Mapping[int, float]) -> dict[int, float]:
        """Each term's weight by how much it tells: nothing when many stories say it."""
        stories = max(len(self._stories), PRIOR)
        most, top, carriers, logs = COMMON * stories, log(stories), self._carriers, self._logs
        return {
            term: count * (top - logs[carried]) if (carried := len(carriers[term])) <= most else 0.0
            for term, count in terms.items()
        }

    def _cosine(self, weights: Mapping[int, float], length: float, other: _Held) -> float:
        """`length` is the sum of the squared weights; 0 where the cosine cannot reach NEAR."""
        terms = other.terms()
        shared = weights.keys() & terms.keys()
        if sum(weights[term] ** 2 for term in shared) < NEAR**2 * length:  # Cauchy-Schwarz: it is no more than that
            return 0.0
        theirs = self._weights(terms)
        dot = sum(weights[term] * theirs[term] for term in sorted(shared))
        size = sum(weight * weight for weight in theirs.values())
        return dot / sqrt(length * size) if length and size else 0.0

    def _candidates(self, story: int, weights: Mapping[int, float]) -> list[tuple[int, _Held]]:
        """Those that share at least two of the heaviest terms, the likeliest first."""
        mine = self._stories[story]
        met: Counter[int] = Counter()
        for term in sorted(weights, key=lambda term: (-weights[term], term))[:RAREST]:
            if weights[term] > 0:
                met.update(islice(reversed(self._carriers[term]), POSTINGS))
        sharing = sorted((pair for pair in met.items() if pair[1] >= SHARED), key=lambda pair: -pair[1])
        likely = ((other, self._stories[other]) for other, _ in sharing)
        fitting = (pair for pair in likely if pair[0] != story and _could_be_one_event(mine, pair[1]))
        return list(islice(fitting, COMPARED))


def _could_be_one_event(one: _Held, other: _Held) -> bool:
    return one.language == other.language and abs(one.published - other.published) <= SPAN
