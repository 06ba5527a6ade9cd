"""What the store keeps of a document, so that known entries need not be read again, is never more than is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build import BUDGET, QUAKE, START, item, printed, settings, source
from feedhub.model import Known, Settings
from feedhub.normalise import digest
from feedhub.store.writing import Store

MARKS = ((b"first entry.", 1.5), (b"other entry.", None))
OLD = timedelta(days=90)


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", [source("herald"), source("evening")], [])


def test_a_document_is_known_as_it_was_stored(store: Store) -> None:
    quake, budget = item("herald", "Quake", QUAKE), item("herald", "予算", BUDGET, guid="予算")
    printed(store, "herald", quake, budget, marks=MARKS)
    assert list(store.known("herald")) == [
        Known(b"first entry.", "quake", digest(quake), 1.5),
        Known(b"other entry.", "予算", digest(budget), None),
    ]
    assert list(store.known("evening")) == []


def test_a_document_that_was_not_plain_is_known_by_its_items_only(store: Store) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), marks=MARKS[:1])
    printed(store, "herald", item("herald", "Quake", QUAKE))
    assert [(known.mark, known.guid) for known in store.known("herald")] == [(b"", "quake")]


def test_what_was_refused_is_not_known(store: Store) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), marks=MARKS[:1])
    old = item("herald", "Budget", BUDGET, published=START - OLD)
    printed(store, "herald", item("herald", "Quake", QUAKE), old, marks=MARKS)
    assert [known.guid for known in store.known("herald")] == ["quake"]


def test_a_shorter_text_of_a_cut_document_that_was_not_taken_is_not_known(store: Store) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    printed(store, "herald", item("herald", "Quake", QUAKE[:100], complete=False))
    assert list(store.known("herald")) == []


def test_an_edited_source_is_read_whole_and_the_others_are_not(store: Store, desk: Settings) -> None:
    for paper in ("herald", "evening"):
        printed(store, paper, item(paper, "Quake", QUAKE), marks=MARKS[:1])
    edited = replace(desk, sources=(source("herald", timezone="Asia/Tokyo"), source("evening")))
    store.configure(edited, START)
    assert list(store.known("herald")) == []
    assert len(list(store.known("evening"))) == 1


def test_a_source_that_left_the_configuration_and_is_back_is_read_whole(store: Store, desk: Settings) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), marks=MARKS[:1])
    store.configure(replace(desk, sources=(source("evening"),)), START)
    store.configure(desk, START)
    assert list(store.known("herald")) == []
    report = printed(store, "herald", item("herald", "Quake", QUAKE), marks=MARKS[:1])
    assert (report.items, report.new) == (1, 0)
