"""What feedparser found in one entry -> RawEntry. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from feedhub import urls
from feedhub.markup import spelled
from feedhub.model import Enclosure, RawEntry
from feedhub.parse.dates import parse_date

MOST = 20  # enclosures of one entry that are kept

_TEXTUAL = ("text/", "application/xhtml")
_Found = Mapping[str, Any]


def entry_of(found: _Found, url: str, timezone: str, *, atom: bool) -> RawEntry:
    """One entry; what it lacks stays empty. `atom`: a headline is plain text unless it says that it is none."""
    summary = _markup(found.get("summary_detail")) or found.get("summary") or ""
    fullest = max(parts(found, "content"), key=lambda part: len(_markup(part)), default=None)
    detail = fullest or found.get("summary_detail") or {}
    base = detail.get("base")
    enclosures = _enclosures(found, (base and urls.absolute(url, base)) or url)
    return RawEntry(
        guid=found.get("id") or None,
        link=_link(found),
        title=_plain_title(found) if atom else found.get("title") or "",
        summary=summary,
        content=_markup(fullest),
        base=base or None,
        author=_author(found),
        published=_date(found, timezone, "published", "created"),
        updated=_date(found, timezone, "updated"),
        language=detail.get("language") or None,
        tags=tuple(term for tag in parts(found, "tags") if (term := tag.get("label") or tag.get("term"))),
        enclosures=enclosures,
        image=_image(found, enclosures, url),
    )


def parts(found: _Found, name: str) -> list[_Found]:
    """What there is of a repeatable element; an element of that very name may have put a text in its place."""
    try:
        given = found.get(name) or ()
    except (AttributeError, TypeError):  # feedparser makes enclosures of links
        return []
    return [part for part in given if isinstance(part, Mapping)]


def _markup(detail: _Found | None) -> str:
    """A text construct as HTML."""
    if not detail:
        return ""
    kind, value = detail.get("type") or "text/html", detail.get("value") or ""
    if kind == "text/plain":
        return html.escape(value, quote=False) if "<" in value else str(value)
    return str(value) if kind.startswith(_TEXTUAL) else ""


def _plain_title(found: _Found) -> str:
    title, detail = found.get("title") or "", found.get("title_detail") or {}
    return spelled(title) if detail.get("type") == "text/plain" else title


def _link(found: _Found) -> str | None:
    """The permalink; feedparser also gives as one any guid that does not deny it, "123" too."""
    links = (link["href"] for link in parts(found, "links") if link.get("href") and link.get("rel") == "alternate")
    link = found.get("link")
    if link and link == found.get("id") and not link.startswith(("http://", "https://", "/")):
        link = None
    return link or next(links, None)


def _author(found: _Found) -> str | None:
    names = [name for author in parts(found, "authors") if (name := author.get("name") or author.get("email"))]
    return ", ".join(dict.fromkeys(names)) or found.get("author") or None


def _date(found: _Found, timezone: str, *names: str) -> datetime | None:
    """The first of the named dates that is understood; feedparser's own reading is wrong for JST and kanji."""
    for name in names:
        # dict.get: FeedParserDict answers "published" when asked for an "updated" that is not there
        if isinstance(found, dict) and (written := dict.get(found, name)):
            moment = parse_date(str(written), timezone)
            if moment:
                return moment
    return None


def _enclosures(found: _Found, url: str) -> tuple[Enclosure, ...]:
    """Enclosures and media, each address once."""
    links = (link for link in parts(found, "links") if link.get("rel") == "enclosure")
    made: dict[str, Enclosure] = {}
    for one in (*parts(found, "enclosures"), *links, *parts(found, "media_content")):
        address = urls.absolute(url, str(one.get("href") or one.get("url") or ""))
        if address and (one.get("href") or one.get("url")) and address not in made:
            size = str(one.get("length") or one.get("filesize") or "")
            length = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None
            made[address] = Enclosure(url=address, type=one.get("type") or None, length=length or None)
    return tuple(made.values())[:MOST]


def _image(found: _Found, enclosures: Iterable[Enclosure], url: str) -> str | None:
    """The picture that stands for the entry."""
    shown = [one.get("url") for one in parts(found, "media_thumbnail")]
    shown += [one.get("url") for one in parts(found, "media_content") if one.get("medium") == "image"]
    shown += [one.url for one in enclosures if (one.type or "").startswith("image/")]
    image = found.get("image")  # itunes:image
    shown.append(image.get("href") if isinstance(image, Mapping) else None)
    return next((address for one in shown if one and (address := urls.absolute(url, one))), None)
