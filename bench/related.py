"""How well stories of one event find each other: `python bench/related.py DIRECTORY`.

DIRECTORY holds items.jsonl and labels.jsonl as for bench/ablation.py, and hard_negatives.tsv (two ids and a kind a
line), whose pairs of the kind same_event tell of one event in other words. Stories go in order of publication through
the real terms and neighbourhood. Two settings, each with the nearest neighbour of every story that has a sibling:

* events: one item of each story, headline and text; siblings are the stories of one event.
* headlines: of stories with three wordings of their headline or more, each wording by itself, without a text; siblings
  are the wordings of one story. "few" holds 87 stories, as the published comparison does; "many" all of them.

Prints, as a Markdown table, for how many the nearest is a sibling, is none, or nothing is near, and for how many one of
the five is. Nearness beyond the labels was not judged, so "none of them" is an upper bound.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from ablation import Records, lines
from feedhub.dedup.credit import read, strip_title
from feedhub.dedup.related import Neighbourhood, terms
from feedhub.normalise import plain_text, sanitise
from feedhub.text import fold

WORDINGS = 3  # of a headline, that a story must have
FEW = 87  # stories


@dataclass(frozen=True, slots=True)
class Told:
    """One story as the neighbourhood sees it."""

    event: str
    at: datetime
    language: str
    title: str
    text: str


def events(records: Records, labels: Mapping[str, str], pairs: Iterable[tuple[str, str]]) -> list[Told]:
    """The first item of every story; siblings share an event."""
    event = {story: story for story in labels.values()}
    for one, other in pairs:
        kept, gone = event[labels[one]], event[labels[other]]
        event = {story: kept if name == gone else name for story, name in event.items()}
    firsts = {labels[record["id"]]: record for record in reversed(records)}
    return [
        told(event[story], record, plain_text(sanitise(record["summary"], record["link"])))
        for story, record in reversed(firsts.items())
    ]


def headlines(records: Records, labels: Mapping[str, str], language: str, most: int | None = None) -> list[Told]:
    """Every wording of the headlines of stories that have several."""
    wordings: dict[str, dict[str, Told]] = defaultdict(dict)
    for record in records:
        if record["lang"] == language:
            one = told(labels[record["id"]], record, "")
            wordings[one.event].setdefault(fold(strip_title(one.title)), one)
    several = (found for found in wordings.values() if len(found) >= WORDINGS)
    return sorted((one for found in islice(several, most) for one in found.values()), key=lambda one: one.at)


def told(event: str, record: Mapping[str, str], text: str) -> Told:
    """A labelled item, with this text."""
    return Told(event, datetime.fromisoformat(record["published"]), record["lang"], record["title"], text)


def neighbours(stories: list[Told]) -> list[list[int]]:
    """Of each story the others near it, the nearest first: those it found when it came, and those that found it."""
    near = Neighbourhood()
    found: list[dict[int, float]] = [{} for _ in stories]
    for number, story in enumerate(stories):
        near.put(number, story.at, story.language, terms(read(story.title, story.text), story.language))
        for other, score in near.near(number):
            found[number][other] = found[other][number] = score
    return [sorted(scores, key=scores.__getitem__, reverse=True) for scores in found]


def row(name: str, stories: list[Told], language: str | None = None) -> str:
    """One line of the table."""
    siblings = defaultdict[str, list[int]](list)
    for number, story in enumerate(stories):
        siblings[story.event].append(number)
    asked = [
        number
        for number, story in enumerate(stories)
        if len(siblings[story.event]) > 1 and language in (None, story.language)
    ]
    near = neighbours(stories)
    right = [[stories[other].event == stories[number].event for other in near[number][:5]] for number in asked]
    first = [hits[0] if hits else None for hits in right]
    shares = [first.count(outcome) / max(1, len(asked)) for outcome in (True, False, None)]
    shares.append(sum(map(any, right)) / max(1, len(asked)))
    return f"| {name} | {len(asked)} | " + " | ".join(f"{share:.2f}" for share in shares) + " |"


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    where: Path = parser.parse_args().directory
    records = sorted(
        (json.loads(line) for line in lines(where / "items.jsonl")), key=lambda record: record["published"]
    )
    labels = {label["id"]: label["story"] for label in map(json.loads, lines(where / "labels.jsonl"))}
    hard = [line.split("\t") for line in lines(where / "hard_negatives.tsv")]
    pairs = [(one, other) for one, other, kind in hard if kind == "same_event"]
    print("| setting | asked | a sibling | none of them | nothing near | one of five |\n|---|---|---|---|---|---|")
    print(row("events", events(records, labels, pairs)))
    print(row("headlines, en, few", headlines(records, labels, "en", FEW)))
    print(row("headlines, en, many", headlines(records, labels, "en")))
    print(row("headlines, ja, few", headlines(records, labels, "ja", FEW)))
    print(row("headlines, ja, many", headlines(records, labels, "ja")))


if __name__ == "__main__":
    main()
