"""A story -> an entry, as a feed's look wants it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from feedhub import urls
from feedhub.dedup.agencies import display_name
from feedhub.model import Copy, Enclosure, Look, Story
from feedhub.render.content import content
from feedhub.render.entry import Entry, Link, Origin
from feedhub.render.provenance import RELATED, writer
from feedhub.text import excerpt, legal, one_line

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;.*)?", re.ASCII)
SUMMARY = 400  # characters of the text in a summary
KEPT = 3_000  # entries: most stories of a changed feed are unchanged, and looking one up costs a tenth of making it


@lru_cache(maxsize=KEPT)
def story_entry(story: Story, look: Look, site: str, page: str | None = None) -> Entry:
    """An entry of a feed served at `site`; `page` is feedhub's page about it, that of the story if left out."""
    page = page or f"{site}/stories/{story.id}"
    return Entry(
        id=f"urn:uuid:{story.id}",
        title=one_line(story.title) or _untitled(story),
        link=_address(story.link or page),
        page=page,
        html=legal(content(story, look, site, page)),
        summary=excerpt(one_line(story.text), SUMMARY),
        author=one_line(story.author or "") or one_line(writer(story)) or "?",
        published=story.published.replace(microsecond=0),
        updated=_updated(story, look).replace(microsecond=0),
        language=story.language if story.language != "und" else None,
        place=one_line(story.place or "") or None,
        terms=tuple(_terms(story, site).items()),
        links=tuple(_links(story)),
        enclosures=tuple(_clean(e) for e in story.enclosures if look.images or not _is_image(e)),
        image=_address(story.image) if story.image and look.images else None,
        origin=_origin(story),
        known=_known(story, page),
    )


def _untitled(story: Story) -> str:
    """A title for a story that has none."""
    return f"{one_line(story.outlet)}, {story.published:%Y-%m-%d %H:%M}"


def _updated(story: Story, look: Look) -> datetime:
    return story.published if look.updates == "first-only" else max(story.updated, story.published)


def _terms(story: Story, site: str) -> dict[str, str | None]:
    """The categories, each with its scheme: agency and place are ours, the others the outlet's words."""
    agency = {display_name(story.agency, story.language): f"{site}/agencies"} if story.agency else {}
    place = {story.place: f"{site}/places"} if story.place else {}
    words: dict[str, str | None] = {**dict.fromkeys(story.tags), **place, **agency}
    ordered = dict.fromkeys([*agency, *story.tags, *place])
    return {term: words[raw] for raw in ordered if (term := one_line(raw))}


def _links(story: Story) -> Iterator[Link]:
    """The links of an entry, each address once: the copy that is shown, other copies, stories of the same event."""
    if story.link:
        yield Link(rel="via", href=_address(story.link), title=one_line(story.outlet))
    told = {story.link}
    others = [(copy.link, copy.outlet) for copy in story.copies if not copy.canonical]
    others += [(other.link, f"{other.outlet}: {other.title}") for other in story.related[:RELATED]]
    for href, title in others:
        if href and href not in told:
            told.add(href)
            yield Link(rel="related", href=_address(href), title=one_line(title))


def _is_image(enclosure: Enclosure) -> bool:
    return (enclosure.type or "").startswith("image/")


def _clean(enclosure: Enclosure) -> Enclosure:
    """An enclosure without a media type or length that is none."""
    kind = enclosure.type if _MEDIA_TYPE.fullmatch(enclosure.type or "") else None
    length = enclosure.length if enclosure.length and enclosure.length > 0 else None
    return Enclosure(url=_address(enclosure.url), type=kind, length=length)


def _address(url: str) -> str:
    return urls.safe(legal(url))


def _origin(story: Story) -> Origin:
    """The feed of the copy that is shown, dated by that copy: what the feed said of itself then is not kept."""
    shown = next((copy.published for copy in story.copies if copy.canonical), story.published)
    updated = max(shown, story.updated).replace(microsecond=0)
    return Origin(id=_address(story.source_url), title=one_line(story.source_title) or "?", updated=updated)


def _known(story: Story, page: str) -> dict[str, Any]:
    """The `_feedhub` object; names as in `feedhub stories --json`."""
    began = story.began
    return {
        "page": page,
        "note": one_line(story.note or "") or None,
        "agency": story.agency,
        "place": one_line(story.place or "") or None,
        "copies": [_copy(copy, began) for copy in story.copies],
        "related": [
            {"id": f"urn:uuid:{o.id}", "title": one_line(o.title), "outlet": one_line(o.outlet), "url": o.link}
            for o in story.related[:RELATED]
        ],
        "corrections": [
            {"at": one.at, "outlet": one_line(one.outlet), "changes": one.figures} for one in story.corrections
        ],
    }


def _copy(copy: Copy, began: datetime) -> dict[str, Any]:
    return {
        "outlet": one_line(copy.outlet),
        "source": copy.source_id,
        "title": one_line(copy.title),
        "url": copy.link,
        "published": copy.published,
        "language": copy.language,
        "agency": copy.agency,
        "share": round(copy.share, 3),
        "canonical": copy.canonical,
        "lag": round((copy.published - began).total_seconds()),
        "step": copy.step,
        "outdated": copy.outdated,
    }
