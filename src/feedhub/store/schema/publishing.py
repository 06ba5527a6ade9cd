"""Steps for what a feed that has changed asks first; after those of `polling`."""

from __future__ import annotations

from sqlite_utils import Database

from feedhub.store.schema.polling import migrations as migrations

_NEXT_TO = "SELECT other FROM related WHERE story ="  # a story is told with those of the same event
_OF_ITEM = "(SELECT story FROM items WHERE id = {row}.item)"

# What makes another of what `stories.load` reads, and of which stories; its digest stands for all words of an item.
_TOLD_BY = {
    # One that opens its story tells it for the first time: not to write its row again spares 6 µs of 30.
    "INSERT ON items WHEN new.id != (SELECT canonical FROM stories WHERE id = new.story)": "id = new.story",
    "DELETE ON items": "id = old.story",
    "UPDATE OF story ON items": "id IN (old.story, new.story)",
    "UPDATE OF digest, published, share ON items": f"id = new.story OR id IN ({_NEXT_TO} new.story)",
    "UPDATE OF canonical, published, updated ON stories": f"id = new.id OR id IN ({_NEXT_TO} new.id)",
    "DELETE ON stories": f"id IN ({_NEXT_TO} old.id)",
    "UPDATE OF title, url, outlet ON sources": """id IN (SELECT story FROM items WHERE source = new.id
        UNION SELECT other FROM items JOIN related USING (story) WHERE source = new.id)""",
    "INSERT ON related": "id = new.story",
    "DELETE ON related": "id = old.story",
    "UPDATE ON related": "id = new.story",
    "UPDATE OF item ON curation": f"id IN ({_OF_ITEM.format(row='old')}, {_OF_ITEM.format(row='new')})",
} | {
    f"{event} ON {table}": f"id = {_OF_ITEM.format(row='old' if event == 'DELETE' else 'new')}"
    for table in ("steps", "corrections", "outdated", "curation")
    for event in ("INSERT", "DELETE", "UPDATE")
}


@migrations()
def stories_told_otherwise(db: Database) -> None:
    """Whether a story is still as it was read is told by one number, and not by all its rows."""
    db.conn.execute("ALTER TABLE stories ADD COLUMN told INTEGER NOT NULL DEFAULT 0")
    for number, (event, which) in enumerate(_TOLD_BY.items()):
        retold = f"UPDATE stories SET told = told + 1 WHERE {which}"  # noqa: S608
        db.conn.execute(f"CREATE TRIGGER told_otherwise_{number} AFTER {event} BEGIN {retold}; END")


@migrations()
def stories_joined(db: Database) -> None:
    """An item that joins a story comes with the verdict: a trigger on items costs each new one 10 µs, told or not."""
    db.conn.execute("DROP TRIGGER told_otherwise_0")
    db.conn.execute(
        """CREATE TRIGGER told_otherwise_joined AFTER INSERT ON verdicts WHEN new.decided BEGIN
        UPDATE stories SET told = told + 1 WHERE id = (SELECT story FROM items WHERE id = new.item); END"""
    )
