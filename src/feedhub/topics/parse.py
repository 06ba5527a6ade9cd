"""Parsing queries. A mistake is a QueryError that names its place and, if it can be guessed, what was meant.

The grammar is in docs/queries.md. This is a recursive-descent parser with one token of lookahead and one method for
each rule.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import cast

from feedhub.errors import QueryError
from feedhub.text import fold
from feedhub.topics.amounts import COMPARED, EXAMPLES, amount, sign_of
from feedhub.topics.patterns import Expression, PatternError
from feedhub.topics.tree import NAMES, PROSE, All, Any, Name, Named, Not, Pattern, Prose, Reference, Tree, Words
from feedhub.topics.words import words_of

LONGEST = 2_000  # characters of a query
DEEPEST = 20  # groups within groups
MOST_EXPRESSIONS = 8  # each may take its time with every story

Field = Prose | Name
_FIELDS: tuple[Field, ...] = (*PROSE, *NAMES)

# Full-width signs as a Japanese input method types them, mapped one to one, so that places stay.
_HALF = str.maketrans({**{chr(0xFF01 + at): chr(0x21 + at) for at in range(94)}, **dict.fromkeys("“”„‟″", '"')})

_VALUE = r"""(?P<open>\()
    | "(?P<phrase>[^"]*)(?P<end>"\*?|)
    | /(?P<pattern>(?:\\.|[^/\\])*)(?P<slash>/?)(?P<rest>[^\s()]*)
    | (?P<word>[^\s()"]+)"""  # what may stand after "title:"
_TOKEN = rf"""(?P<close>\)) | (?P<said>(?:OR|AND|NOT)(?=[\s()]|$)) | (?P<not>-(?=\S))
    | (?P<name>(?i:{"|".join(COMPARED)}))\s*(?P<sign>>=|<=|>|<|=|:)\s*(?P<value>[^\s()]*)
    | (?P<unknown>[A-Za-z]+)(?:>=|<=|>|<)
    | (?P<field>(?i:{"|".join(_FIELDS)})|[A-Za-z]+(?=:[^\s)])):
    | @(?P<topic>[\w-]*)(?P<tail>[^\s()]*)
    | {_VALUE}"""
_VALUE_RE, _TOKEN_RE = re.compile(_VALUE, re.X), re.compile(_TOKEN, re.X)
_LANGUAGE = re.compile("[a-z]{2,3}")


def parse(text: str) -> Tree:
    """The tree of a query; raises QueryError. An empty query means everything."""
    if len(text) > LONGEST:
        raise QueryError(text, LONGEST, f"longer than {LONGEST} characters")
    reader = _Reader(text)
    tree = reader.any("", 0) if reader.left() else All(())
    if reader.left():
        raise reader.wrong(reader.at, "a ) without its (")
    return tree


class _Reader:
    """Reads a query from left to right."""

    def __init__(self, text: str):
        self._said = text
        self._text = text.translate(_HALF).rstrip()
        self._expressions = 0
        self.at = 0
        self._skip_blanks()

    def left(self) -> bool:
        """Whether anything is left to read."""
        return self.at < len(self._text)

    def wrong(self, place: int, message: str) -> QueryError:
        """A mistake at this place, to be raised."""
        return QueryError(self._said, place, message)

    def any(self, field: Field, depth: int) -> Tree:
        """all {"OR" all}; `field` is the one that stands before the group."""
        terms = [self._all(field, depth)]
        while (token := self._peek()) and token["said"] == "OR":
            self._take(token)
            terms.append(self._all(field, depth))
        return terms[0] if len(terms) == 1 else Any(tuple(terms))

    def _all(self, field: Field, depth: int) -> Tree:
        terms: list[Tree] = []
        while (token := self._peek()) and token["said"] != "OR" and not token["close"]:
            terms.append(self._term(field, depth))
        if not terms:
            raise self.wrong(min(self.at, len(self._text)), "a word is missing here")
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _term(self, field: Field, depth: int) -> Tree:
        negative = False
        while (token := self._peek()) and token["not"]:
            self._take(token)
            negative = not negative
        if token is None or token["said"] == "OR" or token["close"]:
            raise self.wrong(self.at, "a word is missing here")
        if token["said"]:
            meant = "words side by side mean AND" if token["said"] == "AND" else "write -word for NOT"
            raise self.wrong(self.at, f'{meant}; to find the word, write "{token["said"].lower()}"')
        term = self._positive(token, field, depth)
        return Not(term) if negative else term

    def _positive(self, token: re.Match[str], field: Field, depth: int) -> Tree:
        if token["open"]:
            return self._group(token, field, depth)
        if token["name"]:
            return self._compared(token)
        if token["unknown"]:
            raise self._uncompared(token)
        if token["field"]:
            return self._fielded(token, depth)
        if token["topic"] is not None:
            return self._reference(token)
        return self._atom(token, field)

    def _atom(self, token: re.Match[str], field: Field) -> Tree:
        if token["pattern"] is not None:
            return self._expression(token, field)
        return self._words(token, field)

    def _group(self, token: re.Match[str], field: Field, depth: int) -> Tree:
        start = self.at
        if depth >= DEEPEST:
            raise self.wrong(start, f"more than {DEEPEST} groups within each other")
        self._take(token)
        inner = self.any(field, depth + 1)
        closing = self._peek()
        if closing is None or not closing["close"]:
            raise self.wrong(start, "a ( without its )")
        self._take(closing)
        return inner

    def _compared(self, token: re.Match[str]) -> Tree:
        name = token["name"].lower()
        sign = sign_of(token["sign"])
        if sign is None:
            raise self.wrong(token.start("name"), f"{name} is compared, not searched: {EXAMPLES[name]}")
        try:
            term = amount(name, sign, token["value"])
        except ValueError as error:
            raise self.wrong(token.start("value"), str(error)) from None
        self._take(token)
        return term

    def _uncompared(self, token: re.Match[str]) -> QueryError:
        name = token["unknown"].lower()
        if name in _FIELDS:
            return self.wrong(self.at, f"{name} is searched, not compared: {name}:word")
        near = get_close_matches(name, COMPARED, 1)
        hint = f"did you mean {near[0]}?" if near else f"{', '.join(COMPARED)} are; words with < or > go in quotes"
        return self.wrong(self.at, f"{name!r} cannot be compared; {hint}")

    def _fielded(self, token: re.Match[str], depth: int) -> Tree:
        field = self._field(token)
        self.at = token.end()
        value = _VALUE_RE.match(self._text, self.at)
        if value is None:
            raise self.wrong(self.at, f"nothing to look for here; what follows {field}: stands next to it")
        return self._group(value, field, depth) if value["open"] else self._atom(value, field)

    def _field(self, token: re.Match[str]) -> Field:
        name = token["field"].lower()
        if name in _FIELDS:
            return cast(Field, name)
        near = get_close_matches(name, (*_FIELDS, *COMPARED), 1)
        hint = f"did you mean {near[0]}:?" if near else f"fields are {', '.join(_FIELDS)}; other colons go in quotes"
        raise self.wrong(token.start("field"), f"no field {name!r}; {hint}")

    def _reference(self, token: re.Match[str]) -> Tree:
        if not token["topic"] or token["tail"]:
            raise self.wrong(token.end("topic"), "the id of a topic goes here, as in @defense; other @ go in quotes")
        at = self.at
        self._take(token)
        return Reference(token["topic"], at)

    def _expression(self, token: re.Match[str], field: Field) -> Tree:
        start = token.start("pattern")
        if not token["slash"]:
            raise self.wrong(self.at, "a / without its end; a word that begins with / goes in quotes")
        if token["rest"]:
            raise self.wrong(token.start("rest"), r"a regular expression ends here; a / within it is written \/")
        self._expressions += 1
        if self._expressions > MOST_EXPRESSIONS:
            raise self.wrong(self.at, f"more than {MOST_EXPRESSIONS} regular expressions; join some: /a|b/")
        try:
            expression = Expression(self._said[start : token.end("pattern")])
        except PatternError as error:
            raise self.wrong(start + error.position, error.message) from None
        self._take(token)
        return Pattern(field, expression)

    def _words(self, token: re.Match[str], field: Field) -> Tree:
        quoted = token["phrase"] is not None
        if quoted and not token["end"]:
            raise self.wrong(self.at, 'a " without its end')
        place = token.start("phrase") if quoted else token.start("word")
        raw = token["phrase"] if quoted else token["word"].rstrip("*")
        prefix = token["end"].endswith("*") if quoted else token["word"].endswith("*")
        if not quoted and "*" in raw:
            raise self.wrong(place + raw.index("*"), "a * stands at the end of a word only; else /a.*b/")
        if field in NAMES:
            return self._taken(token, Named(field, self._name(field, raw, place, prefix), prefix))
        return self._taken(token, Words(cast(Prose, field), self._something(words_of(raw), place), prefix))

    def _name(self, field: Name, raw: str, place: int, prefix: bool) -> str:
        wanted = self._something(fold(raw).strip(), place)
        if field == "lang" and not prefix and not _LANGUAGE.fullmatch(wanted):
            start = wanted.split("-")[0]
            hint = f"did you mean lang:{start}?" if start != wanted and _LANGUAGE.fullmatch(start) else "as in lang:ja"
            raise self.wrong(place, f"a language is a code of two or three letters; {hint}")
        return wanted

    def _something(self, wanted: str, place: int) -> str:
        if not wanted:
            raise self.wrong(place, "nothing to look for here")
        return wanted

    def _taken(self, token: re.Match[str], term: Tree) -> Tree:
        self._take(token)
        return term

    def _peek(self) -> re.Match[str] | None:
        return _TOKEN_RE.match(self._text, self.at) if self.left() else None

    def _take(self, token: re.Match[str]) -> None:
        self.at = token.end()
        self._skip_blanks()

    def _skip_blanks(self) -> None:
        while self.left() and self._text[self.at].isspace():
            self.at += 1
