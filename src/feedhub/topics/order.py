"""The order of a topic's stories, and the copy that each is shown by. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import NamedTuple


class Print(NamedTuple):
    """A copy that a story may be shown by."""

    item: int
    source: str
    outlet: str
    language: str


def heat(outlets: int, published: float, half_life: float) -> float:
    """A value to order stories by coverage that loses half its worth in each half-life.

    It is the logarithm of outlets · 2^(-age / half-life), without the term that is the same for all stories at one
    time. So the order needs no clock, and a feed in it changes only when its stories do.
    """
    return log2(max(1, outlets)) + published / half_life


def shown_print(copies: Sequence[Print], outlets: Sequence[str], languages: Sequence[str]) -> Print:
    """The copy in the most preferred language, among these that of the most preferred outlet, else the first copy.

    `copies` begins with the one that the story is shown by if nothing is preferred; an outlet is named as readers know
    it, or by a source's id.
    """

    def rank(copy: Print) -> tuple[int, int]:
        return _place(languages, copy.language), min(_place(outlets, copy.outlet), _place(outlets, copy.source))

    return min(copies, key=rank)


def _place(named: Sequence[str], name: str) -> int:
    return named.index(name) if name in named else len(named)
