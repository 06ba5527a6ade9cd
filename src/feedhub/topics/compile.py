"""A line of query -> what it asks, compiled: the queries of other topics put in for their names, and one test."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from feedhub.topics.parse import parse
from feedhub.topics.predicates import Predicate, predicate
from feedhub.topics.references import Inserted
from feedhub.topics.subject import Matter
from feedhub.topics.tree import Age, All, Any, Count, Tree, Words, walk


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled query."""

    text: str
    tree: Tree  # without references
    saved: tuple[tuple[str, str], ...]  # the topics that it names, and those name, with their queries
    _test: Predicate = field(repr=False, compare=False)

    def matches(self, matter: Matter, now: datetime) -> bool:
        """Whether the story is meant."""
        return self._test(matter, now)

    def wanted(self) -> tuple[Words, ...]:
        """The words and phrases that it asks for, what is excluded left out: what a reader looks for in a result."""
        return tuple(dict.fromkeys(_wanted(self.tree)))

    @property
    def asks_origins(self) -> bool:
        """Whether it counts the newsrooms that tell of an event."""
        return any(isinstance(term, Count) and term.name == "origins" for term in walk(self.tree))

    @property
    def ages(self) -> frozenset[float]:
        """The ages that it names, in seconds: only as a story comes to one does the clock change what it takes."""
        return frozenset(term.seconds for term in walk(self.tree) if isinstance(term, Age))


def compile_query(
    text: str, saved: Mapping[str, str] | None = None, own: str | None = None, unsaid: Collection[str] = ()
) -> Query:
    """Compile one line; raises QueryError that names the place. An empty query takes everything.

    `saved` are the queries that @name stands for; `own` is the name of this one, if it has any. Those `unsaid` stand
    for nothing in this line itself, though other topics may name them.
    """
    inserted = Inserted(text, saved or {}, unsaid)
    tree = inserted.into(parse(text), (own,) if own else (), None)
    return Query(text, tree, tuple(sorted(inserted.used.items())), predicate(tree))


def _wanted(tree: Tree) -> Iterator[Words]:
    match tree:
        case Words():
            yield tree
        case All() | Any():
            for term in tree.terms:
                yield from _wanted(term)
