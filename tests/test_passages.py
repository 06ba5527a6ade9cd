"""Two texts beside each other, and what is prominent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import QUAKE
from feedhub.dedup.passages import Run, abridged, differences, shared
from feedhub.prominence import prominence
from feedhub.web import visits

texts = st.text(alphabet="ab c\n1,.地震", max_size=60)


def way(before: str, after: str, language: str = "en") -> list[tuple[str, str]]:
    return [(run.kind, run.text) for run in differences(before, after, language)]


@given(texts, texts, st.sampled_from(["en", "ja"]))
def test_the_way_from_one_text_to_the_other_leads_there(before: str, after: str, language: str) -> None:
    runs = differences(before, after, language)
    assert "".join(run.text for run in runs if run.kind in ("same", "added")) == after
    assert abridged(runs, language) or not (before or after)
    assert sum(run.kind == "cut" for run in runs) <= len(before)
    if before == after:
        assert all(run.kind == "same" for run in runs)


@given(texts, texts, st.sampled_from(["en", "ja"]))
def test_shared_passages_are_marked_in_both_texts_whole(one: str, other: str, language: str) -> None:
    marks = shared(one, other, language)
    assert ["".join(run.text for run in side) for side in marks] == [one, other]
    a, b = ([run.text.split() for run in side if run.kind == "same"] for side in marks)
    assert len(a) == len(b)


def test_a_changed_figure_stands_out_and_nothing_else() -> None:
    assert way("left 3 people dead, police said", "left 5 people dead, police said") == [
        ("same", "left "), ("cut", "3 "), ("added", "5 "), ("same", "people dead, police said"),
    ]  # fmt: skip
    assert way("24日、３人が死亡した", "24日、５人が死亡した", "ja") == [
        ("same", "24日、"), ("cut", "３"), ("added", "５"), ("same", "人が死亡した"),
    ]  # fmt: skip


def test_lone_words_between_two_changes_are_told_with_them() -> None:
    assert way("the old mayor of the town resigned today", "the new governor of a city resigned today") == [
        ("same", "the "), ("cut", "old mayor of the town "), ("added", "new governor of a city "),
        ("same", "resigned today"),
    ]  # fmt: skip


def test_quotes_and_case_are_no_difference() -> None:
    assert [kind for kind, _ in way("He said: “It’s over”", 'HE said: "It\'s over"')] == ["same"]


def test_the_middle_of_what_stayed_is_left_out() -> None:
    runs = abridged(differences(QUAKE, QUAKE + " More followed.", "en"), "en")
    assert [run.kind for run in runs] == ["gap", "same", "added"]
    assert len(runs[1].text.split()) <= 14
    assert runs[2] == Run("added", " More followed.") or runs[2].text.strip() == "More followed."


@given(st.integers(1, 50), st.integers(1, 50), st.floats(0, 200), st.floats(0, 200))
def test_prominence_grows_with_coverage_and_fades_with_age(outlets: int, more: int, hours: float, later: float) -> None:
    now, then = timedelta(hours=hours), timedelta(hours=hours + later)
    assert prominence(outlets + more, now) > prominence(outlets, then) > 0
    assert prominence(outlets, now) >= prominence(outlets, then)


def test_a_fresh_pair_outranks_yesterday_s_ten() -> None:
    assert prominence(2, timedelta(minutes=30)) > prominence(10, timedelta(hours=24))
    assert prominence(3, timedelta(hours=2)) > prominence(1, timedelta(0))


@pytest.mark.parametrize("minutes", [1, 29])
def test_a_visit_goes_on_for_as_long_as_its_pauses_are_short(minutes: int) -> None:
    now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    before, cookie = visits.read(None, now)
    assert before is None
    for _ in range(5):
        now += timedelta(minutes=minutes)
        before, cookie = visits.read(cookie, now)
        assert before is None
    last, now = now, now + timedelta(hours=1)
    before, cookie = visits.read(cookie, now)
    assert before == last
    assert visits.read(cookie, now + timedelta(minutes=1))[0] == last
