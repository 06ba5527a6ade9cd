"""Necessary terms of a query: every match contains at least one of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import inf

from feedhub.topics.tree import Age, All, Any, Count, Named, Not, Pattern, Published, Tree, Words
from feedhub.topics.words import rarest

Need = Words | Named

STEM = 3  # first letters of a word, by which prefixes are indexed
GLIMPSED = ("title", "source", "outlet", "agency", "tag", "lang")  # fields that are known of a story without its text
_COMMON = 100.0  # a language: half of all stories have it
_NAME = 20.0
_SHORT = 10.0  # a word of one or two letters, a single character


def needs(tree: Tree) -> frozenset[Need] | None:
    """Terms of which every match contains at least one; None if no such terms can be derived.

    What is excluded, compared or searched by a regular expression gives none. Of terms side by side the rarest is
    enough; of alternatives all are needed.
    """
    match tree:
        case Words() | Named():
            return frozenset({tree})
        case All():
            told = [need for term in tree.terms if (need := needs(term)) is not None]
            return min(told, key=_commonness, default=None)
        case Any():
            parts = [needs(term) for term in tree.terms]
            known = [part for part in parts if part is not None]
            return frozenset().union(*known) if len(known) == len(parts) else None
    return None


def at_a_glance(tree: Tree) -> Tree | None:
    """The part of a query that can be answered without the text, by headlines, names and time; None if there is none.

    It takes everything that the query takes, and maybe more.
    """
    return _glance(tree)[0]


def earliest(tree: Tree, now: datetime) -> float:
    """The earliest time at which a story that the query takes can have been published, in seconds since 1970."""
    match tree:
        case Age(sign="<" | "<=" | "="):
            return now.timestamp() - tree.seconds
        case Published(sign=">=" | "="):
            return tree.start
        case Published(sign=">"):
            return tree.end
        case All():
            return max((earliest(term, now) for term in tree.terms), default=-inf)
        case Any():
            return min((earliest(term, now) for term in tree.terms), default=inf)
    return -inf


def told_at_a_glance(tree: Tree) -> bool:
    """Whether the whole query can be answered without the text."""
    return _glance(tree)[1]


def _glance(tree: Tree) -> tuple[Tree | None, bool]:
    """The part that can be answered without the text, and whether that is the whole."""
    match tree:
        case Words(field="title") | Count(name="copies") | Age() | Published():
            return tree, True
        case Named(field=name) | Pattern(field=name) if name in GLIMPSED:
            return tree, True
        case Not():
            inner, whole = _glance(tree.term)
            return (Not(inner), True) if inner and whole else (None, False)
        case All():
            told = [_glance(term) for term in tree.terms]
            known = tuple(part for part, _ in told if part)
            return (All(known) if known else None), all(whole for _, whole in told)
        case Any():
            told = [_glance(term) for term in tree.terms]
            known = tuple(part for part, _ in told if part)
            return (Any(known), all(whole for _, whole in told)) if len(known) == len(told) else (None, False)
    return None, False


def key_of(need: Need) -> str | None:
    """The key in a story's `names` or `words` whenever it fulfils the need; None if it takes a prefix."""
    if isinstance(need, Named):
        return None if need.prefix else f"{need.field}:{need.wanted}"
    words = need.wanted.split()
    if need.prefix:
        words.pop()  # may go on in the story
    if not words:
        return None
    word = rarest(" ".join(words))
    return f"{need.field}:{word}" if need.field in ("author", "place") else word


def key_tells(need: Need) -> bool:
    """Whether the key alone proves the need: it is a name, or a single word anywhere."""
    if need.prefix:
        return False
    return isinstance(need, Named) or (" " not in need.wanted and need.field in ("", "author", "place"))


def stem_of(need: Need) -> str | None:
    """The first letters of a word in every story that fulfils the need; None if that is too little."""
    if not isinstance(need, Words) or need.field in ("author", "place") or len(need.wanted.split()[-1]) < STEM:
        return None
    return need.wanted.split()[-1][:STEM]


def _commonness(needed: Iterable[Need]) -> float:
    return sum(map(_likelihood, needed))


def _likelihood(need: Need) -> float:
    if isinstance(need, Named):
        return _COMMON if need.field == "lang" else _NAME
    return 1.0 if len(need.wanted) >= STEM else _SHORT
