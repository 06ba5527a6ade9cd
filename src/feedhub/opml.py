"""OPML: lists of feeds that other readers understand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from feedhub.errors import FeedhubError
from feedhub.model import Source
from feedhub.text import legal, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One feed of an OPML file."""

    url: str
    title: str
    page: str | None = None
    tags: tuple[str, ...] = ()  # the folders it stands in, outermost first


def read_opml(data: bytes) -> list[Subscription]:
    """The feeds of a file, each address once; raises FeedhubError where it is no OPML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(data.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FeedhubError(f"not an OPML file: {error}") from None
    body = root.find("body") if root is not None else None
    if body is None:
        raise FeedhubError("not an OPML file: it has no <body>")
    return list({found.url: found for found in _outlines(body, ())}.values())


def _outlines(parent: etree._Element, folders: tuple[str, ...]) -> Iterator[Subscription]:
    for outline in parent.iterchildren("outline"):
        attributes = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        title = one_line(attributes.get("title") or attributes.get("text") or "")
        url = attributes.get("xmlurl", "").strip()
        if url:
            yield Subscription(url=url, title=title or url, page=attributes.get("htmlurl") or None, tags=folders)
        yield from _outlines(outline, folders if url or not title else (*folders, title))


def sources_opml(title: str, sources: Iterable[Source]) -> bytes:
    """The sources, for other readers."""
    return _document(title, ({"text": s.title, "title": s.title, "type": "rss", "xmlUrl": s.url} for s in sources))


def topics_opml(title: str, feeds: Iterable[tuple[str, str, str]]) -> bytes:
    """`(title, feed's address, page's address)` of each topic, to subscribe to all at once."""
    return _document(
        title,
        ({"text": t, "title": t, "type": "rss", "xmlUrl": feed, "htmlUrl": page} for t, feed, page in feeds),
    )


def _document(title: str, outlines: Iterable[dict[str, str]]) -> bytes:
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = one_line(title)
    body = etree.SubElement(root, "body")
    for attributes in outlines:
        outline = etree.SubElement(body, "outline")
        for name, value in attributes.items():
            outline.set(name, legal(value))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
