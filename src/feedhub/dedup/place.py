"""The placement of an item: candidates are judged, and their verdicts weighed. Pure.

A story is guarded by its core copy (see core.py): what joins must resemble the core, not only some member, so that no
chain of small likenesses ever glues two stories together. Where the texts do not decide, an update that says that it is
one (update.py) or an equal headline (headline.py) may.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf

from feedhub.dedup.announced import says_nothing
from feedhub.dedup.case import Candidate, Case, Judged
from feedhub.dedup.core import WHOLE, Print, best_borne_out, borne_out, surpasses
from feedhub.dedup.digest import without_digests
from feedhub.dedup.headline import absorbed, copy_by_headline, namesakes
from feedhub.dedup.judge import judge
from feedhub.dedup.related import TOP
from feedhub.dedup.subject import begin_alike, share
from feedhub.dedup.update import goes_on, updated
from feedhub.model import Placement, Verdict

MATCHER = "16"  # stored beside each verdict; raised when the rules change

SURE = 0.95  # containment of a copy after which no other candidate is looked at
TURNED_DOWN = 2  # verdicts against a copy that are kept, the likeliest


def place(case: Case) -> Placement:
    """Decide which story an item joins, if any."""
    verdicts = without_digests(case, _verdicts(case))
    copy, named = _copy(case, verdicts), namesakes(case)
    if copy is None and len(verdicts) < len(case.candidates):  # the core of the surest one's story refused it
        verdicts = without_digests(case, _verdicts(case, enough=inf))
        copy = _copy(case, verdicts)
    update = updated(case, verdicts) if copy is None else None
    joined = copy or update or copy_by_headline(case, named)
    own = joined[0].story if joined else None
    alone = Placement(
        item_id=case.item_id,
        story=None,
        core=case.item_id,
        related=_related(case, verdicts, own),
        absorbs=absorbed(case, named, own) if case.rules.bare else (),
        turned_down=tuple((one.item_id, verdict) for one, verdict in _near_misses(verdicts, own)),
    )
    if joined is None:
        return alone
    next_step = update is not None or (copy is not None and goes_on(case, joined[0].story))
    return _joining(case, alone, joined, next_step=next_step)


def _joining(case: Case, alone: Placement, joined: Judged, *, next_step: bool) -> Placement:
    """The placement beside a copy; a story's next step guards it."""
    candidate, verdict = joined
    return replace(
        alone,
        story=candidate.story,
        verdict=verdict,
        beside=candidate.item_id,
        core=case.item_id if next_step else _core(case, candidate.story, verdict),
        updates=next_step,
    )


def _core(case: Case, story: int, verdict: Verdict) -> int:
    """The copy that guards a story which the item has joined; of the others, those are asked that are at hand."""
    core = case.cores[story]
    if not verdict.score:
        return core.item_id
    if surpasses(case.me, core.subject):
        return case.item_id
    if share(core.subject, case.me) > WHOLE:
        return core.item_id
    copies = {core.item_id: core.witness, case.item_id: Print(case.source, case.me)}
    if story not in case.manifold:
        copies = {one.item_id: one.witness for one in case.candidates if one.story == story} | copies
    return best_borne_out(copies, core.item_id)


def _verdicts(case: Case, enough: float = SURE) -> list[Judged]:
    """Judge the candidates one by one, until so much makes one a copy beyond doubt: those that follow share less."""
    found = []
    for candidate in case.candidates:
        apart = case.published - candidate.published
        verdict = judge(case.me, candidate.subject, apart=apart, common=candidate.common, rules=case.rules)
        if verdict.kind == "copy":
            verdict = _unless_listed_beside(case, candidate, verdict)
        found.append((candidate, verdict))
        if verdict.kind == "copy" and verdict.score >= enough and begin_alike(case.me, candidate.subject):
            break
    return found


def _unless_listed_beside(case: Case, candidate: Candidate, verdict: Verdict) -> Verdict:
    """The verdict on what would be a copy, as far as others of that text, or of that feed, do not tell otherwise."""
    one_feed = candidate.source == case.source
    if one_feed and verdict.score < case.rules.own:
        return replace(verdict, kind="related", reasons=("the same feed lists both, and they differ",))
    everywhere = one_feed or candidate.common > case.rules.common
    if everywhere and says_nothing(case.me.features, candidate.subject.features):
        return replace(verdict, kind="unrelated", reasons=("the text has no word of either headline",))
    return verdict


def _copy(case: Case, verdicts: Sequence[Judged]) -> Judged | None:
    """The best copy by its text whose story's core agrees; of those that share as much, one that begins alike: a digest
    has the text in its middle.
    """
    copies = [pair for pair in verdicts if pair[1].kind == "copy"]
    copies.sort(key=lambda pair: (pair[1].score, begin_alike(case.me, pair[0].subject)), reverse=True)
    known = {candidate.item_id: verdict for candidate, verdict in verdicts}
    return next((pair for pair in copies if _fits(case, pair, known)), None)


def _fits(case: Case, pair: Judged, known: Mapping[int, Verdict]) -> bool:
    """Whether the story's core copy agrees that this is a copy."""
    candidate, found = pair
    core = case.cores[candidate.story]
    by_right = candidate.story in case.manifold and found.score > case.rules.strong
    if core.item_id == candidate.item_id or by_right or not case.rules.cores:
        return True
    apart = case.published - core.published
    verdict = known.get(core.item_id) or judge(case.me, core.subject, apart=apart, rules=case.rules)
    if verdict.conflict or verdict.score >= case.rules.core:
        return not verdict.conflict
    others = (one.witness for one in case.candidates if one.story == core.story)
    return borne_out(case.me, core.witness, others) >= case.rules.core


def _near_misses(verdicts: Iterable[Judged], own: int | None) -> list[Judged]:
    """The near misses: candidates most like a copy that are none, for people who ask why."""
    missed = [pair for pair in verdicts if pair[1].kind == "related" and pair[0].story != own]
    return sorted(missed, key=lambda pair: -pair[1].score)[:TURNED_DOWN]


def _related(case: Case, verdicts: Iterable[Judged], own: int | None) -> tuple[tuple[int, float], ...]:
    """The stories of one event that share passages, best first; what many stories carry tells of no event."""
    best: dict[int, float] = {}
    for candidate, verdict in verdicts:
        rare = candidate.common <= case.rules.common
        if verdict.kind == "related" and not verdict.conflict and rare and candidate.story != own:
            best[candidate.story] = max(best.get(candidate.story, 0.0), verdict.score)
    return tuple(sorted(best.items(), key=lambda pair: -pair[1])[:TOP])
