"""One feed document, from bytes to a value. Pure but for feedparser's own globals, and what is remembered of channels;
runs in a child process.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache
from io import BytesIO
from xml.sax import SAXParseException

import feedparser

from feedhub.manners import Select
from feedhub.model import ParsedFeed, ParseFailure
from feedhub.parse import guards, jsonfeed, page, plain, sitemap
from feedhub.parse.decode import decode
from feedhub.parse.entries import entry_of, parts
from feedhub.parse.hints import wishes
from feedhub.parse.recognise import not_a_feed
from feedhub.parse.trimming import Outlined, outline, outlined_at
from feedhub.text import one_line
from feedhub.websub import links

_CLOSED = re.compile(r"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.I)
MOST = 2_000  # entries that are read of each end of a longer document: its newest are at one of them
CHANNELS = 500  # of which it is remembered what they say, 3 KB each
LONGEST = 2_000  # bytes around the entries of these, which 99 of 100 keep to; hostile ones take 20 times as many
_END = 4_000  # characters in which a complete document closes its root; scripts of ad servers may follow it
_ENTRY = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)\b", re.I)
_ASKED = ("title", "language", "links")  # of a channel

# A guid is a name: kept as given, where feedparser would make it absolute by xml:base, and a feed that moves
# to another host would bring all its entries again.
feedparser.mixin._FeedParserMixin.can_be_relative_uri.discard("id")
guards.install()

# Its own choice is a driver that hardly anybody has: Python would look for it again for each document.
feedparser.api.PREFERRED_XML_PARSERS[:] = ["feedhub.parse.driver"]

# The text is UTF-8 by now. No "base": feedparser leaks it from one entry to the next; links are resolved later.
_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def parse_document(
    body: bytes,
    *,
    content_type: str | None,
    url: str,
    timezone: str,
    select: Select | None = None,
    known: Container[bytes] = frozenset(),
) -> ParsedFeed | ParseFailure:
    """Read a feed, or a page by `select`; `url` is where it came from, `timezone` is for dates without a zone.

    Entries whose marks are `known` are left out, where the document is plain enough for that.
    """
    decoded = decode(body, content_type)
    text = decoded.text
    if select:
        return page.read(text, select, url=url, timezone=timezone)
    if text.startswith(("{", "[")):
        return jsonfeed.read(text, url=url, timezone=timezone) or not_a_feed(text, content_type, url)
    if (news := sitemap.read(text, timezone)) is not None:
        return news
    text = guards.proportioned(text)
    if guards.too_deep(text):
        return ParseFailure(kind="parse-limit", message="the document is nested too deeply")
    return _read(text, decoded.problem, url, timezone, known) or not_a_feed(text, content_type, url)


def _read(
    text: str, slip: str | None, url: str, timezone: str, known: Container[bytes]
) -> ParsedFeed | ParseFailure | None:
    """A feed in XML, with what was wrong with its bytes; None when it is something else."""
    found, marks, left_out = _found(_declared(text).encode(), url, known)
    if not found.entries and not found.get("version"):
        return None
    fault = found.get("bozo_exception") if found.bozo else None
    damage = _fault(fault)
    problem = "; ".join(part for part in (slip, damage) if part)
    truncated = fault is not None and not _CLOSED.search(text[-_END:])
    entries = _whole(found.entries, text, truncated)
    if damage and not entries and _ENTRY.search(text):
        return ParseFailure(kind="parse", message=f"a feed none of whose entries can be read: {problem}")
    atom = (found.get("version") or "").startswith("atom")
    return ParsedFeed(
        title=one_line(found.feed.get("title", "")),
        language=found.feed.get("language") or None,
        entries=tuple(entry_of(entry, url, timezone, atom=atom) for entry in entries),
        marks=marks,
        problem=problem or None,
        truncated=truncated,
        left_out=left_out,
        wishes=wishes(text, timezone),
        offer=links(((link.get("rel", ""), link.get("href", "")) for link in parts(found.feed, "links")), url),
    )


def _whole(entries: list[feedparser.FeedParserDict], text: str, truncated: bool) -> list[feedparser.FeedParserDict]:
    """Without the one over which a document broke off; a tag of which no more came has made no entry."""
    if not truncated:
        return entries
    tags = [tag[1] for tag in _ENTRY.finditer(text, 0, max(0, text.rfind(">") + 1))]
    return entries[:-1] if tags and not tags[-1] else entries


def _found(
    document: bytes, url: str, known: Container[bytes]
) -> tuple[feedparser.FeedParserDict, tuple[bytes, ...], int]:
    """What there is in a document beyond what is known, as feedparser finds it, the marks of all its entries, and how
    many are left out.

    Of a plain document it reads only what stands around the entries, of one that is nearly plain the new entries too.
    """
    read = None if known else plain.read(document, 2 * MOST)
    outlined = outlined_at(document, read.extents, url) if read and read.extents else outline(document, url, known)
    if outlined is None:
        return _parsed(document), (), 0
    if (too_many := len(outlined.extents) - 2 * MOST) > 0:
        found, marks, _ = _found(outlined.ends(MOST), url, known)
        return found, marks, too_many
    rest = outlined.without(known)
    if known:
        read = plain.read(rest, 2 * MOST)
    found = _parsed(rest) if read is None else feedparser.FeedParserDict(_around(outlined), entries=read.entries)
    new = sum(mark not in known for mark in outlined.marks)
    if found.bozo or len(found.entries) != new:
        return _parsed(document), (), 0
    return found, outlined.marks, 0


def _around(outlined: Outlined) -> feedparser.FeedParserDict:
    """What stands around the entries. Where a title's CDATA speaks of comments or dates, it is not to be read without
    what is renewed.
    """
    if len(outlined.around) <= LONGEST and not (found := _channel(outlined.around)).bozo:
        return found
    return _parsed(outlined.without(outlined.marks))


@lru_cache(CHANNELS)
def _channel(around: bytes) -> feedparser.FeedParserDict:
    """What a channel says, which is mostly what it said: feedparser takes a quarter of a document's time for it."""
    found = _parsed(around)
    found["feed"] = {name: found.feed[name] for name in _ASKED if name in found.feed}
    return found


def _parsed(document: bytes) -> feedparser.FeedParserDict:
    return feedparser.parse(
        BytesIO(document), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
    )


def _declared(text: str) -> str:
    """With a declaration: feedparser would put one on a line of its own, and line numbers would be one too high."""
    return text if text.startswith("<?xml") else f'<?xml version="1.0" encoding="utf-8"?>{text}'


def _fault(error: Exception | None) -> str | None:
    """What is wrong with a document that could be read all the same."""
    if error is None or isinstance(error, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType):
        return None
    if isinstance(error, SAXParseException):
        said = one_line(error.getMessage()).removeprefix("not well-formed ").strip("()")  # expat's "(invalid token)"
        return f"not well-formed at line {error.getLineNumber()}: {said}"
    return one_line(str(error))[:200] or type(error).__name__
