"""What an equal headline proves where there is no text to compare, or the texts have not decided. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from feedhub.dedup.case import Candidate, Case, Judged
from feedhub.dedup.judge import judge
from feedhub.dedup.lineage import UPDATE_SPAN
from feedhub.dedup.subject import is_bare
from feedhub.model import Verdict
from feedhub.text import UNSPACED

HEADLINE, HEADLINE_CJK = 8, 24  # words, or characters, of a headline that no two desks write alike by chance
HEADLINE_SPAN = timedelta(hours=24)

# Score 0: nothing is known of its text, so it never leads its story.
SAME_HEADLINE = Verdict(kind="copy", score=0.0, reasons=("equal long headlines, the texts cut in different places",))
NAMESAKE = Verdict(kind="copy", score=1.0, reasons=("equal headlines, one without a body",))


def namesakes(case: Case) -> list[Candidate]:
    """The candidates of the same headline."""
    mine = case.me.features
    if not mine.title:
        return []
    return [
        candidate
        for candidate in case.candidates
        if candidate.subject.features.title == mine.title
        and candidate.subject.features.language == mine.language
        and abs(case.published - candidate.published) <= case.rules.window
    ]


def copy_by_headline(case: Case, named: Sequence[Candidate]) -> Judged | None:
    """The copy that an equal headline names."""
    named = _elsewhere(case, named)
    bare = _bare(case, named) if case.rules.bare else None
    return bare or (_long(case, named) if case.rules.headlines else None)


def absorbed(case: Case, named: Sequence[Candidate], own: int | None) -> tuple[int, ...]:
    """Stories that are nothing but this headline, and end as the text that belongs to it has come.

    Only where the headline names no other story that has a text.
    """
    if is_bare(case.me):
        return ()
    stories = {candidate.story for candidate in named} - {own}
    bare = {story for story in stories if is_bare(case.cores[story].subject)}
    return tuple(sorted(bare)) if bare == stories else ()


def _elsewhere(case: Case, named: Sequence[Candidate]) -> list[Candidate]:
    """Those in stories that are no bare headline which the item's own source used half a day before: it recurs."""
    told = {
        one.story
        for one in named
        if case.source and one.source == case.source and abs(case.published - one.published) > UPDATE_SPAN
    }
    return [one for one in named if one.story not in told or not is_bare(case.cores[one.story].subject)]


def _bare(case: Case, named: Sequence[Candidate]) -> Judged | None:
    """An equal headline joins what has no body to compare, if it names one story only.

    A headline that recurs ("Tokyo stocks close higher") names several and proves nothing. Where both this item and
    the story have a text, the texts have been compared already, and a bare headline between them proves nothing either.
    """
    named = [one for one in named if is_bare(case.me) or is_bare(case.cores[one.story].subject)]
    if len({candidate.story for candidate in named}) != 1:
        return None
    return max(named, key=lambda candidate: candidate.published), NAMESAKE


def _long(case: Case, named: Sequence[Candidate]) -> Judged | None:
    """A long headline, word for word, within a day, is the wire's own: papers cut its text in different places.

    Only where it names one story, and nothing in the texts contradicts.
    """
    mine = case.me.features
    least = HEADLINE_CJK if mine.language in UNSPACED else HEADLINE
    if len(mine.title) < least or len({candidate.story for candidate in named}) != 1:
        return None
    core = case.cores[named[0].story]
    apart = case.published - core.published
    if abs(apart) > HEADLINE_SPAN or judge(case.me, core.subject, apart=apart, rules=case.rules).conflict:
        return None
    return named[-1], SAME_HEADLINE
