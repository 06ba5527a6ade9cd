"""A digest: the beginnings of several stories' texts, one behind the other. It is a copy of none of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from feedhub.dedup.case import Case, Judged
from feedhub.dedup.judge import LEAD_SHINGLES
from feedhub.dedup.subject import Subject, share

STORIES = 3  # of one text, cut in different places, two may have come apart
APART = 0.2  # of the shorter of two parts that may stand in both: a phrase that all bulletins have
MOST = 0.5  # of a text that a copy may have of it; with more of it, no second part of that length is left


def without_digests(case: Case, verdicts: Sequence[Judged]) -> Sequence[Judged]:
    """The verdicts on an item, of which none makes it a copy of a part of it if it is a digest."""
    if not any(_of_a_part(case.me, pair) for pair in verdicts) or not _is_digest(case):
        return verdicts
    return [
        (one, replace(verdict, kind="related", reasons=("a digest, of other stories as well",)))
        if _of_a_part(case.me, (one, verdict))
        else (one, verdict)
        for one, verdict in verdicts
    ]


def _of_a_part(me: Subject, judged: Judged) -> bool:
    candidate, verdict = judged
    return verdict.kind == "copy" and share(candidate.subject, me) < MOST


def _is_digest(case: Case) -> bool:
    """Whether texts of so many stories begin in different parts of an item's text."""
    apart: dict[int, frozenset[int]] = {}
    for story, part in _parts(case):
        if story not in apart and all(len(part & one) < APART * min(len(part), len(one)) for one in apart.values()):
            apart[story] = part
    return len(apart) >= STORIES


def _parts(case: Case) -> Iterator[tuple[int, frozenset[int]]]:
    """The stories that begin in an item's text, each with what stands there of one of its copies."""
    for one in case.candidates:
        start = one.subject.ordered[:LEAD_SHINGLES]
        if start and sum(map(case.me.distinct.__contains__, start)) > case.rules.strong * len(start):
            yield one.story, case.me.distinct & one.subject.distinct
