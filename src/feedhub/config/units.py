"""Values as people write them. Pure; every mistake is a ValueError that says how it is done."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cssselect import HTMLTranslator, SelectorError

from feedhub import urls

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w))")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)")
_BYTES = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = {"host", "connection", "content-length", "if-none-match", "if-modified-since", "accept-encoding"}
_ONE_FORM = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*/?")  # of a path: nothing that a proxy would rewrite
# What stands where a language should, and is none; with the one that is meant.
_COUNTRIES = {"jp": "ja", "cn": "zh", "tw": "zh", "us": "en", "gb": "en", "cz": "cs", "dk": "da", "gr": "el"}
LONGEST = timedelta(days=3660)
LARGEST = 1_000_000_000  # bytes: no parser has the memory for half as much
_PLAIN = re.compile(  # most addresses, accepted at a twentieth of the cost
    r"https?://[A-Za-z0-9.-]*[A-Za-z0-9](?::[1-9][0-9]{0,3}|:[1-5][0-9]{4})?(?:/[!-~]*)?"
)


def duration(written: object) -> timedelta:
    """ "5m", "1h30m", "30d"."""
    text = written.strip() if isinstance(written, str) else ""
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError(f'is a duration such as "30s", "5m", "1h30m" or "30d", not {_shown(written)}')
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    span = timedelta(seconds=min(seconds, 1e10))  # which a timedelta holds, and too long as well
    if not timedelta(0) < span <= LONGEST:
        raise ValueError(f"must be more than nothing and at most ten years, not {_shown(written)}")
    return span


def size(written: object) -> int:
    """ "10MB", "512KiB"."""
    match = _SIZE.fullmatch(written.strip()) if isinstance(written, str) else None
    if not match:
        raise ValueError(f'is a size such as "512KB" or "10MB", not {_shown(written)}')
    found = float(match[1]) * _BYTES[match[2]]
    if not 1 <= found <= LARGEST:
        raise ValueError(f"must be more than nothing and at most 1GB, not {_shown(written)}")
    return int(found)


def place(written: object) -> tuple[str, int]:
    """ "127.0.0.1:8080", "[::1]:8080", ":8080" (every address)."""
    text = written if isinstance(written, str) else ""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535 or (":" in host and not host.startswith("[")):
        raise ValueError(f'is HOST:PORT such as "127.0.0.1:8080", not {_shown(written)}')
    return host.strip("[]"), int(port)


def web_address(written: object) -> str:
    """An http or https URL."""
    if isinstance(written, str) and _PLAIN.fullmatch(written):
        return written
    try:
        parts = urlsplit(written if isinstance(written, str) else "")
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", str(written)):
        raise ValueError(f"is an http or https address, not {_shown(written)}")
    return str(written)


def public_address(written: object) -> str:
    """An http or https URL that other addresses can be made from by appending to it."""
    address = web_address(written)
    if urls.redacted(address) != address:
        raise ValueError("is what everybody sees, without user and password")
    if re.search("[?#]", address):
        raise ValueError(f"is the beginning of addresses, without ? and #, not {_shown(written)}")
    if not _ONE_FORM.fullmatch(path := urlsplit(address).path):
        raise ValueError(f"may have a path of names such as /news, of letters, digits and - . _ ~, not {path!r}")
    return address


def contact(written: object) -> str:
    """A mail or web address at which people can be reached."""
    if isinstance(written, str) and re.fullmatch(r"[^\s@()<>,;:\"\\]{1,64}@[A-Za-z0-9.-]{1,200}", written):
        return written
    try:
        return web_address(written)
    except ValueError:
        raise ValueError(f"is a mail or web address, not {_shown(written)}") from None


def source_address(written: object) -> str:
    """An http or https URL, or that of a file on this machine: "file:///var/feeds/desk.xml"."""
    if isinstance(written, str) and written.startswith("exec:"):
        raise ValueError("runs a program, which feedhub never does; let it write a file, and name that as file:///...")
    if not isinstance(written, str) or not written.startswith("file:"):
        return web_address(written)
    parts = urlsplit(written)
    if parts.netloc or not parts.path.startswith("/") or parts.path.endswith("/") or parts.query or parts.fragment:
        raise ValueError(f"is a whole path such as file:///var/feeds/desk.xml, not {_shown(written)}")
    return written


def selector(written: str) -> str:
    """A CSS selector."""
    try:
        HTMLTranslator().css_to_xpath(written)
    except (SelectorError, ValueError) as error:
        raise ValueError(f"is no CSS selector: {error}") from None
    return written


def header_name(written: object) -> str:
    """The name of an HTTP header that is not ours to set."""
    if not isinstance(written, str) or not _TOKEN.fullmatch(written):
        raise ValueError(f"is the name of a header, not {_shown(written)}")
    if written.lower() in _OURS:
        raise ValueError(f"{written} is set by feedhub itself")
    return written


def header_value(written: object) -> str:
    """A header's value; "$NAME" stands for a variable of the environment."""
    if not isinstance(written, str) or not written.isprintable() or not written.strip():
        raise ValueError("is a header's value on one line")
    return written.strip()


def cookie_name(written: object) -> str:
    """The name of a cookie."""
    if not isinstance(written, str) or not _TOKEN.fullmatch(written):
        raise ValueError(f"is the name of a cookie, not {_shown(written)}")
    return written


def cookie_value(written: object) -> str:
    """A cookie's value; "$NAME" stands for a variable of the environment."""
    if not isinstance(written, str) or not re.fullmatch(r"[!-+\--:<-~]+", written):
        raise ValueError("is a cookie's value, without spaces, commas and semicolons")
    return written


def auth(written: object) -> str:
    """ "basic NAME" or "bearer NAME", where NAME is a variable of the environment: secrets stay out of files."""
    if not isinstance(written, str) or not re.fullmatch(r"(?:basic|bearer) [A-Za-z_][A-Za-z0-9_]*", written):
        raise ValueError('is "basic NAME" or "bearer NAME", NAME being a variable of the environment')
    return written


def timezone(written: object) -> str:
    """An IANA zone."""
    try:
        return ZoneInfo(written if isinstance(written, str) else "").key
    except (KeyError, ValueError, OSError):
        raise ValueError(f'is a time zone such as "Asia/Tokyo", not {_shown(written)}') from None


def language(written: object) -> str:
    """A BCP 47 tag, of which the primary part counts."""
    if not isinstance(written, str) or not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", written):
        raise ValueError(f'is a language such as "en" or "ja", not {_shown(written)}')
    primary = written.split("-")[0].lower()
    if primary in _COUNTRIES:
        raise ValueError(f'is a language such as "{_COUNTRIES[primary]}", not a country: {_shown(written)}')
    return primary


def _shown(written: object) -> str:
    """A value as messages and the log show it: without the password of an address."""
    return repr(urls.redacted(written)) if isinstance(written, str) else str(written)
