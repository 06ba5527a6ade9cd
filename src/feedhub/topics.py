"""What a topic takes: one line of query, compiled once, matched against stories. Pure.

    query   = any
    any     = all {"OR" all}
    all     = term {term}                            words stand for AND
    term    = "-" term | "(" any ")" | [field ":"] (word | word "*" | '"' phrase '"') | copies|age compare value

Comparison is by `text.fold`: width, case and typography do not count. Latin words match whole words, Chinese and
Japanese match anywhere.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Literal

from feedhub.errors import QueryError
from feedhub.model import Source, Story, Topic
from feedhub.text import CJK, fold

LONGEST = 2_000  # characters of a query
DEEPEST = 20  # groups within groups

Field = Literal["", "title", "source", "agency", "tag", "lang", "author"]
_FIELDS: tuple[Field, ...] = ("title", "source", "agency", "tag", "lang", "author")
_COMPARED = ("copies", "age")
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq,
}  # fmt: skip
_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}

_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<or>OR(?=[\s()]|$))|(?P<not>-(?=\S))
    |(?P<compare>(?:copies|age)\s*(?:>=|<=|>|<|=|:)\s*[^\s()]*)
    |(?P<field>[A-Za-z]+:(?=["\w]))?(?:"(?P<phrase>[^"]*)(?P<end>"?)|(?P<word>[^\s()"]+)))""",
    re.X,
)
_COMPARE = re.compile(r"(copies|age)\s*(>=|<=|>|<|=|:)\s*(.*)")
_AGE = re.compile(r"(\d+(?:\.\d+)?)([mhdw])")
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['.][^\W_{CJK}]+)*")
_ASCII_WORD = re.compile("[a-z0-9]+(?:['.][a-z0-9]+)*")
_HAS_CJK = re.compile(f"[{CJK}]")


@dataclass(frozen=True, slots=True)
class Matter:
    """A story as queries see it, folded once. `text` and `title` hold words in " "-separated form."""

    title: str
    text: str  # headlines of all copies and the canonical text
    words: frozenset[str]  # of text
    fields: Mapping[str, frozenset[str]]
    copies: int  # distinct outlets
    published: datetime


@dataclass(frozen=True, slots=True)
class _Literal:
    """A word, a prefix or a phrase, in one field or anywhere."""

    field: Field
    wanted: str  # folded
    prefix: bool

    def matches(self, matter: Matter, now: datetime) -> bool:
        if self.field in ("", "title"):
            return self._in_text(matter)
        values = matter.fields[self.field]
        if self.field == "author":
            return any(self.wanted in value for value in values)
        if self.prefix:
            return any(value.startswith(self.wanted) for value in values)
        return self.wanted in values

    def _in_text(self, matter: Matter) -> bool:
        if not self.field and not self.prefix and self.wanted in matter.words:
            return True
        text = matter.title if self.field else matter.text
        if _HAS_CJK.search(self.wanted):
            return self.wanted.replace(" ", "") in text.replace(" ", "")
        wanted = f" {self.wanted}" if self.prefix else f" {self.wanted} "
        return wanted in text


@dataclass(frozen=True, slots=True)
class _Compared:
    """`copies>=2`, `age<3d`."""

    name: str
    comparison: str
    value: float

    def matches(self, matter: Matter, now: datetime) -> bool:
        held = matter.copies if self.name == "copies" else (now - matter.published).total_seconds()
        return _COMPARISONS[self.comparison](held, self.value)


@dataclass(frozen=True, slots=True)
class _Not:
    term: _Term

    def matches(self, matter: Matter, now: datetime) -> bool:
        return not self.term.matches(matter, now)


@dataclass(frozen=True, slots=True)
class _All:
    terms: tuple[_Term, ...]

    def matches(self, matter: Matter, now: datetime) -> bool:
        return all(term.matches(matter, now) for term in self.terms)


@dataclass(frozen=True, slots=True)
class _Any:
    terms: tuple[_Term, ...]

    def matches(self, matter: Matter, now: datetime) -> bool:
        return any(term.matches(matter, now) for term in self.terms)


_Term = _Literal | _Compared | _Not | _All | _Any


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled query."""

    text: str
    term: _Term

    def matches(self, matter: Matter, now: datetime) -> bool:
        """Whether the story is meant."""
        return self.term.matches(matter, now)

    def required(self) -> tuple[str, ...]:
        """Words and phrases, folded, that every match holds in its headlines or text; for an index to narrow by."""
        return tuple(dict.fromkeys(_required(self.term)))

    @property
    def timely(self) -> bool:
        """Whether what it takes changes with the clock."""
        return _mentions_age(self.term)


def _required(term: _Term) -> list[str]:
    match term:
        case _Literal(field=("" | "title"), prefix=False):
            return [term.wanted]
        case _All():
            return [word for part in term.terms for word in _required(part)]
    return []


def _mentions_age(term: _Term) -> bool:
    match term:
        case _Compared():
            return term.name == "age"
        case _All() | _Any():
            return any(_mentions_age(part) for part in term.terms)
        case _Not():
            return _mentions_age(term.term)
    return False


# --- compiling ---------------------------------------------------------------------------------------


def compile_query(text: str) -> Query:
    """Compile one line; raises QueryError that names the place. An empty query takes everything."""
    if len(text) > LONGEST:
        raise QueryError(text[:80] + "…", 80, f"longer than {LONGEST} characters")
    reader = _Reader(text)
    term = reader.any(0) if reader.left() else _All(())
    if reader.left():
        raise QueryError(text, reader.at, "a ) without its (")
    return Query(text, term)


class _Reader:
    """Reads a query from left to right."""

    def __init__(self, text: str):
        self._text = text.rstrip()
        self.at = 0
        self._skip_blanks()

    def left(self) -> bool:
        return self.at < len(self._text)

    def any(self, depth: int) -> _Term:
        terms = [self._all(depth)]
        while (token := self._peek()) and token["or"]:
            self._take(token)
            terms.append(self._all(depth))
        return terms[0] if len(terms) == 1 else _Any(tuple(terms))

    def _all(self, depth: int) -> _Term:
        terms = []
        while (token := self._peek()) and not token["or"] and not token["close"]:
            terms.append(self._term(depth))
        if not terms:
            raise QueryError(self._text, min(self.at, len(self._text)), "a word is missing here")
        return terms[0] if len(terms) == 1 else _All(tuple(terms))

    def _term(self, depth: int) -> _Term:
        token = self._peek()
        if token is None or token["or"] or token["close"]:
            raise QueryError(self._text, self.at, "a word is missing here")
        if token["not"]:
            self._take(token)
            return _Not(self._term(depth))
        if token["open"]:
            return self._group(token, depth)
        return self._compared(token) if token["compare"] else self._literal(token)

    def _group(self, token: re.Match[str], depth: int) -> _Term:
        start = self.at
        if depth >= DEEPEST:
            raise QueryError(self._text, start, f"more than {DEEPEST} groups within each other")
        self._take(token)
        inner = self.any(depth + 1)
        closing = self._peek()
        if closing is None or not closing["close"]:
            raise QueryError(self._text, start, "a ( without its )")
        self._take(closing)
        return inner

    def _compared(self, token: re.Match[str]) -> _Term:
        parts = _COMPARE.match(token["compare"])
        assert parts
        name, comparison, value = parts[1], parts[2], parts[3]
        place = token.start("compare") + parts.start(3)
        if comparison == ":":
            raise QueryError(self._text, token.start("compare"), f"{name} is compared: {name}>=2 or {name}<3d")
        self._take(token)
        if name == "copies":
            if not value.isdecimal() or len(value) > 6:
                raise QueryError(self._text, place, "copies are compared with a number: copies>=2")
            return _Compared(name, comparison, float(value))
        age = _AGE.fullmatch(value)
        if not age:
            raise QueryError(self._text, place, "an age is a number with m, h, d or w: age<3d")
        return _Compared(name, comparison, float(age[1]) * _UNITS[age[2]])

    def _literal(self, token: re.Match[str]) -> _Term:
        name = (token["field"] or "").rstrip(":").lower()
        place = token.start("phrase") if token["word"] is None else token.start("word")
        field = self._field(name, token)
        if token["word"] is None:
            if not token["end"]:
                raise QueryError(self._text, place - 1, 'a " without its end')
            return self._words(field, token["phrase"], place, token, prefix=False)
        word = token["word"]
        if word.startswith("/"):
            raise QueryError(self._text, place, "regular expressions are not understood; use words or a prefix*")
        return self._words(field, word.rstrip("*"), place, token, prefix=word.endswith("*"))

    def _field(self, name: str, token: re.Match[str]) -> Field:
        for field in _FIELDS:
            if name == field:
                return field
        if not name:
            return ""
        near = get_close_matches(name, (*_FIELDS, *_COMPARED), 1)
        hint = f"did you mean {near[0]}:?" if near else f"fields are {', '.join(_FIELDS)}"
        raise QueryError(self._text, token.start("field"), f"no field {name!r}; {hint}")

    def _words(self, field: Field, raw: str, place: int, token: re.Match[str], *, prefix: bool) -> _Term:
        exact = field not in ("", "title")
        wanted = fold(raw).strip() if exact else " ".join(_WORD.findall(fold(raw)))
        if not wanted:
            raise QueryError(self._text, place, "nothing to look for here")
        self._take(token)
        return _Literal(field, wanted, prefix)

    def _peek(self) -> re.Match[str] | None:
        return _TOKEN.match(self._text, self.at) if self.left() else None

    def _take(self, token: re.Match[str]) -> None:
        self.at = token.end()
        self._skip_blanks()

    def _skip_blanks(self) -> None:
        while self.left() and self._text[self.at].isspace():
            self.at += 1


# --- matching ----------------------------------------------------------------------------------------


def matter(story: Story, sources: Mapping[str, Source]) -> Matter:
    """Fold what queries look at; sources that the configuration no longer has are passed over."""
    titles = _spaced("\n".join(dict.fromkeys((story.title, *(copy.title for copy in story.copies)))))
    text = f"{titles}{_spaced(story.text)}"
    known = [sources[copy.source_id] for copy in story.copies if copy.source_id in sources]
    ids = {copy.source_id for copy in story.copies}
    outlets = {copy.outlet for copy in story.copies}
    return Matter(
        title=titles,
        text=text,
        words=frozenset(text.split()),
        fields={
            "source": _folded(ids | outlets),
            "agency": _folded({copy.agency for copy in story.copies if copy.agency}),
            "tag": _folded({*story.tags, *(tag for source in known for tag in source.tags)}),
            "lang": _folded({copy.language for copy in story.copies}),
            "author": _folded({story.author} if story.author else set()),
        },
        copies=len(outlets),
        published=story.published,
    )


def _spaced(text: str) -> str:
    """Words with a blank on either side, so that a whole word is a substring."""
    folded = fold(text)
    return f" {' '.join((_ASCII_WORD if folded.isascii() else _WORD).findall(folded))} "


def _folded(values: set[str]) -> frozenset[str]:
    return frozenset(fold(value).strip() for value in values)


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic and its query."""

    topic: Topic
    query: Query


def compile_topic(topic: Topic) -> CompiledTopic:
    """Compile a topic's query; raises QueryError."""
    return CompiledTopic(topic, compile_query(topic.match))


def select(topics: Sequence[CompiledTopic], matter: Matter, now: datetime) -> frozenset[str]:
    """The ids of the topics that take the story."""
    return frozenset(
        compiled.topic.id
        for compiled in topics
        if matter.copies >= compiled.topic.min_copies
        and _young(compiled.topic.max_age, matter, now)
        and compiled.query.matches(matter, now)
    )


def _young(most: timedelta | None, matter: Matter, now: datetime) -> bool:
    return most is None or now - matter.published <= most
