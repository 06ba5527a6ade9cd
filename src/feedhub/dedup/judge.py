"""Two items -> copy, related or unrelated, with the reasons as data."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from feedhub.dedup.fingerprint import FIGURE, Features, shingles

LEAD_SHINGLES = 16


@dataclass(frozen=True, slots=True)
class Alignment:
    equal: int  # tokens that stand in both, in runs of two and more
    spots: int  # places between equal runs where other words stand
    swapped: int  # tokens of the shorter side in those places
    figures: int  # spots where one figure stands in place of another that the other text does not have
    head: int  # tokens of the shorter that differ before the first equal run
    tail: int  # tokens of the shorter that differ after the last equal run


def align(a: array[int], b: array[int]) -> Alignment:
    blocks = [op for op in Levenshtein.opcodes(a, b)]
    runs = [op for op in blocks if op.tag == "equal" and op.src_end - op.src_start >= 2]
    if not runs:
        return Alignment(0, 0, 0, 0, min(len(a), len(b)), min(len(a), len(b)))
    spots = swapped = figures = 0
    a_all, b_all = set(a), set(b)
    for one, two in zip(runs, runs[1:], strict=False):
        x, y = a[one.src_end : two.src_start], b[one.dest_end : two.dest_start]
        if x and y:
            spots += 1
            swapped += min(len(x), len(y))
            fx, fy = {t for t in x if t & FIGURE}, {t for t in y if t & FIGURE}
            if fx and fy and not fx & fy and (not fx <= b_all) and (not fy <= a_all):
                figures += 1
    first, last = runs[0], runs[-1]
    return Alignment(
        equal=sum(op.src_end - op.src_start for op in runs),
        spots=spots,
        swapped=swapped,
        figures=figures,
        head=min(first.src_start, first.dest_start),
        tail=min(len(a) - last.src_end, len(b) - last.dest_end),
    )


@dataclass(frozen=True, slots=True)
class Measures:
    containment: float
    shared: int
    smaller: int
    lead: float
    tails: int
    body: Alignment
    title: Alignment
    same_title: bool


def measure(a: Features, b: Features, a_set: frozenset[int], b_set: frozenset[int], a_sh, b_sh) -> Measures:
    shared = len(a_set & b_set)
    smaller = min(len(a_set), len(b_set))
    return Measures(
        containment=shared / smaller if smaller else 0.0,
        shared=shared,
        smaller=smaller,
        lead=max(_lead(a_sh, b_set), _lead(b_sh, a_set)) if shared else 0.0,
        tails=min(_tail(a_sh, b_set), _tail(b_sh, a_set)),
        body=align(a.tokens, b.tokens),
        title=align(a.title, b.title),
        same_title=bool(a.title) and a.title == b.title,
    )


def _tail(sh: list[int], other: frozenset[int]) -> int:
    """How many shingles at the end stand not in the other."""
    n = 0
    for s in reversed(sh):
        if s in other:
            break
        n += 1
    return n


def _lead(sh: list[int], b_set: frozenset[int]) -> float:
    lead = sh[:LEAD_SHINGLES]
    return sum(1 for s in lead if s in b_set) / len(lead) if lead else 0.0
