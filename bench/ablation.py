"""What each rule of the merge gives: `python bench/ablation.py DIRECTORY [--limit N]`.

DIRECTORY holds items.jsonl as for bench/merge.py and labels.jsonl (JSON lines: id, story); ignore_pairs.tsv (two ids a
line) names pairs that nobody can decide. Each row is one run over a fresh store with one rule taken away or set
otherwise; prints a Markdown table of precision, recall and F1 over pairs, and what the row loses against the first.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import merge
from feedhub.dedup import credit, prepare
from feedhub.dedup.rules import RULES
from feedhub.model import Credit, Source
from feedhub.store import Reader, Store, candidates

Labels = dict[str, str]
Pairs = set[tuple[str, str]]


def uncut(title: str, text: str) -> credit.Reading:
    """A reading that cuts nothing: datelines, bylines and credits stay in the text."""
    body = credit.widths(text).strip()
    return credit.Reading(title=title, lead=body[: credit.LEAD], cut=len(body) > credit.LEAD, credit=Credit())


RUNS: tuple[tuple[str, dict[str, str], Callable[[], None] | None], ...] = (
    ("all rules", {}, None),
    ("datelines, credits and marks of headlines not cut", {}, lambda: _patch(uncut)),
    ("no contradiction of figures", {"figures": "off"}, None),
    ("no moulds of headlines", {"moulds": "off"}, None),
    ("common passages count like rare ones", {"rarity": "off"}, None),
    ("no check against the story's core copy", {"cores": "off"}, None),
    ("bare headlines join nothing", {"bare": "off"}, None),
    ("long equal headlines prove nothing", {"headlines": "off"}, None),
    ("two items of one feed are judged like others", {"own": "0"}, None),
    ("candidates of a week", {"window": "168h", "span": "168h"}, None),
    ("candidates of a day", {"window": "24h", "span": "24h"}, None),
    ("strong containment .70", {"strong": ".70"}, None),
    ("strong containment .86", {"strong": ".86"}, None),
)


def _patch(read: Callable[[str, str], credit.Reading]) -> None:
    vars(prepare)["read"] = vars(candidates)["read"] = read


def merged(records: list[dict[str, Any]], changes: dict[str, str]) -> Labels:
    """Item -> story, after a run under changed rules."""
    ids = {record["source"] for record in records}
    sources = {id: Source(id=id, url=f"https://{id}.invalid/feed", title=id, outlet=id) for id in ids}
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as name:
        chosen = merge.settings(Path(name), list(sources.values()))
        store = Store(chosen.database, "bench", RULES.changed(changes))
        store.configure(chosen, merge.parsed(records[0]))
        merge.feed(store, sources, records)
        store.close()
        reader = Reader(chosen.database)
        found = {stored.item.guid: stored.story or stored.item.guid for stored in reader.items(None, None)}
        reader.close()
    return found


def together(labels: Labels) -> Pairs:
    """The pairs of items under one label."""
    groups: dict[str, list[str]] = defaultdict(list)
    for id in sorted(labels):
        groups[labels[id]].append(id)
    return {pair for group in groups.values() for pair in combinations(group, 2)}


def score(found: Labels, right: Pairs, unclear: Pairs) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs."""
    joined = together(found)
    hits = len(joined & right)
    precision = hits / max(1, len(joined - (unclear - right)))
    recall = hits / max(1, len(right))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def lines(path: Path) -> Iterable[str]:
    """A file's lines; none where there is no file."""
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else ()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    records = sorted((json.loads(line) for line in lines(options.directory / "items.jsonl")), key=merge.parsed)
    records = records[: options.limit]
    labels = {row["id"]: row["story"] for row in map(json.loads, lines(options.directory / "labels.jsonl"))}
    right = together({record["id"]: labels[record["id"]] for record in records})
    unclear: Pairs = {(min(pair), max(pair)) for pair in map(str.split, lines(options.directory / "ignore_pairs.tsv"))}
    print(f"{len(records)} items, {len({labels[record['id']] for record in records})} stories, {len(right)} pairs\n")
    print("| rules | precision | recall | F1 | F1 lost |\n|---|---|---|---|---|")
    best = 0.0
    for name, changes, patch in RUNS:
        if patch:
            patch()
        precision, recall, f1 = score(merged(records, changes), right, unclear)
        _patch(credit.read)
        best = best or f1
        print(f"| {name} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {best - f1:+.4f} |", flush=True)


if __name__ == "__main__":
    main()
