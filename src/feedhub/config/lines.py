"""The lines of keys in a TOML document, which tomli does not tell. Pure.

A key is found by its table header and its own line; what is inside an inline table or a list is on the line on which
that begins. The document is valid TOML, or the parser has named the line already.
"""

from __future__ import annotations

import re

Path = tuple[str, ...]

_HEADER = re.compile(r"\s*\[{1,2}\s*([^\[\]#]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_STRING = re.compile(r'''"""|\'\'\'|"(?:\\.|[^"\\])*"|'[^']*'|#.*|[\[\]{}]''')


class Lines:
    """The lines of every key of a document."""

    def __init__(self, text: str):
        self._lines: dict[Path, int] = {}
        table: Path = ()
        depth, quote = 0, ""
        for number, line in enumerate(text.splitlines(), start=1):
            outside = not quote and depth == 0
            if outside and (header := _HEADER.match(line)):
                table = _parts(header[1])
                self._note(table, number)
                continue
            if outside and (key := _KEY.match(line)):
                self._note(table + _parts(key[1]), number)
            depth, quote = _scan(line, depth, quote)

    def of(self, path: Path) -> int:
        """The line of a key, or of the nearest table around it; 0 where even that is not written."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return 0

    def _note(self, path: Path, number: int) -> None:
        for end in range(1, len(path) + 1):
            self._lines.setdefault(path[:end], number)


def _parts(key: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(key))


def _scan(line: str, depth: int, quote: str) -> tuple[int, str]:
    """How many brackets are open after a line, and the quote of a text that goes on."""
    at = 0
    while at < len(line):
        if quote:
            end = line.find(quote, at)
            if end < 0:
                return depth, quote
            at, quote = end + 3, ""
            continue
        token = _STRING.search(line, at)
        if not token:
            break
        at = token.end()
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth = max(0, depth - 1)
    return depth, quote
