"""Where an item belongs: the candidates' verdicts, weighed, become one placement.

A story is guarded by its core copy (see core.py): what joins must resemble the core, not only some member, so that no
chain of small likenesses ever glues two stories together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedhub.dedup.about import Terms
from feedhub.dedup.core import WHOLE, Print, best_borne_out, borne_out, surpasses
from feedhub.dedup.fingerprint import FIGURE
from feedhub.dedup.judge import Subject, judge, share, swapped
from feedhub.dedup.lineage import Step, brings_up_to_date
from feedhub.dedup.rules import RULES, Rules
from feedhub.model import Item, Placement, Verdict

MATCHER = "6"  # stored beside each verdict; raised when the rules change

SHARED_PRINTS = 2  # common fingerprints that make a candidate
FEW_PRINTS = 4  # below this one common fingerprint suffices
BODYLESS = 6  # tokens: a text shorter than this says nothing by itself


HEADLINE, HEADLINE_CJK = 8, 24  # words, or characters, of a headline that no two desks write alike by chance
HEADLINE_SPAN = timedelta(hours=24)

# Score 0: nothing is known of its text, so it never leads its story.
SAME_HEADLINE = Verdict(kind="copy", score=0.0, reasons=("equal long headlines, the texts cut in different places",))
NAMESAKE = Verdict(kind="copy", score=1.0, reasons=("equal headlines, one without a body",))


UPDATE_SPAN = timedelta(hours=12)  # in which an outlet brings a story up to date; a day later it is a new bulletin
UPDATE_TITLE = 0.6  # of the shorter headline's words must stand in the other
UPDATED_FIGURES = 3  # that an update changes; a bulletin filled anew changes nearly all it has
SURE = 0.95  # containment of a copy after which no other candidate is looked at
TURNED_DOWN = 2  # verdicts against a copy that are kept, the likeliest

_FREE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item and what it is compared by."""

    item: Item
    subject: Subject
    prints: tuple[int, ...]  # what its candidates are looked up by
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


def place(
    item_id: int,
    at: datetime,
    me: Subject,
    candidates: Sequence[Candidate],
    cores: Mapping[int, Candidate],
    *,
    source: str = "",
    step: Step | None = None,
    forbidden: frozenset[int] = _FREE,
    manifold: frozenset[int] = _FREE,
    rules: Rules = RULES,
) -> Placement:
    """Decide which story the item joins, if any.

    `candidates` are the likeliest first, namesakes (equal headlines) among them; `cores` gives the core copy
    of every story that a candidate belongs to. An editor's word comes before any likeness: `forbidden` stories are
    not joined. `manifold` stories hold several texts by right (an editor merged them, an update followed): there
    one good copy suffices.
    """
    candidates = [candidate for candidate in candidates if candidate.story not in forbidden]
    verdicts = _verdicts(me, at, source, candidates, rules)
    copy = _by_text(me, at, verdicts, candidates, cores, manifold, rules)
    update = _updated(me, at, source, verdicts, rules) if copy is None and brings_up_to_date(step) else None
    named = _named(me, at, candidates)
    joined = copy or update or _by_headline(me, at, _elsewhere(named, source, at, cores), cores, rules)
    own = joined[0].story if joined else None
    alone = Placement(
        item_id=item_id,
        story=None,
        core=item_id,
        related=_related(verdicts, own),
        absorbs=_absorbed(me, own, named, cores) if rules.bare else (),
        turned_down=tuple((one.item_id, verdict) for one, verdict in _near_misses(verdicts, own)),
    )
    goes_on = copy is not None and _goes_on(at, source, step, copy[0].story, candidates, rules)
    if joined is None or own is None:
        return alone
    witnesses = () if own in manifold else candidates
    core = item_id if goes_on or update else _core(item_id, Print(source, me), joined[1], witnesses, cores[own])
    return _joining(alone, joined, core, updates=update is not None or goes_on)


def _joining(alone: Placement, joined: tuple[Candidate, Verdict], core: int, *, updates: bool) -> Placement:
    """The placement beside a copy."""
    candidate, verdict = joined
    return replace(alone, story=candidate.story, verdict=verdict, beside=candidate.item_id, core=core, updates=updates)


def _core(item_id: int, mine: Print, verdict: Verdict, candidates: Iterable[Candidate], core: Candidate) -> int:
    """The copy that guards a story which an item has joined; of the others, those are asked that are at hand."""
    if not verdict.score:
        return core.item_id
    if surpasses(mine.subject, core.subject):
        return item_id
    if share(core.subject, mine.subject) > WHOLE:
        return core.item_id
    copies = {one.item_id: Print(one.source, one.subject) for one in (*candidates, core) if one.story == core.story}
    return best_borne_out({**copies, item_id: mine}, core.item_id)


def _verdicts(
    me: Subject, at: datetime, source: str, candidates: Iterable[Candidate], rules: Rules
) -> list[tuple[Candidate, Verdict]]:
    """One by one, until a copy is beyond doubt: what follows shares less."""
    found = []
    for candidate in candidates:
        apart = at - candidate.published
        verdict = judge(me, candidate.subject, apart=apart, common=candidate.common, rules=rules)
        if verdict.kind == "copy" and candidate.source == source and verdict.score < rules.own:
            verdict = replace(verdict, kind="related", reasons=("the same feed lists both, and they differ",))
        found.append((candidate, verdict))
        if verdict.kind == "copy" and verdict.score >= SURE:
            break
    return found


def _by_text(
    me: Subject,
    at: datetime,
    verdicts: Sequence[tuple[Candidate, Verdict]],
    candidates: Sequence[Candidate],
    cores: Mapping[int, Candidate],
    manifold: frozenset[int],
    rules: Rules,
) -> tuple[Candidate, Verdict] | None:
    """The best copy whose story's core agrees."""
    copies = sorted((pair for pair in verdicts if pair[1].kind == "copy"), key=lambda pair: pair[1].score, reverse=True)
    known = {candidate.item_id: verdict for candidate, verdict in verdicts}
    return next((pair for pair in copies if _fits(me, at, pair, candidates, cores, known, manifold, rules)), None)


def _by_headline(
    me: Subject, at: datetime, named: Sequence[Candidate], cores: Mapping[int, Candidate], rules: Rules
) -> tuple[Candidate, Verdict] | None:
    """The copy that an equal headline names, where the texts have not decided."""
    namesake = _namesake(me, named, cores) if rules.bare else None
    return namesake or (_same_headline(me, at, named, cores, rules) if rules.headlines else None)


def _fits(
    me: Subject,
    at: datetime,
    pair: tuple[Candidate, Verdict],
    candidates: Sequence[Candidate],
    cores: Mapping[int, Candidate],
    known: Mapping[int, Verdict],
    manifold: frozenset[int],
    rules: Rules,
) -> bool:
    """Whether the story's core copy agrees that this is a copy."""
    candidate, found = pair
    core = cores[candidate.story]
    by_right = candidate.story in manifold and found.score > rules.strong
    if core.item_id == candidate.item_id or by_right or not rules.cores:
        return True
    verdict = known.get(core.item_id) or judge(me, core.subject, apart=at - core.published, rules=rules)
    if verdict.conflict or verdict.score >= rules.core:
        return not verdict.conflict
    others = (Print(one.source, one.subject) for one in candidates if one.story == core.story)
    return borne_out(me, Print(core.source, core.subject), others) >= rules.core


def _updated(
    me: Subject, at: datetime, source: str, verdicts: Iterable[tuple[Candidate, Verdict]], rules: Rules
) -> tuple[Candidate, Verdict] | None:
    """The copy that an item brings up to date, as it says itself: earlier, much the same text, other figures.

    Of the same source only: of 350 pairs of marked bulletins from two sources, three were of one story.
    """
    earlier = [
        (candidate, verdict)
        for candidate, verdict in verdicts
        if rules.updates
        and verdict.conflict
        and candidate.source == source
        and verdict.score > rules.fair
        and timedelta(0) <= at - candidate.published <= UPDATE_SPAN
        and _alike(me, candidate.subject)
        and _only_figures(verdict, rules)
    ]
    if not earlier:
        return None
    candidate, verdict = max(earlier, key=lambda pair: pair[1].score)
    return candidate, replace(verdict, kind="copy", reasons=("an update of that copy, as it says itself",))


def _goes_on(
    at: datetime, source: str, step: Step | None, story: int, candidates: Iterable[Candidate], rules: Rules
) -> bool:
    """Whether a copy is the next step of a story that its source told before, as it says itself: the wrap-up of what
    the update said.
    """
    told = [one for one in candidates if one.story == story and one.source == source]
    timely = any(timedelta(0) <= at - one.published <= UPDATE_SPAN for one in told)
    return rules.updates and brings_up_to_date(step) and timely


def _alike(me: Subject, other: Subject) -> bool:
    """Whether two headlines share enough words that are no figures."""
    mine, theirs = ({word for word in one.features.title if not word & FIGURE} for one in (me, other))
    enough = len(mine & theirs) >= UPDATE_TITLE * max(1, min(len(mine), len(theirs)))
    return enough and not swapped(me.features, other.features, figures=False)


def _only_figures(verdict: Verdict, rules: Rules) -> bool:
    """Whether a few figures differ and little else: another place or name, or a passage that many carry, is a bulletin
    filled anew.
    """
    measured = dict(verdict.measures)
    few = measured["places"] <= measured["figures"] + 1 and measured["figures"] <= UPDATED_FIGURES
    few = few and not measured["words"]
    return few and measured["common"] <= rules.common


def _near_misses(verdicts: Iterable[tuple[Candidate, Verdict]], own: int | None) -> list[tuple[Candidate, Verdict]]:
    """What resembled a copy most and was none, for people who ask why not."""
    missed = [pair for pair in verdicts if pair[1].kind == "related" and pair[0].story != own]
    return sorted(missed, key=lambda pair: -pair[1].score)[:TURNED_DOWN]


def _elsewhere(
    named: Sequence[Candidate], source: str, at: datetime, cores: Mapping[int, Candidate]
) -> list[Candidate]:
    """Those in stories that are no bare headline which the item's own source used half a day before: it recurs."""
    told = {one.story for one in named if source and one.source == source and abs(at - one.published) > UPDATE_SPAN}
    return [one for one in named if one.story not in told or not is_bare(cores[one.story].subject)]


def _namesake(
    me: Subject, candidates: Iterable[Candidate], cores: Mapping[int, Candidate]
) -> tuple[Candidate, Verdict] | None:
    """An equal headline joins what has no body to compare, if it names one story only.

    A headline that recurs ("Tokyo stocks close higher") names several and proves nothing. Where both this item and
    the story have a text, the texts have been compared already, and a bare headline between them proves nothing either.
    """
    named = [one for one in candidates if is_bare(me) or is_bare(cores[one.story].subject)]
    if len({candidate.story for candidate in named}) != 1:
        return None
    latest = max(named, key=lambda candidate: candidate.published)
    return latest, NAMESAKE


def _same_headline(
    me: Subject, at: datetime, named: Sequence[Candidate], cores: Mapping[int, Candidate], rules: Rules
) -> tuple[Candidate, Verdict] | None:
    """A long headline, word for word, within a day, is the wire's own: papers cut its text in different places.

    Only where it names one story, and nothing in the texts contradicts.
    """
    least = HEADLINE_CJK if me.features.language in ("ja", "zh") else HEADLINE
    if len(me.features.title) < least or len({candidate.story for candidate in named}) != 1:
        return None
    core = cores[named[0].story]
    if (
        abs(at - core.published) > HEADLINE_SPAN
        or judge(me, core.subject, apart=at - core.published, rules=rules).conflict
    ):
        return None
    return named[-1], SAME_HEADLINE


def _absorbed(
    me: Subject, own: int | None, named: Iterable[Candidate], cores: Mapping[int, Candidate]
) -> tuple[int, ...]:
    """Stories that are nothing but this headline: the text that belongs to it has come.

    Again only where the headline names no other story that has a text.
    """
    if is_bare(me):
        return ()
    stories = {candidate.story for candidate in named} - {own}
    bare = {story for story in stories if is_bare(cores[story].subject)}
    return tuple(sorted(bare)) if bare == stories else ()


def _named(me: Subject, at: datetime, candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates of the same headline."""
    if not me.features.title:
        return []
    return [
        candidate
        for candidate in candidates
        if candidate.subject.features.title == me.features.title
        and candidate.subject.features.language == me.features.language
        and abs(at - candidate.published) <= RULES.span
    ]


def is_bare(subject: Subject) -> bool:
    """Whether an item is a headline with next to no text."""
    return len(subject.features.tokens) < BODYLESS


def _related(verdicts: Iterable[tuple[Candidate, Verdict]], own: int | None) -> tuple[tuple[int, float], ...]:
    """The stories of one event that share passages, best first, five at most."""
    best: dict[int, float] = {}
    for candidate, verdict in verdicts:
        if verdict.kind == "related" and not verdict.conflict and candidate.story != own:
            best[candidate.story] = max(best.get(candidate.story, 0.0), verdict.score)
    return tuple(sorted(best.items(), key=lambda pair: -pair[1])[:5])
