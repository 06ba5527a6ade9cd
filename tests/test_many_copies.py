"""Texts that come a thousand times: one story, at a cost that does not grow."""

from __future__ import annotations

from datetime import timedelta
from time import process_time

import pytest

from build import LATER, PAPERS, QUAKE, item, printed
from feedhub.store.reading import Reader
from feedhub.store.writing import Store


@pytest.mark.parametrize(("more", "stands_for_it"), [(-1, "Tsubame"), (1, "Herald")])
def test_to_a_story_of_very_many_copies_one_more_changes_nothing_not_even_the_agency_s_own(
    store: Store, reader: Reader, most_copies: int, more: int, stands_for_it: str
) -> None:
    text, guids = QUAKE.splitlines()[0], map(str, range(most_copies + more))
    many = [item("herald", "Quake", text, guid=guid, link=f"http://herald.example/{guid}") for guid in guids]
    printed(store, "herald", *many)
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", text))
    (story,) = reader.front(5)
    assert story.outlet == stands_for_it


@pytest.mark.slow
def test_a_feed_that_lists_one_text_a_thousand_times_costs_linear_work_and_one_story(
    store: Store, reader: Reader
) -> None:
    many = [
        item("herald", "Quake off Miyagi", f"{QUAKE} x{n}", guid=str(n), link=f"http://herald.example/{n}")
        for n in range(1000)
    ]
    assert printed(store, "herald", *many).new == 1000
    (story,) = reader.front(5)
    assert len(story.copies) == 200
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    assert len(reader.front(5)) == 1


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_ten_thousand_equal_items_of_many_feeds_are_one_story_at_a_cost_that_does_not_grow(
    store: Store, reader: Reader
) -> None:
    def half(first: int) -> float:
        start = process_time()
        for part in range(first, first + 5000, 100):
            paper = PAPERS[part // 100 % len(PAPERS)].id
            link = f"http://{paper}.example/"
            copies = [
                item(paper, "Quake off Miyagi", QUAKE, guid=str(number), link=f"{link}{number}")
                for number in range(part, part + 100)
            ]
            printed(store, paper, *copies, at=LATER + timedelta(minutes=part))
        return process_time() - start

    first, second = half(0), half(5000)
    assert second < 2 * first  # three times as much where each looks at all before it
    assert len(reader.front(5)) == 1
