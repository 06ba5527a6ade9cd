"""Atom 1.0 and RSS 2.0 through feedgen."""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feedhub import __version__
from feedhub.dedup.agencies import display_name
from feedhub.model import Story
from feedhub.render.links import ProvenanceEntryExtension, ProvenanceExtension
from feedhub.render.provenance import content, links
from feedhub.render.publication import Publication
from feedhub.text import excerpt, legal, one_line

SUMMARY = 400  # characters of an RSS description; the whole text is in content:encoded
TTL = 5  # minutes for which readers may keep the feed


def atom(publication: Publication) -> bytes:
    """An Atom 1.0 document."""
    feed = _feed(publication, "atom")
    feed.id(f"urn:uuid:{publication.uuid}")
    for story in publication.stories:
        entry = _entry(feed, story, publication)
        entry.link(href=legal(story.link or publication.story_page(story)))
        entry.content(legal(content(story, publication)), type="html")
        entry.author({"name": legal(story.author or story.outlet)})
    return bytes(feed.atom_str(pretty=False))


def rss(publication: Publication) -> bytes:
    """An RSS 2.0 document."""
    feed = _feed(publication, "rss")
    feed.link(href=publication.page, rel="alternate")  # RSS takes the last link as the channel's
    feed.ttl(TTL)
    for story in publication.stories:
        entry = _entry(feed, story, publication)
        entry.guid(f"urn:uuid:{story.id}", permalink=False)
        entry.link(href=legal(story.link or publication.story_page(story)))
        entry.description(legal(excerpt(one_line(story.text), SUMMARY)) or "…")  # alone, content would take its place
        entry.content(legal(content(story, publication)), type="CDATA")
        entry.source(legal(story.source_url), legal(story.source_title))
        for enclosure in story.enclosures[:1]:  # RSS readers expect one
            length = str(enclosure.length or 0)
            entry.enclosure(legal(enclosure.url), length, legal(enclosure.type or "application/octet-stream"))
    return bytes(feed.rss_str(pretty=False))


def _feed(publication: Publication, suffix: str) -> Any:
    feed = FeedGenerator()
    feed.register_extension("provenance", ProvenanceExtension, ProvenanceEntryExtension)
    feed.title(one_line(publication.title))
    feed.description(one_line(publication.description or publication.title))
    if suffix == "atom":
        feed.subtitle(one_line(publication.description or publication.title))
        feed.link(href=publication.page, rel="alternate", type="text/html")
    kind = "application/atom+xml" if suffix == "atom" else "application/rss+xml"
    feed.link(href=publication.feed(suffix), rel="self", type=kind)
    feed.updated(publication.updated)  # else both default to the time of rendering, and every byte counts
    feed.lastBuildDate(publication.updated)
    feed.generator("feedhub", version=__version__, uri="https://github.com/feedhub/feedhub")
    if publication.language:
        feed.language(publication.language)
    return feed


def _entry(feed: Any, story: Story, publication: Publication) -> FeedEntry:
    entry = feed.add_entry(order="append")
    entry.id(f"urn:uuid:{story.id}")
    entry.title(one_line(story.title) or _untitled(story))
    entry.published(story.published)
    entry.updated(max(story.updated, story.published))
    for term in _terms(story):
        entry.category(term=term)
    entry.provenance.give(story, list(links(story)))
    return entry


def _untitled(story: Story) -> str:
    """A title for a story that has none."""
    return f"{story.outlet}, {story.published:%Y-%m-%d %H:%M}"


def _terms(story: Story) -> list[str]:
    agency = [display_name(story.agency, story.language)] if story.agency else []
    return list(dict.fromkeys(term for raw in (*agency, *story.tags) if (term := one_line(raw))))
