"""The tables of the configuration, their keys, types and defaults."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from feedhub.config import units
from feedhub.curation import TopicOrder, TopicText, TopicUpdates
from feedhub.dedup.agencies import BY_ID
from feedhub.model.sources import LONGEST
from feedhub.secret import SHORTEST

GROUPS = ("sources", "lists", "topics")  # tables of tables

Duration = Annotated[timedelta, PlainValidator(units.duration)]
Size = Annotated[int, PlainValidator(units.size)]
Place = Annotated[tuple[str, int], PlainValidator(units.place)]
Address = Annotated[str, BeforeValidator(units.web_address)]
PublicAddress = Annotated[str, BeforeValidator(units.public_address)]
SourceAddress = Annotated[str, BeforeValidator(units.source_address)]
Zone = Annotated[str, BeforeValidator(units.timezone)]
Language = Annotated[str, BeforeValidator(units.language)]
Words = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Selector = Annotated[Words, AfterValidator(units.selector)]
Header = Annotated[str, BeforeValidator(units.header_name)]
HeaderValue = Annotated[str, BeforeValidator(units.header_value)]
Cookie = Annotated[str, BeforeValidator(units.cookie_name)]
CookieValue = Annotated[str, BeforeValidator(units.cookie_value)]
Auth = Annotated[str, BeforeValidator(units.auth)]


def _agency(written: object) -> object:
    """Refuse misspelt agencies; unknown ones may be named."""
    from difflib import get_close_matches

    if isinstance(written, str) and written not in BY_ID and (near := get_close_matches(written, BY_ID, 1, 0.75)):
        raise ValueError(f"unknown agency {written!r}; did you mean {near[0]!r}?")
    return written


def _token(written: object) -> object:
    """Refuse tokens that are easily guessed; a variable that holds the token may be named."""
    if isinstance(written, str) and not written.startswith("$") and len(written) < SHORTEST:
        raise ValueError(f"is too easily guessed: {SHORTEST} characters at least, or $NAME of a variable")
    return written


Agency = Annotated[Words, BeforeValidator(_agency)]
Token = Annotated[Words, BeforeValidator(_token)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Daemon(_Table):
    """How the daemon runs."""

    listen: Place = ("127.0.0.1", 8080)
    public_url: PublicAddress | None = None
    database: Words = "var/feedhub.db"
    retention: Duration = timedelta(days=30)
    timezone: Zone = "UTC"
    log_format: Literal["text", "json"] = "text"
    admin_token: Token | None = None


class Polling(_Table):
    """How sources are polled; the first four are defaults that a source may override."""

    min_interval: Duration = timedelta(minutes=5)
    max_interval: Duration = timedelta(hours=6)
    timeout: Duration = timedelta(seconds=30)
    max_size: Size = 10_000_000
    per_host: Count = 2
    gap: Duration = timedelta(seconds=2)
    contact: Annotated[str, BeforeValidator(units.contact)] | None = None
    budget: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    concurrency: Count = 100
    workers: Annotated[int, Field(ge=1, le=64)] = min(4, os.cpu_count() or 1)


class WebSub(_Table):
    """Pushing in both directions."""

    subscribe: bool | None = None
    hub: Address | None = None


class SelectTable(_Table):
    """Where the items of a web page are."""

    items: Selector
    title: Selector = "h1, h2, h3, h4, a"
    link: Selector | None = None
    date: Selector | None = "time"
    text: Selector | None = None


class SourceTable(_Table):
    """One source."""

    url: SourceAddress
    title: Words | None = None
    outlet: Words | None = None
    language: Language | None = None
    agency: Agency | None = None
    tags: list[Words] = Field(default_factory=list)
    timezone: Zone = "UTC"
    min_interval: Duration | None = None
    max_interval: Duration | None = None
    timeout: Duration | None = None
    max_size: Size | None = None
    hints: bool = True
    shared_limits: bool = True
    ignore: list[Literal["guid", "updated"]] = Field(default_factory=list)
    headers: dict[Header, HeaderValue] = Field(default_factory=dict)
    cookies: dict[Cookie, CookieValue] = Field(default_factory=dict)
    auth: Auth | None = None
    proxy: Address | None = None
    full_text: bool = False
    select: SelectTable | None = None
    allow_private: bool = False
    enabled: bool = True


class ListTable(_Table):
    """A list elsewhere that names sources."""

    url: Address
    refresh: Duration = timedelta(hours=6)
    tags: list[Words] = Field(default_factory=list)
    language: Language | None = None
    timezone: Zone = "UTC"
    min_interval: Duration | None = None
    max_interval: Duration | None = None
    allow_private: bool = False
    enabled: bool = True


class TopicTable(_Table):
    """One topic."""

    title: Words
    match: Annotated[str, Field(max_length=2000)] = ""
    description: Annotated[str, Field(max_length=2000)] = ""
    min_copies: Count = 1
    order: TopicOrder = "newest"
    half_life: Duration = timedelta(hours=12)
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    max_age: Duration | None = None
    hub: Address | None = None
    max_per_source: Annotated[int, Field(ge=1, le=1000)] | None = None
    max_changes: Count = 50
    prefer_outlets: list[Words] = Field(default_factory=list)
    prefer_languages: list[Language] = Field(default_factory=list)
    text: TopicText = "full"
    images: bool = True
    updates: TopicUpdates = "in-place"
    icon: Address | None = None
    private: bool = False
    token: Token | None = None


class Output(_Table):
    """What is served, as files."""

    directory: Words | None = None


class Document(_Table):
    """The whole file."""

    daemon: Daemon = Daemon()
    polling: Polling = Polling()
    websub: WebSub = WebSub()
    output: Output = Output()
    sources: dict[str, SourceTable] = Field(default_factory=dict)
    lists: dict[str, ListTable] = Field(default_factory=dict)
    topics: dict[str, TopicTable] = Field(default_factory=dict)


TABLES: dict[str, type[_Table]] = {
    "daemon": Daemon, "polling": Polling, "websub": WebSub, "output": Output,
    "sources.ID": SourceTable, "sources.ID.select": SelectTable, "lists.ID": ListTable, "topics.ID": TopicTable,
}  # fmt: skip


def keys() -> dict[str, tuple[str, ...]]:
    """Every table and its keys."""
    return {name: tuple(table.model_fields) for name, table in TABLES.items()}


def keys_at(path: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that may stand in the table at `path`."""
    if not path:
        return tuple(Document.model_fields)
    name = ".".join((path[0], "ID", *path[2:])) if path[0] in GROUPS else path[0]
    return keys().get(name, ())


def intervals(table: SourceTable | ListTable, polling: Polling) -> tuple[timedelta, timedelta]:
    """The shortest and the longest interval between polls: its own, else the default."""
    return table.min_interval or polling.min_interval, table.max_interval or polling.max_interval
