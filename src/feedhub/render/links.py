"""What feedgen cannot write by itself: links with all their attributes, `atom:source`, creators, pictures, archives."""

from __future__ import annotations

from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feedhub.model import Enclosure, Story
from feedhub.render.provenance import links, writer
from feedhub.render.publication import Publication
from feedhub.text import legal, one_line

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
HISTORY = "http://purl.org/syndication/history/1.0"
NAMESPACES = {"atom": ATOM, "dc": DC, "media": MEDIA, "fh": HISTORY}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class ProvenanceEntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Writes an entry's links and source. feedgen's own `link()` drops rel, type, title and length."""

    def __init__(self) -> None:
        self._story: Story | None = None
        self._images = True

    def give(self, story: Story, images: bool) -> None:
        """Take what is to be written."""
        self._story, self._images = story, images

    def extend_ns(self) -> dict[str, str]:
        return NAMESPACES

    def extend_atom(self, entry: Any) -> Any:
        """Children without a namespace: feedgen's root carries its own as an attribute."""
        story = self._given()
        if story.language != "und":
            entry.set(_LANG, legal(story.language))
        for rel, href, title in links(story):
            etree.SubElement(entry, "link", rel=rel, href=legal(href), type="text/html", title=legal(title))
        for enclosure in shown_enclosures(story, self._images):
            link = etree.SubElement(entry, "link", rel="enclosure", href=legal(enclosure.url))
            for name, value in _file(enclosure).items():
                link.set(name, value)
        source = etree.SubElement(entry, "source")
        etree.SubElement(source, "id").text = legal(story.source_url)
        etree.SubElement(source, "title").text = legal(story.source_title)
        # When the shown copy came: what its feed said of itself is not kept.
        shown = next((copy.published for copy in story.copies if copy.canonical), story.published)
        etree.SubElement(source, "updated").text = max(shown, story.updated).isoformat()
        etree.SubElement(source, "link", rel="self", href=legal(story.source_url))
        self._extras(entry, story)
        return entry

    def extend_rss(self, entry: Any) -> Any:
        story = self._given()
        for rel, href, title in links(story):
            etree.SubElement(entry, f"{{{ATOM}}}link", rel=rel, href=legal(href), type="text/html", title=legal(title))
        etree.SubElement(entry, f"{{{DC}}}creator").text = legal(story.author or writer(story))
        if story.language != "und":
            etree.SubElement(entry, f"{{{DC}}}language").text = legal(story.language)
        self._extras(entry, story)
        return entry

    def _extras(self, entry: Any, story: Story) -> None:
        if story.place and one_line(story.place):
            etree.SubElement(entry, f"{{{DC}}}coverage").text = one_line(story.place)
        if story.image and self._images:
            etree.SubElement(entry, f"{{{MEDIA}}}thumbnail", url=legal(story.image))

    def _given(self) -> Story:
        assert self._story
        return self._story


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
            etree.SubElement(parent, link, rel="hub", href=legal(self._publication.hub))
        for rel, href in self._publication.history(suffix):
            etree.SubElement(parent, link, rel=rel, href=legal(href))
        if self._publication.archive.current:
            etree.SubElement(parent, f"{{{HISTORY}}}archive")


def shown_enclosures(story: Story, images: bool) -> tuple[Enclosure, ...]:
    """A story's files; its pictures only where they are wanted."""
    return tuple(e for e in story.enclosures if images or not (e.type or "").startswith("image/"))


def _file(enclosure: Enclosure) -> dict[str, str]:
    given = {"type": enclosure.type, "length": str(enclosure.length) if enclosure.length else None}
    return {name: legal(value) for name, value in given.items() if value}
