"""What editors say of single stories: pin, hide, lead, note."""

from __future__ import annotations

from pathlib import Path

import click

from feedhub.cli.common import config_option
from feedhub.cli.ruling import ruled

_topic_option = click.option(
    "--topic", default="", metavar="TOPIC", help="In this topic; in all that take it when left out."
)
_undo_option = click.option("--undo", is_flag=True, help="Take it back.")


@click.command("pin")
@click.argument("story")
@_topic_option
@_undo_option
@config_option
def pin_command(story: str, topic: str, undo: bool, config: Path) -> None:
    """Keep STORY at the head of a topic; of one that would not take it as well, when --topic names it.

    A story is named by its id or its page's address, by an item's number or by a copy's link.
    """
    ruled(config, "unpin" if undo else "pin", story, topic)


@click.command("hide")
@click.argument("story")
@_topic_option
@_undo_option
@config_option
def hide_command(story: str, topic: str, undo: bool, config: Path) -> None:
    """Take STORY, named as for `pin`, out of a topic, or out of all and out of searches.

    Its copies go on being merged.
    """
    ruled(config, "unhide" if undo else "hide", story, topic)


@click.command("lead")
@click.argument("story")
@_topic_option
@_undo_option
@config_option
def lead_command(story: str, topic: str, undo: bool, config: Path) -> None:
    """Let STORY, named as for `pin`, lead a topic, before those pinned, until another one does."""
    ruled(config, "unlead" if undo else "lead", story, topic)


@click.command("note")
@click.argument("story")
@click.argument("words", nargs=-1)
@_undo_option
@config_option
def note_command(story: str, words: tuple[str, ...], undo: bool, config: Path) -> None:
    """Publish a note of the editor, WORDS, with STORY, named as for `pin`; a later one takes its place."""
    if bool(words) == undo:
        raise click.UsageError("give the words of the note, or --undo to take the last one back")
    ruled(config, "unnote" if undo else "note", story, *([" ".join(words)] if words else []))
