"""Addresses: made absolute, cleaned of tracking, compared, shown. Pure; nothing here raises."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

# Parameters that say where a reader came from, not what the page is. Names and prefixes, lower case.
_TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "dclid", "msclkid", "yclid", "igshid", "twclid", "ttclid", "wbraid", "gbraid",
    "mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok", "oly_anon_id", "oly_enc_id", "vero_id", "wickedid",
    "ns_campaign", "ns_mchannel", "ns_source", "ns_linkname", "ns_fee", "at_medium", "at_campaign", "at_custom1",
    "cmpid", "ncid", "ocid", "cid_source", "smid", "spm", "ref_src", "ref_url", "iref", "n_cid", "partner_rss",
})  # fmt: skip
_TRACKING_PREFIXES = ("utm_", "pk_", "piwik_", "mtm_", "matomo_", "hsa_", "at_bbc_", "wt.mc_")
_FROM_A_FEED = frozenset({"rss", "feed", "atom", "rss_feed", "rssfeed", "news_rss", "twitter", "facebook"})
_REFERRERS = frozenset({"ref", "from", "source", "src", "via", "campaign"})  # tracking when they name a feed

EVERY = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104, all addresses of this machine -> one
_PORTS = {"http": 80, "https": 443}
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_BLANK = re.compile(r"[\t\n\r]|^[\x00-\x20]+|[\x00-\x20]+$")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\"<>`{}|\\^\ud800-\udfff]")
_NAME = r"[\w~,@$()*=-][\w.~,@$()*=-]*"
_HOST = re.compile(r"https?://([a-z0-9.-]*[a-z0-9])(?=[/?#]|\Z)")  # by itself, as nearly all write it
_PLAIN = re.compile(rf"https?://[a-z0-9.-]*[a-z0-9]/(?:{_NAME}/)*(?:{_NAME})?", re.ASCII)  # whole and clean as it is


def absolute(base: str, url: str) -> str | None:
    """`url` as found in a page or feed at `base`; None unless it leads to http or https."""
    if _PLAIN.fullmatch(url):
        return url
    url = _BLANK.sub("", url)
    try:
        joined = urljoin(base, url)
        parts = urlsplit(joined)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    if not usable:
        return None
    return safe(joined)


def clean(url: str) -> str:
    """A permalink without tracking parameters, default port and fragment; unchanged if it cannot be read."""
    if _PLAIN.fullmatch(url):
        return url
    try:
        parts = urlsplit(url)
        place = _place(parts.scheme.lower(), parts.hostname or "", parts.port)
        secret = parts.netloc.rpartition("@")
    except ValueError:
        return url
    if parts.scheme.lower() not in _PORTS or not parts.hostname:
        return url
    query = "&".join(pair for pair in parts.query.split("&") if not _tracks(pair)) if parts.query else ""
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""  # pages that route by it
    return urlunsplit((parts.scheme.lower(), f"{secret[0]}{secret[1]}{place}", parts.path or "/", query, fragment))


def asked(url: str) -> str:
    """What a server is asked for by an address: the same for all ways to write it."""
    if _PLAIN.fullmatch(url):
        return url
    try:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        user, at, _ = parts.netloc.rpartition("@")
        place = _place(scheme, parts.hostname or "", parts.port)
    except ValueError:
        return url
    if scheme not in _PORTS:
        return url
    return urlunsplit((scheme, f"{user}{at}{place}", parts.path or "/", parts.query, ""))


def _place(scheme: str, host: str, port: int | None) -> str:
    name = bracketed(host)
    return name if port is None or _PORTS.get(scheme) == port else f"{name}:{port}"


def _tracks(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = name.lower()
    if name in _TRACKING or name.startswith(_TRACKING_PREFIXES):
        return True
    return name in _REFERRERS and value.lower() in _FROM_A_FEED


def origin(url: str) -> str:
    """`scheme://host:port`, the port always named; "" where there is none."""
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.lower(), parts.hostname
        port = parts.port or _PORTS.get(scheme)
    except ValueError:
        return ""
    return f"{scheme}://{_place('', host, port)}" if host and port else ""


def of_place(host: str, port: int) -> str:
    """The address at which this machine itself reaches what listens at a place."""
    return f"http://{bracketed(EVERY.get(host, host))}:{port}"


def bracketed(host: str) -> str:
    """A host as addresses contain it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have the same origin; unreadable ones have none."""
    return one == other or "" != origin(one) == origin(other)


def host(url: str) -> str:
    """The host's name, lower case; "" where there is none."""
    if written := _HOST.match(url):
        return written[1]
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def path(url: str) -> str:
    """The path of an address without a slash at its end: "" for the root of a host."""
    return urlsplit(url).path.rstrip("/")


def safe(url: str) -> str:
    """With what may stand in no address percent-encoded: of headers also bytes that are no UTF-8 (PEP 383)."""
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]) & 0xFF:02X}", url)


def in_ascii(url: str) -> str:
    """An address in ASCII, for formats without international ones: the host in Punycode, the rest percent-encoded."""
    if url.isascii():
        return url
    try:
        parts = urlsplit(url)
        place = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        url = urlunsplit(parts._replace(netloc=place))
    except ValueError:  # the host cannot be encoded: treat it as any other letters
        pass
    return quote(url, safe=_ASCII)


def public(url: str) -> str:
    """An address for readers: without user and password; for a file, only its name."""
    return f"file:///{url.rpartition('/')[2]}" if url.startswith("file:") else redacted(url)


def redacted(url: str) -> str:
    """For messages: without user and password."""
    if "@" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return re.sub(r"//[^/]*@", "//", url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
