"""Where agency text begins and ends: datelines, bylines, captions, credits, copyright lines.

Papers put these around the same text in their own ways. They are cut before two texts are compared,
and kept as evidence of who wrote the copy. Of all that was tried, this cutting matters most to
recall: without it a third of the short copies are lost.

The patterns are tables (surroundings.py), and never look beyond `HEAD` and `TAIL` characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from feedhub.dedup.agencies import CJK, LATIN, named
from feedhub.dedup.surroundings import COPY, DATE, HEAD, HEADS, LAST_LETTERS, NAMED_LAST, NEEDLES, TAIL, TAILS
from feedhub.model import Credit
from feedhub.text import NARROW, QUOTES_AND_DASHES, UNSEEN, normal, replacer

MIN_TITLE = 6  # characters that must be left of a headline: less is "Sumo - …", a part of it
LONGEST_TITLE = 120  # characters; a longer one is a text that was put there as well
NAME = 12  # characters of an outlet's name behind a headline, unless that has it too
LEAD = 1500  # characters of a text that are compared; what follows is background that many stories share

_COPYRIGHT = re.compile(rf"{COPY}[^\n]{{0,40}}?(?P<agency>{LATIN}|{CJK})")

_PICTURE = re.compile("[Pp]hoto|FILE ?-|File|写真|画像|動画|사진|^CLOSE |^[^(]{30,}")
_DAY = re.compile(r"(?:\d{1,2}月)?\d{1,2}日")
_FILED = re.compile(rf"{DATE}|(?:\d{{1,2}}月)?\d{{1,2}}日|\d{{1,2}}\.? [A-Za-z]{{3,9}}(?= )")
FULL_WORD = 5  # letters of the longest abbreviation of a place: "Minn."

_ELLIPSIS = re.compile(r"(?:\.{2,}|…+|\[(?:\.{2,}|…+)\]|\((?:\.{2,}|…+)\))[\s\])]*$")

# Width and typography only: case and markup still tell a dateline from a sentence.
_unify = replacer({
    **QUOTES_AND_DASHES, **dict.fromkeys(UNSEEN, ""), "Ⓒ": "©", "ⓒ": "©", "〔": "[", "〕": "]", "\t": " ",
})  # fmt: skip
_GROUPED = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:[{NARROW}]\d{{3}})+(?!\d)")

_NO_CREDIT = Credit()

# Marks of an edition, or of pictures, before a headline and behind it; the outlet's or relay's name behind it.
_EDITION = "速報|更新|訂正|号外|独自|続報|詳報|緊急|再送|差し替え"
_EXTRA = (  # but no 動画配信, 写真展 or 映像作家, which a headline speaks of
    "(?:写真|動画|映像|画像|図解|フォト)(?:あり|有り?|付き?|つき|特集|ニュース|[全計]?\\d+[枚点本])?"
    "|(?:有料|会員限定)(?:記事)?"
)
_OPEN, _CLOSED = r"[【(\[<〈《]", r"[】)\]>〉》]"
_MARK = rf"{_OPEN}(?:(?:{_EDITION})[^】)\]>〉》]{{0,4}}|{_EXTRA}){_CLOSED}"
_MARK_BEHIND = rf"{_OPEN}(?:(?:{_EDITION})[\d時分日版]{{0,6}}|訂正(?:あり|済み?)|{_EXTRA}){_CLOSED}"  # but no (速報値)
_TITLE_HEAD = re.compile(
    r"^(?:(?:\(?(?:\d+(?:st|nd|rd|th)? )?(?:UPDATED?|Updated?|LEAD|Lead|LD|RPT|CORRECTED|Corrected|CORRECTION|"
    r"Correction|REFILE|WRAPUP|BREAKING|Breaking|URGENT|FLASH|Focus|FOCUS|OPINION|Opinion|EXCLUSIVE|Exclusive|Correct|"
    r"NEWS ADVISORY|ADVISORY|INTERVIEW|ANALYSIS|Baseball|Sumo|Soccer)(?: NEWS| \d+)?(?:-|\)|:| -| \|)+ ?)|"
    r"(?:JUST IN|VIDEO|Video|WATCH|Watch|PHOTOS?|Photos?)(?::| -| \|) ?|"
    rf"(?:{_MARK}|(?:速報|訂正|更新|続報|再送)[:=-])\s*)+"
)
_TITLE_TAIL = re.compile(
    rf"(?:{_MARK_BEHIND}|=(?:訂正|更新|差し替え)[^=]{{0,8}}|[(\[](?i:(?:with )?(?:video|photo)s?)[)\]]|"
    r"(?: [-|] |\|) ?[A-Z\u3040-\u30ff\u4e00-\u9fff가-힣](?:(?! - )[^|:\d]){1,40}|(?: [-|] |\|) ?47NEWS|"
    r"\((?:[^()]{1,12}(?:新聞|通信|ニュース|新報|日報|タイムス|テレビ|NEWS|Press|News)[^()]{0,8}|"
    rf"(?:{LATIN}|{CJK})(?:[=/-](?:{LATIN}|{CJK}))?)\)| ?=(?:{CJK})|"
    r" (?:写真\d+枚 )?国際ニュース:AFPBB News| ?: ?(?:時事ドットコム|"
    r"[^\s:]{1,6}(?:新聞|新報|日報|タイムス|テレビ)(?:デジタル|オンライン|電子版)?))$"
)

_STOPS = (".", "。", "!", "?")
_BRACKETS = tuple(")]】〉》>")
_SECTION = re.compile(r"[A-Z][A-Za-z]+")  # "Politics | …", "Exclusive | …": what follows is the headline
_BEFORE_OUTLETS = (" - ", "|", "=", ":")  # of which one stands before an outlet's name that is not in brackets

Where = Literal["dateline", "byline", "credit", "copyright", "caption", "author", "title", "feed"]

# How sure each place makes it whose words these are: a picture's credit says little of the text's.
CONFIDENCE: dict[Where, float] = {
    "dateline": 0.95, "byline": 0.9, "credit": 0.9, "copyright": 0.8, "author": 0.8, "title": 0.7, "feed": 0.6,
    "caption": 0.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """Words around a text that name an agency, a place or an author; `where` they stood says how sure they are."""

    where: Where
    words: str
    agency: str | None = None
    place: str | None = None
    byline: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A text without what its paper put around it, and what was cut as evidence."""

    title: str
    lead: str
    cut: bool  # the text ends in an ellipsis: its last word may be half a word
    credit: Credit


def widths(text: str) -> str:
    """NFKC, with quotes and dashes unified; case stays, for datelines are told by it."""
    if text.isascii():
        return text.replace("`", "'").replace("\t", " ")
    if any(map(text.__contains__, NARROW)):
        text = _GROUPED.sub(lambda match: ",".join(match[0].split()), text)
    unified = _unify(text)
    composed = normal("NFKC", unified)
    return composed if composed == unified else _unify(composed)


@lru_cache(maxsize=16)  # of one item it is asked for several times
def unified(title: str) -> str:
    """A headline with widths, quotes and dashes unified."""
    return widths(title).strip()


@lru_cache(maxsize=16)
def strip_title(title: str) -> str:
    """A headline without edition marks and outlets' names; itself when nothing else would be left."""
    headline = unified(title)
    marked = _TITLE_HEAD.match(headline)
    stripped = headline[marked.end() :].strip() if marked else headline
    for _ in range(3 if stripped.endswith(_BRACKETS) or any(map(stripped.__contains__, _BEFORE_OUTLETS)) else 0):
        shorter = _TITLE_TAIL.sub("", stripped).strip()
        if shorter == stripped or len(shorter) < MIN_TITLE or _SECTION.fullmatch(shorter):
            break
        stripped = shorter
    return stripped or title


def read(title: str, text: str) -> Reading:
    """Cut an item's headline and text down to the agency's words, and say which agency that is."""
    body = widths(text).strip()
    found: list[Mark] = []
    end = _cut_tail(body, found)
    start = _cut_head(body[:end], found)
    lead = body[start:end]
    ellipsis = _ELLIPSIS.search(lead[-12:])
    headline = strip_title(title)
    return Reading(
        title=headline,
        lead="" if _repeats(title, headline, lead) else lead[:LEAD].strip(),
        cut=ellipsis is not None or len(lead) > LEAD,
        credit=_credit([*found, *_title_marks(title, headline)]),
    )


def _repeats(title: str, headline: str, lead: str) -> bool:
    """Whether a text is but the headline once more, with or without an outlet's name behind it: then there is none.

    A sentence is a text: what has no headline is named by its first one.
    """
    lead = lead.strip()
    if not headline or len(headline) > LONGEST_TITLE or headline.endswith(_STOPS) or not lead.startswith(headline):
        return False
    left = lead[len(headline) :].strip(" .|-")
    return len(left) <= NAME or left in unified(title)


def _title_marks(title: str, stripped: str) -> list[Mark]:
    """The agency whose name stood behind a headline."""
    if len(stripped) >= len(title):
        return []
    _, found, behind = unified(title).rpartition(stripped)
    agency = named(behind) if found and behind.strip() else None
    return [Mark("title", behind.strip()[:80], agency)] if agency else []


_compiled = cache(re.compile)  # when first met: all of them at once take a tenth of a second of every start


def _cut_head(text: str, found: list[Mark]) -> int:
    start = 0
    for _ in range(8):
        window = text[start : start + HEAD]
        for needle, pattern in _heads(window[:1]):
            match = needle in window and _compiled(pattern).match(text, start, start + HEAD)
            if match and match.end() > start:
                _note(match, found)
                start = match.end()
                break
        else:
            break
    # Never eat a text whole: a caption may be all there is.
    return start if start < len(text) else 0


@lru_cache(maxsize=1 << 10)  # letters; there are more kanji, but few that texts begin with
def _heads(first: str) -> tuple[tuple[str, str], ...]:
    """Of `HEADS`, what may fit a text that begins so."""
    return tuple((needle, pattern) for begins, needle, pattern in HEADS if re.match(f"[{begins}]", first))


def _cut_tail(text: str, found: list[Mark]) -> int:
    end = len(text)
    for _ in range(6):
        from_ = max(0, end - TAIL)
        window = text[from_:end]
        name_last, needle = _agency_may_be_last(window), NEEDLES.search(window)
        for needles, reach, pattern in TAILS if needle else NAMED_LAST if name_last else ():
            near = max(0, end - from_ - reach)
            fits = any(map(window.__contains__, needles)) if needles else name_last
            match = fits and _compiled(pattern).search(window, near)
            if match and (from_ or match.start()):
                _note(match, found)
                end = from_ + match.start()
                break
        else:
            break
    return end


def _agency_may_be_last(text: str) -> bool:
    """By its last two letters, whether the last word is the end of an agency's name, or its News, Photo, Press."""
    end = len(text)
    while end and not (text[end - 1].isalnum() or text[end - 1] == "_"):
        end -= 1
    return text[max(0, end - 2) : end] in LAST_LETTERS


def _note(match: re.Match[str], found: list[Mark]) -> None:
    where: Where = "copyright" if _COPYRIGHT.match(match[0].lstrip("[")) else "credit"
    groups = match.groupdict()
    words = match.group().strip()
    agency, place, byline = groups.get("agency"), groups.get("place"), groups.get("byline") or groups.get("reporter")
    if agency is None and (line := _COPYRIGHT.search(words)):
        agency = line.group("agency")
    place = _place(place)
    if agency or place or byline:
        where = "dateline" if place else "byline" if byline else "caption" if _PICTURE.search(words) else where
        found.append(Mark(where, words[:80], named(agency) if agency else None, place, byline))


def _place(words: str | None) -> str | None:
    """A dateline's place; not its date, not the outlet that relays, no full stop."""
    place = (words or "").strip(" ,=・")
    if not place or place.endswith(("/", ":")) or _DAY.fullmatch(place):
        return None
    last = place.split()[-1]
    return place.rstrip(".") if len(last) > FULL_WORD and last.endswith(".") else place


def _credit(found: list[Mark]) -> Credit:
    """The surest mark says who wrote it; place and byline come from the first that has them."""
    if not found:
        return _NO_CREDIT
    ranked = sorted(found, key=lambda mark: (mark.agency is None, -CONFIDENCE[mark.where]))
    return Credit(
        agency=ranked[0].agency,
        place=next((mark.place for mark in found if mark.place), None),
        byline=next((mark.byline for mark in found if mark.byline), None),
        evidence=tuple(f"{mark.where}: {mark.words}" for mark in ranked),
    )


def confidence(credit: Credit) -> float:
    """How sure it is whose copy this is, 0..1, by where the surest evidence stood; 0 where none names an agency."""
    if credit.agency is None or not credit.evidence:
        return 0.0
    return CONFIDENCE.get(credit.evidence[0].partition(":")[0], 0.0)  # type: ignore[call-overload, no-any-return]


def filed(credit: Credit) -> str | None:
    """The day in the dateline, as written: "May 31", "1日"; None where there is none."""
    lines = [words for words in credit.evidence if words.startswith("dateline:")]
    found = _FILED.search(lines[0]) if lines else None
    return found[0] if found else None
