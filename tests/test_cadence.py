"""When sources are looked at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedhub.cadence import LONGEST_WAIT, NextPoll, Rhythm, first_impression, next_poll, watched

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LEAST, MOST = timedelta(minutes=5), timedelta(hours=6)


def upcoming(rhythm: Rhythm, failures: int = 0, retry_after: timedelta | None = None) -> NextPoll:
    return next_poll(
        rhythm, least=LEAST, most=MOST, failures=failures, retry_after=retry_after, now=NOW, key="a source"
    )


@given(
    st.floats(0, 1e6), st.floats(0, 1e4), st.integers(0, 10_000), st.none() | st.timedeltas(timedelta(0), timedelta.max)
)
def test_the_next_poll_is_within_the_limits_or_as_the_server_asks(
    items: float, days: float, failures: int, retry_after: timedelta | None
) -> None:
    wait = upcoming(Rhythm(items=items, days=days, at=NOW), failures, retry_after).at - NOW
    assert LEAST <= wait <= max(MOST, min(retry_after or MOST, LONGEST_WAIT))


def test_a_source_four_times_as_busy_is_looked_at_twice_as_often() -> None:
    slow, busy = (upcoming(Rhythm(items=rate * 10, days=10, at=NOW)).at - NOW for rate in (10, 40))
    assert 1.75 < slow / busy < 2.25


def test_the_rate_follows_what_is_found() -> None:
    rhythm = first_impression([NOW - timedelta(hours=hours) for hours in range(1, 25)], NOW)
    assert 18 < rhythm.per_day < 25
    for day in range(60):
        rhythm = watched(rhythm, 2, NOW + timedelta(days=day + 1))
    assert 1.8 < rhythm.per_day < 3.5


def test_dates_that_prove_nothing_teach_nothing() -> None:
    old = [NOW - timedelta(days=400), NOW - timedelta(days=300)]
    assert first_impression(old, NOW).per_day == first_impression([], NOW).per_day == Rhythm().per_day


def test_each_failure_in_a_row_doubles_the_wait_and_says_so() -> None:
    waits = [(upcoming(Rhythm(), failures).at - NOW) / LEAST for failures in (1, 2, 3, 4)]
    assert [round(wait) for wait in waits] == [1, 2, 4, 8]
    assert "failed 3 times in a row" in upcoming(Rhythm(), 3).reason


def test_a_server_that_asks_to_wait_is_heard_for_a_day_at_most() -> None:
    asked = upcoming(Rhythm(), 1, timedelta(hours=9))
    assert asked.at - NOW == timedelta(hours=9)
    assert "the server asks for 9 h" in asked.reason
    assert upcoming(Rhythm(), 1, timedelta(days=365)).at - NOW == LONGEST_WAIT


def test_the_jitter_is_a_function_of_source_and_time() -> None:
    assert upcoming(Rhythm()) == upcoming(Rhythm())
