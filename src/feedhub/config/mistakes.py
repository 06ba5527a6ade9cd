"""Mistakes in the document, each as path and sentence: pydantic's errors in our words, and what no single key shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, time
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from feedhub import urls
from feedhub.config.schema import GROUPS, Document, ListTable, SourceTable, intervals, keys, keys_at
from feedhub.errors import QueryError
from feedhub.text import excerpt

Mistake = tuple[tuple[str, ...], str]  # where in the document, and what is wrong there
QueryCheck = Callable[[str, Mapping[str, str], str], object]  # a query, all topics' queries, its topic's id

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
SHOWN = 60  # characters of a value that is too long

_SAID = {  # pydantic's error types in our words
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "string_too_short": "must not be empty",
}


def of_values(error: ValidationError) -> list[Mistake]:
    """What is wrong with single values."""
    return [_said(dict(one)) for one in error.errors(include_url=False, include_context=True)]


def _said(error: dict[str, Any]) -> Mistake:
    """One of pydantic's errors as path and words."""
    path = tuple(str(part) for part in error["loc"] if not str(part).startswith(("function-", "[key]")))
    kind = error["type"]
    if kind == "extra_forbidden":
        return path, _unknown(path, error["input"])
    if kind == "value_error":
        return path, str(error["ctx"]["error"])
    if kind == "literal_error":
        return path, f"must be {error['ctx']['expected']}, not {error['input']!r}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = "at least" if kind == "greater_than_equal" else "at most"
        return path, f"must be {bound} {error['ctx'].get('ge', error['ctx'].get('le'))}, not {error['input']!r}"
    if kind in ("dict_type", "model_type"):
        said = f"must be a table, [{'.'.join((*path, 'ID') if '.'.join(path) in GROUPS else path)}]"
    elif kind == "string_too_long":
        said = f"must have at most {error['ctx']['max_length']} characters"
    else:
        said = _SAID.get(kind, error["msg"])
    return path, said if kind in ("missing", "string_too_short") else f"{said}, not {_cut(error['input'])}"


def _cut(written: object) -> str:
    """A value as it is shown beside what is wrong with it: without the password of an address."""
    if isinstance(written, list | dict):
        return "a list" if isinstance(written, list) else "a table"
    if isinstance(written, bool):
        return str(written).lower()
    if isinstance(written, date | time):
        return written.isoformat()
    return repr(excerpt(urls.redacted(written), SHOWN) if isinstance(written, str) else written)


def _unknown(path: tuple[str, ...], written: object) -> str:
    known = keys_at(path[:-1])
    what = "table" if len(path) == 1 or isinstance(written, dict) else "key"
    if homes := [f"[{table}]" for table in ("daemon", "polling", "websub", "output") if path[-1] in keys()[table]]:
        return f"unknown here; it is a key of {' and '.join(homes)}"
    if near := get_close_matches(path[-1], known, 1):
        return f"unknown {what}; did you mean {near[0]!r}?"
    if len(path) == 3 and isinstance(written, dict):
        return f"unknown {what}; an id has no dot: did you mean [{path[0]}.{'-'.join(path[1:])}]?"
    return f"unknown {what}; known are {', '.join(known)}"


def across(
    raw: Mapping[str, Any], document: Document, check_query: QueryCheck, broken: Collection[str]
) -> Iterator[Mistake]:
    """Mistakes that no single value shows: ids, queries, intervals, keys that only go together.

    `document` lacks what is wrong by itself. The tables of that are named in `broken`: other mistakes that may follow
    from it are not reported.
    """
    for kind in GROUPS:
        for id in raw.get(kind, {}) if isinstance(raw.get(kind), dict) else ():
            if not ID.fullmatch(id):
                yield (kind, id), "an id has lower-case letters, digits, - and _ only, at most 64 of them"
    yield from _queries(raw, check_query)
    if "polling" not in broken:
        yield from _intervals(document)
    yield from _repeated(document)
    if "sources" not in broken:
        yield from _preferred(document)
    yield from _without_extra(document)
    for id, topic in document.topics.items():
        if topic.token and not topic.private:
            yield ("topics", id, "token"), "is asked for in a private topic only; set private = true as well"
    if document.daemon.database.startswith(("postgres:", "postgresql:")):
        yield ("daemon", "database"), "PostgreSQL is not supported yet; give the path of an SQLite file"
    elif Path(document.daemon.database).name in ("", ":memory:"):  # which SQLite would lose at the end
        yield ("daemon", "database"), f"is the path of a file, not {document.daemon.database!r}"


def _queries(raw: Mapping[str, Any], check_query: QueryCheck) -> Iterator[Mistake]:
    topics = raw.get("topics")
    tables = topics.items() if isinstance(topics, dict) else ()
    queries = {id: topic.get("match", "") for id, topic in tables if isinstance(topic, dict)}
    saved = {id: query for id, query in queries.items() if isinstance(query, str)}
    for id, query in saved.items():
        try:
            check_query(query, saved, id)
        except QueryError as error:
            yield ("topics", id, "match"), str(error)


def _intervals(document: Document) -> Iterator[Mistake]:
    tables: dict[tuple[str, str], SourceTable | ListTable] = {}
    tables |= {("sources", id): table for id, table in document.sources.items()}
    tables |= {("lists", id): table for id, table in document.lists.items()}
    for path, table in tables.items():
        least, most = intervals(table, document.polling)
        key = "min_interval" if table.min_interval else "max_interval"
        if least > most and getattr(table, key):
            yield (*path, key), "the shortest interval is longer than the longest"
    if document.polling.min_interval > document.polling.max_interval:
        yield ("polling", "min_interval"), "the shortest interval is longer than the longest"


def _repeated(document: Document) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for id, source in document.sources.items():
        first = seen.setdefault(urls.asked(source.url), id)
        if first != id:
            yield ("sources", id, "url"), f"the same address as sources.{first}"


def _preferred(document: Document) -> Iterator[Mistake]:
    """Misspelt outlets: others than the known ones are allowed, as lists may bring them."""
    tables = document.sources.items()
    known = {*document.sources, *(source.outlet or source.title or id for id, source in tables)}
    for id, topic in document.topics.items():
        for name in topic.prefer_outlets:
            if name not in known and (near := get_close_matches(name, known, 1, 0.75)):
                yield ("topics", id, "prefer_outlets"), f"no outlet {name!r}; did you mean {near[0]!r}?"


def _without_extra(document: Document) -> Iterator[Mistake]:
    if find_spec("trafilatura") is None:
        for id, source in document.sources.items():
            if source.full_text:
                yield ("sources", id, "full_text"), "needs an extra: pip install 'feedhub[fulltext]'"
