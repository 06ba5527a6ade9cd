"""What a poll is given, and what it hands back to be stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feedhub.manners import NO_WISHES, Hint, Wishes
from feedhub.model import FailureKind, Listed, Validators
from feedhub.websub import NO_OFFER, Offer

if TYPE_CHECKING:  # readers of the store need neither the merge nor NumPy
    from feedhub.cadence import Result
    from feedhub.dedup.case import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to poll a source while the lease lasts, with what the poll has to know of the last one."""

    source_id: str
    token: str
    validators: Validators = Validators()
    body_hash: bytes | None = None  # of the last document that was stored
    adopted: str | None = None  # an address to ask instead of the configured one


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one poll found, ready to be stored in one transaction."""

    claim: Claim
    at: datetime
    result: Result
    status: int | None = None
    size: int = 0  # bytes on the wire
    elapsed: float = 0.0  # seconds
    validators: Validators = Validators()
    body_hash: bytes | None = None
    feed_title: str = ""
    items: tuple[Prepared | Listed, ...] = ()
    marks: tuple[tuple[bytes, float | None], ...] = ()  # of each item's entry, and its date; none: not a plain document
    truncated: bool = False  # the document was cut: what it lacks has not left the feed
    error: str | None = None
    notice: str | None = None
    kind: FailureKind | None = None  # of what failed
    retry_after: timedelta | None = None
    hints: tuple[Hint, ...] = ()  # what the answer's headers ask for
    wishes: Wishes = NO_WISHES  # what the document asks for
    moved_to: str | None = None  # where permanent redirects led
    led_to: str | None = None  # where redirects of any kind led
    proposed: str | None = None  # the feed that a web page declares, which came instead of one
    doubt: str | None = None  # why the document's ids cannot be relied on
    offer: Offer = NO_OFFER  # the hub that the document names
    pushed: bool = False  # a hub sent it: there was no poll, and the schedule stays as it is

    @property
    def guids(self) -> frozenset[str]:
        """The guids of all its items."""
        return frozenset(one.guid if isinstance(one, Listed) else one.item.guid for one in self.items)
