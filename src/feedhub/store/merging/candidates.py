"""Candidates: stored items that may be copies of one, looked up by fingerprints and headline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from feedhub.dedup.case import Candidate, Case, Prepared
from feedhub.dedup.digest import may_go_on_with_others
from feedhub.dedup.fingerprint import PRINTED, fingerprints
from feedhub.dedup.late import late_copy
from feedhub.dedup.place import place
from feedhub.dedup.verdict import borderline
from feedhub.model import Placement
from feedhub.store import times
from feedhub.store.merging.lately import Brief, Lately
from feedhub.store.merging.postings import FEW

BEST = 8  # candidates that are compared, those that share most
OF_ONE = 3  # of these, of one story, while there are others: a digest has the beginnings of several
NAMESAKES = 20  # newest items of equal headline
# Share of the keys of the item or of a candidate, whichever has fewer, that both must have: half of what `weak` asks of
# their texts, of which these are a sample. Of 48,318 labelled pairs with a key in common 28,000 share less; one of them
# is of copies.
SHARED = 0.14

WEEK = 7 * 86400.0  # seconds in which other stories make a passage common


def find_place(lately: Lately, item_id: int, prepared: Prepared) -> Placement:
    """Look up the candidates for an item, which may be stored already, and let the merge decide."""
    likely = _look_up(lately, item_id, prepared)
    if not likely:
        return Placement(item_id=item_id, story=None, core=item_id)
    case = _case(lately, item_id, prepared, likely)
    placement = place(case)
    if may_go_on_with_others(case, placement) and (more := _further_below(lately, item_id, prepared, likely)):
        case = _case(lately, item_id, prepared, [*likely, *more])
        placement = place(case)
    return placement if _is_sure(placement) else _late(lately, case, placement)


def _case(lately: Lately, item_id: int, prepared: Prepared, likely: Sequence[tuple[Brief, float]]) -> Case:
    found = {row.item_id: _candidate(lately, row, common) for row, common in likely}
    leading = lately.cores({row.story for row, _ in likely})
    cores = {story: found.get(core.item_id) or _candidate(lately, core) for story, core in leading.items()}
    return Case(
        item_id=item_id,
        published=prepared.item.published,
        me=prepared.subject,
        candidates=tuple(found.values()),
        cores=cores,
        source=prepared.item.source_id,
        step=prepared.step,
        manifold=lately.constraints.manifold,
        rules=lately.rules,
    ).without(lately.constraints.forbidden(item_id))


def _further_below(
    lately: Lately, item_id: int, prepared: Prepared, likely: Sequence[tuple[Brief, float]]
) -> list[tuple[Brief, float]]:
    """More candidates, by what stands below the part of a text that others look it up by."""
    below = replace(prepared, keys=fingerprints(prepared.subject.features, PRINTED))
    known = {row.item_id for row, _ in likely}
    return [pair for pair in _look_up(lately, item_id, below) if pair[0].item_id not in known]


def _is_sure(placement: Placement) -> bool:
    """Whether an item joins a story by more than a part of the texts as they stand."""
    return placement.verdict is not None and (placement.updates or not borderline(placement.verdict))


def _late(lately: Lately, case: Case, placement: Placement) -> Placement:
    """Beside the copy whose earlier text an item reprints, where it joins no story, or one by a part of its text: a
    digest may print the earlier text as well.
    """
    for before in lately.earlier(case.candidates):
        if before.copy.story != placement.story and (verdict := late_copy(case, before)):
            story = before.copy.story
            core = case.cores[story].item_id
            return replace(
                placement,
                story=story,
                core=case.item_id if before.withdrawn and core == before.copy.item_id else core,
                verdict=verdict,
                beside=before.copy.item_id,
                absorbs=tuple(other for other in placement.absorbs if other != story),
                related=tuple(pair for pair in placement.related if pair[0] != story),
            )
    return placement


def _look_up(lately: Lately, item_id: int, prepared: Prepared) -> list[tuple[Brief, float]]:
    """The best candidates by fingerprints and then by headline, each with how common it is what they share."""
    key, at = prepared.subject.features.title_key, prepared.item.published.timestamp()
    postings = lately.postings.find(prepared.keys, at - WEEK)
    if not postings:
        return []
    named = postings.get(key, ())[-NAMESAKES:]
    if prepared.keys.count(key) == 1:  # it is no fingerprint as well
        postings.pop(key, None)
    ids = set(named).union(*postings.values()) - {item_id}
    briefs = lately.briefs(ids)
    near = _within(min(lately.rules.window.total_seconds(), WEEK), at, ids, briefs)
    best = _best(postings, near, prepared, frozenset(named))
    common = _common(postings, _within(WEEK, at, ids, briefs), best) if best else {}
    return [(near[id], common.get(id, 0.0)) for id in dict.fromkeys([*best, *filter(near.__contains__, named)])]


def _within(seconds: float, at: float, ids: Iterable[int], briefs: Mapping[int, Brief]) -> dict[int, Brief]:
    """Those of the items that are stored still, and were published at most so long before or after."""
    return {id: row for id in ids if (row := briefs.get(id)) and abs(at - row.published) <= seconds}


def _best(
    postings: Mapping[int, Sequence[int]], near: Mapping[int, Brief], prepared: Prepared, named: frozenset[int]
) -> Sequence[int]:
    """Those of the near ones that share enough, most first; of those that share as much, first what has the same
    headline and then what is nearest in time: of a storm's bulletins, all may begin like a copy that was cut short.

    Where of what many have the newest alone are given, what few have comes first, and may be enough by itself: hundreds
    of versions of one text, each with other figures, would hide the one that has the same.
    """
    shared = Counter(chain.from_iterable(postings.values()))
    crowded = max(map(len, postings.values()), default=0) == FEW
    few = [items for items in postings.values() if len(items) < FEW] if crowded else postings.values()
    rare = Counter(chain.from_iterable(few)) if crowded else shared
    own, language = len(prepared.keys), prepared.item.language
    uncommon = own - len(postings) + len(few)

    def is_enough(id: int, theirs: int) -> bool:
        return shared[id] >= SHARED * min(own, theirs) or rare[id] >= SHARED * min(uncommon, theirs)

    enough = [id for id, row in near.items() if row.language == language and id in shared and is_enough(id, row.keys)]
    at = prepared.item.published.timestamp()
    enough.sort(key=lambda id: (-rare[id], -shared[id], id not in named, abs(at - near[id].published), id))
    return _of_several_stories(enough, near) if len(enough) > BEST else enough


def _of_several_stories(ranked: Sequence[int], near: Mapping[int, Brief]) -> Sequence[int]:
    """The best of these, no more than three of them of one story while others are left: a digest has several."""
    counts: Counter[int] = Counter()
    few: list[int] = []
    more: list[int] = []
    for id in ranked:
        counts[near[id].story] += 1
        (few if counts[near[id].story] <= OF_ONE else more).append(id)
    best = {*few[:BEST], *more[: max(0, BEST - len(few))]}
    return [id for id in ranked if id in best]


def _common(
    postings: Mapping[int, Sequence[int]], recent: Mapping[int, Brief], best: Iterable[int]
) -> dict[int, float]:
    """How many other recent stories carry each fingerprint that a candidate shares with the item, on average."""
    others: dict[int, list[int]] = {id: [] for id in best}
    for items in postings.values():
        if carriers := others.keys() & items:
            stories = {recent[id].story for id in items if id in recent}
            for id in carriers:
                others[id].append(len(stories) - 1)
    return {id: sum(counts) / len(counts) for id, counts in others.items()}


def _candidate(lately: Lately, row: Brief, common: float = 0.0) -> Candidate:
    return Candidate(
        item_id=row.item_id,
        story=row.story,
        published=times.at(row.published),
        subject=lately.subject(row.item_id),
        source=row.source,
        common=common,
    )
