"""What a query says, as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from feedhub.topics.patterns import Expression

Prose = Literal["", "title", "text", "author", "place"]  # "": headlines and text
Name = Literal["source", "outlet", "agency", "tag", "lang"]
PROSE: tuple[Prose, ...] = ("title", "text", "author", "place")
NAMES: tuple[Name, ...] = ("source", "outlet", "agency", "tag", "lang")
Sign = Literal[">=", "<=", ">", "<", "="]


@dataclass(frozen=True, slots=True)
class Words:
    """`steel`, `"steel tariff"`, `title:tarif*`: words in a row."""

    field: Prose
    wanted: str  # folded, one blank between words
    prefix: bool  # the last one may go on


@dataclass(frozen=True, slots=True)
class Named:
    """`tag:wire`, `outlet:"Harbor Mail"`: one of the story's names."""

    field: Name
    wanted: str  # folded
    prefix: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """`/colou?r/`, `title:/^update/`."""

    field: Prose | Name
    expression: Expression


@dataclass(frozen=True, slots=True)
class Count:
    """`copies>=2`, `origins>1`."""

    name: Literal["copies", "origins"]
    sign: Sign
    value: int


@dataclass(frozen=True, slots=True)
class Age:
    """`age<3d`."""

    sign: Sign
    seconds: float


@dataclass(frozen=True, slots=True)
class Published:
    """`published>=2026-11-01`: a day or a minute, from `start` until before `end`, seconds since 1970."""

    sign: Sign
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Reference:
    """`@other`: what another topic's query takes."""

    topic: str
    at: int  # where it stands in its query


@dataclass(frozen=True, slots=True)
class Not:
    """`-term`."""

    term: Tree


@dataclass(frozen=True, slots=True)
class All:
    """Terms side by side; of none, everything."""

    terms: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Terms with OR between them."""

    terms: tuple[Tree, ...]


Tree = Words | Named | Pattern | Count | Age | Published | Reference | Not | All | Any


def walk(tree: Tree) -> Iterator[Tree]:
    """Every term, the whole first."""
    yield tree
    match tree:
        case Not():
            yield from walk(tree.term)
        case All() | Any():
            for term in tree.terms:
                yield from walk(term)
