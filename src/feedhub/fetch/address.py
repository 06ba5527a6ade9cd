"""Which addresses may be connected to. That is decided when a socket is made: no name or redirect evades it."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")  # all allocated IPv6 addresses; outside are site-local and IPv4-compatible ones
_SPECIAL = (  # where older Pythons do not know better
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, whoever runs one; withdrawn by RFC 7526
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
)

# Bytes that the system takes in before they are read. The loop reads all there is at one go, and empty answers that
# announce others come to fifty times their bytes until somebody looks at them.
ARRIVING = 128 * 1024

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]


class PrivateAddress(OSError):
    """The address is not public. The errno carries this exception through aiohttp's connector."""

    def __init__(self, address: str):
        permission = "allow_private = true permits a source in one, no redirect into one"
        super().__init__(errno.EACCES, f"{address} is a private address; {permission}")


def public_socket(info: AddressInfo) -> socket.socket:
    """Make a socket for a public address; raises PrivateAddress for any other."""
    place = info[-1]
    if not is_public(str(place[0])):
        raise PrivateAddress(str(place[0]))
    return plain_socket(info)


def plain_socket(info: AddressInfo) -> socket.socket:
    """Make a socket with a small receive buffer."""
    family, kind, proto, *_ = info
    made = socket.socket(family, kind, proto)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ARRIVING)
    return made


def is_private_literal(host: str) -> bool:
    """Whether a host is an IP address that is not public, or a name of this machine."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return not is_public(host)


def is_public(address: str) -> bool:
    """Whether an IP address, whatever it is wrapped in, belongs to the public internet."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(ip)
    if inner is not None:
        return is_public(str(inner))
    given_out = isinstance(ip, IPv4Address) or ip in _UNICAST
    return given_out and ip.is_global and not ip.is_multicast and not any(ip in network for network in _SPECIAL)


def _inner(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(ip, IPv4Address):
        return None
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
