"""Writing sources into the file, which keeps its comments and order."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from feedhub import files
from feedhub.config.load import parse
from feedhub.errors import ConfigError
from feedhub.model import Problem
from feedhub.model.sources import LONGEST
from feedhub.sites import site_of
from feedhub.text import slug

BEGINNING = """\
# Every key is explained in docs/config.md. feedhub reads this file again when it changes.

[topics.all]
title = "Everything"

"""  # of a new configuration: without a topic there would be nothing to subscribe to
_LETTER = re.compile("[a-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source to be written; what is None is left out."""

    id: str
    url: str
    title: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    allow_private: bool = False


def add_sources(file: Path, sources: Sequence[NewSource]) -> None:
    """Append sources to a configuration, which is created if it is missing.

    Raises ConfigError, and leaves the file as it is, if it has a mistake or would have one.
    """
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8-sig") if file.exists() else BEGINNING)
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(file=str(file), line=0, path="", message=f"not TOML: {error}")]) from None
    tables: Any = document.get("sources")
    if tables is None:
        tables = document["sources"] = tomlkit.table(is_super_table=True)
    taken = [source.id for source in sources if source.id in tables]
    if taken:
        problems = [Problem(file=str(file), line=0, path=f"sources.{id}", message="is there already") for id in taken]
        raise ConfigError(problems)
    for source in sources:
        tables[source.id] = _table(source)
    text = tomlkit.dumps(document)
    _checked(text, file)
    files.replace(file, text.encode())


def _checked(text: str, file: Path) -> None:
    """Raise ConfigError for a text that would not load; without line numbers, as nobody has that file."""
    try:
        parse(text, file, lambda *_: None)
    except ConfigError as error:
        raise ConfigError([replace(problem, line=0) for problem in error.problems]) from None


def fitting(title: str) -> str:
    """The title that a feed or a list gives, cut to the length that the configuration allows."""
    return title[:LONGEST]


def _table(source: NewSource) -> Table:
    table = tomlkit.table()
    table["url"] = source.url
    if source.title:
        table["title"] = source.title
    if source.language:
        table["language"] = source.language
    if source.tags:
        table["tags"] = list(source.tags)
    if source.allow_private:
        table["allow_private"] = True
    table.add(tomlkit.nl())
    return table


def suggest_id(title: str, url: str, taken: Collection[str]) -> str:
    """An id made from a Latin title, the site or the file; if taken, with the file's name or a number added."""
    site, file = site_of(url).name.partition(".")[0], slug(PurePosixPath(urlsplit(url).path).stem)[:20].rstrip("-")
    base = next(filter(_LETTER.search, (slug(title), slug(site), file)), "source")
    named = [base] if file in ("", base) else [base, f"{base}-{file}"]
    return next(id for id in chain(named, (f"{base}-{number}" for number in count(2))) if id not in taken)
