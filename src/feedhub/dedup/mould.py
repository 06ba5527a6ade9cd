"""Headlines of one mould: bulletins that fill it with other figures, places or persons. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise

from feedhub.dedup.alignment import NOTHING, counted, figures_conflict, gaps
from feedhub.dedup.fingerprint import FIGURE, Features
from feedhub.dedup.places import one_place
from feedhub.dedup.spelling import KATAKANA, one_name_katakana, one_word
from feedhub.dedup.subject import TINY, Subject
from feedhub.dedup.tokens import tokenise
from feedhub.dedup.units import UNITS
from feedhub.text import UNSPACED

MOULD = 3  # words in a row, beside other figures, that make two headlines castings of one mould
MOULD_CJK = 6  # the same in characters
SWAP, SWAP_CJK = 2, 4  # the same where other words than figures are swapped
LONGEST_SWAP = 6  # tokens: more than that is another headline
FILLED = 0.15  # containment of bulletins of one template: 95 in 100 have more, of 21 reports on one event 20 less


def one_mould(one: Features, other: Features) -> bool:
    """Whether two headlines say other things between the same words, and mean it.

    They do when figures differ ("falls to 39.0%", "vol. 21") that do not both stand in one text, and when each one's
    own words there stand in its text and not in the other's ("Hokkaido weather", "Kochi weather").
    """
    cjk = one.language in UNSPACED
    return any(
        figures_conflict(one.title, other.title, here, there) and not _of_one_text(one, other, here, there)
        for here, there in gaps(one.title, other.title, MOULD_CJK if cjk else MOULD)
    ) or swapped(one, other)


def _of_one_text(one: Features, other: Features, here: slice, there: slice) -> bool:
    """Whether two headlines pick other figures of one text, maybe of a part that is cut off in one: two missiles, the
    fourth time this year.
    """
    told, said = set(counted(one.title, here).items()), set(counted(other.title, there).items())
    mine, yours = ({pair for pair in told | said if _has(text, *pair)} for text in (one, other))
    own = (told & mine) - yours or (said & yours) - mine
    return not own and told | said in (mine, yours)


def _has(text: Features, figure: int, behind: int) -> bool:
    """Whether a text has a figure before what it counts in a headline; at the end of that it counts nothing."""
    return figure in text.tokens if behind == NOTHING else (figure, behind) in pairwise(text.tokens)


def one_bulletin(a: Subject, b: Subject) -> bool:
    """Whether one template was filled twice: two prefectures' weather is no event.

    Headlines on one event may share words as those of bulletins do ("Trains halted in Shioji", "Trains halted: how
    Shioji got home"); but bulletins share phrases of their texts as well.
    """
    smaller = min(len(a.distinct), len(b.distinct))
    alike = smaller < TINY or len(a.distinct & b.distinct) >= FILLED * smaller
    return alike and one_mould(a.features, b.features)


def swapped(one: Features, other: Features, *, figures: bool = True) -> bool:
    """Whether two headlines differ by words that each stand in one text only: "Hokkaido weather", "Kochi weather".

    Without `figures` these do not count as words.
    """
    cjk = one.language in UNSPACED
    for at, to in gaps(one.title, other.title, SWAP_CJK if cjk else SWAP):
        here, there = one.title[at], other.title[to]
        if max(len(here), len(there)) <= LONGEST_SWAP:
            told, said = _own(here, one, other, figures), _own(there, other, one, figures)
            pair = (here, there) if cjk else (told, said)  # of a transcribed name some characters stand in both
            if told and said and not (_transcribed if cjk else spelled)(_words(pair[0], one), _words(pair[1], other)):
                return True
    return False


def _own(words: array[int], mine: Features, other: Features, figures: bool) -> list[int]:
    """Those of the words that stand in my text and not in the other's."""
    told = words if figures else [word for word in words if not word & FIGURE]
    return [word for word in told if word in mine.tokens and word not in other.tokens]


def _words(numbers: Iterable[int], text: Features) -> list[str]:
    """What these stand for in a text, as far as it has them."""
    words = tokenise(text.lead)
    return [words[text.tokens.index(number)] for number in numbers if number in text.tokens]


def spelled(told: Sequence[str], said: Sequence[str]) -> bool:
    """Whether all words of one are the other's in another spelling (defense, defence), both one place or unit."""
    return (
        one_place(" ".join(told), " ".join(said))
        or UNITS.issuperset([*told, *said])
        or all(any(one_word(one, other) for other in said) for one in told)
        or all(any(one_word(other, one) for one in told) for other in said)
    )


def _transcribed(told: Sequence[str], said: Sequence[str]) -> bool:
    """The same where characters are words: ヴェネツィア, ベネチア."""
    one, other = "".join(told), "".join(said)
    return bool(KATAKANA.fullmatch(one) and KATAKANA.fullmatch(other)) and one_name_katakana(one, other)
