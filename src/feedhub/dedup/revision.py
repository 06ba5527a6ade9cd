"""What a change of a text means: its kinds, the figures that changed, and who still prints the old ones.

before, after -changes-> places that differ -kinds-> typo, wording, opposite, headline, figure, name, added, cut,
withdrawn, rewritten
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from feedhub.dedup.credit import strip_title
from feedhub.dedup.lineage import withdraws
from feedhub.dedup.numerals import DIGITS, compounded, figure
from feedhub.dedup.opposites import opposed, opposed_cjk
from feedhub.dedup.tokens import SIGNS, tokenise
from feedhub.text import CJK, UNSPACED, fold, joint

Kind = Literal[
    "typo", "wording", "opposite", "headline", "figure", "name", "added", "cut", "withdrawn", "rewritten",
]  # fmt: skip

WORDS = 4000  # of a text that are compared: the rest of a longer one is background
LONGEST = 8 * WORDS  # characters of a copy in which old figures are looked for
GAP = 6  # words on either side of a replacement in which a figure or a name is told from a rewritten sentence
REWRITTEN = 0.5  # share of the words that must stand in both, or the text is another one
TYPO = 2  # letters that a slip of the pen changes
_SINGLE = {**DIGITS, "十": "10", "百": "100", "千": "1000", "one": "1"}  # words that are a figure beside another
_WORD = re.compile(
    r"(?i:(?:twen|thir|for|fif|six|seven|eigh|nine)ty-[a-z]+)|\d+(?:[.,:]\d+)*(?: (?:m|b|tr)illion\b)?"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]"
)
_FIGURES = "[0-9０-９]+(?:[.,:．，：・][0-9０-９]+)*"
_NUMERALS = "[〇一二三四五六七八九十百千万億兆]"
# A number is one word, however it is written: 21万4千, 二十一万四千; a numeral by itself where something is counted.
_CJK_WORD = re.compile(
    rf"(?:{_FIGURES}[十百千万億兆]*)+|{_NUMERALS}{{2,}}|{_NUMERALS}(?=[年月日時分人件回円％%ドル歳度])|"
    r"[A-Za-zＡ-Ｚａ-ｚ]+|[\u30a0-\u30ff]+|\S"
)

_SPACED_STOP = re.compile(r" (?=[.,;:!?%])")
_DATELINE_END = re.compile(r"[)）\]］】]")


@dataclass(frozen=True, slots=True)
class Change:
    """One place in which two texts differ."""

    before: str  # "" where words were added
    after: str  # "" where words were cut
    context: str  # the word or two that stand before it in both, behind a dateline

    def repeats(self, other: Change) -> bool:
        """Whether it is the other's change, in whatever style a paper writes it, or rounded: 21万 of 214,000."""
        mine, theirs = ((*values(one.before), "", *values(one.after)) for one in (self, other))
        return len(mine) == len(theirs) and all(map(_rounds, mine, theirs))


def values(words: str) -> tuple[str, ...]:
    """The figures in them: 214,000 and 21万4千 are one, as are 7 and seven."""
    told = (_SINGLE.get(word) or figure(word) for word in tokenise(words))
    return tuple(filter(_figure, told))


def _rounds(value: str, whole: str) -> bool:
    """Whether a figure is another one, or as long and stands for it with noughts in the place of its last digits."""
    told = value.rstrip("0")
    return value == whole or (len(value) == len(whole) and told.isdecimal() and whole.startswith(told))


def words_of(text: str, language: str) -> list[str]:
    """A text as the words in which changes are told."""
    return (_CJK_WORD if language in UNSPACED else _WORD).findall(text)[:WORDS]


def changes(before: Sequence[str], after: Sequence[str], language: str) -> list[Change]:
    """The places where two sequences of words differ, in order."""

    def told(words: Sequence[str]) -> str:
        return _SPACED_STOP.sub("", joint(language).join(words))

    return [
        Change(told(before[here]), told(after[there]), _context(told(before[max(0, here.start - 2) : here.start])))
        for here, there in _places(before, after)
    ]


def _context(words: str) -> str:
    """Words before a change, without the end of a dateline, as each outlet has its own; "" where no word is left."""
    said = _DATELINE_END.split(words)[-1].strip(" ,;:、")
    return said if any(map(str.isalnum, said)) else ""


def kinds(title: tuple[str, str], text: tuple[str, str], language: str) -> frozenset[Kind]:
    """What a revision did; each pair is (before, after)."""
    found: set[Kind] = set()
    if withdraws(title[1], text[1]) and not withdraws(title[0], text[0]):
        found.add("withdrawn")
    if fold(title[0]) != fold(title[1]):
        found.add("headline")
    before, after = words_of(text[0], language), words_of(text[1], language)
    if before != after:
        made = [(before[here], after[there]) for here, there in _places(before, after)]
        kept = len(before) - sum(len(old) for old, _ in made)
        if before and after and kept < REWRITTEN * min(len(before), len(after)):
            found.add("rewritten")
        else:
            found |= {kind for old, new in made for kind in _kinds_of(old, new, language)}
    return frozenset(found)


def figures(title: tuple[str, str], text: tuple[str, str], language: str) -> tuple[Change, ...]:
    """The figures that changed in place, headline and text together; "UPDATE 2-" is no figure."""
    headlines = (strip_title(title[0]), strip_title(title[1]))
    places = [
        change
        for before, after in (headlines, text)
        for change in changes(words_of(before, language), words_of(after, language), language)
    ]
    return _each_in_one_style([change for change in places if _other_figures(change) and _short(change)])


def _each_in_one_style(places: Sequence[Change]) -> tuple[Change, ...]:
    """The places without those that are equal; one change of a figure as the last of them writes it, which is the
    text's: "Three" and 3 that became 6 are one.
    """
    written = {(values(one.before), values(one.after)): (one.before, one.after) for one in places}
    told = (Change(*written[values(one.before), values(one.after)], one.context) for one in places)
    return tuple(dict.fromkeys(told))


def still_carries(title: str, text: str, language: str, change: Change) -> bool:
    """Whether a copy prints the old figure where the changed text printed it, and the new one nowhere."""
    copy = _in_one_style(f"{title} {text[:LONGEST]}")
    old, new = (_in_one_style(change.context + joint(language) + words) for words in (change.before, change.after))
    return old in copy and new not in copy


def _in_one_style(text: str) -> str:
    """The words of a text, each between blanks, figures as values: £2.4bn may be 2.4 billion pounds."""
    return f" {' '.join(figure(word) for word in tokenise(text) if word not in SIGNS)} "


def _places(before: Sequence[str], after: Sequence[str]) -> list[tuple[slice, slice]]:
    """Where two sequences of words differ."""
    ops = Levenshtein.opcodes([fold(word) for word in before], [fold(word) for word in after])
    return [(slice(op.src_start, op.src_end), slice(op.dest_start, op.dest_end)) for op in ops if op.tag != "equal"]


def _kinds_of(old: Sequence[str], new: Sequence[str], language: str) -> set[Kind]:
    """The kinds of one replacement, insertion or deletion."""
    cjk = language in UNSPACED
    if opposed_cjk("".join(old), "".join(new)) if cjk else opposed(list(map(fold, old)), list(map(fold, new))):
        return {"opposite"}
    if not old:
        return {"added"} if len(new) > 1 or new[0][0].isalnum() else {"typo"}
    if not new:
        return {"cut"} if len(old) > 1 or old[0][0].isalnum() else {"typo"}
    if max(len(old), len(new)) > GAP:
        return {"added"} if len(new) > len(old) else {"cut"}
    if any(map(_figure, (*old, *new))):
        return _kinds_of_figures(old, new)
    if _slips(old, new):
        return {"typo"}
    return {"name"} if any(map(_name, (*old, *new))) else {"wording"}


def _kinds_of_figures(old: Sequence[str], new: Sequence[str]) -> set[Kind]:
    """Where figures stand: others, or the same in another style; names may stand beside them."""
    told, said = ([word for word in words if not _figure(word)] for words in (old, new))
    found: set[Kind] = {"name"} if told != said and any(map(_name, (*told, *said))) else set()
    return found | {"figure"} if values(" ".join(old)) != values(" ".join(new)) else found or {"typo"}


def _slips(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether these are the same words but for a letter or two, or one character of a Japanese word is another."""
    if len(old) == len(new) == 1 and re.fullmatch(f"[{CJK}]", old[0]):
        return True
    return len(old) == len(new) and all(
        Levenshtein.distance(fold(a), fold(b)) <= TYPO and len(a) > TYPO for a, b in zip(old, new, strict=True)
    )


def _other_figures(change: Change) -> bool:
    """Whether figures stand in the place of others: seven of 7 are none."""
    before, after = values(change.before), values(change.after)
    return bool(before and after) and before != after and _figure(f"{change.before} {change.after}")


def _figure(words: str) -> bool:
    """Whether a figure is among them; "one" is a pronoun as often."""
    folded = compounded(fold(words))
    written = any(char.isdecimal() for char in folded) or bool(re.search(_NUMERALS, folded))
    return written or any(figure(word) != word for word in folded.split())


def _name(word: str) -> bool:
    return word[:1].isupper() or bool(re.match("[\u30a0-\u30ff]{2}", word))


def _short(change: Change) -> bool:
    return max(len(change.before), len(change.after)) <= 40
