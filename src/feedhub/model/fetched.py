"""What is asked of a server, and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from feedhub.manners import PLAIN_ACCESS, Access, Hint

FailureKind = Literal[
    "dns", "connect", "tls", "timeout", "blocked", "redirect", "http", "too-large", "encoding", "protocol",
    "not-a-feed", "parse", "parse-limit", "configuration",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """The validators that a server sent, to be sent back byte for byte in conditional requests."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One conditional GET to make."""

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
    elapsed: float = 0.0  # seconds; told when the fetch has ended
    moved_to: str | None = None  # the new address, if every hop was a permanent redirect
    hints: tuple[Hint, ...] = ()  # what its headers ask for
    link: str = ""  # the Link headers, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server said 304."""

    url: str
    validators: Validators  # the request's, refreshed by what the answer carried
    size: int
    elapsed: float = 0.0
    status: int = 304
    moved_to: str | None = None
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailure:
    """No document came back; the message names what was tried and why it failed."""

    kind: FailureKind
    message: str
    status: int | None = None
    retry_after: timedelta | None = None  # as the server asked, unclamped but sane
    size: int = 0
    elapsed: float = 0.0
