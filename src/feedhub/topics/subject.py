"""A story as queries see it: what they ask for, folded once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feedhub.model import Source, Story
from feedhub.text import fold
from feedhub.topics.words import spaced


@dataclass(frozen=True, slots=True)
class Matter:
    """A story as queries see it.

    `keys` is what an index looks up: each word by itself, each name and each word of a field with the field's
    name and a colon before it, which no word holds.
    """

    plain: Mapping[str, str]  # "" (headlines and text), title, text, author, place: folded
    prose: Mapping[str, str]  # the same as words with a blank on either side
    words: frozenset[str]  # of headlines and text
    fields: Mapping[str, frozenset[str]]  # source, outlet, agency, tag, lang: folded
    keys: frozenset[str]
    published: datetime
    copies: int  # distinct outlets
    origins: int = 1  # newsrooms that wrote it, each in its own words
    stamp: float = field(init=False)  # `published` as seconds since 1970

    def __post_init__(self) -> None:
        object.__setattr__(self, "stamp", self.published.timestamp())


def matter(story: Story, sources: Mapping[str, Source]) -> Matter:
    """Fold what queries look at; sources that the configuration no longer has are passed over."""
    titles = [fold(title) for title in dict.fromkeys((story.title, *(copy.title for copy in story.copies)))]
    author, place, text = (fold(value or "") for value in (story.author, story.place, story.text))
    # Two blanks stand between one headline and the next: no phrase goes from one into the other.
    prose = {"title": "".join(map(spaced, titles)), "text": spaced(text)}
    prose |= {"": prose["title"] + prose["text"], "author": spaced(author), "place": spaced(place)}
    title = "\n".join(titles)
    fields = _fields(story, sources)
    words = frozenset(prose[""].split())
    return Matter(
        plain={"": f"{title}\n{text}", "title": title, "text": text, "author": author, "place": place},
        prose=prose,
        words=words,
        fields=fields,
        keys=words.union(_keys(fields), *(_keys({name: prose[name].split()}) for name in ("author", "place"))),
        published=story.published,
        copies=len({copy.outlet for copy in story.copies}),
        origins=story.origins,
    )


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What one copy shows without its text."""

    title: str
    source: str
    outlet: str
    agency: str | None
    language: str


def glimpse(copies: Sequence[Glimpse], published: datetime, outlets: int) -> Matter:
    """A story of which only this is known, as queries see it; for what `needs.at_a_glance` leaves of a query."""
    folded = [fold(title) for title in dict.fromkeys(copy.title for copy in copies)]
    title, prose = "\n".join(folded), "".join(map(spaced, folded))
    shown = {copy.outlet for copy in copies}
    words = frozenset(prose.split())
    return Matter(
        plain={"": title, "title": title, "text": "", "author": "", "place": ""},
        prose={"": prose, "title": prose, "text": "", "author": "", "place": ""},
        words=words,
        fields={
            "source": _folded({copy.source for copy in copies} | shown),
            "outlet": _folded(shown),
            "agency": _folded({copy.agency for copy in copies if copy.agency}),
            "tag": frozenset(),
            "lang": _folded({copy.language for copy in copies}),
        },
        keys=words,
        published=published,
        copies=outlets,
    )


def _fields(story: Story, sources: Mapping[str, Source]) -> dict[str, frozenset[str]]:
    known = [sources[copy.source_id] for copy in story.copies if copy.source_id in sources]
    ids = {copy.source_id for copy in story.copies}
    outlets = {copy.outlet for copy in story.copies}
    return {
        "source": _folded(ids | outlets),
        "outlet": _folded(outlets),
        "agency": _folded(copy.agency for copy in story.copies if copy.agency),
        "tag": _folded({*story.tags, *(tag for source in known for tag in source.tags)}),
        "lang": _folded(copy.language for copy in story.copies),
    }


def _keys(fields: Mapping[str, Iterable[str]]) -> set[str]:
    return {f"{name}:{value}" for name, values in fields.items() for value in values}


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(value).strip() for value in values)
