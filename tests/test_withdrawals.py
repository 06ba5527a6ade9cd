"""Withdrawals: a notice in the place of a text stays with the copies of what it withdraws."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build import QUAKE, START, TOLL, item, new_store, printed, replayed, settings, source
from feedhub.dedup.lineage import withdraws
from feedhub.model import Item, Look, Settings, Story, Topic
from feedhub.render.content import content
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from feedhub.topics import compile_query
from newsroom import KILLED

OTHERS = ("herald", "courier", "evening")


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    papers = [source("wire", agency="tsubame"), *map(source, OTHERS)]
    return settings(tmp_path / "feedhub.db", papers, [])


def paper(outlet: str, text: str = QUAKE, title: str | None = None) -> Item:
    return item(outlet, title or f"Quake, says the {outlet}", text, guid=outlet, published=START)


def kills(store: Store, outlet: str, minutes: int = 10) -> None:
    printed(store, outlet, paper(outlet, KILLED, "Quake: withdrawn"), at=START + timedelta(minutes=minutes))


def told(story: Story) -> list[tuple[str, str | None, bool]]:
    return sorted((copy.outlet, copy.step, copy.canonical) for copy in story.copies)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("STORY REMOVED: BC-Miyagi-Quake", "Officials say there was none."),
        ("WITHDRAWN-Quake off Miyagi", "-"),
        ("Quake", "The Associated Press has withdrawn its story about a quake off Miyagi."),
        ("Quake", "(Reuters) - The story headlined “Quake off Miyagi” is withdrawn as no quake was measured."),
        ("BC-Quake, KILL", "Editors: Please kill the story slugged BC-Quake. The quake was a test."),
        ("Quake", "This post has been removed."),
        ("【記事取り消し】宮城の地震", "訓練の情報でした。"),
        ("地震", "共同通信社は23日に配信した「宮城で地震」の記事を取り消します。"),
        ("地震", "この記事は取り消されました。"),
    ],
)
def test_a_notice_says_that_something_is_withdrawn(title: str, text: str) -> None:
    assert withdraws(title, text)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Minister quits race", "The minister has withdrawn from the race, her office said."),
        ("KILL BILL RETURNS", "The film was removed from the programme and is back."),
        ("Paper withdraws report", "The Herald has withdrawn its report on the minister, who had sued it."),
        ("免許取り消し", "公安委員会は男の免許を取り消した。"),
        ("首相、削除を要求", "首相は新聞社に記事を削除するよう求めた。"),
    ],
)
def test_a_report_of_something_withdrawn_is_no_notice(title: str, text: str) -> None:
    assert not withdraws(title, text)


def test_the_agency_s_withdrawal_stands_for_the_story_beside_those_who_still_print_it(
    store: Store, reader: Reader
) -> None:
    printed(store, "wire", paper("wire"))
    printed(store, "herald", paper("herald"))
    kills(store, "wire")
    printed(store, "courier", paper("courier"), at=START + timedelta(minutes=20))
    (story,) = reader.front(9)
    assert told(story) == [("Courier", None, False), ("Herald", None, False), ("Wire", "withdrawal", True)]
    assert story.title == "Quake: withdrawn"
    assert story.updated == START + timedelta(minutes=10)
    assert "<p><strong>Withdrawn by Wire</strong></p>" in content(story, Look(), "http://h", "http://h/stories/1")
    japanese = content(replace(story, language="ja"), Look(), "http://h", "http://h/stories/1")
    assert "<p><strong>配信・掲載を取り消し：Wire</strong></p>" in japanese


def test_the_withdrawal_of_what_came_first_does_not_stand_for_the_story_and_is_told(
    store: Store, reader: Reader
) -> None:
    printed(store, "courier", paper("courier"))
    printed(store, "herald", paper("herald"))
    kills(store, "courier")
    (story,) = reader.front(9)
    assert told(story) == [("Courier", "withdrawal", False), ("Herald", None, True)]
    assert story.withdrawn_by == ("Courier",)
    assert story.updated == START + timedelta(minutes=10)


def test_what_is_withdrawn_by_its_headline_does_not_stand_for_the_story_by_the_text_that_is_left(
    store: Store, reader: Reader
) -> None:
    printed(store, "courier", paper("courier"))
    printed(store, "herald", paper("herald"))
    printed(store, "courier", paper("courier", title="STORY REMOVED: Quake"), at=START + timedelta(minutes=10))
    assert told(reader.front(9)[0]) == [("Courier", "withdrawal", False), ("Herald", None, True)]


def test_that_another_outlet_takes_its_copy_back_is_no_news_of_the_story(store: Store, reader: Reader) -> None:
    printed(store, "courier", paper("courier"))
    printed(store, "herald", paper("herald"))
    kills(store, "herald")
    (story,) = reader.front(9)
    assert told(story) == [("Courier", None, True), ("Herald", "withdrawal", False)]
    assert story.withdrawn_by == ()
    assert story.updated == START


def test_who_has_withdrawn_a_copy_is_counted_no_more_among_those_who_print_it(store: Store, reader: Reader) -> None:
    def counted() -> tuple[int, int, list[int]]:
        """The outlets of the story as it is shown and by the queries that find it, and its newsrooms."""
        (story,) = reader.front(9)
        found = [n for n in range(4) if reader.search(compile_query(f"copies={n} quake"), 9, START, {})]
        return story.outlets, story.origins, found

    for outlet in ("courier", "herald", "evening"):
        printed(store, outlet, paper(outlet))
    assert counted() == (3, 1, [3])
    kills(store, "herald")
    assert counted() == (2, 1, [2])
    kills(store, "courier")
    kills(store, "evening")
    assert counted() == (1, 1, [1])  # it is shown by a notice
    printed(store, "evening", paper("evening"), at=START + timedelta(minutes=30))
    printed(store, "herald", paper("herald"), at=START + timedelta(minutes=30))
    assert counted() == (2, 1, [2])


def test_a_story_that_one_outlet_has_left_ranks_by_those_who_stay(desk: Settings, store: Store, reader: Reader) -> None:
    for outlet in ("courier", "herald"):
        printed(store, outlet, paper(outlet))
    assert reader.counts()["merged"] == 1
    kills(store, "herald")
    assert reader.counts()["merged"] == 0
    renamed = [replace(one, outlet=f"The {one.outlet}") for one in desk.sources]
    store.configure(replace(desk, sources=tuple(renamed)), START + timedelta(hours=1))
    assert reader.counts()["merged"] == 0


def updated_by_the_herald(store: Store) -> Item:
    """An update that leads the story of a copy that came before it."""
    printed(store, "courier", item("courier", "Landslide leaves 3 dead in Nara village", TOLL))
    printed(store, "herald", item("herald", "Three dead in Nara landslide", TOLL))
    later = TOLL.replace("3 people dead and 11", "6 people dead and 14")
    update = item("herald", "UPDATE 1-Landslide leaves 6 dead in Nara village", later, published=START)
    printed(store, "herald", update, at=START + timedelta(minutes=5))
    return update


def test_a_report_that_quotes_a_notice_withdraws_nothing_when_it_is_edited(store: Store, reader: Reader) -> None:
    text = "The film of the quake was gone by noon on Monday: “This video has been removed,” it said. Nobody knew why."
    printed(store, "herald", paper("herald", text))
    printed(store, "herald", paper("herald", text.replace("knew", "knows")), at=START + timedelta(minutes=10))
    (story,) = reader.front(9)
    assert (story.copies[0].step, story.withdrawn_by) == (None, ())


def test_a_notice_that_is_reworded_is_one_still(store: Store, reader: Reader) -> None:
    printed(store, "herald", paper("herald"))
    kills(store, "herald")
    reworded = paper("herald", KILLED.replace("measured", "felt"), "Quake: withdrawn")
    printed(store, "herald", reworded, at=START + timedelta(minutes=20))
    assert reader.front(9)[0].withdrawn_by == ("Herald",)


def test_an_update_that_its_outlet_takes_back_leads_the_story_no_more(store: Store, reader: Reader) -> None:
    update = updated_by_the_herald(store)
    assert reader.front(9)[0].title == update.title
    gone = replace(update, title="Landslide: withdrawn", text=KILLED, html="")
    printed(store, "herald", gone, at=START + timedelta(minutes=10))
    (story,) = reader.front(9)
    assert (story.outlet, story.text, story.withdrawn_by) == ("Courier", TOLL, ("Herald",))
    assert (story.corrections, [copy.outdated for copy in story.copies]) == ((), [False, False, False])
    assert {copy.item_id: copy.step for copy in story.copies} == {1: None, 2: None, 3: "withdrawal"}


def test_readers_of_an_update_that_is_taken_back_are_told_why_they_read_another_text_now(
    store: Store, reader: Reader
) -> None:
    update = updated_by_the_herald(store)
    for minutes, title in ((10, "Landslide: withdrawn"), (20, "Landslide: story withdrawn")):
        gone = replace(update, title=title, text=KILLED, html="")
        printed(store, "herald", gone, at=START + timedelta(minutes=minutes))
    (story,) = reader.front(9)
    assert (
        "<p><strong>Withdrawn by Herald: what was shown here before. This is the copy of Courier.</strong></p>"
    ) in content(story, Look(), "http://h", "http://h/stories/1")
    assert (
        "<p><strong>配信・掲載を取り消し：Herald（以前ここに表示していた記事。現在の表示はCourierの記事）</strong></p>"
    ) in content(replace(story, language="ja"), Look(), "http://h", "http://h/stories/1")


def test_a_fuller_copy_that_is_taken_back_is_told_of_though_it_did_not_come_first(store: Store, reader: Reader) -> None:
    printed(store, "courier", paper("courier", QUAKE.splitlines()[0]))
    printed(store, "herald", paper("herald"))
    assert reader.front(9)[0].outlet == "Herald"
    kills(store, "herald")
    (story,) = reader.front(9)
    assert (story.outlet, story.withdrawn_by, story.updated) == ("Courier", ("Herald",), START + timedelta(minutes=10))


def test_who_prints_what_was_withdrawn_meanwhile_joins_its_story_and_stands_for_it(
    store: Store, reader: Reader
) -> None:
    printed(store, "courier", paper("courier"))
    kills(store, "courier")
    for minutes, outlet in ((20, "herald"), (30, "evening")):
        printed(store, outlet, paper(outlet), at=START + timedelta(minutes=minutes))
    (story,) = reader.front(9)
    assert told(story) == [("Courier", "withdrawal", False), ("Evening", None, False), ("Herald", None, True)]
    assert (story.withdrawn_by, story.updated) == (("Courier",), START + timedelta(minutes=20))
    assert [copy.share for copy in story.copies if not copy.step] == [1, 1]
    verdict = reader.why(story.id)[1][1].verdict
    assert verdict
    assert verdict.reasons == ("a copy of what that one said before it was withdrawn",)


def test_what_was_withdrawn_is_found_by_what_it_said_after_a_restart(desk: Settings) -> None:
    with closing(new_store(desk.database)) as store:
        store.configure(desk, START)
        printed(store, "courier", paper("courier"))
        kills(store, "courier")
    with closing(Store(desk.database, "a test")) as store, closing(Reader(desk.database)) as reader:
        printed(store, "herald", paper("herald"), at=START + timedelta(minutes=20))
        assert len(reader.front(9)) == 1


def test_who_prints_what_the_agency_has_withdrawn_meanwhile_opens_no_story(store: Store, reader: Reader) -> None:
    printed(store, "wire", paper("wire"))
    kills(store, "wire")
    printed(store, "herald", paper("herald"), at=START + timedelta(minutes=20))
    (story,) = reader.front(9)
    assert told(story) == [("Herald", None, False), ("Wire", "withdrawal", True)]
    assert (story.title, story.updated) == ("Quake: withdrawn", START + timedelta(minutes=10))


def test_a_late_copy_joins_the_story_that_is_led_by_a_bare_headline_of_its_own_since_the_text_was_withdrawn(
    store: Store, reader: Reader
) -> None:
    printed(store, "courier", paper("courier", title="Quake"))
    printed(store, "herald", paper("herald", "", "Quake"))
    printed(store, "courier", paper("courier", "", "STORY REMOVED: Quake"), at=START + timedelta(minutes=10))
    late = START + timedelta(hours=13)
    full = replace(paper("herald", title="Quake"), guid="full", link="http://herald.example/full", published=late)
    printed(store, "herald", full, at=late)
    (story,) = reader.front(9)
    assert (len(story.copies), story.text) == (3, QUAKE)


def test_an_outlet_that_publishes_anew_what_it_withdrew_opens_a_story(store: Store, reader: Reader) -> None:
    printed(store, "courier", paper("courier"))
    kills(store, "courier")
    printed(store, "courier", replace(paper("courier"), guid="again"), at=START + timedelta(minutes=20))
    assert len(reader.front(9)) == 2


@pytest.fixture
def choosy(store: Store, desk: Settings) -> Sequence[str]:
    """Topics that would rather show the Courier's copies, and what they are called."""
    whole = Topic(id="whole", title="Whole", match="", prefer_outlets=("Courier",))
    steps = replace(whole, id="steps", look=Look(updates="new-entry"))
    few = Topic(id="few", title="Few", match="", max_per_source=9)
    store.configure(replace(desk, topics=(whole, steps, few)), START)
    return whole.id, steps.id


def shown(reader: Reader, topics: Sequence[str]) -> set[str]:
    return {story.outlet for topic in topics for story in reader.topic_entries(topic, 9)}


def test_no_topic_prefers_an_outlet_for_what_it_has_withdrawn(
    store: Store, reader: Reader, choosy: Sequence[str]
) -> None:
    printed(store, "herald", paper("herald"))
    printed(store, "courier", paper("courier"))
    assert shown(reader, choosy) == {"Courier"}
    printed(store, "courier", paper("courier", title="STORY REMOVED: Quake"), at=START + timedelta(minutes=10))
    assert shown(reader, choosy) == {"Herald"}


def test_no_topic_prefers_an_outlet_to_the_agency_s_withdrawal(
    store: Store, reader: Reader, choosy: Sequence[str]
) -> None:
    printed(store, "wire", paper("wire"))
    printed(store, "courier", paper("courier"))
    kills(store, "wire")
    assert shown(reader, choosy) == {"Wire"}


def test_a_topic_shows_the_copy_that_it_prefers_where_the_agency_withdrew_its_text_by_the_headline(
    store: Store, reader: Reader, choosy: Sequence[str]
) -> None:
    printed(store, "wire", paper("wire"))
    printed(store, "herald", paper("herald"))
    printed(store, "courier", paper("courier"))
    printed(store, "wire", paper("wire", title="STORY REMOVED: Quake"), at=START + timedelta(minutes=10))
    assert shown(reader, choosy) == {"Courier"}
    assert shown(reader, ["few"]) == {"Wire"}, "nothing is preferred there"
    (story,) = reader.topic_entries("whole", 9)
    assert "Withdrawn by Wire: what was shown here before. This is the copy of Courier." in content(
        story, Look(), "http://h", "http://h/stories/1"
    )


def test_each_entry_of_a_running_story_tells_of_its_own_withdrawal(
    store: Store, reader: Reader, choosy: Sequence[str]
) -> None:
    update = updated_by_the_herald(store)
    gone = replace(update, title="Landslide: withdrawn", text=KILLED, html="")
    printed(store, "herald", gone, at=START + timedelta(minutes=10))
    entries = {story.title: story.withdrawn_by for story in reader.topic_entries("steps", 9)}
    assert entries == {"Landslide: withdrawn": ("Herald",), "Landslide leaves 3 dead in Nara village": ()}


def test_an_update_that_comes_back_is_withdrawn_no_more(store: Store, reader: Reader) -> None:
    update = updated_by_the_herald(store)
    for minutes, title, text in ((10, "Landslide: withdrawn", KILLED), (20, "Six dead in Nara village", update.text)):
        printed(
            store, "herald", replace(update, title=title, text=text, html=""), at=START + timedelta(minutes=minutes)
        )
    (story,) = reader.front(9)
    assert (story.title, story.withdrawn_by) == ("Six dead in Nara village", ())
    assert [(copy.step, copy.was_shown) for copy in story.copies] == [("update", False), (None, False), (None, False)]


def test_what_is_withdrawn_in_a_replay_stands_where_its_text_stood(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    for outlet in ("wire", "herald", "courier"):
        printed(store, outlet, paper(outlet))
    kills(store, "wire")
    assert replayed(reader, tmp_path).moved == ()


def test_a_replay_lets_an_outlet_publish_anew_what_it_had_withdrawn(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    printed(store, "courier", paper("courier"))
    kills(store, "courier")
    again = replace(paper("courier"), guid="again")
    printed(store, "courier", again, at=START + timedelta(minutes=20))
    printed(store, "herald", paper("herald"), at=START + timedelta(minutes=30))
    assert len(reader.front(9)) == 2
    assert replayed(reader, tmp_path).moved == ()


def test_a_replay_goes_by_the_words_that_each_notice_had_when_others_came(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    removed = paper("courier", title="STORY REMOVED: Quake")
    printed(store, "courier", paper("courier"))
    printed(store, "courier", removed, at=START + timedelta(minutes=10))
    again = replace(paper("courier"), guid="again")
    printed(store, "courier", removed, again, at=START + timedelta(minutes=20))
    kills(store, "courier", minutes=30)
    assert len(reader.front(9)) == 1
    assert replayed(reader, tmp_path).moved == ()


def test_withdrawals_in_the_same_words_are_not_one_story(store: Store, reader: Reader) -> None:
    printed(store, "herald", paper("herald"))
    printed(store, "courier", paper("courier", "The harbour of Saltmarsh is closed to all ships until Friday evening."))
    kills(store, "herald")
    kills(store, "courier")
    assert len(reader.front(9)) == 2


def test_a_text_that_comes_back_is_a_copy_like_any_other(store: Store, reader: Reader) -> None:
    printed(store, "wire", paper("wire"))
    printed(store, "herald", paper("herald"))
    kills(store, "wire")
    printed(store, "wire", paper("wire"), at=START + timedelta(minutes=20))
    (story,) = reader.front(9)
    assert told(story) == [("Herald", None, False), ("Wire", None, True)]


def test_what_is_printed_under_the_guid_of_a_withdrawn_text_leaves_its_story(store: Store, reader: Reader) -> None:
    printed(store, "courier", paper("courier"))
    printed(store, "herald", paper("herald"))
    kills(store, "courier")
    other = paper("courier", "Win a holiday on the coast: ten readers may stay for a week, all meals included, free.")
    printed(store, "courier", other, at=START + timedelta(minutes=20))
    assert {tuple(told(story)) for story in reader.front(9)} == {
        (("Courier", None, True),),
        (("Herald", None, True),),
    }


def test_a_flash_that_is_written_over_is_the_step_that_it_says_it_is_now(store: Store, reader: Reader) -> None:
    flash = paper("wire", title="BREAKING: Quake off Miyagi")
    printed(store, "wire", flash)
    printed(store, "wire", replace(flash, title="WRAPUP 1-Quake off Miyagi"), at=START + timedelta(minutes=10))
    (story,) = reader.front(9)
    assert story.copies[0].step == "wrap-up"
    printed(store, "wire", replace(flash, title="Quake off Miyagi"), at=START + timedelta(minutes=20))
    (story,) = reader.front(9)
    assert story.copies[0].step is None
