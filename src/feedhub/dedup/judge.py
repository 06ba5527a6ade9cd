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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rapidfuzz.distance import Opcode

from feedhub.dedup.alignment import Alignment, Gap, Text, align, anchored, common_runs, figures_conflict, spots
from feedhub.dedup.announced import announced
from feedhub.dedup.exchange import traded, turned
from feedhub.dedup.fingerprint import FIGURE, Features, numbered
from feedhub.dedup.mould import LONGEST_SWAP, one_mould
from feedhub.dedup.numerals import half_figure, readings
from feedhub.dedup.opposites import TELLING
from feedhub.dedup.places import COMPASS
from feedhub.dedup.rules import RULES, Rules
from feedhub.dedup.subject import TINY, Subject, share_of_beginning
from feedhub.dedup.substitution import excluding, in_each_others_place
from feedhub.dedup.tokens import tokenise
from feedhub.dedup.units import DOLLAR
from feedhub.model import Verdict
from feedhub.text import UNSPACED, joint

SHORT = 5  # shingles: below this a passage must not be common at all
LONGEST_NAME_CJK = 18  # characters: 会社員山田太郎容疑者, 北村誠一（きたむら・せいいち）さん
ANCHOR = 3  # tokens in a row on either side that show that two words stand in one place

ALIKE = "the texts begin alike and share much"
NEITHER_LEAD = "neither lead stands in the other text"

_TELLING = frozenset(numbered(TELLING))
_DOLLAR = numbered([DOLLAR])
_COMPASS = frozenset(numbered(COMPASS))


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


def judge(a: Subject, b: Subject, *, apart: timedelta, common: float = 0.0, rules: Rules = RULES) -> Verdict:
    """Say what `a` is to `b`; symmetric.

    `apart` is the time between the two, `common` how many other stories carry the passage they share.
    """
    if a.features.language != b.features.language:
        return _unrelated(0.0, "languages differ")
    smaller = min(len(a.distinct), len(b.distinct))
    containment = len(a.distinct & b.distinct) / smaller if smaller else 0.0
    if smaller < TINY and a.features.title != b.features.title:
        return _unrelated(0.0, "too little text to tell")
    if containment < rules.weak:
        return _unrelated(containment, f"{containment:.0%} of the shorter text stands in the longer")
    if (a.features.tokens, a.features.title) > (b.features.tokens, b.features.title):
        a, b = b, a  # of several alignments that are as good, the same is found either way
    found = _measured(a, b, containment, abs(apart), common, rules)
    against = _objection(found, rules)
    alike = "the shorter text stands in the longer" if containment > rules.strong else ALIKE
    return Verdict(
        kind="related" if against else "copy",
        score=containment,
        reasons=(against or alike,),
        conflict=bool(found.body.figures or found.excluding) or found.mould,
        measures=found.measures,
    )


def _measured(a: Subject, b: Subject, containment: float, apart: timedelta, common: float, rules: Rules) -> Likeness:
    """All that the verdict on two texts which share enough depends on."""
    body = _aligned(a, b, rules)
    mould = rules.moulds and not body.figures and one_mould(a.features, b.features)
    return Likeness(
        containment=containment,
        smaller=min(len(a.distinct), len(b.distinct)),
        lead=max(share_of_beginning(a, b), share_of_beginning(b, a)),
        rest=min(_rest(a.ordered, b.distinct), _rest(b.ordered, a.distinct)),
        body=body,
        excluding=_excluding(a, b, body.runs) if rules.words and not (body.figures or mould) else (),
        mould=mould,
        common=common if rules.rarity else 0.0,
        apart=apart,
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
    if found.apart > rules.window:
        return "too far apart in time"
    if found.body.figures:
        return "figures contradict"
    if found.mould:
        return "headlines of one mould with other figures"
    if found.excluding:
        told, said = found.excluding[0]
        return f"words contradict: {told or '–'} / {said or '–'}"
    return _doubt(found, rules)


def _doubt(found: Likeness, rules: Rules) -> str | None:
    """What speaks against a copy where nothing contradicts, None when nothing does."""
    common, template = found.common > rules.common, found.body.spots > rules.template * found.body.equal
    if found.containment > rules.strong:
        if found.smaller <= SHORT and found.common > 0:
            return "short and common passage"
        if common and (found.body.head or template):
            return "common passage with other words"
        return NEITHER_LEAD if found.lead <= rules.lead / 2 else None  # a footer, a biography
    if template and common:
        return "a template filled with other words"
    if found.lead <= rules.lead:
        return NEITHER_LEAD
    if found.containment > rules.fair:
        return "shared preface" if common and found.rest > rules.cut else None
    return None if found.rest <= rules.cut and not common else "too little in common"


def contradictions(a: Subject, b: Subject) -> tuple[tuple[str, str], ...]:
    """The words with other figures, names or opposites in one and the same place of two texts, for people to see."""
    mine, yours = a.features.tokens, b.features.tokens
    told, said = tokenise(a.features.lead), tokenise(b.features.lead)
    runs = common_runs(mine, yours, 2)
    words = joint(a.features.language).join
    found = [
        (words(told[here]), words(said[there]))
        for here, there in spots(runs)
        if figures_conflict(mine, yours, here, there)
    ]
    found += _excluding(a, b, runs)
    ends = (runs[-1].src_end, runs[-1].dest_end) if runs else (0, 0)
    if _half_conflict(a, b, *ends) or _half_conflict(b, a, *reversed(ends)):
        found.append((told[ends[0]], said[ends[1]]))
    return tuple(found)


def tell_of_two_things(a: Subject, b: Subject) -> bool:
    """Whether names, opposites or negations speak against one thing; `judge` asks that only where no figures do."""
    runs = common_runs(a.features.tokens, b.features.tokens, 2)
    return any(_in_one_place(a, b, runs, [*anchored(runs, ANCHOR)]))


def common_figures(a: Subject, b: Subject) -> tuple[str, ...]:
    """The figures that stand in both texts, in the order of the first."""
    both = {number for number in a.features.tokens if number & FIGURE} & set(b.features.tokens)
    words = zip(tokenise(a.features.lead), a.features.tokens, strict=False)
    return tuple(dict.fromkeys(word for word, number in words if number in both))


def _excluding(a: Subject, b: Subject, runs: Sequence[Opcode]) -> tuple[tuple[str, str], ...]:
    """The few words in one place, between the same words, of which one text says what the other does not."""
    places = [*anchored(runs, ANCHOR)]
    news = announced(a.features, b.features, places)
    return (*([news] if news else ()), *_in_one_place(a, b, runs, places))


def _in_one_place(a: Subject, b: Subject, runs: Sequence[Opcode], places: Sequence[Gap]) -> Iterator[tuple[str, str]]:
    language, mine, yours = a.features.language, a.features.tokens, b.features.tokens
    few = [gap for gap in places if _may_tell(*gap, a.features, b.features)]
    moved = [*turned(mine, yours, runs, cjk=language in UNSPACED)]
    trade = traded(mine, yours, places)
    if not (few or moved or trade):
        return  # as of most pairs: to look at words costs more than all else here
    one, other = (Text(side.features.lead, tokenise(side.features.lead)) for side in (a, b))
    yield from excluding(one, other, few, language)
    yield from in_each_others_place(one, other, moved, language)
    if trade:
        told, said = (joint(language).join(text.words[place]) for text, place in zip((one, other), trade, strict=True))
        yield told, said


def _may_tell(at: slice, there: slice, a: Features, b: Features) -> bool:
    """Whether names may stand here, or what needs none: seen from the numbers of the words."""
    mine, yours = a.tokens[at], b.tokens[there]
    cjk = a.language in UNSPACED
    if max(len(mine), len(yours)) > (LONGEST_NAME_CJK if cjk else LONGEST_SWAP):
        return False
    if not (_TELLING.isdisjoint(mine) and _TELLING.isdisjoint(yours)):
        return True
    if cjk:  # characters of a name stand elsewhere as well
        return bool(mine and yours)
    if not (mine and yours):
        return at.start > 0 and a.tokens[at.start - 1] in _COMPASS
    if a.tokens[at.stop : at.stop + 1] == _DOLLAR:
        return True
    return any(word not in b.tokens for word in mine) and any(word not in a.tokens for word in yours)


def _half_conflict(short: Subject, long: Subject, end: int, at: int) -> bool:
    """Whether one text breaks off ("falling 46…") in a figure with which the other's in its place does not begin."""
    tokens, lead = long.features.tokens, long.features.lead
    if end < len(short.features.tokens) or (at < len(tokens) and not tokens[at] & FIGURE):
        return False
    half = half_figure(short.features.lead)
    if not half:
        return False
    wholes = readings(tokenise(lead)[at]) if at < len(tokens) else (half_figure(lead),)
    return not any(whole.startswith(half) or half.startswith(whole) for whole in wholes)


def _rest(ordered: tuple[int, ...], other: frozenset[int]) -> int:
    """How many shingles at the end do not stand in the other text."""
    for count, shingle in enumerate(reversed(ordered)):
        if shingle in other:
            return count
    return len(ordered)
