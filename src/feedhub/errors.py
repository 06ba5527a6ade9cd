"""What can go wrong, as a tree.

FeedhubError
 + ConfigError            the configuration has problems; carries all of them
 + StoreError             the database cannot do what is asked
   x DatabaseBusy         another process writes this database
   x StorageFault         the disk is full, cannot be written, or the database is damaged
   x LeaseLost            a poll's result came after its claim had expired
 + RulingError            an editor's ruling cannot be carried out
 + NotFound               no such source, story, item or topic
 + QueryError             a topic's query is not understood; carries the place
 + ControlError           the running daemon could not be asked, or refused

One source's failure is not here: it is a value (`model.FetchFailure`, `model.ParseFailure`),
because a feed that does not answer is an everyday result, not an accident of the program.
"""

from __future__ import annotations

from copyreg import __newobj__  # type: ignore[attr-defined]
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feedhub.model import Problem


_AROUND = 60  # characters of a long query that are shown on either side of a mistake


class FeedhubError(Exception):
    """Base of every error that feedhub raises on purpose; its text is written for people."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle an error as it is, without making its text again."""
        return __newobj__, (type(self), *self.args), self.__dict__


class ConfigError(FeedhubError):
    """The configuration has problems; `problems` holds all of them, in file order."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StoreError(FeedhubError):
    """The database cannot do what is asked."""


class DatabaseBusy(StoreError):
    """Another process writes this database."""

    def __init__(self, path: str, holder: str):
        self.path, self.holder = path, holder
        super().__init__(f"{path} is in use by {holder}: one process writes a database")


class StorageFault(StoreError):
    """The disk is full, cannot be written, or the database is damaged; it may pass, and nothing was changed."""


class LeaseLost(StoreError):
    """A poll's result arrived after its claim had expired or had been given to another."""

    def __init__(self, source_id: str):
        self.source_id = source_id
        super().__init__(f"the claim on source {source_id} was lost before its poll was stored")


class RulingError(FeedhubError):
    """An editor's ruling makes no sense as things stand."""


class NotFound(FeedhubError):
    """No such source, story, item or topic; with the one that was likely meant, of those that are `known`."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = ()):
        from difflib import get_close_matches  # here: every start would load it

        self.kind, self.name = kind, name
        near = get_close_matches(name, list(known), 1)
        super().__init__(f"no {kind} {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


class QueryError(FeedhubError):
    """A query is not understood; `position` is the 0-based character at fault."""

    def __init__(self, query: str, position: int, message: str):
        self.query, self.position, self.message = query, position, message
        shown, before = _excerpt(query, position)
        super().__init__(f"{message}\n  {shown}\n  {' ' * _columns(shown[:before])}^")


def _excerpt(query: str, position: int) -> tuple[str, int]:
    """The line at fault, cut around the place, and where the place is in that."""
    start = query.rfind("\n", 0, position) + 1
    line = query[start:].split("\n", 1)[0].replace("\t", " ")
    at = position - start
    low, high = max(0, at - _AROUND), at + _AROUND
    head, tail = "…" if low else "", "…" if high < len(line) else ""
    return f"{head}{line[low:high]}{tail}", at - low + len(head)


def _columns(text: str) -> int:
    """The width of a text on a terminal, where Japanese characters take two columns."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


class ControlError(FeedhubError):
    """The running daemon could not be asked, or refused."""
