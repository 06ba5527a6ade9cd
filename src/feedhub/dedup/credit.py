"""Where agency text begins and ends: datelines, bylines, captions, credits, copyright lines.

Papers put these around the same text in their own ways. They are cut before two texts are compared,
and kept as evidence of who wrote the copy. Of all that was tried, this cutting matters most to
recall: without it a third of the short copies are lost.

The patterns are tables, tried in order until none fits. They may cut a little too much: what is cut
from one copy is cut from its twin as well. They never look beyond `HEAD` and `TAIL` characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from feedhub.dedup.agencies import AGENCIES, CJK, LATIN, named
from feedhub.model import Credit
from feedhub.text import QUOTES_AND_DASHES, normal, replacer

HEAD = 320  # characters in which captions, furniture and datelines are looked for
TAIL = 320  # characters in which credits and footers are looked for
BARE = 48  # characters of a bare agency's name at the end, and what may follow it
BRACKETED = 120  # characters of two agencies' names in brackets at the end, and what may follow them
MIN_TITLE = 6  # characters that must be left of a headline: less is "Sumo - …", a part of it
LEAD = 1500  # characters of a text that are compared; what follows is background that many stories share

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DATE = rf"{_MONTH} \d{{1,2}}(?:, \d{{4}})?"
_WORD = r"[A-Z][\w.'/]*(?:-[\w.']+)*"
_PLACE = rf"{_WORD}(?:,? {_WORD}){{0,4}}"
_CAPS = r"[A-Z][A-Z.'/]+(?:[ -][A-Z.']{2,}){0,3}(?:, [A-Z][\w.]+(?: [A-Z][\w.]+)?)?"
_DASH = r" ?(?:--|-|:) ?"
_AGENCIES = rf"(?:{LATIN})(?:[-=/](?:{LATIN}))?"
_NAME = r"[A-Z][\w'.-]+(?: [A-Z][\w'.-]+){1,2}"
_ROLE = rf"(?:Associated Press|{_AGENCIES}|Staff Writer|STAFF WRITER|Staff Reporter|Senior Writer)"
_DESK = r"(?:[Rr]eporters?|[Ss]taff|[Ww]riters?|[Cc]orrespondents?)"
_BRACKET_JA = r"[^】\])）\n]"
_HAN = "[\u4e00-\u9fff]"
_REPORTER_KO = r"(?P<reporter>[가-힣]{2,4})(?: [가-힣]{2,4}){0,3} 기자 ?="
_RESERVED = r" ?All rights reserved\."
_COPY = r"(?:Copyright|COPYRIGHT|©|\([cC]\)(?= ?(?:\d{4}|[^\W\da-z_])))"  # "(c) pay the fine" is the third of a list
_SHORT_DATE = r"(?:\d{1,2} [A-Z]{3,}|[A-Z]{3,}\.? \d{1,2})"

# What a text before the copy proper begins with, as sets of characters.
_ANY, _CAPITAL, _BRACKETS = r"\s\S", "A-Z", r"\[【("
_LATIN_FIRST = "".join(sorted({"B", "b", *(form[0] for agency in AGENCIES for form in agency.latin)}))
_CJK_FIRST = _BRACKETS + "".join(sorted({form[0] for agency in AGENCIES for form in agency.cjk}))

# Text before the copy proper, each pattern with what it begins with and what must occur for it: a look costs a tenth of a
# pattern's try. Each is anchored; groups: place, agency, byline. What comes first is tried first.
_HEADS = (
    # furniture of a site's own
    ("K", "KYODO NEWS -", rf"KYODO NEWS - (?:{_DATE}|\d+ \w+ ago) - \d\d:\d\d ?\| ?[A-Z]\w+(?:, [A-Z]\w+)*"),
    ("N", "News from Japan", rf"News from Japan(?: [A-Z]\w+){{0,2}} {_DATE} \d\d:\d\d \(JST\)"),
    ("M", "Media playback", r"Media playback is unsupported on your device"),
    # pictures
    (_BRACKETS, "", rf"[\[【(](?:写真|画像|資料写真|動画)[:=/ ]?(?P<agency>{CJK})(?:/[^\]】)\n]{{1,12}})?[\]】)]"),
    ("(", "(", rf"\((?P<agency>{_AGENCIES}) (?:Photo|File|photo|file)[^)\n]{{0,60}}\)"),
    (_ANY, "[", rf"[^\n\[]{{0,240}}?\[(?:Photo|File)/(?P<agency>{_AGENCIES})\]"),
    # whose words and pictures these are, before them
    ("C©(", "", rf"{_COPY}[^\n.]{{0,24}}?(?P<agency>{LATIN}|{CJK})[^\n.]{{0,24}}\.(?:{_RESERVED})?"),
    # datelines, English and other Latin: place, date and agency in the orders in which they come
    ("(", "(", rf"\((?P<agency>{_AGENCIES})\) ?-+ ?(?P<place>{_CAPS}), {_SHORT_DATE} ?-+ ?"),
    (_CAPITAL, "/", rf"(?P<place>{_PLACE}),? {_DATE}\.? ?/(?P<agency>{_AGENCIES})/\.?"),
    (_CAPITAL, "(", rf"(?P<place>{_PLACE})(?: \[[A-Z][a-z]+\])?[,:.]? {_DATE},? ?\((?P<agency>{_AGENCIES})[^)\n]{{0,30}}\)(?:{_DASH}|(?= ))"),
    (_CAPITAL, "(", rf"(?P<place>{_PLACE}), \d{{1,2}}\.?(?: [A-Za-zûéäç]{{3,9}}\.?)?(?: \d{{4}})? \((?P<agency>{_AGENCIES})[^)\n]{{0,20}}\)\.?(?:{_DASH}|(?= ))"),
    ("А-ЯЁ", ",", rf"(?P<place>[А-ЯЁ]{{2,}}(?:[ -][А-ЯЁ]{{2,}}){{0,3}}), \d{{1,2}} [а-я]{{3,8}}\.? ?(?:/|\(|- )(?P<agency>{_AGENCIES})[/)]?\.?"),
    (_CAPITAL, "(", rf"{_DATE},? ?\((?P<agency>{_AGENCIES})[^)\n]{{0,30}}\){_DASH}"),
    ("A-Z(", "(", rf"(?:(?P<place>{_PLACE})(?:, {_DATE})?,? ?)?\((?P<agency>{_AGENCIES})[^)\n]{{0,30}}\){_DASH}"),
    # captions; "CLOSE" is the button of a video player
    ("C", "CLOSE ", r"CLOSE [^\n]{10,300}?[.!?] ?(?:\([A-Z][a-z]+\.? \d{1,2}\) ?)?(?:AP|VPC|USA TODAY|USA NOW|Wochit|Newslook)\b[,.]?"),
    ("(", "File photo", rf"\((?P<agency>{_AGENCIES})\) ?File photo [^.\n]{{0,160}}\."),
    ("F", "FILE", rf"FILE ?- [^.\n]{{0,240}}\. ?\((?P<agency>{_AGENCIES})[^)\n]{{0,60}}\)"),
    ("F", "FILE", r"FILE ?- (?:[^.\n]|\.(?=\d)|(?<=[A-Z])\.){0,200}\."),
    (_ANY, "(", rf"[^\n]{{10,240}}?\((?P<agency>{_AGENCIES})(?: (?:Photo|photo|file)[^)\n]{{0,60}})?\)(?! ?(?:--|-))(?=\s|$)"),
    (r"\[", "[", rf"\[(?P<agency>{_AGENCIES})(?: (?:Photo|photo))\]"),
    (_CAPITAL, "file photo", rf"{_NAME}(?: Shimbun)? file photo"),
    ("FPI", "", r"(?:File photo|Photo|Image)(?: courtesy of|:| by) [^.\n]{0,80}\.?(?=\n|$)"),
    ("写画資", "", r"(?:写真|画像|資料写真)(?:はイメージ|[:=][^\n ]{0,24})"),
    (_BRACKETS, "", rf"[\[【(](?:写真|画像|資料写真|動画|図解|地図)[^】\])]{{0,24}}[\]】)][^\n 。]{{0,40}}?(?==|\s|[\[【(]|$)(?:=[^\n 。【\[(]{{0,24}})?(?:\((?P<agency>{CJK})\))?"),
    # agencies and bylines without a place, places without an agency
    (_LATIN_FIRST, "\n", rf"(?:(?:By|BY|by) )?(?P<agency>{_AGENCIES})(?: {_DESK})?(?= ?\n)"),
    (_LATIN_FIRST, "", rf"(?P<agency>{_AGENCIES})(?: (?:--|-) |--|: )"),
    (_CAPITAL, "", rf"(?P<place>{_PLACE}),? {_DATE},? ?\(?(?P<agency>{_AGENCIES})?\)?{_DASH}"),
    (_CAPITAL, "-", rf"(?P<place>{_CAPS})(?:, {_DATE})?(?: (?:--|-) |--)"),
    (_CAPITAL, " -- ", rf"(?P<place>{_PLACE}) -- "),
    ("(", "(", rf"\((?P<agency>{_AGENCIES})\)"),
    ("Bb", "", rf"(?:By|BY|by) (?P<byline>{_NAME}),? ?(?:/ ?)?(?P<agency>{_ROLE})(?![A-Za-z])(?:\n|,|-|\|)?"),
    ("B", "/", rf"(?:By|BY) (?P<byline>{_NAME}) ?/ ?[A-Z][^\n]{{2,40}}(?=\n)"),
    ("B", "\n", rf"(?:By|BY) (?P<byline>{_NAME})(?= ?\n)"),
    ("B", "", r"(?:By|BY) (?P<byline>[A-Z][\w'.]+ [A-Z][\w'-]+)(?= [A-Z\"'(])"),
    # Japanese: 【ワシントン共同】 【カイロ=久門武史】 [東京 1日 ロイター] (ブルームバーグ): (パリ共同=山田太郎)
    ("【", "【", rf"【\d{{1,2}}月\d{{1,2}}日 ?(?P<agency>{LATIN}|{CJK})】"),
    ("【", "【", rf"【(?P<place>{_BRACKET_JA}{{0,14}}?)[=・ ]?(?P<agency>{CJK})(?:[=・/]?(?:{CJK}))?(?:=(?P<byline>{_BRACKET_JA}{{1,12}}))?】"),
    (r"\[", "[", rf"\[(?P<place>{_BRACKET_JA}{{0,14}}?) ?(?:\d{{1,2}}日)? ?(?P<agency>{CJK})(?:[=・/]?(?:{CJK}))?(?:=(?P<byline>{_BRACKET_JA}{{1,12}}))?\]:?(?: {_REPORTER_KO})?"),
    ("(", "(", rf"\((?P<place>{_BRACKET_JA}{{0,14}}?)[=・ ]?(?P<agency>{CJK})(?:[=・/]?(?:{CJK}))?(?:=(?P<byline>{_BRACKET_JA}{{1,12}}))?\):?(?: {_REPORTER_KO})?"),
    # Chinese: 新华社北京11月3日电 (中央社記者王小明台北3日電)
    (_CJK_FIRST, "日", rf"[【(\[]?(?P<agency>{CJK})(?:[記记]者(?P<byline>{_HAN}{{2,3}}?)(?={_HAN}{{2}}\d))?(?P<place>{_HAN}{{0,4}}?)(?:\d{{1,2}}月)?\d{{1,2}}日(?:[专專]?[电電]|[综綜]合(?:外[电電])?[报報][导導])?[】)\]]"),
    (_CJK_FIRST, "日", rf"(?P<agency>{CJK})(?P<place>{_HAN}{{2,4}}?)(?:\d{{1,2}}月)?\d{{1,2}}日[专專]?[电電]"),
    ("【", "【", rf"【(?P<place>{_BRACKET_JA}{{1,14}}?)[=・](?P<byline>{_BRACKET_JA}{{2,14}})】"),
    ("【", "【", r"【[^】\n]{1,20}】"),
    (r"\u30a0-\u30ff\u4e00-\u9fff", "日", rf"(?P<place>[\u30a0-\u30ff\u4e00-\u9fff]{{2,10}})\d{{1,2}}日(?P<agency>{CJK})[=:]"),
    (r"\u30a0-\u30ff\u4e00-\u9fff", " -", rf"(?P<place>[\u30a0-\u30ff\u4e00-\u9fff]{{2,10}}) (?P<agency>{CJK}) -"),
    ("◇◆■▽▼△▲●○◎☆★※", "", r"[◇◆■▽▼△▲●○◎☆★※]+"),
    (r"\s|,:;・=-", "", r"[\s|,:;・=-]+"),
)  # fmt: skip

# Text after the copy proper, anchored at the end; each with words of which one must occur, as a look for a word
# costs a hundredth of a pattern's try at 320 places; without words, the name of an agency must stand last.
_ENDING = r"[\s\W]*$"
_TAILS = tuple(
    (needles, reach, pattern + _ENDING)
    for needles, reach, pattern in (
        (("Read", "READ", "Continue", "Keep", "See", "Find"), TAIL, r"\b(?:Read|READ|Continue|Keep|See|Find) ?(?:more|reading|on|out more|More|MORE)(?: at [^\n]{0,60}| ?[>»]+)?"),
        (("続", "全文", "もっと", "記事"), TAIL, r"(?:続きを読む|続きはこちら|全文を読む|もっと見る|記事全文|\(続く\)|この記事は有料記事です[^\n]{0,80}|残り\d+文字[^\n]{0,60})"),
        (("残り",), TAIL, r"残り\d+文字[^\n]{0,60}"),
        (("The post",), TAIL, r"The post(?: [^\n]{0,200})? appeared first on [^\n]{0,80}"),
        (("Copyright", "COPYRIGHT", "(c)", "(C)", "©"), TAIL, rf"\[?{_COPY}[^\n\]]{{0,140}}(?:\] ?(?P<agency>{LATIN})?|$)"),
        (("All rights reserved",), TAIL, r"(?<=[\s\S]{60})All rights reserved\.[^\n]{0,200}"),  # not before the text
        (("This report by ",), TAIL, rf"This report by (?P<agency>{LATIN}) was first published[^\n]{{0,40}}"),
        (("This material",), TAIL, r"This material may not be published, broadcast, rewritten[^\n]{0,60}redistributed"),
        (("Click here",), TAIL, r"Click here for reprint permission"),
        (("Reporting by ", "Additional reporting by ", "Writing by ", "Editing by ", "Compiled by "), TAIL, r"\((?:Reporting|Additional reporting|Writing|Editing|Compiled) by [^)\n]{0,200}\)"),
        (("Reporting by ", "Writing by ", "Editing by "), TAIL, rf"(?<![A-Za-z])(?:Reporting|Writing|Editing) by (?:{_NAME}|[;, ]|and|in|Editing by|Writing by|Additional reporting by){{1,12}}"),
        ((), BRACKETED, rf"[(\[【< ]\s?(?P<agency>(?:{LATIN}|{CJK})(?:[-=/・]?(?:{LATIN}|{CJK}))?)(?: (?:News|Photo|Press))?\s?[)\]】>]"),
        (("翻訳編集",), TAIL, r"[(【]?翻訳編集[)】]? ?(?P<agency>AFP)BB News"),
        ((), BARE, rf"(?:사진 ?)?(?:==|=|--|-|\n) ?(?P<agency>{LATIN}|{CJK})"),
        ((), BARE, rf"(?<=[.。!?\"')]) ?(?P<agency>{LATIN})"),
        (("提供", "配信", "出典", "来源", "來源"), TAIL, rf"[(【]?(?:提供元|提供|配信|出典|[来來]源)[:=/](?:(?P<agency>{CJK})|[^\n。]{{1,24}})"),
        (("Source: ", "SOURCE: "), TAIL, rf"[(\[]?(?:Source|SOURCE): (?P<agency>{LATIN})"),
        (("無断転載",), TAIL, r"無断転載[^\n]{0,40}"),
    )
)  # fmt: skip

_NEEDLES = re.compile("|".join(re.escape(needle) for needles, _, _ in _TAILS for needle in needles))
_LAST_LETTERS = {"ws", "to", "ss", *(form[-2:] for agency in AGENCIES for form in (*agency.latin, *agency.cjk))}

_COPYRIGHT = re.compile(rf"{_COPY}[^\n]{{0,40}}?(?P<agency>{LATIN}|{CJK})")

_PICTURE = re.compile("[Pp]hoto|FILE ?-|File|写真|画像|動画|사진|^CLOSE |^[^(]{30,}")
_DAY = re.compile(r"(?:\d{1,2}月)?\d{1,2}日")
_FILED = re.compile(rf"{_DATE}|(?:\d{{1,2}}月)?\d{{1,2}}日|\d{{1,2}}\.? [A-Za-z]{{3,9}}(?= )")
FULL_WORD = 5  # letters of the longest abbreviation of a place: "Minn."

_ELLIPSIS = re.compile(r"(?:\.{2,}|…+|\[(?:\.{2,}|…+)\]|\((?:\.{2,}|…+)\))[\s\])]*$")

# Width and typography only: case and markup still tell a dateline from a sentence.
_unify = replacer({**QUOTES_AND_DASHES, "Ⓒ": "©", "ⓒ": "©", "〔": "[", "〕": "]", "\u200b": "", "\t": " "})

_NO_CREDIT = Credit()

# Marks of an edition before a headline, and the outlet's or relay's name behind it.
_TITLE_HEAD = re.compile(
    r"^(?:(?:\(?(?:\d+(?:st|nd|rd|th)? )?(?:UPDATE|Update|LEAD|Lead|RPT|CORRECTED|Corrected|CORRECTION|Correction|"
    r"REFILE|WRAPUP|BREAKING|Breaking|URGENT|FLASH|Focus|FOCUS|OPINION|Opinion|EXCLUSIVE|Exclusive|Correct|"
    r"NEWS ADVISORY|ADVISORY|INTERVIEW|ANALYSIS|Baseball|Sumo|Soccer)(?: NEWS| \d+)?(?:-|\)|:| -)+ ?)|"
    r"(?:【(?:速報|更新|訂正|号外|独自|続報|詳報|緊急|訂正版)[^】]{0,4}】|\((?:速報|更新|訂正|号外|独自|続報|詳報|差し替え)\)|(?:速報|訂正|更新|続報)[:：])\s*)+"
)
_TITLE_TAIL = re.compile(
    r"(?:(?: [-|] |\|) ?[A-Z\u3040-\u30ff\u4e00-\u9fff가-힣](?:(?! - )[^|:\d]){1,40}|(?: [-|] |\|) ?47NEWS|"
    r"\((?:[^()]{1,12}(?:新聞|通信|ニュース|新報|日報|タイムス|テレビ|NEWS|Press|News)[^()]{0,8}|"
    rf"(?:{LATIN}|{CJK})(?:[=/-](?:{LATIN}|{CJK}))?)\)| ?=(?:{CJK})|"
    r":(?:時事ドットコム|[^\s:]{1,6}(?:新聞|新報|日報|タイムス|テレビ)(?:デジタル|オンライン|電子版)?))$"
)

_BEFORE_OUTLETS = (" - ", "|", "=", ":")  # of which one stands before an outlet's name that is not in brackets

Where = Literal["dateline", "byline", "credit", "copyright", "caption", "author", "title", "feed"]

# How sure each place makes it whose words these are: a picture's credit says little of the text's.
CONFIDENCE: dict[Where, float] = {
    "dateline": 0.95, "byline": 0.9, "credit": 0.9, "copyright": 0.8, "author": 0.8, "title": 0.7, "feed": 0.6,
    "caption": 0.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """Words around a copy that say whose it is."""

    where: Where
    words: str
    agency: str | None = None
    place: str | None = None
    byline: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A copy without what its paper put around it."""

    title: str
    lead: str
    cut: bool  # the text ends in an ellipsis: its last word may be half a word
    credit: Credit


def widths(text: str) -> str:
    """NFKC, with quotes and dashes unified; case stays, for datelines are told by it."""
    if text.isascii():
        return text.replace("`", "'").replace("\t", " ")
    unified = _unify(text)
    composed = normal("NFKC", unified)
    return composed if composed == unified else _unify(composed)


@lru_cache(maxsize=16)  # of one item it is asked for several times
def unified(title: str) -> str:
    """A headline by its widths."""
    return widths(title).strip()


@lru_cache(maxsize=16)
def strip_title(title: str) -> str:
    """A headline without edition marks and outlets' names; itself when nothing else would be left."""
    headline = unified(title)
    marked = _TITLE_HEAD.match(headline)
    stripped = headline[marked.end() :].strip() if marked else headline
    for _ in range(3 if stripped.endswith(")") or any(map(stripped.__contains__, _BEFORE_OUTLETS)) else 0):
        shorter = _TITLE_TAIL.sub("", stripped).strip()
        if shorter == stripped or len(shorter) < MIN_TITLE:
            break
        stripped = shorter
    return stripped or title


def read(title: str, text: str) -> Reading:
    """Cut one item's headline and text down to the agency's words, and say whose they are."""
    body = widths(text).strip()
    found: list[Mark] = []
    end = _cut_tail(body, found)
    start = _cut_head(body[:end], found)
    lead = body[start:end]
    ellipsis = _ELLIPSIS.search(lead[-12:])
    headline = strip_title(title)
    return Reading(
        title=headline,
        lead=lead[:LEAD].strip(),
        cut=ellipsis is not None or len(lead) > LEAD,
        credit=_credit([*found, *_title_marks(title, headline)]),
    )


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
    """Of `_HEADS`, what may fit a text that begins so."""
    return tuple((needle, pattern) for begins, needle, pattern in _HEADS if re.match(f"[{begins}]", first))


def _cut_tail(text: str, found: list[Mark]) -> int:
    end = len(text)
    for _ in range(6):
        from_ = max(0, end - TAIL)
        window = text[from_:end]
        name_last, needle = _agency_may_be_last(window), _NEEDLES.search(window)
        for needles, reach, pattern in _TAILS if name_last or needle else ():
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
    return text[max(0, end - 2) : end] in _LAST_LETTERS


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
