"""Tree to predicate: the queries of other topics put in for their names, then one closure for each term."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches

from feedhub.errors import QueryError
from feedhub.topics.amounts import COMPARISONS, published_fits
from feedhub.topics.parse import parse
from feedhub.topics.subject import Matter
from feedhub.topics.tree import (
    PROSE,
    Age,
    All,
    Any,
    Count,
    Named,
    Not,
    Pattern,
    Published,
    Reference,
    Tree,
    Words,
    walk,
)  # fmt: skip  # isort: skip

LARGEST = 5_000  # terms of a query with all topics put in
DEEPEST = 120  # terms within terms, all topics put in
_COSTS: tuple[type[Tree], ...] = (Count, Age, Published, Named, Words, Not, All, Any, Pattern)  # the cheap ones first

Predicate = Callable[[Matter, datetime], bool]


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
    inserted = _Inserted(text, saved or {}, unsaid)
    tree = inserted.into(parse(text), (own,) if own else (), None)
    return Query(text, tree, tuple(sorted(inserted.used.items())), predicate(tree))


# --- other topics -------------------------------------------------------------------------------------


class _Inserted:
    """Puts the queries of other topics in for their names; `used` collects them.

    A mistake in another topic's query is told at the name that leads there, with the whole chain.
    """

    def __init__(self, text: str, saved: Mapping[str, str], unsaid: Collection[str]):
        self._text, self._saved, self._unsaid = text, saved, unsaid
        self._trees: dict[str, Tree] = {}
        self._size = self._depth = 0
        self.used: dict[str, str] = {}

    def into(self, tree: Tree, chain: tuple[str, ...], at: int | None) -> Tree:
        """The tree without references; `chain` are the topics that led here, `at` is the first one's place."""
        self._size += 1
        match tree:
            case Reference():
                return self._named(tree, chain, tree.at if at is None else at)
            case Not():
                return Not(self.into(tree.term, chain, at))
            case All():
                return All(tuple(self.into(term, chain, at) for term in tree.terms))
            case Any():
                return Any(tuple(self.into(term, chain, at) for term in tree.terms))
        return tree

    def _named(self, reference: Reference, chain: tuple[str, ...], at: int) -> Tree:
        name = reference.topic
        longer = (*chain, name)
        told = " → ".join(longer)
        if name in chain:
            raise QueryError(self._text, at, f"topics name each other in a circle: {told}")
        if name not in self._saved or (not chain and name in self._unsaid):
            said = [id for id in self._saved if id not in self._unsaid]
            near = get_close_matches(name, [id for id in said if id not in chain], 1)
            known = f"topics are {', '.join(said[:10])}" if said else "no topics are known here"
            hint = f"did you mean @{near[0]}?" if near else known
            led = f" ({told})" if len(longer) > 1 else ""
            raise QueryError(self._text, at, f"no topic {name!r}{led}; {hint}")
        parsed = self._parsed(name, told, at)
        height = _height(parsed)
        if self._depth + height > DEEPEST or self._size > LARGEST:
            raise QueryError(self._text, at, f"too much comes together with this topic: {told}")
        self.used[name] = self._saved[name]
        self._depth += height
        inserted = self.into(parsed, longer, at)
        self._depth -= height
        return inserted

    def _parsed(self, name: str, told: str, at: int) -> Tree:
        if name not in self._trees:
            try:
                self._trees[name] = parse(self._saved[name])
            except QueryError as error:
                raise QueryError(self._text, at, f"a mistake in the query of {told}: {error.message}") from None
        return self._trees[name]


def _height(tree: Tree) -> int:
    match tree:
        case Not():
            return 1 + _height(tree.term)
        case All() | Any():
            return 1 + max(map(_height, tree.terms), default=0)
    return 1


# --- predicates ---------------------------------------------------------------------------------------


def predicate(tree: Tree) -> Predicate:
    """The test that a tree without references stands for."""
    match tree:
        case Words():
            return _words(tree)
        case Named():
            return _named(tree)
        case Pattern():
            return _pattern(tree)
        case Count() | Age() | Published():
            return _compared(tree)
        case Not():
            return _not(predicate(tree.term))
        case All():
            return _all([predicate(term) for term in sorted(tree.terms, key=_cost)])
        case Any():
            return _any([predicate(term) for term in sorted(tree.terms, key=_cost)])
        case Reference():
            raise AssertionError(f"@{tree.topic} has not been put in")


def _cost(tree: Tree) -> int:
    return _COSTS.index(type(tree))


def _words(term: Words) -> Predicate:
    name, wanted = term.field, term.wanted
    if not name and not term.prefix and " " not in wanted:
        return lambda matter, now: wanted in matter.words
    piece = f" {wanted}" if term.prefix else f" {wanted} "
    parts = frozenset(wanted.split()[:-1] if term.prefix else wanted.split())
    if not parts or name in ("author", "place"):
        return lambda matter, now: piece in matter.prose[name]
    # To look the single words up takes a tenth of the time that it takes to find that they are not in a row.
    return lambda matter, now: parts <= matter.words and piece in matter.prose[name]


def _named(term: Named) -> Predicate:
    name, wanted = term.field, term.wanted
    if term.prefix:
        return lambda matter, now: any(value.startswith(wanted) for value in matter.fields[name])
    return lambda matter, now: wanted in matter.fields[name]


def _pattern(term: Pattern) -> Predicate:
    name, found = term.field, term.expression.found
    if name in PROSE or not name:
        return lambda matter, now: found(matter.plain[name])
    return lambda matter, now: any(found(value) for value in matter.fields[name])


def _compared(term: Count | Age | Published) -> Predicate:
    match term:
        case Published():
            return lambda matter, now: published_fits(term, matter.stamp)
        case Age():
            fits, most = COMPARISONS[term.sign], term.seconds
            return lambda matter, now: fits(now.timestamp() - matter.stamp, most)
        case Count(name="copies"):
            compares, number = COMPARISONS[term.sign], term.value
            return lambda matter, now: compares(matter.copies, number)
        case _:
            compares, number = COMPARISONS[term.sign], term.value
            return lambda matter, now: compares(matter.origins, number)


def _not(test: Predicate) -> Predicate:
    return lambda matter, now: not test(matter, now)


def _all(tests: list[Predicate]) -> Predicate:
    def matches(matter: Matter, now: datetime) -> bool:
        for test in tests:  # noqa: SIM110 -- a generator costs as much as the tests
            if not test(matter, now):
                return False
        return True

    return matches


def _any(tests: list[Predicate]) -> Predicate:
    def matches(matter: Matter, now: datetime) -> bool:
        for test in tests:  # noqa: SIM110
            if test(matter, now):
                return True
        return False

    return matches


def _wanted(tree: Tree) -> Iterator[Words]:
    match tree:
        case Words():
            yield tree
        case All() | Any():
            for term in tree.terms:
                yield from _wanted(term)
