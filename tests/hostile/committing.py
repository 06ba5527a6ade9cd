"""Stores one item after another in the database that is named, and tells after each how many there are.

As often as the daemon's writer would, it brings the log into the database.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from build import START, item, printed, settings, source
from feedhub.store.writing import Store

EVERY = 20  # items


def main(database: Path) -> None:
    chosen = settings(database, [source("a")], [])
    store = Store(chosen.database, "a test")
    store.configure(chosen, START)
    for number in count(1):
        printed(
            store,
            "a",
            item("a", f"Matter {number}", f"Of matter {number} it is said that {number * 7} things came of it.\n" * 9),
        )
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        if number % EVERY == 0:
            store.checkpoint()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
