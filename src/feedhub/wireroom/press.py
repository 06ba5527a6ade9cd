"""How papers print the wire: a wire text, cut and dressed in each paper's own way.

outlets.toml, stories_*.toml --load--> Morning --edition(outlet, start, elapsed)--> [Article]
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib import resources
from typing import Any, Literal

JST = timezone(timedelta(hours=9), "JST")

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if chr(code).isalnum() or chr(code) in ".,%"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a paper puts before and after wire copy; a newline begins a paragraph of its own."""

    head: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A paper, or the agency's own feed; the fields are explained in outlets.toml."""

    id: str
    title: str
    language: str
    dialect: str
    feed: str
    form: str
    agency: bool = False
    suffix: str = ""
    summary: int = 120
    content: bool = True
    guid: Literal["own", "link", "none"] = "own"
    zone: Literal["+0900", "GMT", "JST"] = "+0900"
    tracking: str = ""
    escaped_twice: bool = False
    full_width: bool = False
    validators: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One text as the agency, or a paper of its own, wrote it."""

    slug: str
    place: str
    tags: tuple[str, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """How an outlet prints a text from `at` seconds after the start on."""

    at: int
    headline: str
    form: Form
    keep: tuple[int, ...]  # indices of the paragraphs
    caption: str
    edits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """One outlet's printing of one text under one guid: its versions in order of time."""

    number: int  # in the addresses; says nothing about the text
    outlet: Outlet
    wire: Wire
    versions: tuple[Version, ...]

    @property
    def path(self) -> str:
        """The path of the article."""
        return f"/{self.outlet.id}/articles/{self.number}"

    @property
    def guid(self) -> str | None:
        """Its guid in its feed, if that is not its address."""
        return f"tag:{self.outlet.id}.example,2026:{self.number}" if self.outlet.guid == "own" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A printing as it stands at one moment."""

    number: int
    path: str
    guid: str | None
    outlet: Outlet
    headline: str
    caption: str
    paragraphs: tuple[str, ...]
    tags: tuple[str, ...]
    published: datetime  # aware, in JST
    updated: datetime


@dataclass(frozen=True, slots=True)
class Morning:
    """All that will have been printed when the morning is over."""

    outlets: Mapping[str, Outlet]
    printings: tuple[Printing, ...]


@cache
def load() -> Morning:
    """Read the data files, once for a process."""
    papers = _read("outlets.toml")
    forms = {name: Form(**row) for name, row in papers["forms"].items()}
    outlets = {row["id"]: Outlet(**row) for row in papers["outlet"]}
    printings: list[Printing] = []
    for row in _read("stories_en.toml")["story"] + _read("stories_ja.toml")["story"]:
        wire = _wire(row)
        for print_ in row["prints"]:
            outlet = outlets[print_["outlet"]]
            number = 1001 + len(printings)
            versions = _versions(print_, outlet, wire, forms)
            printings.append(Printing(number=number, outlet=outlet, wire=wire, versions=versions))
    return Morning(outlets, tuple(printings))


def edition(morning: Morning, outlet: str, start: datetime, elapsed: float) -> list[Article]:
    """What the outlet has printed `elapsed` seconds after `start`, newest first."""
    articles = [
        article(printing, start, elapsed)
        for printing in morning.printings
        if printing.outlet.id == outlet and printing.versions[0].at <= elapsed
    ]
    return sorted(articles, key=lambda one: (one.published, one.number), reverse=True)


def article(printing: Printing, start: datetime, elapsed: float) -> Article:
    """The printing in its latest version; its first must be out."""
    first, *later = (version for version in printing.versions if version.at <= elapsed)
    version = later[-1] if later else first
    outlet, wire = printing.outlet, printing.wire
    start = start.astimezone(JST).replace(microsecond=0)
    words = _words(start, outlet.language) | {"place": wire.place, "PLACE": wire.place.upper()}

    def dress(text: str) -> str:
        text = text.format(**words)
        return text.translate(_FULL_WIDTH) if outlet.full_width else text

    copy = "\n".join(wire.paragraphs[index] for index in version.keep)
    for old, new in version.edits:
        copy = copy.replace(old, new)
    return Article(
        number=printing.number,
        path=printing.path,
        guid=printing.guid,
        outlet=outlet,
        headline=dress(version.headline) + outlet.suffix,
        caption=dress(version.caption),
        paragraphs=tuple(dress(version.form.head + copy + version.form.tail).split("\n")),
        tags=wire.tags,
        published=start + timedelta(seconds=first.at),
        updated=start + timedelta(seconds=version.at),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _wire(row: Mapping[str, Any]) -> Wire:
    paragraphs = tuple(row["text"].strip().split("\n\n"))
    return Wire(slug=row["slug"], place=row["place"], tags=tuple(row["tags"]), paragraphs=paragraphs)


def _versions(row: Mapping[str, Any], outlet: Outlet, wire: Wire, forms: Mapping[str, Form]) -> tuple[Version, ...]:
    """The first print, then each later one with what it changes of the first."""
    return tuple(
        Version(
            at=now["at"],
            headline=now["headline"],
            form=forms[now.get("form", outlet.form)],
            keep=_kept(now.get("keep", len(wire.paragraphs))),
            caption=now.get("caption", ""),
            edits=tuple((old, new) for old, new in now.get("edit", ())),
        )
        for now in (dict(row) | change for change in [{}, *row.get("then", ())])
    )


def _kept(keep: int | list[int]) -> tuple[int, ...]:
    return tuple(range(keep)) if isinstance(keep, int) else tuple(number - 1 for number in keep)


def _words(start: datetime, language: str) -> dict[str, str]:
    """What the texts call the day on which the room opens, and the day before."""
    before = start - timedelta(days=1)
    if language == "ja":
        return {"today": f"{start.day}日", "yesterday": f"{before.day}日", "date": f"{start.day}日"}
    return {
        "today": _WEEKDAYS[start.weekday()],
        "yesterday": _WEEKDAYS[before.weekday()],
        "date": f"{_MONTHS[start.month - 1]} {start.day}",
    }
