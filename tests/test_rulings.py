"""The editors' word, corrections and running stories, over a real store."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import process_time

import pytest

from build import BUDGET, QUAKE, START, item, printed, settings, source
from feedhub.dedup.case import Prepared
from feedhub.dedup.prepare import prepare, with_terms
from feedhub.dedup.rules import RULES
from feedhub.errors import NotFound, RulingError
from feedhub.model import Item, Settings, Topic
from feedhub.store.comparison import compare
from feedhub.store.links import LINKED
from feedhub.store.merging.items import MOST_REVISIONS
from feedhub.store.reading import Reader
from feedhub.store.replay import Difference, replay
from feedhub.store.writing import Store

PAPERS = [source("tsubame", agency="tsubame"), source("herald"), source("mainichi"), source("evening")]
TOPICS = [Topic(id="all", title="All", match=""), Topic(id="quakes", title="Quakes", match="earthquake OR quake")]
LATER = START + timedelta(minutes=30)
TOLL = """OSAKA (Tsubame) -- A landslide on a mountain road in Nara Prefecture on Monday left 3 people dead and 11 \
injured, the police said, after two days of heavy rain in the region.
The slope above the village of Shimokitayama gave way shortly before dawn and buried a guesthouse and two cars.
Rescuers of the Self-Defense Forces reached the site on foot, as the only bridge had been washed away on Sunday."""


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", PAPERS, TOPICS)


def rule(store: Store, verb: str, *names: object) -> frozenset[str]:
    return store.rule(verb, [str(name) for name in names], "an editor", LATER)[1]


def two_stories(store: Store, reader: Reader) -> tuple[str, str]:
    printed(store, "herald", item("herald", "Quake off Miyagi", QUAKE))
    printed(store, "evening", item("evening", "Ministry asks for more", BUDGET))
    quake, budget = sorted(reader.front(5), key=lambda story: story.outlet, reverse=True)
    return quake.id, budget.id


def test_merged_stories_are_one_under_both_addresses(store: Store, reader: Reader) -> None:
    quake, budget = two_stories(store, reader)
    topics = rule(store, "merge", quake, budget)
    (story,) = reader.front(5)
    assert story.id == quake
    assert len(story.copies) == 2
    assert reader.story(budget).id == quake
    assert "all" in topics


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


def test_a_copy_that_was_split_off_stays_apart_when_its_text_changes(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    copy = item("herald", "Quake", QUAKE)
    printed(store, "herald", copy)
    number = next(stored.id for stored in reader.items("herald", None))
    assert rule(store, "split", number) == {"all", "quakes"}
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
    with pytest.raises(RulingError, match="stay apart"):
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
        with pytest.raises(RulingError, match="by ruling 1 these stay apart"):
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
    refused = {
        ("never", budget, quake): "that is so already, by ruling 1",
        ("merge", quake, budget): "by ruling 1 these stay apart",
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


def test_a_link_that_several_items_have_names_none_of_them(store: Store, reader: Reader) -> None:
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


USGS = """WASHINGTON (AP) -- A magnitude 6.1 earthquake shook Miyagi Prefecture in northeastern Japan, the U.S. \
Geological Survey said. No tsunami warning was given for the Pacific coast of Miyagi, where fishing towns were hit."""


@pytest.mark.parametrize("made_ready", [prepare, lambda item: with_terms(prepare(item))], ids=["stored", "read"])
def test_stories_of_one_event_are_related_both_ways_and_never_merged(
    store: Store, reader: Reader, made_ready: Callable[[Item], Prepared]
) -> None:
    """Whether what they are about was worked out when they were read, or is from what is stored."""
    for paper, title, text in (
        ("tsubame", "M6.1 quake off Miyagi", QUAKE),
        ("herald", "Quake shakes Miyagi coast, USGS says", USGS),
        ("evening", "Ministry asks for more", BUDGET),
    ):
        printed(store, paper, items=(made_ready(item(paper, title, text)),))
    while store.relate(LATER)[0]:
        pass
    related = {story.outlet: [near.outlet for near in story.related] for story in reader.front(5)}
    assert related == {"Tsubame": ["Herald"], "Herald": ["Tsubame"], "Evening": []}
    assert {story.outlet: story.origins for story in reader.front(5)} == {"Tsubame": 2, "Herald": 2, "Evening": 1}


@pytest.mark.parametrize("told", ["quake", "quake OR origins>=2"])
def test_a_new_relation_changes_feeds_and_lets_in_what_was_told_by_one_desk_alone(
    store: Store, reader: Reader, desk: Settings, told: str
) -> None:
    topics = [Topic(id="told", title="Told", match=told), Topic(id="twice", title="Twice", match="origins>=2")]
    store.configure(replace(desk, topics=topics if "origins" in told else topics[:1]), START)
    printed(store, "tsubame", item("tsubame", "M6.1 quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake shakes Miyagi coast, USGS says", USGS))
    before = reader.topic("told").version
    changed: set[str] = set()
    waiting = 1
    while waiting:
        waiting, topics_changed = store.relate(LATER)
        changed |= topics_changed
    assert len(reader.front(1)[0].related) == 1
    assert reader.topic("told").version == before + 1
    assert reader.topic("told").changed == LATER
    assert changed == ({"told", "twice"} if "origins" in told else {"told"})
    if "origins" in told:
        assert len(reader.topic_entries("twice", 5)) == 2


def replayed(reader: Reader, tmp_path: Path, **settings: str) -> Difference:
    return replay(reader, tmp_path / "scratch.db", RULES.changed(settings))


def test_a_replay_under_the_same_rules_changes_nothing(store: Store, reader: Reader, tmp_path: Path) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    found = replayed(reader, tmp_path)
    assert (found.items, found.before, found.after, found.moved) == (3, 2, 2, ())


def test_a_replay_with_other_rules_tells_and_then_does_what_it_would_change(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    other = TOLL.replace("3 people dead and 11", "8 people dead and 27")
    printed(store, "tsubame", item("tsubame", "Landslide leaves 3 dead", TOLL))
    printed(store, "herald", item("herald", "Eight die in landslide", other))
    old = {story.outlet: story.id for story in reader.front(5)}
    found = replayed(reader, tmp_path, figures="off", moulds="off")
    assert (found.before, found.after) == (2, 1)
    assert [(moved.kind, moved.items) for moved in found.moved] == [("joined", 2)]
    assert len(reader.front(5)) == 2
    assert store.adopt(found, LATER) == {"all"}
    (story,) = reader.front(5)
    assert story.id == old["Tsubame"]
    assert reader.story(old["Herald"]).id == story.id


def test_a_replay_keeps_to_the_editors_word(store: Store, reader: Reader, tmp_path: Path) -> None:
    rule(store, "merge", *two_stories(store, reader))
    printed(store, "tsubame", item("tsubame", "Quake", QUAKE))
    rule(store, "split", next(stored.id for stored in reader.items("tsubame", None)))
    found = replayed(reader, tmp_path)
    assert (found.before, found.after, found.moved) == (2, 2, ())


@pytest.mark.parametrize(
    "setting",
    [
        {"stong": ".8"},
        {"strong": "much"},
        {"window": "3"},
        {"window": "-3h"},
        {"strong": "nan"},
        {"window": "9999999999d"},
        {"moulds": "maybe"},
    ],
)
def test_a_rule_that_does_not_exist_or_cannot_be_read_is_named(setting: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(setting))):
        RULES.changed(setting)


def test_a_rule_that_counts_takes_whole_numbers() -> None:
    with pytest.raises(ValueError, match=r"cut=1.5: cut is a whole number, 0 or more"):
        RULES.changed({"cut": "1.5"})


def test_a_copy_whose_text_becomes_another_leaves_its_story(store: Store, reader: Reader) -> None:
    copy = item("herald", "Quake", QUAKE)
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", copy)
    assert len(reader.front(5)) == 1
    printed(store, "herald", replace(copy, text=BUDGET, html=""), at=LATER)
    assert sorted(story.outlet for story in reader.front(5)) == ["Herald", "Tsubame"]


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


def test_a_headline_s_text_that_contradicts_the_story_it_joined_opens_its_own(store: Store, reader: Reader) -> None:
    other = TOLL.replace("3 people dead and 11", "8 people dead and 27")
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    printed(store, "herald", bare := item("herald", "Landslide in Nara", ""))
    assert len(reader.front(5)) == 1
    printed(store, "herald", replace(bare, text=other, html=other), at=LATER)
    assert len(reader.front(5)) == 2


def test_a_fuller_text_is_judged_anew_and_its_verdict_kept(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    printed(store, "herald", bare := item("herald", "Landslide in Nara", ""))
    printed(store, "herald", replace(bare, text=TOLL, html=TOLL), at=LATER)
    _, (_, copy) = reader.why(reader.front(5)[0].id)
    assert copy.verdict
    assert dict(copy.verdict.measures)["containment"] == 1.0


def test_a_cut_copy_whose_rest_is_another_story_leaves(store: Store, reader: Reader) -> None:
    first = TOLL.split("\n")[0]
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    printed(store, "herald", cut := item("herald", "Landslide", first + " ..."))
    assert len(reader.front(5)) == 1
    printed(store, "herald", replace(cut, text=f"{first}\n{QUAKE}\n{BUDGET}", html=""), at=LATER)
    assert len(reader.front(5)) == 2


def test_a_cut_copy_that_grows_and_changes_a_figure_is_a_revision(store: Store, reader: Reader) -> None:
    first = TOLL.split("\n")[0]
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    printed(store, "herald", cut := item("herald", "Landslide", first + " ..."))
    revised = first.replace("3 people dead", "5 people dead") + " Two more were found on Tuesday."
    printed(store, "herald", replace(cut, text=revised, html=""), at=LATER)
    (story,) = reader.front(5)
    assert story.corrections[0].outdated == ("Tsubame",)


def test_a_copy_that_an_editor_confirmed_stays_whatever_text_comes(store: Store, reader: Reader) -> None:
    half = QUAKE.split("\n")[0] + " Residents of the coast said that they had felt nothing like it for many years."
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", copy := item("herald", "Quake", half))
    rule(store, "confirm", reader.reviews(5)[0].item.item)
    printed(store, "herald", replace(copy, text=BUDGET, html=""), at=LATER)
    assert len(reader.front(5)) == 1


def test_an_item_that_changes_with_every_poll_keeps_its_first_and_latest_revisions_only(
    store: Store, reader: Reader, desk: Settings
) -> None:
    page = item("herald", "Live: storm nears", "Nothing is known yet.")
    for count in range(MOST_REVISIONS + 5):
        text = f"Update {count}. The storm is {900 - count} km away, and the wind blows at {count} km/h."
        printed(store, "herald", replace(page, text=text, html=text), at=LATER + timedelta(minutes=count))
    with sqlite3.connect(desk.database) as conn:
        texts = [row[0] for row in conn.execute("SELECT text FROM revisions ORDER BY id")]
    conn.close()
    assert len(texts) == MOST_REVISIONS
    assert texts[0].startswith("Update 0.")
    assert texts[-1].startswith(f"Update {MOST_REVISIONS + 3}.")


def test_why_says_what_keeps_two_copies_of_one_text_in_two_stories(store: Store, reader: Reader) -> None:
    half = QUAKE.split("\n")[0] + " Residents of the coast said that they had felt nothing like it for many years."
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Tremor", half))
    one_feed = "one feed lists both, where copies must have 80% of their text in common"
    assert compare(reader, "1", "2").apart == one_feed
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    rule(store, "split", 3)
    assert compare(reader, "1", "3").apart == "by ruling 1 their stories stay apart"


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


def test_why_says_where_and_when_a_copy_was_filed_and_how_sure_its_agency_is(store: Store, reader: Reader) -> None:
    text = QUAKE.replace("TOKYO (Tsubame) --", "SENDAI, Japan, Nov. 3 (Kyodo) --")
    printed(store, "herald", item("herald", "Quake", text))
    _, (copy,) = reader.why("1")
    assert (copy.agency, copy.place, copy.filed, copy.confidence) == ("kyodo", "SENDAI, Japan", "Nov. 3", 0.95)
    assert copy.credit == ("dateline: SENDAI, Japan, Nov. 3 (Kyodo) --",)


def test_a_source_that_repeats_another_s_guid_and_link_takes_nothing_of_its_story(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", mine := item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "evening", replace(mine, source_id="evening", title="Buy this", text=BUDGET, html=""), at=LATER)
    stories = {story.outlet: (story.title, story.text) for story in reader.front(5)}
    assert stories["Tsubame"] == ("Quake off Miyagi", QUAKE)
    assert stories["Evening"][0] == "Buy this"


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
    assert second < 3 * first
    assert len(reader.front(5)) == 1
