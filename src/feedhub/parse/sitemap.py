"""Google News sitemaps: headline, date and language of a site's latest articles, where there is no feed. Pure."""

from __future__ import annotations

import re
from html import escape
from xml.etree import ElementTree as Xml

from feedhub.markup import spelled
from feedhub.model import ParsedFeed, ParseFailure, RawEntry
from feedhub.parse.dates import parse_date
from feedhub.text import strip_illegal

_NEWS = re.compile(r"https?://www\.google\.com/schemas/sitemap-news/0\.9")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_START = 3_000  # characters in which the root declares its namespaces


def read(text: str, timezone: str) -> ParsedFeed | ParseFailure | None:
    """The articles of a news sitemap; None when it is something else."""
    if "urlset" not in text[:_START] or not _NEWS.search(text[:_START]):
        return None
    try:
        root = Xml.fromstring(_DECLARATION.sub("", strip_illegal(text)))  # noqa: S314, in a process with limits
    except Xml.ParseError as error:
        return ParseFailure(kind="parse", message=f"a news sitemap that is cut or malformed: {error}")
    found = [_entry(address, timezone) for address in root.iter() if _name(address) == "url"]
    entries = tuple(entry for entry in found if entry)
    names = {entry.author for entry in entries if entry.author}
    return ParsedFeed(title=names.pop() if len(names) == 1 else "", entries=entries)


def _entry(address: Xml.Element, timezone: str) -> RawEntry | None:
    """One article; None for an address that is no news."""
    said = {_name(element): (element.text or "").strip() for element in address.iter() if not len(element)}
    if not said.get("loc") or not said.get("title"):
        return None
    return RawEntry(
        guid=said["loc"],
        link=said["loc"],
        title=escape(spelled(said["title"]), quote=False),
        author=said.get("name"),
        published=parse_date(said.get("publication_date", ""), timezone),
        language=said.get("language"),
        tags=tuple(tag.strip() for tag in said.get("keywords", "").split(",") if tag.strip()),
        image=_image(address),
    )


def _image(address: Xml.Element) -> str | None:
    """The first picture, of whose own title and caption nothing is wanted."""
    places = [element for element in address.iter() if _name(element) == "image:loc"]
    return (places[0].text or "").strip() or None if places else None


def _name(element: Xml.Element) -> str:
    """Without its namespace; what belongs to a picture is called otherwise."""
    space, _, name = element.tag.rpartition("}")
    return f"image:{name}" if "sitemap-image" in space else name
