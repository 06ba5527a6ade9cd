"""Web pages as sources: items chosen by CSS selectors, where a site has no feed. Pure."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from feedhub import urls
from feedhub.manners import Select
from feedhub.markup import spelled
from feedhub.model import ParsedFeed, ParseFailure, RawEntry
from feedhub.parse.dates import parse_date
from feedhub.text import one_line, strip_illegal
from feedhub.websub import links

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST = 500  # items of a page that are read


def read(text: str, select: Select, *, url: str, timezone: str) -> ParsedFeed | ParseFailure:
    """The items of a page; a failure where nothing matches, since then the page was probably rebuilt."""
    from lxml import etree, html  # in workers only, and only where pages are read

    parser = html.HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True)
    try:
        root = html.document_fromstring(strip_illegal(text).encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        return ParseFailure(kind="not-a-feed", message=f"not a web page: {one_line(str(error))}")
    items = root.cssselect(select.items)[:MOST]
    if not items:
        return ParseFailure(kind="not-a-feed", message=f"nothing in the page matches items = {select.items!r}")
    base = url
    if (stated := root.find(".//base[@href]")) is not None:
        base = urls.absolute(url, stated.get("href") or "") or base
    found = [_entry(item, select, base, timezone) for item in items]
    entries = tuple(entry for entry in found if entry)
    if not entries:
        return ParseFailure(
            kind="not-a-feed", message=f"none of the {len(items)} items has anything that matches {select.title!r}"
        )
    said = ((link.get("rel") or "", link.get("href") or "") for link in root.iter("link"))
    title = one_line(root.findtext(".//title") or "")
    return ParsedFeed(title=title, entries=entries, offer=links(said, base))


def _entry(item: _Element, select: Select, base: str, timezone: str) -> RawEntry | None:
    """One item; None for one without a headline."""
    headline = _first(item, select.title)
    title = _text(headline)
    if not title:
        return None
    link = _link(item, headline, select, base)
    date = _first(item, select.date) if select.date else None
    body = _first(item, select.text) if select.text else None
    return RawEntry(
        guid=link,
        link=link,
        title=escape(spelled(title), quote=False),
        summary=_markup(body),
        base=base,
        published=_date(date, timezone),
    )


def _first(item: _Element, selector: str) -> _Element | None:
    """The first match within an item, or the item itself where it matches."""
    found = item.cssselect(selector)
    return found[0] if found else None


def _link(item: _Element, headline: _Element | None, select: Select, base: str) -> str | None:
    """What the link selector finds, else the headline's own link or one around it, else the item's first."""
    if select.link:
        candidates = [_first(item, select.link)]
    else:
        near = [headline, *headline.iterancestors("a")] if headline is not None else []
        inside = [] if headline is None else [_first(headline, "a[href]")]
        candidates = [*near, *inside, item, _first(item, "a[href]")]
    for element in candidates:
        href = element.get("href") if element is not None else None
        if href and (link := urls.absolute(base, href)):
            return link
    return None


def _date(element: _Element | None, timezone: str) -> datetime | None:
    """A `datetime` attribute says it better than the words for people."""
    if element is None:
        return None
    stated = element.get("datetime") or element.get("content") or ""
    return parse_date(stated, timezone) or parse_date(_text(element), timezone)


def _text(element: _Element | None) -> str:
    return "" if element is None else one_line("".join(str(part) for part in element.itertext()))


def _markup(element: _Element | None) -> str:
    from lxml import etree

    return "" if element is None else etree.tostring(element, encoding="unicode", method="html", with_tail=False)
