"""The entries of plain documents, read with expat as feedparser would read them, at a tenth of its cost.

feedparser stays the authority: this gives what it gives for the elements that nearly all feeds are made of, standing
side by side in their entry, and gives up on a document that has anything else. Tests hold it to feedparser's results
over thousands of feeds.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.parsers import expat

from feedhub.parse.elements import ENTRIES, HOMES, PASSED_OVER, PREFIXES, READ, SPACES, SPACES_PASSED_OVER, WITHIN
from feedhub.parse.finding import Doubt, Finding, Found

_XML = "http://www.w3.org/XML/1998/namespace"

_CARRIED = frozenset({"lang", "xml:lang", "base", "xml:base"})  # from an element on into the next


class Plain(NamedTuple):
    """The entries of a plain document, in order."""

    entries: list[Found]  # what feedparser would find in each, as far as `entries.entry_of` asks
    extents: list[tuple[int, int]]  # first byte, byte after the last


def read(document: bytes, most: int) -> Plain | None:
    """Read the entries of a document in UTF-8; None when in doubt, and where there are more than `most`."""
    reader = _Reader(document, most)
    try:
        reader.parser.Parse(document, True)
    except (expat.ExpatError, Doubt):
        return None
    return Plain(reader.found, reader.extents)


class _Reader:
    """Follows expat through a document."""

    def __init__(self, document: bytes, most: int) -> None:
        self._document, self._most = document, most
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.namespace_prefixes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doubt
        self.parser.StartNamespaceDeclHandler = self._declare
        self.found: list[Found] = []
        self.extents: list[tuple[int, int]] = []
        self._path: list[str] = []  # names of the elements open around the entry
        self._begun = self._declared = -1  # the byte at which the entry begins, and the last that declares a prefix
        self._names: dict[str, str] = {}
        self._atom = False
        self._language: str | None = None
        self._entry: Finding | None = None
        self._open: list[str] = []  # names of the elements open within the entry
        self._text: list[str] = []  # one list for all elements, so that expat calls nothing of ours for a piece of text
        self.parser.CharacterDataHandler = self._text.append

    def _start(self, full: str, given: dict[str, str]) -> None:
        name = self._names.get(full) or self._named(full)
        attributes = _attributes(given) if given else {}
        if self._entry is None:
            self._outside(name, attributes)
        elif not self._open:
            self._begin(self._entry, name, attributes)
        else:
            self._within(self._open[0], name)
        if attributes and self._entry is not None and not _CARRIED.isdisjoint(attributes):
            raise Doubt

    def _within(self, outer: str, name: str) -> None:
        foreign = outer.startswith("unknown:") and name.startswith("unknown:")
        if not foreign and name not in WITHIN.get(outer, ()):
            raise Doubt
        if outer == "author" and (len(self._open) > 1 or "".join(self._text).strip()):
            raise Doubt
        self._open.append(name)
        self._text.clear()

    def _named(self, full: str) -> str:
        """`prefix:name` in lower case, with the prefix that feedparser knows the namespace by."""
        space, local, given = (*full.split(" "), "")[:3] if " " in full else ("", full, "")
        prefix = PREFIXES.get(space.lower())
        if prefix is None:
            prefix = "doubtful" if given.lower() in ("", *PREFIXES.values()) else "unknown"
        name = f"{prefix}:{local.lower()}" if prefix else local.lower()
        if name.endswith(ENTRIES) and not (name in ENTRIES and space.lower() in SPACES):
            name = f"doubtful:{name}"
        self._names[full] = name
        return name

    def _outside(self, name: str, attributes: dict[str, str]) -> None:
        """Of the root and the channel, only what is told of entries."""
        local = name.rpartition(":")[2]
        if local in ENTRIES:
            self._begin_entry(name, attributes)
            return
        self._path.append(local)
        if name == "feed":
            self._atom = True
        if attributes.keys() & {"base", "xml:base"}:
            raise Doubt
        if name in ("feed", "rss", "rdf:rdf"):
            self._language = attributes.get("xml:lang", attributes.get("lang", "")).replace("_", "-") or None
        elif name == "channel" and attributes.keys() & {"lang", "xml:lang"}:
            raise Doubt

    def _begin_entry(self, name: str, attributes: dict[str, str]) -> None:
        self._begun = self.parser.CurrentByteIndex
        at_home = HOMES.get(tuple(self._path)) == name
        if not at_home or self._declared == self._begun or attributes.keys() - {"rdf:about"}:
            raise Doubt
        if len(self.found) == self._most:
            raise Doubt
        self._entry = Finding(self._atom, self._language, attributes.get("rdf:about"))

    def _begin(self, entry: Finding, name: str, attributes: dict[str, str]) -> None:
        self._open.append(name)
        self._text.clear()
        if name in READ:
            entry.begin(name, attributes)
        elif name not in PASSED_OVER and name.partition(":")[0] not in SPACES_PASSED_OVER:
            raise Doubt

    def _end(self, full: str) -> None:
        if self._entry is None:
            self._path.pop()
            return
        if not self._open:
            self._end_entry(self._entry)
            return
        name = self._open.pop()
        text = "".join(self._text).strip()
        if self._open:
            if self._open[0] == "author" and name in ("name", "email"):
                self._entry.author[name] = text
            self._text.clear()
        elif name in READ:
            self._entry.end(name, text)

    def _end_entry(self, entry: Finding) -> None:
        closing = self.parser.CurrentByteIndex
        if not self._document.startswith(b"</", closing):  # <item/>: where it ends is not told
            raise Doubt
        self.found.append(entry.found)
        self.extents.append((self._begun, self._document.index(b">", closing) + 1))
        self._entry = None

    def _declare(self, prefix: str | None, space: str) -> None:
        """A prefix goes on into the next entry; it is told before the element that declares it."""
        if prefix and self._entry is not None:
            raise Doubt
        if prefix:
            self._declared = self.parser.CurrentByteIndex

    def _doubt(self, *declared: object) -> None:
        raise Doubt


def _attributes(given: dict[str, str]) -> dict[str, str]:
    """By the names that feedparser gives them."""
    made = {}
    for full, value in given.items():
        if " " in full:
            space, local = full.split(" ")[:2]
            prefix = "xml" if space == _XML else PREFIXES.get(space.lower()) or ""
            name = f"{prefix}:{local.lower()}" if prefix else local.lower()
        else:
            name = full.lower()
        if name in made:
            raise Doubt
        made[name] = value.lower() if name in ("rel", "type") else value
    return made
