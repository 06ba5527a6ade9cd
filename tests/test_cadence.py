"""When sources are looked at again."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, nan
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import BUDGET, QUAKE, document, item, new_store, printed, rhythm_of, settings, source
from feedhub.cadence import LONGEST_WAIT, PACE, NextPoll, apart, fair_budget, next_poll, pace
from feedhub.learning import first_impression, observe
from feedhub.manners import NO_HINTS, Hint, Hints
from feedhub.rhythm import Profile, Rhythm, roots
from feedhub.store.database import open_reader
from feedhub.store.polling.pacing import Pacing

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday
LEAST, MOST = timedelta(minutes=5), timedelta(hours=6)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
EVERY_HOUR = frozenset(range(24))

rhythms = st.builds(rhythm_of, st.floats(0, 1e6), st.floats(0, 1e4), st.just(NOW) | st.just(NOW - timedelta(days=3)))
hints = st.builds(
    Hints,
    floors=st.lists(st.builds(Hint, st.timedeltas(timedelta(0), timedelta.max), st.just("ttl"))).map(tuple),
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.sampled_from(["Monday", "tuesday", "Saturday", "Caturday"])),
)
dates = st.lists(st.none() | st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))


def upcoming(
    rhythm: Rhythm, failures: int = 0, weight: float = 0.0, hints: Hints = NO_HINTS, most: timedelta = MOST
) -> NextPoll:
    return next_poll(
        rhythm, least=LEAST, most=most, failures=failures, weight=weight, hints=hints, now=rhythm.at or NOW, key="a"
    )


def wait(rhythm: Rhythm, hints: Hints = NO_HINTS, most: timedelta = MOST) -> timedelta:
    return upcoming(rhythm, hints=hints, most=most).at - (rhythm.at or NOW)


def steady(per_day: float, days: int = 28, start: datetime = NOW, before: Rhythm | None = None) -> Rhythm:
    """What is known of a source with even hours, looked at every hour."""
    random = Random(f"{per_day} {days}")
    rhythm = before or Rhythm(at=start)
    for hour in range(days * 24):
        count = sum(random.random() < per_day / 24 / 50 for _ in range(50))
        now = start + (hour + 1) * HOUR
        rhythm = observe(rhythm, [now - HOUR * random.random() for _ in range(count)], now)
    return rhythm


def by_day(start: datetime, days: int, hours: Sequence[int], weekdays: int = 7) -> Rhythm:
    """What is known of a source that publishes twice in each of some hours of some days."""
    rhythm = Rhythm(at=start)
    for hour in range(days * 24):
        now = start + (hour + 1) * HOUR
        published = now - HOUR
        on = published.hour in hours and published.weekday() < weekdays
        rhythm = observe(rhythm, [published + HOUR / 4, published + HOUR / 2] if on else [], now)
    return rhythm


@given(rhythms, st.integers(0, 10_000), st.floats(0, 10_000), hints)
def test_the_next_poll_is_within_the_limits_or_as_the_source_asks(
    rhythm: Rhythm, failures: int, weight: float, hints: Hints
) -> None:
    now = rhythm.at or NOW
    assert LEAST <= wait(rhythm) <= MOST
    assert LEAST <= upcoming(rhythm, failures, weight).at - now <= LONGEST_WAIT
    assert LEAST <= upcoming(rhythm, failures, weight, hints).at - now <= LONGEST_WAIT


@given(rhythms, hints)
def test_no_hint_makes_a_poll_earlier(rhythm: Rhythm, hints: Hints) -> None:
    assert wait(rhythm, hints) >= wait(rhythm)


@given(rhythms, dates, st.timedeltas(-DAY, timedelta(days=900)))
def test_whatever_the_dates_what_is_learnt_can_be_used_and_stored(
    rhythm: Rhythm, published: list[datetime | None], passed: timedelta
) -> None:
    now = (rhythm.at or NOW) + passed
    for known in (observe(rhythm, published, now), first_impression(published, now)):
        assert LEAST <= wait(known) <= MOST
        stored = known.to_bytes()
        again = Rhythm.from_bytes(stored)
        assert again.to_bytes() == stored
        assert again.per_day == pytest.approx(known.per_day, rel=1e-6)
        assert again.at == known.at
        assert roots([stored]) == pytest.approx([again.root])
        assert sum(known.trust) == pytest.approx(1)


@pytest.mark.parametrize(
    "stored",
    [
        b"x", b"", Rhythm().to_bytes()[:-1], Rhythm().to_bytes()[:-4] + struct.pack("<f", nan),
        Rhythm().to_bytes()[:-4] + struct.pack("<f", -1), Rhythm().to_bytes()[:-4] + struct.pack("<f", inf),
        struct.pack("<d", 1e300) + Rhythm().to_bytes()[8:], bytes(316),
    ],
)  # fmt: skip
def test_bytes_that_are_no_rhythm_are_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="not a rhythm"):
        Rhythm.from_bytes(stored)


def test_a_source_not_watched_yet_is_taken_for_a_quiet_one() -> None:
    assert Rhythm.from_bytes(Rhythm().to_bytes()).per_day == pytest.approx(0.25)


def test_the_roots_of_many_are_those_of_each() -> None:
    known = [by_day(NOW, days, range(7, 7 + days % 16), 5) for days in range(1, 40, 6)] + [Rhythm()]
    again = [Rhythm.from_bytes(one.to_bytes()) for one in known]
    assert roots([one.to_bytes() for one in known]) == pytest.approx([one.root for one in again], rel=1e-9)


def test_a_source_that_may_be_left_for_weeks_is_left_for_twice_as_long_at_half_the_budget() -> None:
    waits = [
        next_poll(
            rhythm_of(1, 400, NOW), least=LEAST, most=timedelta(days=90), now=NOW, key="a", pace=one
        ).at - NOW
        for one in (DAY, 2 * DAY)
    ]  # fmt: skip
    assert waits[0] > 2 * WEEK
    assert waits[1] / waits[0] == pytest.approx(2)


def test_what_is_asked_for_beyond_a_day_is_said_to_be_cut() -> None:
    told = [upcoming(Rhythm(), hints=Hints(floors=(Hint(wait, "ttl"),))).reason for wait in (DAY / 2, 3 * DAY)]
    assert [reason.endswith("(ttl), a day is the most") for reason in told] == [False, True]


def test_a_source_four_times_as_busy_is_looked_at_twice_as_often() -> None:
    slow, busy = (wait(rhythm_of(rate * 100, 100, NOW)) for rate in (10, 40))
    assert 1.9 < slow / busy < 2.1


def week(rhythm: Rhythm) -> list[float]:
    """The weight of each hour of the week, from Monday 00 h."""
    return list(map(Profile(rhythm), range(168)))


def test_the_rate_follows_what_is_found() -> None:
    rhythm = first_impression([NOW - timedelta(hours=hours) for hours in range(1, 25)], NOW)
    assert 18 < rhythm.per_day < 28
    assert 1.4 < steady(2, 60, before=rhythm).per_day < 3


def test_a_first_document_tells_the_hours_too() -> None:
    mornings = [NOW.replace(hour=6) - timedelta(days=day, minutes=5 * item) for day in range(5) for item in range(20)]
    profile = week(first_impression(mornings, NOW))
    assert max(profile) in profile[4:7]
    assert min(profile) < 0.5


def test_dates_that_prove_nothing_teach_nothing() -> None:
    assert first_impression([None, NOW + DAY], NOW) == first_impression([], NOW) == Rhythm(at=NOW)


def test_a_first_document_without_fresh_items_tells_of_a_quiet_source() -> None:
    old = [NOW - timedelta(days=400), NOW - timedelta(days=300)]
    assert first_impression(old, NOW).per_day < Rhythm().per_day / 4


def test_twenty_items_of_one_hour_are_no_accident() -> None:
    rush = first_impression([NOW - timedelta(minutes=3 * number) for number in range(1, 21)], NOW)
    assert rush.per_day > 150


def test_a_source_of_which_nothing_is_known_is_looked_at_soon_and_then_ever_later() -> None:
    rhythm, waits = Rhythm(at=NOW), []
    for _ in range(5):
        waits.append(wait(rhythm, most=DAY))
        assert rhythm.at
        rhythm = observe(rhythm, [], rhythm.at + waits[-1])
    assert 0.9 * HOUR <= waits[0] <= HOUR
    assert all(1.5 < later / earlier < 2.5 for earlier, later in pairwise(waits[:4]))


def test_items_without_a_date_or_with_a_wrong_one_count_as_spread_since_the_last_poll() -> None:
    rhythm = Rhythm(at=NOW - HOUR)
    doubtful = [None, NOW + timedelta(days=30), NOW - timedelta(days=700)]
    spread = [NOW - HOUR + HOUR * (number + 0.5) / 3 for number in range(3)]
    assert observe(rhythm, doubtful, NOW) == observe(rhythm, spread, NOW)


def test_what_came_without_dates_while_nobody_looked_counts_as_of_the_last_week() -> None:
    rhythm = rhythm_of(28, 28, NOW - 4 * WEEK)
    spread = [NOW - WEEK + WEEK * (number + 0.5) / 7 for number in range(7)]
    assert observe(rhythm, [None] * 7, NOW) == observe(rhythm, spread, NOW)


def test_items_that_a_first_document_dates_to_this_minute_came_within_the_hour() -> None:
    now, hour = ([NOW - ago] * 20 for ago in (timedelta(seconds=30), HOUR))
    assert first_impression(now, NOW).per_day == pytest.approx(first_impression(hour, NOW).per_day, rel=0.1)


def test_nothing_is_learnt_of_the_time_before_a_long_absence() -> None:
    rhythm = rhythm_of(20, 10, NOW - timedelta(days=300))
    assert observe(rhythm, [], NOW).per_day == pytest.approx(observe(rhythm, [], NOW + DAY).per_day, rel=0.1)


def test_a_clock_that_goes_back_does_no_harm() -> None:
    rhythm = observe(rhythm_of(20, 10, NOW), [NOW], NOW - DAY)
    assert rhythm.at == NOW - DAY
    assert 1 < rhythm.per_day < 10


@pytest.mark.parametrize(("before", "after"), [(24, 240), (240, 24), (5, 50), (50, 5)])
def test_a_tenfold_change_is_followed_within_a_day(before: float, after: float) -> None:
    known = steady(before, 14)
    changed = steady(after, 1, NOW + timedelta(days=14), known)
    assert 0.7 * before < known.per_day < 1.4 * before
    assert 0.5 * after < changed.per_day < 2 * after


def test_a_day_without_news_is_not_the_end_of_a_quiet_source() -> None:
    known = steady(2, 28)
    assert observe(known, [], NOW + timedelta(days=29)).per_day > 0.5


def test_a_source_that_writes_by_day_is_looked_at_by_day() -> None:
    rhythm = by_day(NOW.replace(hour=0), 21, range(7, 19))
    evening, morning = (observe(rhythm, [], NOW.replace(hour=0) + timedelta(days=21, hours=hour)) for hour in (0, 9))
    assert wait(evening) > 2.5 * wait(morning)
    assert re.search("mostly 0[78]-1[89] h UTC", upcoming(rhythm).reason)


def test_a_source_that_writes_on_working_days_is_left_alone_at_weekends() -> None:
    rhythm = by_day(NOW.replace(hour=0), 42, range(7, 19), weekdays=5)
    saturday, monday = (week(rhythm)[day * 24 + 10] for day in (5, 0))
    assert saturday < 0.3 * monday


def test_the_poll_after_a_quiet_night_falls_where_the_morning_begins() -> None:
    rhythm = by_day(NOW.replace(hour=0), 42, range(6, 12))
    at = next_poll(rhythm, pace=timedelta(hours=8), least=LEAST, most=DAY, now=rhythm.at or NOW, key="a").at
    assert at.hour in (5, 6, 7)


def test_what_little_is_known_of_hours_changes_little() -> None:
    rhythm = observe(Rhythm(at=NOW), [NOW + HOUR / 2], NOW + HOUR)
    assert 0.7 < min(week(rhythm)) <= max(week(rhythm)) < 1.4


def test_the_reason_says_how_much_and_when() -> None:
    reason = upcoming(by_day(NOW.replace(hour=0), 21, range(7, 22))).reason
    assert re.fullmatch(r"about \d+ new items a day, mostly 0\d-(19|2\d) h UTC: every .* (min|h)", reason), reason
    assert upcoming(Rhythm()).reason.startswith("about one new item in 4 d: every ")


@pytest.mark.parametrize(
    ("wait", "said"),
    [(3_600, "1 h"), (5_410, "1.5 h"), (45_000, "12 h"), (260_000, "3 d"), (2_000_000, "23 d")],
)
def test_a_wait_is_told_no_finer_than_anybody_reads_it(wait: float, said: str) -> None:
    asked = Hints(floors=(Hint(timedelta(seconds=wait), "ttl"),))
    assert f"asks for {said} (ttl)" in upcoming(Rhythm(), hints=asked).reason


def test_each_failure_in_a_row_doubles_the_wait_till_it_is_a_day() -> None:
    waits = [(upcoming(Rhythm(), failures, failures).at - NOW) / LEAST for failures in (1, 2, 3, 4)]
    assert [round(wait) for wait in waits] == [1, 2, 4, 8]
    assert "failed 3 times in a row" in upcoming(Rhythm(), 3, 3).reason
    assert 0.9 * DAY <= upcoming(Rhythm(), 5000, 5000).at - NOW <= DAY


def test_failures_that_say_little_about_the_source_count_for_less() -> None:
    assert round((upcoming(Rhythm(), 12, weight=3).at - NOW) / LEAST) == 4


@pytest.mark.parametrize("why", ["ttl", "Cache-Control max-age", "Expires", "sy:updatePeriod", "Retry-After"])
def test_what_a_source_asks_for_is_heard_for_a_day_at_most(why: str) -> None:
    asked = upcoming(Rhythm(), hints=Hints(floors=(Hint(HOUR, "less"), Hint(9 * HOUR, why))))
    assert 9 * HOUR <= asked.at - NOW <= 9.5 * HOUR
    assert asked.reason == f"the source asks for 9 h ({why})"
    assert upcoming(Rhythm(), 1, hints=Hints(floors=(Hint(365 * DAY, why),))).at - NOW == LONGEST_WAIT


def test_a_hint_shorter_than_the_interval_changes_nothing() -> None:
    assert upcoming(Rhythm(), hints=Hints(floors=(Hint(LEAST, "ttl"),))) == upcoming(Rhythm())


def test_skipped_hours_and_days_put_a_poll_off_to_the_next_allowed_hour() -> None:
    night = upcoming(Rhythm(), hints=Hints(skip_hours=EVERY_HOUR - {7, 20}))
    assert night.at == NOW.replace(hour=20)
    assert night.reason.endswith("it skips the time until Mon 20:00 UTC")
    assert upcoming(Rhythm(), hints=Hints(skip_days=frozenset({"Monday"}))).at == NOW.replace(day=24, hour=0)
    both = Hints(skip_days=frozenset({"Monday"}), skip_hours=frozenset({0, 1}))
    assert upcoming(Rhythm(), hints=both).at == NOW.replace(day=24, hour=2)


def test_a_source_that_skips_everything_is_looked_at_daily() -> None:
    assert wait(Rhythm(at=NOW + timedelta(minutes=7)), Hints(skip_hours=EVERY_HOUR)) == LONGEST_WAIT


def test_sources_share_a_budget() -> None:
    roots = [(rhythm_of(rate * 10, 10, NOW).root, LEAST, DAY) for rate in (0.5, 3, 20, 80)]
    shared = pace(roots, 8.0)
    assert sum(HOUR / max(LEAST, min(shared / root, DAY)) for root, *_ in roots) == pytest.approx(8, rel=1e-3)
    assert pace(roots, 4.0) > shared
    assert pace([], 5.0) == PACE


def test_without_a_budget_a_source_s_intervals_say_what_it_adds() -> None:
    assert fair_budget([(LEAST, MOST)]) == pytest.approx(60 / 42.43, rel=1e-3)
    assert fair_budget([(HOUR, HOUR)] * 24) == pytest.approx(24)


def test_sources_added_together_get_phases_of_their_own() -> None:
    def first_wait(key: str, now: datetime = NOW) -> timedelta:
        return next_poll(quiet, least=LEAST, most=MOST, now=now, key=key, first=True).at - now

    quiet = rhythm_of(0.0, 100, NOW)
    firsts = [first_wait(f"{number}") for number in range(50)]
    assert 0.45 * MOST < min(firsts) < 0.6 * MOST
    assert 0.9 * MOST < max(firsts) <= MOST
    assert abs(first_wait("7", NOW + DAY) - firsts[7]) < 0.1 * MOST


def test_a_poll_is_put_where_others_of_its_site_are_not() -> None:
    minute = timedelta(minutes=1)
    assert apart(NOW, [], NOW + 12 * minute) == NOW
    assert apart(NOW, [NOW], NOW + 12 * minute) == NOW + 12 * minute
    assert apart(NOW, [NOW, NOW + 12 * minute], NOW + 12 * minute) == NOW + 6 * minute
    assert apart(NOW, [NOW], NOW) == NOW


def test_a_budget_that_cannot_be_spent_or_kept_goes_to_the_limits() -> None:
    roots = [(1.0, LEAST, MOST)]
    assert pace(roots, 1e9) < LEAST
    assert pace(roots, 1e-9) > MOST


def test_the_jitter_is_a_function_of_source_and_time() -> None:
    keys = [next_poll(Rhythm(), least=LEAST, most=MOST, now=NOW, key=key).at for key in "abcab"]
    assert keys[:2] == keys[3:]
    assert len(set(keys)) == 3


def test_four_months_of_polling_find_the_news_soon_and_keep_within_the_limits() -> None:
    random, now, end = Random(3), NOW, NOW + timedelta(days=120)
    items, at = [], NOW
    while at < end:
        at += timedelta(days=random.expovariate(6))
        items.append(at)
    rhythm, polls, seen = Rhythm(at=NOW), 0, 0
    waited = timedelta(0)
    while now < end:
        then = next_poll(rhythm, least=LEAST, most=MOST, now=now, key="a").at
        assert LEAST <= then - now <= MOST
        now, polls, before = then, polls + 1, seen
        while seen < len(items) and items[seen] <= now:
            waited += now - items[seen]
            seen += 1
        rhythm = observe(rhythm, items[before:seen], now)
    assert 120 * 6 < polls < 120 * 14
    assert waited / seen < timedelta(minutes=90)


@pytest.mark.slow
def test_sources_share_the_budget_by_what_their_polls_have_shown(tmp_path: Path) -> None:
    desk = settings(tmp_path / "feedhub.db", [source("quiet"), source("busy"), source("new")], [], budget=6)
    store = new_store(desk.database)
    store.configure(desk, NOW)
    printed(store, "quiet", item("quiet", "Budget", BUDGET, published=NOW - DAY), at=NOW)
    printed(
        store,
        "busy",
        *(item("busy", f"Quake {hour}", QUAKE, published=NOW - hour * HOUR) for hour in range(24)),
        at=NOW,
    )
    conn = open_reader(desk.database)
    known = [
        Rhythm.from_bytes(stored).root for (stored,) in conn.execute("SELECT rhythm FROM sources WHERE rhythm != ''")
    ]
    assert len(known) == 2
    assert max(known) > 3 * min(known)
    pacing = Pacing(conn)
    pacing.configure(6, NOW)
    least, most = desk.sources[0].min_interval, desk.sources[0].max_interval
    expected = pace([(root, least, most) for root in (*known, sum(known) / 2)], 6)
    assert abs(pacing.now(NOW, Rhythm()) - expected) < timedelta(seconds=1)
    (claim,) = store.claim(NOW, 1, HOUR, 1, ["busy"])
    store.commit_polls([document(claim, at=NOW, result="failed", kind="http", status=500, error="HTTP 500", items=())])
    expected = pace([(root, least, most) for root in (min(known), min(known))], 6)  # one that fails waits by itself
    assert abs(pacing.now(NOW + 2 * HOUR, Rhythm()) - expected) < timedelta(seconds=1)
    conn.close()
    store.close()


def test_edited_sources_share_the_budget_within_a_minute_and_another_budget_at_once(tmp_path: Path) -> None:
    minute = timedelta(minutes=1)
    store = new_store(tmp_path / "feedhub.db")
    conn = open_reader(tmp_path / "feedhub.db")
    pacing = Pacing(conn)

    def configured(*names: str, budget: int | None = None) -> timedelta:
        store.configure(settings(tmp_path / "feedhub.db", [source(name) for name in names], [], budget=budget), now)
        pacing.configure(budget, now)
        return pacing.now(now, Rhythm())

    now = NOW
    alone = configured("a", budget=2)
    for passed in (2, 3, 5):  # looked at more and more seldom
        now += passed * minute
        assert pacing.now(now, Rhythm()) == alone
    now += minute / 2
    assert configured("a", "b", budget=2) == alone
    now += minute
    shared = pacing.now(now, Rhythm())
    assert shared > 1.5 * alone
    assert configured("a", "b", budget=1) > 1.5 * shared
    conn.close()
    store.close()
