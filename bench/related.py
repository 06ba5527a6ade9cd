"""How well stories of one event find each other: `python bench/related.py DIRECTORY`.

DIRECTORY holds items.jsonl and labels.jsonl as for bench/ablation.py, and hard_negatives.tsv (two ids and a kind a
line), whose pairs of the kind same_event tell of one event in other words. Stories go in order of publication through
the real terms, neighbourhood and guard against templates. The settings, each with the nearest neighbour of every story
that has a sibling:

* events: one item of each story, headline and text; siblings are the stories of one event. "bare": without the texts.
* wordings: of stories with several wordings of their headline, each by itself, without a text; siblings are those of
  one story. "few" holds 87 stories, as the published comparison does; "many" all of them. Most wordings are not of a
  desk: they were cut from the text to stand for one.
* halves: the stories of one language that have no sibling, cut in two at the end of a sentence: headline and first
  half, and the second half without a headline.
* headlines (`--uci FILE`, newsCorpora.csv of the UCI News Aggregator set, or a part): those of its first 87 stories.

Prints, as a Markdown table, for how many the nearest is a sibling, is none, or nothing is near, and for how many one of
the five is. Nearness beyond the labels was not judged, so "none of them" is an upper bound.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from ablation import Records, lines
from feedhub.dedup.about import About, terms
from feedhub.dedup.credit import read, strip_title
from feedhub.dedup.fingerprint import features
from feedhub.dedup.mould import one_bulletin
from feedhub.dedup.related import Neighbourhood
from feedhub.dedup.subject import Subject
from feedhub.markup import plain_text, sanitise
from feedhub.text import fold

WORDINGS = 3  # of a headline, that a story must have
FEW = 87  # stories
HALVED = {"en": (". ", 400), "ja": ("。", 160)}  # what a sentence ends in, and the characters of a text that is cut


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


def halves(stories: Iterable[Told], language: str) -> list[Told]:
    """Stories of one language cut in two; `stories` have no siblings."""
    stop, least = HALVED[language]
    found = []
    for story in stories:
        if story.language == language and len(story.text) >= least:
            middle = len(story.text) // 2
            end = max(story.text.rfind(stop, 0, middle) + 1, middle // 2)
            found += [replace(story, text=story.text[:end]), replace(story, title="", text=story.text[end:])]
    return found


def uci(file: Path) -> list[Told]:
    """The headlines of a file's first stories, each wording once."""
    rows = [line.split("\t") for line in lines(file)]
    stories = set(islice(dict.fromkeys(row[5] for row in rows), FEW))
    found = {
        (row[5], fold(row[1])): Told(row[5], datetime.fromtimestamp(float(row[7]) / 1000, UTC), "en", row[1], "")
        for row in rows
        if row[5] in stories
    }
    return sorted(found.values(), key=lambda one: one.at)


def told(event: str, record: Mapping[str, str], text: str) -> Told:
    """A labelled item, with this text."""
    return Told(event, datetime.fromisoformat(record["published"]), record["lang"], record["title"], text)


def neighbours(stories: list[Told]) -> list[list[int]]:
    """Of each story the others near it, the nearest first: those it found when it came, and those that found it."""
    near = Neighbourhood()
    found: list[dict[int, float]] = [{} for _ in stories]
    subjects: list[Subject] = []
    for number, story in enumerate(stories):
        reading = read(story.title, story.text)
        subjects.append(Subject(features(reading, story.language)))
        near.put(number, About(story.at, story.language, terms(reading.title, reading.lead, story.language)))
        for other, score in near.near(number):
            if not one_bulletin(subjects[number], subjects[other]):
                found[number][other] = found[other][number] = score
    return [sorted(scores, key=scores.__getitem__, reverse=True) for scores in found]


def row(name: str, stories: list[Told]) -> str:
    """One line of the table."""
    siblings = defaultdict[str, list[int]](list)
    for number, story in enumerate(stories):
        siblings[story.event].append(number)
    asked = [number for number, story in enumerate(stories) if len(siblings[story.event]) > 1]
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
    parser.add_argument("--uci", type=Path)
    where: Path = parser.parse_args().directory
    records = sorted(
        (json.loads(line) for line in lines(where / "items.jsonl")), key=lambda record: record["published"]
    )
    labels = {label["id"]: label["story"] for label in map(json.loads, lines(where / "labels.jsonl"))}
    hard = [line.split("\t") for line in lines(where / "hard_negatives.tsv")]
    all_events = events(records, labels, [(one, other) for one, other, kind in hard if kind == "same_event"])
    size = Counter(one.event for one in all_events)
    alone = [one for one in all_events if size[one.event] == 1]
    print("| setting | asked | a sibling | none of them | nothing near | one of five |\n|---|---|---|---|---|---|")
    print(row("events", all_events))
    print(row("events, bare", [replace(one, text="") for one in all_events]))
    for language in ("en", "ja"):
        print(row(f"wordings, {language}, few", headlines(records, labels, language, FEW)))
        print(row(f"wordings, {language}, many", headlines(records, labels, language)))
        print(row(f"halves, {language}", halves(alone, language)))
    if corpus := parser.parse_args().uci:
        print(row("headlines", uci(corpus)))


if __name__ == "__main__":
    main()
