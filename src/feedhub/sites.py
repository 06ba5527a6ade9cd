"""The site of an address: its registrable domain, by the public suffix list. The only door to that list.

Limits of courtesy go by the domain, since its names mostly share servers. A private host is a site by itself, without
limits: a bridge in one's own network speaks for many sites, and one of them may be in trouble.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from feedhub import urls

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_PRIVATE = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Site:
    """Whose servers an address is on."""

    name: str  # "example.co.jp"; the exact host where it is private or an IP address
    private: bool


@lru_cache(maxsize=20_000)
def site_of(url: str) -> Site:
    """The site of an address: its registrable domain, or its host where that is private or an IP address."""
    host = urls.host(url).rstrip(".")
    if not host:
        return Site(url, True)  # a file
    try:
        return Site(host, not ip_address(host.partition("%")[0]).is_global)
    except ValueError:
        pass
    if "." not in host or host.endswith(_PRIVATE):
        return Site(host, True)
    return Site(_suffixes().privatesuffix(host) or host, False)


@cache
def _suffixes() -> PublicSuffixList:
    """The list in the package, which takes a moment to read."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
