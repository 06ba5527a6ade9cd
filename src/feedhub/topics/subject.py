"""A story as queries see it: folded on demand, once for all queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from feedhub.model import Copy, Item, Source, Story
from feedhub.text import fold
from feedhub.topics.words import spaced


@dataclass(frozen=True)
class Matter:
    """A story as queries see it."""

    titles: tuple[str, ...]  # of its copies, as written
    text: str
    author: str
    place: str
    fields: Mapping[str, frozenset[str]]  # source, outlet, agency, tag, lang: folded
    published: datetime
    copies: int  # distinct outlets
    origins: int = 1  # newsrooms that wrote it, each in its own words

    @cached_property
    def _folded(self) -> tuple[tuple[str, ...], str]:
        return tuple(map(fold, dict.fromkeys(self.titles))), fold(self.text)

    @cached_property
    def _about(self) -> Mapping[str, str]:
        return {"author": fold(self.author), "place": fold(self.place)}

    @cached_property
    def plain(self) -> Mapping[str, str]:
        """The folded texts by field; "" stands for headlines and text."""
        titles, text = self._folded
        title = "\n".join(titles)
        return {"": f"{title}\n{text}", "title": title, "text": text, **self._about}

    @cached_property
    def prose(self) -> Mapping[str, str]:
        """The same as words with a blank on either side of each."""
        titles, text = self._folded
        # Two blanks stand between one headline and the next: no phrase goes from one into the other.
        title, body = "".join(map(spaced, titles)), spaced(text)
        about = {name: spaced(said) for name, said in self._about.items()}
        return {"": title + body, "title": title, "text": body, **about}

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of headlines and text."""
        return frozenset(self.prose[""].split())

    @cached_property
    def names(self) -> frozenset[str]:
        """Sources, tags, words of the author …, each with its field, as an index looks them up beside `words`."""
        about = {name: spaced(said).split() for name, said in self._about.items()}
        return frozenset(_keys(self.fields) | _keys(about))

    @cached_property
    def stamp(self) -> float:
        """`published` as seconds since 1970."""
        return self.published.timestamp()


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What is known of a copy without its text."""

    tags: Sequence[str]  # those of the canonical copy, which are the story's; none for others
    title: str
    source_id: str
    outlet: str
    agency: str | None
    language: str


def outlet_of(source: str, stored: str, sources: Mapping[str, Source]) -> str:
    """The name of a source's outlet as it is configured, else as it is stored."""
    return sources[source].outlet if source in sources else stored


def matter(story: Story, sources: Mapping[str, Source]) -> Matter:
    """A story as queries see it; tags of sources that are no longer configured are ignored."""
    outlets = {outlet_of(copy.source_id, copy.outlet, sources) for copy in story.copies}
    return Matter(
        titles=(story.title, *(copy.title for copy in story.copies)),
        text=story.text,
        author=story.author or "",
        place=story.place or "",
        fields=_fields(story.copies, outlets, story.tags, sources),
        published=story.published,
        copies=len({outlet_of(copy.source_id, copy.outlet, sources) for copy in story.standing}) or 1,
        origins=story.origins,
    )


def alone(item: Item, source: Source) -> Matter:
    """The same for a story with this one copy and no relations yet, without reading it from the store."""
    copy = Glimpse((), item.title, source.id, source.outlet, item.credit.agency, item.language)
    return Matter(
        titles=(item.title,),
        text=item.text,
        author=item.author or item.credit.byline or "",
        place=item.credit.place or "",
        fields=_fields((copy,), {source.outlet}, item.tags, {source.id: source}),
        published=item.published,
        copies=1,
    )


def glimpse(copies: Sequence[Glimpse], published: datetime, outlets: int, sources: Mapping[str, Source]) -> Matter:
    """The same for a story whose texts were not read; only for the part of a query that `needs.at_a_glance` gives."""
    return Matter(
        titles=tuple(copy.title for copy in copies),
        text="",
        author="",
        place="",
        fields=_fields(
            copies, {copy.outlet for copy in copies}, (tag for copy in copies for tag in copy.tags), sources
        ),
        published=published,
        copies=outlets,
    )


def _fields(
    copies: Sequence[Copy | Glimpse], outlets: set[str], tags: Iterable[str], sources: Mapping[str, Source]
) -> dict[str, frozenset[str]]:
    ids = {copy.source_id for copy in copies}
    of_sources = (tag for id in ids if id in sources for tag in sources[id].tags)
    return {
        "source": _folded(ids | outlets),
        "outlet": _folded(outlets),
        "agency": _folded({copy.agency for copy in copies if copy.agency}),
        "tag": _folded({*tags, *of_sources}),
        "lang": _folded({copy.language for copy in copies}),
    }


def _keys(fields: Mapping[str, Iterable[str]]) -> set[str]:
    return {f"{name}:{value}" for name, values in fields.items() for value in values}


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_name, values))


@lru_cache(4096)
def _name(value: str) -> str:
    """A folded name; the same names recur with each copy."""
    return fold(value).strip()
