"""Corrections: who made them, who follows, who prints the old figures late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build import START, item, printed, replayed, settings, source
from feedhub.model import Item, Settings
from feedhub.store.merging.versions import MOST_REVISIONS
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

PAPERS = ("wire", "herald", "mainichi", "evening")
RECALL = """OSAKA (Tsubame) -- Takaboshi Electric said Friday it will recall 214,000 fan heaters after seven reports \
of smoke. The models were sold between 2019 and 2023 in Japan only, the company said. Customers are asked to stop \
using them at once and to call the maker, which will repair them free of charge at their homes."""
KAISHU = """大阪市のタカボシ電機は27日、温風ヒーター21万4千台を回収すると発表した。発煙の報告が7件あったという。対象は\
2019年から23年に国内で販売した製品で、同社は直ちに使用をやめて連絡するよう呼び掛けている。修理は各家庭で無料で行う。"""


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", [source(paper) for paper in PAPERS], [])


def corrected(text: str) -> str:
    return text.replace("214,000", "241,000").replace("21万4千", "24万1千")


def wire(text: str = RECALL, language: str = "en") -> Item:
    return item("wire", "Takaboshi to recall heaters over smoke", text, guid="wire", language=language)


def reprint(paper: str, title: str, text: str, **fields: object) -> Item:
    return item(paper, title, text.removeprefix("OSAKA (Tsubame) -- "), guid=paper, **fields)


def corrects_in_place(store: Store, text: str = RECALL, language: str = "en") -> None:
    """The wire prints a text, a paper reprints it, the wire corrects its figure."""
    printed(store, "wire", wire(text, language))
    printed(store, "herald", reprint("herald", "Fan heaters recalled", text, language=language))
    printed(store, "wire", wire(corrected(text), language), at=START + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("line", "text", "language", "figures"),
    [
        ("LEEDS, England (Tsubame) - ", "Three people were killed by a landslide", "en", ("Three", "Five")),
        ("【京都ツバメ】", "３人が土砂崩れで死亡したと京都府警が発表した", "ja", ("３", "５")),
    ],
)
def test_copies_with_other_datelines_still_print_a_figure_that_stood_right_behind_one(
    store: Store, reader: Reader, line: str, text: str, language: str, figures: tuple[str, str]
) -> None:
    text += f" {RECALL[30:]}"
    first = item("wire", "Landslide", line + text, language=language)
    printed(store, "wire", first)
    printed(store, "herald", item("herald", "A landslide", text, language=language))
    printed(store, "wire", replace(first, text=(line + text).replace(*figures), html=""), at=START + timedelta(hours=1))
    assert outdated(reader) == {"Wire": False, "Herald": True}
    assert reader.front(1)[0].corrections[0].changes == ((*figures, ""),)


def outdated(reader: Reader) -> dict[str, bool]:
    (story,) = reader.front(9)
    return {copy.outlet: copy.outdated for copy in story.copies}


@pytest.mark.parametrize(("text", "language"), [(RECALL, "en"), (KAISHU, "ja")])
@pytest.mark.parametrize("follows", [False, True])
def test_a_late_reprint_of_what_was_corrected_joins_the_story_as_outdated(
    store: Store, reader: Reader, tmp_path: Path, text: str, language: str, follows: bool
) -> None:
    corrects_in_place(store, text, language)
    if follows:
        paper = reprint("herald", "Fan heaters recalled", corrected(text), language=language)
        printed(store, "herald", paper, at=START + timedelta(minutes=20))
    late = reprint("evening", "Smoke leads to recall", text, language=language, published=START)
    printed(store, "evening", late, at=START + timedelta(minutes=30))
    assert outdated(reader) == {"Wire": False, "Herald": not follows, "Evening": True}
    _, copies = reader.why("3")
    assert copies[2].verdict is not None
    assert copies[2].verdict.reasons == ("a copy of what that one said before it was corrected",)
    assert reader.front(1)[0].text == corrected(text), "a late copy does not lead"
    assert replayed(reader, tmp_path).moved == ()


def test_a_replay_leaves_a_copy_that_came_last_and_was_corrected_in_its_story(
    store: Store, reader: Reader, tmp_path: Path
) -> None:
    printed(store, "herald", reprint("herald", "Fan heaters recalled", RECALL))
    printed(store, "mainichi", reprint("mainichi", "Smoke leads to recall", RECALL))
    printed(store, "wire", wire())
    printed(store, "wire", wire(corrected(RECALL)), at=START + timedelta(minutes=10))
    assert len(reader.front(9)) == 1
    assert replayed(reader, tmp_path).moved == ()


def test_a_late_reprint_is_found_by_the_one_copy_that_made_the_correction_among_those_that_followed_it(
    store: Store, reader: Reader
) -> None:
    papers = [reprint(paper, f"Heaters, says the {paper}", RECALL) for paper in ("herald", "mainichi")]
    for copy in [*papers, wire()]:
        printed(store, copy.source_id, copy)
    for copy in [wire(), *papers]:
        now = replace(copy, text=corrected(copy.text), html="")
        printed(store, copy.source_id, now, at=START + timedelta(minutes=10))
    printed(store, "evening", reprint("evening", "Smoke leads to recall", RECALL), at=START + timedelta(minutes=30))
    assert outdated(reader) == {"Herald": False, "Mainichi": False, "Wire": False, "Evening": True}


@pytest.mark.parametrize(("ahead", "found"), [(1, True), (2, False)])
def test_looked_at_is_what_the_two_likeliest_copies_said_before(
    store: Store, reader: Reader, ahead: int, found: bool
) -> None:
    for paper, year in [("herald", "2018"), ("mainichi", "2017")][:ahead]:
        # Found by the words of both of its texts, and so as likely as the wire's.
        said = reprint(paper, f"Heaters, says the {paper}", RECALL.replace("2019", year))
        printed(store, paper, said)
        printed(store, paper, replace(said, text=corrected(RECALL), html=""), at=START + timedelta(minutes=10))
    printed(store, "wire", wire())
    printed(store, "wire", wire(corrected(RECALL)), at=START + timedelta(minutes=10))
    printed(store, "evening", reprint("evening", "Smoke leads to recall", RECALL), at=START + timedelta(minutes=30))
    assert found == any({"Wire", "Evening"} <= {copy.outlet for copy in story.copies} for story in reader.front(9))


def test_a_copy_that_joins_by_another_with_the_old_figure_is_outdated_too(store: Store, reader: Reader) -> None:
    printed(store, "wire", wire())
    update = item("wire", "UPDATE 1-Takaboshi to recall heaters", corrected(RECALL), guid="update", published=START)
    printed(store, "wire", wire(), update, at=START + timedelta(minutes=5))
    printed(store, "evening", reprint("evening", "Smoke leads to recall", RECALL), at=START + timedelta(minutes=9))
    (story,) = reader.front(9)
    assert [(copy.outlet, copy.step, copy.outdated) for copy in story.copies] == [
        ("Wire", "update", False),
        ("Wire", None, True),
        ("Evening", None, True),
    ]


def test_a_text_with_a_third_figure_is_no_late_reprint(store: Store, reader: Reader) -> None:
    corrects_in_place(store)
    third = reprint("evening", "Smoke leads to recall", RECALL.replace("214,000", "198,000"))
    printed(store, "evening", third, at=START + timedelta(minutes=30))
    assert len(reader.front(9)) == 2


@pytest.mark.parametrize(
    "now",
    [
        RECALL.replace("Takaboshi", "Minasoko").replace("214,000", "98,000").replace("OSAKA", "KOBE"),
        RECALL.replace("214,000", "98,000").replace("seven", "19").replace("2019", "2016").replace("2023", "2024"),
    ],
    ids=["another name", "many figures"],
)
def test_a_bulletin_that_its_source_fills_anew_draws_in_no_earlier_one(store: Store, reader: Reader, now: str) -> None:
    printed(store, "wire", wire())
    printed(store, "wire", wire(now), at=START + timedelta(hours=1))
    printed(store, "evening", reprint("evening", "Smoke leads to recall", RECALL), at=START + timedelta(hours=2))
    assert len(reader.front(9)) == 2


def test_what_was_said_until_a_day_later_is_another_bulletin(store: Store, reader: Reader) -> None:
    printed(store, "wire", wire())
    printed(store, "wire", wire(corrected(RECALL)), at=START + timedelta(hours=13))
    printed(store, "evening", reprint("evening", "Smoke leads to recall", RECALL), at=START + timedelta(hours=14))
    assert len(reader.front(9)) == 2


def test_a_source_s_own_second_item_is_judged_by_what_its_first_says_now(store: Store, reader: Reader) -> None:
    printed(store, "wire", wire())
    printed(store, "wire", wire(corrected(RECALL)), at=START + timedelta(minutes=10))
    again = item("wire", "Takaboshi recalls heaters", RECALL, guid="again")
    printed(store, "wire", wire(corrected(RECALL)), again, at=START + timedelta(minutes=20))
    assert len(reader.front(9)) == 2


@pytest.mark.parametrize(("number", "stories"), [("5550", 2), ("1230", 1)])
def test_of_texts_that_contradict_each_other_in_one_feed_the_first_is_a_late_reprint(
    store: Store, reader: Reader, tmp_path: Path, number: str, stories: int
) -> None:
    corrects_in_place(store)
    called = {one: RECALL.replace("call the maker", f"call number {one} of the maker") for one in ("1230", number)}
    one = reprint("evening", "Smoke leads to recall", called["1230"])
    other = item("evening", "Fan heaters give off smoke", called[number], guid="other")
    printed(store, "evening", one, at=START + timedelta(minutes=30))
    printed(store, "evening", one, other, at=START + timedelta(minutes=40))
    assert len(reader.front(9)) == stories
    assert [copy.item for copy in reader.why("3")[1]] == [1, 2, 3, 4][: 5 - stories]
    assert replayed(reader, tmp_path).moved == ()


def test_a_late_reprint_joins_no_story_that_it_was_ruled_to_stay_apart_from(store: Store, reader: Reader) -> None:
    corrects_in_place(store)
    late = reprint("evening", "Smoke leads to recall", RECALL)
    printed(store, "evening", late, at=START + timedelta(minutes=30))
    store.rule("split", ["3"], "an editor", START + timedelta(minutes=31))
    printed(store, "evening", replace(late, text=RECALL + " It is sorry.", html=""), at=START + timedelta(minutes=40))
    assert len(reader.front(9)) == 2


def test_of_an_item_that_changes_with_every_poll_the_latest_three_texts_are_looked_at(
    store: Store, reader: Reader
) -> None:
    tolls = [RECALL.replace("214,000", f"{214 + number},000") for number in range(6)]
    for number, text in enumerate(tolls):
        printed(store, "wire", wire(text), at=START + timedelta(minutes=number))
    for paper, text in (("herald", tolls[-4]), ("evening", tolls[-5])):
        printed(store, paper, reprint(paper, f"Recall in the {paper}", text), at=START + timedelta(minutes=30))
    assert sorted(sorted(copy.outlet for copy in story.copies) for story in reader.front(9)) == [
        ["Evening"],
        ["Herald", "Wire"],
    ]


def test_of_an_item_whose_figures_change_with_every_poll_the_latest_corrections_are_kept(
    store: Store, reader: Reader
) -> None:
    for number in range(MOST_REVISIONS + 3):
        text = RECALL.replace("214,000", f"{200 + number},000")
        printed(store, "wire", wire(text), at=START + timedelta(minutes=number))
    corrections = reader.front(1)[0].corrections
    assert len(corrections) == MOST_REVISIONS
    assert corrections[0].figures == (("251,000", "252,000"),)


@pytest.mark.parametrize(("text", "language"), [(RECALL, "en"), (KAISHU, "ja")])
def test_an_outlet_that_takes_over_a_corrected_figure_makes_no_correction_of_its_own(
    store: Store, reader: Reader, text: str, language: str
) -> None:
    corrects_in_place(store, text, language)
    printed(store, "mainichi", reprint("mainichi", "Recall of heaters", text, language=language))
    follower = reprint("herald", "Fan heaters recalled", corrected(text), language=language)
    printed(store, "herald", follower, at=START + timedelta(minutes=20))
    (correction,) = reader.front(9)[0].corrections
    told = ("214,000", "241,000") if language == "en" else ("21万4千", "24万1千")
    assert (correction.outlet, correction.figures, correction.outdated) == ("Wire", (told,), ("Mainichi",))


def test_one_who_follows_in_a_style_of_his_own_follows_and_one_who_changes_more_corrects(
    store: Store, reader: Reader
) -> None:
    corrects_in_place(store, KAISHU, "ja")
    own = corrected(KAISHU).replace("24万1千", "24万1000").replace("7件", "8件")
    printed(
        store, "herald", reprint("herald", "Fan heaters recalled", own, language="ja"), at=START + timedelta(hours=1)
    )
    made = {one.outlet: one.figures for one in reader.front(9)[0].corrections}
    assert made == {"Wire": (("21万4千", "24万1千"),), "Herald": (("7", "8"),)}
