"""What a change of a text means: its kinds, the figures that changed, and who still prints the old ones.

before, after -changes-> places that differ -kinds-> typo, headline, figure, name, added, cut, withdrawn, rewritten
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from feedhub.dedup.credit import strip_title
from feedhub.dedup.numerals import figure
from feedhub.dedup.tokens import tokenise
from feedhub.text import fold

Kind = Literal["typo", "headline", "figure", "name", "added", "cut", "withdrawn", "rewritten"]

WORDS = 4000  # of a text that are compared: the rest of a longer one is background
LONGEST = 8 * WORDS  # characters of a copy in which old figures are looked for
GAP = 6  # words on either side of a replacement in which a figure or a name is told from a rewritten sentence
REWRITTEN = 0.5  # share of the words that must stand in both, or the text is another one
TYPO = 2  # letters that a slip of the pen changes
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]")
_DIGITS = "[0-9０-９]+(?:[.,:．，：][0-9０-９]+)*"
_NUMERALS = "[〇一二三四五六七八九十百千万億兆]"
# A number is one word, however it is written: 21万4千, 二十一万四千; a numeral by itself where something is counted.
_CJK_WORD = re.compile(
    rf"(?:{_DIGITS}[十百千万億兆]*)+|{_NUMERALS}{{2,}}|{_NUMERALS}(?=[年月日時分人件回円％%ドル歳度])|"
    r"[A-Za-zＡ-Ｚａ-ｚ]+|[\u30a0-\u30ff]+|\S"
)
_WITHDRAWN = re.compile(
    r"\b(?:withdrawn|withdraws? (?:this|its|the) (?:story|report)|retracted|this (?:story|article) has been removed|"
    r"kill(?:ed)? (?:story|notice))\b|(?:記事|配信)を(?:取り消|削除)|取り消し(?:ます|ました)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One place in which two texts differ."""

    before: str  # "" where words were added
    after: str  # "" where words were cut
    context: str  # the word or two that stand before it in both

    def repeats(self, other: Change) -> bool:
        """Whether it is the other's change, in whatever style a paper writes it, or rounded: 21万 of 214,000."""
        mine, theirs = ((*values(one.before), "", *values(one.after)) for one in (self, other))
        return len(mine) == len(theirs) and all(map(_rounds, mine, theirs))


def values(words: str) -> tuple[str, ...]:
    """The figures in them: 214,000 and 21万4千 are one."""
    return tuple(filter(_figure, map(figure, tokenise(words))))


def _rounds(value: str, whole: str) -> bool:
    """Whether a figure is another one, or as long and stands for it with noughts in the place of its last digits."""
    told = value.rstrip("0")
    return value == whole or (len(value) == len(whole) and told.isdecimal() and whole.startswith(told))


def words_of(text: str, language: str) -> list[str]:
    """A text as the words in which changes are told."""
    cjk = language in ("ja", "zh")
    return (_CJK_WORD if cjk else _WORD).findall(text)[:WORDS]


def changes(before: Sequence[str], after: Sequence[str], joint: str = " ") -> list[Change]:
    """The places where two sequences of words differ, in order."""
    old, new = [fold(word) for word in before], [fold(word) for word in after]
    return [
        Change(
            joint.join(before[op.src_start : op.src_end]),
            joint.join(after[op.dest_start : op.dest_end]),
            joint.join(before[max(0, op.src_start - 2) : op.src_start]),
        )
        for op in Levenshtein.opcodes(old, new)
        if op.tag != "equal"
    ]


def kinds(title: tuple[str, str], text: tuple[str, str], language: str) -> frozenset[Kind]:
    """What a revision did; each pair is (before, after)."""
    found: set[Kind] = set()
    if _withdrawn(title[1], text[1]) and not _withdrawn(title[0], text[0]):
        found.add("withdrawn")
    if fold(title[0]) != fold(title[1]):
        found.add("headline")
    before, after = words_of(text[0], language), words_of(text[1], language)
    if before != after:
        made = _runs(before, after)
        kept = len(before) - sum(len(old) for old, _ in made)
        if before and after and kept < REWRITTEN * min(len(before), len(after)):
            found.add("rewritten")
        else:
            found |= {kind for old, new in made for kind in _kinds_of(old, new)}
    return frozenset(found)


def figures(title: tuple[str, str], text: tuple[str, str], language: str) -> tuple[Change, ...]:
    """The figures that changed in place, headline and text together; "UPDATE 2-" is no figure."""
    headlines = (strip_title(title[0]), strip_title(title[1]))
    joint = "" if language in ("ja", "zh") else " "
    places = [
        change
        for before, after in (headlines, text)
        for change in changes(words_of(before, language), words_of(after, language), joint)
    ]
    told = [change for change in places if _figure(change.before) and _figure(change.after) and _short(change)]
    return tuple(dict.fromkeys(told))


def still_carries(title: str, text: str, language: str, change: Change) -> bool:
    """Whether a copy prints the old figure where the changed text printed it, and the new one nowhere."""
    joint = "" if language in ("ja", "zh") else " "
    copy = _in_one_style(f"{title} {text[:LONGEST]}")
    old, new = (_in_one_style(change.context + joint + words) for words in (change.before, change.after))
    return old in copy and new not in copy


def _in_one_style(text: str) -> str:
    """The words of a text, each between blanks, figures as values."""
    return f" {' '.join(map(figure, tokenise(text)))} "


def _runs(before: Sequence[str], after: Sequence[str]) -> list[tuple[Sequence[str], Sequence[str]]]:
    return [
        (before[op.src_start : op.src_end], after[op.dest_start : op.dest_end])
        for op in Levenshtein.opcodes([fold(word) for word in before], [fold(word) for word in after])
        if op.tag != "equal"
    ]


def _kinds_of(old: Sequence[str], new: Sequence[str]) -> set[Kind]:
    """The kinds of one replacement, insertion or deletion."""
    if not old:
        return {"added"} if len(new) > 1 or new[0][0].isalnum() else {"typo"}
    if not new:
        return {"cut"} if len(old) > 1 or old[0][0].isalnum() else {"typo"}
    if max(len(old), len(new)) > GAP:
        return {"added"} if len(new) > len(old) else {"cut"}
    found: set[Kind] = set()
    if any(map(_figure, old)) or any(map(_figure, new)):
        found.add("figure")
    slips = len(old) == len(new) and all(
        Levenshtein.distance(fold(a), fold(b)) <= TYPO and len(a) > TYPO for a, b in zip(old, new, strict=True)
    )
    if any(_name(word) for word in (*old, *new)) and not slips:
        found.add("name")
    return found or {"typo"}


def _withdrawn(title: str, text: str) -> bool:
    return _WITHDRAWN.search(f"{title}\n{text[:600]}") is not None


def _figure(words: str) -> bool:
    return any(char.isdecimal() for char in words) or bool(re.search(_NUMERALS, words))


def _name(word: str) -> bool:
    return word[:1].isupper() or bool(re.match("[\u30a0-\u30ff]{2}", word))


def _short(change: Change) -> bool:
    return max(len(change.before), len(change.after)) <= 40
