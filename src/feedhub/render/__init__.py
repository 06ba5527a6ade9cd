"""Stories -> feed documents: the only door to feedgen. Bytes are a pure function of what is published.

publication  what a feed is made from     entry        what stands in it
storied      a story as an entry          content      its HTML
provenance   who printed it, in words     sheet        a document from an earlier state of it
xml          Atom 1.0 and RSS 2.0         jsonfeed     JSON Feed 1.1
extensions   what feedgen cannot write
"""

from feedhub.render.entry import Entry
from feedhub.render.jsonfeed import json_feed
from feedhub.render.publication import Archive, Publication, language_of
from feedhub.render.sheet import EMPTY, Sheet
from feedhub.render.storied import story_entry
from feedhub.render.xml import atom, rss

__all__ = [
    "EMPTY",
    "Archive",
    "Entry",
    "Publication",
    "Sheet",
    "atom",
    "json_feed",
    "language_of",
    "rss",
    "story_entry",
]
