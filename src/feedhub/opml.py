"""Lists of feeds: OPML, which other readers understand, and plain lines."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from html import unescape
from itertools import islice

from lxml import etree

from feedhub import urls
from feedhub.errors import FeedhubError
from feedhub.markup import plain_title
from feedhub.model import NamedFeed, Settings, Source, Topic
from feedhub.text import legal, one_line

DEEPEST = 20  # folders in one another that become tags
MOST_TAGS = 50  # of one feed


def read_opml(data: bytes) -> list[NamedFeed]:
    """The feeds in an OPML file, each address once; raises FeedhubError if it is none.

    Many files are not well-formed: titles have bare & and quotation marks. These are scanned tag by tag, so that no
    address is lost.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        text = data.decode("utf-8", "replace")
        if not re.search(r"<opml\b", text, re.I) or not re.search(r"<body\b", text, re.I):
            raise FeedhubError(f"not an OPML file: {getattr(error, 'msg', error)}") from None
        return _once(_scanned(text))
    if root.tag.lower() != "opml":
        raise FeedhubError(f"not an OPML file: it is <{root.tag}>")
    body = root.find("body")
    if body is None:
        raise FeedhubError("not an OPML file: it has no <body>")
    return _once((*_outlines(body, ()), *_outlines(root, ())))


def _once(found: Iterable[NamedFeed]) -> list[NamedFeed]:
    """The feeds with each address once, with the tags of every place where it is."""
    kept: dict[str, NamedFeed] = {}
    for one in found:
        address = urls.asked(one.url)
        known = kept.setdefault(address, one)
        kept[address] = replace(known, tags=tuple(dict.fromkeys((*known.tags, *one.tags)))[:MOST_TAGS])
    return list(kept.values())


def read_list(data: bytes, url: str) -> list[NamedFeed]:
    """The feeds that a list at `url` names, OPML or one address a line; raises FeedhubError where it names none.

    Web addresses alone: a list that others write names no files.
    """
    named = read_opml(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _lines(data)
    found = [replace(one, url=whole) for one in named if (whole := urls.absolute(url, one.url))]
    if not found:
        raise FeedhubError("it names no feeds")
    return list({urls.asked(one.url): one for one in found}.values())


def _lines(data: bytes) -> Iterator[NamedFeed]:
    """An address, and perhaps a title, in each line; # begins a remark."""
    for line in data.decode("utf-8", "replace").lstrip("\ufeff").splitlines():
        address, _, title = line.strip().partition(" ")
        if "://" in address and not address.startswith("#"):
            yield NamedFeed(url=address, title=plain_title(title) or address)


def _outlines(parent: etree._Element, folders: tuple[str, ...]) -> Iterator[NamedFeed]:
    for outline in parent.iterchildren("outline"):
        attributes = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        inside = folders
        if (found := _feed(attributes, folders)) is not None:
            yield found
        elif title := _title(attributes):
            inside = (*folders, title)
        yield from _outlines(outline, inside)


# None of these expressions backtracks: others write these files, and may mean harm.
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([\w:.-]++)\s*+=\s*+(["'])""")
_VALUE_END = re.compile(r"""["'](?=\s++[\w:.-]++\s*+=|\s*+/?>|\s*+$)""")
_TAG = re.compile(r"<outline\b(.*?)(?=<outline\b|</outline\b|</body\b|$)|(</outline\b)", re.S | re.I)
_FEED_SCHEME = re.compile(r"^feed:(//)?(?!//)", re.I)  # "feed://host/" and "feed:https://host/"
_COMMENT = re.compile(r"<!--.*?-->", re.S)


def _scanned(text: str) -> Iterator[NamedFeed]:
    """The feeds of a file that is no XML."""
    open_: list[str] = []  # the open folders, "" for outlines that are none
    comments = text.rfind("-->") + len("-->")  # beyond this none is closed
    for tag in _TAG.finditer(_COMMENT.sub("", text[:comments]) + text[comments:]):
        if tag[2]:
            del open_[-1:]
            continue
        attributes = {name.lower(): unescape(value) for name, value in _attributes(tag[1])}
        found = _feed(attributes, tuple(filter(None, open_[:DEEPEST])))
        if found is not None:
            yield found
        if not tag[1].rstrip().endswith("/>"):
            open_.append("" if found else _title(attributes))


def _attributes(tag: str) -> Iterator[tuple[str, str]]:
    """The attributes of a tag; a value ends at the quotation mark before another attribute or the end of the tag."""
    ends: dict[str, list[int]] = {'"': [], "'": []}
    for end in _VALUE_END.finditer(tag):
        ends[end[0]].append(end.start())
    at = 0
    while start := _ATTRIBUTE.search(tag, at):
        at = start.end()
        places = ends[start[2]]
        if (place := bisect_left(places, at)) < len(places):
            yield start[1], tag[at : places[place]]
            at = places[place] + 1


def _feed(attributes: Mapping[str, str], folders: tuple[str, ...]) -> NamedFeed | None:
    """The feed that an outline subscribes to, if any; its folders and categories are its tags."""
    url = _FEED_SCHEME.sub(lambda match: "http://" if match[1] else "", attributes.get("xmlurl", "").strip())
    if not url:
        return None
    categories = (plain_title(part) for part in re.split("[,/]", attributes.get("category", "")))
    tags = dict.fromkeys((*folders, *islice(filter(None, categories), MOST_TAGS)))
    return NamedFeed(url=url, title=_title(attributes) or url, tags=tuple(tags))


def _title(attributes: Mapping[str, str]) -> str:
    return plain_title(attributes.get("title") or attributes.get("text") or "")


def sources_opml(sources: Iterable[Source]) -> bytes:
    """The sources, for other readers."""
    return _document("Sources of feedhub", map(_source, sources))


def public(sources: Iterable[Source]) -> list[Source]:
    """Sources as strangers may see them: without passwords, and without what only this machine can read."""
    shown = (source for source in sources if source.enabled and not source.url.startswith("file:"))
    return [replace(source, url=urls.redacted(source.url)) for source in shown]


def _source(source: Source) -> dict[str, str]:
    """Tags as other readers write them: `category`, with commas between."""
    tags = {"category": ",".join(tag.replace(",", " ") for tag in source.tags)} if source.tags else {}
    language = {"language": source.language} if source.language else {}
    return {"text": source.title, "title": source.title, "type": "rss", "xmlUrl": source.url, **language, **tags}


def topics_opml(settings: Settings) -> bytes:
    """Every topic that is not private, to subscribe to all at once."""
    public = (topic for topic in settings.topics if not topic.private)
    return _document("feedhub", (_topic(topic, f"{settings.public_url}/topics/{topic.id}") for topic in public))


def _topic(topic: Topic, page: str) -> dict[str, str]:
    named = {"text": topic.title, "title": topic.title, "type": "rss", "xmlUrl": f"{page}.atom", "htmlUrl": page}
    return named | ({"description": topic.description} if topic.description else {})


def _document(title: str, outlines: Iterable[dict[str, str]]) -> bytes:
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = one_line(title)
    body = etree.SubElement(root, "body")
    for attributes in outlines:
        outline = etree.SubElement(body, "outline")
        for name, value in attributes.items():
            outline.set(name, legal(value))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
