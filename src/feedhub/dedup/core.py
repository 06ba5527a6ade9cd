"""The core of a story: the copy that all that joins later must resemble. Pure.

The core is the fullest text, as short copies share too little with a cut of another passage and too much with whoever
prints the same plea above his own. But length alone is no merit: a copy may be long by an uncut caption, advertising or
junk, and lack a half of the story. What counts is what other copies bear out:

* A fuller text takes the lead if it has all that the core has, but for edits. A core that is a fragment gives way to
  any fuller one.
* Any copy takes it from a core that other sources bear out in less of its text.
* What others do not bear out of a core is no measure of what joins.

Tried without gain: to let one copy bear out a core's text (six false pairs against six right ones: prefaces), and to
keep fragments in the lead (four false pairs).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from feedhub.dedup.subject import Subject, share

FRAGMENT = 32  # shingles, some 200 letters: of fewer, all may be furniture that other stories have too
WHOLE = 0.9  # of the core's text that a text must have to take the lead; at .78 spoilt copies lead two stories
WITNESSES = 2  # other sources that bear out a core's text


class Print(NamedTuple):
    """A text, and the source that prints it."""

    source: str
    subject: Subject


def surpasses(one: Subject, core: Subject) -> bool:
    """Whether a text has all of the core's, and more."""
    fuller = len(one.features.tokens) > len(core.features.tokens)
    return fuller and (len(core.distinct) < FRAGMENT or share(one, core) > WHOLE)


def best_borne_out(copies: Mapping[int, Print], core: int | None = None) -> int:
    """The copy of which others print most, the fullest on a tie; the core unless another is ahead."""
    printers = _printers(copies.values())
    shared = {id: sum(len(printers[one]) > 1 for one in copy.subject.distinct) for id, copy in copies.items()}
    best = max(copies, key=lambda id: (shared[id], len(copies[id].subject.features.tokens), -id))
    return best if core is None or shared[best] > shared[core] else core


def borne_out(me: Subject, core: Print, others: Iterable[Print]) -> float:
    """Containment in what others print of the core's text; 0 where that is but a fragment."""
    printers = _printers(one for one in others if one.source != core.source)
    text = {shingle for shingle in core.subject.distinct if len(printers[shingle]) >= WITNESSES}
    smaller = min(len(me.distinct), len(text))
    return len(me.distinct & text) / smaller if smaller >= FRAGMENT else 0.0


def _printers(copies: Iterable[Print]) -> Mapping[int, set[str]]:
    """Who prints each shingle: a source that prints a text twice is no second witness."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for copy in copies:
        for shingle in copy.subject.distinct:
            found[shingle].add(copy.source)
    return found
