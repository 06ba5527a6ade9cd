"""Commands that keep the database: prune, backup, doctor."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedhub.cli.common import config_option, json_lines, json_option, settings_of
from feedhub.daemon.clock import now
from feedhub.model import Settings
from feedhub.text import plural

if TYPE_CHECKING:
    from feedhub.store.writing import Store


@click.command("prune")
@config_option
def prune_command(config: Path) -> None:
    """Let go of items that left their feed a retention ago; stories without copies end with them."""
    settings = settings_of(config)

    def here(store: Store) -> dict[str, int]:
        pruned = store.prune(now())
        return {"items": pruned.items, "stories": pruned.stories}

    done = asked_or_done(settings, {"do": "prune"}, here)
    click.echo(f"let go of {plural(done['items'], 'item')} and {plural(done['stories'], 'story', 'stories')}")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def backup_command(file: Path, config: Path) -> None:
    """Write a consistent, compact copy of the database to FILE, which must not exist yet; a daemon goes on."""
    from feedhub.store.database import backup

    settings = settings_of(config)
    click.echo(f"{file}: {backup(settings.database, file)} bytes")


@click.command("doctor")
@click.option("--repair", "mend", is_flag=True, help="Repair what can be; no daemon may be running.")
@json_option
@config_option
def doctor_command(config: Path, mend: bool, as_json: bool) -> None:
    """Look whether the database is whole: the file, the items' texts, and what belongs together.

    Exits with 1 where something is wrong. --repair mends that, and keeps a damaged file beside the new one.
    """
    from feedhub.store.examination import look, repair

    settings = settings_of(config)
    done = repair(settings.database, "feedhub doctor") if mend else None
    found = done.found if done else look(settings.database)
    if as_json:
        json_lines(found)
    for finding in () if as_json else found:
        click.echo(f"{finding.what} ({finding.count}); {'' if mend else 'with --repair '}{finding.remedy}")
    if done and done.damaged and not as_json:
        click.echo(f"{done.saved} rows were saved; the damaged file is {done.damaged}")
    if not found and not as_json:
        click.echo(f"{settings.database}: nothing is wrong")
    if done.left if done else found:
        sys.exit(1)


def asked_or_done(
    settings: Settings, request: dict[str, Any], here: Callable[[Store], dict[str, int]]
) -> dict[str, int]:
    """Let the running daemon do it, or do it here if none is running. Raises StoreError if nothing is stored."""
    from feedhub.daemon import control
    from feedhub.store.database import needed
    from feedhub.store.writing import Store

    answers = control.ask(settings.database, request)
    if answers is not None:
        done: dict[str, int] = next(answer["done"] for answer in answers if "done" in answer)
        return done
    needed(settings.database)
    store = Store(settings.database, f"feedhub {request['do']}")
    try:
        store.configure(settings, now())
        return here(store)
    finally:
        store.close()
