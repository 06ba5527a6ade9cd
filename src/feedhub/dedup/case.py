"""The input of a placement: a new item, and the stored ones that may be copies of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feedhub.dedup.about import Terms
from feedhub.dedup.core import Print
from feedhub.dedup.lineage import Step
from feedhub.dedup.rules import RULES, Rules
from feedhub.dedup.subject import Subject
from feedhub.model import Item, Verdict


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item and what it is compared by."""

    item: Item
    subject: Subject
    keys: tuple[int, ...]  # what its candidates are looked up by: its headline, where it has one, and its fingerprints
    step: Step | None = None  # of a running story, as the item says itself
    stamp: bytes = b""  # the digest of what the feed says, where the text is its page's
    terms: Terms | None = None  # what others of its event are looked for by, where that was worked out already


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored item that may be a copy of the one at hand."""

    item_id: int
    story: int
    published: datetime
    subject: Subject
    source: str = ""
    common: float = 0.0  # other stories that carry the fingerprints in common, on average

    @property
    def witness(self) -> Print:
        """Its text, as a witness of others'."""
        return Print(self.source, self.subject)


Judged = tuple[Candidate, Verdict]  # a candidate, and what the item is to it


@dataclass(frozen=True, slots=True)
class Case:
    """An item whose story is to be found, and what may speak for one.

    `candidates` are the likeliest first, namesakes (equal headlines) among them; `cores` has the core copy of every
    story that one of them belongs to. `manifold` stories hold several texts by right (an editor merged them, an update
    followed): there one good copy suffices.
    """

    item_id: int
    published: datetime
    me: Subject
    candidates: Sequence[Candidate]
    cores: Mapping[int, Candidate]
    source: str = ""
    step: Step | None = None
    manifold: frozenset[int] = frozenset()
    rules: Rules = RULES

    def without(self, forbidden: frozenset[int]) -> Case:
        """The same where an editor forbade these stories: no likeness outweighs that."""
        if not forbidden:
            return self
        return replace(self, candidates=[one for one in self.candidates if one.story not in forbidden])
