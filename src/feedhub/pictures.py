"""Tracking pixels in sanitised HTML. Pure."""

from __future__ import annotations

import html
import re

from feedhub import urls

# nh3 writes every attribute as name="value", a quote within it as an entity.
_IMAGE = re.compile(r'<img((?: [\w-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([\w-]+)="([^"]*)"')
_DOT = re.compile(r"0*[01](?:\.0*)?(?:px)?")
_EMPTY = re.compile(r"<(figure|a|p)(?: [\w-]+=\"[^\"]*\")*>\s*</\1>")

# Hosts, with all subdomains, that serve nothing but counters, and no pictures that anybody wants to see.
_COUNTERS = frozenset({
    "2o7.net", "adform.net", "adnxs.com", "adsrvr.org", "advertising.com", "amazon-adsystem.com", "atdmt.com",
    "bluekai.com", "casalemedia.com", "chartbeat.net", "criteo.com", "demdex.net", "doubleclick.net", "eloqua.com",
    "everesttech.net", "exelator.com", "feedburner.com", "feedsportal.com", "google-analytics.com",
    "googleadservices.com", "googlesyndication.com", "googletagmanager.com", "hubspot.net",
    "imrworldwide.com", "krxd.net", "list-manage.com", "mathtag.com", "moatads.com", "mxpnl.com", "omtrdc.net",
    "openx.net", "outbrain.com", "pheedo.com", "pixel.wp.com", "quantserve.com", "rlcdn.com", "rubiconproject.com",
    "scorecardresearch.com", "statcounter.com", "stats.wordpress.com",
    "taboola.com", "tradedoubler.com", "visualrevenue.com", "webtrekk.net", "yieldmanager.com", "zergnet.com",
})  # fmt: skip


def without_trackers(markup: str) -> str:
    """Remove pictures that nobody can see or that count readers, and elements that are empty without them."""
    if "<img" not in markup:
        return markup
    shown = _IMAGE.sub(lambda image: "" if _counts(dict(_ATTRIBUTE.findall(image[1]))) else image[0], markup)
    return _EMPTY.sub("", shown) if shown != markup else markup


def is_tracker(url: str) -> bool:
    """Whether an address is on a host that counts readers."""
    host = urls.host(url)
    return any(part in _COUNTERS for part in _and_above(host))


def _counts(attributes: dict[str, str]) -> bool:
    sizes = (attributes.get("width", ""), attributes.get("height", ""))
    address = attributes.get("src", "")
    return not address or any(map(_DOT.fullmatch, sizes)) or is_tracker(html.unescape(address))


def _and_above(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]
