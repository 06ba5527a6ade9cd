"""Words of which one says what the other denies: passed and rejected, guilty and not guilty, 有罪 and 無罪. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST_OPPOSITE = 3  # characters: more is a phrase put otherwise

_NEGATIONS = frozenset({"not", "no", "never", "nor", "without"})
_NEGATION_CJK = re.compile("[不非未無]|な(?:い|かっ|く)")

# Outcomes that bulletins report, either side of one question in a line.
_OPPOSITES = """
pass passes passed passing approve approves approved / reject rejects rejected rejecting veto vetoes vetoed
rise rises rose risen rising gain gains gained increase increases increased up higher / \
fall falls fell fallen falling drop drops dropped decline declines declined decrease decreases decreased down lower
win wins won winning / lose loses lost losing
guilty convicted conviction / innocent acquitted acquittal
profit profits / loss losses
support supports supported / oppose opposes opposed
open opens opened / close closes closed
north northern / south southern
east eastern / west western
man men / woman women
"""
_SIDES = {
    word: (question, side)
    for question, both in enumerate(_OPPOSITES.strip().splitlines())
    for side, words in enumerate(both.split("/"))
    for word in words.split()
}
# The same in one character of each, whatever word it is part of: 有罪 / 無罪, 上昇 / 下落, 続伸 / 続落.
_PAIRS_CJK = (
    "有無・可否・勝敗・勝負・増減・黒赤・合違・高安・高低・上下・昇落・伸落・強弱・賛反・男女・開閉・東西・南北"
)
_OPPOSITES_CJK = [(pair[side], pair[1 - side]) for pair in _PAIRS_CJK.split("・") for side in (0, 1)]
TELLING = (
    _NEGATIONS | _SIDES.keys() | set("不非未無な").union(*_PAIRS_CJK.split("・"))
)  # words that no name need stand by


def opposed(mine: Sequence[str], yours: Sequence[str]) -> bool:
    """Whether opposites stand in one place of two texts, or a negation in one alone; words are folded."""
    if not mine or not yours:
        return len(mine) + len(yours) == 1 and (*mine, *yours)[0] in _NEGATIONS
    told, said = ({_SIDES[word] for word in words if word in _SIDES} for words in (mine, yours))
    return any((axis, 1 - side) in said - told and (axis, side) not in said for axis, side in told)


def opposed_cjk(told: str, said: str) -> bool:
    """The same where a character says it."""
    if not told or not said:
        return _NEGATION_CJK.fullmatch(told or said) is not None
    return max(len(told), len(said)) <= LONGEST_OPPOSITE and any(
        one in told and other in said and one not in said and other not in told for one, other in _OPPOSITES_CJK
    )
