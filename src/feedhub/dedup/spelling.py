"""Whether two words may be one name, as outlets spell, transcribe and shorten it in their own ways. Pure."""

from __future__ import annotations

import calendar
import re
import unicodedata

from rapidfuzz.distance import OSA

from feedhub.dedup.places import one_place

SAME_NAME = 0.8  # likeness of two spellings; Austria and Australia have .78, Iran and Iraq .75
# The same where consonants agree: Kiev and Kyiv have .5, Chiba and Kobe .2; ケイン, ケーン .75, ガーナ, ギニア .6.
SAME_SOUND, SAME_SOUND_KATAKANA = 0.4, 0.7
SAME_ACRONYM = 0.75  # ISIS, ISIL
SHORTEST_MONTH = 3  # letters: Nov.
SHORTENED, SHORTENED_KATAKANA = 2.0, 1.6  # times as long as its abbreviation is a word: Calif., バルサ

KATAKANA = re.compile("[\u30a1-\u30faー]+")

_SOUND = str.maketrans(dict.fromkeys("aeiouyhw'") | {"c": "k", "q": "k", "g": "k", "z": "s", "x": "s"})
_MONTHS = frozenset(name.lower() for name in calendar.month_name if name)
_PEOPLES = ("ese", "an", "ish")
_DOUBLED = re.compile(r"(.)\1+")


def one_word(one: str, other: str) -> bool:
    """Whether two words are one in two spellings, a letter apart, or two names of one place: defense, defence; or an
    initial or a month and what it stands for: N. Korea, Nov. 5. Figures are none.
    """
    short, long = sorted((_plain(one), _plain(other)), key=len)
    alike = OSA.normalized_similarity(short, long) >= SAME_NAME
    return one[:1].isalpha() and (alike or _begins(short, long) or one_place(one, other))


def one_name(one: str, other: str, shortened: float = SHORTENED, sound: float = SAME_SOUND) -> bool:
    """Whether two words may be one name: an abbreviation, the same consonants, a letter apart, or one place's."""
    short, long = sorted((_plain(one), _plain(other)), key=len)
    alike = OSA.normalized_similarity(short, long)
    return (
        (shortened * len(short) <= len(long) and _abbreviates(short, long))
        or (alike >= sound and not _consonants(short).isdisjoint(_consonants(long)))
        or alike >= SAME_NAME
        or one_place(one, other)
    )


def one_name_katakana(one: str, other: str) -> bool:
    """The same of what is transcribed: ヴェネツィア and ベネチア, but not イラン and イラク."""
    return one_place(one, other) or one_name(_romaji(one), _romaji(other), SHORTENED_KATAKANA, SAME_SOUND_KATAKANA)


def one_acronym(one: str, other: str) -> bool:
    """The same of names in capitals; letters that changed places count once."""
    return OSA.normalized_similarity(one, other) >= SAME_ACRONYM


def _plain(name: str) -> str:
    """Without accents, and what makes it a genitive: Tōkyō's is Tokyo."""
    return "".join(char for char in unicodedata.normalize("NFD", name.removesuffix("'s")) if char.isalnum())


def _begins(short: str, long: str) -> bool:
    """Whether a word is the first letter of another, or the first ones of a month."""
    return long.startswith(short) and (len(short) == 1 or (len(short) >= SHORTEST_MONTH and long in _MONTHS))


def _abbreviates(short: str, long: str) -> bool:
    """Whether a word has the first letter of a longer one, and others in their order: Calif., Sgt."""
    letters = iter(long)
    return short[:1] == long[:1] and all(letter in letters for letter in short)


def _consonants(name: str) -> set[str]:
    """What spellings of one name agree in: Ohtani and Otani, Kiev and Kyiv; with and without a people's ending: China,
    Chinese. That a name begins with a vowel is heard as well: Saga, Osaka.
    """
    stems = {name, *(name.removesuffix(ending) for ending in _PEOPLES)}
    sounds = {_DOUBLED.sub(r"\1", (stem[:1].translate(_SOUND) or "-") + stem[1:].translate(_SOUND)) for stem in stems}
    return {sound for sound in sounds if len(sound.strip("-")) > 1}  # one is no evidence: Abe, Obi


def _romaji(katakana: str) -> str:
    """Katakana in Latin letters, without what only lengthens."""
    letters = (unicodedata.name(char).rpartition(" ")[2] for char in katakana if char not in "ッー")
    return "".join(letters).lower().replace("v", "b")
