"""Text as words, so that a word or a phrase is a substring: " the 首 相 said ".

Latin and other spaced scripts give whole words, Chinese and Japanese single characters. With a blank on either side of
each, a whole word is found by its blanks, and Japanese is found anywhere, by the same `in`.
"""

from __future__ import annotations

import re

from feedhub.text import CJK, fold

# 。 and 、 count as characters, so that no word goes across them (東京、都内 is not 京都).
_SIGN = f"{CJK}。、"
# Dots within words hold them together (u.s., 8.5); apostrophes do not: "japan" finds "Japan's".
_SPACED = rf"[^\W_{CJK}]+(?:\.[^\W_{CJK}]+)*"
WORD = re.compile(rf"[{_SIGN}]|{_SPACED}")
RUN = re.compile(rf"([{CJK}]+)|([。、]|{_SPACED})")  # the same, but with a run of characters as one
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*")
_KANA = re.compile("[\u3040-\u30ff。、]")
_HAN = re.compile(f"[{CJK}]")


def words_of(text: str) -> str:
    """The words of a query, folded, in order, with one blank between them; "" if there are none."""
    return " ".join(words_in(fold(text))).strip("。、 ")


def words_in(folded: str) -> list[str]:
    """The words of a folded text in order, with 。 and 、 between them."""
    return (_ASCII_WORD if folded.isascii() else WORD).findall(folded)


def spaced(folded: str) -> str:
    """The words of a folded text with a blank on either side of each."""
    return f" {' '.join(words_in(folded))} "


def rarest(words: str) -> str:
    """The word of a phrase that is in the fewest texts, at a guess: long before short, Han before kana."""
    return max(words.split(), key=_rarity)


def _rarity(word: str) -> int:
    if _KANA.match(word):
        return 0
    return 3 if _HAN.match(word) else len(word)
