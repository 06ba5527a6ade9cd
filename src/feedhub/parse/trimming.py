"""Cutting out of a document the entries that are known already, so that feedparser is shown only the rest.

    document ── expat ──▶ where each entry stands ── hash ──▶ known? ── cut ──▶ the rest, for feedparser

feedparser takes half a millisecond for an entry, expat a hundredth of that to find it. Where some are known already,
entries are guessed from their tags, and expat is shown only what stands around the known ones. An entry is known when
its bytes are, and when nothing around it that could change its meaning is other than it was: the root's and the
channel's attributes, what the channel says of itself but for its dates. Whatever is not plain is not cut at all: a
document that is not well-formed, that has a DOCTYPE, entries in entries, or entries with a base or a namespace prefix
of their own, which feedparser carries on into the next.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from xml.parsers import expat

from feedhub import __version__
from feedhub.parse.elements import ENTRIES, HOMES, SPACES
from feedhub.parse.finding import Doubt

MARK = 12  # bytes of an entry's hash: a feed could only make its own entries collide
KNOWN = b"feedhub-known"  # a processing instruction that stands for a known entry while the others are looked for

# What a channel renews at every poll, RDF's list of its items, comments. None of it is told of an entry. Each with how
# it ends: an opening behind the last end would be searched from to the end of the document, and there may be many.
_RENEWED = [
    (re.compile(rb"<((?:\w+:)?(?:lastBuildDate|pubDate|updated|modified|date))(?:\s[^<>]*)?>[^<]*</\1\s*>"), b">"),
    (re.compile(rb"<items>.*?</items", re.S), b"</items"),
    (re.compile(rb"<!--.*?-->", re.S), b"-->"),
]


@dataclass(frozen=True, slots=True)
class Outlined:
    """Where a document's entries stand, and what each is known by."""

    document: bytes
    around: bytes  # what stands around them and is not renewed at every poll
    extents: tuple[tuple[int, int], ...]  # (first byte, byte after the last) of each, in order
    marks: tuple[bytes, ...]  # of its bytes and of all around the entries that could change their meaning

    def without(self, known: Container[bytes]) -> bytes:
        """The document without the entries whose mark is known."""
        return self._cut(extent for extent, mark in zip(self.extents, self.marks, strict=True) if mark in known)

    def ends(self, most: int) -> bytes:
        """The document with so many entries of its beginning and so many of its end."""
        return self._cut(self.extents[most:-most])

    def _cut(self, extents: Iterable[tuple[int, int]]) -> bytes:
        rest, at = [], 0
        for start, end in extents:
            rest.append(self.document[at:start])
            at = end
        return b"".join((*rest, self.document[at:]))


def outline(document: bytes, url: str, known: Container[bytes] = frozenset()) -> Outlined | None:
    """Find the entries of a UTF-8 document from `url`; None when it is not as plain as cutting needs.

    Those whose marks are `known` were found in an earlier one.
    """
    if known and KNOWN not in document and (guessed := _guessed(document)):
        outlined = outlined_at(document, guessed, url)
        if _confirmed(outlined, known):
            return outlined
    found = _Finder().entries(document)
    return outlined_at(document, found, url) if found else None


def outlined_at(document: bytes, extents: Sequence[tuple[int, int]], url: str) -> Outlined:
    """The outline of a document whose entries are known to stand there."""
    around = _around(document, extents)
    read_by = f"{__version__} {url}\n".encode()
    key = sha256(read_by + around).digest()
    marks = (sha256(key + document[start:end]).digest()[:MARK] for start, end in extents)
    return Outlined(document, around, tuple(extents), tuple(marks))


def _guessed(document: bytes) -> list[tuple[int, int]]:
    """Where entries seem to stand: from each opening tag to the next closing one, either of which may be mere text."""
    name = b"item" if b"</item>" in document else b"entry"
    opening, closing = b"<" + name, b"</" + name + b">"
    extents, at = [], 0
    while (start := document.find(opening, at)) >= 0:
        at = start + len(opening)
        if document[at : at + 1] in b"> \t\r\n":  # not RDF's <items>
            at = document.find(closing, at) + len(closing)
            if at < start:
                break
            extents.append((start, at))
    return extents


def _confirmed(guessed: Outlined, known: Container[bytes]) -> bool:
    """Whether expat finds the unknown entries where they seem to stand, and a sign in the place of each known one."""
    sign = b"<?" + KNOWN + b"?>"
    shown, unknown, length, at = [], [], 0, 0
    for (start, end), mark in zip(guessed.extents, guessed.marks, strict=True):
        entry = sign if mark in known else guessed.document[start:end]
        length += start - at + len(entry)
        if entry is not sign:
            unknown.append((length - len(entry), length))
        shown += [guessed.document[at:start], entry]
        at = end
    finder = _Finder()
    found = finder.entries(b"".join((*shown, guessed.document[at:])))
    return found == unknown and finder.signs == len(guessed.extents) - len(unknown)


def _around(document: bytes, extents: Sequence[tuple[int, int]]) -> bytes:
    """All that stands around the entries and is not renewed at every poll."""
    starts = [end for _, end in ((0, 0), *extents)]
    ends = [start for start, _ in extents] + [len(document)]
    around = b"".join(document[start:end].strip() for start, end in zip(starts, ends, strict=True))
    for renewed, ending in _RENEWED:
        last = around.rfind(ending) + len(ending)
        around = renewed.sub(b"", around[:last]) + around[last:]
    return around


class _Finder:
    """Follows expat through a document and notes where entries begin and end."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doubt
        self._parser.StartNamespaceDeclHandler = self._declare
        self._parser.ProcessingInstructionHandler = self._sign
        self._parser.ordered_attributes = True
        self.signs = 0  # of known entries, where entries stand
        self._path: list[str] = []
        self._depth = 0  # within an entry; 0 outside of one
        self._begun = 0
        self._prefixed = False  # the element that begins declares a prefix
        self._entry: str | None = None  # what an entry is called here
        self._found: list[tuple[int, int]] = []

    def entries(self, document: bytes) -> list[tuple[int, int]] | None:
        """The extent of each entry; None when the document is in doubt."""
        self._document = document
        try:
            self._parser.Parse(document, True)
        except (expat.ExpatError, Doubt):
            return None
        return self._found

    def _start(self, name: str, attributes: list[str]) -> None:
        if self._depth:
            if name.endswith(ENTRIES):
                raise Doubt
            if attributes:
                self._carry(attributes)
            self._depth += 1
            return
        space, _, local = name.rpartition(" ")
        local = local.lower()
        if local in ENTRIES:
            if local != self._entry or space.lower() not in SPACES:
                raise Doubt
            self._carry(attributes)
            if self._prefixed:
                raise Doubt
            self._depth, self._begun = 1, self._parser.CurrentByteIndex
            return
        self._prefixed = False
        self._path.append(local)
        self._entry = HOMES.get(tuple(self._path))

    def _end(self, name: str) -> None:
        if not self._depth:
            self._path.pop()
            self._entry = HOMES.get(tuple(self._path))
            return
        self._depth -= 1
        if not self._depth:
            closing = self._parser.CurrentByteIndex
            if not self._document.startswith(b"</", closing):  # <item/>: where it ends is not told
                raise Doubt
            self._found.append((self._begun, self._document.index(b">", closing) + 1))

    def _carry(self, attributes: list[str]) -> None:
        """A base goes on into the next entry."""
        if any(name.lower().endswith("base") for name in attributes[::2]):
            raise Doubt

    def _declare(self, prefix: str | None, space: str) -> None:
        """So does a prefix; it is told before the element that declares it."""
        if prefix and self._depth:
            raise Doubt
        self._prefixed = bool(prefix)

    def _sign(self, target: str, data: str) -> None:
        self.signs += target == KNOWN.decode() and self._entry is not None and not self._depth

    def _doubt(self, *declared: object) -> None:
        raise Doubt
