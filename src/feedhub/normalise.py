"""RawEntry -> Item: what a feed says becomes what feedhub keeps.

Identity is `(source, guid)`. Feeds give guids carelessly, so there is a ladder: the guid; the link; a digest of
headline and date. What one document lists under a guid twice is told apart by link, or by headline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from feedhub import urls
from feedhub.markup import harmless, plain_text, plain_title, sanitise
from feedhub.model import Credit, Enclosure, Item, ParsedFeed, RawEntry, Source
from feedhub.pictures import is_tracker
from feedhub.text import QUOTED, UNSPACED, guess_language, has_cjk, legal, mostly_japanese, one_line

MAX_TITLE = 500  # characters; longer headlines are bodies put in the wrong place
MAX_TAGS = 30
HEADLINE = 100  # characters: an item of fewer may be Japanese without a character of it ("NHK")
HALF = 0.5  # of an item's characters: more are no quotation
MAX_ADDRESS = 4_000  # characters
DOUBTFUL = 0.2  # share of entries from which on bad ids are worth telling: single slips are met everywhere
MAX_ITEMS = 2_000  # of one document, the newest; the longest archives of podcasts have as many
MAX_DOCUMENT = 3_000_000  # characters of all bodies of one document; the fullest real feeds have a third of it
CUT = 2_000  # characters that are kept of a body beyond that

_KIND = re.compile(r"[\w.+-]+/[\w.+-]+(?:\s*;.*)?", re.ASCII)  # a media type
_LANGUAGE = re.compile("[a-z]{2,3}")
_BEFORE_OUTLETS = (" - ", " | ", " – ", " — ", " :: ", "｜")  # of which one stands between a headline and its outlet


def items(feed: ParsedFeed, source: Source, url: str, now: datetime) -> list[Item]:
    """Normalise a document's entries in its order; entries that are one and the same are given once."""
    return distinct(each(feed, source, url, now))


def each(feed: ParsedFeed, source: Source, url: str, now: datetime) -> list[Item]:
    """Normalise every entry by itself; beyond MAX_DOCUMENT, bodies are cut, and those items not complete."""
    made: list[Item] = []
    size = 0
    for entry in _newest(feed.entries, now):
        full = size < MAX_DOCUMENT
        item = _item(entry if full else _cut(entry), feed, source, url, now)
        size += len(item.html)
        made.append(item if full else replace(item, complete=False))
    return made


def distinct(made: Iterable[Item]) -> list[Item]:
    """One of each; those that share a guid are told apart by their links, and where these are the same by headlines.

    All of them are: were one left with the bare guid, it would be another one once that has left the document.
    """
    named = _told_apart(_told_apart(list(made), lambda item: item.link or item.title), lambda item: item.title)
    taken: dict[str, Item] = {}
    for item in named:
        taken.setdefault(item.guid, item)
    return list(taken.values())


def doubtful_ids(entries: Sequence[RawEntry]) -> str | None:
    """What is wrong with the ids of a document whose entries mostly cannot be told apart by them; None: nothing."""
    many = max(2, len(entries) * DOUBTFUL)
    nameless = sum(not (entry.guid or entry.link) for entry in entries)
    if nameless >= many:
        return f"{nameless} of {len(entries)} entries have neither a guid nor a link; headline and date stand in"
    sharers: dict[str, set[tuple[str | None, str]]] = {}
    for entry in entries:
        if name := entry.guid or entry.link:
            sharers.setdefault(name, set()).add((entry.link, entry.title))
    shared = sum(len(found) for found in sharers.values() if len(found) > 1)
    if shared >= many:
        return (
            f"{shared} of {len(entries)} entries share a guid, or a link in place of one, with another; "
            "their links or headlines stand in"
        )
    return None


def _newest(entries: Sequence[RawEntry], now: datetime) -> Sequence[RawEntry]:
    """As many as a document may have; where it has more, the newest by their dates, in its order."""
    if len(entries) <= MAX_ITEMS:
        return entries
    dates = [entry.published or entry.updated or now for entry in entries]
    newest = sorted(range(len(entries)), key=dates.__getitem__, reverse=True)[:MAX_ITEMS]
    return [entries[at] for at in sorted(newest)]


def _cut(entry: RawEntry) -> RawEntry:
    """With the beginning of its body only."""
    return replace(entry, content=entry.content[:CUT], summary=entry.summary[:CUT])


def _item(entry: RawEntry, feed: ParsedFeed, source: Source, url: str, now: datetime) -> Item:
    link = _link(entry, url)
    title = plain_title(entry.title)[:MAX_TITLE]
    base = urls.absolute(url, entry.base) if entry.base else None
    markup = _fuller(entry.content, entry.summary)
    body = sanitise(markup, base or link or url)
    text = plain_text(body)
    return Item(
        source_id=source.id,
        guid=_guid(entry, link, title),
        link=link,
        title=_without_outlet(title, source) or _headline_from(text),
        html=body,
        text=text,
        language=_language(source.language or entry.language or feed.language, f"{title} {text}"),
        author=plain_title(entry.author)[:200] or None if entry.author else None,
        published=min(entry.published or entry.updated or now, now),
        updated=min(entry.updated, now) if entry.updated else None,
        tags=_tags(entry.tags),
        enclosures=tuple(_files(entry.enclosures, url)),
        image=_picture(entry.image, url),
        credit=Credit(),
    )


def _without_outlet(title: str, source: Source) -> str:
    """A headline without its outlet's own name behind it, which stands beside it anyway.

    An agency's stays: it is evidence of whose words these are. So does a name without anything before it.
    """
    for name in filter(title.endswith, () if source.agency else (source.outlet, source.title)):
        for mark in _BEFORE_OUTLETS:
            if title.endswith(mark + name):
                return title.removesuffix(mark + name).strip() or title
    return title


def _fuller(content: str, summary: str) -> str:
    return content if len(content) >= len(summary) else summary


def _link(entry: RawEntry, url: str) -> str | None:
    """The permalink, cleaned; a guid that is a URL serves where no link is given."""
    for candidate in (entry.link, entry.guid):
        if candidate and (found := _address(url, candidate)) and _web(candidate, entry.link):
            return urls.clean(found)
    return None


def _address(base: str, written: str) -> str | None:
    """The absolute address, of characters that XML can carry, unless it is longer than any browser takes."""
    found = urls.absolute(base, legal(written).strip())
    return found if found and len(found) <= MAX_ADDRESS else None


def _web(candidate: str, link: str | None) -> bool:
    """A guid is taken for a link only when it is a whole URL."""
    return candidate is link or candidate.startswith(("http://", "https://"))


def _files(enclosures: Iterable[Enclosure], base: str) -> Iterator[Enclosure]:
    for one in enclosures:
        if address := _address(base, one.url):
            kind = one_line(one.type)[:100] if one.type else None
            yield replace(one, url=address, type=kind if kind and _KIND.fullmatch(kind) else None)


def _picture(written: str | None, base: str) -> str | None:
    address = _address(base, written) if written else None
    return address if address and not is_tracker(address) else None


def _guid(entry: RawEntry, link: str | None, title: str) -> str:
    if entry.guid and (guid := legal(entry.guid).strip()):
        return guid[:2000]
    if link:
        return link
    when = entry.published.isoformat() if entry.published else ""
    return f"digest:{_digest(title, when, '' if title else entry.summary)}"


def digest(item: Item) -> bytes:
    """A digest of all that the feed says of an item but its dates, which many feeds renew without a reason."""
    files = (enclosure.url for enclosure in item.enclosures)
    parts = (item.link, item.title, item.html, item.author, item.image, *item.tags, *files)
    return blake2b("\x1f".join(part or "" for part in parts).encode(), digest_size=12).digest()


def _told_apart(items: Sequence[Item], trait: Callable[[Item], str]) -> list[Item]:
    """With guids of their own where items share one and differ in this trait."""
    traits: dict[str, set[str]] = {}
    for item in items:
        traits.setdefault(item.guid, set()).add(trait(item))
    return [
        replace(item, guid=f"{item.guid}#{_digest(trait(item))}") if len(traits[item.guid]) > 1 else item
        for item in items
    ]


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()


def _headline_from(text: str) -> str:
    """The first sentence stands in for a missing headline."""
    first = re.split(r"(?<=[.!?。！？])\s|\n", text, maxsplit=1)[0]
    return one_line(harmless(first))[:120]


def _language(stated: str | None, text: str) -> str:
    """What the configuration or the feed states, unless the script says otherwise.

    Feeds of Japanese papers are often marked "en" by their software, those of their English editions "ja". Chinese may
    quote kana, headlines of any language the name of a film.
    """
    primary = stated.split("-")[0].split("_")[0].strip().lower() if stated else ""
    if not _LANGUAGE.fullmatch(primary):
        return guess_language(text)
    if primary == "ja" and len(text) > HEADLINE and not has_cjk(text):
        return guess_language(text)
    if primary not in UNSPACED and mostly_japanese(text, QUOTED if primary == "en" else HALF):
        return "ja"
    return primary


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for raw in tags if (tag := plain_title(raw)[:100])))[:MAX_TAGS]
