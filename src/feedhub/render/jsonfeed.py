"""JSON Feed 1.1, with everything known of a story's copies in its `_feedhub` object."""

from __future__ import annotations

from typing import Any

import orjson

from feedhub.render.entry import Entry
from feedhub.render.publication import Publication
from feedhub.render.sheet import EMPTY, Sheet, compose
from feedhub.text import one_line


def json_feed(publication: Publication, before: Sheet = EMPTY) -> Sheet:
    """A JSON Feed 1.1 document; `before` is an earlier state of the same feed."""
    document: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": one_line(publication.title),
        "description": one_line(publication.description) or None,
        "home_page_url": publication.page,
        "feed_url": publication.feed("json"),
        "hubs": [{"type": "WebSub", "url": publication.hub}] if publication.hub else None,
        "next_url": dict(publication.history("json")).get("prev-archive"),
        "icon": publication.icon,
        "language": publication.language,
    }
    head = orjson.dumps(_filled(document))[: -len("}")] + b',"items":['
    return compose((head, b"]}"), publication.entries, _item, before, between=b",")


def _item(entry: Entry) -> bytes:
    fields = {
        "id": entry.id,
        "url": entry.link,
        "external_url": entry.page if entry.link != entry.page else None,
        "title": entry.title,
        "content_html": entry.html,
        "summary": entry.summary or None,
        "image": entry.image,
        "date_published": entry.published,
        "date_modified": entry.updated,
        "authors": [{"name": entry.author}],
        "tags": [term for term, _ in entry.terms] or None,
        "language": entry.language,
        "attachments": [
            _filled({"url": e.url, "mime_type": e.type or "application/octet-stream", "size_in_bytes": e.length})
            for e in entry.enclosures
        ]
        or None,
        "_feedhub": dict(entry.known) or None,
    }
    return orjson.dumps(_filled(fields), option=orjson.OPT_UTC_Z)


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
