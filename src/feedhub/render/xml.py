"""Atom 1.0 and RSS 2.0 through feedgen."""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feedhub import __version__
from feedhub.dedup.agencies import display_name
from feedhub.model import Story
from feedhub.render.content import content
from feedhub.render.links import ProvenanceEntryExtension, ProvenanceExtension, shown_enclosures
from feedhub.render.provenance import writer
from feedhub.render.publication import Publication
from feedhub.text import excerpt, legal, one_line

SUMMARY = 400  # characters of an RSS description; the whole text is in content:encoded


def atom(publication: Publication) -> bytes:
    """An Atom 1.0 document."""
    feed = _feed(publication, "atom")
    feed.id(f"urn:uuid:{publication.uuid}")
    if publication.look.icon:
        feed.icon(legal(publication.look.icon))
    for story in publication.stories:
        entry = _entry(feed, story, publication)
        entry.link(href=legal(story.link or publication.story_page(story)))
        entry.content(legal(content(story, publication)), type="html")
        entry.author({"name": one_line(story.author or writer(story)) or "?"})
    return bytes(feed.atom_str(pretty=False))


def rss(publication: Publication) -> bytes:
    """An RSS 2.0 document."""
    feed = _feed(publication, "rss")
    feed.link(href=publication.page, rel="alternate")  # RSS takes the last link as the channel's
    feed.ttl(max(1, publication.keep_for() // 60))
    if publication.look.icon:
        feed.image(legal(publication.look.icon), one_line(publication.title), publication.page)
    for story in publication.stories:
        entry = _entry(feed, story, publication)
        entry.guid(f"urn:uuid:{story.id}", permalink=False)
        entry.link(href=legal(story.link or publication.story_page(story)))
        entry.description(legal(excerpt(one_line(story.text), SUMMARY)) or "…")  # alone, content would take its place
        entry.content(legal(content(story, publication)), type="CDATA")
        entry.source(legal(story.source_url), legal(story.source_title))
        for enclosure in shown_enclosures(story, publication.look.images)[:1]:  # RSS readers expect one
            length = str(enclosure.length or 0)
            entry.enclosure(legal(enclosure.url), length, legal(enclosure.type or "application/octet-stream"))
    return bytes(feed.rss_str(pretty=False))


def _feed(publication: Publication, suffix: str) -> Any:
    feed = FeedGenerator()
    feed.register_extension("provenance", ProvenanceExtension, ProvenanceEntryExtension)
    feed.provenance.give(publication)
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
    entry.updated(publication.updated_of(story))
    for term, scheme in _terms(story, publication.public_url).items():
        entry.category(term=term, scheme=scheme)
    entry.provenance.give(story, publication.look.images)
    return entry


def _untitled(story: Story) -> str:
    """A title for a story that has none."""
    return f"{story.outlet}, {story.published:%Y-%m-%d %H:%M}"


def _terms(story: Story, site: str) -> dict[str, str | None]:
    """Categories and whose words they are: the agency and the place are ours, the others the outlet's."""
    agency = {display_name(story.agency, story.language): f"{site}/agencies"} if story.agency else {}
    place = {story.place: f"{site}/places"} if story.place else {}
    words: dict[str, str | None] = {**dict.fromkeys(story.tags), **place, **agency}
    ordered = dict.fromkeys([*agency, *story.tags, *place])
    return {term: words[raw] for raw in ordered if (term := one_line(raw))}
