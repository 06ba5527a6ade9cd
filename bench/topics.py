"""Search and selection over many stored items: `python bench/topics.py --items 200000`.

Fills a database with items in English and Japanese, a few of them copies of others, whose words are as often as words
are (Zipf), and measures
- searches, rare words and common, two Japanese characters, phrases, prefixes, alternatives, the newest and the best
  first, and how many stories each finds;
- choosing the topics, of 200, of one poll's 20 new stories: the selection alone, and with reading the stories and
  writing what they enter;
- a topic that is new: how long it takes to fill it from all that is stored.
Prints a table; with --keep the database stays for another run.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

from feedhub.curation import Topic
from feedhub.model import Source
from feedhub.store.database import open_writer, transaction
from feedhub.store.merging import stories
from feedhub.store.publishing import members, words
from feedhub.store.publishing.selection import Selection
from feedhub.store.reading import Reader
from feedhub.topics import compile_query, matter

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DAYS = 60  # over which the items are spread
SOURCES = [Source(id=f"s{n}", url=f"http://s{n}.example/", title=f"Paper {n}", outlet=f"Paper {n}") for n in range(50)]
SYLLABLES = [a + b for a in "bdfghklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
LATIN = [a + b for a in SYLLABLES for b in SYLLABLES][:12_000]
KANJI = [chr(0x4E00 + 7 * n) for n in range(1_500)]
HAN = [a + b for n, a in enumerate(KANJI) for b in (KANJI[(n * 37 + 11) % 1500], KANJI[(n * 91 + 5) % 1500])]
RARE, MIDDLE, COMMON = 2_500, 300, 10  # ranks of the words that are looked for

Timed = tuple[str, float, str]


class Press:
    """Writes items of about 1 kB: 150 words of English, or 300 characters of Japanese."""

    def __init__(self, seed: int):
        self._random = Random(seed)
        self._weights = {id(words): [1 / (rank + 8) for rank in range(len(words))] for words in (LATIN, HAN)}

    def text(self, number: int) -> tuple[str, str, str]:
        """Language, headline, text."""
        language, stock, between = ("ja", HAN, "の") if number % 2 else ("en", LATIN, " ")
        chosen = self._random.choices(stock, self._weights[id(stock)], k=110 if number % 2 else 158)
        return language, between.join(chosen[:8]), between.join(chosen[8:])


def filled(path: Path, items: int) -> None:
    """Write the items, each fifth a copy of the one before, as polls would have left them."""
    conn, press, random = open_writer(path), Press(1), Random(2)
    conn.execute("PRAGMA synchronous = OFF")
    with transaction(conn):
        conn.executemany(
            """INSERT INTO sources (id, url, title, outlet, enabled, configured, min_interval, max_interval)
            VALUES (?, ?, ?, ?, 1, 1, 300, 3600)""",
            [(source.id, source.url, source.title, source.outlet) for source in SOURCES],
        )
        language, title, text, story = "", "", "", 0
        for number in range(1, items + 1):
            at = NOW.timestamp() - DAYS * 86400 * (1 - number / items) - random.random() * 7200
            if number % 5 != 1 or not story:
                language, title, text = press.text(number)
                uuid = str(UUID(int=random.getrandbits(128)))
                values = (number, uuid, number, number, at, at)
                conn.execute("INSERT INTO stories VALUES (?, ?, ?, ?, 1, ?, ?, 0)", values)
                story = number
            else:
                conn.execute("UPDATE stories SET outlets = 2 WHERE id = ?", (story,))
            conn.execute(
                """INSERT INTO items (id, source, guid, story, digest, published, first_seen, complete, share, length,
                    language, link, title, text) VALUES (?, ?, ?, ?, x'00', ?, ?, 1, 1, ?, ?, ?, ?, ?)""",
                (
                    number, SOURCES[number % 50].id, str(number), story, at, at, len(text), language,
                    f"http://s.example/{number}", title, text,
                ),
            )  # fmt: skip
    while True:
        with transaction(conn):
            if not words.catch_up(conn, 5_000):
                break
    conn.close()


def taken(run: Callable[[], object], times: int = 7) -> float:
    """Milliseconds, the best of some runs after a first one: what other programs do meanwhile is not measured."""
    run()
    measured = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        measured.append((time.perf_counter() - started) * 1000)
    return min(measured)


def searches(path: Path) -> list[Timed]:
    """Each kind of search for the first 30 results."""
    reader, known = Reader(path), {source.id: source for source in SOURCES}
    asked = {
        "rare word": LATIN[RARE],
        "word": LATIN[MIDDLE],
        "common word": LATIN[COMMON],
        "rare 会見-like word": HAN[RARE],
        "会見-like word": HAN[MIDDLE],
        "common 会見-like word": HAN[COMMON],
        "one character": HAN[MIDDLE][0],
        "two words": f"{LATIN[MIDDLE]} {LATIN[COMMON]}",
        "alternatives": f"{LATIN[RARE]} OR {HAN[RARE]}",
        "prefix": f"{LATIN[MIDDLE][:4]}*",
        "headline": f"title:{HAN[MIDDLE]}",
        "without another": f"{HAN[MIDDLE]} -{HAN[COMMON]}",
        "nothing": "antidisestablishment",
        "copies": "copies>=2",
    }
    timed = []
    for name, text in asked.items():
        query = compile_query(text)
        found = len(reader.search(query, 30, NOW, known))
        newest = taken(partial(reader.search, query, 30, NOW, known))
        best = taken(partial(reader.search, query, 30, NOW, known, "best"))
        timed.append((f"search: {name}", newest, f"best first {best:.1f} ms; {found} found"))
    reader.close()
    return timed


def topics(count: int) -> list[Topic]:
    """Queries as people write them, in two languages; one in twenty needs no word."""
    random = Random(3)

    def query(number: int) -> str:
        a, b, c = random.sample(LATIN[100:6000], 3)
        x, y = random.sample(HAN[50:], 2)
        words = f"{a} OR {b} OR {x} OR {y}"
        if number % 20 == 0:
            return ["", "copies>=2", "age<3d", f"-{a}", "lang:ja"][number // 20 % 5]
        return random.choice(
            [words, f'"{a} {b}" OR {x}', f"{a[:4]}* OR {x}", f"{a} {b} -{c}", f"title:({a} OR {y})"]
        )  # fmt: skip

    return [Topic(id=f"t{n}", title=f"Topic {n}", match=query(n)) for n in range(count)]


def selection(path: Path, count: int) -> list[Timed]:
    """One poll of 20 new stories against `count` topics."""
    conn = open_writer(path)
    selection = Selection(topics(count), SOURCES)
    newest = [row[0] for row in conn.execute("SELECT id FROM stories ORDER BY id DESC LIMIT 20")]
    seen = [matter(story, selection.sources) for story in stories.load(conn, newest)]
    chosen = sum(len(selection.index.select(one, NOW)) for one in seen)
    one_by_one = taken(lambda: [[compiled.takes(one, NOW) for compiled in selection.topics] for one in seen])
    alone = taken(lambda: [selection.index.select(one, NOW) for one in seen])
    folded = taken(lambda: [matter(story, selection.sources) for story in stories.load(conn, newest)])
    whole = taken(partial(_touched, conn, selection, newest))
    conn.close()
    return [
        (f"choosing among {count} topics, 20 stories", alone, f"{chosen} entries; each asked: {one_by_one:.1f} ms"),
        ("reading and folding these 20 stories", folded, ""),
        ("both, with writing what they enter", whole, ""),
    ]


def _touched(conn: sqlite3.Connection, selection: Selection, newest: list[int]) -> None:
    """Let new stories into their topics, and take it back."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        members.touch(conn, selection, newest, NOW)
    finally:
        conn.execute("ROLLBACK")


def fillings(path: Path) -> list[Timed]:
    """A new topic, of all that is stored, as `feedhub check` tells what it would gain; filling it: bench/scale.py."""
    reader = Reader(path)
    asked = {
        "of rare words": f"{LATIN[RARE]} OR {HAN[RARE]}",
        "of a middling word": HAN[MIDDLE],
        "of a headline": f"title:{LATIN[COMMON]}",
    }
    timed = []
    for name, query in asked.items():
        desk = [Topic(id="new", title="New", match=query)]
        found = reader.changes(desk, SOURCES, NOW)[0].stories
        timed.append(
            (f"filling a topic {name}", taken(partial(reader.changes, desk, SOURCES, NOW), 3), f"{found} stories")
        )
    reader.close()
    return timed


def main() -> None:
    """Measure, and print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--items", type=int, default=200_000)
    options.add_argument("--topics", type=int, default=200)
    options.add_argument("--keep", type=Path, help="the database; made when missing")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = given.keep or Path(directory) / "bench.db"
        if not path.exists():
            filled(path, given.items)
        open_writer(path).close()  # one that was kept may be of an earlier version
        for name, ms, note in [*searches(path), *selection(path, given.topics), *fillings(path)]:
            print(f"{name:<45} {ms:8.2f} ms  {note}")


if __name__ == "__main__":
    main()
