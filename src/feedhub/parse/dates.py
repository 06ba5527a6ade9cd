"""What feeds write as dates, and the moments they mean. Pure.

feedparser reads JST as UTC (nine hours off) and 2026年11月23日 as the first of November. A wrong date is worse
than none: it puts an item into the wrong day for ever, while an item without one gets the time of the poll.
So a text is taken apart into time, zone and date, and all of it must be understood, or there is no date.
An unknown or ambiguous zone ("IST") is not understood, unless the source's own time zone goes by that name.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed
from zoneinfo import ZoneInfo

_LONGEST = 100  # characters; JavaScript's Date.toString() takes 60
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the Web: somebody's zero, not a date
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)  # keeps later arithmetic in range; the clamp to now comes later

_ERAS = {"令和": 2018, "平成": 1988}  # the year before the era's first

_MONTHS = {  # by the first letters; English, then what German, French, Spanish, Italian, Portuguese, Dutch add
    prefix: month
    for month, prefixes in enumerate(
        (
            "jan jän ene gen", "feb fév fev", "mar mär mrt", "apr avr abr", "may mai mei mag", "jun juin giu",
            "jul juil lug", "aug aoû aou ago", "sep set", "oct okt out ott", "nov", "dec dez déc dic",
        ),
        start=1,
    )
    for prefix in prefixes.split()
}  # fmt: skip

_ZONES = {  # hours east of UTC; the American names as RFC 822 has them, names of several zones left out
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0.0),
    "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0,
    "akst": -9.0, "akdt": -8.0, "hst": -10.0, "aest": 10.0, "aedt": 11.0, "nzst": 12.0, "nzdt": 13.0,
    "jst": 9.0, "日本時間": 9.0, "日本標準時": 9.0, "kst": 9.0, "hkt": 8.0, "sgt": 8.0, "wib": 7.0, "ict": 7.0,
    "bst": 1.0, "west": 1.0, "cet": 1.0, "mez": 1.0, "cest": 2.0, "mesz": 2.0, "eet": 2.0, "eest": 3.0, "msk": 3.0,
}  # fmt: skip

_AFTERNOON = {"午後", "下午", "오후", "pm"}

# What nearly all feeds write, and nobody can misread: RFC 822 with a number for its zone, RFC 3339.
_MAIL = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d\d?) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4})"
    r" (\d\d:\d\d:\d\d) (GMT|[+-](?:0\d|1[0-4])[0-5]\d)",
    re.ASCII,
)
_NET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)", re.ASCII)

_WEEKDAY = re.compile(
    r"\(?[月火水木金土日]\)|[月火水木金土日]曜日?|(?i:\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b\.?|\bat\b)"
)
_FOREIGN_WEEKDAY = re.compile(r"^[^\W\d_]{2,12}\.?,")
_COMMENT = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_COMPACT = re.compile(r"^(\d{4}-?\d\d-?\d\d)[Tt ]?(\d\d)(\d\d)(\d\d)?(?![\d:])")
_ZONED_DAY = re.compile(r"(?<=-\d\d)(?:Z|[+-]\d\d:\d\d)$")
_TIME = re.compile(
    r"(?P<before>午前|午後|上午|下午|오전|오후)?\s*(?<![+\-.:\d])(?:"
    r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,]\d+)?)?(?![\d:])"
    r"|(?P<h2>\d{1,2})\s*[時时시](?:\s*(?P<m2>\d{1,2})\s*[分분])?(?:\s*(?P<s2>\d{1,2})\s*[秒초])?"
    r")(?:\s*(?P<after>[AaPp]\.?[Mm])\b\.?)?"
)
_ZONE = re.compile(
    r"\s*\(?(?:(?i:GMT|UTC?)?\s*(?P<sign>[+-])(?P<h>\d{1,2})(?::?(?P<m>\d\d))?(?!\d)(?:\s[A-Z]{3,4}\b)?"
    r"|(?P<name>[^\W\d_][\w/]*))?\)?"
)
_DATES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})",  # 2025-05-30, 2025/5/30
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",  # 20250530
        r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[. -]*(?P<month>[^\W\d_]{3,10})[., -]*(?P<y>\d{4}|\d\d)",  # 30 May 2025
        r"(?P<month>[^\W\d_]{3,10})\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})",  # May 30, 2025
        r"(?P<era>令和|平成)?\s*(?P<y>元|\d{1,4})\s*[年년]\s*(?P<m>\d{1,2})\s*[月월]\s*(?P<d>\d{1,2})\s*[日일]",
        r"(?P<d>\d{1,2})\. ?(?P<m>\d{1,2})\. ?(?P<y>\d{4})",  # 30.05.2025; with slashes nobody knows the month
    )
)


class _Unclear(ValueError):
    """Part of the text is not understood."""


def parse_date(text: str, timezone: str) -> datetime | None:
    """The moment that `text` means, in UTC; without a zone it is read in `timezone`, an IANA name."""
    text = unicodedata.normalize("NFKC", text[: _LONGEST + 1]).strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        if text.isdigit() and len(text) in (9, 10, 13):
            moment = _epoch(text)
        else:
            moment = _usual(text, timezone) or _spelled(text, timezone)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):  # not understood, 31 April, 25:61, +99:99, year 0
        return None
    return moment if _EARLIEST <= moment < _LATEST else None


def _epoch(digits: str) -> datetime:
    return datetime.fromtimestamp(int(digits) / (1000 if len(digits) == 13 else 1), UTC)


def _usual(text: str, timezone: str) -> datetime | None:
    """What is written as most dates are, at a tenth of the cost of taking it apart; None for any other."""
    try:
        if _NET.fullmatch(text):
            return datetime.fromisoformat(text)
        if found := _MAIL.fullmatch(text):
            day, month, year, clock, zone = found.groups()
            if zone != "GMT" or timezone == "UTC":  # in London it may be what the clocks show in summer
                moment = f"{year}-{_MONTHS[month.lower()]:02}-{day:0>2}T{clock}{'Z' if zone == 'GMT' else zone}"
                return datetime.fromisoformat(moment)
    except ValueError:  # 24:00:00, a leap second, 31 April
        pass
    return None


def _spelled(text: str, timezone: str) -> datetime:
    text = _COMPACT.sub(_with_colons, _WEEKDAY.sub(" ", text))
    time, zoned_day = _TIME.search(text), _ZONED_DAY.search(text)
    if time:
        before, after = text[: time.start()], text[time.end() :]
    elif zoned_day:
        before, after = text[: zoned_day.start()], zoned_day[0]
    else:
        before, after = text, ""
    zone = _ZONE.match(after)
    if zone is None or _month(zone["name"]):
        zone = None
    day = _day(f"{before} {after[zone.end() if zone else 0 :]}")
    moment = day + (_since_midnight(time) if time else timedelta())
    return moment.replace(tzinfo=_zone(zone, moment, ZoneInfo(timezone)))


def _with_colons(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2]}:{match[3]}:{match[4] or '00'}"


def _month(word: str | None) -> int | None:
    word = (word or "").lower()
    return _MONTHS.get(word[:3]) or _MONTHS.get(word[:4])


def _day(text: str) -> datetime:
    text = " ".join(_COMMENT.sub(" ", text).split()).lstrip(", ").rstrip(" ,-|Tt")
    text = _FOREIGN_WEEKDAY.sub("", text).strip()
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            parts = match.groupdict()
            month = int(parts["m"]) if "m" in parts else _month(parts["month"])
            if month is None:
                raise _Unclear(text)
            return datetime(_year(parts["y"], parts.get("era")), month, int(parts["d"]))  # noqa: DTZ001, the zone follows
    raise _Unclear(text)


def _year(digits: str, era: str | None) -> int:
    number = 1 if digits == "元" else int(digits)
    if era:
        return _ERAS[era] + number
    if len(digits) == 2:  # RFC 822
        return number + (2000 if number < 70 else 1900)
    return number


def _since_midnight(time: re.Match[str]) -> timedelta:
    hour, minute, second = (int(time[name] or time[name + "2"] or 0) for name in ("h", "m", "s"))
    half = (time["before"] or time["after"] or "").lower().replace(".", "")
    if half and hour <= 12:
        hour = hour % 12 + (12 if half in _AFTERNOON else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise _Unclear(time[0])
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _zone(written: re.Match[str] | None, moment: datetime, home: ZoneInfo) -> tzinfo:
    if written is None or not written[0].strip():
        return home
    if written["sign"]:
        offset = timedelta(hours=int(written["h"]), minutes=int(written["m"] or 0))
        if offset > timedelta(hours=15):
            raise _Unclear(written[0])
        return fixed(-offset if written["sign"] == "-" else offset)
    name = written["name"] or ""
    if name in {(moment + timedelta(days=days)).replace(tzinfo=home).tzname() for days in (0, 182)}:
        return home
    if "/" in name:
        return _zone_of(name)
    if name.lower() in _ZONES:
        return fixed(timedelta(hours=_ZONES[name.lower()]))
    raise _Unclear(name)


def _zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise _Unclear(name) from error
