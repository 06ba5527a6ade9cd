"""A digest has several stories in it, and is a copy of none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from build import LATER, gibberish, item, printed, settings, source
from feedhub.model import Settings
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

PAPERS = ("wire", "herald", "mainichi", "evening", "courier")
REPORTS = [gibberish(200 + number, 80) for number in range(4)]


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", [source(paper) for paper in PAPERS], [])


def first_words(text: str, count: int) -> str:
    return " ".join(text.split()[:count])


def told_of(store: Store, reports: int) -> None:
    """Four papers tell of so many things, two of them in brief."""
    for paper, length in zip(PAPERS[:4], (80, 70, 25, 20), strict=True):
        texts = [first_words(text, length) for text in REPORTS[:reports]]
        printed(store, paper, *(item(paper, f"{paper} {number}", text) for number, text in enumerate(texts)))


def sums_up(store: Store, paper: str, title: str) -> None:
    told = "\n".join(first_words(text, 45) for text in REPORTS)
    printed(store, paper, item(paper, title, told))


def copies(reader: Reader) -> list[int]:
    """How many copies each story has."""
    return sorted(len(story.copies) for story in reader.front(9))


def test_a_digest_of_reports_that_many_print_is_a_story_of_its_own_and_related(store: Store, reader: Reader) -> None:
    told_of(store, 3)
    sums_up(store, "courier", "Four things to know")
    assert copies(reader) == [1, 4, 4, 4]
    (digest,) = (story for story in reader.front(9) if story.title == "Four things to know")
    assert len(digest.related) == 3


@pytest.mark.parametrize("intro", [60, 90], ids=lambda words: f"{words} words")
def test_a_digest_is_known_by_what_stands_further_below_than_others_look_it_up_by(
    store: Store, reader: Reader, intro: int
) -> None:
    told_of(store, 4)
    told = [gibberish(300, intro), *(first_words(text, 45) for text in REPORTS)]
    for paper, above in (("courier", ""), ("evening", gibberish(301, 5))):
        printed(store, paper, item(paper, f"The morning by {paper}", "\n".join([above, *told])))
    assert copies(reader) == [2, 4, 4, 4, 4]


def test_who_prints_a_digest_too_joins_it_and_a_late_copy_of_a_report_does_not(store: Store, reader: Reader) -> None:
    told_of(store, 3)
    sums_up(store, "courier", "Four things to know")
    sums_up(store, "wire", "The morning in brief")
    printed(store, "herald", item("herald", "Late", first_words(REPORTS[1], 22)))
    assert copies(reader) == [2, 4, 4, 5]


def test_a_late_copy_of_what_was_corrected_since_joins_that_and_not_the_digest_that_has_the_old_figure(
    store: Store, reader: Reader
) -> None:
    report = f"{first_words(REPORTS[0], 20)} 318,000 {REPORTS[0]}"
    first = item("wire", "Recall", report)
    printed(store, "wire", first, *(item("wire", text[:6], text) for text in REPORTS[1:3]))
    told = "\n".join(first_words(text, 45) for text in [*REPORTS[1:3], report])
    printed(store, "courier", item("courier", "Three things to know", told))
    printed(store, "wire", replace(first, text=report.replace("318", "381"), html=""), at=LATER)
    printed(store, "herald", item("herald", "Late", first_words(report, 70)), at=LATER)
    assert copies(reader) == [1, 1, 1, 2]
    (story,) = (story for story in reader.front(9) if len(story.copies) == 2)
    assert [(copy.outlet, copy.outdated) for copy in story.copies] == [("Wire", False), ("Herald", True)]


def test_what_has_two_stories_may_be_one_text_that_came_apart_as_it_was_cut(store: Store, reader: Reader) -> None:
    told_of(store, 2)
    sums_up(store, "courier", "The whole of it")
    assert copies(reader) == [4, 5]
