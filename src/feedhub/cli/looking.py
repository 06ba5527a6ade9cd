"""Commands that only look: check, sources, topics, stories, items, search."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedhub.cli.common import config_option, json_lines, json_option, limit_option, now, reader_of, settings_of, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedhub.model import Story
    from feedhub.store import StoredItem


@click.command("check")
@config_option
def check_command(config: Path) -> None:
    """Check the configuration; say all that is wrong with it, each with its line."""
    settings = settings_of(config)
    off = sum(not source.enabled for source in settings.sources)
    click.echo(
        f"{config}: fine; {len(settings.sources)} sources"
        + (f" ({off} switched off)" if off else "")
        + f", {len(settings.topics)} topics"
    )


@click.command("sources")
@config_option
@json_option
def sources_command(config: Path, as_json: bool) -> None:
    """Show how every source is doing."""
    found = reader_of(settings_of(config)).sources()
    if as_json:
        json_lines(asdict(source) for source in found)
        return
    columns = ("source", "items", "last success", "next poll", "failures", "state")
    table(
        columns,
        [(s.id, s.items, s.last_success, s.next_poll, s.failures, s.error or s.notice or "ok") for s in found],
        right=("items", "failures"),
    )


@click.command("topics")
@config_option
@json_option
def topics_command(config: Path, as_json: bool) -> None:
    """Show the topics and their feeds."""
    settings = settings_of(config)
    found = [(topic, f"{settings.public_url}/topics/{topic.id}.atom") for topic in reader_of(settings).topics()]
    if as_json:
        json_lines({**asdict(topic), "feed": feed} for topic, feed in found)
        return
    columns = ("topic", "title", "stories", "changed", "feed")
    table(columns, [(t.id, t.title, t.stories, t.changed, feed) for t, feed in found], right=("stories",))


@click.command("stories")
@click.argument("topic", required=False)
@config_option
@json_option
@limit_option(30)
def stories_command(topic: str | None, config: Path, as_json: bool, limit: int) -> None:
    """Show the newest stories, of TOPIC or of all."""
    reader = reader_of(settings_of(config))
    _stories(reader.topic_entries(topic, limit) if topic else reader.front(limit), as_json)


@click.command("search", context_settings={"ignore_unknown_options": True})  # -word is part of a query
@click.argument("query", nargs=-1, required=True)
@config_option
@json_option
@limit_option(30)
def search_command(query: tuple[str, ...], config: Path, as_json: bool, limit: int) -> None:
    """Find stories by QUERY: words, OR, -word, "a phrase", title: agency: outlet: copies>=2 @topic ..."""
    from feedhub.topics import compile_query, saved_queries

    settings = settings_of(config)
    sources = {source.id: source for source in settings.sources}
    compiled = compile_query(" ".join(query), saved_queries(settings.topics))
    _stories(reader_of(settings).search(compiled, limit, now(), sources), as_json)


def _stories(found: Iterable[Story], as_json: bool) -> None:
    if as_json:
        json_lines(asdict(story) for story in found)
        return
    rows = [(s.published, len({c.outlet for c in s.copies}), s.agency or "", s.outlet, s.title) for s in found]
    table(("published", "outlets", "agency", "outlet", "story"), rows, right=("outlets",))


@click.command("items")
@click.option("--source", help="Only of this source.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many; all when left out.")
@config_option
@json_option
def items_command(source: str | None, limit: int | None, config: Path, as_json: bool) -> None:
    """List the stored items, in the order in which they came."""
    found = reader_of(settings_of(config)).items(source, limit)
    if as_json:
        json_lines(_item(stored) for stored in found)
        return
    rows = ((s.id, s.item.source_id, s.item.published, s.item.title) for s in found)
    table(("id", "source", "published", "title"), rows, right=("id",))


def _item(stored: StoredItem) -> dict[str, Any]:
    item = stored.item
    return {
        "id": stored.id,
        "source": item.source_id,
        "guid": item.guid,
        "link": item.link,
        "title": item.title,
        "text": item.text,
        "published": item.published,
        "first_seen": stored.first_seen,
        "language": item.language,
        "agency": item.credit.agency,
        "story": stored.story,
    }
