"""Amounts that stories are compared with: numbers, ages, days and minutes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast, get_args

from feedhub.topics.tree import Age, Count, Published, Sign

COMPARED = ("copies", "origins", "age", "published")
EXAMPLES = {"copies": "copies>=2", "origins": "origins>=2", "age": "age<3d", "published": "published>=2026-11-01"}
COMPARISONS: dict[Sign, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq,
}  # fmt: skip
_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_AGE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([mhdw])", re.A)
_NEAR_AGE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([mhdw])[a-z]+", re.A | re.I)
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(Z|[+-]\d\d:\d\d)?)?", re.A)


def amount(name: str, sign: Sign, value: str) -> Count | Age | Published:
    """The term that `name sign value` stands for; raises ValueError with a message for people."""
    match name:
        case "copies" | "origins":
            return Count(name, sign, _number(name, value))
        case "age":
            return Age(sign, _seconds(value))
        case _:
            return Published(sign, *_span(value))


def sign_of(text: str) -> Sign | None:
    """The text as a sign, if it is one."""
    return cast(Sign, text) if text in get_args(Sign) else None


def published_fits(term: Published, at: float) -> bool:
    """Whether a moment is before, within or after a day or minute, as the sign asks."""
    match term.sign:
        case ">=":
            return at >= term.start
        case "<":
            return at < term.start
        case ">":
            return at >= term.end
        case "<=":
            return at < term.end
        case _:
            return term.start <= at < term.end


def _number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) <= 6):
        raise ValueError(f"{name} are compared with a number: {EXAMPLES[name]}")
    return int(value)


def _seconds(value: str) -> float:
    age = _AGE.fullmatch(value)
    if age:
        return float(age[1]) * _UNITS[age[2]]
    near = _NEAR_AGE.fullmatch(value)
    hint = f"did you mean {near[1]}{near[2].lower()}?" if near else "as in age<3d"
    raise ValueError(f"an age is a number with m, h, d or w; {hint}")


def _span(value: str) -> tuple[float, float]:
    form = _DAY.fullmatch(value)
    if not form:
        hint = value.replace("/", "-").replace(".", "-")
        meant = f"did you mean {hint}?" if hint != value and _DAY.fullmatch(hint) else "as in published>=2026-11-01"
        raise ValueError(f"a time is a day, 2026-11-01, or a minute, 2026-11-01T08:30; {meant}")
    try:
        start = datetime.fromisoformat(value)
        start = start if start.tzinfo else start.replace(tzinfo=UTC)
        seconds = start.timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f"{value} is not in the calendar") from None
    return seconds, seconds + timedelta(minutes=1 if form[1] else 24 * 60).total_seconds()
