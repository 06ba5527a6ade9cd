"""What is published: a text once, with all who print it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from feedhub.model.documents import Enclosure


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
    own: bool = False  # its source is the agency that it is credited to
    step: str | None = None  # flash, lead, update, wrap-up, correction, withdrawal: what the copy says of itself
    outdated: bool = False  # it carries a figure that another copy has corrected since
    was_shown: bool = False  # readers were shown the story by it before it was withdrawn

    @property
    def stands(self) -> bool:
        """Whether it was not withdrawn."""
        return self.step != "withdrawal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Figures that one copy changed, as it was wrong or more is known, and who still prints the old ones."""

    at: datetime
    item_id: int  # of the copy that changed, or that came with other figures
    outlet: str
    changes: tuple[tuple[str, str, str], ...]  # (before, after, the words before it)
    outdated: tuple[str, ...] = ()  # outlets whose copies still carry the old figures

    @property
    def places(self) -> Mapping[tuple[str, str], str]:
        """Each change of a figure once, (before, after), with the words before its last occurrence."""
        return {(before, after): words for before, after, words in self.changes}

    @property
    def figures(self) -> tuple[tuple[str, str], ...]:
        """These changes: (before, after)."""
        return tuple(self.places)


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
    published: datetime  # of the copy that was stored first; never changes
    updated: datetime  # last significant change: text or headline, never a mere new copy
    copies: tuple[Copy, ...]  # canonical first, then by time
    related: tuple[RelatedStory, ...] = ()
    origins: int = 1  # independent newsrooms that cover the event: this text's agencies, and those of related stories
    corrections: tuple[Correction, ...] = ()  # the latest first
    note: str | None = None  # of the editor, for readers

    @property
    def outlets(self) -> int:
        """How many outlets print it; one where all have withdrawn it: whose notice it is shown by."""
        return len({copy.outlet for copy in self.standing}) or 1

    @property
    def standing(self) -> tuple[Copy, ...]:
        """Its copies but for those that were withdrawn."""
        return tuple(copy for copy in self.copies if copy.stands)

    @property
    def began(self) -> datetime:
        """When its earliest copy was published, which may have been stored later. Delays count from here."""
        return min((copy.published for copy in self.copies), default=self.published)

    @property
    def withdrawn_by(self) -> tuple[str, ...]:
        """The outlets that have withdrawn a copy by which the story is or was shown; others do not matter."""
        gone = (copy for copy in self.copies if not copy.stands)
        return tuple(dict.fromkeys(copy.outlet for copy in gone if copy.canonical or copy.was_shown))

    def is_corrected_by(self, change: Correction) -> bool:
        """Whether who changed these figures says that it corrects them; most go on with what has happened since."""
        return any(copy.item_id == change.item_id and copy.step == "correction" for copy in self.copies)

    @property
    def is_corrected(self) -> bool:
        """Whether any of its figures were corrected, as the one who did says."""
        return any(map(self.is_corrected_by, self.corrections))

    @property
    def stands(self) -> bool:
        """Whether the copy that it is shown by was not withdrawn."""
        return not self.copies or self.copies[0].stands

    def __hash__(self) -> int:
        """A hash of the fields that differ most: hashing all of a story takes as long as looking it up."""
        return hash((self.id, self.updated, len(self.copies)))
