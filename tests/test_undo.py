"""What is shown after rulings, and that a ruling which is taken back leaves nothing behind."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from build import BUDGET, FERRY, HALF, LATER, QUAKE, START, TOLL, gibberish, printed, replayed, rule, settings, source
from feedhub.errors import RulingError
from feedhub.model import Settings, Topic
from feedhub.store.examination import look
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from ruled import NUMBER, PAPERS, STEPS, adopt_replay, copy, revised, six_told, stories, told

TOPICS = [
    Topic(id="all", title="All", match=""),
    Topic(id="herald", title="As told by the Herald", match="herald OR weekly"),
    Topic(id="many", title="In several papers", match="", min_copies=2),
]
CORRECTED = TOLL.replace("left 3 people", "left 5 people")
CROSSED = 2  # merges up to which the stories get their own ids back in whatever order these are taken back


def desk_of(directory: Path) -> Settings:
    return settings(directory / "feedhub.db", [source(paper) for paper in PAPERS], TOPICS)


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return desk_of(tmp_path)


def uuid_of(reader: Reader, number: int) -> str:
    return reader.why(str(number))[0]


def published(reader: Reader) -> dict[str, datetime]:
    return {story.id: story.published for story in reader.front(20)}


def bonds(store: Store) -> list[tuple[object, ...]]:
    return [tuple(row) for row in store._conn.execute("SELECT * FROM constraints ORDER BY one, other, ruling")]


def outdated(reader: Reader) -> list[str]:
    return [name for story in reader.front(5) for correction in story.corrections for name in correction.outdated]


def test_a_merge_is_taken_back_after_the_story_that_was_kept_has_ended_in_another(store: Store, reader: Reader) -> None:
    told(store, QUAKE, BUDGET, FERRY)
    first = rule(store, "merge", 1, 2)
    rule(store, "merge", 3, 1)
    rule(store, "undo", first)
    assert stories(reader) == [[1, 3], [2]]


def test_a_split_is_taken_back_after_the_story_has_ended_in_another(store: Store, reader: Reader) -> None:
    told(store, QUAKE, QUAKE, FERRY)
    first = rule(store, "split", 2)
    rule(store, "merge", 3, 1)
    rule(store, "undo", first)
    assert stories(reader) == [[1, 2, 3]]


def test_a_copy_that_came_back_into_a_merged_story_leaves_it_with_the_others_that_it_had_been_split_from(
    store: Store, reader: Reader
) -> None:
    told(store, BUDGET, BUDGET, FERRY)
    split = rule(store, "split", 2)
    merge = rule(store, "merge", 3, 1)
    rule(store, "undo", split)
    assert stories(reader) == [[1, 2, 3]]
    rule(store, "undo", merge)
    assert stories(reader) == [[1, 2], [3]]


def test_a_copy_comes_back_to_the_story_that_it_had_stood_in_before_a_merge_that_was_taken_back_first(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, BUDGET, BUDGET)
    merge = rule(store, "merge", 1, 2)
    split = rule(store, "split", 3)
    rule(store, "undo", merge)
    assert stories(reader) == [[1], [2], [3]]
    rule(store, "undo", split)
    assert stories(reader) == [[1], [2, 3]]


@pytest.mark.parametrize("merged", [(1, 2), (2, 1)])
@pytest.mark.parametrize("order", [(2, 3), (3, 2)])
def test_copies_that_had_all_been_split_off_merged_stories_come_together_again_when_that_is_taken_back(
    store: Store, reader: Reader, merged: tuple[int, int], order: tuple[int, int]
) -> None:
    told(store, QUAKE, BUDGET, BUDGET)
    budget = uuid_of(reader, 2)
    merge = rule(store, "merge", *merged)
    splits = {number: rule(store, "split", number) for number in (2, 3)}
    rule(store, "undo", merge)
    assert uuid_of(reader, 3) == budget
    for number in order:
        rule(store, "undo", splits[number])
    assert stories(reader) == [[1], [2, 3]]


def test_copies_that_joined_merged_stories_leave_them_also_when_what_they_joined_beside_has_been_let_go(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, BUDGET)
    rule(store, "merge", 1, 2)
    printed(store, "mainichi", copy("mainichi", BUDGET))
    pruned(store, 2)
    assert stories(reader) == [[1, 3]]
    rule(store, "undo")
    assert stories(reader) == [[1], [3]]


def test_a_topic_keeps_no_story_for_copies_of_a_merge_that_was_taken_back_before_another_one(
    store: Store, reader: Reader
) -> None:
    told(store, FERRY, BUDGET, QUAKE)
    first = rule(store, "merge", 1, 2)
    second = rule(store, "merge", 3, 1)
    assert len(reader.topic_entries("many", 9)) == 1
    rule(store, "undo", first)
    rule(store, "undo", second)
    assert stories(reader) == [[1], [2], [3]]
    assert reader.topic_entries("many", 9) == []


@pytest.mark.parametrize("merge_first", [True, False])
def test_a_split_is_not_taken_back_before_another_one_of_the_same_copy(
    store: Store, reader: Reader, merge_first: bool
) -> None:
    told(store, QUAKE, QUAKE, FERRY)
    split = rule(store, "split", 2)
    merge = rule(store, "merge", 3, 2)
    again = rule(store, "split", 2)
    with pytest.raises(RulingError, match=rf"it was split off again since by ruling {again} \(split, "):
        rule(store, "undo", split)
    for number in (merge, again) if merge_first else (again, merge):
        rule(store, "undo", number)
    assert stories(reader) == [[1], [2], [3]]
    rule(store, "undo", split)
    assert stories(reader) == [[1, 2], [3]]


def test_a_split_is_not_taken_back_before_a_merge_that_came_after_it(store: Store, reader: Reader) -> None:
    told(store, QUAKE, QUAKE, FERRY)
    split = rule(store, "split", 2)
    merge = rule(store, "merge", 2, 3)
    with pytest.raises(RulingError, match=rf"its story was merged since by ruling {merge} \(merge, an editor, "):
        rule(store, "undo", split)
    rule(store, "undo", merge)
    rule(store, "undo", split)
    assert stories(reader) == [[1, 2], [3]]


def test_a_split_is_not_taken_back_while_a_later_ruling_keeps_the_copy_apart_from_what_its_story_is_now(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, QUAKE, FERRY)
    split = rule(store, "split", 2)
    never = rule(store, "never", 2, 3)
    rule(store, "merge", 1, 3)
    with pytest.raises(RulingError, match=rf"it is kept apart from its story by ruling {never} \(never, "):
        rule(store, "undo", split)
    assert stories(reader) == [[1, 3], [2]]
    rule(store, "undo", never)
    rule(store, "undo", split)
    assert stories(reader) == [[1, 2, 3]]


def test_a_merge_is_taken_back_where_a_replay_has_made_another_story_of_what_it_joined(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, BUDGET)
    budget = uuid_of(reader, 2)
    rule(store, "merge", 1, 2)
    for paper in PAPERS[2:5]:
        printed(store, paper, copy(paper, QUAKE, published=START - timedelta(minutes=28)))
    adopt_replay(store, reader, window="1m")
    assert stories(reader) == [[1, 2], [3, 4, 5]]
    rule(store, "undo")
    assert stories(reader) == [[1], [2], [3, 4, 5]]
    assert uuid_of(reader, 2) == budget


@pytest.mark.parametrize("order", [*permutations([1, 2, 3])])
def test_two_splits_and_the_merge_of_what_they_took_out_leave_nothing_behind_in_whatever_order_they_are_taken_back(
    store: Store, reader: Reader, order: tuple[int, ...]
) -> None:
    told(store, QUAKE, QUAKE, QUAKE, FERRY)
    before = picture(reader)
    rule(store, "split", 1)
    rule(store, "split", 2)
    merge = rule(store, "merge", 2, 1)
    assert stories(reader) == [[1, 2], [3], [4]]
    for number in order:
        if number != merge and not reader.ruling(merge).undone:
            with pytest.raises(RulingError, match=rf"its story was merged since by ruling {merge} \("):
                rule(store, "undo", number)
            rule(store, "undo", merge)
            assert stories(reader) == [[1], [2], [3], [4]]
        if not reader.ruling(number).undone:
            rule(store, "undo", number)
    assert picture(reader) == before
    assert bonds(store) == []


def test_a_merge_that_waived_a_split_leaves_all_bound_as_it_was_when_it_is_taken_back(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, QUAKE, QUAKE)
    rule(store, "split", 1)
    rule(store, "split", 2)
    before = bonds(store)
    rule(store, "undo", rule(store, "merge", 1, 2))
    assert bonds(store) == before


def test_a_copy_whose_text_became_another_s_stays_there_when_its_split_is_taken_back(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, QUAKE, BUDGET)
    split = rule(store, "split", 2)
    printed(store, "herald", copy("herald", BUDGET), at=LATER)
    assert stories(reader) == [[1], [2, 3]]
    rule(store, "undo", split)
    assert stories(reader) == [[1], [2, 3]]
    assert [one.item for one in reader.why("2")[1]] == [2, 3]


def test_the_address_of_a_story_leads_to_its_copies_whichever_merge_is_taken_back(store: Store, reader: Reader) -> None:
    told(store, QUAKE, BUDGET, FERRY)
    quake, budget = uuid_of(reader, 1), uuid_of(reader, 2)
    rule(store, "merge", 1, 2)
    rule(store, "undo", rule(store, "merge", 3, 1))
    assert stories(reader) == [[1, 2], [3]]
    assert reader.story(budget).id == quake


def test_copies_that_came_since_go_along_when_a_merge_or_a_split_is_taken_back(store: Store, reader: Reader) -> None:
    told(store, QUAKE, BUDGET)
    rule(store, "merge", 1, 2)
    for paper in ("mainichi", "evening"):
        printed(store, paper, copy(paper, BUDGET))
    assert stories(reader) == [[1, 2, 3, 4]]
    rule(store, "undo")
    assert stories(reader) == [[1], [2, 3, 4]]
    rule(store, "split", 2)
    printed(store, "morning", copy("morning", BUDGET))
    rule(store, "undo")
    assert stories(reader) == [[1], [2, 3, 4, 5]]


def test_of_two_merges_the_one_that_is_not_taken_back_still_takes_copies_of_either_text(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, BUDGET, FERRY)
    rule(store, "merge", 2, 1)
    rule(store, "undo", rule(store, "merge", 2, 3))
    rule(store, "undo", rule(store, "merge", 3, 2))
    printed(store, "evening", copy("evening", BUDGET))
    printed(store, "morning", copy("morning", QUAKE))
    assert stories(reader) == [[1, 2, 4, 5], [3]]


def test_a_merge_that_was_taken_back_is_none_in_replays_where_another_one_joined_a_third_story_to_what_it_made(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    told(store, QUAKE, BUDGET, FERRY)
    first = rule(store, "merge", 1, 2)
    rule(store, "merge", 1, 3)
    rule(store, "undo", first)
    assert stories(reader) == [[1, 3], [2]]
    assert replayed(reader, tmp_path).moved == ()


def test_a_merge_outlives_the_copy_that_stood_for_either_story_in_replays(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    told(store, QUAKE, BUDGET, QUAKE)
    rule(store, "merge", 1, 2)
    rule(store, "split", 1)
    assert replayed(reader, tmp_path).moved == ()


def test_what_a_merge_tied_to_another_story_s_copy_later_is_not_tied_to_that_story_in_replays(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    told(store, QUAKE, TOLL.splitlines()[0], BUDGET, FERRY)
    rule(store, "never", 1, 4)
    rule(store, "merge", 1, 2)
    printed(store, "morning", copy("morning", BUDGET))
    printed(store, "mainichi", copy("mainichi", QUAKE))
    rule(store, "split", 1)
    assert stories(reader) == [[1], [2, 3], [4], [5]]
    assert replayed(reader, tmp_path).moved == ()


def test_a_copy_that_came_after_a_merge_stays_merged_when_the_one_that_it_copied_is_split_off(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, BUDGET)
    rule(store, "merge", 1, 2)
    printed(store, "mainichi", copy("mainichi", QUAKE))
    rule(store, "split", 1)
    printed(store, "evening", copy("evening", BUDGET))
    assert stories(reader) == [[1], [2, 3, 4]]


def test_a_merge_ends_when_the_last_copy_of_one_of_its_texts_is_split_off(store: Store, reader: Reader) -> None:
    told(store, QUAKE, BUDGET)
    rule(store, "merge", 1, 2)
    printed(store, "mainichi", copy("mainichi", BUDGET))
    rule(store, "split", 1)
    revised(store, 3, FERRY)
    assert stories(reader) == [[1], [2], [3]]


def pruned(store: Store, number: int) -> None:
    """Let go of an item that has left its feed."""
    printed(store, PAPERS[number - 1], at=LATER)
    store.prune(START + timedelta(days=31))


def test_a_merge_goes_over_to_a_copy_of_the_text_that_was_let_go(store: Store, reader: Reader) -> None:
    told(store, QUAKE, BUDGET)
    rule(store, "merge", 1, 2)
    for paper, text in (("mainichi", f"{BUDGET} {gibberish(1)}"), ("evening", QUAKE.split("\n")[0])):
        printed(store, paper, copy(paper, text))
    pruned(store, 1)
    pruned(store, 3)
    revised(store, 4, FERRY)
    assert stories(reader) == [[2, 4]]


def test_a_merge_ends_when_the_last_copy_of_one_of_its_texts_is_let_go(store: Store, reader: Reader) -> None:
    told(store, QUAKE, BUDGET)
    rule(store, "merge", 1, 2)
    printed(store, "mainichi", copy("mainichi", f"{BUDGET} {gibberish(1)}"))
    pruned(store, 1)
    revised(store, 3, FERRY)
    assert stories(reader) == [[2], [3]]


def test_a_note_on_merged_stories_goes_over_to_a_copy_of_the_text_that_it_was_on(store: Store, reader: Reader) -> None:
    told(store, QUAKE, BUDGET)
    merge = rule(store, "merge", 1, 2)
    rule(store, "note", 1, "Under review")
    for number, text in ((3, f"{BUDGET} {gibberish(1)}"), (4, QUAKE.rsplit("\n", 1)[0])):
        printed(store, PAPERS[number - 1], copy(PAPERS[number - 1], text))
    pruned(store, 1)
    rule(store, "undo", merge)
    assert {len(story.copies): story.note for story in reader.front(5)} == {1: "Under review", 2: None}


def test_a_merge_is_taken_back_when_the_copies_of_the_story_that_was_kept_are_gone(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, BUDGET)
    budget = uuid_of(reader, 2)
    rule(store, "merge", 1, 2)
    printed(store, "tsubame", at=LATER)
    store.prune(START + timedelta(days=31))
    rule(store, "undo")
    assert [story.id for story in reader.front(5)] == [budget]


def test_a_copy_that_was_merged_and_split_off_leaves_its_own_story_when_its_text_is_another_s(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, BUDGET)
    rule(store, "merge", 1, 2)
    rule(store, "split", 2)
    printed(store, "mainichi", copy("mainichi", BUDGET))
    assert stories(reader) == [[1], [2, 3]]
    printed(store, "herald", copy("herald", FERRY), at=LATER)
    assert stories(reader) == [[1], [2], [3]]


def test_a_copy_that_is_split_off_has_the_story_that_it_had_before_its_text_was_another_s(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, BUDGET)
    quake, budget = uuid_of(reader, 1), uuid_of(reader, 2)
    revised(store, 2, QUAKE)
    assert stories(reader) == [[1, 2]]
    split = rule(store, "split", 2)
    assert [uuid_of(reader, 1), uuid_of(reader, 2)] == [quake, budget]
    rule(store, "undo", split)
    assert stories(reader) == [[1, 2]]
    assert reader.story(budget).id == quake
    revised(store, 2, BUDGET)
    assert uuid_of(reader, 2) == budget


def test_times_of_stories_are_what_they_were_when_a_ruling_is_taken_back(store: Store, reader: Reader) -> None:
    early = START - timedelta(hours=5)
    printed(store, "tsubame", copy("tsubame", QUAKE))
    printed(store, "herald", copy("herald", BUDGET, published=early))
    printed(store, "evening", copy("evening", QUAKE, published=early))
    before = published(reader)
    rule(store, "merge", 1, 2)
    rule(store, "undo")
    rule(store, "split", 3)
    rule(store, "undo")
    assert published(reader) == before


def test_a_story_leaves_the_topics_that_took_it_for_a_copy_that_was_none(store: Store, reader: Reader) -> None:
    def titles(topic: str) -> list[str]:
        return [story.title for story in reader.topic_entries(topic, 9)]

    told(store, QUAKE, QUAKE, BUDGET)
    assert titles("herald") == titles("many") == ["As told by the tsubame"]
    rule(store, "split", 2)
    assert (titles("herald"), titles("many")) == (["As told by the herald"], [])
    budget = uuid_of(reader, 3)
    rule(store, "merge", 3, 2)
    assert [story.id for story in reader.topic_entries("herald", 9)] == [budget]
    rule(store, "undo")
    assert [story.id for story in reader.topic_entries("herald", 9)] == [uuid_of(reader, 2)]


def test_a_story_stands_where_it_had_stayed_when_a_split_is_taken_back(store: Store, reader: Reader) -> None:
    """It had entered for a copy that has left it since, and would not be taken there now."""
    told(store, QUAKE, QUAKE, QUAKE)
    revised(store, 2, FERRY)
    assert stories(reader) == [[1, 3], [2]]
    stood = [story.id for story in reader.topic_entries("herald", 9)]
    split = rule(store, "split", 3)
    assert [story.id for story in reader.topic_entries("herald", 9)] != stood
    rule(store, "undo", split)
    assert [story.id for story in reader.topic_entries("herald", 9)] == stood


def test_a_story_stands_again_only_where_the_query_is_what_it_was_or_takes_it_still(
    desk: Settings, store: Store, reader: Reader
) -> None:
    told(store, QUAKE, BUDGET)
    budget = uuid_of(reader, 2)
    rule(store, "merge", 1, 2)
    edited = (TOPICS[0], Topic(id="herald", title="Herald", match="source:tsubame"), TOPICS[2])
    store.configure(replace(desk, topics=edited), START)
    rule(store, "undo")
    assert budget in {story.id for story in reader.topic_entries("all", 9)}
    assert budget not in {story.id for story in reader.topic_entries("herald", 9)}


def test_only_copies_of_one_story_are_told_to_be_outdated_by_its_corrections(store: Store, reader: Reader) -> None:
    told(store, TOLL, TOLL)
    rule(store, "split", 2)
    printed(store, "tsubame", copy("tsubame", CORRECTED), at=LATER)
    assert outdated(reader) == []
    rule(store, "undo")
    assert outdated(reader) == ["Herald"]
    rule(store, "split", 2)
    assert outdated(reader) == []
    (alone,) = reader.why("2")[1]
    assert alone.outdated == ()
    assert not any(copy.outdated for story in reader.front(5) for copy in story.copies)


def test_no_review_waits_of_copies_that_stand_in_two_stories_by_now(store: Store, reader: Reader) -> None:
    told(store, QUAKE, HALF, QUAKE)
    (review,) = reader.reviews(5)
    assert (review.item.item, review.beside.item) == (2, 1)
    rule(store, "split", 1)
    assert stories(reader) == [[1], [2, 3]]
    assert reader.reviews(5) == []
    assert [one.review for one in reader.why("2")[1]] == [None, None]
    with pytest.raises(RulingError, match="waits for no review"):
        rule(store, "confirm", 2)
    rule(store, "undo")
    assert reader.reviews(5) == [review]


def test_why_says_which_ruling_brought_a_copy_into_its_story(store: Store, reader: Reader) -> None:
    told(store, QUAKE, BUDGET, BUDGET)
    number = rule(store, "merge", 1, 2)
    assert [(one.item, one.beside, one.merged) for one in reader.why("1")[1]] == [
        (1, None, None),
        (2, None, number),
        (3, 2, None),
    ]
    assert [one.item for one in reader.why("1", 2)[1]] == [1, 2]
    rule(store, "split", 2)
    assert [(one.item, one.merged) for one in reader.why("2")[1]] == [(2, None)], "it stands by itself now"


def test_the_copy_that_led_a_story_leads_it_again_when_a_split_is_taken_back(tmp_path: Path) -> None:
    with closing(six_told(desk_of(tmp_path))) as newsroom:
        newsroom.does("merge", 1, 3)
        newsroom.does("revise", PAPERS[0], BUDGET)
        before = picture(newsroom.reader)
        newsroom.does("split", 1)
        newsroom.does("undo", 2)
        assert picture(newsroom.reader) == before


def test_the_copies_that_led_a_story_and_that_it_was_shown_by_do_so_again_whichever_came_first(
    store: Store, reader: Reader
) -> None:
    """While the split stands a third copy leads, by whose text the one that was shown lacks too much."""
    text, more, other = gibberish(1, 60), gibberish(2, 24), gibberish(3, 22)
    told(store, text[:-70], text, text, text, text)
    revised(store, 1, f"{text} {more}")
    for number in (3, 4):
        revised(store, number, f"{text} {other}")
    (before,) = reader.front(5)
    assert before.text.endswith(more)
    rule(store, "undo", rule(store, "split", 5))
    (after,) = reader.front(5)
    assert (after.id, after.text) == (before.id, before.text)


def test_who_asks_for_changes_is_told_of_an_entry_that_lost_the_copy_it_was_shown_by(
    store: Store, reader: Reader
) -> None:
    told(store, QUAKE, QUAKE + "\nThe mayor of a town on the coast spoke of broken windows and of a fallen wall." * 5)
    (story,) = reader.front(5)
    assert story.outlet == "Herald"
    known = reader.topic("all").version
    printed(store, "herald", at=LATER)
    store.prune(START + timedelta(days=31))
    assert [one.outlet for one in reader.published.changed("all", known, 9)] == ["Tsubame"]


BINDING = st.one_of(
    st.tuples(st.sampled_from(["merge", "never"]), NUMBER, NUMBER),
    st.tuples(st.sampled_from(["split", "confirm"]), NUMBER),
)
RULINGS = st.one_of(
    BINDING, st.tuples(st.sampled_from(["pin", "hide"]), NUMBER, st.sampled_from(["", "herald", "all"]))
)


def picture(reader: Reader) -> list[Any]:
    """What is told of all stories, but in which order those of one moment come, and how much of a text copies have."""
    told = [
        (story.id, story.title, story.published, sorted((copy.item_id, copy.outdated) for copy in story.copies))
        for story in reader.front(20)
    ]
    why = [(one.item, one.beside, one.review, one.merged) for id, *_ in told for one in reader.why(id)[1]]
    topics = [sorted(story.id for story in reader.topic_entries(topic.id, 20)) for topic in TOPICS]
    return [sorted(told), sorted(why, key=str), topics, reader.reviews(20)]


TAKEN_BACK = {
    "a copy that had come back to a story within another one, and was split off that": [
        ("split", 3), ("merge", 2, 5), ("undo", 1), ("split", 3), ("undo", 2), ("undo", 3),
    ],
    "a copy whose story ended in a third one after it had been split off another": [
        ("merge", 5, 6), ("split", 6), ("undo", 1), ("merge", 4, 1), ("undo", 2), ("undo", 3),
    ],
    "a copy that was split off twice, by the second time without a verdict": [
        ("split", 2), ("merge", 5, 2), ("split", 2), ("undo", 3), ("undo", 2), ("undo", 1),
    ],
    "a copy whose story ended in one that the other's copies have left": [
        ("split", 1), ("split", 3), ("merge", 1, 4), ("merge", 3, 1), ("split", 3),
        ("undo", 3), ("undo", 1), ("undo", 5), ("undo", 4), ("undo", 2), ("undo", 1),
    ],
    "a story that lost copies by a merge into another one that had ended in it": [
        ("split", 1), ("merge", 1, 5), ("merge", 4, 1), ("split", 1),
        ("undo", 2), ("undo", 3), ("undo", 4), ("undo", 1),
    ],
    "a copy that has the id of the story that it left, as others had left it before and came back": [
        ("merge", 6, 3), ("split", 3), ("split", 5), ("undo", 1), ("undo", 2), ("undo", 3),
    ],
    "a story that others had left for one that it was merged with": [
        ("merge", 4, 6), ("split", 6), ("split", 1), ("split", 2), ("merge", 3, 6),
        ("undo", 1), ("undo", 5), ("undo", 2), ("undo", 3), ("undo", 4),
    ],
    "a story whose only copy was in a third one when it was to have its id again": [
        ("merge", 5, 4), ("split", 4), ("merge", 2, 4), ("undo", 1), ("undo", 3), ("undo", 2),
    ],
    "the copy that a story was shown by, as it was split off where that had ended": [
        ("merge", 4, 5), ("split", 3), ("undo", 1), ("merge", 5, 4), ("undo", 2), ("undo", 3),
    ],
    "a story that was pinned while it ended in another one": [
        ("pin", 5, "herald"), ("merge", 4, 3), ("undo", 1), ("undo", 2),
    ],
    "a story that was pinned when it was hidden": [
        ("pin", 5, "herald"), ("hide", 5, ""), ("undo", 1), ("undo", 2),
    ],
    "a story that was merged when it was hidden": [
        ("split", 6), ("merge", 6, 3), ("hide", 5, "herald"), ("undo", 2), ("undo", 1), ("undo", 3),
    ],
    "a story that was pinned while a copy was split off it": [
        ("pin", 5, "herald"), ("split", 3), ("undo", 1), ("undo", 2),
    ],
    "a copy that was split off again where its own story had ended in a third one": [
        ("split", 3), ("merge", 4, 3), ("merge", 1, 4), ("split", 3), ("undo", 3),
        ("undo", 1), ("undo", 2), ("undo", 4), ("undo", 1),
    ],
    "copies of both stories that stand together by another merge alone": [
        ("merge", 4, 1), ("split", 1), ("split", 4), ("merge", 1, 4),
        ("undo", 1), ("undo", 4), ("undo", 2), ("undo", 3),
    ],
    "copies of both stories that stand together by another merge": [
        ("merge", 5, 6), ("split", 1), ("split", 3), ("merge", 1, 3),
        ("undo", 1), ("undo", 4), ("undo", 2), ("undo", 3),
    ],
}  # fmt: skip


@pytest.mark.parametrize("steps", TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_rulings_that_came_between_others_being_taken_back_leave_nothing_behind(
    desk: Settings, steps: list[tuple[str | int, ...]]
) -> None:
    with closing(six_told(desk)) as newsroom:
        before = picture(newsroom.reader)
        for verb, *names in steps:
            newsroom.rules(str(verb), *names)
        assert picture(newsroom.reader) == before
        assert bonds(newsroom.store) == []


@pytest.mark.slow
@given(st.lists(BINDING, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_rulings_that_are_all_taken_back_leave_all_as_it_was_whichever_is_first(
    rulings: list[tuple[str, ...]], chance: Random
) -> None:
    with TemporaryDirectory() as directory, closing(six_told(desk_of(Path(directory)))) as newsroom:
        before = picture(newsroom.reader)
        stand = [number for ruling in rulings if (number := newsroom.rules(*ruling))]
        chance.shuffle(stand)
        while stand:  # what another one stands in the way of comes after that
            stand.remove(next(number for number in stand if newsroom.rules("undo", number)))
            assert newsroom.broken() == []
        assert picture(newsroom.reader) == before
        assert bonds(newsroom.store) == []
        assert look(Path(directory) / "feedhub.db") == []


@pytest.mark.slow
@given(st.lists(st.one_of(BINDING, BINDING, st.tuples(st.just("undo"), NUMBER)), min_size=3, max_size=6))
def test_rulings_that_came_between_others_being_taken_back_leave_all_as_it_was_in_the_end(
    steps: list[tuple[str | int, ...]],
) -> None:
    assume(sum(step[0] == "merge" for step in steps) <= CROSSED)
    with TemporaryDirectory() as directory, closing(six_told(desk_of(Path(directory)))) as newsroom:
        before, stand = picture(newsroom.reader), list[int]()
        for verb, *names in steps:
            if number := newsroom.rules(str(verb), *names):
                (stand.remove if verb == "undo" else stand.append)(number)
            assert newsroom.broken() == []
        while stand:
            stand.remove(next(number for number in stand if newsroom.rules("undo", number)))
        assert picture(newsroom.reader) == before
        assert bonds(newsroom.store) == []


@pytest.mark.slow
@given(st.lists(STEPS, max_size=7), RULINGS)
def test_after_whatever_happened_a_ruling_that_is_taken_back_at_once_leaves_all_as_it_was(
    steps: list[tuple[str, ...]], ruling: tuple[str, ...]
) -> None:
    with TemporaryDirectory() as directory, closing(six_told(desk_of(Path(directory)))) as newsroom:
        for verb, *names in steps:
            newsroom.does(verb, *names)
        before = picture(newsroom.reader)
        number = newsroom.rules(*ruling)
        if number is None:
            return
        assert look(Path(directory) / "feedhub.db") == []
        newsroom.rules("undo", number)
        assert picture(newsroom.reader) == before
        assert look(Path(directory) / "feedhub.db") == []
