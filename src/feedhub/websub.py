"""WebSub (W3C Recommendation, 2018), as far as it is decided and not done: offers, subscriptions, signatures. Pure.

A document names hubs and its own address (`Offer`). feedhub asks a hub to push what appears at that address to a
callback (`request`); the hub asks the callback whether this was meant (`verification`), and pushes what is new, signed
by a secret that only it and feedhub know (`is_signed`). A subscription ends by itself, so it is renewed in time;
whatever fails is tried again, ever more seldom, and meanwhile the source is polled as if there were no hub.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from feedhub import sites, urls

LEASE = timedelta(days=10)  # asked for, and assumed where a hub does not say what it grants
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)  # leases outside of these are clamped
RENEWED = 0.75  # of a lease: the last quarter is left for retries
PATIENCE = timedelta(minutes=10)  # for a hub to ask back before it is asked again
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(days=1)
FAREWELLS = 5  # requests to end a subscription before it is left to run out
MOST_HUBS = 5  # of a document that are looked at
DIGESTS = {"sha1", "sha256", "sha384", "sha512"}  # the methods of the Recommendation

_LINK = re.compile(
    r'<([^<>]*+)>((?>(?:\s*+;\s*+[^\s=;,"<>]++\s*+(?:=\s*+(?:"(?:[^"\\]|\\.)*+"|[^\s;,"]*+))?+)*))'
)  # RFC 8288; atomic, so that no header is scanned twice
_PARAMETER = re.compile(r';\s*+([^\s=;,"<>]++)\s*+(?:=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"]*+)))?+')

State = Literal["asked", "active", "denied", "leaving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a document offers for WebSub: its hubs, and the address under which they know it."""

    hubs: tuple[str, ...] = ()
    topic: str | None = None


NO_OFFER = Offer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One source's standing with one hub."""

    key: str  # the unguessable end of its callback
    base: str  # what the callback begins with
    source_id: str
    hub: str  # as the document names it
    moved_to: str | None  # where the hub permanently redirects to
    topic: str
    secret: str
    state: State
    expires: datetime | None  # the end of the lease, once granted
    due: datetime | None  # when something is to be asked of the hub next
    failures: int  # in a row
    error: str | None
    pushed: datetime | None  # when it last brought something
    relied: bool  # the last new item came from it, not by a poll

    @property
    def callback(self) -> str:
        """Where the hub asks and sends."""
        return f"{self.base}/{self.key}"

    @property
    def address(self) -> str:
        """Where the hub is asked."""
        return self.moved_to or self.hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """A valid request of a hub about a subscription."""

    mode: Literal["subscribe", "unsubscribe", "denied"]
    challenge: str = ""
    lease: timedelta = LEASE
    reason: str = ""


# --- discovery


def links(found: Iterable[tuple[str, str]], base: str) -> Offer:
    """The offer in a document's links, (rel, href) each; several relations, in any case, may share a link."""
    by_rel: dict[str, list[str]] = {"hub": [], "self": []}
    for rels, href in found:
        if not href:
            continue
        for rel in by_rel.keys() & rels.lower().split():
            if address := urls.absolute(base, href):
                by_rel[rel].append(address)
    hubs = tuple(dict.fromkeys(by_rel["hub"]))[:MOST_HUBS]
    return Offer(hubs=hubs, topic=by_rel["self"][0] if by_rel["self"] else None)


def header_links(value: str, base: str) -> Offer:
    """The offer in a Link header, or in several joined by commas."""
    return links([(_rel(parameters), href) for href, parameters in _LINK.findall(value)], base)


def _rel(parameters: str) -> str:
    """The first `rel` of a link; what is quoted in another parameter is none."""
    given = _PARAMETER.findall(parameters)
    return next((quoted or plain for name, quoted, plain in given if name.lower() == "rel"), "")


def discovered(header: Offer, document: Offer, url: str) -> Offer:
    """The offer of the headers if they name a hub, else the document's; without a self link, for `url`."""
    named = header if header.hubs else document
    if not named.hubs:
        return NO_OFFER
    return Offer(hubs=named.hubs, topic=named.topic or document.topic or url)


# --- what is asked of a hub


def callbacks(public_url: str, subscribe: bool | None) -> str | None:
    """The beginning of all callbacks; None if feedhub does not subscribe, as hubs cannot reach a private address."""
    wanted = not sites.site_of(public_url).private if subscribe is None else subscribe
    return f"{public_url}/websub" if wanted else None


def request(subscription: Subscription) -> dict[str, str]:
    """The form that asks a hub to begin, renew or end a subscription."""
    form = {"hub.callback": subscription.callback, "hub.topic": subscription.topic}
    if subscription.state == "leaving":
        return {"hub.mode": "unsubscribe", **form}
    seconds = str(int(LEASE.total_seconds()))
    return {"hub.mode": "subscribe", **form, "hub.secret": subscription.secret, "hub.lease_seconds": seconds}


def retry(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return min(FIRST_RETRY * (1 << min(max(failures - 1, 0), 20)), LAST_RETRY)


# --- what a hub asks and sends


def verification(subscription: Subscription, query: Mapping[str, str]) -> Verification | None:
    """The meaning of a hub's request to the callback; None if it was not expected or is not understood."""
    if query.get("hub.topic") != subscription.topic:
        return None
    challenge = query.get("hub.challenge", "")
    leaving = subscription.state == "leaving"
    match query.get("hub.mode"):
        case "denied" if not leaving:
            return Verification(mode="denied", reason=query.get("hub.reason", "")[:200])
        case "subscribe" if challenge and not leaving:
            return Verification(mode="subscribe", challenge=challenge, lease=_lease(query.get("hub.lease_seconds", "")))
        case "unsubscribe" if challenge and leaving:
            return Verification(mode="unsubscribe", challenge=challenge)
    return None


def _lease(seconds: str) -> timedelta:
    granted = int(seconds[:9]) if seconds.isascii() and seconds.isdecimal() else 0
    return min(max(timedelta(seconds=granted), SHORTEST), LONGEST) if granted else LEASE


def is_signed(secret: str, header: str, body: bytes) -> bool:
    """Whether an X-Hub-Signature ("sha256=..." in hexadecimal) proves that the body is the hub's."""
    method, _, signature = header.strip().partition("=")
    if method.lower() not in DIGESTS:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.strip().lower().encode(errors="replace"))
