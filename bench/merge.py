"""Merge labelled items and say how fast: `python bench/merge.py ITEMS.jsonl --out PRED.jsonl [--limit N]`.

Items (JSON lines: id, title, summary, link, published, source, lang) go in order of publication through the real
normalise, place and store, in documents of one source as polls bring them, into a database on disk. Writes one
`{"id", "cluster"}` a line; prints one JSON line with items/s, database bytes per item and seconds per stage.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from feedhub import normalise
from feedhub.dedup.prepare import prepare
from feedhub.model import ParsedFeed, RawEntry, Settings, Source, Validators
from feedhub.store import Outcome, Reader, Store, candidates, settle

POLL = timedelta(minutes=30)  # what a source publishes within this comes as one document
TOGETHER = 40  # documents in one transaction, as the daemon commits under load
LEASE = timedelta(days=1)
T = TypeVar("T")
Poll = tuple[datetime, str, list[RawEntry]]
seconds: dict[str, float] = defaultdict(float)


def timed(stage: str, work: Callable[..., T]) -> Callable[..., T]:
    """`work`, its CPU time counted."""

    def counted(*args: Any, **keys: Any) -> T:
        start = time.process_time()
        try:
            return work(*args, **keys)
        finally:
            seconds[stage] += time.process_time() - start

    return counted


def entry(record: dict[str, Any]) -> RawEntry:
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


def polls(records: list[dict[str, Any]]) -> Iterator[tuple[datetime, dict[str, list[RawEntry]]]]:
    """What each source published, poll by poll."""
    step = POLL.total_seconds()

    def window(record: dict[str, Any]) -> int:
        return int(datetime.fromisoformat(record["published"]).timestamp() // step)

    for number, group in groupby(records, window):
        documents: dict[str, list[RawEntry]] = defaultdict(list)
        for record in group:
            documents[record["source"]].append(entry(record))
        yield datetime.fromtimestamp((number + 1) * step, UTC), documents


def settings(directory: Path, sources: list[Source]) -> Settings:
    """A configuration of these sources."""
    return Settings(
        file=directory / "feedhub.toml",
        host="127.0.0.1",
        port=0,
        public_url="http://127.0.0.1",
        database=directory / "feedhub.db",
        retention=timedelta(days=3650),
        log_format="text",
        workers=1,
        concurrency=1,
        per_host=1,
        sources=tuple(sources),
        topics=(),
    )


def feed(store: Store, sources: dict[str, Source], records: list[dict[str, Any]]) -> None:
    """Poll after poll, as many committed together as the daemon does when they queue up."""
    items, prepared = timed("normalise", normalise.items), timed("prepare", prepare)
    commit = timed("store", store.commit_polls)
    for batch in batches(polls(records)):
        claims = {
            claim.source_id: claim for claim in store.claim(batch[0][0], TOGETHER, LEASE, 1, [b[1] for b in batch])
        }
        outcomes = []
        for now, id, entries in batch:
            made = items(ParsedFeed(format="rss20", entries=tuple(entries)), sources[id], sources[id].url, now)
            outcomes.append(
                Outcome(
                    claim=claims[id],
                    at=now,
                    result="document",
                    validators=Validators(),
                    items=tuple(prepared(item) for item in made),
                )
            )
        commit(outcomes)


def batches(polled: Iterator[tuple[datetime, dict[str, list[RawEntry]]]]) -> Iterator[list[Poll]]:
    """Up to TOGETHER polls, of no source twice."""
    batch: dict[str, Poll] = {}
    for now, documents in polled:
        for id, entries in documents.items():
            if id in batch or len(batch) == TOGETHER:
                yield list(batch.values())
                batch = {}
            batch[id] = (now, id, entries)
    if batch:
        yield list(batch.values())


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    with options.items.open(encoding="utf-8") as lines:
        records = [json.loads(line) for _, line in zip(range(options.limit or 10**9), lines, strict=False)]
    records.sort(key=lambda record: datetime.fromisoformat(record["published"]).timestamp())
    sources = {
        id: Source(id=id, url=f"https://{id}.invalid/feed", title=id, outlet=id)
        for id in sorted({record["source"] for record in records})
    }
    vars(settle)["find_place"] = timed("place", candidates.find_place)  # a part of "store", told apart
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as name:
        chosen = settings(Path(name), list(sources.values()))
        store = Store(chosen.database, "bench")
        store.configure(chosen, datetime.fromisoformat(records[0]["published"]).astimezone(UTC))
        wall, cpu = time.perf_counter(), time.process_time()
        feed(store, sources, records)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        store.close()
        size = chosen.database.stat().st_size
        reader = Reader(chosen.database)
        with options.out.open("w", encoding="utf-8") as out:
            for stored in reader.items(None, None):
                out.write(json.dumps({"id": stored.item.guid, "cluster": stored.story}) + "\n")
        reader.close()
    seconds["store"] -= seconds["place"]
    print(
        json.dumps(
            {
                "items": len(records),
                "items_per_s_cpu": round(len(records) / cpu, 1),
                "items_per_s_wall": round(len(records) / wall, 1),
                "bytes_per_item": round(size / len(records)),
                "seconds": {stage: round(spent, 2) for stage, spent in seconds.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
