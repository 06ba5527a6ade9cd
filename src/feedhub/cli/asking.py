"""Commands that ask by a query: search, preview, check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedhub.cli.common import (
    Marked,
    config_option,
    json_lines,
    json_option,
    limit_option,
    now,
    reader_of,
    settings_of,
    table,
)

if TYPE_CHECKING:
    from feedhub.model import Story
    from feedhub.store.search import Order
    from feedhub.topics import Query

PASSAGE = 160  # characters of the text that are shown around a hit


@click.command("check")
@config_option
def check_command(config: Path) -> None:
    """Check the configuration; say all that is wrong with it, each with its line."""
    settings = settings_of(config)
    off = sum(not source.enabled for source in settings.sources)
    click.echo(
        f"{config}: fine; {len(settings.sources)} sources"
        + (f" ({off} switched off)" if off else "")
        + (f" (with those of {len(settings.lists)} lists)" if settings.lists else "")
        + f", {len(settings.topics)} topics"
    )


@click.command("search", context_settings={"ignore_unknown_options": True})  # -word is part of a query
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--order", type=click.Choice(["newest", "best"]), default="newest", show_default=True, help="Which first."
)
@config_option
@json_option
@limit_option(30)
def search_command(query: tuple[str, ...], order: Order, config: Path, as_json: bool, limit: int) -> None:
    """Find stories by QUERY: words, OR, -word, "a phrase", title: agency: outlet: copies>=2 @topic ..."""
    from feedhub.topics import compile_query, saved_queries

    settings = settings_of(config)
    sources = {source.id: source for source in settings.sources}
    compiled = compile_query(" ".join(query), saved_queries(settings.topics))
    found = reader_of(settings).search(compiled, limit, now(), sources, order)
    if as_json:
        json_lines(_with_hits(story, compiled) for story in found)
    else:
        _results(found, compiled)


def _results(found: Iterable[Story], query: Query) -> None:
    rows = [(s.published, len({c.outlet for c in s.copies}), s.outlet, _hit(s, query)) for s in found]
    table(("published", "outlets", "outlet", "story"), rows, right=("outlets",))


def _hit(story: Story, query: Query) -> Marked:
    """The headline, and where it does not hold all that was asked for, where the text does."""
    from feedhub.topics import hits, passage, pieces

    in_title, in_text = hits(query, story.title, "title"), hits(query, story.text, "text")
    parts = pieces(story.title, in_title)
    if in_text and len(in_title) < len(query.wanted()):
        parts += [(" — ", False), *pieces(*passage(story.text, in_text, PASSAGE))]
    return Marked(parts)


def _with_hits(story: Story, query: Query) -> dict[str, Any]:
    """As `stories --json`, with the places in headline and text that the query's words were found at."""
    from feedhub.topics import hits

    found = {"title": hits(query, story.title, "title"), "text": hits(query, story.text, "text")}
    return {**asdict(story), "hits": {field: [list(span) for span in spans] for field, spans in found.items()}}
