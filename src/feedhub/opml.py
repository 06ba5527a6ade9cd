"""Lists of feeds: OPML, which other readers understand, and plain lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml import etree

from feedhub import urls
from feedhub.errors import FeedhubError
from feedhub.model import NamedFeed, Source
from feedhub.text import legal, one_line


def read_opml(data: bytes) -> list[NamedFeed]:
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


def read_list(data: bytes, url: str) -> list[NamedFeed]:
    """The feeds that a list at `url` names, OPML or one address a line; raises FeedhubError where it names none.

    Web addresses alone: a list that others write names no files.
    """
    named = read_opml(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _lines(data)
    found = [replace(one, url=whole) for one in named if (whole := urls.absolute(url, one.url))]
    if not found:
        raise FeedhubError("it names no feeds")
    return list({one.url: one for one in found}.values())


def _lines(data: bytes) -> Iterator[NamedFeed]:
    """An address, and perhaps a title, in each line; # begins a remark."""
    for line in data.decode("utf-8", "replace").lstrip("\ufeff").splitlines():
        address, _, title = line.strip().partition(" ")
        if "://" in address and not address.startswith("#"):
            yield NamedFeed(url=address, title=one_line(title) or address)


def _outlines(parent: etree._Element, folders: tuple[str, ...]) -> Iterator[NamedFeed]:
    for outline in parent.iterchildren("outline"):
        attributes = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        title = one_line(attributes.get("title") or attributes.get("text") or "")
        url = attributes.get("xmlurl", "").strip()
        if url:
            yield NamedFeed(url=url, title=title or url, page=attributes.get("htmlurl") or None, tags=folders)
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
