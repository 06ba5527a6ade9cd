"""Adding the sources that lists elsewhere name to those of the configuration. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from feedhub import urls
from feedhub.model import NamedFeed, Settings, Source, SourceList
from feedhub.model.sources import LONGEST
from feedhub.text import slug


def subscribed(settings: Settings, copies: Mapping[str, Sequence[NamedFeed]]) -> Settings:
    """The settings with the sources of lists, whose last good copies are given by id.

    Sources of the configuration itself come first. One that several lists name belongs to the first, with the tags of
    all.
    """
    own = [source for source in settings.sources if source.list is None]
    known = {urls.asked(source.url) for source in own} | {source.id for source in own}
    listed: dict[str, Source] = {}
    for one in settings.lists:
        for source in _sources(one, copies.get(one.pattern.id, ())):
            address = urls.asked(source.url)
            if address in known or source.id in known:
                continue
            first = listed.setdefault(address, source)
            listed[address] = replace(first, tags=tuple(dict.fromkeys((*first.tags, *source.tags))))
    return replace(settings, sources=(*own, *listed.values()))


def _sources(one: SourceList, named: Sequence[NamedFeed]) -> Iterator[Source]:
    for feed in named:
        title = feed.title if feed.title != feed.url else urls.host(feed.url)
        yield replace(
            one.pattern,
            id=_id(one.pattern.id, feed.url),
            url=feed.url,
            title=title[:LONGEST],
            outlet=title[:LONGEST],
            tags=tuple(dict.fromkeys((*one.pattern.tags, *feed.tags))),
            list=one.pattern.id,
        )


def _id(list_id: str, url: str) -> str:
    """An id made of the address alone, so that it does not depend on the rest of the list."""
    mark = blake2b(url.encode(), digest_size=3).hexdigest()
    return f"{list_id[:24]}-{slug(urls.host(url).removeprefix('www.'))[:30] or 'source'}-{mark}"
