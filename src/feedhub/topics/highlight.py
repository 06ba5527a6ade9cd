"""Where in a text a query's words stand: the places of the text as it is printed, not of its folded form. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from feedhub.text import excerpt, fold
from feedhub.topics.compile import Query
from feedhub.topics.tree import Prose, Words
from feedhub.topics.words import WORD

MOST = 100  # hits that are marked in one text
# What folds together: a character with its combining marks, a half-width kana with its sign for voiced sounds.
_CLUSTER = re.compile("[ｦ-ﾟ][ﾞﾟ]?|.[\u0300-\u036f\u3099\u309a]*", re.S)


class Span(NamedTuple):
    """From `start` until before `end`."""

    start: int
    end: int


def hits(query: Query, text: str, field: Prose) -> list[Span]:
    """The places in a text of this field at which the query's words stand, in order, none within another."""
    terms = [term for term in query.wanted() if term.field in ("", field)]
    if not terms:
        return []
    words, places = _words(text)
    found = sorted(span for term in terms for span in _found(term, words, places))
    return _apart(found)[:MOST]


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


def _words(text: str) -> tuple[list[str], list[Span]]:
    """The words of a text, folded, and where each of them stands."""
    folded, starts, ends = _folded(text)
    found = list(WORD.finditer(folded))
    return [word[0] for word in found], [Span(starts[word.start()], ends[word.end() - 1]) for word in found]


def _folded(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The folded text; of each of its characters, from where until where in the text it comes."""
    if text.isascii():
        return fold(text), range(len(text)), range(1, len(text) + 1)
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        part = fold(cluster[0])
        parts.append(part)
        starts += [cluster.start()] * len(part)
        ends += [cluster.end()] * len(part)
    return "".join(parts), starts, ends


def _found(term: Words, words: Sequence[str], places: Sequence[Span]) -> Iterable[Span]:
    wanted = term.wanted.split()
    last = len(wanted) - 1
    for at in range(len(words) - last):
        if words[at : at + last] != wanted[:last]:
            continue
        word = words[at + last]
        if word == wanted[last] or (term.prefix and word.startswith(wanted[last])):
            yield Span(places[at].start, places[at + last].end)


def _apart(found: Iterable[Span]) -> list[Span]:
    """Sorted spans, those that overlap made one."""
    apart: list[Span] = []
    for span in found:
        if apart and span.start < apart[-1].end:
            apart[-1] = Span(apart[-1].start, max(apart[-1].end, span.end))
        else:
            apart.append(span)
    return apart
