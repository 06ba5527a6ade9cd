"""A replay: what stories would be under other rules, told before it is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from build import BUDGET, LATER, QUAKE, TOLL, item, printed, replayed, rule, two_stories
from feedhub.dedup.rules import RULES
from feedhub.store.reading import Reader
from feedhub.store.writing import Store


def test_a_replay_under_the_same_rules_changes_nothing(store: Store, reader: Reader, tmp_path: Path) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    found = replayed(reader, tmp_path)
    assert (found.items, found.before, found.after, found.moved) == (3, 2, 2, ())


def test_a_replay_with_other_rules_tells_and_then_does_what_it_would_change(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    other = TOLL.replace("3 people dead and 11", "8 people dead and 27")
    printed(store, "tsubame", item("tsubame", "Landslide leaves 3 dead", TOLL))
    printed(store, "herald", item("herald", "Eight die in landslide", other))
    old = {story.outlet: story.id for story in reader.front(5)}
    found = replayed(reader, tmp_path, figures="off", moulds="off")
    assert (found.before, found.after) == (2, 1)
    assert [(moved.kind, moved.items) for moved in found.moved] == [("joined", 2)]
    assert len(reader.front(5)) == 2
    assert store.adopt(found, LATER) == {"all"}
    (story,) = reader.front(5)
    assert story.id == old["Tsubame"]
    assert reader.story(old["Herald"]).id == story.id


def test_a_replay_keeps_to_the_editors_word(store: Store, reader: Reader, tmp_path: Path) -> None:
    rule(store, "merge", *two_stories(store, reader))
    printed(store, "tsubame", item("tsubame", "Quake", QUAKE))
    rule(store, "split", next(stored.id for stored in reader.items("tsubame", None)))
    found = replayed(reader, tmp_path)
    assert (found.before, found.after, found.moved) == (2, 2, ())


@pytest.mark.parametrize(
    "setting",
    [
        {"stong": ".8"},
        {"strong": "much"},
        {"window": "3"},
        {"window": "-3h"},
        {"strong": "nan"},
        {"window": "9999999999d"},
        {"moulds": "maybe"},
    ],
)
def test_a_rule_that_does_not_exist_or_cannot_be_read_is_named(setting: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(setting))):
        RULES.changed(setting)


def test_a_rule_that_counts_takes_whole_numbers() -> None:
    with pytest.raises(ValueError, match=r"cut=1.5: cut is a whole number, 0 or more"):
        RULES.changed({"cut": "1.5"})
