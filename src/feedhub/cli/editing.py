"""Commands that edit the configuration: add, import, export. A running daemon notices the change by itself."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import click

from feedhub.cli.common import config_option, settings_of
from feedhub.config import NewSource, add_sources, suggest_id, units
from feedhub.errors import FeedhubError
from feedhub.model import Settings
from feedhub.opml import Subscription, read_opml, sources_opml, topics_opml


@click.command("add")
@click.argument("url")
@click.option("--id", "id", help="The source's id; made from its title when left out.")
@click.option("--title", help="The source's title; the feed's own when left out.")
@click.option("--allow-private", is_flag=True, help="The address lies in a private network.")
@config_option
def add_command(url: str, id: str | None, title: str | None, allow_private: bool, config: Path) -> None:
    """Add a source: the feed at URL, or the one that the page at URL points to."""
    from feedhub.daemon.find import find_feed

    settings = _settings_if_any(config)
    found = asyncio.run(find_feed(url if "://" in url else f"https://{url}", allow_private))
    known = {source.url: source.id for source in settings.sources} if settings else {}
    if found.url in known:
        raise FeedhubError(f"{found.url} is there already, as {known[found.url]}")
    name = title or found.title or None
    new = NewSource(
        id=id or suggest_id(name or "", found.url, known.values()),
        url=found.url,
        title=name,
        language=_language(found.language),
        allow_private=allow_private,
    )
    add_sources(config, [new])
    click.echo(f"added {new.id}: {name or found.url} ({found.entries} entries) to {config}")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@config_option
def import_command(file: Path, config: Path) -> None:
    """Add the subscriptions of the OPML FILE; those that are there already are passed over."""
    settings = _settings_if_any(config)
    known = {source.url for source in settings.sources} if settings else set()
    taken = {source.id for source in settings.sources} if settings else set()
    fresh, strange = [], 0
    for found in read_opml(file.read_bytes()):
        if not _usable(found):
            strange += 1
        elif found.url not in known:
            id = suggest_id(found.title, found.url, taken)
            taken.add(id)
            fresh.append(NewSource(id=id, url=found.url, title=found.title[:300], tags=found.tags))
    add_sources(config, fresh)
    passed = f"; {strange} that are no web addresses were left out" if strange else ""
    click.echo(f"added {len(fresh)} sources to {config}{passed}")


@click.command("export")
@click.option("--topics", is_flag=True, help="The feeds that feedhub serves, instead of its sources.")
@config_option
def export_command(topics: bool, config: Path) -> None:
    """Write the sources, or the topics' feeds, as OPML to standard output."""
    settings = settings_of(config)
    if topics:
        pages = [(topic.title, f"{settings.public_url}/topics/{topic.id}") for topic in settings.topics]
        data = topics_opml("feedhub", [(title, f"{page}.atom", page) for title, page in pages])
    else:
        data = sources_opml("Sources of feedhub", settings.sources)
    sys.stdout.buffer.write(data)


def _settings_if_any(config: Path) -> Settings | None:
    """The configuration, None where there is none yet; raises ConfigError for one with problems."""
    return settings_of(config) if config.exists() else None


def _usable(found: Subscription) -> bool:
    try:
        units.web_address(found.url)
    except ValueError:
        return False
    return True


def _language(stated: str | None) -> str | None:
    return stated.split("-")[0].lower() if stated and re.fullmatch(r"[A-Za-z]{2,3}(-\w+)*", stated) else None
