"""Putting the queries of other topics in for their names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from feedhub.errors import QueryError
from feedhub.topics.parse import parse
from feedhub.topics.tree import All, Any, Not, Reference, Tree

LARGEST = 5_000  # terms of a query with all topics put in
DEEPEST = 120  # terms within terms, all topics put in


class Inserted:
    """Puts the queries of other topics in for their names; `used` collects them.

    A mistake in another topic's query is reported at the name that leads there, with the whole chain.
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
