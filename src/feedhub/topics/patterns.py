"""Regular expressions that cannot hang: each search has a time limit, and one that exceeds it has found nothing."""

from __future__ import annotations

import re

import regex

from feedhub.text import fold

LONGEST = 500  # characters of an expression
WITHIN = 0.02  # seconds of processor time for one search; an honest one through a long text takes a tenth of that
MOST_REPEATS = 10_000  # the product of all {n}: nested ones are expanded by the library
PATIENCE = 25  # searches that may run out of time before the expression is given up
_GRACE = 0.05  # of one such search, forgiven for each search in time
_SPECIAL = re.compile(r"[][\\^$.|?*+(){}#&~-]")
_REPEAT = re.compile(r"\{\s*(\d+)")
_RUN = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")


class PatternError(ValueError):
    """An expression does not compile; `position` counts from its first character."""

    def __init__(self, position: int, message: str):
        self.position, self.message = position, message
        super().__init__(message)


class Expression:
    """A compiled expression; case and width do not count, ^ and $ match at lines.

    It counts how often it ran out of time: an expression that does so for story after story would hold up the filling
    of a topic, so it is given up, and finds nothing from then on.
    """

    def __init__(self, source: str):
        self.source = source
        self._strikes = 0.0
        self._compiled = _compiled(source)

    @property
    def given_up(self) -> bool:
        """Whether it has run out of time too often."""
        return self._strikes >= PATIENCE

    def found(self, text: str) -> bool:
        """Whether a folded text contains it; False if that is not known in time."""
        if self.given_up:
            return False
        try:
            hit = self._compiled.search(text, timeout=WITHIN) is not None
        except (TimeoutError, MemoryError):
            self._strikes += 1
            return False
        self._strikes = max(0.0, self._strikes - _GRACE)
        return hit

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)


def _compiled(source: str) -> regex.Pattern[str]:
    if len(source) > LONGEST:
        raise PatternError(LONGEST, f"a regular expression of more than {LONGEST} characters")
    if not source:
        raise PatternError(0, "nothing to look for here")
    folded, places = _folded(source)
    _refuse_repeats(folded, places)
    try:
        return regex.compile(folded, regex.IGNORECASE | regex.MULTILINE)
    except regex.error as error:
        at = min(error.pos or 0, len(folded))
        raise PatternError(places[at], f"not a regular expression: {error.msg}") from None
    except RecursionError:
        raise PatternError(0, "a regular expression with too many groups within each other") from None
    except (ValueError, OverflowError) as error:  # flags and numbers that the library refuses by other exceptions
        raise PatternError(0, f"not a regular expression: {error}") from None


def _refuse_repeats(folded: str, places: list[int]) -> None:
    product = 1
    for repeat in _REPEAT.finditer(folded):
        product *= max(1, int(repeat[1]))
        if product > MOST_REPEATS:
            raise PatternError(places[repeat.start()], f"repeats that come to more than {MOST_REPEATS}")


def _folded(source: str) -> tuple[str, list[int]]:
    """The expression for folded text, and for each of its characters its place in the source.

    ASCII stays as it is, since its letters may be escapes. Characters that folding turns into ASCII, such as full-width
    brackets, stand for themselves.
    """
    parts: list[str] = []
    places: list[int] = []
    for run in _RUN.finditer(source):
        part = run[0] if run[0].isascii() else _SPECIAL.sub(r"\\\g<0>", fold(run[0]))
        parts.append(part)
        last = run.end() - 1
        places += [min(run.start() + offset, last) for offset in range(len(part))]
    return "".join(parts), [*places, len(source)]
