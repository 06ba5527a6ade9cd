"""What feedgen cannot write by itself: links with all their attributes, `atom:source`, who the creator is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feedhub.model import Enclosure, Story
from feedhub.text import legal

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"


@dataclass
class _Provenance:
    story: Story
    links: Sequence[tuple[str, str, str]]


class ProvenanceEntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Writes an entry's links and source. feedgen's own `link()` drops rel, type, title and length."""

    def __init__(self) -> None:
        self._given: _Provenance | None = None

    def give(self, story: Story, links: Sequence[tuple[str, str, str]]) -> None:
        """Take what is to be written."""
        self._given = _Provenance(story, links)

    def extend_ns(self) -> dict[str, str]:
        return {"atom": ATOM, "dc": DC}

    def extend_atom(self, entry: Any) -> Any:
        """Children without a namespace: feedgen's root carries its own as an attribute."""
        assert self._given
        story = self._given.story
        for rel, href, title in self._given.links:
            etree.SubElement(entry, "link", rel=rel, href=legal(href), type="text/html", title=legal(title))
        for enclosure in story.enclosures:
            link = etree.SubElement(entry, "link", rel="enclosure", href=legal(enclosure.url))
            for name, value in _file(enclosure).items():
                link.set(name, value)
        source = etree.SubElement(entry, "source")
        etree.SubElement(source, "id").text = legal(story.source_url)
        etree.SubElement(source, "title").text = legal(story.source_title)
        etree.SubElement(source, "link", rel="self", href=legal(story.source_url))
        return entry

    def extend_rss(self, entry: Any) -> Any:
        assert self._given
        for rel, href, title in self._given.links:
            etree.SubElement(entry, f"{{{ATOM}}}link", rel=rel, href=legal(href), type="text/html", title=legal(title))
        if self._given.story.author:
            etree.SubElement(entry, f"{{{DC}}}creator").text = legal(self._given.story.author)
        return entry


class ProvenanceExtension(BaseExtension):  # type: ignore[misc]
    """Declares on the document what its entries use."""

    def extend_ns(self) -> dict[str, str]:
        return {"atom": ATOM, "dc": DC}


def _file(enclosure: Enclosure) -> dict[str, str]:
    given = {"type": enclosure.type, "length": str(enclosure.length) if enclosure.length else None}
    return {name: legal(value) for name, value in given.items() if value}
