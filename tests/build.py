"""Values for tests, complete but for what a test says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, partial
from html import escape
from itertools import count
from pathlib import Path
from random import Random
from string import ascii_lowercase
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from feedhub.dedup.prepare import prepare
from feedhub.dedup.rules import RULES
from feedhub.errors import RulingError
from feedhub.model import Copy, Credit, Item, PollReport, Settings, Source, Story, Topic, Validators
from feedhub.rhythm import UNWATCHED, Rhythm
from feedhub.store.polling.outcome import Claim, Outcome
from feedhub.store.reading import Reader
from feedhub.store.replay import Difference, replay
from feedhub.store.writing import Store

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LEASE, LATER = timedelta(minutes=5), START + timedelta(minutes=30)

QUAKE = (
    "TOKYO (Tsubame) -- A magnitude 6.1 earthquake struck off the coast of Miyagi Prefecture early Monday, "
    "the weather agency said, adding that there was no danger of a tsunami.\n"
    "The quake occurred at 5:12 a.m. at a depth of about 50 kilometers and measured lower 5 on the Japanese "
    "seismic scale in three towns, the agency said.\n"
    "No abnormalities were reported at the nuclear power plant in Onagawa, its operator said.\n"
    "Bullet trains were halted for about half an hour while the tracks were checked."
)
HALF = (  # and then something of its own: merged on thin evidence
    QUAKE.splitlines()[0] + " Residents of the coast said that they had felt nothing like it for many years."
)
BUDGET = (
    "TOKYO (Tsubame) -- The government is set to ask for a record 120 trillion yen in the next fiscal year's "
    "budget, as spending on defense and on care for the elderly goes on rising, officials said Monday.\n"
    "The cabinet is expected to approve the draft before the end of the year, with debt servicing costs "
    "forecast to reach a quarter of all outlays for the first time."
)
TOLL = """OSAKA (Tsubame) -- A landslide on a mountain road in Nara Prefecture on Monday left 3 people dead and 11 \
injured, the police said, after two days of heavy rain in the region.
The slope above the village of Shimokitayama gave way shortly before dawn and buried a guesthouse and two cars.
Rescuers of the Self-Defense Forces reached the site on foot, as the only bridge had been washed away on Sunday."""
USGS = """WASHINGTON (AP) -- A magnitude 6.1 earthquake shook Miyagi Prefecture in northeastern Japan, the U.S. \
Geological Survey said. No tsunami warning was given for the Pacific coast of Miyagi, where fishing towns were hit."""
FERRY = """KOCHI -- The ferry Seto Maru ran aground near Uwajima with 212 people aboard on Monday, and the coast guard \
sent three boats to the Bungo Channel. Passengers of the Seto Maru were taken off at dawn, wet and cold but unhurt."""


@contextmanager
def counted(conn: sqlite3.Connection) -> Iterator[Callable[[], int]]:
    """How much is asked of SQLite on a connection, in tens of its instructions: the same on every machine."""
    steps = count()
    conn.set_progress_handler(lambda: next(steps) < 0, 10)
    yield partial(next, steps)


@contextmanager
def failing(store: Store, when: str) -> Iterator[None]:
    """What is done in the context fails when the database comes to this, "INSERT ON items", as on a full disk."""
    store._conn.execute(f"CREATE TEMP TRIGGER full BEFORE {when} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(sqlite3.IntegrityError, match="disk full"):
        yield
    store._conn.execute("DROP TRIGGER full")


def nothing(store: Store) -> None:
    """What a store holds at first."""


def new_store(database: Path, fill: Callable[[Store], None] = nothing) -> Store:
    """A store of nothing yet, or filled like this."""
    lay_out(database, fill)
    return Store(database, "a test")


def lay_out(database: Path, fill: Callable[[Store], None] = nothing) -> None:
    """Make a new database by copying one: to make its tables anew took half of what a quick test takes."""
    with database.open("xb") as file:
        file.write(_database(fill))


@cache
def _database(fill: Callable[[Store], None]) -> bytes:
    with TemporaryDirectory() as directory:
        database = Path(directory, "feedhub.db")
        with closing(Store(database, "a test")) as store:
            fill(store)
        return database.read_bytes()


def source(id: str, **fields: Any) -> Source:
    """A source of an outlet of the same name."""
    return Source(**{"id": id, "url": f"http://{id}.example/feed", "title": id.title(), "outlet": id.title(), **fields})


PAPERS = (source("tsubame", agency="tsubame"), source("herald"), source("mainichi"), source("evening"))
TOPICS = (Topic(id="all", title="All", match=""), Topic(id="quakes", title="Quakes", match="earthquake OR quake"))


def item(source_id: str, title: str, text: str, **fields: Any) -> Item:
    """An item, half an hour old, whose guid and link are made from its title."""
    slug = title.lower().replace(" ", "-")
    return Item(
        **{
            "source_id": source_id,
            "guid": slug,
            "link": f"http://{source_id}.example/{slug}",
            "title": title,
            "html": "".join(f"<p>{line}</p>" for line in text.splitlines()),
            "text": text,
            "language": "en",
            "author": None,
            "published": START - timedelta(minutes=30),
            "updated": None,
            "tags": (),
            "enclosures": (),
            "image": None,
            "credit": Credit(),
            **fields,
        }
    )


def rhythm_of(items: float, days: float, at: datetime | None) -> Rhythm:
    """A rhythm of which only `items` found in `days` watched are known."""
    return Rhythm(at=at, items=(items, *UNWATCHED.items[1:]), days=(days, *UNWATCHED.days[1:]))


@cache
def gibberish(number: int, words: int = 40) -> str:
    """A text like that of no other number, and without figures: whoever shares these is looked at closely."""
    chance = Random(number)
    return " ".join("".join(chance.choices(ascii_lowercase, k=6)) for _ in range(words))


def settings(database: Path, sources: Sequence[Source], topics: Sequence[Topic], **fields: Any) -> Settings:
    """A configuration."""
    return Settings(
        **{
            "file": database.with_name("feedhub.toml"),
            "host": "127.0.0.1",
            "port": 0,
            "public_url": "http://127.0.0.1:8080",
            "database": database,
            "retention": timedelta(days=30),
            "log_format": "text",
            "workers": 1,
            "concurrency": 20,
            "per_host": 2,
            "gap": timedelta(seconds=2),
            "budget": None,
            "sources": tuple(sources),
            "topics": tuple(topics),
            **fields,
        }
    )


def document(claim: Claim, *items: Item, at: datetime = START, **fields: Any) -> Outcome:
    """A poll that brought these items."""
    return Outcome(
        **{
            "claim": claim,
            "at": at,
            "result": "document",
            "status": 200,
            "size": 1000,
            "elapsed": 0.1,
            "validators": Validators(etag='"1"'),
            "body_hash": b"hash",
            "feed_title": "Feed",
            "items": tuple(map(_prepared, items)),
            "truncated": any(not item.complete for item in items),
            **fields,
        }
    )


# What is compared with what comes out the same each time: tests print few texts, and these again and again.
_prepared = lru_cache(maxsize=4096)(prepare)


def printed(store: Store, source_id: str, *items: Item, at: datetime = START, **fields: Any) -> PollReport:
    """Poll a source that lists these items."""
    claim = store.claim(at, 1, LEASE, 2, [source_id])[0]
    return store.commit_polls([document(claim, *items, at=at, **fields)])[0]


def rule(store: Store, verb: str, *names: object) -> int:
    """An editor's ruling, half an hour after the start; returns its number."""
    return store.rule(verb, [str(name) for name in names], "an editor", LATER)[0]


def two_stories(store: Store, reader: Reader) -> tuple[str, str]:
    """Two papers tell of two things; the ids of the stories."""
    printed(store, "herald", item("herald", "Quake off Miyagi", QUAKE))
    printed(store, "evening", item("evening", "Ministry asks for more", BUDGET))
    quake, budget = sorted(reader.front(5), key=lambda story: story.outlet, reverse=True)
    return quake.id, budget.id


def replayed(reader: Reader, directory: Path, **rules: str) -> Difference:
    """What would be other stories under these rules."""
    lay_out(directory / "scratch.db")
    return replay(reader, directory / "scratch.db", RULES.changed(rules))


def story(
    title: str, text: str, *, outlets: tuple[str, ...] = ("Herald",), agency: str | None = None, **fields: Any
) -> Story:
    """A story half an hour old, printed by these outlets, the first of them canonical."""
    at = START - timedelta(minutes=30)
    copies = tuple(
        Copy(
            item_id=number,
            source_id=outlet.lower().replace(" ", "-"),
            outlet=outlet,
            title=title,
            link=f"http://{outlet.lower().replace(' ', '-')}.example/{number}",
            published=at,
            first_seen=at,
            language=fields.get("language", "en"),
            agency=agency,
            share=1.0,
            canonical=number == 1,
        )
        for number, outlet in enumerate(outlets, start=1)
    )
    return Story(
        **{
            "id": "6f9619ff-8b86-4d11-b42d-00c04fc964ff",
            "title": title,
            "link": copies[0].link,
            "html": f"<p>{escape(text, quote=False)}</p>",
            "text": text,
            "language": "en",
            "author": None,
            "agency": agency,
            "place": None,
            "tags": (),
            "enclosures": (),
            "image": None,
            "source_id": copies[0].source_id,
            "source_title": outlets[0],
            "source_url": f"http://{copies[0].source_id}.example/feed",
            "outlet": outlets[0],
            "published": at,
            "updated": at,
            "copies": copies,
            **fields,
        }
    )


async def no_ruling(verb: str, names: Sequence[str], who: str) -> int:
    """For a desk at which nobody rules."""
    raise RulingError(f"nobody rules here: {verb}")
