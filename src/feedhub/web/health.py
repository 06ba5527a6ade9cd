"""`/feeds/health.atom`, `.rss`, `.json`: what is wrong with sources, one entry per incident.

An entry is changed in place while its incident lasts, and closed with how long it lasted. Written by hand, as an
incident is no story.
"""

from __future__ import annotations

import email.utils
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as Xml

import orjson
from aiohttp import web

from feedhub.store import Incident, IncidentFeed, Reader
from feedhub.text import legal, one_line
from feedhub.web.conditional import document, respond
from feedhub.web.desk import Desk

LIMIT = 100  # incidents in the feed
CACHE = "no-cache"
TITLE = "feedhub: health of the sources"

_ATOM = "http://www.w3.org/2005/Atom"
_KINDS = {
    "broken": "does not work",
    "blocked": "turns us away",
    "gone": "is gone",
    "silent": "is silent",
    "flood": "brought a flood of entries",
    "degraded": "has ids that cannot be relied on",
    "rejected": "is not taken",
}
_PAST = {
    "broken": "did not work",
    "blocked": "turned us away",
    "gone": "was gone",
    "silent": "was silent",
    "flood": "had brought a flood of entries",
    "degraded": "had ids that could not be relied on",
    "rejected": "was not taken",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """An incident in words."""

    id: str
    title: str
    text: str
    since: datetime
    updated: datetime
    kind: str


def health(desk: Desk) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The route's handler."""

    async def handler(request: web.Request) -> web.Response:
        make, content_type = _FORMATS[request.match_info["format"]]
        site = desk.settings.public_url
        found = await desk.read(lambda reader: Reader.incidents(reader, LIMIT))
        return respond(request, document(make(found, site), content_type, _updated(found)), CACHE)

    return handler


def _updated(feed: IncidentFeed) -> datetime:
    return max((incident.updated for incident in feed.incidents), default=feed.made)


def _entry(incident: Incident) -> _Entry:
    name, kind = one_line(incident.title), incident.kind
    if incident.ended:
        lasted = _lasted(incident.ended - incident.since)
        what = f"{_PAST.get(kind, 'had moved')} for {lasted}"
        text = f"Over since {_time(incident.ended)}, after {lasted}. {incident.words}"
    elif kind == "moved":
        what, text = "has moved", incident.words
    else:
        what = _KINDS.get(kind, kind)
        text = f"Since {_time(incident.since)}. {incident.words}"
    return _Entry(
        id=f"urn:uuid:{incident.uuid}",
        title=f"{name} {what}",
        text=one_line(f"{text} (source {incident.source})" if incident.source else text),
        since=incident.since,
        updated=incident.updated,
        kind=kind,
    )


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _lasted(span: timedelta) -> str:
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes >= 2 * 24 * 60:
        return f"{minutes / 60 / 24:.3g} days"
    return f"{minutes / 60:.3g} h" if minutes >= 60 else f"{minutes} min"


def _atom(feed: IncidentFeed, site: str) -> bytes:
    Xml.register_namespace("", _ATOM)
    root = Xml.Element(f"{{{_ATOM}}}feed")

    def add(parent: Xml.Element, name: str, text: str = "", **attributes: str) -> Xml.Element:
        element = Xml.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
        element.text = legal(text) or None
        return element

    add(root, "id", f"urn:uuid:{feed.uuid}")
    add(root, "title", TITLE)
    add(root, "updated", _updated(feed).isoformat())
    add(root, "link", rel="self", type="application/atom+xml", href=f"{site}/feeds/health.atom")
    add(root, "link", rel="alternate", type="text/html", href=f"{site}/sources")
    add(add(root, "author"), "name", "feedhub")
    for one in map(_entry, feed.incidents):
        entry = add(root, "entry")
        add(entry, "id", one.id)
        add(entry, "title", one.title)
        add(entry, "published", one.since.isoformat())
        add(entry, "updated", one.updated.isoformat())
        add(entry, "link", rel="alternate", type="text/html", href=f"{site}/sources")
        add(entry, "category", term=one.kind)
        add(entry, "content", one.text, type="text")
    return _bytes(root)


def _rss(feed: IncidentFeed, site: str) -> bytes:
    root = Xml.Element("rss", version="2.0")
    channel = Xml.SubElement(root, "channel")

    def add(parent: Xml.Element, name: str, text: str, **attributes: str) -> None:
        Xml.SubElement(parent, name, attributes).text = legal(text)

    add(channel, "title", TITLE)
    add(channel, "link", f"{site}/sources")
    add(channel, "description", "What is wrong with the sources, and for how long.")
    add(channel, "lastBuildDate", _rfc822(_updated(feed)))
    for one in map(_entry, feed.incidents):
        item = Xml.SubElement(channel, "item")
        add(item, "title", one.title)
        add(item, "link", f"{site}/sources")
        add(item, "guid", one.id, isPermaLink="false")
        add(item, "pubDate", _rfc822(one.updated))
        add(item, "category", one.kind)
        add(item, "description", one.text)
    return _bytes(root)


def _json(feed: IncidentFeed, site: str) -> bytes:
    return orjson.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": TITLE,
            "home_page_url": f"{site}/sources",
            "feed_url": f"{site}/feeds/health.json",
            "items": [
                {
                    "id": one.id,
                    "url": f"{site}/sources",
                    "title": one.title,
                    "content_text": one.text,
                    "date_published": one.since,
                    "date_modified": one.updated,
                    "tags": [one.kind],
                }
                for one in map(_entry, feed.incidents)
            ],
        },
        option=orjson.OPT_UTC_Z,
    )


def _bytes(root: Xml.Element) -> bytes:
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _rfc822(moment: datetime) -> str:
    return email.utils.format_datetime(moment.astimezone(UTC), usegmt=True)


_FORMATS: dict[str, tuple[Callable[[IncidentFeed, str], bytes], str]] = {
    "atom": (_atom, "application/atom+xml; charset=utf-8"),
    "rss": (_rss, "application/rss+xml; charset=utf-8"),
    "json": (_json, "application/feed+json; charset=utf-8"),
}
