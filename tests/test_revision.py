"""What a change of a text means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.dedup.lineage import step
from feedhub.dedup.revision import Change, changes, figures, kinds, still_carries, words_of

TEXT = "A landslide in Nara left 3 people dead on Monday, Mayor Ken Sato said. Rescuers went on searching."
JA = "奈良県で23日、土砂崩れがあり3人が死亡した。佐藤町長が会見で明らかにした。捜索は続いている。"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (TEXT, TEXT, set()),
        (TEXT, TEXT.replace("searching", "serching"), {"typo"}),
        (TEXT, TEXT.replace("left 3", "left 5"), {"figure"}),
        (TEXT.replace("3", "three"), TEXT.replace("3", "five"), {"figure"}),
        (TEXT.replace("left 3", "left one"), TEXT.replace("left 3", "left two"), {"figure"}),
        (TEXT, TEXT.replace("3", "three"), {"typo"}),
        (TEXT.replace("3 people", "1,200,000"), TEXT.replace("3 people", "1.2 million"), {"typo"}),
        (TEXT, TEXT.replace("dead", "lifeless"), {"wording"}),
        (TEXT, TEXT.replace("searching", "not searching"), {"opposite"}),
        (TEXT.replace("said", "approved"), TEXT.replace("said", "rejected"), {"opposite"}),
        (TEXT, TEXT.replace("Ken Sato", "Taro Suzuki"), {"name"}),
        (TEXT, TEXT + " The road to the village is closed until Friday.", {"added"}),
        (TEXT, TEXT.partition(" Rescuers")[0], {"cut"}),
        (TEXT, "The council of Osaka approved its budget, and nobody voted against any part of it.", {"rewritten"}),
        (TEXT, "This story has been removed.", {"withdrawn", "rewritten"}),
        (JA, JA.replace("3人", "5人"), {"figure"}),
        (JA, JA.replace("3人", "五人"), {"figure"}),
        (JA, JA.replace("3人", "三人"), {"typo"}),
        (JA, JA.replace("死亡", "死忘"), {"typo"}),
        (JA, JA.replace("死亡", "有罪"), {"wording"}),
        (JA.replace("死亡", "有罪"), JA.replace("死亡", "無罪"), {"opposite"}),
        (JA, JA + "町は避難所を三カ所に開設し、住民の受け入れを始めた。", {"added"}),
        (JA, "記事を取り消します。", {"withdrawn", "rewritten"}),
    ],
)
def test_the_kinds_of_a_change_are_told(before: str, after: str, found: set[str]) -> None:
    language = "en" if before.isascii() else "ja"
    assert kinds(("Headline", "Headline"), (before, after), language) == found


def test_a_headline_that_changes_is_told_and_one_in_other_letters_is_the_same() -> None:
    assert kinds(("Three dead", "Five dead"), (TEXT, TEXT), "en") == {"headline"}
    assert kinds(("Three dead", "THREE DEAD"), (TEXT, TEXT), "en") == set()


def test_the_figures_that_changed_are_given_with_the_words_before_them() -> None:
    after = TEXT.replace("left 3", "left 5")
    assert figures(("Toll at 3", "Toll at 5"), (TEXT, after), "en") == (
        Change("3", "5", "Toll at"),
        Change("3", "5", "Nara left"),
    )


@pytest.mark.parametrize(
    ("language", "title", "text", "told"),
    [
        ("en", ("Three dead", "Six dead"), ("It left 3 people dead.", "It left 6 people dead."), ("3", "6")),
        ("en", ("21 dead", "23 dead"), ("Twenty-one died.", "Twenty-three died."), ("Twenty-one", "Twenty-three")),
        ("ja", ("死者〇人", "死者五人"), ("死者は0人。", "死者は5人。"), ("0", "5")),
        ("ja", ("死者10人", "死者20人"), ("死者は十人。", "死者は二十人。"), ("十", "二十")),
    ],
)
def test_a_figure_that_headline_and_text_write_in_two_styles_is_told_once_as_the_text_writes_it(
    language: str, title: tuple[str, str], text: tuple[str, str], told: tuple[str, str]
) -> None:
    assert {(change.before, change.after) for change in figures(title, text, language)} == {told}


@pytest.mark.parametrize(
    ("copy", "carries"),
    [
        (TEXT, True),
        (TEXT.replace("left 3", "left 5"), False),
        ("LANDSLIDE: in Nara left 3 dead, " + TEXT.replace("left 3", "left 5"), False),
        ("In Osaka 3 people were hurt.", False),
        (TEXT.replace("left 3", "left 35"), False),
        (TEXT.replace("left 3", "left three"), True),
    ],
)
def test_a_copy_carries_the_old_figure_where_it_stands_in_its_place_and_the_new_one_nowhere(
    copy: str, carries: bool
) -> None:
    assert still_carries("Headline", copy, "en", Change("3", "5", "Nara left")) is carries


@pytest.mark.parametrize(
    ("language", "before", "after", "told"),
    [
        ("en", "It will recall 214,000 heaters.", "It will recall 241,000 heaters.", ("214,000", "241,000")),
        ("ja", "21万4千台を回収する。", "24万1千台を回収する。", ("21万4千", "24万1千")),
        ("ja", "２１万４千台を回収する。", "２４万１千台を回収する。", ("２１万４千", "２４万１千")),
        ("ja", "対象は二十一万四千台。", "対象は二十四万一千台。", ("二十一万四千", "二十四万一千")),
        ("ja", "対象は1億2000万円。", "対象は1億2500万円。", ("1億2000万", "1億2500万")),
        ("ja", "規模はM6・1と推定。", "規模はM6・3と推定。", ("6・1", "6・3")),
        ("en", "The fire killed seven people.", "The fire killed nine people.", ("seven", "nine")),
        ("ja", "震度5強、12日3時の発生。", "震度5強、12日4時の発生。", ("3", "4")),
    ],
)
def test_a_changed_number_is_told_whole(language: str, before: str, after: str, told: tuple[str, str]) -> None:
    (change,) = figures(("Recall", "Recall"), (before, after), language)
    assert (change.before, change.after) == told


@pytest.mark.parametrize(
    ("before", "after", "repeats"),
    [
        ("214,000", "241,000", True),
        ("21万4千", "24万1千", True),
        ("21万", "24万", True),
        ("200,000", "240,000", True),
        ("21万5千", "24万1千", False),
        ("2", "2", False),
        ("214,000", "214,000", False),
        ("3 to 214,000", "4 to 241,000", False),
    ],
)
def test_a_change_repeats_another_in_any_style_and_rounded(before: str, after: str, repeats: bool) -> None:
    assert Change(before, after, "").repeats(Change("214,000", "241,000", "recall")) is repeats


def test_a_figure_in_another_style_is_no_correction() -> None:
    assert (
        figures(
            ("Seven die", "7 die"),
            ("A fire killed seven. It cost $1,200,000.", "A fire killed 7. It cost $1.2 million."),
            "en",
        )
        == ()
    )
    assert figures(("", ""), ("三人が死亡した。", "3人が死亡した。"), "ja") == ()


def test_a_figure_is_looked_for_in_whatever_style_a_copy_writes_it() -> None:
    other = Change("21万4千", "24万1千", "対象は")
    copy = "対象は21万4000台。"
    assert still_carries("回収", copy, "ja", other)
    assert not still_carries("回収", copy.replace("21万4000", "24万1000"), "ja", other)


@pytest.mark.parametrize("amount", ["2.4 billion pounds", "£2.4bn", "£2.4 billion"])
def test_an_old_amount_is_found_with_its_sign_before_it_or_its_currency_behind_it(amount: str) -> None:
    for changed in (Change("2.4 billion", "2.6 billion", "water for"), Change("2.4", "2.6", "for £")):
        assert still_carries("Merger", f"The firm would buy Calder Water for {amount} in cash.", "en", changed)


WORDS = ["3", "12", "1,200", "21万4千", "二人", "people", "died", "死者", "は", "。", "\n"]
TEXTS = st.one_of(st.text(max_size=120), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))


@given(TEXTS, TEXTS, st.sampled_from(["en", "ja", "zh", "ko", "und"]))
def test_any_two_texts_can_be_compared_and_a_text_does_not_differ_from_itself(
    before: str, after: str, language: str
) -> None:
    assert kinds((before, before), (before, before), language) == set()
    kinds((before, after), (before, after), language)
    for change in figures((before, after), (before, after), language):
        still_carries(before, after, language, change)
    assert changes(words_of(after, language), words_of(after, language), language) == []
    step(before, after)


def test_the_words_before_a_change_are_told_with_their_punctuation_as_papers_set_it() -> None:
    told = "It sank in minutes, a guard said. {} people were saved. On board were 140, or {}% more than allowed."
    before, after = (words_of(told.format(*figures), "en") for figures in (("Sixty-eight", 20), ("Seventy-one", 25)))
    assert changes(before, after, "en") == [
        Change("Sixty-eight", "Seventy-one", "said."),
        Change("20", "25", "or"),
    ]
