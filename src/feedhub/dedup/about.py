"""What a story is about: the words of its headline and lead that tell one event from another.

Copies share passages, related stories share names and rare words: `related` compares stories by these.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import log
from typing import NamedTuple, NewType
from zlib import crc32

from feedhub.dedup.fingerprint import Numbers
from feedhub.dedup.tokens import tokenise
from feedhub.text import fold

# Measured on labelled items and headlines of events: docs/dedup.md.
LEAD = 120  # words of the lead that count; 60 find less, 400 no more
LEAD_CJK = 400  # characters; 300 find less, 600 no more
LONGEST_LEAD = 8 * LEAD  # characters in which names are looked for
TITLE = 3  # a headline's word counts as often as so many of the lead
NAME = 1.5  # times as much as another word does a name count: who, where and what it was called make an event

# The terms of one story, each once: the number of each in four bytes, then how often each is said, as `TELLS` goes by.
# Tens of thousands of these are held.
Terms = NewType("Terms", bytes)

NOTHING = 0  # the number of all words that tell nothing
OFTEN = 63  # times that a term counts at most; beyond it there is no sense
HEADED = 64  # added to how often a term is said, where the headline has it
NAMED = 128  # the same where it is a name
# How much a story says of a term, by how often, without and with `HEADED`, the same again with `NAMED`.
TELLS = array("f", (much * (often and 1 + log(often)) for much in (1.0, 1.0, NAME, NAME) for often in range(OFTEN + 1)))
_OFTEN = bytes(min(count, OFTEN) for count in range((TITLE + 1) * LEAD_CJK + 1))

STOP = frozenset(
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
# Capitals within a sentence. The space comes first, as what begins with a character is looked for four times as fast.
_NAME = re.compile(r" (?<=[a-z,;] )([A-Z][\w'.-]*(?: [A-Z][\w'.-]*)*)")


class About(NamedTuple):
    """One story, by what stories of the same event are found."""

    published: datetime
    language: str
    terms: Terms


def terms(title: str, lead: str, language: str) -> Terms:
    """The terms of a story; headline and lead are a reading's: without what papers put around them."""
    if language in ("ja", "zh", "ko"):
        return _told(_pairs(title[:LEAD_CJK]), _pairs(lead[:LEAD_CJK]), frozenset())
    names = frozenset(_words(tokenise(" ".join(_NAME.findall(lead[:LONGEST_LEAD])))))
    return _told(_words(tokenise(title)[:LEAD]), _words(tokenise(lead)[:LEAD]), names)


def _told(title: list[int], lead: list[int], names: frozenset[int]) -> Terms:
    counts = Counter(title * TITLE + lead)
    del counts[NOTHING]
    said = bytes(map(_OFTEN.__getitem__, counts.values()))
    first = len({*title} - {NOTHING})  # they were counted first
    said = bytes(often | HEADED for often in said[:first]) + said[first:]
    if names:
        said = bytes(often | NAMED if term in names else often for term, often in zip(counts, said, strict=True))
    return Terms(array("I", counts).tobytes() + said)


def parts(terms: Terms) -> tuple[array[int], bytes]:
    """The numbers of a story's terms, unsigned 32-bit, and how often it says each."""
    end = 4 * (len(terms) // 5)
    return array("I", terms[:end]), terms[end:]


def _words(tokens: Sequence[str]) -> list[int]:
    """The tokens as numbers."""
    return list(map(_NUMBERS.__getitem__, tokens))


def _number(token: str) -> int:
    tells = token not in STOP and (len(token) > 1 or token.isdigit())
    return crc32(_stem(token).encode()) if tells else NOTHING


_NUMBERS = Numbers(_number)


def _stem(word: str) -> str:
    """A crude stem: one form for files, filed, file; cutting, cut; agencies, agency."""
    bare = word.removesuffix("'s")
    stem = _ENDING.sub("", bare)
    return stem[:-1] if len(stem) < len(bare) - 1 and stem[-1] == stem[-2] else stem


def _pairs(text: str) -> list[int]:
    """Pairs of neighbouring characters of one script, as numbers, for words that no space parts; Latin words whole."""
    found: list[str] = []
    for run in _CJK_RUN.findall(fold(text)):
        found += [run] if run.isascii() else map("".join, pairwise(run))
    return [crc32(term.encode()) for term in found]
