"""The editors' word: merge, split, never, undo, review, rulings, replay."""

from __future__ import annotations

import getpass
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

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
)
from feedhub.cli.keeping import asked_or_done
from feedhub.daemon.clock import now
from feedhub.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feedhub.model import Settings
    from feedhub.store.merging.reviews import Review
    from feedhub.store.rulings.record import Named, Ruling
    from feedhub.store.writing import Store


@click.command("merge")
@click.argument("one")
@click.argument("other")
@config_option
def merge_command(one: str, other: str, config: Path) -> None:
    """Make two stories one, for ever: the copies of OTHER join ONE.

    A story is named by its id or its page's address, by an item's number or by a copy's link.
    """
    ruled(config, "merge", one, other)


@click.command("split")
@click.argument("item")
@config_option
def split_command(item: str, config: Path) -> None:
    """Take ITEM, a number or a link, out of its story; the two never come together by themselves.

    Several that belong together are split off one by one, and then merged.
    """
    ruled(config, "split", item)


@click.command("never")
@click.argument("one")
@click.argument("other")
@config_option
def never_command(one: str, other: str, config: Path) -> None:
    """Keep two stories apart, whatever they come to share; each named as for `merge`."""
    ruled(config, "never", one, other)


@click.command("undo")
@click.argument("number", required=False)
@config_option
def undo_command(number: str | None, config: Path) -> None:
    """Take back a ruling, the last one where no NUMBER is given; `feedhub rulings` lists them."""
    ruled(config, "undo", *([number] if number else []))


@click.command("review")
@click.option("--confirm", metavar="ITEM", help="Say that this copy is one.")
@click.option("--reject", metavar="ITEM", help="Say that it is none: as `split ITEM`.")
@limit_option(20, "pairs of each kind")
@json_option
@config_option
def review_command(confirm: str | None, reject: str | None, limit: int, config: Path, as_json: bool) -> None:
    """List copies that were merged on thin evidence, and stories that nearly were one.

    Of the first, --confirm or --reject says what they are; of the second, `merge` or `never`.
    """
    if confirm:
        ruled(config, "confirm", confirm)
    if reject:
        ruled(config, "split", reject)
    if confirm or reject:
        return
    reader = reader_of(settings_of(config))
    waiting, missed = reader.reviews(limit), reader.near_misses(limit)
    if as_json:
        json_lines(
            {"merged": merged, **asdict(one)} for merged, found in ((True, waiting), (False, missed)) for one in found
        )
        return
    click.echo("merged on thin evidence:\n" if waiting else "nothing waits for review")
    for review in waiting:
        _shown(review, f"feedhub review --confirm {review.item.item}, or feedhub split {review.item.item}")
    click.echo("nearly merged:\n" if missed else "no two stories are nearly one")
    for review in missed:
        pair = f"{review.beside.item} {review.item.item}"
        _shown(review, f"feedhub merge {pair}, or feedhub never {pair}")


@click.command("rulings")
@limit_option(50, "rulings")
@json_option
@config_option
def rulings_command(limit: int, config: Path, as_json: bool) -> None:
    """List what editors ruled, the latest first, with what was undone."""
    rulings = reader_of(settings_of(config)).rulings(limit)
    if as_json:
        json_lines(rulings)
        return
    for ruling in rulings:
        _recorded(ruling)
    if not rulings:
        click.echo("no editor has ruled yet")


def _recorded(ruling: Ruling) -> None:
    """Show a ruling with its stories, as they were when it was made."""
    of = {"in": ruling.facts.get("topic"), "of item": ruling.facts.get("item")}
    told = "".join(f" {name} {value}" for name, value in of.items() if value)
    undone = f", undone {plain_cell(ruling.undone)}" if ruling.undone else ""
    click.echo(f"{ruling.number}  {plain_cell(ruling.at)}, {plain_cell(ruling.who)}: {ruling.verb}{told}{undone}")
    _named(ruling.stories)
    if words := ruling.facts.get("words"):
        click.echo(f"   words: {headline(words)}")
    _waived(ruling)
    click.echo()


def _named(stories: Iterable[Named]) -> None:
    for story in stories:
        click.echo(f"   {story.part}: {plain_cell(story.outlet)}: {headline(story.title)}")


def _waived(ruling: Ruling) -> None:
    """Say which rulings a merge stands above, as far as they had kept its two stories apart."""
    if waived := ruling.facts.get("waived"):
        waives = "waived" if ruling.undone else "waives"
        click.echo(f"   {waives}, between the two: {', '.join(f'ruling {number}' for number in waived)}")


@click.command("replay")
@click.option(
    "--set",
    "settings",
    metavar="RULE=VALUE",
    multiple=True,
    help="Another rule of the merge, as strong=.8, window=48h or moulds=off; may be given several times.",
)
@click.option("--apply", "adopt", is_flag=True, help="Let the stored stories become what the replay says.")
@limit_option(50, "changes")
@json_option
@config_option
def replay_command(settings: tuple[str, ...], adopt: bool, limit: int, config: Path, as_json: bool) -> None:
    """Merge all that is stored anew, and show what would be joined and split; nothing changes without --apply.

    Rulings of editors are kept to. --apply needs the database for itself: stop the daemon first.
    """
    import tempfile

    from feedhub.dedup.rules import RULES
    from feedhub.store.replay import replay

    try:
        rules = RULES.changed(dict(setting.partition("=")[::2] for setting in settings))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    desk = settings_of(config)
    with tempfile.TemporaryDirectory(prefix="feedhub-replay-") as directory, _writer(desk, adopt) as store:
        found = replay(reader_of(desk), Path(directory) / "scratch.db", rules)
        if store:
            store.adopt(found, now())
            _relate(store)
    if as_json:
        json_lines([{"items": found.items, "before": found.before, "after": found.after}, *found.moved])
        return
    for moved in found.moved[:limit]:
        told = (f"{item} {headline(title)}" for item, title in zip(moved.firsts, moved.headlines, strict=True))
        click.echo(f"{moved.kind} ({plural(moved.items, 'item')}): {' | '.join(told)}")
    if len(found.moved) > limit:
        click.echo(f"... and {len(found.moved) - limit} more")
    verb = "are" if adopt else "would be"
    stories = f"{plural(found.before, 'story', 'stories')} {verb} {found.after} ({len(found.moved)} changed)"
    click.echo(f"{plural(found.items, 'item')}: {stories}")


@contextmanager
def _writer(settings: Settings, wanted: bool) -> Iterator[Store | None]:
    """The store, if it is to be written to; nobody else writes while the replay lasts."""
    if not wanted:
        yield None
        return
    from feedhub.store.writing import Store

    store = Store(settings.database, "feedhub replay")
    try:
        store.configure(settings, now())
        yield store
    finally:
        store.close()


def ruled(config: Path, verb: str, *names: str) -> None:
    """Have an editor's ruling carried out, and show its number and its stories."""
    settings, who = settings_of(config), getpass.getuser()
    reader = reader_of(settings)  # opened first: nothing is ruled if the result cannot be shown

    def here(store: Store) -> dict[str, int]:
        number, _ = store.rule(verb, names, who, now())
        _relate(store)
        return {"number": number}

    request = {"do": "rule", "verb": verb, "names": names, "who": who}
    ruling = reader.ruling(asked_or_done(settings, request, here)["number"])
    click.echo(f"{'undone: ' if ruling.undone else ''}ruling {ruling.number}: {ruling.verb}")
    _named(ruling.stories)
    _waived(ruling)


def _relate(store: Store) -> None:
    """Update the relations of stories, as no daemon does it afterwards."""
    while store.relate(now())[0]:
        pass


def _shown(review: Review, to_rule: str) -> None:
    """Show two copies, what speaks for and against merging them, and the commands to rule on it."""
    from feedhub.dedup.verdict import in_words

    for item in (review.item, review.beside):
        when = plain_cell(item.published)
        click.echo(f"{item.item}  {plain_cell(item.outlet)}, {when}: {headline(item.title)}")
    for reason in in_words(review.verdict):
        click.echo(f"   - {plain_cell(reason)}")
    click.echo(f"   to rule: {to_rule}\n")
