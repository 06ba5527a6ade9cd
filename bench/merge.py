"""Merge labelled items and say how fast: `python bench/merge.py ITEMS.jsonl --out PRED.jsonl [--limit N]`.

Items (JSON lines: id, title, summary, link, published, source, lang) go in order of publication through the real
normalise, place and store, in documents of one source as polls bring them, into a database on disk. A labelled set
spreads over years what a busy desk gets in a day, so rounds of polls are counted in items: 50 that follow each other,
some fifteen documents, are committed together, as the daemon does under such a load.

Writes one `{"id", "cluster"}` a line; prints one JSON line with items/s, database bytes per item, CPU seconds per stage
and peak memory. What a poll costs whatever it brings (its claim, its source's rhythm, the schedule: "polls") is not
the merge's and is left out of `items_per_s_cpu`: between two polls of this set lie days, whose hours a rhythm is learnt
from one by one, where a busy desk has minutes. So is the making of documents from the items, which is a parser's work
otherwise. `items_per_s_all` leaves nothing out; bench/poll.py measures polls.

Of what it takes to store an item, placing it in a story is told apart with `--places`: to look at the clock for each
item takes a hundredth of the merge itself. `--repeat N` goes on with N - 1 further years of the same items, their words
and times changed; says after each how fast it was.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import islice, starmap
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from feedhub import normalise
from feedhub.daemon.interpreter import collect_seldom
from feedhub.dedup.prepare import prepare
from feedhub.model import ParsedFeed, RawEntry, Source, Validators
from feedhub.store import arrivals, settle, writing
from feedhub.store.merging import candidates
from feedhub.store.merging.holdings import Holdings
from feedhub.store.merging.lately import Lately
from feedhub.store.polling import pacing
from feedhub.store.polling.outcome import Outcome
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from settings import settings_of

ROUND = 50  # items that one round of polls brings
LEASE = timedelta(days=1)
EVER = timedelta(days=3650)  # a retention by which nothing is let go
T = TypeVar("T")
Record = dict[str, Any]
seconds: dict[str, float] = defaultdict(float)


def timed(stage: str, work: Callable[..., T]) -> Callable[..., T]:
    """`work`, its CPU time counted: that of the one thread, which costs a third as much to ask for."""

    def counted(*args: Any, **keys: Any) -> T:
        start = time.thread_time()
        try:
            return work(*args, **keys)
        finally:
            seconds[stage] += time.thread_time() - start

    return counted


def tell_parts_apart(places: bool) -> None:
    """Count parts of a commit by themselves: a poll, the items that it brings, and if asked for, their places."""
    vars(writing)["settle"] = timed("poll", settle.settle)
    if places:
        vars(arrivals)["find_place"] = timed("place", candidates.find_place)
    for part in ("_stored", "_publish"):
        vars(settle)[part] = timed("items", vars(settle)[part])
    for whole, parts in (
        (Holdings, ("__init__", "write")),
        (Lately, ("write",)),
    ):
        for part in parts:
            setattr(whole, part, timed("items", vars(whole)[part]))
    vars(pacing)["ANEW"] = timedelta(days=3650)  # days between rounds: all rhythms would be weighed with every one


def stages() -> dict[str, float]:
    """CPU seconds of each; together they are all there is but for the making of the documents."""
    polls = seconds["claim"] + seconds["poll"] - seconds["items"]
    store = seconds["commit"] - seconds["poll"] + seconds["items"] - seconds["place"]
    placed = {"place": seconds["place"]} if seconds["place"] else {}
    return {"normalise": seconds["normalise"], "prepare": seconds["prepare"], **placed, "store": store, "polls": polls}


def merging() -> float:
    """CPU seconds of the merge so far."""
    parts = stages()
    return sum(parts.values()) - parts["polls"]


def told(items: int, before: dict[str, float]) -> str:
    """How fast the merge was since then. What grows with the store is told by what does not, too: the machine's own
    speed changes within minutes.
    """
    now = {stage: spent - before.get(stage, 0.0) for stage, spent in stages().items()}
    steady = now["normalise"] + now["prepare"]
    growing = sum(now.values()) - steady - now["polls"]
    ratio = f"place and store take {growing / steady:.2f} times what normalise and prepare do"
    return f"{items / (steady + growing):.0f} a second of CPU, {ratio}"


def peak() -> int:
    """The most memory that was ever resident, MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def entry(record: Record) -> RawEntry:
    """One labelled item as a feed's entry."""
    published = datetime.fromisoformat(record["published"]).astimezone(UTC)
    return RawEntry(
        guid=str(record["id"]),
        link=record["link"],
        title=record["title"],
        summary=record["summary"],
        published=published,
        language=record["lang"],
    )


def slices(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """What one round of polls brings, round after round."""
    return (items[start : start + ROUND] for start in range(0, len(items), ROUND))


def rounds(parts: Iterable[Sequence[Record]]) -> Iterator[tuple[datetime, dict[str, list[RawEntry]]]]:
    """What each source published since the last round; time does not go back when an item comes late."""
    now = datetime.min.replace(tzinfo=UTC)
    for part in parts:
        documents: dict[str, list[RawEntry]] = defaultdict(list)
        for record in part:
            documents[record["source"]].append(entry(record))
        newest = max(one.published for found in documents.values() for one in found if one.published)
        now = max(now, newest + timedelta(seconds=1))  # what is dated "now" would have no date of its own
        yield now, documents


def again(lines: Sequence[bytes], turn: int, later: timedelta) -> list[Record]:
    """Items read, for the first time as they are, then so much later about other things.

    Lower-case words of four letters and more, and kanji, become others.
    """
    records = list(map(json.loads, lines))
    if not turn:
        return records
    return [
        {
            **record,
            "id": f"{record['id']}+{turn}",
            "link": f"{record['link']}?{turn}",
            "title": altered(record["title"], turn),
            "summary": altered(record["summary"], turn),
            "published": (parsed(record) + later).isoformat(),
        }
        for record in records
    ]


def altered(text: str, time: int) -> str:
    """Other words in the same places; markup, names, figures, datelines and credits stay."""
    text = re.sub(r"(?<![<&/\w])[a-z]{4,}\b(?!=)", lambda word: word[0][::-1] + chr(96 + time), text)
    return re.sub(
        "(?<=[\u3041-\u3096、。])[\u4e00-\u9fff]", lambda char: chr(0x4E00 + (ord(char[0]) + 37 * time) % 20000), text
    )


def parsed(record: Record) -> datetime:
    """When an item was published."""
    return datetime.fromisoformat(record["published"]).astimezone(UTC)


def feed(store: Store, sources: dict[str, Source], parts: Iterable[Sequence[Record]]) -> None:
    """Round after round."""
    claimed, commit = timed("claim", store.claim), timed("commit", store.commit_polls)
    normalised = timed("normalise", lambda feeds: list(starmap(normalise.items, feeds)))
    prepared = timed("prepare", lambda items: [tuple(map(prepare, those)) for those in items])
    for now, documents in rounds(parts):
        claims = {claim.source_id: claim for claim in claimed(now, ROUND, LEASE, 1, list(documents))}
        feeds = [
            (ParsedFeed(entries=tuple(entries)), sources[id], sources[id].url, now) for id, entries in documents.items()
        ]
        commit(
            [
                Outcome(claim=claims[id], at=now, result="document", validators=Validators(), items=items)
                for id, items in zip(documents, prepared(normalised(feeds)), strict=True)
            ]
        )


def written(database: Path, out: Path) -> tuple[int, int]:
    """Write where every item stands; returns their number and the bytes of their texts."""
    reader, items, text = Reader(database), 0, 0
    with out.open("w", encoding="utf-8") as file:
        for stored in reader.items(None, None):
            items += 1
            text += len(stored.item.text.encode()) + len(stored.item.title.encode())
            if stored.item.html != escape(stored.item.text, quote=False):
                text += len(stored.item.html.encode())
            file.write(json.dumps({"id": stored.item.guid, "cluster": stored.story}) + "\n")
    reader.close()
    return items, text


def report(items: int, cpu: float, wall: float, size: int, text: int) -> None:
    """Print the figures; `cpu` is all that was used."""
    figures = {
        "items": items,
        "items_per_s_cpu": round(items / merging(), 1),
        "items_per_s_all": round(items / cpu, 1),
        "items_per_s_wall": round(items / wall, 1),
        "bytes_per_item": round(size / items),
        "bytes_beside_text": round((size - text) / items),
        "peak_mb": peak(),
        "seconds": {stage: round(part, 2) for stage, part in stages().items()},
    }
    print(json.dumps(figures))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--places", action="store_true")
    options = parser.parse_args()
    with options.items.open("rb") as file:
        dated = [(parsed(record := json.loads(line)), line, record["source"]) for line in islice(file, options.limit)]
    dated.sort(key=itemgetter(0))  # of one moment: in the order of the file
    lines, year = [line for _, line, _ in dated], dated[-1][0] - dated[0][0] + timedelta(days=30)
    sources = {
        id: Source(id=id, url=f"https://{id}.invalid/feed", title=id, outlet=id)
        for id in sorted({source for _, _, source in dated})
    }
    tell_parts_apart(options.places)
    read, wall, cpu = timed("read", again), 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as name:
        chosen = settings_of(Path(name), sources.values(), retention=EVER)
        store = Store(chosen.database, "bench")
        store.configure(chosen, dated[0][0])
        collect_seldom()  # as the daemon is once it has started
        for turn in range(options.repeat):
            begun, before = (time.perf_counter(), time.process_time() - seconds["read"]), stages()
            feed(store, sources, (read(part, turn, year * turn) for part in slices(lines)))
            wall += time.perf_counter() - begun[0]
            cpu += time.process_time() - seconds["read"] - begun[1]
            print(f"{(turn + 1) * len(lines)} items: {told(len(lines), before)}, {peak()} MB", file=sys.stderr)
        store.close()
        size = chosen.database.stat().st_size
        items, text = written(chosen.database, options.out)
    report(items, cpu, wall, size, text)


if __name__ == "__main__":
    main()
