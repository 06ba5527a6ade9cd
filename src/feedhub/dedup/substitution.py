"""Words that stand in one text where its likeness has others, and make it tell of something else. Pure.

Papers put their own words in the place of an agency's: "stated" for "said", "Calif." for "California", 行った for
実施した. Three kinds of words they leave alone, as these say whom and what a text is about:

* names, of which each stands in one text alone: "a warning for Kochi" / "for Oita", 高知県 / 大分県. One name in two
  spellings (Ohtani, Otani), an abbreviation, a title and a day beside a date are house style.
* opposites: "the bill was passed" / "rejected", 有罪 / 無罪.
* a negation that one text has: "guilty" / "not guilty", 起訴 / 不起訴.

What is a name is read off the text: in English a capital in the middle of a sentence, in Japanese what stands before
県 or 容疑者, and katakana. Nothing is looked up in lists of names, but those that one place has (places.py).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product, takewhile

from feedhub.dedup.alignment import Gap, Text
from feedhub.dedup.amounts import other_amounts
from feedhub.dedup.exchange import exchanged, exchanged_cjk
from feedhub.dedup.opposites import opposed, opposed_cjk
from feedhub.dedup.places import COMPASS, one_place
from feedhub.dedup.spelling import KATAKANA, one_acronym, one_name, one_name_katakana
from feedhub.dedup.units import UNITS
from feedhub.text import UNSPACED

SHORTEST_NAME = 3  # letters: papers transcribe El and Ul as they like
SHORTEST_ACRONYM, LONGEST_ACRONYM = 2, 6  # letters: more is a word in a line of capitals
LONGEST_CALL = 6  # characters of what persons are called by, and of their names' end
LONGEST_KATAKANA = 24  # characters of a name on either side of a place: インターナショナルコンサルティング has 17

_KANJI_LAST = re.compile("[々\u4e00-\u9fff]+$")
_LISTED = re.compile("[々\u4e00-\u9fff]+(?:[とや・][々\u4e00-\u9fff]+)*")  # 輪島市と珠洲, 輪島
_READING = re.compile("[ぁ-ん・]{4,}$")  # of a name: 北村誠一（きたむら・せいいち）
_COUNTRIES = frozenset("日米英仏独伊露中韓印豪加")  # as papers shorten them: 米国 / 英国, 日米 / 日中
_DAY, _DURING = "日", "中"  # which these two are as well: 開催日, 開催中
_UNITS = tuple("都道府県市区町村郡")  # what the units of Japan's administration are called
_PLACE = re.compile("[々\u4e00-\u9fff]{0,2}?(?:[府県区町村郡沖]|市(?!場))")  # behind a name, and what two names end in
_LANDMARK = re.compile("[島湾川山港駅署]|[地高]裁|地検")  # behind several: 高山, 髙山
_PERSON = re.compile("[々\u4e00-\u9fff]{0,3}?(?:氏|さん|容疑者|被告|選手|首相|知事|市長|監督)")

_ZONE = re.compile("[a-z]{1,3}[sd]t|[cew]et|gmt|hkt|sgt|utc")  # JST, AEDT; but not MIT

_HALVES = frozenset({"am", "pm"})  # of the day
_DAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})
_MONTHS = frozenset(
    word.lower() for names in (calendar.month_name, calendar.month_abbr) for word in (*names, "Sept") if word
)
# Before a name, papers write out or shorten what a person is, or call him by something else.
_TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "dr", "sir", "president", "premier", "prime", "minister", "chancellor", "secretary",
    "senator", "sen", "representative", "rep", "governor", "gov", "general", "gen", "judge", "justice", "chairman",
    "king", "queen", "prince", "reverend", "rev",
})  # fmt: skip
_NO_NAMES = _TITLES | UNITS  # Fahrenheit, Celsius


def excluding(one: Text, other: Text, gaps: Iterable[Gap], language: str) -> Iterator[tuple[str, str]]:
    """The words in one place of two texts of which one says what the other does not, as they are told."""
    for here, there in gaps:
        mine, yours = one.words[here], other.words[there]
        if language in UNSPACED:
            told, said = "".join(mine), "".join(yours)
            found = opposed_cjk(told, said) or _other_names_cjk(one, other, here, there)
        elif here.start == 0 and not (is_inside(one, here.stop) and is_inside(other, there.stop)):
            continue
        else:
            told, said = " ".join(mine), " ".join(yours)
            found = (
                _opposed(mine, yours)
                or other_amounts(one, other, here, there)
                or _longer_name(one, other, here, there)
                or _other_names(one, other, mine, yours, language)
            )
        if found:
            yield told, said


def in_each_others_place(one: Text, other: Text, gaps: Iterable[Gap], language: str) -> Iterator[tuple[str, str]]:
    """The names that changed places where two texts have the same words in another order, as they are told."""
    for here, there in gaps:
        mine, yours = one.words[here], other.words[there]
        if language in UNSPACED:
            behind = "".join(one.words[here.stop : here.stop + LONGEST_CALL])  # the same in both
            found = exchanged_cjk("".join(mine) + behind, "".join(yours) + behind)
        else:
            found = exchanged(mine, yours, lambda word: _is_name(word, one.lead) or _is_name(word, other.lead))
        if found:
            yield found


def _opposed(mine: Sequence[str], yours: Sequence[str]) -> bool:
    """Whether opposites stand here; but 9 a.m. EST is 11 p.m. JST."""
    clocks = not _HALVES.isdisjoint(mine) and any(map(_ZONE.fullmatch, (*mine, *yours)))
    return not clocks and opposed(mine, yours)


def is_inside(text: Text, place: int) -> bool:
    """Whether a sentence goes on there, in small letters: what is before it is what the text begins with, and no
    dateline or byline that was not read.
    """
    before, following, _ = text.lead.lower().partition(f" {' '.join(text.words[place : place + 2])}")
    at = len(before)
    return bool(following) and _goes_on(text.lead[:at]) and text.lead[at + 1 : at + 2].islower()


def _longer_name(one: Text, other: Text, here: slice, there: slice) -> bool:
    """Whether a word more stands behind a point of the compass in one text: East Sea, East China Sea. Behind another
    name it may be a person's first one, or what a firm deals in.
    """
    if (here.stop - here.start) + (there.stop - there.start) != 1 or one.words[here.start - 1] not in COMPASS:
        return False
    mine, yours = (
        " ".join(map(str.capitalize, text.words[place.start - 1 : place.stop + 1]))
        for text, place in ((one, here), (other, there))
    )
    return mine in one.lead and yours in other.lead and mine not in other.lead and yours not in one.lead


def _other_names(one: Text, other: Text, mine: Sequence[str], yours: Sequence[str], language: str) -> bool:
    """Whether names stand here that the other text has nowhere, and none is the other in another style."""
    if language == "de" or one_place(" ".join(mine), " ".join(yours)):  # all nouns of German have capitals
        return False
    told = [word for word in mine if word not in other.words and _is_name(word, one.lead)]
    said = [word for word in yours if word not in one.words and _is_name(word, other.lead)] if told else []
    return any(
        _differ([word for word in told if _kind(word) is kind], [word for word in said if _kind(word) is kind])
        for kind in (None, _DAYS, _MONTHS)
    ) or _other_acronyms(one, other, mine, yours)


def _other_acronyms(one: Text, other: Text, mine: Sequence[str], yours: Sequence[str]) -> bool:
    """Whether both have names in capitals alone: LDP, CDP. One beside a name that is written out may be that."""
    told = [word for word in mine if word not in other.words and _is_acronym(word, one.lead)]
    said = [word for word in yours if word not in one.words and _is_acronym(word, other.lead)] if told else []
    return bool(told and said) and not any(one_acronym(*pair) for pair in product(told, said))


def _is_acronym(word: str, lead: str) -> bool:
    """Whether a word stands in capitals behind one that does not; no time of the clock, as papers give their own."""
    short = SHORTEST_ACRONYM <= len(word) <= LONGEST_ACRONYM
    if not short or word[0].isdecimal() or word in UNITS or word in _HALVES or _ZONE.fullmatch(word):
        return False
    return any(text[-2:].islower() for text in lead.split(f" {word.upper()}")[:-1])


def _differ(told: Sequence[str], said: Sequence[str]) -> bool:
    """Whether both have names, and none of one is one of the other, word by word or together.

    Mumbai and Delhi are no Bombay and Chennai: names of one place tell nothing of those beside them.
    """
    told, said = (
        [name for name in names if not any(one_place(name, one) for one in others)]
        for names, others in ((told, said), (said, told))
    )
    pairs = [("".join(told), "".join(said)), *((one, other) for one in told for other in said)]
    return bool(told and said) and not any(one_name(*pair) for pair in pairs)


def _is_name(word: str, lead: str) -> bool:
    """Whether a word has a capital in the middle of a sentence, and never stands without one."""
    if len(word) < SHORTEST_NAME or word in _NO_NAMES or f" {word}" in lead:
        return False
    before = lead.split(f" {word.capitalize()}")[:-1]
    return any(_goes_on(text[-4:]) for text in before)


def _goes_on(end: str) -> bool:
    """Whether a sentence does not end here: with a word, a comma, or a title that was shortened (Mr., Sen.)."""
    title = end.endswith(".") and end.rpartition(" ")[2][:-1].lower() in _TITLES
    return title or end[-1:].isalnum() or end[-1:] in {",", ";"}


def _kind(name: str) -> frozenset[str] | None:
    """Days are compared with days: beside a date, a day is another style."""
    return next((kind for kind in (_DAYS, _MONTHS) if name in kind), None)


def _other_names_cjk(one: Text, other: Text, here: slice, there: slice) -> bool:
    """Whether names stand here that the other text has nowhere."""
    told, said = "".join(one.words[here]), "".join(other.words[there])
    if KATAKANA.fullmatch(told) and KATAKANA.fullmatch(said):
        told, said = _whole_katakana(one.words, here), _whole_katakana(other.words, there)
        named = not one_name_katakana(told, said)
    else:
        named = _are_called(told, said, "".join(one.words[here.stop : here.stop + LONGEST_CALL]))
        told, said = _with_one_before(one.words, here), _with_one_before(other.words, there)
    return named and told not in "".join(other.words) and said not in "".join(one.words)


def _are_called(told: str, said: str, behind: str) -> bool:
    """Whether kanji stand before what places and persons are called by; of a person's name, one alone may be a variant
    (渡辺, 渡邊), and two persons be told in another order.
    """
    last = [found[0] for words in (told, said) if (found := _KANJI_LAST.search(_READING.sub("", words)))]
    if len(last) == 2 and min(map(len, last)) > 1 and _PERSON.match(behind):
        return last[0] not in said or last[1] not in told
    if not (_LISTED.fullmatch(told) and _LISTED.fullmatch(said)) or _share_kanji(told, said):
        return False
    units = told.endswith(_UNITS) and said.endswith(_UNITS)
    return units or _are_countries(told, said, behind) or _stand_before_a_place(told, said, behind)


def _stand_before_a_place(told: str, said: str, behind: str) -> bool:
    """Whether what follows is what places are called by; rivers and hills are in persons' names as well."""
    landmark = min(len(told), len(said)) > 1 and _LANDMARK.match(behind)
    return bool(landmark or _PLACE.match(behind))


def _share_kanji(told: str, said: str) -> bool:
    """Whether two kanji in a row stand in both: 石巻市と女川町 / 石巻、女川両市町."""
    return any(pair in said and _KANJI_LAST.fullmatch(pair) for pair in map("".join, pairwise(told)))


def _are_countries(told: str, said: str, behind: str) -> bool:
    """Whether each stands for a country; 日 and 中 do before another one's character: 日韓 / 中韓."""
    plain = {told, said} != {_DAY, _DURING} or behind[:1] in _COUNTRIES
    return plain and {told, said} <= _COUNTRIES


def _whole_katakana(words: Sequence[str], gap: slice) -> str:
    """The katakana that stand there with those on either side."""
    before = takewhile(KATAKANA.fullmatch, reversed(words[max(0, gap.start - LONGEST_KATAKANA) : gap.start]))
    after = takewhile(KATAKANA.fullmatch, words[gap.stop : gap.stop + LONGEST_KATAKANA])
    return "".join([*reversed(list(before)), *words[gap], *after])


def _with_one_before(words: Sequence[str], gap: slice) -> str:
    """A single character with the one before it: 福岡 and 福島 differ in the second."""
    single = gap.stop - gap.start == 1
    return "".join(words[max(0, gap.start - single) : gap.stop])
