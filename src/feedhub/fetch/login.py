"""Headers and logins that a source requires; their secrets come from the environment."""

from __future__ import annotations

import os
import re
from base64 import b64encode

from feedhub.manners import Access

_NAMED = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


class NoSecret(Exception):
    """The environment lacks a variable that the configuration names; carries the name, never a value."""


def headers_of(access: Access) -> dict[str, str]:
    """The headers to send to the source's own origin; raises NoSecret."""
    headers = {}
    for name, value in access.headers:
        headers[name] = _value(value)
    if access.cookies:
        headers["Cookie"] = "; ".join(f"{name}={_value(value)}" for name, value in access.cookies)
    if access.auth:
        scheme, _, name = access.auth.partition(" ")
        secret = _secret(name)
        headers["Authorization"] = f"Bearer {secret}" if scheme == "bearer" else basic(secret)
    return headers


def basic(pair: str) -> str:
    """An Authorization from "user:password"."""
    return f"Basic {b64encode(pair.encode()).decode()}"


def _value(written: str) -> str:
    named = _NAMED.fullmatch(written)
    return _secret(named[1]) if named else written


def _secret(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value.isprintable() or not value:
        raise NoSecret(name)
    return value
