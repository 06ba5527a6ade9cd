"""Flash, lead, update, wrap-up, correction, withdrawal: which step of a running story an item says it is.

Desks say it themselves, in the headline ("UPDATE 2-…", "【続報】…") or at the head of the text. An update carries other
figures than the copy before it, which is what tells a filled-in template from a copy; so only what an item says of
itself lets it join a story that its figures contradict. A withdrawal shares no word with what it withdraws: it comes
under the guid of that.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from feedhub.dedup.credit import unified

Step = Literal["flash", "lead", "update", "wrap-up", "correction", "withdrawal"]

UPDATE_SPAN = timedelta(hours=12)  # in which an outlet brings a story up to date; a day later it is a new bulletin
NOTICE = 800  # characters that a notice has at most
UPDATED_FIGURES = 3  # that an update changes; a bulletin filled anew changes nearly all it has

_STEPS: dict[Step, str] = {
    "correction": r"\(?(?:CORRECT(?:ED|ION)|Correct(?:ed|ion)|REFILE)\b|(?:訂正|おわび)[】):： \]>〉》=-]",
    "update": r"\(?(?:\d+(?:st|nd|rd|th) )?(?:UPDATE|Update)\b(?: ?\d+)?[-:) ]|\d(?:ST|ND|RD|TH|st|nd|rd|th) (?:LEAD|LD|Lead|Ld)\b|(?:更新|続報|差し替え|第\d報)[】):： \]>〉》=-]",
    "wrap-up": r"(?:WRAPUP|Wrapup|ROUNDUP|Roundup)\b|(?:詳報|まとめ)[】):： \]>〉》=-]",
    "lead": r"(?:LEAD|LD|Lead)[-:) ]",
    "flash": r"(?:FLASH|BREAKING|Breaking|URGENT|Urgent|SNAP)\b|(?:速報|号外|フラッシュ)[】):： \]>〉》=-]",
}  # fmt: skip
_STEP = re.compile(r"^\W{0,2}(?:" + "|".join(f"({pattern})" for pattern in _STEPS.values()) + ")")

_IN_TEXT = re.compile(r"\((?:UPDATES?|Updates?|ADDS?|Adds|RECASTS?|Recasts|CORRECTS?|Corrects)\b[^)]{0,120}\)")

_TITLED = re.compile(
    r"^\W{0,2}(?:(?:STORY REMOVED|STORY KILLED|(?:STORY )?WITHDRAWN|RETRACTED|(?:MANDATORY )?KILL|KILL NOTICE)(?:[-:]| -)"
    r"|(?:配信)?(?:記事|配信)の?(?:取り?消し|撤回|削除))"
)
_PIECE = r"(?:story|article|report|post|item|page|piece|video|dispatch)"
_TAKEN = r"(?:withdrawn|retracted|removed|deleted|killed|taken down)"
_DESKS = r"(?:[Ww]e|Associated Press|AP|Reuters|AFP|Agence France-Presse|Kyodo News|Jiji Press|Bloomberg News)"
# Of notices only: what others report of a story that was withdrawn names whose it was.
_NOTICE = re.compile(
    rf"[Tt]his {_PIECE} (?:has been|have been|was|is) {_TAKEN}\b"
    rf"|[Tt]he {_PIECE} (?:headlined|slugged|titled)\b.{{0,200}}?\b(?:has been|is|was) {_TAKEN}\b"
    rf"|{_DESKS} (?:has|have) {_TAKEN} (?:this|its|the|an?|our) (?:\w+ )?{_PIECE}\b"
    rf"|[Kk]ill (?:the|this) {_PIECE}\b|A kill is mandatory"
    r"|(?:この|本|当該|配信した|掲載した)記事[はを].{0,12}?(?:取り?消|削除|撤回|取り下げ|取りやめ)"
    r"|記事を(?:取り?消し|削除し|撤回し|取り下げ)(?:ます|ました)",
)


def step(title: str, text: str) -> Step | None:
    """Which step of a running story an item says it is; None for most."""
    if (told := _STEP.match(unified(title))) and told.lastindex:
        return [*_STEPS][told.lastindex - 1]
    found = _IN_TEXT.search(text[:200]) if "(" in text[:200] else None
    return ("correction" if "orrect" in found[0] or "CORRECT" in found[0] else "update") if found else None


def withdraws(title: str, text: str) -> bool:
    """Whether all that an item says is that what stood in its place is withdrawn; asked of changed items only."""
    return len(text) <= NOTICE and bool(_TITLED.match(unified(title)) or _NOTICE.search(text))


def brings_up_to_date(step: Step | None) -> bool:
    """Whether an item of this step may say other figures than the copy before it."""
    return step in ("lead", "update", "wrap-up", "correction")
