"""The feeds that a web page points to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

from feedhub import urls

MOST = 10  # of each kind that are worth a look
HEAD = 300_000  # characters of a page that are looked through

_TYPES = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml"}
_PATHS = (".rss", ".xml", ".rdf", ".atom", "/feed", "/rss")
_COMMON = (  # where the software of blogs and papers puts its feeds, the most frequent first
    "feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json", "index.rdf", "feeds/posts/default",
)  # fmt: skip
_LISTS = ("feeds.opml", "opml", "opml.xml", "index.opml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointers:
    """Where a page says, or lets one guess, that feeds are; addresses are absolute."""

    declared: tuple[str, ...]  # by <link rel=alternate>: what the page says itself
    linked: tuple[str, ...]  # links to what looks like a feed
    lists: tuple[str, ...]  # OPML files


def pointers(page: str, url: str) -> Pointers:
    """What a page at `url` points to; never raises."""
    finder = _Finder()
    try:
        finder.feed(page[:HEAD])
    except (AssertionError, ValueError):  # html.parser gives up on some malformed declarations
        pass
    base = urls.absolute(url, finder.base) or url

    def whole(links: list[str]) -> tuple[str, ...]:
        found = (urls.absolute(base, link) for link in links)
        return tuple(dict.fromkeys(link for link in found if link and link != url))[:MOST]

    return Pointers(declared=whole(finder.declared), linked=whole(finder.linked), lists=whole(finder.lists))


def common_places(url: str) -> list[str]:
    """Where a site that declares no feed may have one all the same: below the page's own path, then at the root."""
    page = url if url.endswith("/") else f"{url}/"
    near = [urls.absolute(page, place) for place in _COMMON[:2]] if page.count("/") > 3 else []
    root = [urls.absolute(url, f"/{place}") for place in _COMMON]
    return list(dict.fromkeys(place for place in (*near, *root) if place))


def common_lists(url: str) -> list[str]:
    """Where sites put an OPML list of their feeds."""
    return [place for name in _LISTS if (place := urls.absolute(url, f"/{name}"))]


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.declared: list[str] = []
        self.linked: list[str] = []
        self.lists: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        href = given.get("href", "")
        if tag == "base" and href:
            self.base = self.base or href
        elif tag == "link" and href:
            self._declared(href, given.get("rel", "").lower().split(), _type(given.get("type", "")))
        elif tag == "a":
            path = href.lower().split("?")[0].split("#")[0].rstrip("/")
            if path.endswith(_PATHS):
                self.linked.append(href)
            elif path.endswith(".opml"):
                self.lists.append(href)

    def _declared(self, href: str, relations: list[str], kind: str) -> None:
        if kind == "text/x-opml" or "blogroll" in relations:
            self.lists.append(href)
        elif "alternate" in relations and kind in _TYPES:
            self.declared.append(href)


def _type(written: str) -> str:
    return written.split(";")[0].strip().lower()
