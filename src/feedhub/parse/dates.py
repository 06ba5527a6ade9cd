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
    **{"est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0},
    **{"akst": -9.0, "akdt": -8.0, "hst": -10.0, "aest": 10.0, "aedt": 11.0, "nzst": 12.0, "nzdt": 13.0},
    **{"jst": 9.0, "日本時間": 9.0, "日本標準時": 9.0, "kst": 9.0, "hkt": 8.0, "sgt": 8.0, "wib": 7.0, "ict": 7.0},
    **{"bst": 1.0, "west": 1.0, "cet": 1.0, "mez": 1.0, "cest": 2.0, "mesz": 2.0, "eet": 2.0, "eest": 3.0, "msk": 3.0},
}  # fmt: skip

_AFTERNOON = {"午後", "下午", "오후", "pm"}

_NOISE = re.compile(  # comments and weekdays; a zone in parentheses has been read before
    r"\([^()]*\)|\[[^\[\]]*\]|[月火水木金土日]曜日?|(?i:\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b\.?)|(?i:\bat\b)"
)
_COMPACT = re.compile(r"^(\d{4}-?\d\d-?\d\d)[Tt ]?(\d\d)(\d\d)(\d\d)?(?!\d|:)")
_TIME = re.compile(
    r"(?P<before>午前|午後|上午|下午|오전|오후)?\s*(?<![+\-.:\d])(?:"
    r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,]\d+)?)?(?![\d:])"
    r"|(?P<h2>\d{1,2})\s*[時时시](?:\s*(?P<m2>\d{1,2})\s*[分분])?(?:\s*(?P<s2>\d{1,2})\s*[秒초])?"
    r")(?:\s*(?P<after>[AaPp]\.?[Mm])\b\.?)?"
)
_ZONE = re.compile(
    r"\s*\(?(?:(?:GMT|UTC?)?\s*(?P<sign>[+-])(?P<h>\d{1,2})(?::?(?P<m>\d\d))?(?!\d)|(?P<name>[^\W\d_][\w/]*))?\)?", re.I
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
        moment = _epoch(text) if text.isdigit() and len(text) in (9, 10, 13) else _spelled(text, timezone)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):  # not understood, 31 April, 25:61, +99:99, year 0
        return None
    return moment if _EARLIEST <= moment < _LATEST else None


def _epoch(digits: str) -> datetime:
    return datetime.fromtimestamp(int(digits) / (1000 if len(digits) == 13 else 1), UTC)


def _spelled(text: str, timezone: str) -> datetime:
    text = _COMPACT.sub(r"\1 \2:\3:\4", text).replace(": ", " ")
    time = _TIME.search(text)
    if time is None:
        date, zone = re.sub(r"(?<=\d)(?:Z|[+-]\d\d:\d\d)$", "", text), None
        suffix = text[len(date) :]
        return _located(_day(date), suffix, zone, timezone)
    return datetime.now()
