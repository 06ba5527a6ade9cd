"""SQL of several statements."""

from __future__ import annotations

from sqlite_utils import Database


def carry_out(db: Database, script: str) -> None:
    """Execute statements one by one, in the transaction of all steps; `executescript` would commit that."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)
