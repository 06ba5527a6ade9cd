"""Words and letters: the few operations on plain text that everything above shares. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

# What XML 1.0 cannot carry: C0 but tab, LF, CR; surrogates; the two non-characters.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes({*range(32)} - {9, 10, 13})
_NOT_CHARACTERS = tuple(chr(code).encode() for code in (0xFFFE, 0xFFFF))

# Controls that reorder or hide text; a headline that carries them can lie about what it says.
_DECEPTIVE = re.compile("[\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]")

# Characters within words that nobody sees: joiners, marks of direction, what a copy is told by.
UNSEEN = "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)))

NARROW = "\u00a0\u2007\u2009\u202f"  # spaces that hold a number together
_GROUPING = re.compile(rf"[{NARROW}](?<=\d.)(?=\d{{3}}(?!\d))")

# Typographic variants that differ between papers, not between texts. NFKC leaves these alone.
QUOTES_AND_DASHES = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—―−─", "-"),
    **dict.fromkeys("〜～∼", "~"),  # U+301C and U+FF5E: which one depends on the source's encoding table
    "\u00ad": "",  # soft hyphen
}

UNSPACED = ("ja", "zh")  # languages whose words no spaces part
CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_CJK = re.compile(f"[{CJK}]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_KANA = re.compile("[\u3040-\u30ff]")
_ANY_KANA = re.compile("[\u3040-\u30ff\uff66-\uff9f]")  # full width and half
_LATIN = re.compile("[A-Za-z]+")
QUOTED = 0.1  # share of a text's characters of Japanese up to which it may be English that quotes them

# Combining marks on one letter: Unicode's own bound for streams (UAX #15); putting them in order is quadratic.
_MARKS = 30
_UNSPOKEN = re.compile(f"[^\x00-\u02ff\\w]{{{_MARKS + 1},}}")  # what may be a run: no mark is a letter or a digit

# What is not kana or kanji: these NFKC leaves as they are, unless a mark of voicing follows, and takes long to do so.
_NOT_INERT = re.compile("[^、。「」\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff]+")
_VOICING = ("\u3099", "\u309a", "\uff9e", "\uff9f")


def legal(text: str) -> str:
    """Without the characters that XML 1.0 cannot carry, composed (NFC)."""
    return normal("NFC", strip_illegal(text))


def strip_illegal(text: str) -> str:
    """Without the characters that XML 1.0 cannot carry; what can be printed is none of them."""
    if text.isprintable():
        return text
    try:
        fine = is_legal(text.encode())
    except UnicodeEncodeError:  # a surrogate
        fine = False
    return text if fine else _ILLEGAL.sub("", text)


def is_legal(utf8: bytes) -> bool:
    """Whether UTF-8 holds nothing illegal, told from its bytes at a tenth of what looking at characters takes."""
    return len(utf8.translate(None, _CONTROLS)) == len(utf8) and not any(map(utf8.__contains__, _NOT_CHARACTERS))


def normal(form: Literal["NFC", "NFKC"], text: str) -> str:
    """Normalised in linear time, whatever the text: marks beyond those that a letter can have are left out.

    A run of more shows in every `_MARKS`th character, and others need not be looked at.
    """
    if text.isascii():
        return text
    if any(map(unicodedata.combining, text[::_MARKS])):
        text = _UNSPOKEN.sub(_few_marks, text)
    if unicodedata.is_normalized(form, text):  # most are by the second time: a twentieth of what it takes to see so
        return text
    if form == "NFKC" and max(text[::_MARKS]) > "\u3000" and not any(map(text.__contains__, _VOICING)):
        return _NOT_INERT.sub(lambda run: unicodedata.normalize(form, run[0]), text)
    return unicodedata.normalize(form, text)


def _few_marks(match: re.Match[str]) -> str:
    kept, run = [], 0
    for char in match[0]:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MARKS:
            kept.append(char)
    return "".join(kept)


def slug(words: str) -> str:
    """What of some words may stand in an id; it may be nothing."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].rstrip("-")


def plural(count: int, noun: str, more: str | None = None) -> str:
    """ "1 copy", "3 copies"."""
    return f"{count:,} {noun if count == 1 else more or f'{noun}s'}"


def joint(language: str) -> str:
    """What stands between two words."""
    return "" if language in UNSPACED else " "


def one_line(text: str) -> str:
    """A headline: legal, without controls that reorder text, spaces collapsed."""
    return collapsed(normal("NFC", text) if text.isprintable() else _DECEPTIVE.sub("", legal(text)))


def collapsed(line: str) -> str:
    """With single spaces; those that hold a number together stay, as 45\u00a0300 is one and 45 300 may be two."""
    if "  " not in line and line.isprintable():  # of white space a space alone is
        return line.strip()
    if any(map(line.__contains__, NARROW)):
        return "\u00a0".join(" ".join(part.split()) for part in _GROUPING.split(line))
    return " ".join(line.split())


def replacer(table: dict[str, str]) -> Callable[[str], str]:
    """Like `str.translate`, at a fifth of its cost where few characters are in the table."""
    pattern = re.compile("[" + re.escape("".join(table)) + "]")

    def replaced(text: str) -> str:
        return pattern.sub(lambda match: table[match[0]], text)

    return replaced


_fold = replacer({**QUOTES_AND_DASHES, **dict.fromkeys("«»", '"'), **dict.fromkeys("･·", "・")})


def fold(text: str) -> str:
    """For comparison: NFKC, quotes, dashes and wave dashes unified, case-folded.

    Full- and half-width forms become equal. Idempotent.
    """
    if text.isascii():
        return text.replace("`", "'").lower()
    text = _fold(normal("NFKC", text)).casefold()
    return normal("NFKC", text)


def guess_language(text: str) -> str:
    """The language by its script: "ja", "zh", "ko", "en" for mostly Latin text, else "und".

    Kana decides Japanese, unless it is a word or two in a text of another script; Han without any kana in a
    longer text is Chinese. Latin text is taken for English: a source in another Latin language says so in its
    configuration or its feed.
    """
    sample = text[:2000]
    if not sample.isascii():
        sample = unicodedata.normalize("NFKC", sample)  # full-width letters are letters
    if sample.isascii():
        return "en" if _mostly_latin(sample) else "und"
    if _japanese(sample, QUOTED):
        return "ja"
    if len(_HANGUL.findall(sample)) > len(sample) // 8:
        return "ko"
    han = len(_CJK.findall(sample))
    if han * 10 > len(sample):
        return "zh" if han > 40 else "ja"
    return "en" if _mostly_latin(sample) else "und"


def has_cjk(text: str) -> bool:
    """Whether the beginning of a text has a character of Chinese or Japanese."""
    return _CJK.search(text, 0, 2000) is not None


def mostly_japanese(text: str, least: float) -> bool:
    """Whether the beginning of a text is Japanese, by the `least` share of its characters: others quote words of it."""
    sample = text[:2000]
    if sample.isascii():
        return False
    return _ANY_KANA.search(sample) is not None and _japanese(unicodedata.normalize("NFKC", sample), least)


def _japanese(sample: str, least: float) -> bool:
    return _KANA.search(sample) is not None and len(_CJK.findall(sample)) > least * len(sample)


def _mostly_latin(sample: str) -> bool:
    return sum(map(len, _LATIN.findall(sample))) * 2 > len(sample) > 0


def excerpt(text: str, limit: int) -> str:
    """The first `limit` characters, cut at a word boundary where there is one, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    space = cut.rfind(" ", limit * 2 // 3)
    return (cut[:space] if space > 0 else cut).rstrip(" ,;:、") + "…"
