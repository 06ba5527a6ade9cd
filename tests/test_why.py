"""What is told of why items stand in one story, or in two."""

from __future__ import annotations

from dataclasses import replace

from build import BUDGET, LATER, QUAKE, START, TOLL, item, printed, rule
from feedhub.store.comparison import compare
from feedhub.store.reading import Reader
from feedhub.store.writing import Store


def test_why_says_what_keeps_two_copies_of_one_text_in_two_stories(store: Store, reader: Reader) -> None:
    half = QUAKE.split("\n")[0] + " Residents of the coast said that they had felt nothing like it for many years."
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Tremor", half))
    one_feed = "one feed lists both, where copies must have 80% of their text in common"
    assert compare(reader, "1", "2").apart == one_feed
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    stub = "Our texts are for subscribers only: log in, or subscribe for 3 pounds a week and cancel at any time."
    printed(store, "evening", item("evening", "Mayor quits", stub), item("evening", "Bridge closed", stub))
    told = "their text has no word of either headline, and stands under others as well"
    assert compare(reader, "4", "5").apart == told
    rule(store, "split", 3)
    ruling = "ruling 1 (split, an editor, 2026-11-23 08:30Z)"
    assert compare(reader, "1", "3").apart == f"by {ruling} their stories stay apart"
    rule(store, "never", 1, 3)
    both = f"{ruling} and ruling 2 (never, an editor, 2026-11-23 08:30Z)"
    assert compare(reader, "1", "3").apart == f"by {both} their stories stay apart"


def test_why_names_the_core_that_refused_a_copy_of_another_copy(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", first := item("tsubame", "Landslide kills 3 in Nara", TOLL))
    printed(store, "herald", item("herald", "Three dead in landslide", TOLL))
    anew = (
        TOLL.replace("Nara", "Kochi").replace("3 people", "70 people").replace("11", "92").replace("Monday", "Friday")
    )
    printed(store, "tsubame", replace(first, text=anew + " More is to come.", html=""), at=LATER)
    printed(store, "evening", item("evening", "Road buried", TOLL))
    assert len(reader.front(5)) == 2
    found = compare(reader, "2", "3")
    assert found.verdict.kind == "copy"
    assert found.apart == "item 1, which guards item 2's story, is no copy of item 3: figures contradict"
    assert compare(reader, "1", "2").apart is None, "they stand together"


def test_why_says_what_brought_two_texts_into_one_story(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Landslide leaves 3 dead in Nara village", TOLL))
    later = TOLL.replace("3 people dead and 11", "6 people dead and 14")
    update = item("herald", "UPDATE 1-Landslide leaves 6 dead in Nara village", later, published=START)
    printed(store, "herald", update, at=START)
    update_of = "item 2 came in by item 1: an update of that copy, as it says itself"
    assert compare(reader, "1", "2").joined == update_of
    printed(store, "evening", item("evening", "Ministry asks for more", BUDGET))
    rule(store, "merge", 1, 3)
    assert compare(reader, "1", "3").joined == "by ruling 1 (merge, an editor, 2026-11-23 08:30Z) their stories are one"
    assert compare(reader, "1", "2").joined == update_of, "they were one before"


def test_why_says_where_and_when_a_copy_was_filed_and_how_sure_its_agency_is(store: Store, reader: Reader) -> None:
    text = QUAKE.replace("TOKYO (Tsubame) --", "SENDAI, Japan, Nov. 3 (Kyodo) --")
    printed(store, "herald", item("herald", "Quake", text))
    _, (copy,) = reader.why("1")
    assert (copy.agency, copy.place, copy.filed, copy.confidence) == ("kyodo", "SENDAI, Japan", "Nov. 3", 0.95)
    assert copy.credit == ("dateline: SENDAI, Japan, Nov. 3 (Kyodo) --",)
