"""Commands that only look: sources, topics, stories, items."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from feedhub.cli.common import (
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
from feedhub.secret import secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedhub.model import SourceHealth, Story
    from feedhub.store.polling.fetches import PastFetch
    from feedhub.store.polling.lists import ListHealth
    from feedhub.store.reading import StoredItem
    from feedhub.websub import Subscription


@click.command("sources")
@click.argument("source", required=False)
@click.option("--moved", is_flag=True, help="Only those whose address is to be edited, and how.")
@click.option("--lists", is_flag=True, help="The lists elsewhere that name sources instead.")
@json_option
@config_option
def sources_command(source: str | None, moved: bool, lists: bool, config: Path, as_json: bool) -> None:
    """Show how every source is doing, or the last fetches of SOURCE."""
    if lists and (source or moved):
        raise click.UsageError("--lists stands alone: lists are neither one source nor moved")
    reader = reader_of(settings_of(config))
    if lists:
        _lists(reader.polled.list_health(), as_json)
        return
    if source:
        hub = next((one for one in reader.polled.subscriptions() if one.source_id == source), None)
        _one_source(reader.polled.source(source), reader.polled.fetches(source), hub, as_json)
        return
    found = [one for one in reader.polled.sources() if one.moved_to or one.proposed or not moved]
    if as_json:
        json_lines(found)
    elif moved:
        _moved(found)
    else:
        columns = ("source", "items", "last success", "next poll", "failures", "state", "why then")
        rows = [(s.id, s.items, s.last_success, s.next_poll, s.failures, _state(s), s.next_reason) for s in found]
        table(columns, rows, right=("items", "failures"))


def _state(source: SourceHealth) -> str:
    if not source.enabled:
        return "switched off"
    return source.error or " ".join(source.told) or "ok"


def _lists(found: Iterable[ListHealth], as_json: bool) -> None:
    if as_json:
        json_lines(found)
        return
    columns = ("list", "sources", "last read", "next look", "failures", "state", "address")
    rows = [(f.id, f.sources, f.last_read, f.next_look, f.failures, f.error or "ok", f.url) for f in found]
    table(columns, rows, right=("sources", "failures"))


def _moved(found: Iterable[SourceHealth]) -> None:
    """What to edit, as lines to paste."""
    for source in found:
        if source.proposed:
            click.echo(f"# {plain_cell(source.url)} answers with a web page, which declares this feed")
            click.echo(f'[sources.{source.id}]\nurl = "{plain_cell(source.proposed)}"\n')
            continue
        since = f"{source.moved_since:%Y-%m-%d}" if source.moved_since else "-"
        asked = "asked there already" if source.adopted == source.moved_to else "not asked there yet"
        click.echo(f"# {plain_cell(source.url)} has pointed elsewhere since {since}; {asked}")
        click.echo(f'[sources.{source.id}]\nurl = "{plain_cell(source.moved_to)}"\n')


def _one_source(source: SourceHealth, fetches: Iterable[PastFetch], hub: Subscription | None, as_json: bool) -> None:
    if as_json:
        json_lines([{**asdict(source), "fetches": list(fetches), "hub": _hub(hub)}])
        return
    click.echo(f"{source.id}: {plain_cell(source.title)}, {plain_cell(source.url)}")
    for name, value in (
        ("asked at", source.adopted),
        ("failing since", source.failing_since),
        ("notice", source.notice),
        ("incidents", "; ".join(source.incidents)),
        ("last new item", source.last_new),
        ("next poll", source.next_poll),
        ("why then", source.next_reason),
        ("hub", hub and _hub_in_words(hub)),
    ):
        if value:
            click.echo(f"{name}: {plain_cell(value)}")
    columns = ("fetched", "result", "status", "KB", "ms", "new", "changed", "error")
    rows = [
        (f.at, f.result, f.status, f"{f.bytes / 1000:.1f}", f"{f.ms:.0f}", f.new, f.changed, f.error or "")
        for f in fetches
    ]
    table(columns, rows, right=("status", "KB", "ms", "new", "changed"))


def _hub(hub: Subscription | None) -> dict[str, Any] | None:
    """What is shown of a subscription: not its callback and its secret, which only the hub may know."""
    told = ("hub", "moved_to", "topic", "state", "expires", "failures", "error", "pushed", "relied")
    return {name: getattr(hub, name) for name in told} if hub else None


def _hub_in_words(hub: Subscription) -> str:
    state = {"asked": "has been asked to push", "denied": "refuses to push", "leaving": "has been asked to stop"}
    state["active"] = f"pushes what is new until {plain_cell(hub.expires)}"
    words = [f"{hub.address} {state[hub.state]}"]
    if hub.state == "active":
        words.append("relied on" if hub.relied else "not relied on yet")
    if hub.pushed:
        words.append(f"last heard of at {plain_cell(hub.pushed)}")
    return "; ".join([*words, *([hub.error] if hub.error else [])])


@click.command("topics")
@json_option
@config_option
def topics_command(config: Path, as_json: bool) -> None:
    """Show the topics and their feeds."""
    settings = settings_of(config)
    reader = reader_of(settings)
    private = {topic.id: topic for topic in settings.topics if topic.private}

    def feed(id: str) -> str:
        address = f"{settings.public_url}/topics/{id}.atom"
        if id not in private:
            return address
        token = reader.published.token(private[id])
        return f"{address}?token={quote(secret(token) or token, safe='$')}"  # $NAME where the environment lacks it

    found = [(topic, feed(topic.id)) for topic in reader.topics()]
    if as_json:
        json_lines({**asdict(topic), "feed": feed} for topic, feed in found)
        return
    columns = ("topic", "title", "stories", "feed")
    rows = [(topic.id, topic.title, topic.stories, feed) for topic, feed in found]
    table(columns, rows, right=("stories",), whole=("topic", "feed"))


@click.command("stories")
@click.argument("topic", required=False)
@limit_option(30, "stories")
@json_option
@config_option
def stories_command(topic: str | None, config: Path, as_json: bool, limit: int) -> None:
    """Show the newest stories, of TOPIC or of all.

    Each with the number of the item that it is shown by, which names it for `why`, `merge`, `pin` and the like.
    """
    reader = reader_of(settings_of(config))
    _stories(reader.topic_entries(topic, limit) if topic else reader.front(limit), as_json)


def _stories(found: Iterable[Story], as_json: bool) -> None:
    if as_json:
        json_lines(found)
        return
    rows = [(s.copies[0].item_id, s.published, s.outlets, s.agency or "", s.outlet, headline(s.title)) for s in found]
    table(("item", "published", "outlets", "agency", "outlet", "story"), rows, right=("item", "outlets"))


@click.command("items")
@click.option("--source", metavar="SOURCE", help="Only of this source; of all when left out.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many items; all when left out.")
@json_option
@config_option
def items_command(source: str | None, limit: int | None, config: Path, as_json: bool) -> None:
    """List the stored items, in the order in which they came."""
    found = reader_of(settings_of(config)).items(source, limit)
    if as_json:
        json_lines(_item(stored) for stored in found)
        return
    rows = ((s.id, s.item.source_id, s.item.published, headline(s.item.title)) for s in found)
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
