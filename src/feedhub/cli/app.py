"""The command line as a whole."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module

import click

from feedhub import __version__
from feedhub.errors import ConfigError, FeedhubError, QueryError

COMMANDS = {  # name -> module below feedhub.cli, and what --help says; in the order in which people need them
    "run": ("serving", "Run the daemon: poll, merge, publish, serve."),
    "demo": ("serving", "Run the daemon over a built-in wire room; needs no internet."),
    "check": ("asking", "Check the configuration; show what each topic would gain or lose."),
    "poll": ("polling", "Poll now: all that is due, or the named sources."),
    "sources": ("looking", "Show how every source is doing."),
    "topics": ("looking", "Show the topics and their feeds."),
    "stories": ("looking", "Show the newest stories, of a topic or of all."),
    "items": ("looking", "List the stored items."),
    "preview": ("asking", "Show what a topic or a query would take."),
    "search": ("asking", "Find stories by a query."),
    "why": ("explaining", "Show the evidence for a story's copies, or compare two items."),
    "review": ("ruling", "List borderline copies; confirm or reject them."),
    "merge": ("ruling", "Rule that two stories are one."),
    "split": ("ruling", "Rule that a copy is none: take it out of its story."),
    "never": ("ruling", "Rule that two stories stay apart."),
    "undo": ("ruling", "Take a ruling back."),
    "replay": ("ruling", "Merge all that is stored anew; show what would change."),
    "pin": ("curating", "Keep a story at the head of a topic."),
    "hide": ("curating", "Take a story out of a topic, or out of all."),
    "lead": ("curating", "Let a story lead a topic."),
    "note": ("curating", "Publish a note of the editor with a story."),
    "rulings": ("ruling", "List what editors ruled."),
    "add": ("editing", "Add a source to the configuration."),
    "import": ("editing", "Add the subscriptions of an OPML file to the configuration."),
    "export": ("editing", "Write the sources, or the topics' feeds, as OPML."),
    "prune": ("keeping", "Let go of items that left their feed long ago."),
    "backup": ("keeping", "Write a consistent copy of the database."),
    "doctor": ("keeping", "Look whether the database is whole; repair it."),
}


class _Lazy(click.Group):
    """Loads a command's module when the command is called, not when it is listed."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; unlike click, take it for no failure if the reader of a pipe has had enough."""
        try:
            done = super().invoke(ctx)
            if sys.stdout:  # None where it is closed
                sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is not yet written
            return None
        return done

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"feedhub.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"no command '{args[0]}'{hint}", ctx) from None


_CLOSING = """Options go behind the command: feedhub stories --config FILE. Exits with 1 where the work failed, with 2
for wrong usage or a mistake in the configuration or a query."""


@click.group(
    cls=_Lazy, epilog=_CLOSING, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="feedhub")
def cli() -> None:
    """Merge the copies of one wire story, and republish topic feeds in which it appears once."""


def main() -> None:
    """Run a command; errors in words on stderr. Exit codes: 1 the work failed, 2 wrong usage or configuration."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # no headline stops a listing where the terminal lacks a character
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2 if isinstance(error, click.UsageError) else error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except (ConfigError, QueryError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except FeedhubError as error:
        click.echo(f"feedhub: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"feedhub: {f'{error.filename}: ' if error.filename else ''}{error.strerror or error}", err=True)
        sys.exit(1)
    except Exception as error:
        from feedhub.store.database import storage_fault

        if not (fault := storage_fault(error)):
            raise
        click.echo(f"feedhub: {fault}", err=True)
        sys.exit(1)
