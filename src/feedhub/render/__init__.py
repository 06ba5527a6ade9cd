"""Stories -> feed documents: the only door to feedgen. Bytes are a pure function of what is published.

publication  what a feed is made from     provenance  who printed it, in words and links
xml          Atom 1.0 and RSS 2.0         content     what stands in an entry
jsonfeed     JSON Feed 1.1                links       what feedgen cannot write
"""

from feedhub.render.jsonfeed import json_feed
from feedhub.render.publication import Archive, Publication
from feedhub.render.xml import atom, rss

__all__ = ["Archive", "Publication", "atom", "json_feed", "rss"]
