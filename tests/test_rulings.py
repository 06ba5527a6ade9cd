"""The editors' word, corrections and running stories, over a real store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build import BUDGET, LATER, QUAKE, START, TOLL, item, new_store, printed, replayed, rule, two_stories
from feedhub.errors import NotFound, RulingError
from feedhub.model import Settings
from feedhub.store.comparison import compare
from feedhub.store.links import LINKED
from feedhub.store.reading import Reader
from feedhub.store.writing import Store


def test_merged_stories_are_one_under_both_addresses(store: Store, reader: Reader) -> None:
    quake, budget = two_stories(store, reader)
    _, topics = store.rule("merge", [quake, budget], "an editor", LATER)
    (story,) = reader.front(5)
    assert story.id == quake
    assert len(story.copies) == 2
    assert reader.story(budget).id == quake
    assert "all" in topics


def test_a_story_that_an_editor_ends_leaves_nothing_of_the_merge_behind(store: Store) -> None:
    for paper, text in (("tsubame", QUAKE), ("herald", BUDGET), ("evening", TOLL)):
        printed(store, paper, item(paper, paper, text))
    store._conn.execute("INSERT INTO held_back VALUES ('all', 2, 'herald', 0)")
    rule(store, "merge", 1, 2)
    rule(store, "merge", 3, 1)
    for table, stories in (("manifold", [3]), ("to_relate", [3]), ("held_back", [])):
        assert [row["story"] for row in store._conn.execute(f"SELECT story FROM {table}")] == stories, table


def test_later_copies_of_either_text_join_stories_that_an_editor_merged(store: Store, reader: Reader) -> None:
    rule(store, "merge", *two_stories(store, reader))
    printed(store, "mainichi", item("mainichi", "Defense budget", BUDGET), item("mainichi", "Strong quake", QUAKE))
    (story,) = reader.front(5)
    assert len(story.copies) == 4


def test_undoing_a_merge_brings_the_ended_story_back_under_its_own_id(store: Store, reader: Reader) -> None:
    quake, budget = two_stories(store, reader)
    rule(store, "merge", quake, budget)
    rule(store, "undo")
    assert {story.id: story.title for story in reader.front(5)} == {
        quake: "Quake off Miyagi",
        budget: "Ministry asks for more",
    }
    assert [entry.undone is not None for entry in reader.rulings(5)] == [True]


def test_rulings_name_the_stories_that_they_are_of_as_these_read_then_also_when_they_have_ended(
    store: Store, reader: Reader
) -> None:
    quake, budget = two_stories(store, reader)
    rule(store, "note", budget, "Read this.")
    rule(store, "merge", quake, budget)
    printed(store, "evening", at=START + timedelta(hours=1))
    store.prune(START + timedelta(days=31))
    merge, note = ([(one.part, one.outlet, one.title) for one in ruling.stories] for ruling in reader.rulings(5))
    assert merge == [("kept", "Herald", "Quake off Miyagi"), ("ended", "Evening", "Ministry asks for more")]
    assert note == [("story", "Evening", "Ministry asks for more")]


def test_rulings_of_an_earlier_version_name_their_stories_as_these_read_now(desk: Settings) -> None:
    with closing(new_store(desk.database)) as store, closing(Reader(desk.database)) as reader:
        store.configure(desk, START)
        rule(store, "merge", *two_stories(store, reader))
        rule(store, "split", 2)
        told = reader.rulings(5)
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("UPDATE rulings SET facts = json_remove(facts, '$.stories')")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'headlines_of_rulings'")
    with closing(Store(desk.database, "a test")), closing(Reader(desk.database)) as reader:
        assert reader.rulings(5) == told


def test_a_copy_that_was_split_off_stays_apart_when_its_text_changes(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    copy = item("herald", "Quake", QUAKE)
    printed(store, "herald", copy)
    number = next(stored.id for stored in reader.items("herald", None))
    assert store.rule("split", [str(number)], "an editor", LATER)[1] == {"all", "quakes"}
    assert len(reader.front(5)) == 2
    printed(store, "herald", replace(copy, text=QUAKE + "\nMore to come.", html=""), at=LATER)
    assert sorted(len(story.copies) for story in reader.front(5)) == [1, 1]


def test_undoing_a_split_puts_the_copy_back(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake", QUAKE))
    before = reader.front(5)[0].id
    rule(store, "split", next(stored.id for stored in reader.items("herald", None)))
    rule(store, "undo")
    (story,) = reader.front(5)
    assert story.id == before
    assert len(story.copies) == 2


def test_stories_that_must_never_meet_are_not_merged_until_that_is_undone(store: Store, reader: Reader) -> None:
    quake, budget = two_stories(store, reader)
    rule(store, "never", quake, budget)
    with pytest.raises(RulingError, match="kept apart"):
        rule(store, "merge", quake, budget)
    rule(store, "undo", 1)
    rule(store, "merge", quake, budget)
    assert len(reader.front(5)) == 1


def test_stories_stay_apart_when_the_copies_that_stood_for_them_are_split_off(store: Store, reader: Reader) -> None:
    quake, budget = two_stories(store, reader)
    printed(store, "mainichi", item("mainichi", "Strong quake", QUAKE), item("mainichi", "Ministry's wish", BUDGET))
    rule(store, "never", quake, budget)
    rule(store, "split", "1")
    rule(store, "split", "2")
    for one, other in [("1", "2"), ("1", "4"), ("3", "2"), ("3", "4")]:
        with pytest.raises(RulingError, match=r"^they are kept apart by ruling 1 \(never, "):
            rule(store, "merge", one, other)
    rule(store, "undo", 1)
    rule(store, "merge", "3", "4")


def test_copies_that_were_split_off_one_story_stay_apart_in_replays(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    for paper in ("tsubame", "herald", "evening"):
        printed(store, paper, item(paper, f"Quake in the {paper}", QUAKE))
    rule(store, "split", "2")
    rule(store, "split", "1")
    assert len(reader.front(5)) == 3
    assert replayed(reader, tmp_path).moved == ()


def test_a_split_outlives_the_copy_that_stood_for_the_story(store: Store, reader: Reader, tmp_path: Path) -> None:
    for paper in ("tsubame", "herald", "evening"):
        printed(store, paper, item(paper, f"Quake in the {paper}", QUAKE))
    rule(store, "split", "2")
    printed(store, "tsubame", at=START + timedelta(hours=1))
    store.prune(START + timedelta(days=31))
    assert replayed(reader, tmp_path).moved == ()
    printed(store, "herald", item("herald", "Quake in the herald", QUAKE + "\nMore."), at=START + timedelta(days=31))
    assert [len(story.copies) for story in reader.front(5)] == [1, 1]


def test_a_split_after_a_merge_holds_in_replays(store: Store, reader: Reader, tmp_path: Path) -> None:
    rule(store, "merge", *two_stories(store, reader))
    rule(store, "split", "2")
    assert replayed(reader, tmp_path).moved == ()


def test_a_merge_and_a_split_are_taken_back_in_either_order(store: Store, reader: Reader, tmp_path: Path) -> None:
    apart = two_stories(store, reader)
    rule(store, "merge", *apart)
    rule(store, "split", "2")
    rule(store, "undo", 1)
    rule(store, "undo", 2)
    assert len(reader.front(5)) == 2
    assert replayed(reader, tmp_path).moved == ()


def test_a_ruling_that_cannot_be_carried_out_says_which_one_stands_in_its_way(store: Store, reader: Reader) -> None:
    quake, budget = two_stories(store, reader)
    rule(store, "never", quake, budget)
    cited = r"ruling 1 \(never, an editor, 2026-11-23 08:30Z\)"
    refused = {
        ("never", budget, quake): f"^that is so already, by {cited}$",
        ("merge", quake, budget): rf"^they are kept apart by {cited}; undo that first \(feedhub undo 1\)$",
        ("undo", "2"): "there is no ruling 2 to undo",
        ("undo", "first"): "named by its number",
    }
    for (verb, *names), why in refused.items():
        with pytest.raises(RulingError, match=why):
            rule(store, verb, *names)
    rule(store, "undo", 1)
    with pytest.raises(RulingError, match="ruling 1 was undone already"):
        rule(store, "undo", 1)
    with pytest.raises(RulingError, match="nothing to undo"):
        rule(store, "undo")


def test_a_lone_item_that_must_not_join_a_story_does_not_when_it_comes_to_copy_it(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    flash = item("herald", "Flash", "A strong quake has hit the northeast of the country today.")
    printed(store, "herald", flash)
    rule(store, "never", *(story.id for story in reader.front(5)))
    printed(store, "herald", replace(flash, text=QUAKE, html=""), at=LATER)
    assert len(reader.front(5)) == 2


def test_rulings_that_make_no_sense_are_refused_and_change_nothing(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    for senseless in ("merge 1 1", "split 1", "never 1 1", "undo 7", "undo", "confirm 1"):
        with pytest.raises(RulingError):
            rule(store, *senseless.split())
    assert reader.rulings(5) == []
    assert len(reader.front(5)) == 1


def test_a_link_that_several_items_have_names_none_of_them(store: Store) -> None:
    link = "http://news.example/quake"
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE, link=link))
    printed(store, "herald", item("herald", "Strong quake", QUAKE, link=link))
    printed(store, "evening", item("evening", "Ministry asks for more", BUDGET))
    with pytest.raises(RulingError, match="several items have this link, 1, 2: name one by its number"):
        rule(store, "split", link)
    rule(store, "hide", link, "all")  # both are one story
    rule(store, "split", "2")
    with pytest.raises(RulingError, match="several items have this link, 1, 2"):
        rule(store, "merge", link, "3")


def test_an_item_is_found_by_its_link_however_its_end_is_shared_and_without_a_walk(
    store: Store, reader: Reader, desk: Settings
) -> None:
    links = [f"http://news.example/{number}/article.html" for number in range(40)]
    printed(
        store,
        "herald",
        *(item("herald", f"No. {n}", BUDGET[n:], guid=str(n), link=link) for n, link in enumerate(links)),
    )
    assert compare(reader, links[7], links[39]).items[0].link == links[7]
    with pytest.raises(NotFound):
        compare(reader, links[7], "http://news.example/41/article.html")
    with closing(sqlite3.connect(desk.database)) as conn:
        conn.execute("ANALYZE")
        (step,) = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {LINKED}", (0, links[7]))]
    assert step == "SEARCH items USING INDEX items_link (<expr>=? AND <expr>=?)"


def test_a_borderline_copy_waits_for_review_until_it_is_confirmed(store: Store, reader: Reader) -> None:
    half = QUAKE.split("\n")[0] + " Residents of the coast said that they had felt nothing like it for many years."
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake", half))
    (review,) = reader.reviews(5)
    assert (review.item.outlet, review.beside.outlet) == ("Herald", "Tsubame")
    assert 0.3 < review.verdict.score < 0.8
    rule(store, "confirm", review.item.item)
    assert reader.reviews(5) == []
    rule(store, "undo")
    assert len(reader.reviews(5)) == 1


@pytest.mark.parametrize(("text", "figure"), [(TOLL, "11"), (QUAKE, "6.1")], ids=["alone", "beside others"])
def test_bulletins_that_one_feed_fills_anew_leave_room_for_other_near_misses(
    store: Store, reader: Reader, text: str, figure: str
) -> None:
    told = QUAKE.replace("6.1", "5.8")
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "mainichi", item("mainichi", "Another quake", told))
    (apart,) = reader.near_misses(9)
    for number in range(20, 60):
        one = item("herald", f"Bulletin {number}", text.replace(figure, str(number)), guid=str(number))
        printed(store, "herald", one, at=START + timedelta(minutes=number))
    listed = reader.near_misses(12)
    assert apart in listed
    assert [one.item.item for one in listed] == sorted((one.item.item for one in listed), reverse=True)
    assert 3 < len(listed) < 11


@pytest.mark.parametrize(("before", "left"), [([], 1), (["confirm"], 0)])
def test_a_copy_that_was_rejected_waits_again_when_that_is_taken_back(
    store: Store, reader: Reader, before: list[str], left: int
) -> None:
    half = QUAKE.split("\n")[0] + " Residents of the coast said that they had felt nothing like it for many years."
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake", half))
    for verb in before:
        rule(store, verb, 2)
    rule(store, "split", 2)
    assert reader.reviews(5) == []
    rule(store, "undo")
    assert len(reader.reviews(5)) == left
    for _ in before:
        rule(store, "undo")
    assert len(reader.reviews(5)) == 1


def test_taking_a_split_back_makes_no_copy_of_a_near_miss(store: Store, reader: Reader) -> None:
    other = TOLL.replace("3 people dead and 11", "6 people dead and 14")
    edited = other.replace("two days of heavy rain", "two days of the heaviest rain").replace(
        "buried a", "swallowed one"
    )
    printed(store, "tsubame", item("tsubame", "Landslide leaves 3 dead in Nara village", TOLL))
    printed(store, "mainichi", item("mainichi", "Six dead", other))
    printed(store, "herald", item("herald", "Six dead in Nara", edited))
    rule(store, "split", 3)
    rule(store, "undo")
    _, copies = reader.why("3")
    assert [copy.item for copy in copies] == [2, 3]


def test_a_copy_that_an_editor_confirmed_stays_whatever_text_comes(store: Store, reader: Reader) -> None:
    half = QUAKE.split("\n")[0] + " Residents of the coast said that they had felt nothing like it for many years."
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", copy := item("herald", "Quake", half))
    rule(store, "confirm", reader.reviews(5)[0].item.item)
    printed(store, "herald", replace(copy, text=BUDGET, html=""), at=LATER)
    assert len(reader.front(5)) == 1


def test_a_story_whose_merged_text_was_let_go_is_one_of_one_text_again(store: Store, reader: Reader) -> None:
    follower = item("mainichi", "Strong quake", QUAKE)
    budget, *_ = two = two_stories(store, reader)[::-1]
    printed(store, "mainichi", follower)
    rule(store, "merge", *two)
    gone = reader.story(budget).copies
    assert len(gone) == 3
    printed(store, next(copy.source_id for copy in gone if copy.title == "Ministry asks for more"), at=LATER)
    store.prune(LATER + timedelta(days=31))
    printed(store, "mainichi", replace(follower, text=TOLL, html=""), at=LATER + timedelta(days=31))
    assert [len(story.copies) for story in reader.front(5)] == [1, 1]
