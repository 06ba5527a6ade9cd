"""Two texts compared for people: what was cut and added, and which passages both print. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rapidfuzz.distance import Levenshtein, Opcode

from feedhub.text import UNSPACED, fold

WORDS = 3000  # of a text that are compared: 10 ms for two that have nothing in common
ISLAND = 2  # words that stand in both between two changes and are told with these: single words read as noise
PASSAGE, PASSAGE_CJK = 5, 10  # words, or characters, in a row that make a passage
AROUND = 14  # words shown on either side of a change

# Each token takes the space behind it along, so that the tokens joined are the text.
_WORD = re.compile(r"(?:\w+(?:['’.,:-]\w+)*|[^\w\s])\s*|\s+")
_CJK_WORD = re.compile(
    r"(?:[0-9０-９]+(?:[.,．，][0-9０-９]+)*|[〇一二三四五六七八九十百千万億兆]+|[A-Za-zＡ-Ｚａ-ｚ]+|[\u30a0-\u30ff]+|\S)\s*|\s+"
)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text; `gap` stands for one that is left out."""

    kind: Literal["same", "cut", "added", "gap"]
    text: str


def differences(before: str, after: str, language: str) -> tuple[Run, ...]:
    """A word-by-word diff of two texts; what was cut stands before what took its place."""
    old, new = _tokens(before, language), _tokens(after, language)
    ops = Levenshtein.opcodes(_keys(old), _keys(new))
    runs: list[Run] = []
    for same, group in groupby(enumerate(ops), key=lambda one: _stands(one[0], one[1], len(ops))):
        parts = [op for _, op in group]
        left = "".join(old[parts[0].src_start : parts[-1].src_end])
        right = "".join(new[parts[0].dest_start : parts[-1].dest_end])
        if same:
            runs.append(Run("same", right))
            continue
        runs += [Run("cut", left)] if left else []
        runs += [Run("added", right)] if right else []
    return tuple(runs)


def _stands(index: int, op: Opcode, count: int) -> bool:
    """Whether the two are told to be the same here; an island between two changes is told with these."""
    inside = 0 < index < count - 1
    return bool(op.tag == "equal" and not (inside and op.src_end - op.src_start <= ISLAND))


def abridged(runs: Sequence[Run], language: str) -> tuple[Run, ...]:
    """The same with the middle of long unchanged stretches left out."""
    return tuple(part for index in range(len(runs)) for part in _abridged(index, runs, language))


def _abridged(index: int, runs: Sequence[Run], language: str) -> Iterator[Run]:
    run = runs[index]
    tokens = _tokens(run.text, language) if run.kind == "same" else []
    head = 0 if index == 0 else AROUND
    tail = 0 if index == len(runs) - 1 else AROUND
    if len(tokens) <= head + tail + AROUND:
        yield run
        return
    if head:
        yield Run("same", "".join(tokens[:head]))
    yield Run("gap", "".join(tokens[head : len(tokens) - tail]))
    if tail:
        yield Run("same", "".join(tokens[-tail:]))


def shared(one: str, other: str, language: str) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Both texts, each as runs of kind `same`, the passages that both print, and `cut`, what it has for itself."""
    a, b = _tokens(one, language), _tokens(other, language)
    least = PASSAGE_CJK if language in UNSPACED else PASSAGE
    equal = [
        op for op in Levenshtein.opcodes(_keys(a), _keys(b)) if op.tag == "equal" and op.src_end - op.src_start >= least
    ]
    return (
        tuple(_marked(a, [(op.src_start, op.src_end) for op in equal])),
        tuple(_marked(b, [(op.dest_start, op.dest_end) for op in equal])),
    )


def _marked(tokens: Sequence[str], passages: Iterable[tuple[int, int]]) -> Iterator[Run]:
    at = 0
    for start, end in passages:
        if start > at:
            yield Run("cut", "".join(tokens[at:start]))
        yield Run("same", "".join(tokens[start:end]))
        at = end
    if at < len(tokens):
        yield Run("cut", "".join(tokens[at:]))


def _tokens(text: str, language: str) -> list[str]:
    return (_CJK_WORD if language in UNSPACED else _WORD).findall(text)[:WORDS]


def _keys(tokens: Iterable[str]) -> list[str]:
    return [fold(token).strip() for token in tokens]
