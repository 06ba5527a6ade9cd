"""Which copy guards its story, and what that keeps out and lets in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build import BUDGET, QUAKE, START, item, new_store, printed, settings, source
from feedhub.dedup.case import Candidate, Case
from feedhub.dedup.core import Print, best_borne_out, borne_out, surpasses
from feedhub.dedup.place import place
from feedhub.dedup.subject import Subject
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

LINES = QUAKE.splitlines()
JUNK = " ".join(
    f"{word} prizes await every reader of our pages who signs {word} today"
    for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu")
)
SPOILT = QUAKE[: int(len(QUAKE) * 0.72)] + " " + JUNK  # most of the text, then something else and more of it


def subject(text: str) -> Subject:
    return Subject.of("Headline", text, "en")


def candidate(item_id: int, text: str, source: str | None = None) -> Candidate:
    return Candidate(
        item_id=item_id, story=1, published=START, subject=subject(text), source=source or f"paper {item_id}"
    )


def prints(*texts: str) -> dict[int, Print]:
    """Of so many sources."""
    return {number: Print(f"paper {number}", subject(text)) for number, text in enumerate(texts)}


def guarded(core: Candidate, others: list[Candidate], text: str) -> tuple[int | None, int]:
    """The story that a text joins, and who guards it then."""
    placed = place(Case(9, START, subject(text), [*others, core], {1: core}))
    return placed.story, placed.core


def test_a_fuller_text_leads_if_it_has_all_that_the_core_has_but_for_edits() -> None:
    core = subject(QUAKE)
    assert surpasses(subject(QUAKE + " " + JUNK), core)
    assert surpasses(subject(QUAKE.replace("early Monday", "before dawn on Monday") + " " + BUDGET), core)
    assert not surpasses(subject(SPOILT), core)
    assert not surpasses(subject(LINES[0]), core)


def test_a_fragment_gives_way_to_any_fuller_text() -> None:
    assert surpasses(subject(SPOILT), subject(" ".join(QUAKE.split()[-20:])))


def test_a_copy_that_is_longer_by_junk_takes_no_lead() -> None:
    assert guarded(candidate(1, QUAKE), [], SPOILT) == (1, 1)
    assert guarded(candidate(1, QUAKE), [], QUAKE + " " + BUDGET) == (1, 9)


def test_the_copy_that_others_bear_out_takes_the_lead_from_one_that_came_first() -> None:
    spoilt, whole = candidate(1, SPOILT), candidate(2, QUAKE)
    assert guarded(spoilt, [], QUAKE) == (1, 1)  # of two, nobody can say which is spoilt
    assert guarded(spoilt, [whole], QUAKE)[1] in {2, 9}


def test_a_source_that_prints_its_text_twice_is_no_witness_of_it() -> None:
    whole, spoilt = candidate(1, QUAKE, "wire"), candidate(2, SPOILT, "evil")
    again = place(Case(9, START, subject(SPOILT), [spoilt, whole], {1: whole}, source="evil"))
    other = place(Case(9, START, subject(SPOILT), [spoilt, whole], {1: whole}, source="paper"))
    assert (again.story, again.core) == (1, 1)
    assert (other.story, other.core in {2, 9}) == (1, True)


def test_the_lead_does_not_wander_between_copies_that_are_borne_out_alike() -> None:
    copies = prints(*(QUAKE.replace("towns", towns) for towns in ("towns", "cities", "bays")))
    assert all(best_borne_out(copies, core) == core for core in copies)


def test_what_two_others_print_of_a_core_s_text_is_what_counts() -> None:
    short, fuller = "\n".join(LINES[:2]), f"{QUAKE}\n{BUDGET}"
    core, *others = prints(f"{short} {JUNK}", short, short).values()
    assert borne_out(subject(fuller), core, others) > 0.9
    assert borne_out(subject(fuller), core, others[:1]) == 0.0
    assert borne_out(subject(fuller), core, [others[0]] * 2) == 0.0
    assert borne_out(subject(BUDGET), core, others) == 0.0


def test_a_copy_that_its_core_refuses_hides_no_other_one() -> None:
    digest, other = candidate(2, "\n".join([*LINES[:2], BUDGET])), replace(candidate(3, BUDGET + JUNK), story=2)
    case = Case(9, START, subject(BUDGET), [digest, candidate(1, QUAKE), other], {1: candidate(1, QUAKE), 2: other})
    assert place(case).story == 2


def test_a_chain_of_partial_overlaps_lets_nobody_in() -> None:
    digest = candidate(2, "\n".join([*LINES[:2], BUDGET]))
    assert guarded(candidate(1, QUAKE), [digest], BUDGET)[0] is None
    assert guarded(candidate(1, QUAKE), [digest, candidate(3, QUAKE)], BUDGET)[0] is None


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = new_store(tmp_path / "t.db")
    made.configure(settings(tmp_path / "t.db", [source(f"s{number}") for number in range(5)], []), START)
    return made


CUT = ("\n".join(LINES[1:]), "\n".join(LINES[1:3]), "\n".join(LINES[2:]))


@pytest.mark.parametrize(
    "order", [(1, 0, 2, 3, 4), (0, 1, 2, 3, 4), (0, 2, 1, 3, 4), (2, 0, 1, 4, 3), (3, 2, 0, 4, 1), (0, 3, 1, 4, 2)]
)
def test_a_spoilt_copy_turns_no_true_one_away_and_stands_for_nothing(
    store: Store, tmp_path: Path, order: tuple[int, ...]
) -> None:
    texts = (QUAKE, SPOILT, *CUT)
    for late, number in enumerate(order):
        printed(
            store,
            f"s{number}",
            item(f"s{number}", f"Report {'ABCDE'[number]} of the morning", texts[number]),
            at=START + timedelta(minutes=late),
        )
    store.close()
    reader = Reader(tmp_path / "t.db")
    (story,) = reader.front(9)
    reader.close()
    assert len(story.copies) == len(order)
    assert not story.title.startswith("Report B")
