"""The path below which feedhub is served: that of `public_url`, "" at the root of the host, else "/news" or the like.

A reverse proxy may keep it or strip it: requests are answered with it or without it. Only links, redirects and cookies
contain it. It is never taken from a header, as anybody may send one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http import RawRequestMessage
from yarl import URL

from feedhub import urls

Root = Callable[[], str]
"""The path that is in force: it changes with the configuration."""

ROOT = web.AppKey[Root]("root")  # of an application that may stand below one
TARGET = web.RequestKey("target", str)  # what was asked for, as it came


def cookie_path(public_url: str) -> str:
    """Where cookies are valid: at all addresses below the public one."""
    return urls.path(public_url) or "/"


def below(root: Root, made: Callable[..., web.BaseRequest]) -> Callable[..., web.BaseRequest]:
    """A request factory for a server: it strips the root from a request and passes it on to `made`."""

    def request(message: RawRequestMessage, *rest: Any) -> web.BaseRequest:
        asked = made(_without(root(), message), *rest)
        asked[TARGET] = message.path
        return asked

    return request


def _without(root: str, message: RawRequestMessage) -> RawRequestMessage:
    asked = message.path if message.path.startswith("/") else message.url.raw_path_qs  # HTTP allows whole addresses
    rest = asked.removeprefix(root)
    if not root or rest == asked or rest[:1] not in ("", "/", "?"):
        return message
    target = rest if rest.startswith("/") else f"/{rest}"
    path, _, query = target.partition("?")
    return message._replace(path=target, url=URL.build(path=path, query_string=query, encoded=True))
