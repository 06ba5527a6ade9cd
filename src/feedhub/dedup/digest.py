"""A digest: the beginnings of several stories, one behind the other. It is a copy of none of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from feedhub.dedup.case import Candidate, Case, Judged
from feedhub.dedup.fingerprint import PRINTED
from feedhub.dedup.subject import Subject, share, share_of_beginning
from feedhub.model import Placement

STORIES = 3  # that begin in it; of one text, cut in different places, two may have come apart (at 2: .0013 of recall)
APART = 0.2  # of the shorter of two parts that may stand in both: a phrase that all bulletins have
PART = 0.5  # of its text that one of them has at most


def without_digests(case: Case, verdicts: Sequence[Judged]) -> Sequence[Judged]:
    """The verdicts on an item; where it is a digest, it is no copy of what has but a part of it."""
    parts = [_of_a_part(case.me, pair) for pair in verdicts]
    if not any(parts) or not _is_digest(case):
        return verdicts
    return [
        (one, replace(verdict, kind="related", reasons=("a digest, with other stories in it",)) if part else verdict)
        for (one, verdict), part in zip(verdicts, parts, strict=True)
    ]


def may_go_on_with_others(case: Case, placement: Placement) -> bool:
    """Whether an item's text has twice that of all copies at hand of the story that it joins by it, under a headline of
    its own: the rest may be of other stories, that begin below what was looked up.
    """
    me = case.me.features
    if placement.verdict is None or not placement.verdict.measures or len(me.tokens) <= PRINTED:
        return False
    copies = [one for one in case.candidates if one.story == placement.story]
    return all(one.subject.features.title != me.title and _has_a_part(one, case.me) for one in copies)


def _of_a_part(me: Subject, judged: Judged) -> bool:
    candidate, verdict = judged
    return verdict.kind == "copy" and _has_a_part(candidate, me)


def _has_a_part(one: Candidate, me: Subject) -> bool:
    return share(one.subject, me) < PART


def _is_digest(case: Case) -> bool:
    """Whether several stories begin in different parts of an item's text."""
    found: dict[int, frozenset[int]] = {}
    for story, part in _beginnings(case):
        if story not in found and all(len(part & one) < APART * min(len(part), len(one)) for one in found.values()):
            found[story] = part
    return len(found) >= STORIES


def _beginnings(case: Case) -> Iterator[tuple[int, frozenset[int]]]:
    """The stories that begin in an item's text, each with what stands there of one of its copies."""
    for one in case.candidates:
        if share_of_beginning(one.subject, case.me) > case.rules.strong and _has_a_part(one, case.me):
            yield one.story, case.me.distinct & one.subject.distinct
