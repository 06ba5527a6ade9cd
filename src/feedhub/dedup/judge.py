"""Two items -> copy, related or unrelated, with the reasons as data.

What separates a copy from its likes, in the order in which it decides:

* a template filled with other figures or names: in the alignment of both texts, other words stand in one
  and the same place ("magnitude 4.2 hit Kochi" / "magnitude 5.1 hit Chiba"). A figure in the place of
  another is a contradiction, as is a name, an opposite or a negation (substitution.py); many places with other words
  in a short text are a template.
* a follow-up that repeats background: the texts share paragraphs, but neither one's beginning stands in
  the other.
* a serial column with its preface: the texts begin alike and then part, and the shared passage is common
  to many stories.
* a copy: the shorter stands in the longer, whatever was cut, at the end or in the middle.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import pairwise

from rapidfuzz.distance import Levenshtein, Opcode

from feedhub.dedup.fingerprint import FIGURE, Features, digits, half_figure, numbered, shingles
from feedhub.dedup.rules import RULES, Rules
from feedhub.dedup.substitution import TELLING, Gap, Text, excluding
from feedhub.dedup.tokens import tokenise
from feedhub.model import Verdict

LEAD_SHINGLES = 16  # of a text's beginning that is looked for in the other
TINY = 5  # shingles: a text of fewer proves nothing under another headline
SHORT = 5  # shingles: below this a passage must not be common at all
MOULD = 3  # words in a row, beside other figures, that make two headlines castings of one mould
MOULD_CJK = 6  # the same in characters
ANCHOR = 3  # tokens in a row on either side that show that two words stand in one place
SWAP, SWAP_CJK = 2, 4  # the same where other words than figures are swapped
LONGEST_SWAP = 6  # tokens: more than that is another headline
FILLED = 0.15  # containment of bulletins of one template: 95 in 100 have more, of 21 reports on one event 20 less

_TELLING = frozenset(numbered(TELLING))


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where two token sequences agree and where they say something else in the same place."""

    equal: int  # tokens in runs that stand in both
    spots: int  # places between such runs where both have other tokens
    figures: int  # spots where a figure stands in place of another
    head: int  # tokens before the first common run, on the side that has fewer
    tail: int  # tokens after the last common run, on the side that has fewer
    ends: tuple[int, int] = (0, 0)  # where the last common run ends in either
    runs: Sequence[Opcode] = ()  # that stand in both


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What was measured of two texts that share enough to be compared."""

    containment: float  # of the smaller in the larger
    smaller: int  # shingles of the smaller
    lead: float  # share of one's beginning that stands in the other
    rest: int  # shingles at the end of one that do not stand in the other
    body: Alignment
    excluding: tuple[tuple[str, str], ...]  # words in one place of which one says what the other does not
    mould: bool  # the headlines say other things between the same words
    common: float  # other stories that carry the shared passage, on average
    apart: timedelta

    @property
    def measures(self) -> tuple[tuple[str, float], ...]:
        """As they are kept with a verdict."""
        return (
            ("containment", round(self.containment, 3)),
            ("shingles", self.smaller),
            ("lead", round(self.lead, 3)),
            ("figures", self.body.figures),
            ("places", self.body.spots),
            ("words", len(self.excluding)),
            ("common", round(self.common, 1)),
            ("hours", round(self.apart.total_seconds() / 3600, 2)),
        )


@dataclass(frozen=True)
class Subject:
    """One side of a judgement; its shingles are worked out when it is first compared, which is seldom."""

    features: Features

    @cached_property
    def ordered(self) -> tuple[int, ...]:
        """The shingles in the order of the text."""
        return tuple(shingles(self.features.tokens, self.features.language).tolist())

    @cached_property
    def distinct(self) -> frozenset[int]:
        """The shingles."""
        return frozenset(self.ordered)


def share(part: Subject, whole: Subject) -> float:
    """How much of `whole`'s text stands in `part`, 0..1; without texts to compare, all of it."""
    return len(part.distinct & whole.distinct) / len(whole.distinct) if whole.distinct else 1.0


def judge(a: Subject, b: Subject, *, apart: timedelta, common: float = 0.0, rules: Rules = RULES) -> Verdict:
    """Say what `a` is to `b`; symmetric.

    `apart` is the time between the two, `common` how many other stories carry the passage they share.
    """
    if a.features.language != b.features.language:
        return _unrelated(0.0, "languages differ")
    if (a.features.tokens, a.features.title) > (b.features.tokens, b.features.title):
        a, b = b, a  # of several alignments that are as good, the same is found either way
    smaller = min(len(a.distinct), len(b.distinct))
    containment = len(a.distinct & b.distinct) / smaller if smaller else 0.0
    if smaller < TINY and a.features.title != b.features.title:
        return _unrelated(0.0, "too little text to tell")
    if containment < rules.weak:
        return _unrelated(containment, f"containment {containment:.2f}")
    body = _aligned(a, b, rules)
    mould = rules.moulds and not body.figures and one_mould(a.features, b.features)
    found = Likeness(
        containment=containment,
        smaller=smaller,
        lead=max(_share(a.ordered[:LEAD_SHINGLES], b.distinct), _share(b.ordered[:LEAD_SHINGLES], a.distinct)),
        rest=min(_rest(a.ordered, b.distinct), _rest(b.ordered, a.distinct)),
        body=body,
        excluding=_excluding(a, b, body.runs) if rules.words and not (body.figures or mould) else (),
        mould=mould,
        common=common if rules.rarity else 0.0,
        apart=abs(apart),
    )
    against = _objection(found, rules)
    alike = (
        "the shorter text stands in the longer"
        if containment > rules.strong
        else "the texts begin alike and share much"
    )
    return Verdict(
        kind="related" if against else "copy",
        score=containment,
        reasons=(against or alike,),
        conflict=bool(body.figures or found.excluding) or mould,
        measures=found.measures,
    )


def _unrelated(containment: float, why: str) -> Verdict:
    return Verdict(kind="unrelated", score=containment, reasons=(why,))


def _aligned(a: Subject, b: Subject, rules: Rules) -> Alignment:
    """Both texts word by word, with the figures in which one breaks off."""
    body = align(a.features.tokens, b.features.tokens)
    if not rules.figures:
        return replace(body, figures=0)
    halves = _half_conflict(a, b, *body.ends) or _half_conflict(b, a, *reversed(body.ends))
    return replace(body, figures=body.figures + 1) if halves else body


def _objection(found: Likeness, rules: Rules) -> str | None:
    """The first thing that speaks against a copy, None when nothing does."""
    if found.apart > rules.span:
        return "too far apart in time"
    if found.body.figures:
        return "figures contradict"
    if found.mould:
        return "headlines of one mould with other figures"
    if found.excluding:
        told, said = found.excluding[0]
        return f"names, opposites or a negation contradict: {told or '–'} / {said or '–'}"
    common, template = found.common > rules.common, found.body.spots > rules.template * found.body.equal
    if found.containment > rules.strong:
        if found.smaller <= SHORT and found.common > 0:
            return "short and common passage"
        return "common passage with other words" if common and (found.body.head or template) else None
    if template and common:
        return "a template filled with other words"
    if found.lead <= rules.lead:
        return "neither lead stands in the other text"
    if found.containment > rules.fair:
        return "shared preface" if common and found.rest > rules.cut else None
    return None if found.rest <= rules.cut and not common else "too little in common"


def align(a: array[int], b: array[int]) -> Alignment:
    """Compare token by token; an equal run is two or more, so that a stray comma's neighbour is none."""
    runs = _runs(a, b)
    if not runs:
        return Alignment(equal=0, spots=0, figures=0, head=min(len(a), len(b)), tail=min(len(a), len(b)))
    spots = _spots(runs)
    first, last = runs[0], runs[-1]
    return Alignment(
        equal=sum(run.src_end - run.src_start for run in runs),
        spots=len(spots),
        figures=sum(_conflict(a[here], b[there], a, b) for here, there in spots),
        head=min(first.src_start, first.dest_start),
        tail=min(len(a) - last.src_end, len(b) - last.dest_end),
        ends=(last.src_end, last.dest_end),
        runs=runs,
    )


def contradictions(a: Subject, b: Subject) -> tuple[tuple[str, str], ...]:
    """The words with other figures, names or opposites in one and the same place of two texts, for people to see."""
    mine, yours = a.features.tokens, b.features.tokens
    told, said = tokenise(a.features.lead), tokenise(b.features.lead)
    runs = _runs(mine, yours)
    joint = "" if a.features.language in ("ja", "zh") else " "
    found = [
        (joint.join(told[here]), joint.join(said[there]))
        for here, there in _spots(runs)
        if _conflict(mine[here], yours[there], mine, yours)
    ]
    found += _excluding(a, b, runs)
    ends = (runs[-1].src_end, runs[-1].dest_end) if runs else (0, 0)
    if _half_conflict(a, b, *ends) or _half_conflict(b, a, *reversed(ends)):
        found.append((told[ends[0]], said[ends[1]]))
    return tuple(found)


def common_figures(a: Subject, b: Subject) -> tuple[str, ...]:
    """The figures that stand in both texts, in the order of the first."""
    both = {number for number in a.features.tokens if number & FIGURE} & set(b.features.tokens)
    words = zip(tokenise(a.features.lead), a.features.tokens, strict=False)
    return tuple(dict.fromkeys(word for word, number in words if number in both))


def longest_run(a: Sequence[str], b: Sequence[str]) -> Sequence[str]:
    """The longest run of words that stands in both, for people to see."""
    runs = [op for op in Levenshtein.opcodes(a, b) if op.tag == "equal"]
    longest = max(runs, key=lambda run: run.src_end - run.src_start, default=None)
    return a[longest.src_start : longest.src_end] if longest else ()


def one_mould(one: Features, other: Features) -> bool:
    """Whether two headlines say other things between the same words, and mean it.

    They do when figures differ ("falls to 39.0%", "vol. 21"), and when each one's own words there stand in its text
    and not in the other's ("Hokkaido weather", "Kochi weather").
    """
    cjk = one.language in ("ja", "zh")
    return any(
        _conflict(here, there, one.title, other.title)
        for here, there in _gaps(one.title, other.title, MOULD_CJK if cjk else MOULD)
    ) or swapped(one, other)


def one_bulletin(a: Subject, b: Subject) -> bool:
    """Whether one template was filled twice: two prefectures' weather is no event.

    Headlines on one event may share words as those of bulletins do ("Trains halted in Shioji", "Trains halted: how
    Shioji got home"); but bulletins share phrases of their texts as well.
    """
    smaller = min(len(a.distinct), len(b.distinct))
    alike = smaller < TINY or len(a.distinct & b.distinct) >= FILLED * smaller
    return alike and one_mould(a.features, b.features)


def swapped(one: Features, other: Features, *, figures: bool = True) -> bool:
    """Whether two headlines differ by words that each stand in one text only: "Hokkaido weather", "Kochi weather".

    Without `figures` these do not count as words.
    """
    cjk = one.language in ("ja", "zh")
    return any(
        _own(here, one, other, figures) and _own(there, other, one, figures)
        for here, there in _gaps(one.title, other.title, SWAP_CJK if cjk else SWAP)
        if max(len(here), len(there)) <= LONGEST_SWAP
    )


def _runs(a: array[int], b: array[int]) -> list[Opcode]:
    return [op for op in Levenshtein.opcodes(a, b) if op.tag == "equal" and op.src_end - op.src_start >= 2]


def _spots(runs: Sequence[Opcode]) -> list[tuple[slice, slice]]:
    """The places between two runs where both texts have something."""
    return [
        (slice(one.src_end, two.src_start), slice(one.dest_end, two.dest_start))
        for one, two in pairwise(runs)
        if one.src_end < two.src_start and one.dest_end < two.dest_start
    ]


def _between(runs: Sequence[Opcode]) -> Iterator[Gap]:
    """What stands between any two runs that are long enough, in either text: before the first, bylines and datelines
    stand as well.
    """
    for one, two in pairwise(runs):
        if min(one.src_end - one.src_start, two.src_end - two.src_start) >= ANCHOR:
            yield slice(one.src_end, two.src_start), slice(one.dest_end, two.dest_start)


def _excluding(a: Subject, b: Subject, runs: Sequence[Opcode]) -> tuple[tuple[str, str], ...]:
    """The few words in one place, between the same words, of which one text says what the other does not."""
    few = [gap for gap in _between(runs) if _may_tell(*gap, a.features, b.features)]
    if not few:
        return ()  # as of most pairs: to look at words costs more than all else here
    one, other = (Text(side.features.lead, tokenise(side.features.lead)) for side in (a, b))
    return tuple(excluding(one, other, few, a.features.language))


def _may_tell(at: slice, there: slice, a: Features, b: Features) -> bool:
    """Whether names may stand here, or what needs none: seen from the numbers of the words."""
    mine, yours = a.tokens[at], b.tokens[there]
    if max(len(mine), len(yours)) > LONGEST_SWAP:
        return False
    if not (_TELLING.isdisjoint(mine) and _TELLING.isdisjoint(yours)):
        return True
    if a.language in ("ja", "zh"):  # characters of a name stand elsewhere as well
        return bool(mine and yours)
    return any(word not in b.tokens for word in mine) and any(word not in a.tokens for word in yours)


def _gaps(a: array[int], b: array[int], least: int) -> Iterator[tuple[array[int], array[int]]]:
    """What stands before, between and after the runs of `least` equal tokens that two sequences share."""
    runs = [op for op in Levenshtein.opcodes(a, b) if op.tag == "equal" and op.src_end - op.src_start >= least]
    if not runs:
        return
    starts = [(0, 0), *((run.src_end, run.dest_end) for run in runs)]
    ends = [*((run.src_start, run.dest_start) for run in runs), (len(a), len(b))]
    for (i, j), (k, m) in zip(starts, ends, strict=True):
        yield a[i:k], b[j:m]


def _own(words: array[int], mine: Features, other: Features, figures: bool) -> bool:
    """Whether one of the words stands in my text and not in the other's."""
    told = words if figures else [word for word in words if not word & FIGURE]
    return any(word in mine.tokens and word not in other.tokens for word in told)


def _conflict(here: array[int], there: array[int], a: array[int], b: array[int]) -> bool:
    """Whether figures stand here and others there, and neither text has the other's anywhere."""
    mine = {token for token in here if token & FIGURE}
    yours = {token for token in there if token & FIGURE} if mine else mine
    return bool(yours) and mine.isdisjoint(yours) and not mine.issubset(b) and not yours.issubset(a)


def _half_conflict(short: Subject, long: Subject, end: int, at: int) -> bool:
    """Whether one text breaks off ("falling 46…") in a figure with which the other's in its place does not begin."""
    tokens, lead = long.features.tokens, long.features.lead
    if end < len(short.features.tokens) or (at < len(tokens) and not tokens[at] & FIGURE):
        return False
    half = half_figure(short.features.lead)
    whole = (digits(tokenise(lead)[at]) if at < len(tokens) else half_figure(lead)) if half else ""
    return bool(whole) and not whole.startswith(half) and not half.startswith(whole)


def _share(part: tuple[int, ...], whole: frozenset[int]) -> float:
    return sum(map(whole.__contains__, part)) / len(part) if part else 0.0


def _rest(ordered: tuple[int, ...], other: frozenset[int]) -> int:
    """How many shingles at the end do not stand in the other text."""
    for count, shingle in enumerate(reversed(ordered)):
        if shingle in other:
            return count
    return len(ordered)
