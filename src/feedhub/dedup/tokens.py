"""A text as the tokens that are compared: words, figures, single Chinese or Japanese characters."""

from __future__ import annotations

import re
from functools import lru_cache

from feedhub.dedup.numerals import TIME, arabic, by_12_hours, compounded, in_cents, in_millions, western, with_commas
from feedhub.text import CJK, fold

SIGNS = "$£€¥₹"  # of currencies, each a word by itself

_TOKENS = re.compile(  # a run of characters of which each is one; any other
    rf"([{CJK}]+)"
    rf"|([{SIGNS}]|{TIME}|\d+(?:[.,]\d+)*"
    rf"|[\u3131-\u318e\uac00-\ud7a3]+|[^\W\d_{CJK}\u3131-\u318e\uac00-\ud7a3]+(?:'[^\W\d_{CJK}]+)*)"
)
# Groups are not possessive: before Python 3.11.5 such a group may keep the first half of a turn that fails (gh-106052).
_ASCII_TOKEN = re.compile(  # the same for ASCII, at a third of the cost
    rf"[a-z]++(?:'[a-z]++)*|{TIME}|\d++(?:[.,]\d++)*|\$"
)
_DIGIT = re.compile(r"\d")
# What abbreviates, by what it holds: a look for that costs a tenth of a look at what is around it.
_DOT = re.compile(r"\.(?<=\b[a-z].)(?=[a-z]\b)")  # U.S., a.m., J.K.: as US, am, JK
_SHARE = re.compile(r" p(?<=\d p)(?:er ?cent|ct)\b")  # 5 percent, 5 per cent, 5 pct: as 5%, of which 5 is compared
_SHARES = (" percent", " per cent", " pct")
_PARTS = ("$0.", "£0.", "€0.")
_BILLION = re.compile(r"(?<=\d) ?bn\b")
_MILLION = re.compile(r"([$£€¥]\d[\d.,]*+)m\b")
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d)")  # the comma first: to look for it costs a tenth of a look at what is before


@lru_cache(maxsize=8)  # of one item it is asked for twice: to compare its text, and for what it is about
def tokenise(text: str) -> tuple[str, ...]:
    """Words; each Chinese or Japanese character by itself; numbers whole, without thousands separators."""
    folded = _in_one_style(fold(text))
    if folded.isascii():
        return tuple(_ASCII_TOKEN.findall(folded))
    tokens: list[str] = []
    for characters, word in _TOKENS.findall(arabic(folded)):
        if word:
            tokens.append(word)
        else:
            tokens += characters
    return tuple(tokens)


def _in_one_style(folded: str) -> str:
    """Figures and abbreviations as one paper would set them; of each it looks first whether there is any."""
    folded = compounded(folded) if "ty-" in folded else folded
    folded = _figures(folded) if _DIGIT.search(folded) else folded  # half of English texts have none
    return _DOT.sub("", folded) if "." in folded else folded


def _figures(folded: str) -> str:
    """Without thousands separators, percent signs and what abbreviates; hours counted to 12."""
    folded = by_12_hours(with_commas(folded) if " 000" in folded else folded)
    folded = _SHARE.sub("", folded) if any(map(folded.__contains__, _SHARES)) else folded
    folded = in_cents(folded) if any(map(folded.__contains__, _PARTS)) else folded
    folded = _BILLION.sub(" billion", folded) if "bn" in folded else folded
    folded = _MILLION.sub(r"\1 million", folded) if any(map(folded.__contains__, "$£€¥")) else folded
    folded = western(folded) if " crore" in folded or " lakh" in folded else folded
    if "," not in folded:
        return folded
    return _THOUSANDS.sub("", in_millions(folded) if ",000" in folded or "illion" in folded else folded)
