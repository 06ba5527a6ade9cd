"""From bytes to text, as feeds really send it. Pure.

feedparser turns a whole Japanese feed into mojibake for one byte it does not expect: a Shift_JIS document
with a Windows character (①, 髙), an EUC-JP document that says UTF-8. So the bytes are read here, and it is
given clean UTF-8. The evidence, strongest first:

1. a byte order mark, or the zero bytes of UTF-16 and UTF-32
2. the escape sequences of ISO-2022-JP
3. the bytes are valid UTF-8: no other encoding makes three-byte sequences by chance
4. nearly all of it is valid UTF-8: that with replacement characters, rather than all of it wrong
5. what the HTTP header and the XML declaration say, where the bytes agree
6. Japanese, where the reading is full of kana
7. Windows-1252, and at last UTF-8 with replacement characters
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from feedhub.text import is_legal, strip_illegal

# Most references are plainly legal (32 to 49999, x20 to xCFFF), and passed over.
_REFERENCE = re.compile(
    r"&#(?!(?:3[2-9]|[4-9]\d|[1-9]\d{2,3}|[1-4]\d{4}|[xX](?:[2-9A-Fa-f][0-9A-Fa-f]|[1-9A-Ca-c][0-9A-Fa-f]{2,3}));)"
    r"(?:[xX]([0-9A-Fa-f]+)|([0-9]+));?"
)

# A declared name -> the codec that reads what is really sent under it (the WHATWG table, in short:
# the vendor's superset instead of the standard).
_READ_AS = {
    **dict.fromkeys(
        ("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j", "cswindows31j", "ms932", "cp943c"),
        "cp932",
    ),
    **dict.fromkeys(("euc-jp", "x-euc-jp", "x-euc", "euc_jp", "eucjp", "ujis", "cp51932"), "euc_jp"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "gb_2312-80"), "gb18030"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ksc5601"), "cp949"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"), "cp1252"),
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}  # fmt: skip

# Codecs of Python that are no encodings of documents, or (UTF-7) hide markup in innocent letters.
_REFUSED = {"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}

_MULTIBYTE = {"cp932", "euc_jp", "gb18030", "cp949", "big5hkscs", "big5", "johab", "hz"}

_SIGNATURES = (  # byte order marks, then the first characters "<?" or "<" of documents without one
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),  # "<?xm" in EBCDIC
)

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.I)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:+-]+)", re.I)
_DECLARATION = re.compile(r"<\?xml\b[^>]*>", re.I)
_HIGH = re.compile(rb"[\x80-\xff]")
_KANA = re.compile("[\u3041-\u30ff]")
_FOREIGN = re.compile("[^\x00-\x7f]")
_THREE_BYTES = re.compile(rb"[\xe1-\xef][\x80-\xbf]{2}")
_JIS = re.compile(rb"\x1b\$[@B]((?:[\x21-\x7e]{2})*)|\x1b\(I([\x21-\x5f]*)|\x1b\([BJ]")
_WITH_HIGH_BIT = bytes(byte | 0x80 for byte in range(256))

_DECLARATION_WITHIN = 4096  # bytes; the declaration comes first, or after a short error message of a server
_SAMPLE = 1 << 17  # bytes from the first non-ASCII one on; enough to tell encodings apart
_SLIGHTLY = 0.05  # of a reading's non-ASCII characters are undecodable: a right one, a few bytes broken
_MOSTLY = 0.2  # beyond this it is a wrong one, even of UTF-8, which others hardly ever resemble
_KANA_SHARE = 0.1  # of non-ASCII characters; Japanese news has 30-60 %, misread French none


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a document without BOM and characters illegal in XML, its declaration saying UTF-8."""

    text: str
    problem: str | None = None


def decode(body: bytes, content_type: str | None) -> Decoded:
    """Read `body`; never raises."""
    declared = _declared(body, content_type)
    encoding = _detect(body, declared)
    text, lost = _read(body, encoding)
    problem = None
    if lost:
        problem = f"{lost} undecodable character{'s' if lost > 1 else ''}, read as {encoding}"
    elif declared and encoding in _MULTIBYTE and encoding not in declared:
        problem = f"says it is {declared[0]} but is {encoding}"
    text = text.lstrip("\ufeff \t\r\n")
    text = _legal_references(text) if encoding == "utf-8" and is_legal(body) else legal_xml(text)
    if not text.startswith(("{", "[")):  # in JSON a declaration is part of what is told
        text = _DECLARATION.sub('<?xml version="1.0" encoding="utf-8"?>', text, count=1)
    return Decoded(text, problem)


def legal_xml(markup: str) -> str:
    """Markup without illegal characters, written as themselves or as references (`&#0;`, `&#xD800;`)."""
    return _legal_references(strip_illegal(markup))


def _legal_references(markup: str) -> str:
    return _REFERENCE.sub(_legal_reference, markup)


def _legal_reference(match: re.Match[str]) -> str:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    digits = digits.lstrip("0")
    if not digits or len(digits) > 7:
        return ""
    code = int(digits, base)
    return match[0] if code <= 0x10FFFF and strip_illegal(chr(code)) else ""


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """The codecs named by the HTTP header and the XML declaration, in order of trust.

    A header that says Latin-1 or ASCII is a server's default and comes last.
    """
    names = []
    if match := _CHARSET.search(content_type or ""):
        names.append(match[1])
    if declaration := _DECLARED.search(body[:_DECLARATION_WITHIN]):
        names.append(declaration[1].decode("ascii", "ignore"))
    codecs_named = [codec for codec in map(_codec, names) if codec]
    return sorted(dict.fromkeys(codecs_named), key=lambda codec: codec == "cp1252")


def _codec(name: str) -> str | None:
    known = _READ_AS.get(name.lower())
    if known:
        return known
    try:
        found = codecs.lookup(name).name
        b"".decode(found)  # refuses codecs that do not make text, such as zlib
    except (LookupError, ValueError, TypeError):
        return None
    return None if found.replace("_", "-") in _REFUSED else _READ_AS.get(found, found)


def _detect(body: bytes, declared: list[str]) -> str:
    for signature, encoding in _SIGNATURES:
        if body.startswith(signature):
            return encoding
    if body.isascii():
        return "iso-2022-jp" if b"\x1b" in body and _JIS.search(body) else "utf-8"
    if _is_utf8(body) and (_THREE_BYTES.search(body) or not _MULTIBYTE.intersection(declared)):
        return "utf-8"
    return _likeliest(_sample(body), declared)


def _sample(body: bytes) -> bytes:
    first = _HIGH.search(body)
    start = max(first.start() - 1, 0) if first else 0
    return body[start : start + _SAMPLE]


def _likeliest(sample: bytes, declared: list[str]) -> str:
    """The encoding of bytes that are not plainly UTF-8."""
    multibyte = [codec for codec in declared if codec in _MULTIBYTE]
    others = [codec for codec in declared if codec not in _MULTIBYTE and not codec.startswith("utf")]
    for encoding in multibyte:
        if _damage(sample, encoding) <= _SLIGHTLY:
            return encoding
    if _damage(sample, "utf-8") <= _MOSTLY:
        return "utf-8"
    for encoding in ("euc_jp", "cp932"):
        if _damage(sample, encoding) <= _SLIGHTLY and _kana(sample, encoding) >= _KANA_SHARE:
            return encoding
    for encoding in (*others, "cp1252"):
        if _damage(sample, encoding) <= _MOSTLY:
            return encoding
    return "utf-8"


def _damage(sample: bytes, encoding: str) -> float:
    """The share of its non-ASCII characters that could not be read; its end may cut the last one."""
    text, lost = _read(sample, encoding)
    return (lost - text.endswith("\ufffd")) / max(1, len(_FOREIGN.findall(text)))


def _kana(sample: bytes, encoding: str) -> float:
    """The share of kana among its non-ASCII characters."""
    text, _ = _read(sample, encoding)
    return len(_KANA.findall(text)) / max(1, len(_FOREIGN.findall(text)))


def _read(body: bytes, encoding: str) -> tuple[str, int]:
    """The text, and how many characters had to be replaced."""
    if encoding == "iso-2022-jp":
        body, encoding = _JIS.sub(_jis_to_euc, body), "euc_jp"
    try:
        return body.decode(encoding), 0
    except UnicodeDecodeError:
        text = body.decode(encoding, _VENDOR_ROWS if encoding == "euc_jp" else "replace")
        return text, text.count("\ufffd")


def _jis_to_euc(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return match[1].translate(_WITH_HIGH_BIT)
    return b"".join(b"\x8e" + bytes([byte | 0x80]) for byte in match[2] or b"")


def _vendor_rows(error: UnicodeError) -> tuple[str, int]:
    """Read the rows that vendors added to JIS X 0208 (①, 髙), which Python's EUC-JP lacks, through CP932."""
    assert isinstance(error, UnicodeDecodeError)
    pair = error.object[error.start : error.start + 2]
    if len(pair) == 2 and min(pair) >= 0xA1:
        row, cell = pair[0] - 0xA0, pair[1] - 0xA0
        lead = (row - 1) // 2 + (0x81 if row <= 62 else 0xC1)
        trail = cell + (0x9E if row % 2 == 0 else 0x3F if cell <= 63 else 0x40)
        try:
            return bytes([lead, trail]).decode("cp932"), error.start + 2
        except UnicodeDecodeError:
            pass
    return "\ufffd", error.start + 1


_VENDOR_ROWS = "feedhub.vendor-rows"
codecs.register_error(_VENDOR_ROWS, _vendor_rows)


def _is_utf8(body: bytes) -> bool:
    """Whether all of it is UTF-8; where a document was cut, its last character may be half there."""
    try:
        codecs.utf_8_decode(body, "strict", False)
    except UnicodeDecodeError:
        return False
    return True
