"""Words for people: every command calls one function below and shows its result.

app        the command line as a whole         common     what all commands share: options, tables, JSON lines
serving    run, demo                           polling    poll
looking    sources, topics, stories, items     asking     check, preview, search
editing    add, import, export                 explaining why
ruling     merge, split, never, undo, review, rulings, replay
curating   pin, hide, lead, note               keeping    prune, backup, doctor

Modules that take long to load are imported inside the commands that need them: `--help` answers at once.
"""

from feedhub.cli.app import main

__all__ = ["main"]
