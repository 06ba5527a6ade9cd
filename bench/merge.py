"""Merge labelled items and say how fast: `python bench/merge.py ITEMS.jsonl --out PRED.jsonl [--limit N]`.

Items (JSON lines: id, title, summary, link, published, source, lang) go in order of publication through the real
normalise, place and store, in documents of one source as polls bring them, into a database on disk. A labelled set
spreads over years what a busy desk gets in a day, so rounds of polls are counted in items: 50 that follow each other,
some fifteen documents, are committed together, as the daemon does under such a load.

Writes one `{"id", "cluster"}` a line; prints one JSON line with items/s, database bytes per item, CPU seconds per stage
and peak memory. What a poll costs whatever it brings (its claim, its source's rhythm, the schedule: "polls") is not
the merge's and is left out of `items_per_s_cpu`: between two polls of this set lie days, whose hours a rhythm is learnt
from one by one, where a busy desk has minutes. `items_per_s_all` leaves nothing out; bench/poll.py measures polls.

`--repeat N` goes on with N - 1 further years of the same items, their words and times changed.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from feedhub import normalise
from feedhub.dedup.prepare import prepare
from feedhub.model import ParsedFeed, RawEntry, Settings, Source, Validators
from feedhub.store import Outcome, Reader, Store, candidates, pacing, settle, writing

ROUND = 50  # items that one round of polls brings
LEASE = timedelta(days=1)
T = TypeVar("T")
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


def tell_parts_apart() -> None:
    """Count parts of a commit by themselves: a poll, the items that it brings, and their places."""
    vars(writing)["settle"] = timed("poll", settle.settle)
    vars(settle)["_stored"] = timed("items", vars(settle)["_stored"])
    vars(settle)["find_place"] = timed("place", candidates.find_place)
    vars(pacing)["ANEW"] = timedelta(days=3650)  # days between rounds: all rhythms would be weighed with every one


def stages() -> dict[str, float]:
    """CPU seconds of each; together they are all there is but for the making of the documents."""
    polls = seconds["claim"] + seconds["poll"] - seconds["items"]
    store = seconds["commit"] - seconds["poll"] + seconds["items"] - seconds["place"]
    parts = {"normalise": seconds["normalise"], "prepare": seconds["prepare"], "place": seconds["place"]}
    return {**parts, "store": store, "polls": polls}


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


def rounds(records: list[dict[str, Any]]) -> Iterator[tuple[datetime, dict[str, list[RawEntry]]]]:
    """What each source published since the last round; time does not go back when an item comes late."""
    now = datetime.min.replace(tzinfo=UTC)
    for start in range(0, len(records), ROUND):
        documents: dict[str, list[RawEntry]] = defaultdict(list)
        for record in records[start : start + ROUND]:
            documents[record["source"]].append(entry(record))
        now = max(now, *(one.published for found in documents.values() for one in found if one.published))
        yield now, documents


def again(records: list[dict[str, Any]], time: int) -> list[dict[str, Any]]:
    """The same items, years later, about other things: lower-case words of four letters and more, and kanji, change."""
    later = (parsed(records[-1]) - parsed(records[0]) + timedelta(days=30)) * time
    return [
        {
            **record,
            "id": f"{record['id']}+{time}",
            "link": f"{record['link']}?{time}",
            "title": altered(record["title"], time),
            "summary": altered(record["summary"], time),
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


def parsed(record: dict[str, Any]) -> datetime:
    """When an item was published."""
    return datetime.fromisoformat(record["published"]).astimezone(UTC)


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
    """Round after round."""
    normalised, claimed = timed("normalise", normalise.items), timed("claim", store.claim)
    prepared = timed("prepare", lambda items: tuple(map(prepare, items)))
    commit = timed("commit", store.commit_polls)
    for now, documents in rounds(records):
        claims = {claim.source_id: claim for claim in claimed(now, ROUND, LEASE, 1, list(documents))}
        outcomes = []
        for id, entries in documents.items():
            feed = ParsedFeed(format="rss20", entries=tuple(entries))
            items = prepared(normalised(feed, sources[id], sources[id].url, now))
            outcomes.append(Outcome(claim=claims[id], at=now, result="document", validators=Validators(), items=items))
        commit(outcomes)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    with options.items.open(encoding="utf-8") as lines:
        records = [json.loads(line) for _, line in zip(range(options.limit or 10**9), lines, strict=False)]
    records.sort(key=parsed)
    sources = {
        id: Source(id=id, url=f"https://{id}.invalid/feed", title=id, outlet=id)
        for id in sorted({record["source"] for record in records})
    }
    tell_parts_apart()
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as name:
        chosen = settings(Path(name), list(sources.values()))
        store = Store(chosen.database, "bench")
        store.configure(chosen, parsed(records[0]))
        wall = cpu = 0.0
        for turn in range(options.repeat):
            part = again(records, turn) if turn else records
            wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
            feed(store, sources, part)
            wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
        store.close()
        size, total, text = chosen.database.stat().st_size, len(records) * options.repeat, 0
        reader = Reader(chosen.database)
        with options.out.open("w", encoding="utf-8") as out:
            for stored in reader.items(None, None):
                text += len(stored.item.text.encode()) + len(stored.item.title.encode())
                if stored.item.html != escape(stored.item.text, quote=False):
                    text += len(stored.item.html.encode())
                out.write(json.dumps({"id": stored.item.guid, "cluster": stored.story}) + "\n")
        reader.close()
    spent = stages()
    print(
        json.dumps(
            {
                "items": total,
                "items_per_s_cpu": round(total / (cpu - spent["polls"]), 1),
                "items_per_s_all": round(total / cpu, 1),
                "items_per_s_wall": round(total / wall, 1),
                "bytes_per_item": round(size / total),
                "bytes_beside_text": round((size - text) / total),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "seconds": {stage: round(part, 2) for stage, part in spent.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
