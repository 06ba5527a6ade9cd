"""What a document says, as parsers send it: whoever receives it need not load feedparser."""

from __future__ import annotations

from dataclasses import dataclass

from feedhub.dedup.case import Prepared
from feedhub.manners import NO_WISHES, Wishes
from feedhub.model import Listed
from feedhub.websub import NO_OFFER, Offer

Mark = tuple[bytes, float | None]  # an entry's, and when it says it was published


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a document says, in its order."""

    title: str
    problem: str | None
    truncated: bool
    items: tuple[Prepared | Listed, ...]
    marks: tuple[Mark, ...] = ()  # of each item; none where the document is to be read whole the next time
    wishes: Wishes = NO_WISHES
    doubt: str | None = None  # why its ids cannot be relied on
    offer: Offer = NO_OFFER
