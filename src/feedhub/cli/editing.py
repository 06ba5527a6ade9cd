"""Commands that edit the configuration: add, import, export. A running daemon notices the change by itself."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from feedhub import urls
from feedhub.cadence import rate_in_words
from feedhub.cli.common import config_option, plain_cell, settings_of, table
from feedhub.config import units
from feedhub.config.edit import NewSource, add_sources, fitting, suggest_id
from feedhub.daemon.clock import now
from feedhub.errors import FeedhubError
from feedhub.model import NamedFeed, Settings
from feedhub.opml import read_opml, sources_opml, topics_opml
from feedhub.text import plural

if TYPE_CHECKING:
    from feedhub.daemon.find import Found


@click.command("add")
@click.argument("url")
@click.option("--id", "id", metavar="ID", help="The source's id; made from its title or site when left out.")
@click.option("--title", metavar="WORDS", help="The source's title; the feed's own when left out.")
@click.option("--allow-private", is_flag=True, help="The address lies in a private network.")
@click.option(
    "--take", type=click.IntRange(min=1), metavar="N", help="The one of this number, where several are found."
)
@click.option("--dry-run", is_flag=True, help="Only show what is found.")
@config_option
def add_command(
    url: str, id: str | None, title: str | None, allow_private: bool, take: int | None, dry_run: bool, config: Path
) -> None:
    """Add a source: the feed at URL, or one of those that the page or site at URL has.

    Looks at what the page declares and links to, at the usual places, and at the site's OPML list. Where several feeds
    are found and no terminal can be asked, the first is taken.
    """
    import uvloop

    from feedhub.daemon.find import find_feeds

    settings = _settings_if_any(config)
    known = {urls.asked(source.url): source.id for source in settings.sources} if settings else {}
    feeds = uvloop.run(find_feeds(url if "://" in url else f"https://{url}", allow_private, now()))
    if len(feeds) > 1 or dry_run:
        _show(feeds, known)
    if dry_run:
        return
    found = _taken(feeds, take)
    if there := known.get(urls.asked(found.url)):
        raise FeedhubError(f"{found.url} is there already, as {there}")
    name = title or fitting(found.title) or None
    new = NewSource(
        id=id or suggest_id(name or "", found.url, known.values()),
        url=found.url,
        title=name,
        language=_language(found.language),
        allow_private=allow_private,
    )
    add_sources(config, [new])
    click.echo(f"added {new.id}: {plain_cell(name or found.url)} ({_about(found)}) to {config}")
    if found.problem:
        click.echo(f"the feed is damaged, and may lack entries: {plain_cell(found.problem)}", err=True)


def _show(feeds: list[Found], known: dict[str, str]) -> None:
    ids = [known.get(urls.asked(found.url)) or suggest_id(found.title, found.url, known.values()) for found in feeds]
    rows = [(at, ids[at - 1], found.title, _about(found), found.url) for at, found in enumerate(feeds, 1)]
    table(("no.", "id", "title", "about", "address"), rows, right=("no.",))


def _about(found: Found) -> str:
    """Items and rhythm."""
    items = plural(found.entries, "item")
    if found.per_day is not None:
        items += f", about {rate_in_words(found.per_day)}"
    return items + (f", the newest of {found.newest:%Y-%m-%d}" if found.newest else "")


def _taken(feeds: list[Found], take: int | None) -> Found:
    """The feed chosen on the command line or at the terminal."""
    if take is None and len(feeds) > 1 and sys.stdin.isatty():
        take = click.prompt("add which", default=1, type=click.IntRange(1, len(feeds)))
    if (take or 1) > len(feeds):
        raise FeedhubError(f"there is no number {take}; found are {len(feeds)}")
    return feeds[(take or 1) - 1]


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--allow-private", is_flag=True, help="The addresses lie in a private network.")
@config_option
def import_command(file: BinaryIO, allow_private: bool, config: Path) -> None:
    """Add the subscriptions of the OPML FILE, - for standard input; those that are there already are passed over."""
    settings = _settings_if_any(config)
    known = {urls.asked(source.url): source.id for source in settings.sources} if settings else {}
    named = _named(file)
    usable = [found for found in named if _usable(found)]
    fresh = [found for found in usable if urls.asked(found.url) not in known]
    add_sources(config, list(_new_sources(fresh, set(known.values()), allow_private)))
    there = f"; {len(usable) - len(fresh)} there already" if len(fresh) < len(usable) else ""
    click.echo(f"added {plural(len(fresh), 'source')} to {config}{there}")
    for found in named:
        if not _usable(found):
            click.echo(f"left out, as it is no web address: {plain_cell(found.url)}", err=True)


def _named(file: BinaryIO) -> list[NamedFeed]:
    try:
        return read_opml(file.read())
    except FeedhubError as error:
        raise FeedhubError(f"{file.name}: {error}") from None


def _new_sources(fresh: Iterable[NamedFeed], taken: set[str], allow_private: bool) -> Iterator[NewSource]:
    """The sources to add, each with an id that is not `taken` yet."""
    for found in fresh:
        title = "" if found.title == found.url else fitting(found.title)
        id = suggest_id(title, found.url, taken)
        taken.add(id)
        tags = tuple(map(fitting, found.tags))
        yield NewSource(id=id, url=found.url, title=title or None, tags=tags, allow_private=allow_private)


@click.command("export")
@click.option("--topics", is_flag=True, help="The feeds that feedhub serves, instead of its sources.")
@config_option
def export_command(topics: bool, config: Path) -> None:
    """Write the sources, or the topics' feeds, as OPML to standard output."""
    settings = settings_of(config)
    sys.stdout.buffer.write(topics_opml(settings) if topics else sources_opml(settings.sources))


def _settings_if_any(config: Path) -> Settings | None:
    """The configuration, None if there is none yet; raises ConfigError for one with mistakes."""
    return settings_of(config) if config.exists() else None


def _usable(found: NamedFeed) -> bool:
    try:
        units.web_address(found.url)
    except ValueError:
        return False
    return True


def _language(stated: str | None) -> str | None:
    return stated.split("-")[0].lower() if stated and re.fullmatch(r"[A-Za-z]{2,3}(-\w+)*", stated) else None
