"""From a reading to numbers: shingles to compare, fingerprints to look up, figures that must not conflict.

Shingles are 3 consecutive words or 5 consecutive characters of Chinese or Japanese, hashed to 32 bits.
Fingerprints are a sparse choice of them by winnowing (Schleimer, Wilkerson, Aiken 2003): whatever two papers
cut, any eight equal consecutive words leave at least one common fingerprint.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from feedhub.dedup.credit import Reading
from feedhub.dedup.numerals import figure
from feedhub.dedup.tokens import tokenise
from feedhub.text import UNSPACED

WINDOW = 6  # shingles of which one is chosen; 4 gains .0002 F1 for half as many rows again, 8 costs .0033
WIDEST = 5  # tokens of a shingle
PRINTED = 160  # shingles that are fingerprinted: the part that a cut copy still has
MAX_PRINTS = 40  # rows of one item in the index
MASK = 0xFFFFFFFF
WORDS = 1 << 16  # whose numbers are remembered, in 10 MB of each parser; a quarter of them costs 4 µs an item

_ODD = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1], dtype=np.uint32)  # the primes of xxHash
_NONE = np.zeros(0, dtype=np.uint32)
# Each token of a shingle is multiplied by its own prime and those of all that follow.
_WEIGHTS = {width: np.cumprod(_ODD[:width][::-1], dtype=np.uint32)[::-1] for width in (3, WIDEST)}
_HALF = np.uint32(16)  # bits that are folded onto the lower ones, which the multiplications mix least

FIGURE = 1  # lowest bit of a token's number: it is a figure


@dataclass(frozen=True, slots=True)
class Features:
    """What two items are compared by. Arrays of unsigned 32-bit integers in text order."""

    language: str
    title: array[int]  # the headline's tokens
    tokens: array[int]  # the lead's tokens
    lead: str = ""  # what these stand for; a last word that may be half a word is no token

    @property
    def title_key(self) -> int:
        """Equal for headlines that differ in case, width, punctuation and spacing only: 32 bits; 0 for none."""
        return crc32(self.title.tobytes()) if self.title else 0


def features(reading: Reading, language: str) -> Features:
    """The features of one reading."""
    tokens = tokenise(reading.lead)
    whole = tokens[:-1] if reading.cut else tokens  # the last one perhaps half a word
    title = numbered(tokenise(reading.title))
    return Features(language=language, title=title, tokens=numbered(whole), lead=reading.lead)


def numbered(words: Iterable[str]) -> array[int]:
    """Words as 32-bit numbers."""
    return array("I", [*map(_NUMBERS.__getitem__, words)])  # a list at once: an array grows item by item


def fingerprints(features: Features, begin: int = 0) -> tuple[int, ...]:
    """A sparse selection of shingles to look candidates up by; the same wherever the same passage stands.

    Of a part that begins at a token; others look a text up by those of the first part alone.
    """
    part = shingles(features.tokens[begin : begin + PRINTED + WIDEST - 1], features.language)[:PRINTED]
    return tuple(dict.fromkeys(_winnow(part).tolist()))[:MAX_PRINTS]


def shingles(tokens: array[int], language: str) -> NDArray[np.uint32]:
    """A number for each 3 words, or 5 characters where words are not spaced, in text order."""
    width = WIDEST if language in UNSPACED else 3
    if len(tokens) < width:
        return _NONE
    mixed: NDArray[np.uint32] = np.correlate(np.frombuffer(tokens, dtype=np.uint32), _WEIGHTS[width])
    return mixed ^ mixed >> _HALF


def _winnow(shingles: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The least of every `WINDOW` neighbours, by doubling: of two, of four, of six; of all where there are fewer."""
    if len(shingles) < WINDOW:
        return shingles
    of_two = np.minimum(shingles[:-1], shingles[1:])
    of_four = np.minimum(of_two[:-2], of_two[2:])
    return np.minimum(of_four[:-2], of_two[4:])


class Numbers(dict[str, int]):
    """A cache of words and their numbers: most words of a text occur again and again."""

    def __init__(self, number: Callable[[str], int]):
        super().__init__()
        self._number = number

    def __missing__(self, word: str) -> int:
        if len(self) >= WORDS:
            self.clear()
        number = self[word] = self._number(word)
        return number


def _number(token: str) -> int:
    """32 bits of which the lowest says whether a word is a figure."""
    said = figure(token)
    return crc32(said.encode()) & ~FIGURE & MASK | said[0].isnumeric()


_NUMBERS = Numbers(_number)
