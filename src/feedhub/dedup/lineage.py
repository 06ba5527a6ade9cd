"""Flash, lead, update, wrap-up: which step of a running story an item says it is.

Desks say it themselves, in the headline ("UPDATE 2-…", "【続報】…") or at the head of the text. An update carries other
figures than the copy before it, which is what tells a filled-in template from a copy; so only what an item says of
itself lets it join a story that its figures contradict.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from feedhub.dedup.credit import unified

Step = Literal["flash", "lead", "update", "wrap-up", "correction"]

UPDATE_SPAN = timedelta(hours=12)  # in which an outlet brings a story up to date; a day later it is a new bulletin
UPDATED_FIGURES = 3  # that an update changes; a bulletin filled anew changes nearly all it has

_STEPS: tuple[tuple[Step, re.Pattern[str]], ...] = tuple(
    (step, re.compile(rf"^\W{{0,2}}(?:{pattern})"))  # type: ignore[misc]
    for step, pattern in (
        ("correction", r"\(?(?:CORRECT(?:ED|ION)|Correct(?:ed|ion)|REFILE)\b|(?:訂正|おわび)[】):： ]"),
        ("update", r"\(?(?:\d+(?:st|nd|rd|th) )?(?:UPDATE|Update)\b(?: ?\d+)?[-:) ]|\d(?:ST|ND|RD|TH|st|nd|rd|th) (?:LEAD|LD|Lead|Ld)\b|(?:更新|続報|差し替え|第\d報)[】):： ]"),
        ("wrap-up", r"(?:WRAPUP|Wrapup|ROUNDUP|Roundup)\b|(?:詳報|まとめ)[】):： ]"),
        ("lead", r"(?:LEAD|LD|Lead)[-:) ]"),
        ("flash", r"(?:FLASH|BREAKING|Breaking|URGENT|Urgent|SNAP)\b|(?:速報|号外|フラッシュ)[】):： ]"),
    )
)  # fmt: skip

_IN_TEXT = re.compile(r"\((?:UPDATES?|Updates?|ADDS?|Adds|RECASTS?|Recasts|CORRECTS?|Corrects)\b[^)]{0,120}\)")


def step(title: str, text: str) -> Step | None:
    """What the item says it is; None for most."""
    headline = unified(title)
    for name, pattern in _STEPS:
        if pattern.match(headline):
            return name
    found = _IN_TEXT.search(text[:200]) if "(" in text[:200] else None
    return ("correction" if "orrect" in found[0] or "CORRECT" in found[0] else "update") if found else None


def brings_up_to_date(step: Step | None) -> bool:
    """Whether an item of this step may say other figures than the copy before it."""
    return step in ("lead", "update", "wrap-up", "correction")
