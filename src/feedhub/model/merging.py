"""What the merge decides about an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VerdictKind = Literal["copy", "related", "unrelated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one item is to another, and why."""

    kind: VerdictKind
    score: float  # containment of the shorter text in the longer, 0..1
    reasons: tuple[str, ...] = ()  # what decided, in words
    conflict: bool = False  # figures speak against a copy, however much is shared
    measures: tuple[tuple[str, float], ...] = ()  # what was measured: names and thresholds in dedup.judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an item belongs; the store carries it out."""

    item_id: int
    story: int | None  # the story it joins; None: it opens its own
    core: int  # the core copy of that story, this or another
    verdict: Verdict | None = None  # against the copy that decided; None when nothing resembled it
    beside: int | None = None  # that copy's item id
    absorbs: tuple[int, ...] = ()  # stories of a bare headline that turn out to be copies of this one
    related: tuple[tuple[int, float], ...] = ()  # (story, score), best first
    turned_down: tuple[tuple[int, Verdict], ...] = ()  # (item, verdict): the most similar copies that it did not join
    updates: bool = False  # it joins as the story's next step, with figures of its own
