"""What a headline and its text announce, and the other text says nowhere. Pure.

Outlets give a copy headlines of their own, but they take the words from its text, which the others have as well. Where
each headline has words that its own text alone has, in the place of other words, there are two reports: of a death and
of a medal, of an opening and of a result. One side suffices where it announces what changes the course of things: of a
launch that is postponed the first report knew nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from feedhub.dedup.about import STOP
from feedhub.dedup.alignment import Gap, Text
from feedhub.dedup.fingerprint import FIGURE, Features, numbered
from feedhub.dedup.mould import spelled
from feedhub.dedup.substitution import is_inside
from feedhub.dedup.tokens import tokenise
from feedhub.text import UNSPACED

# In a line, what says one thing: who says it otherwise says the same.
_NEWS = """
deny denies denied denying denial
postpone postpones postponed postponing delay delays delayed put_off puts_off putting_off
cancel cancels cancelled canceled cancellation scrap scraps scrapped shelve shelves shelved abort aborted \
call_off calls_off called_off calling_off
go_ahead goes_ahead going_ahead went_ahead
withdraw withdraws withdrew withdrawn retract retracts retracted
rescue rescues rescued alive
missing
free frees freed release releases released
arrest arrests arrested
resign resigns resigned resignation
bury buries buried funeral laid_to_rest
indict indicts indicted indictment
convict convicts convicted conviction guilty
acquit acquits acquitted acquittal cleared
jail jails jailed sentence sentences sentenced
die dies died dead death kill kills killed
延期
中止
撤回
否定
断念
救助
不明
釈放
逮捕
送検
起訴
求刑
判決
提訴
辞任 辞職
死去 死亡
"""
STRAY = 1  # words of a headline that a text has by chance: "at any time"
SHORTEST, SHORTEST_CJK = 3, 2  # letters of a word that tells something: HK is one way to say Hong Kong
_KANA = map(chr, range(0x3041, 0x30FF))  # grammar, and what is transcribed, which is spelled in many ways

Term = bytes  # a word by the number of its token; in Japanese two characters
_WIDTH = 4  # bytes of such a number


def announced(one: Features, other: Features, gaps: Sequence[Gap]) -> tuple[str, str] | None:
    """What the headlines tell in words that stand in these places of their own text alone, if that makes two things.

    The first place is before all that both texts have: there some outlets repeat a headline.
    """
    found = _news(one, other, gaps)
    if found and not (_goes_on(one, gaps[0][0]) and _goes_on(other, gaps[0][1])):
        return _news(one, other, gaps[1:])
    return found


def says_nothing(one: Features, other: Features) -> bool:
    """Whether one text stands under two headlines of which it has a word at most: a call to subscribe, an advert.

    Headlines that share a word may be of one thing, and of one without a word that tells nobody knows. Korean words
    end otherwise in a sentence.
    """
    if one.tokens != other.tokens or one.title == other.title or one.language == "ko":
        return False
    said, size = one.tokens.tobytes(), 1 + (one.language in UNSPACED)
    mine, yours = ({*_terms(text.title, size)} for text in (one, other))
    if any(word & FIGURE and word in one.tokens for word in (*one.title, *other.title)):
        return False
    apart = mine and yours and mine.isdisjoint(yours)
    return bool(apart) and all(sum(_stands(term, said) for term in terms) <= STRAY for terms in (mine, yours))


def _goes_on(text: Features, place: slice) -> bool:
    """Whether a text begins with what stands there, and not with its headline or a line above it."""
    if text.language in UNSPACED:
        return text.tokens[: len(text.title)] != text.title
    return is_inside(Text(text.lead, tokenise(text.lead)), place.stop)


def _news(one: Features, other: Features, gaps: Sequence[Gap]) -> tuple[str, str] | None:
    mine = _own(one, other, [here for here, _ in gaps])
    yours = _own(other, one, [there for _, there in gaps])
    turned = not _TURNS.keys().isdisjoint((*mine, *yours))
    if not (turned or (mine and yours)):
        return None
    told, said = _words(mine, one), _words(yours, other)
    two = told and said and (one.language in UNSPACED or not spelled(told, said))
    return (" ".join(told), " ".join(said)) if turned or two else None


def _own(text: Features, other: Features, places: Iterable[slice]) -> list[Term]:
    """The terms of a headline that stand in these places of its text, and that the other item has nowhere."""
    beside = int(text.language in UNSPACED)  # characters with which those at the edge of a place may make a word
    filled = [place for place in places if place.start < place.stop]
    there = [text.tokens[max(0, place.start - beside) : place.stop + beside] for place in filled]
    telling = {*text.title} - _TELLING_NOTHING
    if not there or (telling.isdisjoint(chain.from_iterable(there)) and telling.isdisjoint(_TURNING)):
        return []
    own = b"".join(map(array.tobytes, there))
    said = other.tokens.tobytes() + other.title.tobytes()
    return [term for term in _terms(text.title, 1 + beside) if _stands(term, own) and not _stands(term, said)]


def _terms(title: array[int], size: int) -> Iterator[Term]:
    """What a headline says; figures are compared by themselves."""
    whole = title.tobytes()
    yield from (phrase for phrase in _PHRASES if phrase in whole)
    for at in range(len(title) - size + 1):
        words = title[at : at + size]
        if _TELLING_NOTHING.isdisjoint(words) and not any(word & FIGURE for word in words):
            yield words.tobytes()


def _stands(term: Term, text: bytes) -> bool:
    """Whether a text says so, in any word of the table's line."""
    return any(form in text for form in _TURNS.get(term, (term,)))


def _words(terms: Iterable[Term], text: Features) -> list[str]:
    """What these stand for in a text, as far as it tells something."""
    words, numbers = tokenise(text.lead), text.tokens.tobytes()
    forms = (form for term in terms for form in _TURNS.get(term, (term,)) if form in numbers)
    places = ((numbers.index(form) // _WIDTH, len(form) // _WIDTH) for form in forms)
    found = dict.fromkeys("".join(words[at : at + size]) for at, size in places)
    least = SHORTEST_CJK if text.language in UNSPACED else SHORTEST
    return [word for word in found if len(word) >= least]


def _term(form: str) -> Term:
    return numbered(tokenise(form.replace("_", " "))).tobytes()


_TELLING_NOTHING = frozenset(numbered((*STOP, *_KANA)))
_LINES = [tuple(map(_term, line.split())) for line in _NEWS.strip().splitlines()]
_TURNS = {term: line for line in _LINES for term in line}
_TURNING = frozenset(word for term in _TURNS for word in array("I", term)) - _TELLING_NOTHING
_PHRASES = [_term(form) for form in _NEWS.split() if "_" in form]
