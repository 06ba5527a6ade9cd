"""JSON Feed 1.1, with everything known of a story's copies in its `_feedhub` object."""

from __future__ import annotations

from typing import Any

import orjson

from feedhub.model import Story
from feedhub.render.content import content
from feedhub.render.links import shown_enclosures
from feedhub.render.provenance import RELATED, writer
from feedhub.render.publication import Publication


def json_feed(publication: Publication) -> bytes:
    """A JSON Feed 1.1 document."""
    document: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": publication.title,
        "description": publication.description or None,
        "home_page_url": publication.page,
        "feed_url": publication.feed("json"),
        "hubs": [{"type": "WebSub", "url": publication.hub}] if publication.hub else None,
        "next_url": dict(publication.history("json")).get("prev-archive"),
        "icon": publication.look.icon,
        "language": publication.language,
        "items": [_item(story, publication) for story in publication.stories],
    }
    return orjson.dumps(_filled(document), option=orjson.OPT_UTC_Z)


def _item(story: Story, publication: Publication) -> dict[str, Any]:
    page = publication.story_page(story)
    return _filled(
        {
            "id": f"urn:uuid:{story.id}",
            "url": story.link or page,
            "external_url": page if story.link else None,
            "title": story.title or None,
            "content_html": content(story, publication),
            "image": story.image if publication.look.images else None,
            "date_published": story.published,
            "date_modified": publication.updated_of(story),
            "authors": [{"name": story.author or writer(story)}],
            "tags": list(story.tags) or None,
            "language": story.language if story.language != "und" else None,
            "attachments": [
                _filled({"url": e.url, "mime_type": e.type or "application/octet-stream", "size_in_bytes": e.length})
                for e in shown_enclosures(story, publication.look.images)
            ]
            or None,
            "_feedhub": _provenance(story, page),
        }
    )


def _provenance(story: Story, page: str) -> dict[str, Any]:
    """Field by field what feedhub knows; names as in `feedhub stories --json`."""
    return {
        "page": page,
        "note": story.note,
        "agency": story.agency,
        "place": story.place,
        "copies": [
            {
                "outlet": copy.outlet,
                "source": copy.source_id,
                "title": copy.title,
                "url": copy.link,
                "published": copy.published,
                "language": copy.language,
                "agency": copy.agency,
                "share": round(copy.share, 3),
                "canonical": copy.canonical,
                "lag": max(0, round((copy.published - story.published).total_seconds())),
                "step": copy.step,
                "outdated": copy.outdated,
            }
            for copy in story.copies
        ],
        "related": [
            {"id": f"urn:uuid:{other.id}", "title": other.title, "outlet": other.outlet, "url": other.link}
            for other in story.related[:RELATED]
        ],
        "corrections": [
            {"at": one.at, "outlet": one.outlet, "changes": [[before, after] for before, after, _ in one.changes]}
            for one in story.corrections
        ],
    }


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
