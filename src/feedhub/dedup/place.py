"""Where an item belongs: the candidates' verdicts, weighed, become one placement.

A story is guarded by its core copy, the fullest text it has: what joins must resemble the core, not only some
member, so that no chain of small likenesses ever glues two stories together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedhub.dedup.judge import COPY_SPAN, Subject, judge
from feedhub.model import Item, Placement, Verdict

MATCHER = "2"  # stored beside each verdict; raised when the rules change

WINDOW = timedelta(hours=72)  # candidates' age; a week costs .007 F1
SHARED_PRINTS = 2  # common fingerprints that make a candidate
FEW_PRINTS = 4  # below this one common fingerprint suffices
CORE = 0.4  # containment that the story's core copy must show
BODYLESS = 6  # tokens: a text shorter than this says nothing by itself


HEADLINE, HEADLINE_CJK = 8, 24  # words, or characters, of a headline that no two desks write alike by chance
HEADLINE_SPAN = timedelta(hours=24)

# Score 0: nothing is known of its text, so it never leads its story.
SAME_HEADLINE = Verdict(kind="copy", score=0.0, reasons=("equal long headlines, the texts cut in different places",))
NAMESAKE = Verdict(kind="copy", score=1.0, reasons=("equal headlines, one without a body",))


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item and what it is compared by."""

    item: Item
    subject: Subject
    prints: tuple[int, ...]  # what its candidates are looked up by


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored item that may be a copy of the one at hand."""

    item_id: int
    story: int
    published: datetime
    subject: Subject
    shared: int = 0  # fingerprints in common
    common: float = 0.0  # other stories that carry them, on average


def place(
    item_id: int,
    at: datetime,
    me: Subject,
    candidates: Sequence[Candidate],
    cores: Mapping[int, Candidate],
) -> Placement:
    """Decide which story the item joins, if any.

    `candidates` are the likeliest first, namesakes (equal headlines) among them; `cores` gives the core copy
    of every story that a candidate belongs to.
    """
    verdicts = [(candidate, _against(me, at, candidate)) for candidate in candidates]
    copies = sorted((pair for pair in verdicts if pair[1].kind == "copy"), key=lambda pair: pair[1].score, reverse=True)
    joined = next((pair for pair in copies if _fits_core(me, at, pair[0], cores)), None)
    if joined is None:
        joined = _namesake(me, at, candidates, cores) or _same_headline(me, at, candidates, cores)
    own = joined[0].story if joined else None
    related = _related(verdicts, own)
    absorbs = _absorbed(me, at, own, candidates, cores)
    if joined is None:
        return Placement(item_id=item_id, story=None, leads=True, related=related, absorbs=absorbs)
    candidate, verdict = joined
    core = cores[candidate.story]
    return Placement(
        item_id=item_id,
        story=candidate.story,
        verdict=verdict,
        beside=candidate.item_id,
        absorbs=absorbs,
        leads=verdict.score > 0 and len(me.features.tokens) > len(core.subject.features.tokens),
        related=related,
    )


def _against(me: Subject, at: datetime, candidate: Candidate) -> Verdict:
    return judge(me, candidate.subject, apart=at - candidate.published, common=candidate.common)


def _fits_core(me: Subject, at: datetime, candidate: Candidate, cores: Mapping[int, Candidate]) -> bool:
    core = cores[candidate.story]
    if core.item_id == candidate.item_id:
        return True
    verdict = judge(me, core.subject, apart=at - core.published)
    return verdict.score >= CORE and not verdict.conflict


def _namesake(
    me: Subject, at: datetime, candidates: Iterable[Candidate], cores: Mapping[int, Candidate]
) -> tuple[Candidate, Verdict] | None:
    """An equal headline joins what has no body to compare, if it names one story only.

    A headline that recurs ("Tokyo stocks close higher") names several and proves nothing. Where both this item and
    the story have a text, the texts have been compared already, and a bare headline between them proves nothing either.
    """
    named = [one for one in _named(me, at, candidates) if _bare(me) or _bare(cores[one.story].subject)]
    if len({candidate.story for candidate in named}) != 1:
        return None
    latest = max(named, key=lambda candidate: candidate.published)
    return latest, NAMESAKE


def _same_headline(
    me: Subject, at: datetime, candidates: Iterable[Candidate], cores: Mapping[int, Candidate]
) -> tuple[Candidate, Verdict] | None:
    """A long headline, word for word, within a day, is the wire's own: papers cut its text in different places.

    Only where it names one story, and nothing in the texts contradicts.
    """
    least = HEADLINE_CJK if me.features.language in ("ja", "zh") else HEADLINE
    named = _named(me, at, candidates) if len(me.features.title) >= least else []
    if len({candidate.story for candidate in named}) != 1:
        return None
    core = cores[named[0].story]
    if abs(at - core.published) > HEADLINE_SPAN or judge(me, core.subject, apart=at - core.published).conflict:
        return None
    return named[-1], SAME_HEADLINE


def _absorbed(
    me: Subject, at: datetime, own: int | None, candidates: Iterable[Candidate], cores: Mapping[int, Candidate]
) -> tuple[int, ...]:
    """Stories that are nothing but this headline: the text that belongs to it has come.

    Again only where the headline names no other story that has a text.
    """
    if _bare(me):
        return ()
    stories = {candidate.story for candidate in _named(me, at, candidates)} - {own}
    bare = {story for story in stories if _bare(cores[story].subject)}
    return tuple(sorted(bare)) if bare == stories else ()


def _named(me: Subject, at: datetime, candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates of the same headline."""
    return [
        candidate
        for candidate in candidates
        if me.features.title
        and candidate.subject.features.title == me.features.title
        and candidate.subject.features.language == me.features.language
        and abs(at - candidate.published) <= COPY_SPAN
    ]


def _bare(subject: Subject) -> bool:
    return len(subject.features.tokens) < BODYLESS


def _related(verdicts: Iterable[tuple[Candidate, Verdict]], own: int | None) -> tuple[tuple[int, float], ...]:
    """The stories of one event that share passages, best first, five at most."""
    best: dict[int, float] = {}
    for candidate, verdict in verdicts:
        if verdict.kind == "related" and candidate.story != own:
            best[candidate.story] = max(best.get(candidate.story, 0.0), verdict.score)
    return tuple(sorted(best.items(), key=lambda pair: -pair[1])[:5])
