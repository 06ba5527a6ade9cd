"""Numbers as papers write them, made equal: 三人 and 3人, 1万2千 and 12,000, 令和7年 and 2025年, three and 3, 1,200,000
and 1.2 million.

Outlets set one text in their own style, so a figure must be read before it can contradict another. What is read wrongly
("十分", enough, as ten minutes) is read so in both texts, and does no harm.
"""

from __future__ import annotations

import re

from feedhub.text import CJK

LONGEST = 40  # characters; nobody counts further, and a float does not
HALF = 40  # characters at the end of a lead in which a figure is looked for that was cut in half

DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}

_COUNTED = (  # what follows a single numeral that is a figure: 三社, 二勝一敗, 五メートル
    "年月日時分秒人名件回円歳度%割倍個台票党校戸棟頭位階号隻機本枚かつ社対店便世代週点勝敗戦種両組期次審冊着発番泊匹羽面項条軒"
    "営連安打失得塁死球選区県基団者段等局手冠章曲都府食品作例杯級罪車ァ-ヶ"
)
_RUN = re.compile(
    r"(?=[\d〇一二三四五六七八九十百千万億兆])(?:"  # is it a numeral at all? mostly not
    r"(?<!\d)\d++(?:\.\d++)?[十百千万億兆][\d.十百千万億兆]*"
    rf"|[〇一二三四五六七八九十百千万億兆]{{2,}}|[〇一二三四五六七八九十百千万億兆](?=[{_COUNTED}])"
    r"|(?:(?<=\d対)|(?<=[一二三四五六七八九]対)|(?<=震度))[一二三四五六七八九十])"
)
_READ = re.compile("[〇一二三四五六七八九十百千万億兆・年午割ヵヶケカ]")  # one of these stands in whatever is read here
_DIGIT = "[0-9〇一二三四五六七八九]"
# A middle dot lists (3・4号機, 3・11) as often as it divides: what stands around it tells. Digits are counted, or the
# rest of a row of thousands would be read at each of them.
_POINTED = re.compile(f"・(?<={_DIGIT}.)(?={_DIGIT})")  # a twentieth of a look at what is around it
_POINT = re.compile(
    rf"(?<![十百千万]){_DIGIT}{{1,20}}+・{_DIGIT}++(?=[割倍%億兆万ポ度秒]|キロ|メートル|センチ|ミリ|トン|グラム|ヘクタール)"
    rf"|(?:(?<=マグニチュード)|(?<=m)|(?<=\(m\))|(?<=\(m\)は)|(?<=ド\)は)|(?<=ュードは)){_DIGIT}++・{_DIGIT}++"
    r"|\d{3,20}+・\d\d(?![\d年号条番季]|シーズン)"  # a share index
)
_PIECES = re.compile("[ヵヶケカ](?<=[0-9].)(?=[国月所年条村町市社店校])")  # 3カ国, 3か国
_CLOCK = re.compile(r"午([前後])(\d{1,2})時")
_YEAR = re.compile(rf"({'|'.join(_ERAS)})(元|\d{{1,2}})年")
_SHORT_YEAR = re.compile(  # 25年度, 26年3月期, as papers shorten 2025年度; those of an era are read before
    r"\d\d(?<!\d\d\d)年(?=度|\d{1,2}月)"
)
_TENTHS = re.compile(r"(?<![\d.])(\d++(?:\.\d)?)割(?![\d引])")  # but a batter's 2割5分
_YEN = re.compile(  # 147.20円, 147.20~147.22円, 147.20/22円
    r"(?<![\d.])(\d++)\.(\d{1,2})(?:([~/-])(?:(\d++)\.)?(\d\d))?円"
)
_PART = re.compile(r"(\d+(?:\.\d+)?|[〇一二三四五六七八九]+)?([十百千]?)")

_MILLIONS = re.compile(  # the digit first: to look for it costs less than to look at what is before
    rf"([1-9](?<![\d.,].)\d{{0,2}}(?:,\d{{3}}){{1,5}})(?: (million|billion)\b|,000(?!,?\d|\.\d| ?[{CJK}]))"
)
_INDIAN = re.compile(r"(\d(?<![\d.,].)[\d,]*+(?:\.\d+)?) (lakh crore|crore|lakh)s?\b")
_SPACED = re.compile(r"\d(?<![\d.,].)\d{0,2}(?: \d{3}){0,4} 000(?![\d.,])")
_OTHER = r"\d:\u3000-\uffff"  # beside a figure: no time, or one as in 21:42ごろ, which others write 21時42分
_OF_DAY = re.compile(  # 3 p.m., 5:12 am, 5.12am; 1500 GMT; 15:00, 15h00
    rf"(\d(?<![.,{_OTHER}].)\d?)(?:(?:[:.]([0-5]\d))?(?= ?[ap]\.?m\b)"
    rf"|(?<=\d\d)([0-5]\d)(?= (?:gmt|utc|local time)\b)|[:h]([0-5]\d)(?![{_OTHER}]))"
)
_WITHOUT_COLON = re.compile(rf" 0(\d)([0-5]\d)(?![{_OTHER}])")  # 0900, but no 1500: it may count anything
TIME = rf"\d(?<![.,{_OTHER}].)\d?:[0-5]\d(?![{_OTHER}])"  # one figure
# What tells a time from a score, a result of a race, a verse: none of these is at, or GMT.
_BEFORE_HOURS = (
    " at ", " by ", " from ", " between ", " until ", " till ", " around ", " about ", " before ",
    " after ", " since ",
)  # fmt: skip
_BEHIND_HOURS = (" gmt", " utc", " local time")
_FIRST_OF_TWO = re.compile(r"\d\d?[:h][0-5]\d (?:to|and) $")  # from 15:00 to 17:00, at 15:00 and 17:00
_BESIDE = len(" between 15:00 and ")  # characters that a word and the first of two times take
_CENTS = re.compile(r"([$£€])0\.(\d\d)(?!\d| ?(?:bn|m|[bmtr]+illion)\b)")
_RUPEES = {"lakh crore": 10**12, "crore": 10**7, "lakh": 10**5}
_SCALES = {"trillion": 10**12, "billion": 10**9, "million": 10**6}

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# "one" is a pronoun as often as a number
_WORDS = {word: str(value) for value, word in enumerate([*_UNITS, *_TEENS], start=1) if value > 1} | {
    word: str(10 * value) for value, word in enumerate(_TENS, start=2)
}
_ONES = dict(zip(_UNITS, "123456789", strict=True)) | {
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th",
    "seventh": "7th", "eighth": "8th", "ninth": "9th",
}  # fmt: skip
_COMPOUND = re.compile(rf"\b({'|'.join(_TENS)})-({'|'.join(_ONES)})\b")
_HALF_FIGURE = re.compile(r"(?<![\d.,:〇一二三四五六七八九十百千万億兆])(\d[\d.,:]*?) ?[\[(]?\.\.[\W]*$")


def arabic(folded: str) -> str:
    """Japanese text, folded, with its numerals in figures: hours to 24, tenths in percents, decimals of yen in sen."""
    pointed = _POINT.sub(_decimals, folded) if _POINTED.search(folded) else folded
    priced = _YEN.sub(_sen, pointed) if "." in pointed and "円" in pointed else pointed
    if not _READ.search(priced):
        return priced
    read = _PIECES.sub("か", _YEAR.sub(_year, _RUN.sub(_number, priced)))
    if "年" in read:
        read = _SHORT_YEAR.sub(lambda match: ("19" if match[0] > "5" else "20") + match[0], read)
    if "割" in read:
        read = _TENTHS.sub(lambda match: f"{10 * float(match[1]):g}%", read)
    return _CLOCK.sub(_hour, read) if "午" in read else read


def in_millions(folded: str) -> str:
    """Figures written in full, or as 1,200 million, as papers say them: who says 1.2m or $1.2bn is understood, too.

    Where it is Japanese that follows, 120万 has been written in full as well.
    """
    return _MILLIONS.sub(_scaled, folded)


def western(folded: str) -> str:
    """2.5 crore as 25,000,000."""
    return _INDIAN.sub(_rupees, folded)


def in_cents(folded: str) -> str:
    """$0.98 as 98 cents, £0.98 as 98 pence."""
    return _CENTS.sub(lambda match: f"{int(match[2])} {'pence' if match[1] == '£' else 'cents'}", folded)


def with_commas(folded: str) -> str:
    """45 000 as 45,000: no number begins with noughts, so these belong to what is before them.

    Of 45 300 nobody can tell, as "on Nov. 29 300 people" means two figures; with a no-break space it is read before.
    """
    return _SPACED.sub(lambda match: match[0].replace(" ", ","), folded)


def by_12_hours(folded: str) -> str:
    """3 p.m. as 3:00 p.m., "at 15:00" and 1500 GMT as 3:00 pm, 5.12am as 5:12am, 05:12, 0512 and 05h12 as 5:12 am: one
    figure, in whatever style, and the half of the day by itself.

    So a copy that was cut before the "p.m." has no other hour. "Won 15:13", "in 15:42", "John 15:16" are left alone, as
    is what follows no clock of 12 hours: "stieg auf 23 am Montag".
    """
    timed = _WITHOUT_COLON.sub(r" 0\1:\2", folded) if " 0" in folded else folded
    return _OF_DAY.sub(_time, timed)


def compounded(folded: str) -> str:
    """Forty-eight as 48, twenty-first as 21st: in two words it would be another figure."""
    return _COMPOUND.sub(lambda match: _WORDS[match[1]][0] + _ONES[match[2]], folded)


def figure(token: str) -> str:
    """A word for a small number as its figure, a decimal without noughts at its end, a full hour by itself; any other
    token as it is.
    """
    if token[-1] == "0" and "." in token:
        return token.rstrip("0").rstrip(".")
    if token[-3:] == ":00":
        return token[:-3]
    return _WORDS.get(token, token)


def half_figure(lead: str) -> str:
    """The digits with which a lead breaks off; "" where it does not, or where numerals precede them (1万2…)."""
    found = _HALF_FIGURE.search(lead[-HALF:])
    return digits(found[1]) if found else ""


def digits(token: str) -> str:
    """A figure's digits alone: 1.5, and the 1500 that a paper makes of 1.5千, begin alike."""
    return "".join(filter(str.isdecimal, figure(token)))


def readings(token: str) -> tuple[str, ...]:
    """The digits of a figure; of a time, as papers write it: 520, 0520 and 1720."""
    hour, colon, minutes = token.partition(":")
    if not colon:
        return (digits(token),)
    early = int(hour) % 12
    return tuple(f"{written}{minutes}" for written in (hour, f"{early:02}", early + 12))


def _scaled(match: re.Match[str]) -> str:
    value = int(match[1].replace(",", "")) * _SCALES.get(match[2], 1000)
    word, scale = next((word, scale) for word, scale in _SCALES.items() if value >= scale)
    return f"{value / scale:.12g} {word}"


def _time(match: re.Match[str]) -> str:
    hour, minutes = int(match[1]), match[2] or match[3] or match[4] or "00"
    if match[4] and not _is_of_day(match):
        return f"{hour}:{minutes}"
    by_24_hours = match[3] or match[4]
    if hour > (24 if by_24_hours else 12):
        return match[0]
    return f"{hour % 12 or 12}:{minutes}{_half(match[1]) if by_24_hours else ''}"


def _half(hours: str) -> str:
    """Which half of the day these hours of 24 say that it is; 9:30 may be either, by a clock of 12."""
    if 12 < int(hours) < 24:
        return " pm"
    return " am" if hours[0] == "0" else ""


def _is_of_day(match: re.Match[str]) -> bool:
    """Whether what stands beside it says that it is a time of the day."""
    text = match.string
    before = _FIRST_OF_TWO.sub("", text[max(0, match.start() - _BESIDE) : match.start()])
    return before.endswith(_BEFORE_HOURS) or text.startswith(_BEHIND_HOURS, match.end())


def _rupees(match: re.Match[str]) -> str:
    value = float(match[1].replace(",", "")[:LONGEST])
    return f"{round(value * _RUPEES[match[2]]):,}"


def _decimals(match: re.Match[str]) -> str:
    return "".join(DIGITS.get(char, char) for char in match[0].replace("・", "."))


def _sen(match: re.Match[str]) -> str:
    yen, sen, dash, upper, end = match.groups()
    first = _price(yen, sen)
    if dash is None:
        return f"{first}銭"
    return f"{first}{dash}{end}銭" if upper in (None, yen) else f"{first}銭{dash}{_price(upper, end)}銭"


def _price(yen: str, sen: str) -> str:
    """147円20 of 147.2, 85 of 0.85."""
    return f"{yen}円{sen:0<2}" if int(yen) else f"{int(f'{sen:0<2}')}"


def _hour(match: re.Match[str]) -> str:
    hour = int(match[2])
    return f"{hour + 12 if match[1] == '後' and hour < 12 else hour}時"


def _number(match: re.Match[str]) -> str:
    if len(match[0]) > LONGEST:
        return match[0]
    total = 0.0
    for digits, unit in _sections(match[0]):
        total += _section(digits) * _LARGE.get(unit, 1)
    return f"{total:.10g}" if total < 10**10 else str(int(total))


def _sections(run: str) -> list[tuple[str, str]]:
    """1億2000万 -> (1, 億), (2000, 万)."""
    parts = re.split("([万億兆])", run)
    return [(digits, unit) for digits, unit in zip(parts[::2], [*parts[1::2], ""], strict=True) if digits or unit]


def _section(digits: str) -> float:
    """A number below ten thousand: 三百五, 2千, 1.5; nothing before 万 is one."""
    if not digits:
        return 1.0
    total = 0.0
    for value, unit in _PART.findall(digits):
        if value or unit:
            plain = "".join(DIGITS.get(char, char) for char in value)
            total += float(plain or 1) * _SMALL.get(unit, 1)
    return total


def _year(match: re.Match[str]) -> str:
    return f"{_ERAS[match[1]] + (1 if match[2] == '元' else int(match[2]))}年"
