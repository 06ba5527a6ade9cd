"""A replay: what stories would be under other rules, told before it is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from build import BUDGET, LATER, LEASE, QUAKE, START, TOLL, document, item, printed, replayed, rule, two_stories
from feedhub.dedup.rules import RANGES, RULES
from feedhub.store.reading import Reader
from feedhub.store.replay import Moved
from feedhub.store.writing import Store
from newsroom import STEPS, Newsroom, desk_of


def test_a_replay_under_the_same_rules_changes_nothing(store: Store, reader: Reader, tmp_path: Path) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    found = replayed(reader, tmp_path)
    assert (found.items, found.before, found.after, found.moved) == (3, 2, 2, ())


def test_a_replay_finds_by_its_new_words_what_changed_just_before(store: Store, reader: Reader, tmp_path: Path) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    printed(store, "herald", replace(quake, text=BUDGET, html=""), at=LATER)
    printed(store, "evening", item("evening", "The government asks for more", BUDGET), at=LATER)
    found = replayed(reader, tmp_path)
    assert (found.before, found.after, found.moved) == (1, 1, ())


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


def test_an_item_without_a_date_is_judged_by_that_of_its_first_poll_in_polls_as_in_replays(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    def undated(paper: str, hours: int, text: str) -> None:
        now = START + timedelta(hours=hours)
        printed(store, paper, item(paper, f"By the {paper}", text, guid=paper, published=now), at=now)

    undated("herald", 0, BUDGET)
    undated("tsubame", 60, QUAKE)
    undated("herald", 61, QUAKE)
    assert len(reader.front(5)) == 2
    assert replayed(reader, tmp_path).moved == ()


def test_a_replay_places_each_item_by_the_words_and_the_date_that_it_came_with(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    for paper in ("mainichi", "evening"):
        printed(store, paper, item(paper, f"Quake, says the {paper}", QUAKE, guid=paper))
    corrected = item("mainichi", "Quake, says the mainichi", QUAKE.replace("6.1", "6.4"), guid="mainichi")
    printed(store, "mainichi", corrected, at=LATER)
    long_ago = START - timedelta(days=4)
    printed(store, "evening", item("evening", "As told", QUAKE, guid="evening", published=long_ago), at=LATER)
    assert len(reader.front(5)) == 1
    assert replayed(reader, tmp_path).moved == ()


def test_a_replay_goes_by_the_order_in_which_documents_were_stored(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    printed(store, "tsubame", item("tsubame", "Quake", QUAKE, published=START))
    late = START + timedelta(hours=13)  # too late for what was said before to count still
    herald, tsubame = (store.claim(late, 1, LEASE, 2, [paper])[0] for paper in ("herald", "tsubame"))
    reprint = document(herald, item("herald", "Quake off Miyagi", QUAKE, published=START), at=late)
    corrected = item("tsubame", "Quake", QUAKE.replace("6.1", "6.4"), published=START)
    store.commit_polls([reprint, document(tsubame, corrected, at=late - timedelta(seconds=1))])
    assert len(reader.front(5)) == 1
    assert replayed(reader, tmp_path).moved == ()


def test_a_replay_splits_a_copy_off_when_it_was_split_off(store: Store, reader: Reader, tmp_path: Path) -> None:
    printed(store, "tsubame", item("tsubame", "Quake", QUAKE.splitlines()[0]))
    printed(store, "herald", item("herald", "Quake off Miyagi", QUAKE))
    rest = "\n".join(QUAKE.splitlines()[1:])
    printed(store, "mainichi", item("mainichi", "Trains halted", rest))
    rule(store, "split", 2)
    printed(store, "evening", item("evening", "Trains were halted", rest))
    assert replayed(reader, tmp_path).moved == ()


def test_a_replay_keeps_apart_what_was_split_off_until_it_was_merged(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    beginning = QUAKE.splitlines()[0]
    for paper in ("tsubame", "herald", "mainichi"):
        printed(store, paper, item(paper, f"Quake in the {paper}", beginning))
    rule(store, "split", 1)
    rule(store, "split", 2)
    printed(store, "herald", item("herald", "Quake in the herald", QUAKE), at=LATER)
    printed(store, "evening", item("evening", "Strong quake", QUAKE), at=LATER)
    assert replayed(reader, tmp_path).moved == ()
    (tmp_path / "scratch.db").unlink()
    rule(store, "merge", 1, 2)
    assert sorted(len(story.copies) for story in reader.front(5)) == [1, 3]
    assert replayed(reader, tmp_path).moved == ()


def moved(steps: Sequence[tuple[str | int, ...]]) -> tuple[Moved, ...]:
    """What a replay of the same rules would join and split after all this."""
    with TemporaryDirectory() as name, closing(Newsroom(desk_of(Path(name)))) as newsroom:
        for verb, *names in steps:
            newsroom.does(str(verb), *names)
        return replayed(newsroom.reader, Path(name)).moved


@given(st.lists(STEPS, min_size=4, max_size=14))
@example(
    [
        ("print", "courier", 1),
        ("print", "wire", 1),
        ("correct", "wire", 1),
        ("print", "herald", 1),
        ("print", "wire", 1),
        ("kill", "herald", 1),
        ("correct", "courier", 1),
        ("print", "wire", 1),
    ]
)
@example(  # what a merge waives of a split had told where copies belong that came between the two
    [
        ("print", "courier", 7),
        ("fuller", "herald", 9),
        ("print", "herald", 8),
        ("fuller", "wire", 3),
        ("rewrite", "herald", 8),
        ("split", 2),
        ("update", "herald", 9),
        ("print", "herald", 4),
        ("merge", 4, 3),
        ("print", "herald", 4),
        ("split", 3),
        ("print", "wire", 2),
        ("merge", 3, 7),
    ]
)
def test_a_replay_joins_and_splits_nothing_whatever_outlets_wrote_and_editors_ruled(
    steps: list[tuple[str | int, ...]],
) -> None:
    assert moved(steps) == ()


@pytest.mark.slow
@settings(max_examples=150)
@given(st.lists(STEPS, min_size=8, max_size=40))
def test_a_replay_joins_and_splits_nothing_after_long_days_either(steps: list[tuple[str | int, ...]]) -> None:
    assert moved(steps) == ()


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
        {"moulds": ""},
        {"window": ""},
    ],
)
def test_a_rule_that_does_not_exist_or_cannot_be_read_is_named(setting: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(setting))):
        RULES.changed(setting)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("strong", "2", "a number, from 0 to 1"),
        ("weak", "-0.1", "a number, from 0 to 1"),
        ("core", "inf", "a number, from 0 to 1"),
        ("common", "1e9", "a number, from 0 to 1000"),
        ("cut", "1.5", "a whole number, from 0 to 1000"),
        ("cut", "-1", "a whole number, from 0 to 1000"),
        ("window", "0h", "a time such as 48h or 3d, from 1m to 3650d"),
        ("window", "4000d", "a time such as 48h or 3d, from 1m to 3650d"),
    ],
)
def test_a_rule_that_is_set_beyond_what_makes_sense_is_refused(name: str, value: str, kind: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}={re.escape(value)}: {name} is {kind}$"):
        RULES.changed({name: value})


def test_every_rule_may_be_set_to_what_it_is_and_to_both_ends_of_its_range() -> None:
    for name, (least, most) in RANGES.items():
        for value in (least, most):
            RULES.changed({name: value})
    assert RULES.changed({field.name: _written(getattr(RULES, field.name)) for field in fields(RULES)}) == RULES


def _written(value: object) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case timedelta():
            return f"{value / timedelta(hours=1)}h"
    return str(value)
