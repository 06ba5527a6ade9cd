"""A document without mistakes -> Settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any
from zlib import crc32

from feedhub import urls
from feedhub.config.schema import Document, ListTable, Polling, SourceTable, TopicTable, intervals
from feedhub.curation import Look
from feedhub.manners import PLAIN_ACCESS, Access, Select
from feedhub.model import Part, Settings, Source, SourceList, Topic
from feedhub.sites import site_of

PART = 64  # sources in one part of the configuration, on average


def settings(raw: Mapping[str, Any], document: Document, file: Path, known: Collection[bytes]) -> Settings:
    """The settings in a document, which was read from `raw`; without the sources of `known` parts."""
    parts = tuple(_parts(raw, document, known))
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
        timezone=daemon.timezone,
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
    """The sources in parts, each marked by a digest of its tables and the defaults; known parts without sources."""
    defaults = raw.get("polling")
    for ids in _together(document.sources):
        written = repr((defaults, [(id, raw["sources"][id]) for id in ids]))
        mark = sha256(written.encode()).digest()
        fresh = () if mark in known else ids
        yield Part(mark, tuple(_source(id, document.sources[id], document.polling) for id in fresh))


def _together(ids: Iterable[str]) -> Iterator[list[str]]:
    """Split ids into parts whose boundaries do not move when something is inserted before them."""
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
    least, most = intervals(table, polling)
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
    least, most = intervals(table, polling)
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
