"""When a permanent redirect is believed. Pure.

Maintenance pages and expired domains redirect permanently too, so a new address is taken over only after it has been
pointed to, and has served a feed, for a week. https instead of http is taken over at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

TRIED = timedelta(days=7)
FALLS_BACK = 3  # failures in a row after which an adopted address is given up for the configured one


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address at which a source is polled, if it differs from the configured one."""

    moved_to: str | None = None  # where permanent redirects lead
    moved_since: datetime | None = None  # and since when to the same place
    adopted: str | None = None  # what is asked instead of the configured address


def follow(known: Address, configured: str, moved_to: str | None, now: datetime, *, failures: int) -> Address:
    """The address after one more poll, which was redirected to `moved_to`; `failures` are those in a row by now."""
    if failures:
        return Address() if known.adopted and failures >= FALLS_BACK else known
    if moved_to is None:
        return known if known.adopted else Address()
    if moved_to == configured:
        return Address()
    since = known.moved_since if known.moved_to == moved_to and known.moved_since else now
    secret = "@" in configured.split("//", 1)[-1].split("/", 1)[0]  # a password is for the address it was given for
    trusted = now - since >= TRIED or moved_to == configured.replace("http://", "https://", 1)
    return Address(moved_to=moved_to, moved_since=since, adopted=moved_to if trusted and not secret else known.adopted)
