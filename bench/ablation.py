"""What each rule of the merge gives: `python bench/ablation.py DIRECTORY [--one-in N] [--only WORDS]`.

DIRECTORY holds items.jsonl as for bench/merge.py and labels.jsonl (JSON lines: id, story); ignore_pairs.tsv (two ids a
line) names pairs that nobody can decide. Each row is one run over a fresh store with one rule taken away or set
otherwise, or with the items in another order; prints a Markdown table of precision, recall and F1 over pairs, what the
row loses against the first, and F1 in either half of the stories (split by a checksum of their labels): a threshold
that suits one half only was made for it. Of the first run it also says what a replay would change.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from zlib import crc32

import merge
from feedhub.dedup import credit, prepare, subject
from feedhub.dedup.rules import RULES
from feedhub.model import Credit, Source
from feedhub.store.reading import Reader
from feedhub.store.replay import replay
from feedhub.store.writing import Store
from settings import settings_of

Labels = dict[str, str]
Pairs = set[tuple[str, str]]
Records = list[dict[str, Any]]
HOUR = timedelta(hours=1)


def uncut(title: str, text: str) -> credit.Reading:
    """A reading that cuts nothing: datelines, bylines and credits stay in the text."""
    body = credit.widths(text).strip()
    return credit.Reading(title=title, lead=body[: credit.LEAD], cut=len(body) > credit.LEAD, credit=Credit())


def shuffled(records: Records) -> Records:
    """As if each item came up to an hour late."""
    dice = random.Random(1)
    late = {record["id"]: dice.random() * HOUR for record in records}
    return sorted(records, key=lambda record: merge.parsed(record) + late[record["id"]])


@dataclass(frozen=True, slots=True)
class Run:
    """One row of the table."""

    name: str
    changes: Mapping[str, str] = field(default_factory=dict)  # of the rules
    read: Callable[[str, str], credit.Reading] = credit.read
    arrival: Callable[[Records], Records] = list


RUNS = (
    Run("all rules"),
    Run("arrival shuffled within an hour", arrival=shuffled),
    Run("datelines, credits and marks of headlines not cut", read=uncut),
    Run("no contradiction of figures", {"figures": "off"}),
    Run("no moulds of headlines", {"moulds": "off"}),
    Run("names, opposites and negations decide nothing", {"words": "off"}),
    Run("common passages count like rare ones", {"rarity": "off"}),
    Run("no check against the story's core copy", {"cores": "off"}),
    Run("bare headlines join nothing", {"bare": "off"}),
    Run("long equal headlines prove nothing", {"headlines": "off"}),
    Run("two items of one feed are judged like others", {"own": "0"}),
    Run("candidates of a week", {"window": "168h"}),
    Run("candidates of a day", {"window": "24h"}),
    Run("strong containment .70", {"strong": ".70"}),
    Run("strong containment .86", {"strong": ".86"}),
    Run("fair containment .42", {"fair": ".42"}),
    Run("fair containment .56", {"fair": ".56"}),
    Run("a common beginning from .35", {"lead": ".35"}),
    Run("a common beginning from .55", {"lead": ".55"}),
)


def merged(records: Records, run: Run, replayed: bool = False) -> tuple[Labels, int | None]:
    """Item -> story after one run, and how many stories a replay of it would join or split."""
    vars(prepare)["read"] = vars(subject)["read"] = run.read
    ids = {record["source"] for record in records}
    sources = {id: Source(id=id, url=f"https://{id}.invalid/feed", title=id, outlet=id) for id in ids}
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as name:
        chosen = settings_of(Path(name), sources.values(), retention=merge.EVER)
        rules = RULES.changed(dict(run.changes))
        store = Store(chosen.database, "bench", rules)
        store.configure(chosen, merge.parsed(records[0]))
        merge.feed(store, sources, merge.slices(run.arrival(records)))
        store.close()
        reader = Reader(chosen.database)
        found = {stored.item.guid: stored.story or stored.item.guid for stored in reader.items(None, None)}
        moved = len(replay(reader, Path(name) / "scratch.db", rules).moved) if replayed else None
        reader.close()
    return found, moved


def together(labels: Labels) -> Pairs:
    """The pairs of items under one label."""
    groups: dict[str, list[str]] = defaultdict(list)
    for id in sorted(labels):
        groups[labels[id]].append(id)
    return {pair for group in groups.values() for pair in combinations(group, 2)}


def score(joined: Pairs, right: Pairs) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs."""
    hits = len(joined & right)
    precision, recall = hits / max(1, len(joined)), hits / max(1, len(right))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def half(pairs: Pairs, labels: Labels, which: int) -> Pairs:
    """The pairs whose first item is of a story in this half."""
    return {pair for pair in pairs if crc32(labels[pair[0]].encode()) % 2 == which}


def lines(path: Path) -> Iterable[str]:
    """A file's lines; none where there is no file."""
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else ()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--one-in", type=int, default=1, metavar="N", help="take one story in N; N is odd")
    parser.add_argument("--only", default="", help="rows whose name has these words")
    options = parser.parse_args()
    if options.one_in % 2 == 0:
        parser.error("--one-in: an odd number, for the last bit of the checksum tells the halves")
    records = sorted((json.loads(line) for line in lines(options.directory / "items.jsonl")), key=merge.parsed)
    labels = {row["id"]: row["story"] for row in map(json.loads, lines(options.directory / "labels.jsonl"))}
    records = [record for record in records if crc32(labels[record["id"]].encode()) % options.one_in == 0]
    records = records[: options.limit]
    right = together({record["id"]: labels[record["id"]] for record in records})
    unclear: Pairs = {(min(pair), max(pair)) for pair in map(str.split, lines(options.directory / "ignore_pairs.tsv"))}
    print(f"{len(records)} items, {len({labels[record['id']] for record in records})} stories, {len(right)} pairs\n")
    print("| rules | precision | recall | F1 | F1 lost | F1, halves |\n|---|---|---|---|---|---|")
    best = 0.0
    for run in RUNS:
        if options.only not in run.name:
            continue
        found, moved = merged(records, run, replayed=run is RUNS[0])
        joined = together(found) - (unclear - right)
        precision, recall, f1 = score(joined, right)
        best = best or f1
        halves = ", ".join(f"{score(half(joined, labels, it), half(right, labels, it))[2]:.4f}" for it in (0, 1))
        row = f"| {run.name} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {best - f1:+.4f} | {halves} |"
        print(row + (f" a replay moves {moved} stories" if moved is not None else ""), flush=True)


if __name__ == "__main__":
    main()
