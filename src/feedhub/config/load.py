"""File -> Settings, or everything that is wrong with it at once."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli  # the standard library's tomllib, compiled: a third of the time for ten thousand sources
from pydantic import ValidationError

from feedhub.config import build, mistakes
from feedhub.config.lines import Lines
from feedhub.config.mistakes import Mistake, QueryCheck
from feedhub.config.schema import Document
from feedhub.config.syntax import explained
from feedhub.errors import ConfigError
from feedhub.model import Problem, Settings


def load(path: Path, check_query: QueryCheck, known: Collection[bytes] = ()) -> Settings:
    """Read and check a file; raises ConfigError with all problems. `check_query` raises QueryError.

    Everything is checked, but the sources of parts with `known` marks are left out of the settings.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            [_problem(path, 0, "", "no such file; --config names another, `feedhub add URL` begins one")]
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([_problem(path, line, "", "is not UTF-8; save the file in that encoding")]) from None
    except OSError as error:
        raise ConfigError([_problem(path, 0, "", f"cannot be read: {error.strerror}")]) from None
    with _uncollected():
        return parse(text, path, check_query, known)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: ten thousand sources leave no garbage, and it takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def parse(text: str, file: Path, check_query: QueryCheck, known: Collection[bytes] = ()) -> Settings:
    """Check a document; raises ConfigError with all problems, in file order."""
    raw = _tables(text, file)
    found: list[Mistake] = []
    try:
        document = Document.model_validate(raw)
    except ValidationError as error:
        found = mistakes.of_values(error)
        document = _without(raw, {path[:2] for path, _ in found})
    found += mistakes.across(raw, document, check_query, {path[0] for path, _ in found})
    if found:
        lines = Lines(text)
        problems = [_problem(file, lines.of(path), ".".join(path), said) for path, said in dict.fromkeys(found)]
        raise ConfigError(sorted(problems, key=lambda problem: problem.line))
    return build.settings(raw, document, file, known)


def _without(raw: Mapping[str, Any], broken: Collection[tuple[str, ...]]) -> Document:
    """The document without broken keys of [daemon] and the like, and without broken tables of sources and topics."""
    return Document.model_validate({
        name: {key: value for key, value in table.items() if (name, key) not in broken}
        for name, table in raw.items()
        if (name,) not in broken
    })  # fmt: skip


def _tables(text: str, file: Path) -> dict[str, Any]:
    """The document as TOML; raises ConfigError with the line at which it is not."""
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        line, said = explained(error, text)
        raise ConfigError([_problem(file, line, "", said)]) from None
    except ValueError:  # Python's own, of int()
        raise ConfigError([_problem(file, 0, "", "a number has thousands of digits")]) from None
    except RecursionError:
        raise ConfigError([_problem(file, 0, "", "lists or tables stand in one another by the hundred")]) from None


def _problem(file: Path, line: int, path: str, message: str) -> Problem:
    return Problem(file=str(file), line=line, path=path, message=message)
