"""What a document is that is no feed, said so that an editor knows what to do. Pure."""

from __future__ import annotations

import html
import re

from feedhub.model import ParseFailure
from feedhub.parse.discover import pointers
from feedhub.text import excerpt, one_line

_TITLE = re.compile(r"<title[^>]*>(.{0,500}?)</title", re.I | re.S)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta|script)\b", re.I)
_ROOT = re.compile(r"<(?![?!])\s*([\w.:-]+)")
_KNOWN = {  # root elements that are often taken for a feed's
    "opml": "an OPML list of feeds",
    "urlset": "a sitemap without news",
    "sitemapindex": "a sitemap",
    "opensearchdescription": "an OpenSearch description",
}
_START = 2_000  # characters in which a page says what it is


def not_a_feed(text: str, content_type: str | None, url: str) -> ParseFailure:
    """The failure that says what came instead, and of a web page which feed it declares."""
    message = f"{_what(text, content_type)}, not a feed"
    declared = pointers(text, url).declared if _HTML.search(text[:_START]) else ()
    if not declared:
        return ParseFailure(kind="not-a-feed", message=message)
    feed = declared[0]
    return ParseFailure(kind="not-a-feed", message=f"{message}; the feed it declares is {feed}", feed=feed)


def _what(text: str, content_type: str | None) -> str:
    start = text[:_START]
    if not text.strip():
        return "an empty document"
    if start.startswith(("{", "[")):
        return "JSON without the version of a JSON Feed"
    root = _ROOT.search(start)
    if root and (known := _KNOWN.get(root[1].lower())):
        return known
    if _HTML.search(start):
        title = _TITLE.search(text[:50_000])
        named = excerpt(one_line(html.unescape(title[1])), 80) if title else ""
        return f"an HTML page titled {named!r}" if named else "an HTML page"
    if root:
        return f"XML whose root is <{root[1][:60]}>"
    kind = one_line((content_type or "").split(";")[0])[:60]
    return f"text that begins {excerpt(one_line(start), 40)!r}" + (f" ({kind})" if kind else "")
