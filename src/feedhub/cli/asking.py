"""Commands that compare queries with what is stored: check, preview, search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedhub.cli.common import (
    HEADLINE,
    Marked,
    config_option,
    headline,
    json_lines,
    json_option,
    limit_option,
    plain_cell,
    reader_of,
    settings_of,
    table,
)
from feedhub.daemon.clock import now
from feedhub.text import plural

if TYPE_CHECKING:
    from feedhub.model import Settings, Story
    from feedhub.store.publishing.outlook import Stands, TopicChange
    from feedhub.store.publishing.search import Order
    from feedhub.topics import Query

PASSAGE = 160  # characters of the text that are shown around a hit


@click.command("check")
@limit_option(5, "stories of each topic")
@json_option
@config_option
def check_command(config: Path, as_json: bool, limit: int) -> None:
    """Check the configuration; say all that is wrong with it, each with its line.

    One that is fine is held against the stored stories: what each topic would gain and lose, the newest first.
    """
    from feedhub.config.remarks import remarks
    from feedhub.errors import ConfigError

    try:
        settings = settings_of(config)
    except ConfigError as error:
        if not as_json:
            raise
        json_lines(error.problems)
        raise SystemExit(2) from None
    for remark in remarks(config.read_text(encoding="utf-8-sig"), settings):
        click.echo(str(remark), err=True)
    _secrets(settings)
    changes = _changes(settings)
    if as_json:
        json_lines(changes)
        return
    off = sum(not source.enabled for source in settings.sources)
    click.echo(
        f"{config}: fine; {plural(len(settings.sources), 'source')}"
        + (f" ({off} switched off)" if off else "")
        + (f" (with those of lists: {', '.join(one.pattern.id for one in settings.lists)})" if settings.lists else "")
        + f", {plural(len(settings.topics), 'topic')}"
    )
    for change in changes:
        if change.state != "same":
            _told(change, limit)


def _secrets(settings: Settings) -> None:
    """Say which secrets are missing in this environment; the daemon's may have them."""
    from feedhub.manners import PLAIN_ACCESS
    from feedhub.secret import secret

    tokens = {"daemon.admin_token": settings.admin_token} | {
        f"topics.{one.id}.token": one.token for one in settings.topics
    }
    for key, token in tokens.items():
        if token and not secret(token):
            click.echo(f"{key}: the environment has no usable {token[1:]} here; nobody is let in without it", err=True)
    for source in settings.sources:
        if source.access == PLAIN_ACCESS:
            continue
        from feedhub.fetch.login import NoSecret, headers_of

        try:
            headers_of(source.access)
        except NoSecret as lacking:
            click.echo(f"sources.{source.id}: the environment has no usable {lacking} here; polls need it", err=True)


def _changes(settings: Settings) -> list[TopicChange]:
    """What the topics would gain and lose; nothing if nothing is stored yet."""
    from feedhub.errors import StoreError

    if not settings.database.exists():
        return []
    try:
        return reader_of(settings).changes(settings.topics, settings.sources, now())
    except StoreError as error:
        click.echo(f"what is stored cannot be looked at: {error}", err=True)
        return []


@click.command("preview", context_settings={"ignore_unknown_options": True})  # -word is part of a query
@click.argument("what", nargs=-1, required=True)
@limit_option(30, "stories")
@json_option
@config_option
def preview_command(what: tuple[str, ...], config: Path, as_json: bool, limit: int) -> None:
    """Show the stored stories that a topic would take by the configuration as it stands, or a query.

    WHAT is a topic's id or a query. Stories that the topic would gain are marked with +, those that it would lose
    with -.
    """
    from feedhub.config.mistakes import ID
    from feedhub.model import Topic

    settings, text = settings_of(config), " ".join(what)
    known = {topic.id for topic in settings.topics}
    topics = settings.topics if text in known else (*settings.topics, Topic(id="", title=text, match=text))
    change = reader_of(settings).preview(text if text in known else "", topics, settings.sources, now())
    if as_json:
        json_lines([change])
    elif text in known:
        _told(change, limit)
    else:
        if ID.fullmatch(text):
            click.echo(f"no topic is called {text}; a topic of this query would hold:", err=True)
        click.echo(plural(change.stories, "story", "stories"))
        _listed([(" ", story) for story in change.gains], limit)


def _told(change: TopicChange, limit: int) -> None:
    """Show a topic and what it would gain and lose, in colour, the newest first."""
    gained, lost = len(change.gains), len(change.losses)
    counts = [
        click.style(f"+{gained}", fg="green") if gained else "",
        click.style(f"-{lost}", fg="red") if lost else "",
    ]
    told = " ".join(filter(None, counts)) or "nothing gained or lost"
    click.echo(
        f"{click.style(change.topic, bold=True)} ({change.state}): {plural(change.stories, 'story', 'stories')}, {told}"
    )
    marked = [("+", story) for story in change.gains] + [("-", story) for story in change.losses]
    marked += [(" ", story) for story in change.stays]
    _listed(sorted(marked, key=lambda pair: pair[1].published, reverse=True), limit)


def _listed(stories: Sequence[tuple[str, Stands]], limit: int) -> None:
    colours = {"+": "green", "-": "red"}
    for sign, story in stories[:limit]:
        told = f"{plain_cell(story.published)}  {plain_cell(story.outlet)}: {headline(story.title)}"
        click.secho(f"  {sign} {told} (item {story.item})", fg=colours.get(sign))
    if len(stories) > limit:
        click.echo(f"    ... and {len(stories) - limit} more (--limit)")


@click.command("search", context_settings={"ignore_unknown_options": True})  # -word is part of a query
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--order", type=click.Choice(["newest", "best"]), default="newest", show_default=True, help="Which first."
)
@limit_option(30, "stories")
@json_option
@config_option
def search_command(query: tuple[str, ...], order: Order, config: Path, as_json: bool, limit: int) -> None:
    """Find stories by QUERY: words, OR, -word, "a phrase", title: agency: outlet: copies>=2 @topic ..."""
    from feedhub.topics import compile_query, saved_queries

    settings = settings_of(config)
    compiled = compile_query(" ".join(query), saved_queries(settings.topics))
    found = reader_of(settings).search(compiled, limit, now(), settings.sources_by_id, order)
    if as_json:
        json_lines(_with_hits(story, compiled) for story in found)
    else:
        _results(found, compiled)


def _results(found: Iterable[Story], query: Query) -> None:
    rows = [(s.copies[0].item_id, s.published, s.outlets, s.outlet, _hit(s, query)) for s in found]
    table(("item", "published", "outlets", "outlet", "story"), rows, right=("item", "outlets"))


def _hit(story: Story, query: Query) -> Marked:
    """The headline with hits, and a passage of the text if the headline lacks some of the words."""
    from feedhub.text import UNSPACED
    from feedhub.topics import hits, passage, pieces

    in_title, in_text = hits(query, story.title, "title"), hits(query, story.text, "text")
    parts = pieces(*passage(story.title, in_title, HEADLINE))
    if in_text and len(in_title) < len(query.wanted()):
        width = PASSAGE // 2 if story.language in UNSPACED else PASSAGE  # their characters take two columns
        parts += [(" — ", False), *pieces(*passage(story.text, in_text, width))]
    return Marked(parts)


def _with_hits(story: Story, query: Query) -> dict[str, Any]:
    """As `stories --json`, with the places of the query's words in headline and text."""
    from feedhub.topics import hits

    found = {"title": hits(query, story.title, "title"), "text": hits(query, story.text, "text")}
    return {**asdict(story), "hits": {field: [list(span) for span in spans] for field, spans in found.items()}}
