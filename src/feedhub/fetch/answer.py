"""Turning the answer of a server into a value: a document, "not modified", or a failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import aiohttp

from feedhub import urls
from feedhub.fetch.failure import status_failure
from feedhub.fetch.hints import freshness, retry_after
from feedhub.fetch.inflate import Inflater, TooLarge
from feedhub.fetch.transfer import Transfer
from feedhub.model import Fetched, FetchFailure, NotModified, Validators

LONGEST_VALIDATOR = 1024  # bytes; servers would refuse a request with a longer one
INFLATED = 2  # a body may decompress to so many times `max_size`: texts shrink to a fifth

_NO_VALIDATORS = Validators()
_DOCUMENT = (200, 203, 226)


async def read(
    response: aiohttp.ClientResponse, moved_to: str | None, transfer: Transfer, now: datetime
) -> Fetched | NotModified | FetchFailure:
    """The value of an answer that is no redirect; raises TooLarge and BadEncoding.

    `moved_to` is where permanent redirects alone have led.
    """
    headers, request = response.headers, transfer.request
    url, hints = urls.redacted(transfer.trail[-1]), freshness(headers, now)
    given = Validators(etag=_repeatable(headers.get("ETag")), last_modified=_repeatable(headers.get("Last-Modified")))
    if response.status == 304 and request.validators != _NO_VALIDATORS:
        kept = _refreshed(request.validators, given)
        return NotModified(url=url, validators=kept, size=0, moved_to=moved_to, hints=hints)
    if response.status not in _DOCUMENT:
        return status_failure(response.status, retry_after(headers.get("Retry-After"), headers.get("Date"), now))
    body, size = await _body(response, request.max_size, transfer.grow)
    if not body or body.isspace():
        return FetchFailure(kind="not-a-feed", message="the answer is empty", status=response.status, size=size)
    return Fetched(
        url=url,
        status=response.status,
        body=body,
        content_type=headers.get("Content-Type"),
        validators=given,
        size=size,
        moved_to=moved_to,
        hints=hints,
        link=", ".join(headers.getall("Link", ())),
    )


async def _body(
    response: aiohttp.ClientResponse, limit: int, grow: Callable[[int], Awaitable[None]]
) -> tuple[bytes, int]:
    """The inflated body and its size on the wire, both counted as they come."""
    if (response.content_length or 0) > limit:
        raise TooLarge(limit)
    inflater = Inflater(response.headers.get("Content-Encoding", ""), INFLATED * limit)
    size = 0
    async for data in response.content.iter_any():
        size += len(data)
        if size > limit:
            raise TooLarge(limit)
        for _ in inflater.steps(data):
            await grow(inflater.memory)
    return inflater.finish(), size


def _refreshed(known: Validators, given: Validators) -> Validators:
    """The known validators, updated by an answer without a document."""
    return Validators(etag=given.etag or known.etag, last_modified=given.last_modified or known.last_modified)


def _repeatable(validator: str | None) -> str | None:
    """A validator, if it can be sent back as it came; else None, and the document is fetched unconditionally."""
    if not validator or not validator.isprintable() or len(validator.encode()) > LONGEST_VALIDATOR:
        return None
    return validator
