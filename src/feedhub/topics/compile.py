"""Compiling a query: the queries of other topics are put in for their names, and one test is made of it all."""

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
    """A query, ready to be asked about stories."""

    text: str
    tree: Tree  # without references
    saved: tuple[tuple[str, str], ...]  # the topics that it names, directly or not, with their queries
    _test: Predicate = field(repr=False, compare=False)

    def matches(self, matter: Matter, now: datetime) -> bool:
        """Whether the story is meant."""
        return self._test(matter, now)

    def wanted(self) -> tuple[Words, ...]:
        """The words and phrases that it asks for, without excluded ones: what a reader looks for in a result."""
        return tuple(dict.fromkeys(_wanted(self.tree)))

    @property
    def asks_origins(self) -> bool:
        """Whether it asks for the number of newsrooms (`origins`)."""
        return any(isinstance(term, Count) and term.name == "origins" for term in walk(self.tree))

    @property
    def ages(self) -> frozenset[float]:
        """The ages that it names, in seconds: the clock changes what it takes only when a story reaches one."""
        return frozenset(term.seconds for term in walk(self.tree) if isinstance(term, Age))


def compile_query(
    text: str, saved: Mapping[str, str] | None = None, own: str | None = None, unsaid: Collection[str] = ()
) -> Query:
    """Compile a query; raises QueryError that names the place. An empty query takes everything.

    `saved` are the queries that @name stands for; `own` is the name of this one, if it has any. Names in `unsaid` may
    not be used in this query itself, though other topics may use them.
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
