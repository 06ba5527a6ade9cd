"""The vocabulary: every noun of feedhub, frozen, named by the stage it has reached.

Source -fetch-> Fetched -parse-> ParsedFeed of RawEntry -normalise-> Item -dedup.place-> Placement
-store.apply-> Story

No behaviour lives here beyond trivial properties. All times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from feedhub.curation import Look as Look
from feedhub.curation import Topic as Topic
from feedhub.curation import TopicOrder as TopicOrder
from feedhub.manners import NO_WISHES, PLAIN_ACCESS, Access, Hint, Wishes
from feedhub.model.merging import Placement as Placement
from feedhub.model.merging import Verdict as Verdict
from feedhub.model.merging import VerdictKind as VerdictKind
from feedhub.model.outline import Known as Known
from feedhub.model.outline import Outline as Outline
from feedhub.model.sources import NamedFeed as NamedFeed
from feedhub.model.sources import Source as Source
from feedhub.model.sources import SourceList as SourceList
from feedhub.websub import NO_OFFER, Offer

# --- configuration ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in the configuration, said so that it can be mended."""

    file: str
    line: int  # 1-based; 0 where no line can be named
    path: str  # dotted, as in the file: "sources.kyodo-en.url"
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class Part(NamedTuple):
    """Sources that stand together in the configuration, and a mark of all that is written of them.

    Where it is known already what such a mark stands for, the part is told without its sources.
    """

    mark: bytes
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration, checked."""

    file: Path
    host: str
    port: int
    public_url: str  # no trailing slash
    subscribe: bool | None = None  # to the hubs of sources; None: where `public_url` is on the public internet
    database: Path
    retention: timedelta
    log_format: Literal["text", "json"]
    admin_token: str | None = field(default=None, repr=False)  # for writing on the pages; "$NAME" of a variable
    workers: int  # parser processes
    concurrency: int  # fetches under way at once, over all hosts
    per_host: int
    gap: timedelta = timedelta(seconds=2)  # between two polls of one site
    budget: int | None = None  # polls an hour, all sources together
    contact: str | None = None  # told to those who are polled: a mail or web address
    sources: tuple[Source, ...]
    parts: tuple[Part, ...] = field(default=(), repr=False, compare=False)  # of what the file says of sources
    topics: tuple[Topic, ...]
    lists: tuple[SourceList, ...] = ()
    output: Path | None = None  # the directory to which what is served is written as well


# --- one poll ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the server gave to ask "changed since?" with, sent back byte for byte."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One conditional GET to make."""

    source_id: str
    url: str
    validators: Validators = Validators()
    timeout: timedelta = timedelta(seconds=30)
    max_size: int = 10_000_000
    access: Access = PLAIN_ACCESS
    allow_private: bool = False  # covers the origin of `url` only, never a redirect elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document came back."""

    url: str  # after redirects: the base of relative links
    status: int
    body: bytes  # inflated
    content_type: str | None  # the header as sent
    validators: Validators
    size: int  # bytes on the wire
    elapsed: float  # seconds
    moved_to: str | None = None  # the new address, while every hop was a permanent redirect
    hints: tuple[Hint, ...] = ()  # what its headers ask for
    link: str = ""  # the Link headers, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server said 304."""

    url: str
    validators: Validators  # the request's, refreshed by what the answer carried
    size: int
    elapsed: float
    status: int = 304
    moved_to: str | None = None
    hints: tuple[Hint, ...] = ()


FailureKind = Literal[
    "dns", "connect", "tls", "timeout", "blocked", "redirect", "http", "too-large", "encoding", "protocol",
    "not-a-feed", "parse", "parse-limit", "configuration",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailure:
    """No document came back; the message names what was tried and why it failed."""

    kind: FailureKind
    message: str
    status: int | None = None
    retry_after: timedelta | None = None  # as the server asked, unclamped but sane
    size: int = 0
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that belongs to an entry."""

    url: str
    type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """One entry as the feed says it, decoded but not yet trusted: HTML is unsanitised."""

    guid: str | None = None
    link: str | None = None
    title: str = ""  # may hold markup and entities
    summary: str = ""  # HTML
    content: str = ""  # HTML; the fuller text where the feed gives both
    base: str | None = None  # xml:base in force for summary and content
    author: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document, read."""

    format: str  # feedparser's version word ("rss20", "atom10", …) or "json11", "json10"
    title: str = ""
    link: str | None = None
    language: str | None = None
    entries: tuple[RawEntry, ...] = ()  # but those that were known
    marks: tuple[bytes, ...] = ()  # of every entry, known or not, in order; none: all were read
    problem: str | None = None  # what was wrong with a document that was readable all the same
    truncated: bool = False  # the document ended early: its last entry may be cut
    wishes: Wishes = NO_WISHES
    offer: Offer = NO_OFFER  # as the document itself says


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseFailure:
    """The document is no feed, or could not be read within the limits."""

    kind: FailureKind
    message: str
    feed: str | None = None  # the feed that a web page declares, which came instead


# --- items and their credit --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Who wrote the copy, where and when filed, as far as the text says, with the words that say so."""

    agency: str | None = None  # id from dedup.agencies
    place: str | None = None  # of the dateline
    byline: str | None = None
    evidence: tuple[str, ...] = ()  # the matched words, in order of trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of one source, normalised."""

    source_id: str
    guid: str  # unique within its source; from the feed, or made by the identity ladder
    link: str | None
    title: str  # plain text, one line
    html: str  # sanitised, absolute URLs
    text: str  # plain text of html
    language: str  # BCP 47 primary tag; "und" when unknown
    author: str | None
    published: datetime  # never in the future; the time of the poll when the feed gives none
    updated: datetime | None
    tags: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    image: str | None
    credit: Credit
    complete: bool = True  # False: from a truncated document; never overwrites a longer text


class Listed(NamedTuple):
    """An item that a document lists as it is stored already: plain, as parsers send thirty of them for one new."""

    guid: str
    digest: bytes  # normalise.digest of the item
    published: datetime


# --- what is published -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One outlet's printing of a story."""

    item_id: int
    source_id: str
    outlet: str
    title: str
    link: str | None
    published: datetime
    first_seen: datetime
    language: str
    agency: str | None
    share: float  # of the story's core text, 0..1
    canonical: bool
    step: str | None = None  # flash, lead, update, wrap-up, correction, withdrawal: what the copy says of itself
    outdated: bool = False  # it carries a figure that another copy has corrected since


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Figures that one copy changed, and who still prints the old ones."""

    at: datetime
    item_id: int  # of the copy that changed, or that came with other figures
    outlet: str
    changes: tuple[tuple[str, str, str], ...]  # (before, after, the words before it)
    outdated: tuple[str, ...] = ()  # outlets whose copies still carry the old figures

    @property
    def figures(self) -> tuple[tuple[str, str], ...]:
        """Each change of a figure once, though headline and text both made it: (before, after)."""
        return tuple(dict.fromkeys((before, after) for before, after, _ in self.changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedStory:
    """Another story of the same event, in other words."""

    id: str
    title: str
    outlet: str
    link: str | None
    published: datetime
    lead: str
    score: float
    origin: str = ""  # its agency, or the outlet that wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All copies of one wire text, shown by its canonical copy."""

    id: str  # a UUID; never changes
    title: str
    link: str | None
    html: str
    text: str
    language: str
    author: str | None
    agency: str | None
    place: str | None
    tags: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    image: str | None
    source_id: str  # of the canonical copy, as are the fields above
    source_title: str
    source_url: str
    outlet: str
    published: datetime  # of the copy that came first; never changes
    updated: datetime  # last significant change: text or headline, never a mere new copy
    copies: tuple[Copy, ...]  # canonical first, then by time
    related: tuple[RelatedStory, ...] = ()
    origins: int = 1  # independent ones of the event: this text's agencies, and those of related stories
    corrections: tuple[Correction, ...] = ()  # the latest first
    note: str | None = None  # of the editor, for readers

    @property
    def withdrawn_by(self) -> tuple[str, ...]:
        """The outlets that have withdrawn what stands for the story, or what came first of it: another one's copy may
        be taken back for many reasons.
        """
        telling = *self.copies[:1], *sorted(self.copies, key=lambda copy: copy.item_id)[:1]
        return tuple(dict.fromkeys(copy.outlet for copy in telling if copy.step == "withdrawal"))

    def __hash__(self) -> int:
        """Of what mostly tells states of stories apart: to hash a whole one takes as long as to look it up."""
        return hash((self.id, self.updated, len(self.copies)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicState:
    """A topic as stored: its permanent id and when its content last changed."""

    id: str
    uuid: str
    title: str
    stories: int
    changed: datetime
    version: int = 0  # grows with every change


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source is doing."""

    id: str
    title: str
    outlet: str
    url: str
    enabled: bool
    items: int
    last_poll: datetime | None
    last_success: datetime | None
    next_poll: datetime | None
    next_reason: str  # why then, in words
    failures: int  # in a row
    error: str | None  # the last one, None once a poll succeeds
    notice: str | None = None  # something worth knowing about a source that works ("moved to …")
    ailment: str | None = None  # the kind of the last failure: "dns", "429", "not-a-feed" …
    failing_since: datetime | None = None
    last_new: datetime | None = None  # when it last brought something new
    moved_to: str | None = None  # where permanent redirects lead
    moved_since: datetime | None = None
    adopted: str | None = None  # asked instead of the configured address
    proposed: str | None = None  # the feed that a web page declares, which came instead of one
    incidents: tuple[str, ...] = ()  # that are open, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll of one source did, for people and logs."""

    source: str
    outcome: Literal["new", "same", "unchanged", "failed", "lost"]
    status: int | None
    items: int = 0
    new: int = 0
    changed: int = 0
    bytes: int = 0
    ms: float = 0.0
    error: str | None = None
    topics: frozenset[str] = field(default_factory=frozenset)  # topics whose feeds it changed
    pushed: bool = False  # a hub sent it, nobody asked
