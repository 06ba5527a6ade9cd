"""Copies are found among what else was printed, however little of them is looked up."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from build import START, failing, item, printed, rule, settings, source
from feedhub.dedup.prepare import prepare
from feedhub.model import Settings
from feedhub.store.database import open_writer
from feedhub.store.merging.lately import Lately
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

SYLLABLES = ("ba", "co", "di", "fe", "gu", "ha", "jo", "ki", "lu", "me", "no", "pa", "ri", "so", "tu", "ve")


BULLETINS = 30  # that many papers print from one mould: of each key the sixteen newest carriers are looked at


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    """As many papers."""
    papers = ("herald", "evening", *(f"paper{number}" for number in range(BULLETINS)))
    return settings(tmp_path / "feedhub.db", tuple(map(source, papers)), ())


def prose(seed: int, words: int) -> str:
    """So many words that no other text has."""
    random = Random(seed)
    return " ".join("".join(random.choices(SYLLABLES, k=4)) for _ in range(words))


def stories(reader: Reader) -> dict[str, str]:
    """The story of each source's one item."""
    return {one.item.source_id: one.story for one in reader.items(None, None)}


def test_a_copy_cut_to_its_first_lines_is_found_by_the_few_keys_that_it_has(store: Store, reader: Reader) -> None:
    text = prose(1, 200)
    printed(store, "herald", item("herald", "Ferry delayed", text))
    printed(store, "evening", item("evening", "Long wait at the pier", " ".join(text.split()[:14])))
    assert len(set(stories(reader).values())) == 1


def test_a_copy_whose_second_half_was_written_anew_is_found(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Ferry delayed", f"{prose(1, 72)} {prose(2, 68)}"))
    printed(store, "evening", item("evening", "Long wait at the pier", f"{prose(1, 72)} {prose(3, 68)}"))
    assert len(set(stories(reader).values())) == 1


def bulletin(number: int) -> str:
    """Two figures among words that all bulletins have."""
    words = prose(0, 150).split()
    words[40:40], words[100:100] = [str(1000 + number)], [str(2000 + number)]
    return " ".join(words)


def test_a_reprint_is_found_by_what_few_print_among_many_bulletins_of_one_mould(store: Store, reader: Reader) -> None:
    papers = ["herald", *(f"paper{number}" for number in range(BULLETINS)), "evening"]
    for minute, paper in enumerate(papers):
        at, number = START + timedelta(minutes=minute), 0 if paper == "evening" else minute
        printed(store, paper, item(paper, prose(100 + minute, 3), bulletin(number), published=at), at=at)
    told = stories(reader)
    assert told["evening"] == told["herald"]
    assert len(set(told.values())) == BULLETINS + 1


def test_an_item_that_has_changed_is_remembered_by_as_many_keys_as_after_a_restart(
    store: Store, desk: Settings
) -> None:
    printed(store, "herald", item("herald", "Ferry delayed", prose(1, 200)))
    changed = prepare(item("herald", "Ferry delayed", f"{prose(1, 100)} {prose(2, 100)}"))
    with closing(open_writer(desk.database)) as conn:
        lately = Lately(conn)
        before = lately.briefs({1})[1].keys
        lately.renew(1, changed)
        assert lately.briefs({1})[1].keys == Lately(conn).briefs({1})[1].keys > before


def test_an_item_is_remembered_by_its_keys_before_these_are_written(store: Store, desk: Settings) -> None:
    ferry = item("herald", "Ferry delayed", prose(1, 200))
    printed(store, "herald", ferry)
    with closing(open_writer(desk.database)) as conn:
        conn.execute("DELETE FROM fingerprints")
        lately, prepared = Lately(conn), prepare(ferry)
        lately.add(1, prepared, START.timestamp())
        assert lately.briefs({1})[1].keys == len(prepared.keys)


@pytest.mark.parametrize(
    ("title", "hours"),
    [("Storm nears the coast", 5.0), ("Rain to come", 8.0), ("Storm strengthens", 4.0), ("Rain to come", 2.0)],
)
def test_a_copy_cut_short_of_all_that_tells_two_bulletins_apart_is_of_its_headline_or_its_hour(
    store: Store, reader: Reader, title: str, hours: float
) -> None:
    for paper, headline, hour in (("herald", "Storm strengthens", 0), ("paper0", "Storm nears the coast", 9)):
        text = f"{prose(0, 40)} {310 - 10 * hour} miles off, with winds of {60 + hour} mph. {prose(1, 20)}"
        printed(store, paper, item(paper, headline, text, published=START + timedelta(hours=hour)))
    at = START + timedelta(hours=hours)
    printed(store, "evening", item("evening", title, " ".join(prose(0, 40).split()[:30]) + "…", published=at))
    told = stories(reader)
    assert told["evening"] == told["herald" if title == "Storm strengthens" or hours == 2 else "paper0"]


def test_a_late_copy_of_a_report_joins_it_and_not_the_digest_that_has_it_in_its_middle(
    store: Store, reader: Reader
) -> None:
    reports = {"herald": prose(1, 150), "paper0": prose(2, 150)}
    for paper, text in reports.items():
        printed(store, paper, item(paper, prose(len(paper), 3), text))
    told = "\n".join([prose(9, 40), *(" ".join(text.split()[:30]) for text in reports.values())])
    at = START + timedelta(hours=6)
    printed(store, "paper1", item("paper1", "Five things to know", told, published=at))
    cut = " ".join(reports["paper0"].split()[:20]) + "…"
    printed(store, "evening", item("evening", "Late news", cut, published=at))
    found = stories(reader)
    assert found["paper1"] not in {found["herald"], found["paper0"]}
    assert found["evening"] == found["paper0"]


# --- what is remembered of items is what is stored ---------------------------------------------------------


def test_a_text_that_was_let_go_of_draws_no_copy(store: Store, reader: Reader, desk: Settings) -> None:
    store.configure(replace(desk, retention=timedelta(hours=1)), START)
    printed(store, "herald", item("herald", "Ferry delayed", prose(1, 60)))
    printed(store, "herald", item("herald", "Ferry late", prose(2, 60)), at=START + timedelta(minutes=5))
    assert store.prune(START + timedelta(hours=2)).items == 1
    printed(store, "evening", item("evening", "Long wait", prose(1, 60)), at=START + timedelta(hours=2))
    assert len(set(stories(reader).values())) == 2


def test_a_copy_is_as_far_from_what_was_given_another_date_as_that_says(store: Store, reader: Reader) -> None:
    ferry = item("herald", "Ferry delayed", prose(1, 60))
    printed(store, "herald", ferry)
    printed(store, "herald", replace(ferry, published=START - timedelta(hours=60)), at=START + timedelta(minutes=5))
    printed(store, "evening", item("evening", "Long wait", prose(1, 60)), at=START + timedelta(minutes=10))
    assert len(set(stories(reader).values())) == 2


def test_a_change_that_could_not_be_stored_is_not_compared(store: Store, reader: Reader) -> None:
    ferry = item("herald", "Ferry delayed", prose(1, 60))
    printed(store, "herald", ferry)
    with failing(store, "UPDATE ON fingerprints"):
        printed(store, "herald", replace(ferry, text=prose(2, 60), html=""), at=START + timedelta(minutes=5))
    printed(store, "evening", item("evening", "Long wait", prose(1, 60)), at=START + timedelta(minutes=10))
    assert len(set(stories(reader).values())) == 1


def test_a_ruling_that_could_not_be_carried_out_changes_no_core(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Ferry delayed", prose(1, 60)))
    printed(store, "paper0", item("paper0", "Bridge closed", prose(2, 90)))
    with failing(store, "UPDATE OF outlets ON stories"):
        rule(store, "merge", 1, 2)
    printed(store, "evening", item("evening", "Long wait", prose(1, 60)), at=START + timedelta(minutes=10))
    told = stories(reader)
    assert told["evening"] == told["herald"] != told["paper0"]
