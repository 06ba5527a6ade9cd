"""Two names that changed places: "Rovers beat City" and "City beat Rovers" have the same words and tell of two games.
Pure.

Lists are put in another order without telling of anything else ("Japan and China"), and so is who met whom. What tells
is a word that has one name before it and the other behind it, and in the other text the reverse: sentences and clauses
that are put in another order keep each name on its side of the word. In Japanese it is the particle of who does it
(レオンズがホエールズに).
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, pairwise, product

from rapidfuzz.distance import Opcode

from feedhub.dedup.alignment import Gap, anchored

ANCHOR, ANCHOR_CJK = 4, 10  # words, or characters, in a row on either side: more than most names have
LONGEST, LONGEST_CJK = 24, 60  # the same of what is looked at: two names with what is told of each
BETWEEN = 8  # words between two names: further apart they may be told in another way
NAME = 6  # words, or characters, of what stands for something else throughout
TRADES = 3  # places in which it does: in two, "Japan" and "Tokyo" may be one
FEWEST, FEWEST_CJK = 3, 5  # the same that both have: two names, and what is between

_PREPOSITIONS = frozenset({"as", "at", "by", "for", "from", "in", "of", "on", "to"})
_LINKS = _PREPOSITIONS | {"a", "an", "and", "nor", "or", "the"}
_MUTUAL = frozenset({
    "with", "v", "vs", "versus", "meet", "meets", "met", "face", "faces", "faced", "play", "plays", "played", "draw",
    "draws", "drew", "tie", "ties", "tied",
})  # fmt: skip
_WHO = re.compile(r"([々\u4e00-\u9fff\u30a1-\u30faーa-z]{2,})(?:さん)?\d{0,3}[がは]")  # AがBに, 山田太郎さん(54)が
_WHOM = r"(?:さん)?\d{0,3}(?:[をにへの]|から)"  # but no AがB氏と


Sides = tuple[Sequence[str], Sequence[str]]  # the words on either side of one


def turned(a: array[int], b: array[int], runs: Sequence[Opcode], *, cjk: bool) -> Iterator[Gap]:
    """The places of two texts where both have some words in another order: one gap, or two with what is between."""
    longest, fewest = (LONGEST_CJK, FEWEST_CJK) if cjk else (LONGEST, FEWEST)
    found = [*anchored(runs, ANCHOR_CJK if cjk else ANCHOR)]
    both = [(slice(i.start, k.stop), slice(j.start, m.stop)) for (i, j), (k, m) in pairwise(found)]
    for here, there in chain(found, both):
        mine, yours = a[here], b[there]
        if fewest <= min(len(mine), len(yours)) and max(len(mine), len(yours)) <= longest:
            told, said = _common(mine, yours), _common(yours, mine)
            if len(told) >= fewest and told != said:
                yield here, there


def _common(mine: array[int], yours: array[int]) -> list[int]:
    return [word for word in mine if word in yours]


def traded(a: array[int], b: array[int], gaps: Iterable[Gap]) -> Gap | None:
    """The first of several places in which each of two words, or names, stands for the other: petrol and diesel."""
    short = [gap for gap in gaps if all(0 < place.stop - place.start <= NAME for place in gap)]
    words = [(a[here].tobytes(), b[there].tobytes()) for here, there in short]
    count = Counter(words) if len(short) >= TRADES else {}
    for gap, (told, said) in zip(short, words, strict=True):
        back = count.get((said, told), 0)
        if back and back + count[told, said] >= TRADES:
            return gap
    return None


def exchanged(mine: Sequence[str], yours: Sequence[str], is_name: Callable[[str], bool]) -> tuple[str, str] | None:
    """The two names of which each stands on the other side of one word."""
    if not _MUTUAL.isdisjoint((*mine, *yours)):
        return None
    for at, word in enumerate(mine):
        if word.isalpha() and word not in _LINKS and mine.count(word) == yours.count(word) == 1 and not is_name(word):
            there = yours.index(word)
            first = _crossing((mine[:at], mine[at:]), (yours[there:], yours[:there]), is_name)
            last = _crossing((mine[at:], mine[:at]), (yours[:there], yours[there:]), is_name)
            for pair in product(first, last):
                if all(abs(text.index(pair[0]) - text.index(pair[1])) <= BETWEEN + 1 for text in (mine, yours)):
                    return pair
    return None


def _crossing(mine: Sides, yours: Sides, is_name: Callable[[str], bool]) -> list[str]:
    """The names that stand on the first side alone in both; but not such as "on Monday" in both."""
    names = (set(mine[0]) & set(yours[0])) - set(mine[1]) - set(yours[1])
    names -= _behind_prepositions(mine[0]) & _behind_prepositions(yours[0])
    return [name for name in mine[0] if name in names and is_name(name)]


def _behind_prepositions(words: Sequence[str]) -> set[str]:
    return {word for before, word in pairwise(words) if before in _PREPOSITIONS}


def exchanged_cjk(told: str, said: str) -> tuple[str, str] | None:
    """The two names of which each one does in one text what is done to it in the other."""
    mine, yours = set(_WHO.findall(told)), set(_WHO.findall(said))
    for one, other in product(sorted(mine - yours), sorted(yours - mine)):
        if _is_done_to(one, other, said) and _is_done_to(other, one, told):
            return one, other
    return None


def _is_done_to(name: str, by: str, text: str) -> bool:
    """Whether a name stands so in a text, and does not only say whose the other is: 県警のヘリコプターが."""
    return re.search(f"{name}{_WHOM}(?!(?<=の){by})", text) is not None
