"""Words for people: every command calls one function below and shows its result.

    common     the options all commands share, errors in words    show   tables and JSON lines
    serving    run, demo                                            polling   poll
    looking    sources, topics, stories, items                      keeping   prune, backup
    asking     check, preview, search                               curating  pin, hide, lead, note
    editing    add, import, export                          explaining   why

Modules that take long to load are imported inside the commands that need them: `--help` answers at once.
"""

from feedhub.cli.app import main

__all__ = ["main"]
