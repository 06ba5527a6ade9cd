"""Words of which one says what the other denies: passed and rejected, guilty and not guilty, 有罪 and 無罪. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from rapidfuzz.distance import Prefix

LONGEST_OPPOSITE = 3  # characters: more is a phrase put otherwise
REACH = 3  # words that a negation denies, those behind it: failed to be approved
STEM, LONGEST_ENDING = 3, 4  # letters of a verb that all its forms have, and of what one ends in: fail to find, finding

_NEGATIONS = frozenset({
    "not", "no", "never", "nor", "without", "fail", "fails", "failed", "failing", "cannot", "aren't", "can't",
    "couldn't", "didn't", "doesn't", "don't", "hadn't", "hasn't", "haven't", "isn't", "shouldn't", "wasn't", "weren't",
    "won't", "wouldn't",
})  # fmt: skip
_AUXILIARIES = frozenset({"to", "do", "does", "did"})  # that a negation brings along
_NEGATION_CJK = re.compile("[不非未無]|な(?:い|かっ|く)")
_DENIED_CJK = re.compile("[ぁ-ん]?な(?:い|かった|かっ|く)")  # 行う / 行わない, 認めた / 認めなかった
_STATED_CJK = re.compile("[ぁ-ん]{1,2}(?<![ずぬん])")  # せず denies as しない does

# Outcomes that bulletins report, the answers to one question in a line.
_OPPOSITES = """
pass passes passed passing approve approves approved adopt adopts adopted accept accepts accepted \
confirm confirms confirmed confirming / \
reject rejects rejected rejecting veto vetoes vetoed
rise rises rose risen rising gain gains gained increase increases increased climb climbs climbed jump jumps jumped \
surge surges surged soar soars soared strengthen strengthens strengthened up higher / \
fall falls fell fallen falling drop drops dropped decline declines declined decrease decreases decreased slip slips \
slipped slide slides slid tumble tumbles tumbled plunge plunges plunged weaken weakens weakened down lower
raise raises raised raising hike hikes hiked / lowers lowered lowering cut cuts / hold holds held keep keeps kept
more / less fewer
above / below
win wins won winning beat beats / lose loses lost losing
buy buys bought buying / sell sells sold selling
ahead / behind
uphold upholds upheld / overturn overturns overturned
issue issues issued impose imposes imposed / lift lifts lifted
suspend suspends suspended halt halts halted / resume resumes resumed
arrest arrests arrested detain detains detained / release releases released free frees freed
guilty convicted conviction / innocent acquitted acquittal
profit profits / loss losses
support supports supported / oppose opposes opposed
open opens opened / close closes closed
north northern / south southern
east eastern / west western
man men / woman women
am / pm
noon midday / midnight
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
_OUTCOMES_CJK = (
    ("再開", "見合わせ"), ("再開", "中断"), ("再開", "休止"), ("発表", "解除"), ("発令", "解除"), ("合意", "決裂"),
    ("当選", "落選"), ("承認", "却下"), ("認め", "退け"), ("認め", "否認"), ("容認", "拒否"), ("逮捕", "釈放"),
    ("続投", "退任"),
    ("引き上げ", "引き下げ"), ("引き上げ", "据え置"), ("引き下げ", "据え置"), ("利上げ", "利下げ"),
)  # fmt: skip
_WORDS_CJK = [words[::way] for words in _OUTCOMES_CJK for way in (1, -1)]
_OPPOSITES_CJK = [pair[::way] for pair in _PAIRS_CJK.split("・") for way in (1, -1)]
# Words that tell two things apart without a name beside them.
TELLING = _NEGATIONS | _SIDES.keys() | set("不非未無な").union(*_PAIRS_CJK.split("・"))


def opposed(mine: Sequence[str], yours: Sequence[str]) -> bool:
    """Whether opposites stand in one place of two texts, or a negation in one alone; words are folded."""
    if not mine or not yours:
        words = {*mine, *yours} - _AUXILIARIES
        return len(words) == 1 and words <= _NEGATIONS
    told, said = _answers(mine), _answers(yours)
    if _denied(mine, yours):
        return True
    return not _the_other_way_round(mine, yours) and any(
        question == asked and answer != side and (question, side) not in said and (asked, answer) not in told
        for (question, side), (asked, answer) in product(told, said)
    )


def _denied(mine: Sequence[str], yours: Sequence[str]) -> bool:
    """Whether a verb stands in both, denied in one: "reached", "did not reach"."""
    told, said = ([word for word in words if word not in _NEGATIONS | _AUXILIARIES] for words in (mine, yours))
    once = _NEGATIONS.isdisjoint(mine) != _NEGATIONS.isdisjoint(yours)
    return once and len(told) == len(said) == 1 and _one_verb(*told, *said)


def _one_verb(one: str, other: str) -> bool:
    stem = Prefix.similarity(one, other)
    return stem >= STEM and max(len(one), len(other)) <= stem + LONGEST_ENDING


def _the_other_way_round(mine: Sequence[str], yours: Sequence[str]) -> bool:
    """Whether what the one begins with stands behind in the other: "City beat Rovers", "Rovers lost to City"."""
    return mine[0] in yours[1:] and yours[0] in mine[1:]


def _answers(words: Sequence[str]) -> set[tuple[int, int]]:
    """What these say to questions: "failed to pass" is the other side of "passed"."""
    found: set[tuple[int, int]] = set()
    for at, word in enumerate(words):
        if word in _SIDES:
            question, side = _SIDES[word]
            found.add((question, side ^ (not _NEGATIONS.isdisjoint(words[max(0, at - REACH) : at]))))
    return found


def opposed_cjk(told: str, said: str) -> bool:
    """The same where a character says it."""
    if not told or not said:
        return _NEGATION_CJK.fullmatch(told or said) is not None
    if _denied_cjk(told, said) or _denied_cjk(said, told):
        return True
    short = max(len(told), len(said)) <= LONGEST_OPPOSITE
    return any(
        one in told and other in said and one not in said and other not in told
        for one, other in (*_WORDS_CJK, *(_OPPOSITES_CJK if short else ()))
    )


def _denied_cjk(told: str, said: str) -> bool:
    """Whether a verb that ends so in one text is denied in the other."""
    return bool(_STATED_CJK.fullmatch(told) and _DENIED_CJK.fullmatch(said)) and not _DENIED_CJK.fullmatch(told)
