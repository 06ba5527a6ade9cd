"""Stories of one event in other words: found, linked both ways, and not mistaken for two fillings of a template."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.dedup.about import About, terms
from feedhub.dedup.credit import read
from feedhub.dedup.mould import one_bulletin
from feedhub.dedup.related import FOUND_BY, HELD, TOP, Neighbourhood
from feedhub.dedup.subject import Subject

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def put(held: Neighbourhood, number: int, title: str, text: str = "", language: str = "en", hours: float = 0) -> None:
    """One more story in the neighbourhood."""
    reading = read(title, text)
    held.put(number, About(START + timedelta(hours=hours), language, terms(reading.title, reading.lead, language)))


def nearness(one: tuple[str, str], other: tuple[str, str], language: str = "en", hours: float = 0) -> float:
    """How near two stories are by themselves, 0 for not at all."""
    held = Neighbourhood()
    put(held, 1, *one, language)
    put(held, 2, *other, language, hours)
    (here, there) = (dict(held.near(number)).get(3 - number, 0.0) for number in (1, 2))
    assert here == pytest.approx(there)
    return here


def bulletin(one: tuple[str, str], other: tuple[str, str], language: str = "en") -> bool:
    """Whether both are taken for fillings of one template."""
    a, b = (Subject.of(*story, language) for story in (one, other))
    assert one_bulletin(a, b) == one_bulletin(b, a)
    return one_bulletin(a, b)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Icahn targets eBay chief Donahoe", "EBay rejects Icahn's board picks", "en"),
        ("Pizza chain Sbarro files for bankruptcy", "Sbarro bankruptcy filing closes 155 stores", "en"),
        ("Agencies cut ratings of Harbor Bank", "Harbor Bank: agency cutting its rating", "en"),
        ("塩路港で貨物船が座礁、乗組員12人救助", "座礁の貨物船から乗組員を救助　塩路港", "ja"),
        ("テロ対策法案、参院で可決", "参院がテロ対策法案を賛成多数で可決", "ja"),
        ("서울시 지하철 요금 인상 확정", "지하철 요금이 오른다…서울시 발표", "ko"),
        ("北京地铁明年起上调票价", "地铁票价上调方案在北京公布", "zh"),
    ],
)
def test_bare_headlines_of_one_event_are_near(one: str, other: str, language: str) -> None:
    assert nearness((one, ""), (other, ""), language) > 0


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Icahn targets eBay chief Donahoe", "Metro-North worker killed by train", "en"),
        ("塩路港で貨物船が座礁、乗組員12人救助", "テロ対策法案、参院で可決", "ja"),
        ("これからどうなるのか", "それからどうするのか", "ja"),
    ],
)
def test_headlines_that_share_grammar_alone_are_not(one: str, other: str, language: str) -> None:
    assert nearness((one, ""), (other, ""), language) == 0


PODCAST = (
    "Listen to the Herald Daily, our podcast on the news behind the news. Find episodes wherever you get podcasts."
)
STUB_JA = "この記事は会員限定です。会員登録すると続きを閲覧できます。無料会員は月五本まで。"


@pytest.mark.parametrize(
    ("one", "other", "text", "language", "near"),
    [
        ("Why the river keeps rising", "A mayor and her bicycle", PODCAST, "en", False),
        ("Why the river keeps rising", "Rivers rise further", PODCAST, "en", True),
        ("Why the river keeps rising", "The episodes of a year", PODCAST, "en", True),
        ("老舗旅館が再生申請", "県立高の再編案を公表", STUB_JA, "ja", False),
        ("老舗旅館が再生申請", "旅館の再生申請、地裁に", STUB_JA, "ja", True),
    ],
)
def test_what_stands_in_place_of_texts_relates_no_stories(
    one: str, other: str, text: str, language: str, near: bool
) -> None:
    assert (nearness((one, text), (other, text), language) > 0) == near


def test_the_same_words_tell_less_the_longer_ago_they_were_written() -> None:
    one, other = ("Icahn targets eBay chief Donahoe", ""), ("eBay chief Donahoe answers Icahn", "")
    near = [nearness(one, other, hours=hours) for hours in (0, 12, 48, 71, 73)]
    assert near == sorted(near, reverse=True)
    assert near[0] > near[1] > near[2]
    assert near[-1] == 0


def test_what_half_of_the_stories_tell_of_still_relates_them() -> None:
    held = Neighbourhood()
    for number in range(40):
        put(held, number, f"Ackman bets against Herbalife {chr(97 + number % 26) * 5} {number + 1000}")
        put(held, 100 + number, f"Stocks of {chr(97 + number % 26) * 6} {number + 2000} close mixed on day {number}")
    put(held, 200, "Herbalife answers Ackman")
    assert {other < 100 for other, _ in held.near(200)} == {True}
    assert len(held.near(200)) == TOP


def test_the_oldest_stories_make_room() -> None:
    held = Neighbourhood(held=3)
    for number in range(5):
        put(held, number, "Icahn targets eBay chief Donahoe")
    assert {other for other, _ in held.near(4)} == {2, 3}
    held.drop(3)
    held.drop(77)
    assert {other for other, _ in held.near(4)} == {2}
    assert HELD >= 10_000


TRAINS = """Trains on the Shioji line stood still for five hours after a landslide near Musashi station, the \
railway said. Workers cleared the track by the evening, and no passenger was hurt. Buses took people to the coast."""
HOME = """Two thousand commuters spent the night in a school hall. Volunteers cooked rice, and a choir sang for the \
children until midnight. "Nobody told us how we would get back," said a nurse on her way to the hospital."""
WEATHER = """{place} will have {sky} skies on Tuesday with a high of {high} degrees, the bureau said. Winds from \
the north will weaken in the evening, and the chance of rain is {chance} percent. Farmers should cover young plants."""


def test_a_report_whose_headline_shares_words_with_the_wires_is_no_filling_of_its_template() -> None:
    wire, own = (
        ("Trains halted on Shioji line after landslide", TRAINS),
        ("Trains halted on Shioji line: a night in a choir", HOME),
    )
    assert not bulletin(wire, own)


def test_two_fillings_of_one_template_are() -> None:
    north = ("Weather in Hokkaido on Tuesday", WEATHER.format(place="Hokkaido", sky="grey", high=4, chance=60))
    south = ("Weather in Kochi on Tuesday", WEATHER.format(place="Kochi", sky="clear", high=17, chance=10))
    assert bulletin(north, south)
    assert bulletin(("Nikkei index closes at 39,012", ""), ("Nikkei index closes at 38,400", ""))


def test_stories_that_are_gone_take_no_room() -> None:
    held = Neighbourhood()
    for number in range(1, 9):
        put(held, number, f"Quake strikes town {number}")
    for number in range(9, 12):  # of more terms than it is found by
        put(held, number, "Storm nears port", " ".join(f"word{number * 100 + word}" for word in range(2 * FOUND_BY)))
    held.drop_before(6)
    assert {other for other, _ in held.near(8)} == {6, 7}
    assert {other for other, _ in held.near(9)} == {10, 11}
    held.drop_before(100)
    assert not held._stories
    assert not held._vocabulary


EVENTS = st.lists(st.tuples(st.integers(0, 9), st.lists(st.sampled_from("abcdefghij"), max_size=6)), max_size=40)


@given(EVENTS)
def test_what_was_told_before_and_is_gone_changes_nothing(told: list[tuple[int, list[str]]]) -> None:
    """Stories come, are told anew and go: what is near is as if only the last words of each had ever been said."""
    lived, fresh = Neighbourhood(held=6), Neighbourhood(held=6)
    last: dict[int, str] = {}
    for number, words in told:
        last.pop(number, None)
        last[number] = " ".join(f"{word}{word}" for word in words)
        put(lived, number, last[number])
    for number, words_said in list(last.items())[-6:]:
        put(fresh, number, words_said)
    for number in list(last)[-6:]:
        assert dict(lived.near(number)) == dict(fresh.near(number))
