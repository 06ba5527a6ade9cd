"""Figures as papers write them: one number in two styles agrees, another number contradicts."""

from __future__ import annotations

from datetime import timedelta
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import item
from feedhub.dedup.judge import judge
from feedhub.dedup.numerals import arabic, by_12_hours, figure
from feedhub.dedup.prepare import prepare
from feedhub.dedup.subject import Subject
from feedhub.dedup.tokens import tokenise

JAPANESE = """政府は{}の対策を発表した。関係者によると、この計画は来月から順次実施される見通しで、\
地元自治体とも協議を進めている。首相は記者団に対し、早期に成果を出したいと述べた。"""
ENGLISH = """The government announced {} in new measures for the region on Monday. Officials said the plan would be \
carried out from next month in talks with local towns. The prime minister told reporters he wanted to see results."""


def contradict(one: str, other: str, frame: str, language: str) -> bool:
    """Whether two texts that differ in these words alone contradict each other."""
    a, b = (Subject.of("T", frame.format(words), language) for words in (one, other))
    return judge(a, b, apart=timedelta(0)).conflict


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三人", "3人"), ("三つ", "3つ"), ("三社", "3社"),
        ("二十五日", "25日"), ("百二十三便", "123便"), ("第三回", "第3回"),
        ("約一万二千世帯", "約1万2000世帯"), ("一万二千票", "12,000票"),
        ("6500万ドル", "六千五百万ドル"), ("１兆２千億円", "1.2兆円"), ("120万円", "1,200,000円"),
        ("二〇二五年", "2025年"), ("令和七年", "2025年"), ("平成元年", "1989年"),
        ("午後二時十分", "14時10分"), ("午前9時", "9時"),
        ("一・五倍", "1.5倍"), ("1・5倍", "1.5倍"), ("二割", "2割"),
        ("マグニチュード6・1", "マグニチュード6.1"), ("マグニチュード六・一", "マグニチュード6.1"),
        ("Ｍ６・１", "M6.1"),
        ("マグニチュード（Ｍ）７・０", "マグニチュード7"), ("１・５メートル", "1.5メートル"), ("９・５８秒", "9.58秒"),
        ("東証株価指数は3350・61", "東証株価指数は3350.61"),
        ("マグニチュード（Ｍ）は６・１", "マグニチュード（M）は6.1"),
        ("規模（Ｍ）は六・一", "規模（マグニチュード）は6.1"),
        ("25年度", "2025年度"), ("令和7年度", "25年度"), ("二五年度", "2025年度"),
        ("26年3月期", "2026年3月期"), ("98年3月期", "1998年3月期"), ("２６年９月中間期", "2026年9月中間期"),
        ("マグニチュードは６・１", "マグニチュードは6.1"),
        ("三営業日", "3営業日"), ("六連勝", "6連勝"), ("二打点", "2打点"), ("三選", "3選"), ("二区", "2区"),
        ("２０％", "20パーセント"), ("震度５弱", "震度5弱"), ("震度五弱", "震度5弱"), ("震度六強", "震度6強"),
        ("震度四を観測し、", "震度4を観測し、"),
        ("三メートル", "3メートル"), ("二トン", "2トン"), ("三ヵ国", "3か国"), ("六ケ月", "6カ月"),
        ("二勝一敗", "2勝1敗"), ("三対一", "3対1"), ("5対3", "５―３"),
        ("第一局", "第1局"), ("二冠", "2冠"), ("一都三県", "1都3県"), ("二車線", "2車線"), ("二死", "2死"),
        ("約二割", "約20％"), ("3割", "30％"), ("１・５割", "15％"), ("打率2割5分", "打率二割五分"),
        ("１４７円２０銭", "147.20円"), ("147円20～22銭", "147.20―147.22円"), ("147円20～22銭", "147.20/22円"),
        ("１４７・２０円", "147円20銭"),
        ("147円98銭～148円02銭", "147.98～148.02円"), ("８５銭", "0.85円"), ("3円50銭", "3.5円"), ("5銭", "0.05円"),
    ],
)  # fmt: skip
def test_japanese_styles_of_one_number_agree(one: str, other: str) -> None:
    assert not contradict(one, other, JAPANESE, "ja")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三社", "4社"), ("約一万二千世帯", "約1万3000世帯"), ("令和七年", "2024年"),
        ("午後二時", "15時"), ("一・五倍", "1.6倍"),
        ("マグニチュード6・1", "マグニチュード6.2"), ("25年度", "2024年度"),
        ("三メートル", "4メートル"), ("三ヵ国", "4か国"), ("26年3月期", "2027年3月期"),
        ("二勝一敗", "3勝1敗"), ("三対一", "3対2"), ("震度五弱", "震度4"),
        ("第一局", "第2局"), ("二割", "30％"), ("147円20銭", "147.30円"), ("85銭", "0.58円"), ("147円20銭", "146.20円"),
    ],
)  # fmt: skip
def test_other_numbers_contradict_in_any_style(one: str, other: str) -> None:
    assert contradict(one, other, JAPANESE, "ja")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("three houses", "3 houses"),
        ("nineteen houses", "19 houses"),
        ("2.5 crore rupees", "25 million rupees"),
        ("1.2 lakh houses", "120,000 houses"),
        ("Rs 3.5 lakh crore", "3.5 trillion rupees"),
        ("forty houses", "40 houses"),
        ("Forty-eight houses", "48 houses"),
        ("the twenty-first house", "the 21st house"),
        ("Rs 1,200 crore", "12 billion rupees"),
        ("fires 3 miles wide", "fires 5 kilometers wide"),
        ("2 inches of rain", "50 millimeters of rain"),
        ("rain of 1.5 in. or 1.5 inches", "rain of 38mm"),
        ("1,200 houses", "1200 houses"),
        ("39.0 percent", "39%"),
        ("$1.2 billion", "$1.2bn"),
        ("$1,200,000", "$1.2 million"),
        ("$1,200,000", "$1.2m"),
        ("1,250,000,000 euros", "€1.25bn"),
        ("2,000,000 people", "two million people"),
        ("$1.2 billion", "1,200 million dollars"),
        ("$1.25 trillion", "1,250 billion dollars"),
        ("45,000 houses", "45 000 houses"),
        ("45,000 houses", "45\u202f000 houses"),
        ("1.2 million houses", "1 200 000 houses"),
        ("1,250 houses", "1\u00a0250 houses"),
        ("1,250,300 houses", "1\u202f250\u202f300 houses"),
        ("$1,200 million", "$1.2 billion"),
        ("$1\u00a0200 million", "$1.2 billion"),
        ("5:12 a.m.", "5.12am"),
        ("12:30 p.m.", "12.30 p.m."),
        ("3.5 million dollars", "£2.6 million"),
        ("$3.5 million", "2.6m euros"),
        ("¥61.3 billion", "$405 million"),
        ("61.3 billion yen", "$405 million"),
        ("$1.03 million", "Rs 8.7 crore"),
        ("98 cents a barrel", "$0.98 a barrel"),
        ("5 cents a share", "$0.05 a share"),
        ("85p a litre", "£0.85 a litre"),
        ("$0.98 billion", "$0.98bn"),
        ("at 3 p.m.", "at 15:00"),
        ("at 3 p.m.", "at 3:00 p.m."),
        ("at 3 p.m.", "at 1500 local time"),
        ("at 2 a.m.", "at 02:00"),
        ("at 9 a.m.", "at 0900"),
        ("by 6:20 a.m. on Saturday", "by 0620 Saturday"),
        ("at 12:15 a.m.", "at 0015"),
        ("shortly after 3.30pm", "shortly after 15:30"),
        ("from 3 p.m. to 5 p.m.", "from 15:00 to 17:00"),
        ("from 3 to 5 p.m.", "from 15:00 to 17:00"),
        ("between 3 p.m. and 5 p.m.", "between 15:00 and 17:00"),
        ("at 3 p.m. and 5 p.m.", "at 15:00 and 17:00"),
        ("vers 15h30", "vers 15:30"),
        ("um 8 Uhr", "um 08:00 Uhr"),
        ("at 10:30 a.m.", "at 1030 GMT"),
        ("at 3 p.m.", "at 0200 GMT"),
        ("at 3 p.m. JST", "at 8 a.m."),
    ],
)
def test_english_styles_of_one_number_agree(one: str, other: str) -> None:
    assert not contradict(one, other, ENGLISH, "en")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("three houses", "4 houses"), ("39.0 percent", "39.5%"), ("100", "10"), ("1,200,000", "1.3 million"),
        ("$1,200,000", "$1,300,000"), ("1,200,000", "1,200"), ("0,000,000", "1,000,000"), ("1,234,567", "1.2 million"),
        ("1,200 million", "1.3 billion"), ("45 000", "46,000"),
        ("1\u00a0250 houses", "1,350 houses"), ("29, 300 houses", "29, 400 houses"), ("5.12am", "5:13am"),
        ("at 3 p.m.", "at 5 p.m."), ("at 3 p.m.", "at 17:00"), ("at 0200 GMT", "at 0600 GMT"), ("at 15:12", "at 15:13"),
        ("at 9 a.m.", "at 0800"), ("at 0900", "at 0930"), ("dial 0812", "dial 0813"),
        ("from 3 p.m. to 5 p.m.", "from 15:00 to 18:00"),
        ("forty-eight houses", "47 houses"), ("fires 3 miles wide", "fires 5 miles wide"),
        ("twenty-first house", "22nd house"), ("a fine of £5m", "a fine of 7 million pounds"),
        ("a fine of $5m", "a fine of $7m"), ("a fine of €5m and of $1m", "a fine of €7m and of £1m"),
    ],
)  # fmt: skip
def test_other_numbers_contradict_in_english(one: str, other: str) -> None:
    assert contradict(one, other, ENGLISH, "en")


def test_a_text_that_was_cut_within_a_time_says_no_other_one() -> None:
    frame = "The agency said that it would hear the envoys of all towns on Monday, and answer them at {}"
    assert not any(
        contradict("9:20 p.m. on the same day.", cut, frame, "en") for cut in ("9:20 ...", "9 ...", "9:2...")
    )
    assert contradict("9:20 p.m. on the same day.", "9:40 ...", frame, "en")
    assert not any(contradict("21:20 on the same day.", cut, frame, "en") for cut in ("21:20 ...", "21 ...", "2..."))
    assert not contradict("09:20 on the same day.", "0...", frame, "en")


@pytest.mark.parametrize(
    ("frame", "one", "other"),
    [
        ("She won the race in {} ahead of two others and said that she was very glad of it", "15:42", "3:42"),
        ("She won the race in {} ahead of two others and said that she was very glad of it", "33:20", "45:20"),
        ("They won the sets 15:13 to {} and the match ahead of many who had come to see it", "15:11", "3:11"),
        ("The council adopted the plan with {} votes and said that work would begin in May", "15:12", "3:12"),
        ("The reading of the day is John {} and you may read it aloud or write it down", "3:16", "15:16"),
        ("Die Zahl der Toten stieg auf {} am Montag, wie die Behörden der Provinz mitteilten", "23", "11"),
    ],
)
def test_what_is_no_time_of_the_day_is_not_read_by_a_clock_of_12_hours(frame: str, one: str, other: str) -> None:
    assert contradict(one, other, frame, "en")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("won 12 games", "lost $3 million"),
    ],
)
def test_what_has_a_unit_in_one_text_alone_was_not_converted(one: str, other: str) -> None:
    frame = "The mayor of the town said on Monday that they {} in the year, and that more was to come of it"
    assert contradict(one, other, frame, "en")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 to 5 miles of road", "5 to 8 km of road"),
        ("between 3 and 5 million dollars", "between 450 and 750 million yen"),
        ("$3 million to $5 million", "£2.3 million to £3.9 million"),
    ],
)
def test_both_ends_of_a_range_are_converted(one: str, other: str) -> None:
    frame = "The mayor of the town said on Monday that they lost {} in the year, and that more was to come of it"
    assert not contradict(one, other, frame, "en")


def test_japanese_times_of_the_day_agree() -> None:
    assert not contradict("21:42", "午後9時42分", JAPANESE, "ja")


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (arabic("昭和64年"), "1989年"), (arabic("大正15年"), "1926年"), (arabic("明治45年"), "1912年"),
        (arabic("50年度"), "1950年度"), (arabic("49年度"), "2049年度"), (arabic("午後12時30分"), "12時30分"),
        (arabic(f"1{'0' * 38}兆") != f"1{'0' * 38}兆", True), (arabic(f"1{'0' * 39}兆"), f"1{'0' * 39}兆"),
        (by_12_hours("open at 24:00"), "open at 12:00"), (by_12_hours("open at 25:00"), "open at 25:00"),
        (by_12_hours("open at 00:15"), "open at 12:15 am"), (by_12_hours("12 p.m."), "12:00 p.m."),
        (by_12_hours("13 p.m."), "13 p.m."),
        (figure("one"), "one"), (figure("two"), "2"),
    ],
)  # fmt: skip
def test_numerals_are_read_up_to_where_they_mean_what_they_say(read: object, said: object) -> None:
    assert read == said


@pytest.mark.parametrize(
    "said", ["3・11から", "3・4号機", "2・26事件", "レベル5・6", "101・102号室", "2024・25年", "2025・26シーズン"]
)
def test_a_middle_dot_that_lists_is_no_point(said: str) -> None:
    assert arabic(said) == said


@given(st.text("0123456789〇一二三四五六七八九十百千万億兆・.対午前後時年令和元割ヵ国つ社", max_size=40))
def test_any_heap_of_numerals_is_read_and_read_again_alike(heap: str) -> None:
    assert arabic(heap) == arabic(heap)
    assert arabic(f"{heap}。三社").endswith("。3社")


@pytest.mark.parametrize("endless", ["9" * 400 + "万", "一" * 400, "九千" * 300 + "兆", "1" + ",000" * 120, "9" * 5000])
def test_a_number_that_nobody_counts_to_is_no_reason_to_fail(endless: str) -> None:
    prepare(item("herald", f"The sum of {endless}", f"{endless}、{endless} 人", language="ja"))


@pytest.mark.parametrize("endless", ["午後三時、" + "1" * 30_000, "三・四、" + "1" * 30_000, "三、" + "1.・" * 10_000])
def test_figures_without_an_end_are_read_at_once(endless: str) -> None:
    start = process_time()
    arabic(endless)
    assert process_time() - start < 0.5  # half a minute where a figure is looked for at each digit


@pytest.mark.parametrize(
    "said", ["3カ国", "3ヵ月", "マグニチュード6・1", "午後2時", "26年3月期", "25年度", "令和7年", "7勝3敗"]
)
def test_a_figure_is_read_alike_whatever_else_stands_in_the_text(said: str) -> None:
    assert tokenise(f"一部の{said}")[3:] == tokenise(said)
