"""`feedhub run` and `feedhub demo`."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import click

from feedhub.cli.common import config_option, settings_of
from feedhub.daemon.clock import now


def _place(_: click.Context, __: click.Parameter, listen: str | None) -> tuple[str, int] | None:
    """The host and the port in an option."""
    if listen is None:
        return None
    from feedhub.config.units import place

    try:
        return place(listen)
    except ValueError as error:
        raise click.BadParameter(f"it {error}") from None


def _written(context: click.Context, parameter: click.Parameter, listen: str) -> str:
    """The place in an option, as text for a configuration."""
    _place(context, parameter, listen)
    return listen


@click.command("run")
@click.option("--listen", metavar="HOST:PORT", callback=_place, help="Where to serve, instead of the configured place.")
@config_option
def run_command(config: Path, listen: tuple[str, int] | None) -> None:
    """Run the daemon: poll, merge, publish, serve.

    SIGTERM ends it within ten seconds and loses nothing; SIGHUP, or a change of the file, loads the configuration
    again.
    """
    from feedhub.daemon.settings import Loader, listening

    loader = Loader(config)  # while this process loads the rest of itself
    from feedhub.daemon.interpreter import collect_nothing, return_memory

    return_memory()
    collect_nothing()
    import uvloop

    from feedhub.daemon.front import begun  # first what the process that serves needs as well
    from feedhub.logs import configure

    settings = loader.settings()
    if listen is not None:
        settings = replace(listening(settings, *listen), told_where=True)
    configure(settings.log_format)
    with begun(settings) as first:
        from feedhub.daemon.run import run

        uvloop.run(run(settings, lambda at: None, first))


@click.command("demo")
@click.option(
    "--listen",
    metavar="HOST:PORT",
    callback=_written,
    default="127.0.0.1:8080",
    show_default=True,
    help="Where to serve.",
)
def demo_command(listen: str) -> None:
    """Run the daemon over a built-in wire room: an agency and eight papers on loopback that print its morning.

    Everything is kept in a temporary directory and gone when it ends.
    """
    import uvloop

    from feedhub.logs import configure

    configure("text")
    with tempfile.TemporaryDirectory(prefix="feedhub-demo-") as directory:
        uvloop.run(_demo(Path(directory), listen))


async def _demo(directory: Path, listen: str) -> None:
    import secrets
    import time

    from feedhub.daemon.run import run
    from feedhub.web.server import served
    from feedhub.wireroom import WireRoom, configuration

    start = time.monotonic()
    room = WireRoom(now(), lambda: time.monotonic() - start)
    async with served(room.app(), "127.0.0.1", 0) as address:
        file = directory / "feedhub.toml"
        token = secrets.token_urlsafe(9)
        file.write_text(configuration(address, listen, str(directory / "feedhub.db"), token), encoding="utf-8")
        settings = settings_of(file)
        click.echo(f"wire room at {address}, configuration in {file}")
        await run(
            settings,
            lambda at: click.echo(f"open {at}/ in a browser; editors log in with {token}; Ctrl-C ends the demo"),
        )
