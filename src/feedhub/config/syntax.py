"""Why a document is no TOML, and where: tomli's words, and what its writer has probably missed. Pure."""

from __future__ import annotations

import re

from tomli import TOMLDecodeError

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TUPLE = re.compile(r"\((?:'[^']*',? ?)+\)")
_LINE = "a line is a [table], a key = value, or a # comment"
_ENDING = "a text ends with the quote that it began with, on the same line"
_MISSED = {
    "Invalid value": "text stands in quotes, and true and false in small letters",
    "Illegal character '\\n'": _ENDING,
    "Found invalid character '\\n'": _ENDING,
    "Unescaped '\\' in a string": "in single quotes it stands for itself, in double ones it is written \\\\",
    "Expected newline or end of document after a statement": "what has a quote in it stands in quotes of another kind",
    "Cannot overwrite a value": "the key, or a table of its name, stands above already",
    "Invalid initial character for a key part": "keys have letters from a to z, digits, - and _",
    "Expected ']' at the end of a table declaration": "names have letters from a to z, digits, - and _",
    "Expected '=' after a key in a key/value pair": _LINE,
    "Invalid statement": _LINE,
}


def explained(error: TOMLDecodeError, text: str) -> tuple[int, str]:
    """The line of the first mistake in `text`, and what is wrong there."""
    place = _PLACE.search(str(error))
    line = int(place[1]) if place and place[1] else len(text.splitlines())
    said = _PLACE.sub("", str(error))
    words = _TUPLE.sub(_dotted, f"{said[:1].lower()}{said[1:]}")
    return line, f"not TOML: {words}; {_MISSED[said]}" if said in _MISSED else f"not TOML: {words}"


def _dotted(names: re.Match[str]) -> str:
    """A table's name as it is written, made of a tuple of its parts."""
    return ".".join(re.findall(r"'([^']*)'", names[0]))
