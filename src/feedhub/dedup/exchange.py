"""Two names that changed places: "Rovers beat City" and "City beat Rovers" have the same words and tell of two games.
Pure.

Lists are put in another order without telling of anything else ("Japan and China"), and so is who met whom. What tells
is another word between two names, in Japanese the particle of who does it (レオンズがホエールズに).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product

from rapidfuzz.distance import Opcode

from feedhub.dedup.alignment import Gap, anchored

# Words, or characters, of the longest name that is looked for; what stands in both on either side is longer.
LONGEST, LONGEST_CJK = 3, 9
BETWEEN, BETWEEN_CJK = 8, 16  # the same of what is between two names: further apart they may be told in another way

_LINKS = frozenset({"a", "an", "and", "as", "at", "by", "for", "from", "in", "nor", "of", "on", "or", "the", "to"})
_MUTUAL = frozenset({
    "with", "v", "vs", "versus", "meet", "meets", "met", "face", "faces", "faced", "play", "plays", "played", "draw",
    "draws", "drew", "tie", "ties", "tied",
})  # fmt: skip
_NAME_CJK = re.compile("[々\u4e00-\u9fff\u30a1-\u30faーA-Za-zａ-ｚ]{2,}")
_WHO = frozenset("がは")  # AがBに, AはBを
_TOGETHER = re.compile("[^ぁ-ん]*(?:さん)?と")  # but AがB氏と


def turned(a: array[int], b: array[int], runs: Sequence[Opcode], *, cjk: bool) -> Iterator[Gap]:
    """The places of two texts where both have the same words in another order: one gap, or two with what is between."""
    found = [*anchored(runs, (LONGEST_CJK if cjk else LONGEST) + 1)]
    both = [(slice(i.start, k.stop), slice(j.start, m.stop)) for (i, j), (k, m) in pairwise(found)]
    for here, there in (*found, *both):
        mine, yours = a[here], b[there]
        if len(mine) == len(yours) and mine != yours and sorted(mine) == sorted(yours):
            yield here, there


def exchanged(mine: Sequence[str], yours: Sequence[str], is_name: Callable[[str], bool]) -> tuple[str, str] | None:
    """The two names that stand in each other's place, between words that tell who does what."""
    for first, between, last in _splits(mine, yours, LONGEST, BETWEEN):
        acts = any(word.isalpha() and word not in _LINKS and not is_name(word) for word in between)
        if acts and _MUTUAL.isdisjoint(between) and any(map(is_name, first)) and any(map(is_name, last)):
            return " ".join(first), " ".join(last)
    return None


def exchanged_cjk(mine: Sequence[str], yours: Sequence[str], behind: str) -> tuple[str, str] | None:
    """The same of names in kanji or katakana."""
    for first, between, last in _splits(mine, yours, LONGEST_CJK, BETWEEN_CJK):
        told, said = "".join(first), "".join(last)
        acts = not _TOGETHER.match(behind) and not _WHO.isdisjoint(between)
        if acts and _NAME_CJK.fullmatch(told) and _NAME_CJK.fullmatch(said):
            return told, said
    return None


def _splits(
    mine: Sequence[str], yours: Sequence[str], longest: int, reach: int
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str]]]:
    """What stands first in mine and last in yours, what is between in both, and what stands last in mine."""
    size = len(mine)
    for i, j in product(range(1, longest + 1), repeat=2):
        between = mine[i : size - j]
        if 0 < len(between) <= reach and (*mine[size - j :], *between, *mine[:i]) == tuple(yours):
            yield mine[:i], between, mine[size - j :]
