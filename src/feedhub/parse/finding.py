"""What feedparser would find in one entry, put together from one element after another.

Its oddities are part of that: of a guid it makes a link, of a text a summary.
"""

from __future__ import annotations

import re
from typing import Any

from feedparser.mixin import _FeedParserMixin

from feedhub.parse.elements import AUTHORS, DATES, KINDS, PAGES, TAGS, TEXTS

Found = dict[str, Any]

_MENDED_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+-.]*:///")
_CONTROL = re.compile("[\x80-\x9f]")
_QUERY = re.compile("&([A-Za-z0-9_]+);")


class Doubt(Exception):
    """The document has something that only feedparser may judge."""


class Finding:
    """One entry of a document that is Atom or not, and may name its language; `about` is what RDF says the entry is."""

    def __init__(self, atom: bool, language: str | None, about: str | None) -> None:
        self.found: Found = {"id": about} if about else {}
        self.author: dict[str, str] = {}  # name and address in the author that was last begun
        self._atom, self._language = atom, language
        self._attributes: dict[str, str] = {}

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._attributes = attributes
        match name:
            case "link":
                self._begin_link(attributes)
            case "enclosure":
                self.found.setdefault("links", []).append({**_with_href(attributes), "rel": "enclosure"})
            case "media:content":
                self.found.setdefault("media_content", []).append(attributes)
            case "media:thumbnail":
                if "url" not in attributes:
                    raise Doubt
                self.found.setdefault("media_thumbnail", []).append(attributes)
            case _ if name in TAGS:
                scheme = attributes.get("scheme", attributes.get("domain"))
                self._tag(attributes.get("term"), scheme, attributes.get("label"))
            case _ if name in AUTHORS:
                self.author = {}
                self.found.setdefault("authors", []).append(self.author)

    def _begin_link(self, attributes: dict[str, str]) -> None:
        if attributes.keys() & {"url", "uri"}:
            raise Doubt
        link = {"rel": "alternate", "type": "text/html", **attributes}
        self.found.setdefault("links", []).append(link)
        if "href" in link:
            _certain(link["href"])
            if link["rel"] == "alternate" and link["type"] in PAGES:
                self.found["link"] = link["href"]

    def _tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        tags = self.found.setdefault("tags", [])
        tag = {"term": term, "scheme": scheme, "label": label}
        if (term or scheme or label) and tag not in tags:
            tags.append(tag)

    def end(self, name: str, text: str) -> None:
        """It ends, with this text; its own elements' text is not part of that."""
        text, found = _settled(text), self.found
        if name in TEXTS:
            self._end_text(TEXTS[name], name, text)
        elif name in DATES:
            found[DATES[name]] = text
        elif name in AUTHORS:
            found["author"] = text
            if not self.author:
                _FeedParserMixin._sync_author_detail(_Context(found))  # takes a name and an address apart
        elif name in TAGS:
            self._end_tag(text)
        elif name == "link" and "href" not in self._attributes:
            self._end_link(text)
        elif name in ("guid", "id"):
            if "id" in found and found["id"] != text:
                raise Doubt
            found["id"] = text
            if self._attributes.get("ispermalink", "true") == "true":
                found.setdefault("link", text)

    def _end_text(self, key: str, name: str, text: str) -> None:
        """A text construct. The content serves as the summary until there is one."""
        found, detail = self.found, {"type": self._kind(name), "value": text, "language": self._language}
        if key in found and not (key == "summary" and "content" in found and "summary_detail" not in found):
            raise Doubt  # what a second one means depends on the first
        if key == "content":
            found["content"] = [detail]
            found.setdefault("summary", text)
            return
        found[key] = text
        found[f"{key}_detail"] = detail

    def _kind(self, name: str) -> str:
        """What a text is: Atom says so, RSS does not."""
        given = self._attributes.keys() - {"type"} if self._atom else self._attributes.keys()
        if given or (self._atom and self._attributes.get("type") not in KINDS):
            raise Doubt
        if not self._atom:
            if name in ("summary", "content"):
                raise Doubt
            return "text/html"
        return KINDS[self._attributes.get("type")] if ":" not in name and name != "description" else "text/html"

    def _end_tag(self, text: str) -> None:
        if not text:
            return
        tags = self.found["tags"]
        if tags and not tags[-1]["term"]:
            tags[-1]["term"] = text
        else:
            self._tag(text, None, None)

    def _end_link(self, text: str) -> None:
        _certain(text)
        link = self.found["link"] = _QUERY.sub(r"&\g<1>", text.replace("&amp;", "&"))
        if text:
            self.found["links"][-1]["href"] = link


class _Context:
    """Stands for feedparser where it asks which entry it is at."""

    def __init__(self, entry: Found):
        self._get_context = lambda: entry


def _with_href(attributes: dict[str, str]) -> dict[str, str]:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    return {**attributes, "href": href} if href else attributes


def _certain(address: str) -> None:
    """feedparser mends addresses with too many slashes."""
    if _MENDED_ADDRESS.match(address):
        raise Doubt


def _settled(text: str) -> str:
    """UTF-8 that was taken for Latin-1 and encoded again is read as it was meant."""
    if text.isascii():
        return text
    if _CONTROL.search(text):
        raise Doubt
    try:
        return text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return text
