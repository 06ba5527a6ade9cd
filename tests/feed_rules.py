"""Rules that feeds are held to, as tables: RSS 2.0, and what feed validators say of Atom beside its schema.

After the RSS Advisory Board's specification and profile, and the errors and warnings of the W3C's feed validator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from lxml import etree

ATOM, DC, CONTENT, MEDIA = (
    "{http://www.w3.org/2005/Atom}", "{http://purl.org/dc/elements/1.1/}",
    "{http://purl.org/rss/1.0/modules/content/}", "{http://search.yahoo.com/mrss/}",
)  # fmt: skip
Check = Callable[[str], bool]


def address(value: str) -> bool:
    """An absolute address in ASCII, of a scheme that readers know."""
    parts = urlsplit(value)
    return value.isascii() and not re.search(r'[\s<>"{}|\\^`]', value) and parts.scheme in ("http", "https", "file")


def date(value: str) -> bool:
    """RFC 822 with a year of four figures, and the right day of the week."""
    if not re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|GMT)", value):
        return False
    return parsedate_to_datetime(value).strftime("%a") == value[:3]


def whole(value: str) -> bool:
    """A number of bytes or minutes."""
    return bool(re.fullmatch(r"\d+", value))


def media(value: str) -> bool:
    """A media type."""
    return bool(re.fullmatch(r'[^\s()<>,;:\\"/\[\]?=]+/[^\s()<>,;:\\"/\[\]?=]+(\s*;.*)?', value))


def language(value: str) -> bool:
    """A language as RSS and Dublin Core write it."""
    return bool(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value))


def words(value: str) -> bool:
    """Something to read."""
    return bool(value.strip())


def email(value: str) -> bool:
    """RSS has authors by their address alone."""
    return bool(re.match(r"[^@\s]+@[^@\s]+\.[^@\s]+", value))


CHANNEL_NEEDS, ITEM_NEEDS = ("title", "link", "description", f"{ATOM}link"), ("title", "description", "guid", "pubDate")
MANY = {"item", "category", f"{ATOM}link"}  # what may stand more than once; an item's enclosure may not
TEXTS: Mapping[str, Check] = {
    "channel/title": words, "channel/link": address, "channel/description": words, "channel/language": language,
    "channel/lastBuildDate": date, "channel/pubDate": date, "channel/ttl": whole, "channel/docs": address,
    "channel/generator": words, "channel/managingEditor": email, "channel/webMaster": email,
    "image/url": address, "image/title": words, "image/link": address,
    "item/title": words, "item/link": address, "item/description": words, "item/author": email, "item/guid": words,
    "item/pubDate": date, "item/category": words, "item/source": words, "item/comments": address,
    f"item/{CONTENT}encoded": words, f"item/{DC}creator": words, f"item/{DC}language": language,
    f"item/{DC}coverage": words,
}  # fmt: skip
ATTRIBUTES: Mapping[str, Mapping[str, Check]] = {  # all of them required, and no others
    "enclosure": {"url": address, "length": whole, "type": media},
    "source": {"url": address},
    "guid": {"isPermaLink": lambda value: value == "false"},
    f"{MEDIA}thumbnail": {"url": address},
}


def rss(document: bytes) -> list[str]:
    """What is wrong with an RSS document."""
    root = etree.fromstring(document)
    channel = root.find("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or channel is None:
        return ["no RSS 2.0"]
    return [*_element(channel, CHANNEL_NEEDS), *_channel(channel), *_relative(root, f".//{CONTENT}encoded")]


def _channel(channel: etree._Element) -> Iterator[str]:
    image = channel.find("image")
    if image is not None:
        yield from _element(image, ("url", "title", "link"))
        for name in ("title", "link"):
            if image.findtext(name) != channel.findtext(name):
                yield f"the image's {name} is not the channel's"
    guids = [item.findtext("guid") for item in channel.findall("item")]
    if len(set(guids)) < len(guids):
        yield "two items have one guid"
    if [link.get("rel") for link in channel.findall(f"{ATOM}link")].count("self") != 1:
        yield "the channel has not one link to itself"
    for item in channel.findall("item"):
        yield from _element(item, ITEM_NEEDS)
        names = [child.tag for child in item]
        encoded = f"{CONTENT}encoded"
        if encoded in names and names.index("description") > names.index(encoded):
            yield "the description comes after the content"
        if item.find("author") is not None and item.find(f"{DC}creator") is not None:
            yield "author and creator say the same"


def _element(element: etree._Element, needs: tuple[str, ...]) -> Iterator[str]:
    """Names, texts and attributes of an element's children."""
    kind = str(element.tag)
    names = [str(child.tag) for child in element]
    yield from (f"{kind} is without {name}" for name in needs if name not in names)
    yield from (f"{kind} has two of {name}" for name in set(names) - MANY if names.count(name) > 1)
    for child in element:
        check = TEXTS.get(f"{kind}/{child.tag}")
        if check and not check(child.text or ""):
            yield f"{kind}/{child.tag}: {child.text!r}"
        for name, valid in ATTRIBUTES.get(str(child.tag), {}).items():
            if not valid(str(child.get(name, ""))):
                yield f"{child.tag}/@{name}: {child.get(name)!r}"
        if child.tag == "category" and "domain" in child.attrib and not address(str(child.get("domain"))):
            yield f"category/@domain: {child.get('domain')!r}"
        if child.tag == f"{ATOM}link" and not address(str(child.get("href"))):
            yield f"atom:link/@href: {child.get('href')!r}"


def atom(document: bytes) -> list[str]:
    """What is wrong with an Atom document that the schema does not see."""
    feed = etree.fromstring(document)
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    problems = [*_links(feed), *_relative(feed, f".//{ATOM}content")]
    problems += ["two entries have one id"] if len(set(ids)) < len(ids) else []
    for identity in feed.iter(f"{ATOM}id"):
        if not re.match(r"[a-z][a-z0-9+.-]*:\S+$", identity.text or ""):
            problems.append(f"id {identity.text!r}")
    for entry in feed.findall(f"{ATOM}entry"):
        problems += _links(entry)
        if (entry.findtext(f"{ATOM}updated") or "") < (entry.findtext(f"{ATOM}published") or ""):
            problems.append("an entry was updated before it was published")
        for source in entry.findall(f"{ATOM}source"):
            lacking = [name for name in ("id", "title", "updated") if not source.findtext(f"{ATOM}{name}")]
            problems += [f"source is without {name}" for name in lacking]
        for tag in (f"{DC}creator", f"{DC}date"):
            problems += [f"{tag} says again what Atom says"] if entry.find(tag) is not None else []
    return problems


def _links(element: etree._Element) -> Iterator[str]:
    found = [
        (link.get("rel", "alternate"), link.get("type"), link.get("href")) for link in element.findall(f"{ATOM}link")
    ]
    once = [link[:2] for link in found if link[0] in ("alternate", "self")]
    yield from (f"two links {link}" for link in set(once) if once.count(link) > 1)
    yield from (f"link {link}" for link in set(found) if found.count(link) > 1 or not urlsplit(link[2] or "").scheme)
    if not [link for link in found if link[0] == "alternate"]:
        yield "no link to a page"


_LINK = re.compile(r'\b(?:href|src)="([^"]*)"')


def _relative(root: etree._Element, path: str) -> Iterator[str]:
    for content in root.iterfind(path):
        for link in _LINK.findall(content.text or ""):
            if not re.match(r"[a-z]+:", link):
                yield f"relative address {link!r}"
