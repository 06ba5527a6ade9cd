"""What feedgen cannot write by itself: links with all their attributes, `atom:source`, creators, pictures, archives."""

from __future__ import annotations

from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feedhub import urls
from feedhub.model import Enclosure
from feedhub.render.entry import Entry
from feedhub.render.publication import Publication

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
HISTORY = "http://purl.org/syndication/history/1.0"
NAMESPACES = {"atom": ATOM, "dc": DC, "media": MEDIA, "fh": HISTORY}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class ProvenanceEntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Writes an entry's links and source. feedgen's own `link()` drops rel, type, title and length."""

    def __init__(self) -> None:
        self._entry: Entry | None = None

    def give(self, entry: Entry) -> None:
        """Take what is to be written."""
        self._entry = entry

    def extend_atom(self, element: Any) -> Any:
        """Children without a namespace: feedgen's root carries its own as an attribute."""
        entry = self._given()
        if entry.language:
            element.set(LANG, entry.language)
        for link in entry.links:
            _link(etree.SubElement(element, "link", rel=link.rel, href=link.href, type="text/html"), link.title)
        for enclosure in entry.enclosures:
            etree.SubElement(element, "link", {"rel": "enclosure", "href": enclosure.url, **_file(enclosure)})
        if entry.origin:
            source = etree.SubElement(element, "source")
            etree.SubElement(source, "id").text = entry.origin.id
            etree.SubElement(source, "title").text = entry.origin.title
            etree.SubElement(source, "updated").text = entry.origin.updated.isoformat()
            etree.SubElement(source, "link", rel="self", href=entry.origin.id)
        self._extras(element, entry, str)
        return element

    def extend_rss(self, element: Any) -> Any:
        """RSS takes addresses in ASCII, where Atom takes international ones."""
        entry = self._given()
        for link in entry.links:
            href = urls.in_ascii(link.href)
            _link(etree.SubElement(element, f"{{{ATOM}}}link", rel=link.rel, href=href, type="text/html"), link.title)
        etree.SubElement(element, f"{{{DC}}}creator").text = entry.author
        if entry.language:
            etree.SubElement(element, f"{{{DC}}}language").text = entry.language
        self._extras(element, entry, urls.in_ascii)
        return element

    def _extras(self, element: Any, entry: Entry, address: Any) -> None:
        if entry.place:
            etree.SubElement(element, f"{{{DC}}}coverage").text = entry.place
        if entry.image:
            etree.SubElement(element, f"{{{MEDIA}}}thumbnail", url=address(entry.image))

    def _given(self) -> Entry:
        assert self._entry
        return self._entry


class ProvenanceExtension(BaseExtension):  # type: ignore[misc]
    """Declares on the document what its entries use, and says where it stands in its feed's history."""

    def __init__(self) -> None:
        self._publication: Publication | None = None

    def give(self, publication: Publication) -> None:
        """Take what is to be written."""
        self._publication = publication

    def extend_ns(self) -> dict[str, str]:
        return NAMESPACES

    def extend_atom(self, feed: Any) -> Any:
        self._history(feed, "link", "atom")
        return feed

    def extend_rss(self, root: Any) -> Any:
        self._history(root[0], f"{{{ATOM}}}link", "rss")
        return root

    def _history(self, parent: Any, link: str, suffix: str) -> None:
        assert self._publication
        if self._publication.hub:
            etree.SubElement(parent, link, rel="hub", href=self._publication.hub)
        for rel, href in self._publication.history(suffix):
            etree.SubElement(parent, link, rel=rel, href=href)
        if self._publication.archive.current:
            etree.SubElement(parent, f"{{{HISTORY}}}archive")


def _link(element: Any, title: str) -> None:
    if title:
        element.set("title", title)


def _file(enclosure: Enclosure) -> dict[str, str]:
    given = {"type": enclosure.type, "length": str(enclosure.length) if enclosure.length else None}
    return {name: value for name, value in given.items() if value}
