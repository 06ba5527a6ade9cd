"""Finding a query's words in a text: the places are those in the printed text, not in its folded form. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from feedhub.text import excerpt, fold
from feedhub.topics.compile import Query
from feedhub.topics.tree import Prose, Words
from feedhub.topics.words import WORD

MOST = 100  # hits that are marked in one text
LONGEST = 20_000  # characters of a text in which they are looked for
# What folds together: a character with its combining marks, a half-width kana with its sign for voiced sounds.
_JOINED = re.compile("[\u0300-\u036f\u3099\u309aﾞﾟ]")
_CLUSTER = re.compile("[ｦ-ﾟ][ﾞﾟ]?|.[\u0300-\u036f\u3099\u309a]*", re.S)


class Span(NamedTuple):
    """A range of characters, from `start` until before `end`."""

    start: int
    end: int


def hits(query: Query, text: str, field: Prose) -> list[Span]:
    """The places of the query's words in a text of this field, in order, without overlaps."""
    terms = [term for term in query.wanted() if term.field in ("", field)]
    if not terms:
        return []
    folded, starts, ends = _folded(text[:LONGEST])
    words = list(WORD.finditer(folded))
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at, word in enumerate(words):
        places[word[0]].append(at)
    found = [
        Span(starts[words[first].start()], ends[words[last].end() - 1])
        for term in terms
        for first, last in _found(term, words, places)
    ]
    return _apart(sorted(found))[:MOST]


def passage(text: str, spans: Sequence[Span], width: int) -> tuple[str, list[Span]]:
    """About `width` characters of a text around its first hit, on one line, with the hits that lie within."""
    flat = text.replace("\n", " ")  # one for one: places stay
    if not spans:
        return excerpt(flat, width), []
    if len(flat) <= width:
        return flat, list(spans)
    start = max(0, min(spans[0].start - width // 3, len(flat) - width))
    start = flat.find(" ", start, spans[0].start) + 1 or start
    end = min(len(flat), start + width)
    before, after = "…" if start else "", "…" if end < len(flat) else ""
    moved = len(before) - start
    within = [Span(span.start + moved, span.end + moved) for span in spans if span.start >= start and span.end <= end]
    return f"{before}{flat[start:end]}{after}", within


def pieces(text: str, spans: Iterable[Span]) -> list[tuple[str, bool]]:
    """The text in parts, each with whether it is a hit."""
    parts: list[tuple[str, bool]] = []
    at = 0
    for span in spans:
        parts += [(text[at : span.start], False), (text[span.start : span.end], True)]
        at = span.end
    return [part for part in (*parts, (text[at:], False)) if part[0]]


def _folded(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The folded text, and for each of its characters the start and the end of what it came from."""
    if text.isascii():
        return fold(text), range(len(text)), range(1, len(text) + 1)
    if not _JOINED.search(text):
        single = {character: _fold_one(character) for character in set(text)}
        if all(len(part) == 1 for part in single.values()):  # one for one, as in nearly all texts
            return "".join([single[character] for character in text]), range(len(text)), range(1, len(text) + 1)
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        part = fold(cluster[0])
        parts.append(part)
        starts += [cluster.start()] * len(part)
        ends += [cluster.end()] * len(part)
    return "".join(parts), starts, ends


@lru_cache(20_000)
def _fold_one(character: str) -> str:
    return fold(character)


def _found(
    term: Words, words: Sequence[re.Match[str]], places: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, int]]:
    """The first and the last word of each occurrence of a term."""
    wanted = term.wanted.split()
    last = len(wanted) - 1
    if last:
        starts: Sequence[int] = places.get(wanted[0], ())
    else:
        starts = sorted(at for word, found in places.items() if _ends(term, word, wanted[0]) for at in found)
    for at in starts:
        row = [word[0] for word in words[at : at + last + 1]]
        if len(row) == last + 1 and row[:last] == wanted[:last] and _ends(term, row[last], wanted[last]):
            yield at, at + last


def _ends(term: Words, word: str, wanted: str) -> bool:
    """Whether a word is the last one of a term, or begins with it where that is a prefix."""
    return word == wanted or (term.prefix and word.startswith(wanted))


def _apart(found: Iterable[Span]) -> list[Span]:
    """Sorted spans, with overlapping ones merged."""
    apart: list[Span] = []
    for span in found:
        if apart and span.start < apart[-1].end:
            apart[-1] = Span(apart[-1].start, max(apart[-1].end, span.end))
        else:
            apart.append(span)
    return apart
