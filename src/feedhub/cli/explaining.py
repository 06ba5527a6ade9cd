"""`feedhub why`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedhub.cli.common import config_option, json_lines, json_option, plain_cell, reader_of, settings_of
from feedhub.text import plural

if TYPE_CHECKING:
    from feedhub.model import Verdict
    from feedhub.store.comparison import Comparison
    from feedhub.store.merging.evidence import Evidence, Missed


NAMED = 5  # items of one link that are named, the newest
_REVIEWS = {"open": "waits for an editor's word (feedhub review)", "confirmed": "an editor confirmed that it is a copy"}


@click.command("why")
@click.argument("what")
@click.argument("other", required=False)
@json_option
@config_option
def why_command(what: str, other: str | None, config: Path, as_json: bool) -> None:
    """Show why a story's copies are copies, or why two items are or are not.

    WHAT is a story's id or its page's address, an item's number or a link; with OTHER, both are items.
    """
    reader = reader_of(settings_of(config))
    for name in filter(None, (what, other)):
        _told_apart(name, reader.linked(name))
    if other is not None:
        from feedhub.store.comparison import compare

        found = compare(reader, what, other)
        if as_json:
            json_lines([found])
        else:
            _compared(found)
        return
    story, copies = reader.why(what)
    if as_json:
        json_lines({"story": story, **asdict(copy)} for copy in copies)
        return
    click.echo(f"story {story}: {plural(len(copies), 'copy', 'copies')}")
    for copy in copies:
        _copy(copy)


def _told_apart(link: str, numbers: list[int]) -> None:
    """Say which item is meant where several have the link."""
    if len(numbers) > 1:
        several = ", ".join(map(str, numbers[-NAMED:]))
        click.echo(f"{len(numbers)} items have the link {plain_cell(link)}: {several}; the last is meant", err=True)


def _copy(copy: Evidence) -> None:
    _printed(copy)
    if copy.merged is not None:
        click.echo(f"   stood in a story that an editor merged with this one (ruling {copy.merged})")
    elif copy.missed is not None:
        _missed(copy.missed)
    elif copy.verdict is None:
        click.echo("   came first, or nothing resembled it when it came")
    else:
        parted = ", which has left the story" if copy.parted else ""
        before = ", by what it said before it was withdrawn" if copy.step == "withdrawal" else ""
        click.echo(f"   a copy of item {copy.beside}{parted}{before} (rules {copy.matcher}):")
        _reasons(copy.verdict)


def _missed(missed: Missed) -> None:
    if missed.rejected:
        click.echo(f"   an editor split it off the story of item {missed.beside}, which it resembles:")
    else:
        click.echo(f"   joined no story; it came nearest to item {missed.beside} (rules {missed.matcher}):")
    _reasons(missed.verdict)


def _compared(found: Comparison) -> None:
    for item in found.items:
        _printed(item)
    stand = "stand in one story" if found.together else "stand in different stories"
    click.echo(f"they {stand}; judged by themselves: {_words(found.verdict)}")
    if found.apart:
        click.echo(f"   apart all the same: {plain_cell(found.apart)}")
    if found.joined:
        click.echo(f"   together all the same: {plain_cell(found.joined)}")
    _reasons(found.verdict)
    for here, there in found.contradicting:
        click.echo(f"   in the same place: {plain_cell(here or '–')} / {plain_cell(there or '–')}")
    if found.agreeing:
        click.echo(f"   figures in both: {plain_cell(', '.join(found.agreeing))}")
    if found.passage:
        click.echo(f"   longest passage in both: {plain_cell(found.passage)}")


def _printed(item: Evidence) -> None:
    when = plain_cell(item.published)
    click.echo(f"\n{item.item}  {plain_cell(item.outlet)}, {when}: {plain_cell(item.title)}")
    if item.link:
        click.echo(f"   {plain_cell(item.link)}")
    if item.agency:
        click.echo(f"   agency: {item.agency} ({item.confidence:.0%} sure)")
    if item.place:
        click.echo(f"   filed from {plain_cell(item.place)}" + (f", {plain_cell(item.filed)}" if item.filed else ""))
    if item.credit:
        click.echo(f"   {' · '.join(map(plain_cell, item.credit))}")
    if item.step:
        click.echo(f"   says of itself that it is: {item.step}")
    for before, after in item.outdated:
        click.echo(f"   still prints {plain_cell(before)}; another copy has {plain_cell(after)} now")
    if item.review in ("open", "confirmed"):
        click.echo(f"   {_REVIEWS[item.review]}")


def _words(verdict: Verdict) -> str:
    return {"copy": "copies of one text", "related": "related, not copies", "unrelated": "nothing in common"}[
        verdict.kind
    ]


def _reasons(verdict: Verdict) -> None:
    from feedhub.dedup.verdict import in_words

    for reason in in_words(verdict):
        click.echo(f"   - {plain_cell(reason)}")
