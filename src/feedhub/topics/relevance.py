"""How relevant a story is to a query: where its words are, who prints it, how new it is. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import log2

from feedhub.topics.compile import Query
from feedhub.topics.subject import Matter
from feedhub.topics.tree import Words

HEADLINE = 3.0  # a word in a headline is what the story is about; in the text, the n-th time adds ever less
COVERAGE = 0.5  # for each doubling of its outlets
RECENCY = 2.0  # of a story of this minute; it halves every `HALF`
HALF = timedelta(days=3)


def relevance(query: Query, matter: Matter, now: datetime) -> float:
    """The greater, the better; only the order of the values means anything."""
    words = query.wanted()
    told = sum(_told(term, matter) for term in words) / len(words) if words else 0.0
    age = max(timedelta(0), now - matter.published)
    return float(told + COVERAGE * log2(max(1, matter.copies)) + RECENCY * 0.5 ** (age / HALF))


def _told(term: Words, matter: Matter) -> float:
    """How much a term is in a story."""
    piece = f" {term.wanted}" if term.prefix else f" {term.wanted} "
    if term.field in ("author", "place"):
        return HEADLINE if piece in matter.prose[term.field] else 0.0
    headline = HEADLINE if term.field != "text" and piece in matter.prose["title"] else 0.0
    return headline if term.field == "title" else headline + log2(1 + matter.prose["text"].count(piece))
