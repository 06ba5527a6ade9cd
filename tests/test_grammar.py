"""The grammar in docs/queries.md: whatever it derives is understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from build import START, story
from feedhub.errors import QueryError
from feedhub.topics import compile_query, matter
from feedhub.topics.parse import DEEPEST, LONGEST, MOST_EXPRESSIONS

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs/queries.md").read_text(encoding="utf-8")
GRAMMAR = DOCUMENT.split("```ebnf\n")[1].split("```")[0]
TOKEN = re.compile(r"""\s*(?:\(\*.*?\*\)\s*)*("[^"]*"|'[^']*'|[a-z]+|[=;|()\[\]{}])""", re.S)
LEAVES = {
    "word": ["ja", "en", "会見", "u.s"], "text": ["ja", "en ja", "首相 会見", "(a) OR -b:"],
    "expression": ["j.a", r"a\/b", "会+見?"], "number": ["0", "2", "15"], "date": ["2026-11-01", "2024-02-29"],
    "hours": ["00", "23"], "minutes": ["00", "59"], "offset": ["+09:00", "-03:30"], "topic": ["defense", "a-b_1"],
}  # fmt: skip
SAVED = {"defense": "defense OR 防衛", "a-b_1": "title:quake"}
SPACED = ("any", "all")  # rules whose parts stand apart
DEEP = 6  # rules within each other, after which the shortest way is taken

Node = tuple[str, list[object]] | str


class Grammar:
    """An EBNF grammar, read: each rule a tree of alternatives, sequences, options, repetitions, names and signs."""

    def __init__(self, text: str):
        self._tokens = TOKEN.findall(text)
        self.rules: dict[str, Node] = {}
        while self._tokens:
            name = self._take()
            assert self._take() == "="
            self.rules[name] = self._either()
            assert self._take() == ";"

    def _take(self) -> str:
        return self._tokens.pop(0)

    def _either(self) -> Node:
        ways: list[object] = [self._row()]
        while self._tokens[0] == "|":
            self._take()
            ways.append(self._row())
        return ("either", ways)

    def _row(self) -> Node:
        parts: list[object] = []
        while self._tokens[0] not in "|;)]}":
            parts.append(self._part())
        return ("row", parts)

    def _part(self) -> Node:
        token = self._take()
        if token in "([{":
            inner = self._either()
            self._take()
            return ({"(": "row", "[": "maybe", "{": "often"}[token], [inner])
        return token

    def derive(self, draw: st.DrawFn, node: object, depth: int, between: str = "") -> str:
        if isinstance(node, str):
            return self._leaf(draw, node, depth)
        kind, parts = node  # type: ignore[misc]
        if kind == "either":
            ways = parts if depth < DEEP else parts[-1:]  # the last way is the plainest, as the grammar is written
            return self.derive(draw, draw(st.sampled_from(ways)), depth, between)
        if kind in ("maybe", "often"):
            times = draw(st.integers(0, 1 if kind == "maybe" else 2)) if depth < DEEP else 0
            return between.join(self.derive(draw, parts[0], depth, between) for _ in range(times))
        return between.join(filter(None, (self.derive(draw, part, depth, between) for part in parts)))

    def _leaf(self, draw: st.DrawFn, name: str, depth: int) -> str:
        if name[0] in "\"'":
            return name[1:-1]
        if name in LEAVES:
            return draw(st.sampled_from(LEAVES[name]))
        return self.derive(draw, self.rules[name], depth + 1, " " if name in SPACED else "")


RULES = Grammar(GRAMMAR)


@st.composite
def sentences(draw: st.DrawFn) -> str:
    return RULES.derive(draw, RULES.rules["query"], 0)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(sentences())
def test_whatever_the_grammar_derives_is_understood(query: str) -> None:
    try:
        compiled = compile_query(query, SAVED)
    except QueryError as error:
        # What the text below the grammar says of lengths, and what it says of languages, is no grammar's matter.
        assert re.search("a language is a code|more than|longer than", error.message), error  # noqa: PT017
        return
    compiled.matches(matter(story("会見", "ja"), {}), START)


def test_every_rule_is_defined_and_used() -> None:
    rules = RULES.rules
    named = set(re.findall(r"[a-z]+", re.sub(r"\(\*.*?\*\)|\"[^\"]*\"|'[^']*'", "", GRAMMAR)))
    assert named == rules.keys() | LEAVES.keys()


@pytest.mark.parametrize("query", ["(a", "a)", "a OR", "OR a", "-", "title:", '"a', "/a", "copies>=", "@", "title:/(/"])
def test_what_it_does_not_derive_is_refused(query: str) -> None:
    with pytest.raises(QueryError):
        compile_query(query, SAVED)


def test_the_limits_are_those_of_the_document() -> None:
    said = DOCUMENT.split("`OR` is written in capitals.")[1]
    assert [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", said)][:3] == [
        LONGEST, DEEPEST, MOST_EXPRESSIONS,
    ]  # fmt: skip
