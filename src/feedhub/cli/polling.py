"""`feedhub poll`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from feedhub.cli.common import config_option, json_lines, json_option, plain_cell, settings_of, table
from feedhub.model import PollReport, Settings


@click.command("poll")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@json_option
@config_option
def poll_command(sources: tuple[str, ...], config: Path, as_json: bool) -> None:
    """Poll now: all that is due, or the named sources whatever their next poll time.

    Works beside a running daemon, which then does the polling. Exits with 1 when a named source failed, or when all
    of several that were due did: one feed that is down is no news to a cron job.
    """
    settings = settings_of(config)
    ids = list(sources) or None
    if not (settings.sources or settings.lists):
        click.echo("there are no sources yet; `feedhub add URL` adds one", err=True)
    if as_json or not sys.stderr.isatty():
        reports = _poll(settings, ids, lambda report: _line(report, as_json))
    else:
        reports = _with_progress(settings, ids)
        _table(reports)
    failed = sum(map(_failed, reports))
    several = min(2, sum(source.enabled for source in settings.sources))  # what fails alone may be all that is due
    if failed and (ids or several <= len(reports) == failed):
        raise SystemExit(1)


def _poll(settings: Settings, ids: list[str] | None, told: Callable[[PollReport], None]) -> list[PollReport]:
    """Hand the work to the running daemon, or do it here."""
    from feedhub.daemon import control

    answers = control.ask(settings.database, {"do": "poll", "sources": ids})
    if answers is None:
        import uvloop

        from feedhub.daemon import once
        from feedhub.logs import configure

        configure(settings.log_format, level="ERROR")
        return uvloop.run(once.poll(settings, ids, told))
    reports = []
    for report in _reports(answers):
        told(report)
        reports.append(report)
    return reports


def _failed(report: PollReport) -> bool:
    return report.outcome in ("failed", "lost")


def _reports(answers: Iterator[dict[str, Any]]) -> Iterator[PollReport]:
    for answer in answers:
        if plain := answer.get("report"):
            yield PollReport(**{**plain, "topics": frozenset(plain["topics"])})


def _line(report: PollReport, as_json: bool) -> None:
    if as_json:
        json_lines([_shown(report)])
        return
    what = report.error or f"{report.items} items, {report.new} new, {report.changed} changed"
    damage = f"; {report.notice}" if report.notice else ""
    click.echo(f"{report.source}: {report.outcome} ({report.status or '-'}) {plain_cell(what + damage)}")


def _shown(report: PollReport) -> dict[str, object]:
    keys = ("source", "outcome", "status", "items", "new", "changed", "bytes", "ms", "error", "notice")
    return {key: getattr(report, key) for key in keys}


def _with_progress(settings: Settings, ids: list[str] | None) -> list[PollReport]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    total = len(ids) if ids else None
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("polling", total=total)

        def told(report: PollReport) -> None:
            progress.update(task, advance=1, description=f"polled {report.source}")

        return _poll(settings, ids, told)


def _table(reports: list[PollReport]) -> None:
    if not reports:
        click.echo("nothing is due")
        return
    columns = ("source", "outcome", "status", "items", "new", "changed", "KB", "ms", "trouble")
    rows = [
        (
            r.source, r.outcome, r.status, r.items, r.new, r.changed, f"{r.bytes / 1000:.1f}", f"{r.ms:.0f}",
            r.error or r.notice or "",
        )
        for r in sorted(reports, key=lambda report: report.source)
    ]  # fmt: skip
    table(columns, rows, right=("status", "items", "new", "changed", "KB", "ms"))
    new, changed = sum(r.new for r in reports), sum(r.changed for r in reports)
    failed = sum(map(_failed, reports))
    click.echo(f"{len(reports)} polled, {new} new, {changed} changed, {failed} failed")
