"""The entries of plain documents, read with expat as feedparser would read them, at a tenth of its cost.

feedparser stays the authority: this gives what it gives for the elements that nearly all feeds are made of, standing
side by side in their entry, and gives up on a document that has anything else. Tests hold it to feedparser's results
over thousands of feeds. Its oddities are part of that: of a guid it makes a link, of a text a summary.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from xml.parsers import expat

from feedparser.mixin import _FeedParserMixin

from feedhub.parse.elements import (
    AUTHORS,
    DATES,
    ENTRIES,
    HOMES,
    KINDS,
    PAGES,
    PASSED_OVER,
    PREFIXES,
    READ,
    SPACES,
    SPACES_PASSED_OVER,
    TAGS,
    TEXTS,
    WITHIN,
)

Found = dict[str, Any]

_XML = "http://www.w3.org/XML/1998/namespace"

_CARRIED = frozenset({"lang", "xml:lang", "base", "xml:base"})  # from an element on into the next
_MENDED_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+-.]*:///")
_CONTROL = re.compile("[\x80-\x9f]")
_QUERY = re.compile("&([A-Za-z0-9_]+);")


class Plain(NamedTuple):
    """The entries of a plain document, in order."""

    entries: list[Found]  # what feedparser would find in each, as far as `entries.entry_of` asks
    extents: list[tuple[int, int]]  # first byte, byte after the last


def read(document: bytes, most: int) -> Plain | None:
    """Read the entries of a document in UTF-8; None when in doubt, and where there are more than `most`."""
    reader = _Reader(document, most)
    try:
        reader.parser.Parse(document, True)
    except (expat.ExpatError, _Doubt):
        return None
    return Plain(reader.found, reader.extents)


class _Doubt(Exception):
    """The document has something that only feedparser may judge."""


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
        self._entry: Found | None = None
        self._open: list[str] = []  # names of the elements open within the entry
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []  # one list for all elements, so that expat calls nothing of ours for a piece of text
        self.parser.CharacterDataHandler = self._text.append
        self._author: dict[str, str] = {}

    def _start(self, full: str, given: dict[str, str]) -> None:
        name = self._names.get(full) or self._named(full)
        attributes = _attributes(given) if given else {}
        if self._entry is None:
            self._outside(name, attributes)
        elif not self._open:
            self._begin(name, attributes)
        else:
            self._within(self._open[0], name)
        if attributes and self._entry is not None and not _CARRIED.isdisjoint(attributes):
            raise _Doubt

    def _within(self, outer: str, name: str) -> None:
        foreign = outer.startswith("unknown:") and name.startswith("unknown:")
        if not foreign and name not in WITHIN.get(outer, ()):
            raise _Doubt
        if outer == "author" and (len(self._open) > 1 or "".join(self._text).strip()):
            raise _Doubt
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
            raise _Doubt
        if name in ("feed", "rss", "rdf:rdf"):
            self._language = attributes.get("xml:lang", attributes.get("lang")) or None
        elif name == "channel" and attributes.keys() & {"lang", "xml:lang"}:
            raise _Doubt

    def _begin_entry(self, name: str, attributes: dict[str, str]) -> None:
        self._begun = self.parser.CurrentByteIndex
        at_home = HOMES.get(tuple(self._path)) == name
        if not at_home or self._declared == self._begun or attributes.keys() - {"rdf:about"}:
            raise _Doubt
        if len(self.found) == self._most:
            raise _Doubt
        self._entry = {}
        if about := attributes.get("rdf:about"):
            self._entry["id"] = about

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        assert self._entry is not None
        if name not in READ and name not in PASSED_OVER:
            space = name.partition(":")[0]
            if space not in SPACES_PASSED_OVER and space != "unknown":
                raise _Doubt
        self._open.append(name)
        self._text.clear()
        self._attributes = attributes
        match name:
            case "link":
                self._begin_link(self._entry, attributes)
            case "enclosure":
                self._entry.setdefault("links", []).append({**_with_href(attributes), "rel": "enclosure"})
            case "media:content":
                self._entry.setdefault("media_content", []).append(attributes)
            case "media:thumbnail":
                if "url" not in attributes:
                    raise _Doubt
                self._entry.setdefault("media_thumbnail", []).append(attributes)
            case _ if name in TAGS:
                scheme = attributes.get("scheme", attributes.get("domain"))
                self._tag(attributes.get("term"), scheme, attributes.get("label"))
            case _ if name in AUTHORS:
                self._author = {}
                self._entry.setdefault("authors", []).append(self._author)

    def _begin_link(self, entry: Found, attributes: dict[str, str]) -> None:
        if attributes.keys() & {"url", "uri"}:
            raise _Doubt
        link = {"rel": "alternate", "type": "text/html", **attributes}
        entry.setdefault("links", []).append(link)
        if "href" in link:
            _certain(link["href"])
            if link["rel"] == "alternate" and link["type"] in PAGES:
                entry["link"] = link["href"]

    def _tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        assert self._entry is not None
        tags = self._entry.setdefault("tags", [])
        tag = {"term": term, "scheme": scheme, "label": label}
        if (term or scheme or label) and tag not in tags:
            tags.append(tag)

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
                self._author[name] = text
            self._text.clear()
        elif name in READ:
            self._close(name, _settled(text), self._entry)

    def _end_entry(self, entry: Found) -> None:
        closing = self.parser.CurrentByteIndex
        if not self._document.startswith(b"</", closing):  # <item/>: where it ends is not told
            raise _Doubt
        self.found.append(entry)
        self.extents.append((self._begun, self._document.index(b">", closing) + 1))
        self._entry = None

    def _declare(self, prefix: str | None, space: str) -> None:
        """A prefix goes on into the next entry; it is told before the element that declares it."""
        if prefix and self._entry is not None:
            raise _Doubt
        if prefix:
            self._declared = self.parser.CurrentByteIndex

    def _doubt(self, *declared: object) -> None:
        raise _Doubt

    def _close(self, name: str, text: str, entry: Found) -> None:
        if name in TEXTS:
            self._words(TEXTS[name], name, text, entry)
        elif name in DATES:
            entry[DATES[name]] = text
        elif name in AUTHORS:
            self._close_author(text, entry)
        elif name in TAGS:
            self._close_tag(text, entry)
        elif name == "link" and "href" not in self._attributes:
            _close_link(text, entry)
        elif name in ("guid", "id"):
            if "id" in entry and entry["id"] != text:
                raise _Doubt
            entry["id"] = text
            if self._attributes.get("ispermalink", "true") == "true":
                entry.setdefault("link", text)

    def _words(self, key: str, name: str, text: str, entry: Found) -> None:
        """A text construct. The content serves as the summary until there is one."""
        kind = self._kind(name)
        detail = {"type": kind, "value": text, "language": self._language and self._language.replace("_", "-")}
        if key in entry and not (key == "summary" and "content" in entry and "summary_detail" not in entry):
            raise _Doubt  # what a second one means depends on the first
        if key == "content":
            entry["content"] = [detail]
            entry.setdefault("summary", text)
            return
        entry[key] = text
        entry[f"{key}_detail"] = detail

    def _kind(self, name: str) -> str:
        """What a text is: Atom says so, RSS does not."""
        given = self._attributes.keys() - {"type"} if self._atom else self._attributes.keys()
        if given or (self._atom and self._attributes.get("type") not in KINDS):
            raise _Doubt
        if not self._atom:
            if name in ("summary", "content"):
                raise _Doubt
            return "text/html"
        return KINDS[self._attributes.get("type")] if ":" not in name and name != "description" else "text/html"

    def _close_author(self, text: str, entry: Found) -> None:
        entry["author"] = text
        if not self._author:
            _FeedParserMixin._sync_author_detail(_Context(entry))  # takes a name and an address apart

    def _close_tag(self, text: str, entry: Found) -> None:
        if not text:
            return
        tags = entry["tags"]
        if tags and not tags[-1]["term"]:
            tags[-1]["term"] = text
        else:
            self._tag(text, None, None)


class _Context:
    """Stands for feedparser where it asks which entry it is at."""

    def __init__(self, entry: Found):
        self._get_context = lambda: entry


def _close_link(text: str, entry: Found) -> None:
    _certain(text)
    entry["link"] = _QUERY.sub(r"&\g<1>", text.replace("&amp;", "&"))
    if text:
        entry["links"][-1]["href"] = entry["link"]


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
            raise _Doubt
        made[name] = value.lower() if name in ("rel", "type") else value
    return made


def _with_href(attributes: dict[str, str]) -> dict[str, str]:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    return {**attributes, "href": href} if href else attributes


def _certain(address: str) -> None:
    """feedparser mends addresses with too many slashes."""
    if _MENDED_ADDRESS.match(address):
        raise _Doubt


def _settled(text: str) -> str:
    """UTF-8 that was taken for Latin-1 and encoded again is read as it was meant."""
    if text.isascii():
        return text
    if _CONTROL.search(text):
        raise _Doubt
    try:
        return text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return text
