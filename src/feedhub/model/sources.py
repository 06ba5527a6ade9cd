"""What is subscribed to, and lists elsewhere that name such."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from feedhub.manners import PLAIN_ACCESS, Access, Select

LONGEST = 300  # characters of a title, a name, a tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A subscribed feed."""

    id: str
    url: str
    title: str
    outlet: str  # who publishes it, as readers know it; several sources may share one outlet
    language: str | None = None  # BCP 47 primary tag; None: as the feed says
    agency: str | None = None  # set when the source is the agency's own outlet
    tags: tuple[str, ...] = ()
    timezone: str = "UTC"  # IANA name; for dates that carry no zone
    min_interval: timedelta = timedelta(minutes=5)
    max_interval: timedelta = timedelta(hours=6)
    timeout: timedelta = timedelta(seconds=30)  # for the whole fetch, redirects included
    max_size: int = 10_000_000  # bytes on the wire; twice as many when inflated
    hints: bool = True  # whether what it asks for (ttl, Cache-Control ...) delays the next poll
    shared_limits: bool = True  # whether it shares the limits of its site with other sources
    ignore: tuple[str, ...] = ()  # what is ignored in its entries: "guid", "updated"
    access: Access = PLAIN_ACCESS
    full_text: bool = False  # new items get the text of their pages
    select: Select | None = None  # it is a web page, read like this
    allow_private: bool = False
    enabled: bool = True
    list: str | None = None  # the list that names it; None: the configuration does itself


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFeed:
    """One feed that a list names."""

    url: str
    title: str
    tags: tuple[str, ...] = ()  # the folders it stands in, outermost first


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceList:
    """A document elsewhere that names sources: OPML, or one address a line."""

    pattern: Source  # a source with the list's id and address; the list's sources are like it in all else
    refresh: timedelta  # between two looks at it
