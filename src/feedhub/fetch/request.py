"""What a source is asked for."""

from __future__ import annotations

from dataclasses import replace

from feedhub import urls
from feedhub.model import FetchRequest, Source, Validators


def request_for(source: Source, url: str, validators: Validators = Validators()) -> FetchRequest:
    """The request for an address that a source gives: secrets and private addresses are for its own origin only."""
    own = urls.same_origin(url, source.url)
    return FetchRequest(
        url=url,
        validators=validators,
        timeout=source.timeout,
        max_size=source.max_size,
        access=source.access if own else replace(source.access, headers=(), auth=None, cookies=()),
        allow_private=source.allow_private and own,
    )
