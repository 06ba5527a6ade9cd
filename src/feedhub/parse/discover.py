"""The feeds that a web page points to. Pure."""

from __future__ import annotations

from html.parser import HTMLParser

from feedhub import urls
from feedhub.parse.decode import decode

MOST = 10  # candidates that are worth a look

_TYPES = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml"}
_PATHS = (".rss", ".xml", ".rdf", ".atom", "/feed", "/rss")


def feed_links(body: bytes, content_type: str | None, url: str) -> list[str]:
    """Addresses of feeds, the declared ones first, then links that look like feeds; never raises."""
    finder = _Finder()
    try:
        finder.feed(decode(body, content_type).text)
    except (AssertionError, ValueError):  # html.parser gives up on some malformed declarations
        pass
    base = urls.absolute(url, finder.base) or url
    found = [urls.absolute(base, link) for link in (*finder.declared, *finder.linked)]
    return list(dict.fromkeys(link for link in found if link))[:MOST]


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.declared: list[str] = []
        self.linked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        href = given.get("href", "")
        if tag == "base" and href:
            self.base = self.base or href
        elif tag == "link" and href and "alternate" in given.get("rel", "").lower().split():
            if given.get("type", "").split(";")[0].strip().lower() in _TYPES:
                self.declared.append(href)
        elif tag == "a" and href.lower().split("?")[0].rstrip("/").endswith(_PATHS):
            self.linked.append(href)
