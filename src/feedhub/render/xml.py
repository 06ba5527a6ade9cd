"""Atom 1.0 and RSS 2.0 through feedgen: the frame by its generator, each entry by itself."""

from __future__ import annotations

from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from feedhub import __version__, urls
from feedhub.render.entry import Entry
from feedhub.render.extensions import NAMESPACES, ProvenanceEntryExtension, ProvenanceExtension
from feedhub.render.publication import Publication
from feedhub.render.sheet import EMPTY, Sheet, compose
from feedhub.text import one_line

_CONTENT = {"content": "http://purl.org/rss/1.0/modules/content/"}  # declared by feedgen in RSS


def atom(publication: Publication, before: Sheet = EMPTY) -> Sheet:
    """An Atom 1.0 document; `before` is an earlier state of the same feed."""
    feed = _feed(publication, "atom")
    feed.id(f"urn:uuid:{publication.uuid}")
    feed.subtitle(_description(publication))
    feed.link(href=publication.page, rel="alternate", type="text/html")
    if publication.icon:
        feed.icon(publication.icon)
    return compose(_frame(feed.atom_str(), b"</feed>"), publication.entries, _atom_entry, before)


def rss(publication: Publication, before: Sheet = EMPTY) -> Sheet:
    """An RSS 2.0 document; `before` is an earlier state of the same feed."""
    feed = _feed(publication, "rss")
    feed.link(href=publication.page, rel="alternate")  # RSS takes the last link as the channel's
    feed.ttl(max(1, publication.keep_for() // 60))
    if publication.icon:
        feed.image(publication.icon, one_line(publication.title), publication.page)
    return compose(_frame(feed.rss_str(), b"</channel>"), publication.entries, _item, before)


def _feed(publication: Publication, suffix: str) -> Any:
    feed = FeedGenerator()
    feed.register_extension("provenance", ProvenanceExtension, ProvenanceEntryExtension)
    feed.provenance.give(publication)
    feed.title(one_line(publication.title))
    feed.description(_description(publication))
    kind = "application/atom+xml" if suffix == "atom" else "application/rss+xml"
    feed.link(href=publication.feed(suffix), rel="self", type=kind)
    updated = publication.updated.replace(microsecond=0)
    feed.updated(updated)  # else both default to the time of rendering, and every rendering differs
    feed.lastBuildDate(updated)
    feed.generator("feedhub", version=__version__)
    if publication.language:
        feed.language(publication.language)
    return feed


def _description(publication: Publication) -> str:
    return one_line(publication.description) or one_line(publication.title)


def _frame(document: bytes, end: bytes) -> tuple[bytes, bytes]:
    """The document before and after the place of its entries."""
    at = document.rindex(end)
    return document[:at], document[at:]


def _atom_entry(entry: Entry) -> bytes:
    made = _begun(entry)
    made.published(entry.published)
    made.updated(entry.updated)
    made.link(href=entry.link)
    made.content(entry.html, type="html")
    made.author({"name": entry.author})
    return _bytes(made.atom_entry(), NAMESPACES)


def _item(entry: Entry) -> bytes:
    made = _begun(entry)
    made.guid(entry.id, permalink=False)
    made.pubDate(entry.published)
    made.link(href=urls.in_ascii(entry.link))
    made.description(escape(entry.summary, quote=False) or "…")  # HTML; alone, content would take its place
    made.content(entry.html, type="html")
    if entry.origin:
        made.source(urls.in_ascii(entry.origin.id), entry.origin.title)
    for enclosure in entry.enclosures[:1]:  # RSS readers expect one
        kind = enclosure.type or "application/octet-stream"
        made.enclosure(urls.in_ascii(enclosure.url), str(enclosure.length or 0), kind)
    return _bytes(made.rss_entry(), NAMESPACES | _CONTENT)


def _begun(entry: Entry) -> Any:
    """An entry with what both formats have."""
    made = FeedEntry()
    made.register_extension("provenance", ProvenanceEntryExtension)
    made.provenance.give(entry)
    made.id(entry.id)
    made.title(entry.title)
    for term, scheme in entry.terms:
        made.category(term=term, scheme=scheme)
    return made


def _bytes(element: Any, namespaces: dict[str, str]) -> bytes:
    """An element as it stands in a document that declares these namespaces."""
    root = etree.Element("root", nsmap=namespaces)
    root.append(element)
    declared = etree.tostring(etree.SubElement(root, "x"))[len("<x") : -len("/>")]
    return etree.tostring(element, encoding="utf-8").replace(declared, b"", 1)
