"""A late reprint: a copy of what a story said before it was corrected or withdrawn.

The wire says 214,000, and corrects that in place to 241,000; hours later an outlet prints its first text. By the texts
as they stand the figures contradict. But it stands word for word in what a copy of the story said before, and that
differs from the story by few figures: so it is a copy that carries the outdated figure, and no second story.

A bulletin that its source fills anew under one address must not draw other fillings into its story. So the correction
is to come within half a day, to change three figures at most, nothing else in any place, and no passage that many
stories carry; and a source's own items are judged by what they say now. Whether the reprint was published before
the correction or after it is not asked: it may be dated back, and a poll bring it late.

What was withdrawn has a notice in its place, which resembles nothing. Who prints the text after that is a copy of it:
readers are told that it was withdrawn, by the agency's notice or beside the copy that stands for the story from now on.
An outlet that publishes anew what it withdrew itself opens a story.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from feedhub.dedup.alignment import align
from feedhub.dedup.case import Candidate, Case
from feedhub.dedup.fingerprint import FIGURE
from feedhub.dedup.judge import judge
from feedhub.dedup.lineage import UPDATE_SPAN, UPDATED_FIGURES
from feedhub.dedup.subject import Subject
from feedhub.model import Verdict

EARLIER = 3  # revisions of one copy that are looked at, the latest: a toll that rises hour by hour is reprinted soon
TURNED = 2  # copies whose revisions are looked at, those that share most with the item
SAME = 0.8  # of the earlier text's words must stand in the story as it is
SAID_BEFORE = "a copy of what that one said before it was corrected"
WITHDRAWN_SINCE = "a copy of what that one said before it was withdrawn"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a copy of a story said before some of its figures were changed, or all of it withdrawn."""

    copy: Candidate
    subject: Subject
    until: datetime
    withdrawn: bool = False


def late_copy(case: Case, before: Earlier) -> Verdict | None:
    """The verdict by which an item is a late copy of an earlier text of a story; None where it is none."""
    copy, rules = before.copy, case.rules
    timely = before.withdrawn or before.until - copy.published <= UPDATE_SPAN
    if not (rules.updates and timely) or copy.source == case.source:
        return None
    found = judge(case.me, before.subject, apart=case.published - copy.published, common=copy.common, rules=rules)
    rare = dict(found.measures).get("common", 0) <= rules.common
    if found.kind != "copy" or found.score <= rules.strong or not rare or _listed_otherwise(case, copy.story):
        return None
    if before.withdrawn:
        return replace(found, reasons=(WITHDRAWN_SINCE,))
    few = _differ_by_few_figures(before.subject, case.cores[copy.story].subject)
    return replace(found, reasons=(SAID_BEFORE,)) if few else None


def _listed_otherwise(case: Case, story: int) -> bool:
    """Whether the item's own feed has in the story what is not nearly equal: one template, filled twice."""
    own = (one for one in case.candidates if one.story == story and one.source == case.source)
    told = (judge(case.me, one.subject, apart=case.published - one.published, rules=case.rules) for one in own)
    return any(found.kind != "copy" or found.score < case.rules.own for found in told)


def _differ_by_few_figures(before: Subject, now: Subject) -> bool:
    """Whether two texts say the same in other figures, and nothing else in any one place."""
    body = align(before.features.tokens, now.features.tokens)
    same = body.equal > SAME * len(before.features.tokens) and body.head == body.tail == 0
    gone = {token for token in before.features.tokens if token & FIGURE} - set(now.features.tokens)
    return same and 0 < body.spots == body.figures and len(gone) <= UPDATED_FIGURES
