"""What the commands share: options, the configuration, output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.text import Text

    from feedhub.model import Settings
    from feedhub.store.reading import Reader

HEADLINE = 200  # characters of a headline in a listing
F = TypeVar("F", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="FEEDHUB_CONFIG",
    default=Path("config/feedhub.toml"),
    show_default=True,
    help="The configuration; $FEEDHUB_CONFIG names it too.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")


def limit_option(default: int, of: str) -> Callable[[F], F]:
    """`--limit N`."""
    return click.option(
        "--limit",
        type=click.IntRange(min=1),
        metavar="N",
        default=default,
        show_default=True,
        help=f"At most so many {of}.",
    )


def settings_of(path: Path) -> Settings:
    """Load the configuration, with the sources its lists named last; raises ConfigError with all its problems."""
    from feedhub.config.load import load
    from feedhub.config.subscribed import subscribed
    from feedhub.topics import compile_query

    settings = load(path, compile_query)
    if not settings.lists or not settings.database.exists():
        return settings
    from feedhub.store.reading import Reader

    with closing(Reader(settings.database)) as reader:  # a daemon goes on for long after it
        return subscribed(settings, reader.polled.lists())


def reader_of(settings: Settings) -> Reader:
    """Open the configured database for reading until the command ends; raises StoreError if there is none."""
    from feedhub.store.reading import Reader

    reader = Reader(settings.database)
    click.get_current_context().call_on_close(reader.close)
    return reader


def json_lines(values: Iterable[Any]) -> None:
    """One JSON object per line; times in RFC 3339."""
    import orjson

    for value in values:
        click.echo(orjson.dumps(value, option=orjson.OPT_UTC_Z).decode())


@dataclass(frozen=True, slots=True)
class Marked:
    """A cell of a table in parts, each with whether it stands out; only the text goes into a pipe."""

    parts: Sequence[tuple[str, bool]]

    def __str__(self) -> str:
        return "".join(text for text, _ in self.parts)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = (), whole: Sequence[str] = ()
) -> None:
    """A table as wide as the terminal, or plain tab-separated lines into a pipe.

    Columns on the `right` hold numbers; these, and those that are to be copied `whole`, are not broken.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        for row in rows:
            click.echo("\t".join(plain_cell(value) for value in row))
        return
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        unbroken = column in (*right, *whole)
        shown.add_column(column, justify="right" if column in right else "left", no_wrap=unbroken, overflow="fold")
    for row in rows:
        shown.add_row(*[_cell(value) for value in row])
    console.print(shown)


def headline(title: str) -> str:
    """A title as listings show it: cut where it is endless."""
    from feedhub.text import excerpt

    return excerpt(plain_cell(title), HEADLINE)


def _cell(value: object) -> Text:
    """A cell in colour."""
    from rich.text import Text

    if isinstance(value, Marked):
        return Text.assemble(*[(_printable(text), "bold yellow" if marked else "") for text, marked in value.parts])
    return Text(plain_cell(value))


def plain_cell(value: object) -> str:
    """Text without anything that could command a terminal."""
    from feedhub.text import one_line

    if value is None:
        return "-"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%MZ}"
    return one_line(_printable(str(value)))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
