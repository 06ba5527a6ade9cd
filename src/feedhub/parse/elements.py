"""The elements of entries as feedparser knows them: those that nearly all feeds are made of, and those passed over.

Names are `prefix:name` in lower case, with the prefix by which feedparser knows a namespace.
"""

from __future__ import annotations

from feedparser.mixin import _FeedParserMixin

PREFIXES = {space.lower(): prefix for space, prefix in _FeedParserMixin.namespaces.items()}
ENTRIES = ("item", "entry")
HOMES = {("rss", "channel"): "item", ("rdf",): "item", ("feed",): "entry"}  # root and channel -> entry
SPACES = frozenset({  # that entries may be of
    "", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://www.w3.org/2005/atom",
    "http://purl.org/atom/ns#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
})  # fmt: skip
DATES = {
    "pubdate": "published", "published": "published", "issued": "published", "dcterms:issued": "published",
    "updated": "updated", "modified": "updated", "dc:date": "updated", "dcterms:modified": "updated",
    "created": "created", "dcterms:created": "created",
}  # fmt: skip
AUTHORS = {"author", "dc:creator", "itunes:author"}
TAGS = {"category", "dc:subject"}
TEXTS = {
    "title": "title", "description": "summary", "summary": "summary", "content:encoded": "content",
    "content": "content",
}  # fmt: skip
READ = {*DATES, *AUTHORS, *TAGS, *TEXTS, "link", "guid", "id", "enclosure", "media:content", "media:thumbnail"}
PASSED_OVER = {
    "comments", "source", "rights", "contributor", "dc:language", "dc:publisher", "dc:identifier", "dc:rights",
    "dc:type", "dc:format", "dc:source", "media:credit", "media:copyright", "media:rating", "media:restriction",
    "itunes:explicit", "itunes:block", "itunes:duration", "itunes:subtitle", "itunes:episode", "itunes:season",
    "itunes:episodetype",
}  # fmt: skip
SPACES_PASSED_OVER = {"unknown", "slash", "wfw", "thr", "feedburner", "georss", "geo", "trackback", "pingback", "sy"}
WITHIN = {  # what may stand in an element of an entry; of all but the author it is passed over
    "author": {"name", "email", "uri", "url"},
    "contributor": {"name", "email", "uri", "url"},
    "source": {"title", "id", "updated", "link", "rights", "icon", "logo", "generator", "author", "name", "uri"},
}
KINDS = {
    None: "text/plain", "text": "text/plain", "text/plain": "text/plain", "html": "text/html",
    "text/html": "text/html",
}  # fmt: skip
PAGES = {"text/html", "html", "application/xhtml+xml", "xhtml"}
