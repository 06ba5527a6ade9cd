"""Running stories: updates, corrections and full texts that follow, and which of them leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from build import LATER, START, TOLL, item, printed
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

LATE = timedelta(hours=2)


def test_a_corrected_figure_marks_the_copies_that_still_carry_the_old_one(store: Store, reader: Reader) -> None:
    first = item("tsubame", "Landslide kills 3 in Nara", TOLL)
    printed(store, "tsubame", first)
    printed(store, "herald", copy := item("herald", "Three dead in landslide", TOLL))
    corrected = TOLL.replace("left 3 people dead", "left 5 people dead")
    printed(store, "tsubame", replace(first, text=corrected, html=""), at=LATER)
    (story,) = reader.front(5)
    (correction,) = story.corrections
    assert correction.outlet == "Tsubame"
    assert correction.changes == (("3", "5", "Monday left"),)
    assert correction.outdated == ("Herald",)
    assert [copy.outdated for copy in story.copies] == [False, True]
    printed(store, "herald", replace(copy, text=corrected, html=""), at=LATER + timedelta(minutes=9))
    (story,) = reader.front(5)
    assert all(correction.outdated == () for correction in story.corrections)


def test_an_update_with_other_figures_joins_its_story_and_leads_it(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Landslide leaves 3 dead in Nara village", TOLL))
    printed(store, "herald", item("herald", "Three dead in Nara landslide", TOLL))
    later = TOLL.replace("3 people dead and 11", "6 people dead and 14")
    update = item("tsubame", "UPDATE 1-Landslide leaves 6 dead in Nara village", later, published=START)
    printed(store, "tsubame", update, at=LATER)
    (story,) = reader.front(5)
    assert "6 people dead" in story.text
    assert story.updated == LATER
    assert [copy.step for copy in story.copies] == ["update", None, None]
    assert [copy.outdated for copy in story.copies] == [False, True, True]


@pytest.mark.parametrize(
    ("title", "at"),
    [("UPDATE 1-Landslide leaves 6 dead in Nara village", START - LATE), ("UPDATE 1-Minister visits valley", START)],
    ids=["earlier", "another headline"],
)
def test_what_calls_itself_an_update_updates_nothing_that_came_later_or_has_quite_another_headline(
    store: Store, reader: Reader, title: str, at: datetime
) -> None:
    printed(store, "tsubame", item("tsubame", "Landslide leaves 3 dead in Nara village", TOLL))
    later = TOLL.replace("3 people dead and 11", "6 people dead and 14")
    printed(store, "tsubame", item("tsubame", title, later, published=at), at=LATER)
    assert len(reader.front(5)) == 2


def test_a_wrap_up_that_repeats_the_update_is_the_next_step_and_leads(store: Store, reader: Reader) -> None:
    later = TOLL.replace("3 people dead and 11", "6 people dead and 14")
    steps = [
        ("Landslide leaves 3 dead in Nara village", TOLL),
        ("UPDATE 1-Landslide leaves 6 dead in Nara village", later),
        ("WRAPUP 2-Landslide leaves 6 dead in Nara village", later + " Schools in the valley stay closed this week."),
    ]
    for number, (title, text) in enumerate(steps):
        told = item("tsubame", title, text, published=START + timedelta(hours=number))
        printed(store, "tsubame", told, at=LATER + timedelta(hours=number))
    printed(store, "herald", item("herald", "WRAPUP 2-Six dead", later, published=START + timedelta(hours=4)), at=LATER)
    (story,) = reader.front(5)
    assert story.title.startswith("WRAPUP 2-Landslide")
    assert [copy.step for copy in story.copies if copy.outlet == "Tsubame"] == ["wrap-up", None, "update"]
    assert [correction.figures for correction in story.corrections] == [
        (("3", "6"), ("11", "14"))
    ]  # "UPDATE 1" is none
    _, copies = reader.why(story.id)
    assert [copy.outdated for copy in copies] == [(("3", "6"), ("11", "14")), (), (), ()]


def test_a_full_text_that_follows_an_update_without_saying_so_stands_for_the_story(
    store: Store, reader: Reader
) -> None:
    first = TOLL.partition("\nRescuers")[0]
    printed(store, "tsubame", item("tsubame", "FLASH: Landslide kills 3 in Nara", first.split("\n")[0]))
    early, late = START - timedelta(minutes=20), START - timedelta(minutes=10)
    printed(store, "tsubame", item("tsubame", "UPDATE: Landslide buries guesthouse", first, published=early))
    assert reader.front(5)[0].title == "UPDATE: Landslide buries guesthouse"
    printed(store, "herald", item("herald", "Rescuers come on foot", TOLL, published=late))
    assert reader.front(5)[0].title == "UPDATE: Landslide buries guesthouse"
    printed(store, "tsubame", item("tsubame", "Rescuers reach village in Nara", TOLL, published=late))
    assert [(story.title, len(story.copies)) for story in reader.front(5)] == [("Rescuers reach village in Nara", 4)]


def test_the_same_bulletin_of_another_outlet_is_no_update_of_this_one(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Landslide leaves 3 dead in Nara village", TOLL))
    later = TOLL.replace("3 people dead and 11", "6 people dead and 14")
    printed(store, "herald", item("herald", "UPDATE 1-Landslide leaves 6 dead in Nara village", later), at=LATER)
    assert len(reader.front(5)) == 2


BLAST = """LEEDS, England (Tsubame) - Three people were killed and 14 injured on Monday when an explosion tore through \
a fireworks warehouse, police said.
The blast, at about 9:40 a.m., blew out windows up to a kilometre away and sent a column of black smoke over the city. \
Firefighters were still battling the blaze three hours later.
"We believe there were eight people in the building at the time and we have not accounted for all of them," a chief \
constable told reporters at the scene.
The warehouse was licensed to hold up to two tonnes of fireworks, the city council said, and had been inspected in \
June. The cause of the explosion is not known."""


def test_an_update_may_tell_elsewhere_how_things_have_gone_on(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Explosion at fireworks warehouse in Leeds kills three", BLAST))
    later = (
        BLAST.replace("Three people were killed and 14", "Five people were killed and 21")
        .replace("were still battling the blaze three hours later", "had the blaze under control by the afternoon")
        .replace("We believe there", "There")
        .replace("accounted for all of them", "accounted for two of them")
    )
    title = "UPDATE 2-Explosion at fireworks warehouse in Leeds kills five, two missing"
    printed(store, "tsubame", item("tsubame", title, later, published=START), at=LATER)
    assert [(story.title, len(story.copies)) for story in reader.front(5)] == [(title, 2)]


@pytest.mark.parametrize("place", ["Miyagi", "Chiba"])
def test_what_calls_itself_an_update_and_tells_of_another_place_updates_nothing(
    store: Store, reader: Reader, place: str
) -> None:
    text = (
        "TOKYO (Tsubame) -- An earthquake with a magnitude of 5.4 struck off the coast of Miyagi early Monday, the "
        "weather agency said, adding that there was no danger of a tsunami. Trains were halted and tracks checked."
    )
    printed(store, "tsubame", item("tsubame", "Earthquake hits eastern Japan, no tsunami", text))
    other = text.replace("5.4", "4.8").replace("Miyagi", place)
    update = item("tsubame", "UPDATE 1-Earthquake hits eastern Japan, no tsunami", other, published=START)
    printed(store, "tsubame", update, at=LATER)
    assert len(reader.front(5)) == (1 if place == "Miyagi" else 2)
