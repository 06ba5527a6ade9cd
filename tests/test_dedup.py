"""What is a copy, what is not, and who wrote it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from build import BUDGET, QUAKE, START, item
from corpora import SHARED, needs_shared
from feedhub.dedup.about import TELLS, About, parts, terms
from feedhub.dedup.alignment import figures_conflict, gaps
from feedhub.dedup.case import Candidate, Case
from feedhub.dedup.credit import read
from feedhub.dedup.fingerprint import WINDOW, fingerprints, numbered
from feedhub.dedup.judge import common_figures, contradictions, judge
from feedhub.dedup.numerals import arabic
from feedhub.dedup.place import place
from feedhub.dedup.prepare import prepare
from feedhub.dedup.related import Neighbourhood
from feedhub.dedup.subject import Subject, share
from feedhub.dedup.tokens import tokenise
from feedhub.model import Verdict
from feedhub.text import guess_language

ROOT = Path(__file__).resolve().parents[1]
HOUR = timedelta(hours=1)

YEN = (
    "【東京ツバメ】23日の東京外国為替市場の円相場は、1ドル＝152円台後半で取引された。米国の金利が高止まりするとの見方から、"
    "円を売ってドルを買う動きが優勢だった。市場では、日銀が来月の会合で利上げを見送るとの見方が広がっている。"
    "財務相は閣議後の記者会見で、過度な変動には適切に対応すると述べた。"
)


def subject(title: str, text: str) -> Subject:
    return Subject.of(title, text, guess_language(f"{title} {text}"))


def verdict(one: tuple[str, str], other: tuple[str, str], apart: timedelta = HOUR, common: float = 0.0) -> Verdict:
    return judge(subject(*one), subject(*other), apart=apart, common=common)


# --- copies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reprint",
    [
        QUAKE,
        QUAKE.replace("TOKYO (Tsubame) -- ", ""),
        QUAKE.replace("e", "e\u200c").replace("u", "\u2060u\u00ad"),
        QUAKE.replace("TOKYO (Tsubame) -- ", "By Staff Writer\nTOKYO, Nov. 23 (Kyodo) -- "),
        QUAKE.replace("TOKYO (Tsubame) -- ", "A street in Onagawa, Miyagi. (AP Photo) TOKYO — "),
        QUAKE.replace("TOKYO (Tsubame) -- ", "Tokyo, Nov. 23 (Jiji Press)--"),
        QUAKE.rsplit("\n", 2)[0],
        QUAKE[:300] + "…",
        QUAKE[:140] + " ...",
        QUAKE + "\n==Tsubame",
        QUAKE + "\n(Copyright Tsubame Press. All rights reserved.)\nRead more",
        QUAKE.replace("Monday", "Monday morning").replace("kilometers", "kilometres"),
        "\n".join(line for number, line in enumerate(QUAKE.splitlines()) if number != 1),
        QUAKE.upper(),
        "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in QUAKE),
        QUAKE.replace("'", "’").replace('"', "”").replace(" -- ", " — "),
    ],
)
def test_a_reprint_is_a_copy_whatever_the_paper_did_to_it(reprint: str) -> None:
    found = verdict(("M6.1 quake off Miyagi", QUAKE), ("Strong quake jolts northeast", reprint))
    assert found.kind == "copy", found


@pytest.mark.parametrize(
    "reprint",
    [
        YEN,
        YEN.replace("【東京ツバメ】", ""),
        YEN.replace("【東京ツバメ】", "（東京共同＝佐藤花子）"),
        YEN.replace("【東京ツバメ】", "［東京　２３日　ロイター］　－　"),
        YEN + "（ツバメ）",
        YEN[:90] + "…続きを読む",
        YEN.replace("152", "１５２").replace("23日", "２３日"),
        YEN.rpartition("市場では")[0],
    ],
)
def test_a_japanese_reprint_is_a_copy(reprint: str) -> None:
    found = verdict(("円、152円台後半", YEN), ("円売り優勢　利上げ見送り観測で", reprint))
    assert found.kind == "copy", found


@pytest.mark.parametrize(
    "other",
    [
        QUAKE.replace("6.1", "4.8").replace("5:12", "9:40"),
        QUAKE.replace("Miyagi", "Chiba").replace("6.1", "5.3").replace("three towns", "two cities").replace("50", "20"),
        BUDGET,
        "",
        "A strong quake hit Miyagi. Nobody was hurt, the governor's office told this paper, and shops opened as usual.",
    ],
)
def test_a_look_alike_is_no_copy(other: str) -> None:
    assert verdict(("M6.1 quake off Miyagi", QUAKE), ("Quake", other)).kind != "copy"


def test_a_figure_in_the_place_of_another_is_a_conflict_and_says_so() -> None:
    found = verdict(("Yen at 152", YEN), ("Yen at 149", YEN.replace("152", "149").replace("23日", "24日")))
    assert (found.kind, found.conflict) == ("related", True)
    assert "figures contradict" in found.reasons[0]


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        ("地震は21日の9時ごろ", "地震は21日の21時ごろ", True),  # 21時 is no 21日
        ("地震は21日の9時、余震は21時ごろ", "地震は21日の21時、余震は9時ごろ", False),
        ("地震で21人、火事で9棟", "地震で9棟、火事で21人", False),
        ("震源の深さは21キロ、規模は9", "震源の深さは21キロ、規模は21", False),  # the end of a text tells of no thing
    ],
)
def test_a_figure_elsewhere_is_the_same_if_it_counts_the_same(one: str, other: str, conflict: bool) -> None:
    mine, yours = (numbered(tokenise(text)) for text in (one, other))
    places = [*gaps(mine, yours, 2)]
    assert any(figures_conflict(mine, yours, *place) for place in places) == conflict
    assert any(figures_conflict(yours, mine, there, here) for here, there in places) == conflict


def test_figures_that_agree_and_that_contradict_are_told_as_written() -> None:
    other = QUAKE.replace("6.1", "5.8").replace("three towns", "two towns").rpartition(" half an")[0]
    one, two = subject("Quake", QUAKE), subject("Quake", other)
    assert contradictions(one, two) == (("6.1", "5.8"), ("three", "two"))
    assert common_figures(one, two) == ("5:12", "50", "5")
    assert contradictions(one, one) == ()
    assert contradictions(one, subject("Budget", BUDGET)) == ()
    broken = subject("Quake", QUAKE.partition("50 kilo")[0] + "48…")
    assert contradictions(one, broken) == (("50", "48"),)


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("210.3 […]", "copy"), ("21…", "copy"), ("210.33 points, or 0.53%, from 39,8...", "copy"),
        ("275.74 […]", "related"), ("22…", "related"), ("210.33 points, or 0.53%, from 38,8...", "related"),
    ],
)  # fmt: skip
def test_a_text_that_breaks_off_in_a_figure_still_says_how_it_begins(ending: str, kind: str) -> None:
    full = """TOKYO (Kyodo) -- Tokyo stocks closed lower on Monday, with the benchmark Nikkei index falling \
210.33 points, or 0.53%, from 39,874.71. The broader Topix index, with all large firms, finished 28.11 points lower."""
    assert verdict(("Stocks", full), ("Nikkei falls", full.partition("210.33")[0] + ending)).kind == kind


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("4万8…", "copy"), ("4…", "copy"), ("48,3…", "copy"), ("5…", "related"), ("47,…", "related")],
)
def test_a_japanese_text_that_breaks_off_in_a_figure_too(ending: str, kind: str) -> None:
    full = (
        "【東京ツバメ】19日の東京株式市場で日経平均株価は続伸した。終値は前日比179.38円高の4万8364円。売買は膨らんだ。"
    )
    assert verdict(("日経平均、続伸", full), ("東証", full.partition("4万")[0] + ending)).kind == kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tokyo stocks close lower, vol. 21", "Tokyo stocks close lower, vol. 36"),
        ("Cabinet approval rating falls to 39.0%", "Cabinet approval rating rises to 62.4%"),
    ],
)
def test_headlines_of_one_mould_with_other_figures_speak_against_a_copy(one: str, other: str) -> None:
    assert verdict((one, QUAKE), (other, QUAKE)).conflict


@pytest.mark.parametrize(
    ("figure", "again", "kind"),
    [("2", "4", "copy"), ("1", "4", "related"), ("2", "5", "related")],  # the last two stand in one text alone
)
def test_headlines_that_pick_other_figures_of_one_text_say_nothing_against_a_copy(
    figure: str, again: str, kind: str
) -> None:
    full = (
        "韓国軍は12日、北朝鮮が午前6時50分ごろ、順安付近から日本海に向けて弾道ミサイル2発を発射したと明らかにした。飛距離は"
        "約350キロで、最高高度は約60キロだった。船舶や航空機への被害は確認されていない。ミサイルの発射は3月以来で、今年4回目。"
    )
    cut = full.partition("船舶")[0]
    one = (f"北朝鮮、弾道ミサイル{figure}発発射", full)
    other = (f"北朝鮮が弾道ミサイル発射、今年{again}回目", cut)
    assert verdict(one, other).kind == verdict(other, one).kind == kind


@pytest.mark.parametrize(("figure", "kind"), [("4.1", "copy"), ("4.6", "related")])
def test_nor_do_those_that_end_in_another_figure_of_the_text(figure: str, kind: str) -> None:
    cut = "Profits of US industry grew 1.9% in the ten months to October, with carmakers ahead, the bureau said Monday."
    full = f"{cut} In October alone they grew 4.1%, less than in the month before, as orders from abroad fell."
    one, other = ("US industrial profits grew 1.9%", full), (f"US industrial profits grew {figure}%", cut)
    assert verdict(one, other).kind == verdict(other, one).kind == kind


def test_a_handful_of_words_under_another_headline_proves_nothing() -> None:
    few = "News from Japan, our politics desk"
    assert verdict(("Quake off Miyagi", few), ("Senator on health care", few)).kind == "unrelated"
    assert verdict(("Quake off Miyagi", few), ("Quake off Miyagi", few)).kind == "copy"


def test_a_video_player_s_caption_is_no_part_of_the_text() -> None:
    caption = "CLOSE The president said that he would work with the Congress on a replacement. (July 12) AP "
    assert read("T", caption + QUAKE).lead == read("T", QUAKE).lead


def test_languages_are_never_mixed_and_days_apart_are_no_copies() -> None:
    assert verdict(("T", QUAKE), ("T", YEN)).kind == "unrelated"
    assert verdict(("T", QUAKE), ("T", QUAKE), apart=timedelta(hours=60)).kind != "copy"


def test_a_passage_that_many_stories_share_says_little() -> None:
    preface = "Every week our readers ask what they should know about the markets, and our desk answers them here. "
    one, other = preface + "Bonds first: " + QUAKE[90:400], preface + "Shares now: " + BUDGET[60:360]
    assert verdict(("T", one), ("U", other), common=6.0).kind != "copy"


VOCABULARY = [
    "quake",
    "hits",
    "the",
    "coast",
    "of",
    "a",
    "town",
    "at",
    "5",
    "6.1",
    "and",
    "12",
    "people",
    "said",
    "地",
    "震",
    "...",
]
words = st.lists(st.sampled_from(VOCABULARY), max_size=60)


@given(words, words, st.floats(-100, 100), st.floats(0, 10))
@example(
    ["quake", "quake", "quake", "hits", "quake", "the", "quake"],
    ["quake"] * 2 + ["hits"] + ["quake"] * 3 + ["the"],
    0,
    4,
)
def test_the_judge_is_symmetric(one: list[str], other: list[str], hours: float, common: float) -> None:
    a, b, apart = subject("A", " ".join(one)), subject("B 6", " ".join(other)), timedelta(hours=hours)
    here, there = judge(a, b, apart=apart, common=common), judge(b, a, apart=-apart, common=common)
    assert here == there


@given(st.text(max_size=400), st.text(max_size=80))
def test_any_text_is_read_fingerprinted_and_is_no_stranger_to_itself(text: str, title: str) -> None:
    one = subject(title, text)
    assert len(fingerprints(one.features)) <= 40
    assert share(one, one) == 1.0
    assert judge(one, one, apart=timedelta(0)).score in (0.0, 1.0)
    assert contradictions(one, one) == ()
    assert all(TELLS[often] > 0 for often in parts(terms(title, text, one.features.language))[1])


def test_a_megabyte_of_text_costs_no_more_than_its_beginning() -> None:
    long = subject("T", QUAKE + " more words follow" * 60_000)
    assert len(long.features.tokens) <= 1500
    assert len(fingerprints(long.features)) <= 40


def test_texts_that_share_a_window_of_shingles_meet_in_the_index_wherever_it_stands() -> None:
    words, run = QUAKE.split(), WINDOW + 2  # words in a row, as many as so many shingles of three cover
    for start in range(len(words) - run):
        passage = " ".join(words[start : start + run])
        one = subject("T", f"Quite another beginning of it all stands here. {passage} and then other things follow on.")
        other = subject("T", f"Nothing of the first is here. {passage} while this ends in its own way entirely.")
        assert set(fingerprints(one.features)) & set(fingerprints(other.features)), passage


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["A", "Quake off Miyagi"]), st.integers(0, 5)), max_size=8),
    st.sets(st.integers(1, 4)),
    st.integers(0, 5),
)
def test_no_likeness_outweighs_an_editor_s_word(
    printed: list[tuple[int, str, int]], forbidden: set[int], lines: int
) -> None:
    text = QUAKE.splitlines()
    candidates = [
        candidate(number, story, title, "\n".join(text[:upto])) for number, (story, title, upto) in enumerate(printed)
    ]
    cores = {one.story: one for one in candidates}
    me = subject("Quake off Miyagi", "\n".join(text[:lines]))
    placed = place(Case(99, START, me, candidates, cores).without(frozenset(forbidden)))
    assert placed.story not in forbidden
    assert not forbidden & set(placed.absorbs)
    assert not forbidden & {story for story, _ in placed.related}


@pytest.mark.parametrize(
    ("said", "figures"),
    [
        ("三人死亡", "3人死亡"), ("十二人", "12人"), ("百五十人", "150人"), ("1万2千人", "12000人"),
        ("二千円", "2000円"), ("1億2000万円", "120000000円"), ("3.5億円", "350000000円"), ("5兆3千億", "5300000000000"),
        ("令和7年", "2025年"), ("令和元年", "2019年"), ("平成31年", "2019年"), ("二〇二五年", "2025年"),
        ("千葉", "千葉"), ("三菱", "三菱"), ("四国", "四国"), ("一部", "一部"), ("万博", "万博"), ("兆候", "兆候"),
    ],
)  # fmt: skip
def test_japanese_numerals_are_read(said: str, figures: str) -> None:
    assert arabic(said) == figures


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("県警によると、事故で三人が死亡した。", "県警によると、事故で五人が死亡した。"),
        ("県警によると、事故で3人が死亡した。", "県警によると、事故で五人が死亡した。"),
        ("予算は総額1兆2千億円となった。", "予算は総額1兆5千億円となった。"),
        ("支持率は３５％だった。", "支持率は42％だった。"),
    ],
)
def test_numerals_in_another_s_place_contradict_however_they_are_written(one: str, other: str) -> None:
    rest = "現場は見通しの良い直線道路で、当時は雨が降っていた。警察は詳しい原因を調べている。けが人は病院に運ばれた。"
    assert verdict(("見出し", one + rest), ("別の見出し", other + rest)).kind == "related"


def test_the_same_number_in_another_style_is_the_same() -> None:
    rest = "現場は見通しの良い直線道路で、当時は雨が降っていた。警察は詳しい原因を調べている。けが人は病院に運ばれた。"
    one, other = (
        f"県警によると、令和8年の事故で三人が死亡した。{rest}",
        f"県警によると、2026年の事故で３人が死亡した。{rest}",
    )
    assert verdict(("見出し", one), ("別の見出し", other)).kind == "copy"


def test_small_numbers_in_words_are_figures() -> None:
    one = QUAKE.replace("three towns", "four towns")
    assert verdict(("A", QUAKE), ("B", one)).kind == "related"
    assert verdict(("A", QUAKE), ("B", QUAKE.replace("three towns", "3 towns"))).kind == "copy"


# --- places ----------------------------------------------------------------------------------------------


def candidate(item_id: int, story: int, title: str, text: str) -> Candidate:
    return Candidate(item_id=item_id, story=story, published=START, subject=subject(title, text))


def test_what_joins_resembles_the_core_and_not_only_some_copy() -> None:
    half, other_half = QUAKE.splitlines()[:2], BUDGET.splitlines()
    bridge = candidate(2, 1, "Digest", "\n".join(half + other_half))
    core = candidate(1, 1, "Quake", QUAKE)
    placed = place(Case(3, START, subject("Budget", BUDGET), [bridge], {1: core}))
    assert placed.story is None


def test_an_equal_headline_joins_what_has_no_text_if_it_names_one_story() -> None:
    bare = subject("Quake off Miyagi", "")
    one, two = candidate(1, 1, "Quake off Miyagi", QUAKE), candidate(2, 2, "Quake off Miyagi", BUDGET)
    assert place(Case(3, START, bare, [one], {1: one})).story == 1
    assert place(Case(3, START, bare, [one, two], {1: one, 2: two})).story is None


@pytest.mark.parametrize(
    ("title", "text", "none"),
    [
        ("Quake shakes towns off the coast of Miyagi", "Quake shakes towns off the coast of Miyagi", True),
        ("Quake shakes towns off the coast of Miyagi", "Quake shakes towns off the coast of Miyagi. Read more", True),
        ("Quake shakes towns off Miyagi - The Harbor Mail", "Quake shakes towns off Miyagi  The Harbor Mail", True),
        ("宮城沖で地震、津波なし - 東北日日新聞デジタル", "宮城沖で地震、津波なし 東北日日新聞デジタル", True),
        ("Quake shakes towns off Miyagi", "Quake shakes towns off Miyagi, halts trains for an hour", False),
        ("A quake shook towns off Miyagi.", "A quake shook towns off Miyagi.", False),  # what has no headline
        ("Off Miyagi", "A quake shook towns off Miyagi", False),
        ("", "Quake", False),
        (40 * "Quake ", 40 * "Quake ", False),
    ],
)
def test_a_text_that_is_the_headline_once_more_is_none(title: str, text: str, none: bool) -> None:
    assert (read(title, text).lead == "") == none


def test_a_bare_headline_between_two_texts_does_not_join_them() -> None:
    core, bare = candidate(1, 1, "Tokyo stocks close lower", QUAKE), candidate(2, 1, "Tokyo stocks close lower", "")
    assert place(Case(3, START, subject("Tokyo stocks close lower", BUDGET), [bare], {1: core})).story is None


def test_a_long_headline_word_for_word_joins_texts_cut_in_different_places_and_never_leads() -> None:
    headline = "Japan to seek record budget as defense and welfare costs keep rising"
    core = candidate(1, 1, headline, BUDGET.splitlines()[1])
    cut = subject(headline, BUDGET.splitlines()[0] + " Officials said so.")
    placed = place(Case(2, START + HOUR, cut, [core], {1: core}))
    assert (placed.story, placed.core) == (1, 1)
    assert place(Case(2, START + 30 * HOUR, subject(headline, BUDGET.splitlines()[0]), [core], {1: core})).story is None
    other = candidate(3, 2, headline, QUAKE)
    assert place(Case(4, START, subject(headline, "Something else."), [core, other], {1: core, 2: other})).story is None


def test_the_fullest_text_leads_its_story() -> None:
    short = candidate(1, 1, "Quake", QUAKE.splitlines()[0])
    assert place(Case(2, START, subject("Quake", QUAKE), [short], {1: short})).core == 2


# --- credits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "agency", "place_named"),
    [
        ("TOKYO (Kyodo) -- Japan said", "kyodo", "TOKYO"),
        ("Singapore, May 31 (Jiji Press)--Japan said", "jiji", "Singapore"),
        ("WASHINGTON (AP) — The president said", "ap", "WASHINGTON"),
        ("LONDON, Nov 23 (Reuters) - Britain said", "reuters", "LONDON"),
        ("PARIS (AFP-Jiji) – France said", "afp", "PARIS"),
        ("BEIJING, Nov. 23 (Xinhua) -- China said", "xinhua", "BEIJING"),
        ("SEOUL, Nov. 23 (Yonhap) -- South Korea said", "yonhap", "SEOUL"),
        ("【ワシントン共同】米国は", "kyodo", "ワシントン"),
        ("【ソウル時事】韓国は", "jiji", "ソウル"),
        ("［東京　23日　ロイター］　－　日銀は", "reuters", "東京"),
        ("（パリ共同＝佐藤花子）フランスは", "kyodo", "パリ"),
        ("（ブルームバーグ）：日銀は", "bloomberg", None),
        ("日銀は金融政策を維持した。市場は落ち着いている。（共同）", "kyodo", None),
        ("日銀は金融政策を維持した。市場は落ち着いている。［時事通信社］", "jiji", None),
        ("The bank kept its policy unchanged on Monday, it said.\n==Kyodo", "kyodo", None),
        ("The bank kept its policy unchanged on Monday, it said.\n© 2026 The Associated Press", "ap", None),
        ("TOKYO -- The bank kept its policy unchanged", None, "TOKYO"),
        ("The bank kept its policy unchanged on Monday, it said.", None, None),
    ],
)
def test_the_text_says_who_wrote_it_and_where(text: str, agency: str | None, place_named: str | None) -> None:
    credit = read("Headline of some length", text).credit
    assert (credit.agency, credit.place) == (agency, place_named)
    assert bool(credit.evidence) is bool(agency or place_named)


@pytest.mark.parametrize(
    ("title", "stripped"),
    [
        ("UPDATE 1-Quake hits Iwate", "Quake hits Iwate"),
        ("【速報】首相が辞意を表明した", "首相が辞意を表明した"),
        ("首相が辞意を表明（共同通信） - Yahoo!ニュース", "首相が辞意を表明"),
        ("Quake hits Iwate | News-Sentinel", "Quake hits Iwate"),
        ("辛口説教部屋 - 仕事の悩み vol.21", "辛口説教部屋 - 仕事の悩み vol.21"),
        ("Reuters", "Reuters"),
    ],
)
def test_a_headline_loses_edition_marks_and_outlets_and_keeps_its_figures(title: str, stripped: str) -> None:
    assert read(title, "").title == stripped


def test_the_author_field_and_the_source_s_own_agency_are_trusted_after_the_text() -> None:
    plain = "The bank kept its policy unchanged on Monday."
    assert prepare(item("a", "T", plain, author="Kyodo News"), "jiji").item.credit.agency == "kyodo"
    assert prepare(item("a", "T", plain), "jiji").item.credit.agency == "jiji"
    assert prepare(item("a", "T", f"TOKYO (AP) — {plain}"), "jiji").item.credit.agency == "ap"


# --- real and labelled text --------------------------------------------------------------------------------


def seed_stories() -> list[tuple[str, str]]:
    """The four stories of one page: headline and the long paragraphs below it."""
    lines = (SHARED / "seed/daily8-page.txt").read_text(encoding="utf-8").splitlines()
    long = [number for number, line in enumerate(lines) if len(line) > 250]
    first = [number for number in long if number < 20]
    stories = [(lines[1], "\n".join(lines[first[0] : first[-1] + 1]))]
    for number in long[len(first) :]:
        headline = next(line for line in reversed(lines[:number]) if len(line) > 30)
        stories.append((headline, lines[number]))
    return stories


@needs_shared
def test_four_stories_of_one_day_stay_apart() -> None:
    stories = seed_stories()
    assert len(stories) >= 4
    for one, other in combinations(stories, 2):
        assert verdict(one, other).kind != "copy", (one[0], other[0])


REPRINTS = {
    "other dateline": "OSAKA, May 31, Kyodo - {body}",
    "no dateline": "{body}",
    "cut at 120 characters": "OSAKA, May 31, Kyodo - {body:.120}…",
    "cut at 300 characters": "{body:.300} ...",
    "caption before, credit behind": "Ministers shake hands. (AP Photo/Ann Lee)\nSINGAPORE (AP) — {body} (AP)",
    "site's furniture": "KYODO NEWS - 12 minutes ago - 17:46 | World, All\n{body}\nThe post A appeared first on B",
    "byline and copyright": "By Ann Lee, Associated Press\n{body}\nCopyright 2025 The Associated Press.",
    "Japanese credit before": "【シンガポール共同】{body}",
    "Japanese credit behind": "{body}（共同）",
    "both, full width": "（シンガポール時事）{body}［時事通信社］",
}


@needs_shared
@pytest.mark.parametrize("form", REPRINTS.values(), ids=list(REPRINTS))
def test_reprints_of_real_stories_join_their_original(form: str) -> None:
    for title, text in seed_stories():
        body = re.sub(r"^.{0,120}?(?:--|—|\)--)\s*", "", text, count=1)
        found = verdict((title, text), ("Another headline for the same text", form.format(body=body)))
        assert found.kind == "copy", (title, form, found)


@needs_shared
def test_four_stories_of_one_day_are_related() -> None:
    near = Neighbourhood()
    stories = seed_stories()
    for number, (title, text) in enumerate(stories):
        near.put(number, About(START, "en", terms(title, text, "en")))
    links = {number: {other for other, _ in near.near(number)} for number in range(len(stories))}
    assert all(links.values())
    assert reached(links, 0) == set(links)


def reached(links: dict[int, set[int]], start: int) -> set[int]:
    """All that hangs together with one story."""
    found, todo = {start}, [start]
    while todo:
        fresh = links[todo.pop()] - found
        found |= fresh
        todo += fresh
    return found


@needs_shared
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_labelled_wire_copy_is_merged_and_templates_are_not(tmp_path: Path) -> None:
    wire, part, out = SHARED / "wire", tmp_path / "part.jsonl", tmp_path / "merged.jsonl"
    lines = (wire / "items.jsonl").read_text(encoding="utf-8").splitlines()[12_000:18_000]
    part.write_text("\n".join(lines), encoding="utf-8")
    subprocess.run([sys.executable, ROOT / "bench/merge.py", part, "--out", out], check=True, capture_output=True)
    cluster = {row["id"]: row["cluster"] for row in map(json.loads, out.read_text().splitlines())}
    label = {row["id"]: row["story"] for row in map(json.loads, (wire / "labels.jsonl").read_text().splitlines())}
    unclear = {tuple(sorted(line.split())) for line in (wire / "ignore_pairs.tsv").read_text().splitlines()}
    together, belong = pairs_in(cluster), pairs_in({id: label[id] for id in cluster})
    right = len(together & belong)
    assert len(belong) > 1000
    assert right / len(together - (unclear - belong)) >= 0.98
    assert right / len(belong) >= 0.93


def pairs_in(groups: dict[str, str]) -> set[tuple[str, str]]:
    members: dict[str, list[str]] = defaultdict(list)
    for id, group in sorted(groups.items()):
        members[group].append(id)
    return {pair for ids in members.values() for pair in combinations(ids, 2)}
