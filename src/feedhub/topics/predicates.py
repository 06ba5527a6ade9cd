"""Turning a tree without references into a test: a closure for each term."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter

from feedhub.topics.amounts import COMPARISONS, published_fits
from feedhub.topics.subject import Matter
from feedhub.topics.tree import PROSE, Age, All, Any, Count, Named, Not, Pattern, Published, Reference, Tree, Words

_COSTS: tuple[type[Tree], ...] = (Count, Age, Published, Named, Words, Not, All, Any, Pattern)  # the cheap ones first

Predicate = Callable[[Matter, datetime], bool]


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
    # Looking up single words takes a tenth of the time of finding that they are not in a row.
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
        case Count():
            compares, counted, number = COMPARISONS[term.sign], attrgetter(term.name), term.value
            return lambda matter, now: compares(counted(matter), number)


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
