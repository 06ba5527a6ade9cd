"""Lists of sources, kept elsewhere: fetching those that are due."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime

from feedhub.config.subscribed import subscribed
from feedhub.daemon.writer import Writer, for_a_step
from feedhub.errors import FeedhubError
from feedhub.fetch import request_for
from feedhub.logs import event
from feedhub.model import Fetched, FetchFailure, Settings, SourceList, Validators
from feedhub.opml import read_list
from feedhub.pipeline import Doors
from feedhub.store.polling.lists import ListCheck
from feedhub.store.writing import Store

log = logging.getLogger(__name__)

MOST = 5_000  # sources that are taken from one list: others write it, and may mean harm


async def take_over(settings: Settings, writer: Writer, now: datetime) -> Settings:
    """Have the store take over a configuration; returns it with the sources that its lists named last."""
    full = subscribed(settings, await writer.do(Store.lists)) if settings.lists else settings
    await writer.first(lambda store: store.configure(full, now, for_a_step()))
    return full


async def refresh(settings: Settings, writer: Writer, doors: Doors) -> bool:
    """Fetch the lists that are due; returns whether any names other sources now."""
    if not settings.lists:
        return False
    due = await writer.do(lambda store: store.lists_due(doors.clock()))
    wanted = [one for one in settings.lists if one.pattern.id in due]
    return any(await asyncio.gather(*[_refreshed(one, due[one.pattern.id], writer, doors) for one in wanted]))


async def _refreshed(one: SourceList, validators: Validators, writer: Writer, doors: Doors) -> bool:
    look = await _look(one, validators, doors)
    changed = await writer.do(lambda store: store.note_list(look))
    if look.error:
        event(log, "list.failed", level=logging.WARNING, list=look.id, error=look.error)
    elif changed:
        event(log, "list.changed", list=look.id, sources=len(look.subscriptions or ()))
    return changed


async def _look(one: SourceList, validators: Validators, doors: Doors) -> ListCheck:
    """Fetch a list by a conditional GET; whatever is wrong with it is part of the result."""
    answer = await doors.fetcher.fetch(request_for(one.pattern, one.pattern.url, validators))
    look = ListCheck(id=one.pattern.id, at=doors.clock(), refresh=one.refresh)
    if isinstance(answer, FetchFailure):
        return replace(look, error=answer.message, retry_after=answer.retry_after)
    look = replace(look, validators=answer.validators)
    if not isinstance(answer, Fetched):
        return look
    try:
        named = await asyncio.to_thread(read_list, answer.body, answer.url)
    except FeedhubError as error:
        return replace(look, error=str(error))
    if len(named) > MOST:
        event(log, "list.cut", level=logging.WARNING, list=look.id, named=len(named), taken=MOST)
    return replace(look, subscriptions=tuple(named[:MOST]))
