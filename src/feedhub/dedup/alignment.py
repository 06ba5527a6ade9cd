"""Two texts aligned token by token: where they agree, and where they differ in the same place. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein, Opcode

from feedhub.dedup.fingerprint import FIGURE
from feedhub.dedup.units import converted

NOTHING = 0  # the number of no word

Gap = tuple[slice, slice]  # places of two texts' words between words that both have


class Text(NamedTuple):
    """A text, and the words that it is compared by."""

    lead: str
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Alignment:
    """How two token sequences compare: the runs that both have, and what differs between these."""

    equal: int  # tokens in runs that stand in both
    spots: int  # places between such runs where both have other tokens
    figures: int  # spots where a figure stands in place of another
    head: int  # tokens before the first common run, on the side that has fewer
    tail: int  # tokens after the last common run, on the side that has fewer
    ends: tuple[int, int] = (0, 0)  # where the last common run ends in either
    runs: Sequence[Opcode] = ()  # that stand in both


def align(a: array[int], b: array[int]) -> Alignment:
    """Compare token by token; an equal run is two or more, so that a stray comma's neighbour is none."""
    runs = common_runs(a, b, 2)
    if not runs:
        return Alignment(equal=0, spots=0, figures=0, head=min(len(a), len(b)), tail=min(len(a), len(b)))
    places = spots(runs)
    first, last = runs[0], runs[-1]
    return Alignment(
        equal=sum(run.src_end - run.src_start for run in runs),
        spots=len(places),
        figures=sum(figures_conflict(a, b, here, there) for here, there in places),
        head=min(first.src_start, first.dest_start),
        tail=min(len(a) - last.src_end, len(b) - last.dest_end),
        ends=(last.src_end, last.dest_end),
        runs=runs,
    )


def common_runs(a: Sequence[object], b: Sequence[object], least: int) -> list[Opcode]:
    """The common runs of at least so many tokens, in order."""
    return [op for op in Levenshtein.opcodes(a, b) if op.tag == "equal" and op.src_end - op.src_start >= least]


def spots(runs: Sequence[Opcode]) -> list[Gap]:
    """The places between two runs where both texts have something."""
    return [
        (slice(one.src_end, two.src_start), slice(one.dest_end, two.dest_start))
        for one, two in pairwise(runs)
        if one.src_end < two.src_start and one.dest_end < two.dest_start
    ]


def anchored(runs: Sequence[Opcode], least: int) -> Iterator[Gap]:
    """What stands between any two runs of so many tokens, in either text; and before the first."""
    long = [run for run in runs if run.src_end - run.src_start >= least]
    if long:
        yield slice(0, long[0].src_start), slice(0, long[0].dest_start)
    for one, two in pairwise(long):
        yield slice(one.src_end, two.src_start), slice(one.dest_end, two.dest_start)


def gaps(a: array[int], b: array[int], least: int) -> Iterator[Gap]:
    """What stands before, between and after the runs of `least` equal tokens that two sequences share."""
    runs = common_runs(a, b, least)
    if not runs:
        return
    starts = [(0, 0), *((run.src_end, run.dest_end) for run in runs)]
    ends = [*((run.src_start, run.dest_start) for run in runs), (len(a), len(b))]
    for (i, j), (k, m) in zip(starts, ends, strict=True):
        yield slice(i, k), slice(j, m)


def longest_run(a: Sequence[str], b: Sequence[str]) -> Sequence[str]:
    """The longest common run of words, for people to see."""
    longest = max(common_runs(a, b, 1), key=lambda run: run.src_end - run.src_start, default=None)
    return a[longest.src_start : longest.src_end] if longest else ()


def figures_conflict(a: array[int], b: array[int], here: slice, there: slice) -> bool:
    """Whether figures stand here and others there, not converted, and neither text has the other's anywhere.

    Where they count one thing, elsewhere means before the same word: 21時 is no 21日.
    """
    mine = counted(a, here)
    yours = counted(b, there) if mine else mine
    if not yours or not mine.keys().isdisjoint(yours):
        return False
    things = set(mine.values()).intersection(yours.values()) - {NOTHING}
    return not (_has(b, mine, things) or _has(a, yours, things) or converted(a[here], b[there]))


def counted(text: array[int], place: slice) -> dict[int, int]:
    """The figures that stand there, each with the word behind it; at the end of a text it counts nothing."""
    following = text[place.start + 1 : place.stop + 1]
    return {word: behind for word, behind in zip_longest(text[place], following, fillvalue=NOTHING) if word & FIGURE}


def _has(text: array[int], figures: dict[int, int], things: set[int]) -> bool:
    """Whether a text has all of these figures, before what they count where that is one of the things."""
    return all(_stand([figure, behind] if behind in things else [figure], text) for figure, behind in figures.items())


def _stand(words: Sequence[int], text: array[int]) -> bool:
    """Whether words stand in a row in a text: the bytes of their numbers are found in a tenth of the time."""
    wanted, whole = array("I", words).tobytes(), text.tobytes()
    at = whole.find(wanted)
    while at >= 0 and at % text.itemsize:
        at = whole.find(wanted, at + 1)
    return at >= 0
