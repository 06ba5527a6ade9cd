"""JSON Feed 1.0 and 1.1. Pure. Tolerant: what has the wrong type is passed over."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from feedhub import urls
from feedhub.markup import spelled
from feedhub.model import Enclosure, ParsedFeed, ParseFailure, RawEntry
from feedhub.parse.dates import parse_date
from feedhub.text import strip_illegal
from feedhub.websub import links

MOST_DIGITS = 18  # of a number that is read as one: SQLite's integers have them all

_VERSION = re.compile(r"jsonfeed\.org/version/1")


def read(text: str, *, url: str, timezone: str) -> ParsedFeed | ParseFailure | None:
    """The feed; a failure when it is cut or malformed; None when it is other JSON, or not JSON at all."""
    try:
        document = json.loads(text, strict=False, parse_int=_number)  # line breaks within strings are met
    except json.JSONDecodeError as error:
        return _malformed(error) if _VERSION.search(text) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not _VERSION.search(_text(document, "version")):
        return None
    entries = [entry for entry in _list(document, "items") if isinstance(entry, dict)]
    return ParsedFeed(
        title=_text(document, "title"),
        language=_text(document, "language") or None,
        entries=tuple(_entry(entry, document, url, timezone) for entry in entries),
        offer=links(_links(document), url),
    )


def _number(digits: str) -> int | str:
    """An absurdly long one stays what was written, which an id may be; no figure of a feed needs so many digits."""
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def _links(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Its hubs of the WebSub kind, and its own address, as (rel, href)."""
    hubs = [hub for hub in _list(document, "hubs") if isinstance(hub, dict) and _text(hub, "type").lower() == "websub"]
    named = [("hub", _text(hub, "url")) for hub in hubs] + [("self", _text(document, "feed_url"))]
    return [(rel, href) for rel, href in named if href]


def _malformed(error: json.JSONDecodeError) -> ParseFailure:
    """JSON has no reading of a part: a closing bracket says which list an object was in."""
    return ParseFailure(
        kind="parse",
        message=f"a JSON Feed that is cut or malformed at line {error.lineno}, column {error.colno}: {error.msg}",
    )


def _entry(entry: dict[str, Any], document: dict[str, Any], url: str, timezone: str) -> RawEntry:
    plain = _text(entry, "content_text")
    image = _text(entry, "image") or _text(entry, "banner_image")
    return RawEntry(
        guid=_id(entry),
        link=_text(entry, "url") or _text(entry, "external_url") or None,
        title=spelled(_text(entry, "title")),
        summary=html.escape(_text(entry, "summary"), quote=False),
        content=_text(entry, "content_html") or "<br>".join(html.escape(plain, quote=False).splitlines()),
        author=_author(entry) or _author(document),
        published=parse_date(_text(entry, "date_published"), timezone),
        updated=parse_date(_text(entry, "date_modified"), timezone),
        language=_text(entry, "language") or None,
        tags=tuple(strip_illegal(tag) for tag in _list(entry, "tags") if isinstance(tag, str)),
        enclosures=tuple(_attachments(entry, url)),
        image=urls.absolute(url, image) if image else None,
    )


def _id(entry: dict[str, Any]) -> str | None:
    """Ids are strings; numbers are met, and mean their digits."""
    given = entry.get("id")
    return strip_illegal(str(given)) or None if isinstance(given, str | int | float) else None


def _author(of: dict[str, Any]) -> str | None:
    """`authors` of 1.1, `author` of 1.0."""
    authors = [*_list(of, "authors"), of.get("author")]
    names = [_text(author, "name") for author in authors if isinstance(author, dict)]
    return ", ".join(name for name in names if name) or None


def _attachments(entry: dict[str, Any], url: str) -> list[Enclosure]:
    found = []
    for one in _list(entry, "attachments"):
        address = urls.absolute(url, _text(one, "url")) if isinstance(one, dict) and _text(one, "url") else None
        if address:
            size = one.get("size_in_bytes")
            length = size if isinstance(size, int) and size > 0 else None
            found.append(Enclosure(url=address, type=_text(one, "mime_type") or None, length=length))
    return found


def _text(of: dict[str, Any], key: str) -> str:
    """A string; JSON can write what XML and UTF-8 cannot carry (`\\u0000`, `\\ud800`)."""
    value = of.get(key)
    return strip_illegal(value) if isinstance(value, str) else ""


def _list(of: dict[str, Any], key: str) -> list[Any]:
    value = of.get(key)
    return value if isinstance(value, list) else []
