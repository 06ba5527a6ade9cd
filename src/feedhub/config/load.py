"""File -> Settings, or everything that is wrong with it at once."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from difflib import get_close_matches
from hashlib import sha256
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any
from zlib import crc32

import tomli  # the standard library's tomllib, compiled: a third of the time for ten thousand sources
from pydantic import ValidationError

from feedhub import urls
from feedhub.config.lines import Lines
from feedhub.config.schema import Document, ListTable, Polling, SourceTable, TopicTable, keys_at
from feedhub.curation import Look
from feedhub.errors import ConfigError, QueryError
from feedhub.manners import PLAIN_ACCESS, Access, Select
from feedhub.model import Part, Problem, Settings, Source, SourceList, Topic
from feedhub.sites import site_of
from feedhub.text import excerpt

QueryCheck = Callable[[str, Mapping[str, str], str], object]  # a query, all topics' queries, its topic's id

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
SHOWN = 60  # characters of a value that is too long
PART = 64  # sources that stand in one part of the configuration, about

_SAID = {  # pydantic's error types in our words
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "string_too_short": "must not be empty",
}


def load(path: Path, check_query: QueryCheck, known: Collection[bytes] = ()) -> Settings:
    """Read and check a file; raises ConfigError with all problems. `check_query` raises QueryError.

    All of it is checked; but the sources of parts that are `known` by their marks are left out.
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
    """Without the garbage collector: of ten thousand sources nothing is garbage, and it looks a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _dotted(names: re.Match[str]) -> str:
    """A table's name as it is written, of a tuple of its parts."""
    return ".".join(re.findall(r"'([^']*)'", names[0]))


def parse(text: str, file: Path, check_query: QueryCheck, known: Collection[bytes] = ()) -> Settings:
    """Check a document; raises ConfigError with all problems, in file order."""
    try:
        raw = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column \d+\)|\(at end of document\)", str(error))
        line = int(place[1]) if place and place[1] else len(text.splitlines())
        message = re.sub(r"\((?:'[^']*',? ?)+\)", _dotted, str(error).partition(" (at ")[0])
        raise ConfigError([_problem(file, line, "", f"not TOML: {message[:1].lower()}{message[1:]}")]) from None
    found: list[tuple[tuple[str, ...], str]] = []
    document = Document()
    try:
        document = Document.model_validate(raw)
    except ValidationError as error:
        found = [_said(dict(one)) for one in error.errors(include_url=False, include_context=True)]
    found += _crossed(raw, document, check_query)
    if found:
        lines = Lines(text)
        problems = [_problem(file, lines.of(path), ".".join(path), said) for path, said in dict.fromkeys(found)]
        raise ConfigError(sorted(problems, key=lambda problem: problem.line))
    return _settings(document, file, tuple(_parts(raw, document, known)))


def _problem(file: Path, line: int, path: str, message: str) -> Problem:
    return Problem(file=str(file), line=line, path=path, message=message)


def _said(error: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    """One of pydantic's errors as path and words."""
    path = tuple(str(part) for part in error["loc"] if not str(part).startswith(("function-", "[key]")))
    kind = error["type"]
    if kind == "extra_forbidden":
        return path, _unknown(path)
    if kind == "value_error":
        return path, str(error["ctx"]["error"])
    if kind == "literal_error":
        return path, f"must be {error['ctx']['expected']}, not {error['input']!r}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = "at least" if kind == "greater_than_equal" else "at most"
        return path, f"must be {bound} {error['ctx'].get('ge', error['ctx'].get('le'))}, not {error['input']!r}"
    if kind == "string_too_long":
        said = f"must have at most {error['ctx']['max_length']} characters"
    else:
        said = _SAID.get(kind, error["msg"])
    return path, said if kind in ("missing", "string_too_short") else f"{said}, not {_cut(error['input'])}"


def _cut(written: object) -> str:
    """A value as it is shown beside what is wrong with it."""
    if isinstance(written, bool):
        return str(written).lower()
    return repr(excerpt(written, SHOWN) if isinstance(written, str) else written)


def _unknown(path: tuple[str, ...]) -> str:
    known = keys_at(path[:-1])
    what = "table" if len(path) == 1 else "key"
    near = get_close_matches(path[-1], known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    return f"unknown {what}; {hint}"


def _crossed(
    raw: Mapping[str, Any], document: Document, check_query: QueryCheck
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What no single key shows."""
    for kind in ("sources", "lists", "topics"):
        for id in raw.get(kind, {}) if isinstance(raw.get(kind), dict) else ():
            if not ID.fullmatch(id):
                yield (kind, id), "an id has lower-case letters, digits, - and _ only, at most 64 of them"
    yield from _queries(raw, check_query)
    yield from _intervals(document)
    yield from _repeated(document)
    yield from _preferred(document)
    yield from _without_extra(document)
    for id, topic in document.topics.items():
        if topic.token and not topic.private:
            yield ("topics", id, "token"), "is asked for in a private topic only; set private = true as well"
    if document.daemon.database.startswith(("postgres:", "postgresql:")):
        yield ("daemon", "database"), "PostgreSQL is not supported yet; give the path of an SQLite file"


def _queries(raw: Mapping[str, Any], check_query: QueryCheck) -> Iterator[tuple[tuple[str, ...], str]]:
    topics = raw.get("topics")
    tables = topics.items() if isinstance(topics, dict) else ()
    queries = {id: topic.get("match", "") for id, topic in tables if isinstance(topic, dict)}
    saved = {id: query for id, query in queries.items() if isinstance(query, str)}
    for id, query in saved.items():
        try:
            check_query(query, saved, id)
        except QueryError as error:
            yield ("topics", id, "match"), str(error)


def _intervals(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    tables: dict[tuple[str, str], SourceTable | ListTable] = {}
    tables |= {("sources", id): table for id, table in document.sources.items()}
    tables |= {("lists", id): table for id, table in document.lists.items()}
    for path, table in tables.items():
        least, most = _limits(table, document.polling)
        if least > most:
            key = "min_interval" if table.min_interval else "max_interval"
            yield (*path, key), "the shortest interval is longer than the longest"
    if document.polling.min_interval > document.polling.max_interval:
        yield ("polling", "min_interval"), "the shortest interval is longer than the longest"


def _repeated(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    seen: dict[str, str] = {}
    for id, source in document.sources.items():
        if source.url in seen:
            yield ("sources", id, "url"), f"the same address as sources.{seen[source.url]}"
        seen.setdefault(source.url, id)


def _preferred(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    """An outlet that is nearly a known one is a slip; lists may bring others."""
    tables = document.sources.items()
    known = {*document.sources, *(source.outlet or source.title or id for id, source in tables)}
    for id, topic in document.topics.items():
        for name in topic.prefer_outlets:
            if name not in known and (near := get_close_matches(name, known, 1, 0.75)):
                yield ("topics", id, "prefer_outlets"), f"no outlet {name!r}; did you mean {near[0]!r}?"


def _without_extra(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    if find_spec("trafilatura") is None:
        for id, source in document.sources.items():
            if source.full_text:
                yield ("sources", id, "full_text"), "needs an extra: pip install 'feedhub[fulltext]'"


def _limits(source: SourceTable | ListTable, polling: Polling) -> tuple[timedelta, timedelta]:
    return source.min_interval or polling.min_interval, source.max_interval or polling.max_interval


def _settings(document: Document, file: Path, parts: tuple[Part, ...]) -> Settings:
    daemon, polling = document.daemon, document.polling
    host, port = daemon.listen
    public_url = (daemon.public_url or urls.of_place(host, port)).rstrip("/")
    return Settings(
        file=file,
        host=host,
        port=port,
        public_url=public_url,
        database=Path(daemon.database),
        retention=daemon.retention,
        log_format=daemon.log_format,
        admin_token=daemon.admin_token,
        workers=polling.workers,
        concurrency=polling.concurrency,
        per_host=polling.per_host,
        gap=polling.gap,
        budget=polling.budget,
        contact=polling.contact or (None if site_of(public_url).private else public_url),
        sources=tuple(chain.from_iterable(part.sources for part in parts)),
        parts=parts,
        topics=tuple(_topic(id, table, document.websub.hub) for id, table in document.topics.items()),
        subscribe=document.websub.subscribe,
        output=Path(document.output.directory) if document.output.directory else None,
        lists=tuple(_list(id, table, polling) for id, table in document.lists.items()),
    )


def _parts(raw: Mapping[str, Any], document: Document, known: Collection[bytes]) -> Iterator[Part]:
    """The sources in parts, each marked by its tables and the defaults; without the sources where that is known."""
    defaults = raw.get("polling")
    for ids in _together(document.sources):
        written = repr((defaults, [(id, raw["sources"][id]) for id in ids]))
        mark = sha256(written.encode()).digest()
        fresh = () if mark in known else ids
        yield Part(mark, tuple(_source(id, document.sources[id], document.polling) for id in fresh))


def _together(ids: Iterable[str]) -> Iterator[list[str]]:
    """Ids in parts whose ends do not move when something is written in front of them."""
    part: list[str] = []
    for id in ids:
        part.append(id)
        if crc32(id.encode()) % PART == 0:
            yield part
            part = []
    if part:
        yield part


def _source(id: str, table: SourceTable, polling: Polling) -> Source:
    title = table.title or id
    least, most = _limits(table, polling)
    return Source(
        id=id,
        url=table.url,
        title=title,
        outlet=table.outlet or title,
        language=table.language,
        agency=table.agency,
        tags=tuple(table.tags),
        timezone=table.timezone,
        min_interval=least,
        max_interval=most,
        timeout=table.timeout or polling.timeout,
        max_size=table.max_size or polling.max_size,
        hints=table.hints,
        shared_limits=table.shared_limits,
        ignore=tuple(sorted(table.ignore)),
        full_text=table.full_text,
        select=Select(**table.select.model_dump()) if table.select else None,
        access=_access(table),
        allow_private=table.allow_private,
        enabled=table.enabled,
    )


def _access(table: SourceTable) -> Access:
    headers, cookies = tuple(table.headers.items()), tuple(table.cookies.items())
    plain = not (headers or cookies or table.auth or table.proxy)
    return PLAIN_ACCESS if plain else Access(headers=headers, auth=table.auth, proxy=table.proxy, cookies=cookies)


def _list(id: str, table: ListTable, polling: Polling) -> SourceList:
    least, most = _limits(table, polling)
    pattern = Source(
        id=id,
        url=table.url,
        title=id,
        outlet=id,
        language=table.language,
        tags=tuple(table.tags),
        timezone=table.timezone,
        min_interval=least,
        max_interval=most,
        timeout=polling.timeout,
        max_size=polling.max_size,
        allow_private=table.allow_private,
        enabled=table.enabled,
    )
    return SourceList(pattern=pattern, refresh=table.refresh)


def _topic(id: str, table: TopicTable, hub: str | None) -> Topic:
    return Topic(
        id=id,
        title=table.title,
        match=table.match,
        description=table.description,
        min_copies=table.min_copies,
        order=table.order,
        half_life=table.half_life,
        limit=table.limit,
        max_age=table.max_age,
        hub=table.hub or hub,
        max_per_source=table.max_per_source,
        max_changes=table.max_changes,
        prefer_outlets=tuple(table.prefer_outlets),
        prefer_languages=tuple(table.prefer_languages),
        look=Look(text=table.text, images=table.images, updates=table.updates, icon=table.icon),
        private=table.private,
        token=table.token,
    )
