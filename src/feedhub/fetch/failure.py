"""What can go wrong between us and a server, as a value with words that help."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from datetime import timedelta
from http import HTTPStatus

import aiohttp

from feedhub import urls
from feedhub.fetch.address import PrivateAddress
from feedhub.fetch.inflate import BadEncoding, TooLarge
from feedhub.fetch.login import NoSecret
from feedhub.model import FetchFailure

_PRIVATE = re.compile(r"(\S+ is a private address[^'\"\]]*)")


def explain(error: BaseException, url: str, timeout: timedelta, wire_limit: int) -> FetchFailure:
    """The failure for an exception."""
    where = urls.host(url) or urls.redacted(url)
    match error:
        case aiohttp.ConnectionTimeoutError():
            return FetchFailure(kind="timeout", message=f"{where} cannot be reached: no connection in time")
        case TimeoutError():
            return FetchFailure(kind="timeout", message=f"{where} did not finish its answer within {_seconds(timeout)}")
        case TooLarge(limit=limit):
            what = "is larger than" if limit == wire_limit else "inflates to more than"
            return FetchFailure(kind="too-large", message=f"the document {what} {_megabytes(limit)}")
        case NoSecret():
            message = f"the environment has no usable {error}, which the source's configuration names"
            return FetchFailure(kind="configuration", message=message)
        case BadEncoding():
            return FetchFailure(kind="encoding", message=f"the body cannot be inflated: {said_by(str(error))}")
        case aiohttp.ClientConnectorError() | OSError():
            return _not_connected(error, where)
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return FetchFailure(kind="protocol", message=f"not a usable address: {urls.redacted(url)}")
    return FetchFailure(kind="protocol", message=f"{where} {_misbehaved(error)}")


def _not_connected(error: OSError, where: str) -> FetchFailure:
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return FetchFailure(kind="tls", message=f"no trust in {where}: {_tls(error)}")
        case aiohttp.ClientConnectorDNSError():
            unknown = error.os_error.errno == socket.EAI_AGAIN  # whether there is such a host
            return FetchFailure(kind="dns", message=f"{'no answer from DNS' if unknown else 'no such host'}: {where}")
        case aiohttp.ClientConnectorError():
            return _unreached(error.os_error, where)
        case aiohttp.ServerDisconnectedError():
            return FetchFailure(kind="protocol", message=f"{where} {_misbehaved(error)}")
    return _unreached(error, where)


def _misbehaved(error: BaseException) -> str:
    match error:
        case aiohttp.ServerDisconnectedError():
            return "closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            return "broke off in the middle of its answer"
        case aiohttp.ClientResponseError():
            return f"does not answer in HTTP: {said_by(error.message)}"
    return f"failed: {said_by(str(error) or type(error).__name__)}"


def _unreached(error: OSError, where: str) -> FetchFailure:
    """Connecting failed; a refusal of our own may come wrapped with those of a name's other addresses."""
    said = str(error.strerror) if isinstance(error, PrivateAddress) else ""
    if said or (found := _PRIVATE.search(str(error))):
        message = said or (found[1] if found else "")
        named = message if message.startswith(where) else f"{where}: {message}"
        return FetchFailure(kind="blocked", message=named)
    words = {
        errno.ECONNREFUSED: "refused the connection",
        errno.ECONNRESET: "reset the connection",
        errno.EHOSTUNREACH: "cannot be reached",
        errno.ENETUNREACH: "cannot be reached from here",
        errno.ETIMEDOUT: "does not answer",
    }
    reason = words.get(error.errno or 0)
    said = reason or f"failed: {said_by(str(error)) or type(error).__name__}"
    return FetchFailure(kind="connect", message=f"{where} {said}")


def _tls(error: BaseException) -> str:
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message
    return said_by(str(cause))


def status_failure(status: int, retry_after: timedelta | None) -> FetchFailure:
    """An answer that is neither a document nor "not modified"."""
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    return FetchFailure(kind="http", message=f"HTTP {status}{phrase}", status=status, retry_after=retry_after)


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g} s"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:g} MB" if count >= 100_000 else f"{count} bytes"


def said_by(message: str) -> str:
    """A message of a library or a server on one line, without control characters that could reach a terminal."""
    clean = "".join(char if char.isprintable() else " " for char in message)
    return " ".join(clean.split())[:200]
