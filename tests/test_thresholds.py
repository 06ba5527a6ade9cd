"""Each threshold of the merge at its edge: texts of invented words that lie on either side of it."""

from __future__ import annotations

from array import array
from dataclasses import replace
from datetime import timedelta

import pytest

from build import QUAKE, START
from build import gibberish as words
from feedhub.dedup.alignment import common_runs
from feedhub.dedup.case import Candidate, Case
from feedhub.dedup.core import Print, best_borne_out, borne_out, surpasses
from feedhub.dedup.credit import confidence, read, strip_title
from feedhub.dedup.exchange import exchanged, turned
from feedhub.dedup.fingerprint import fingerprints
from feedhub.dedup.judge import ALIKE, judge
from feedhub.dedup.late import Earlier, late_copy
from feedhub.dedup.lineage import step, withdraws
from feedhub.dedup.mould import one_bulletin, one_mould
from feedhub.dedup.numerals import half_figure
from feedhub.dedup.place import place
from feedhub.dedup.spelling import one_acronym, one_name, one_name_katakana, one_word
from feedhub.dedup.subject import Subject, is_bare

HOUR = timedelta(hours=1)
COMMON = 4.0  # other stories that carry what the texts share
KANJI = "".join(map(chr, range(0x5000, 0x5040)))


def subject(text: str, title: str = "Headline", language: str = "en") -> Subject:
    return Subject.of(title, text, language)


# --- what is cut, and what is looked up ------------------------------------------------------------------


NOTE = f"*{'a' * 140}\n*{'b' * 140}\n*"  # what a desk tells others, before a text: 285 characters
BODY = f"{words(120, 80)}\n"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (f"{NOTE}{'c' * 22}\nTOKYO (Kyodo) -- {BODY}", True),  # as far as "(Kyodo" 320 characters
        (f"{NOTE}{'c' * 23}\nTOKYO (Kyodo) -- {BODY}", False),
        (f"{BODY}Read more{'!' * 311}", True),
        (f"{BODY}Read more{'!' * 312}", False),
        (f"{BODY}Kyodo{'!' * 42}", True),
        (f"{BODY}Kyodo{'!' * 43}", False),
        (f"{BODY}(Kyodo){'!' * 113}", True),
        (f"{BODY}(Kyodo){'!' * 114}", False),
        (f"{'(Kyodo)' * 8}{BODY}", True),
        (f"{'(Kyodo)' * 9}{BODY}", False),
        (f"{BODY}{'(END)' * 6}", True),
        (f"{BODY}{'(END)' * 7}", False),
    ],
)
def test_what_stands_around_a_text_is_looked_for_so_far_and_no_further(text: str, cut: bool) -> None:
    assert (read("Headline", text).lead == BODY.strip()) == cut


@pytest.mark.parametrize(
    ("title", "stripped"),
    [
        ("10 die - Harbor Mail", "10 die"),
        ("8 die - Harbor Mail", "8 die - Harbor Mail"),
        ("Ten die - Aa - Bb - Cc", "Ten die"),
        ("Ten die - Aa - Bb - Cc - Dd", "Ten die - Aa"),
    ],
)
def test_of_a_headline_six_characters_are_left_and_three_names_behind_it_are_cut(title: str, stripped: str) -> None:
    assert strip_title(title) == stripped


@pytest.mark.parametrize(("length", "lead", "cut"), [(1500, 1500, False), (1501, 1500, True)])
def test_fifteen_hundred_characters_are_compared(length: int, lead: int, cut: bool) -> None:
    found = read("Headline", "a" * length)
    assert (len(found.lead), found.cut) == (lead, cut)


@pytest.mark.parametrize(("brackets", "cut"), [(10, True), (11, False)])
def test_an_ellipsis_stands_in_the_last_twelve_characters(brackets: int, cut: bool) -> None:
    assert read("Headline", f"{words(120, 80)} ...{')' * brackets}").cut == cut


def test_a_text_that_is_a_credit_alone_is_left() -> None:
    assert read("Headline", "(Kyodo)").lead == "(Kyodo)"


@pytest.mark.parametrize(
    ("title", "text", "sure"),
    [
        ("Storm", f"TOKYO (Kyodo) -- {BODY}", 0.95),
        ("Storm", f"By Ann Lee, Associated Press\n{BODY}", 0.9),
        ("Storm", f"{BODY}(Kyodo)", 0.9),
        ("Storm", f"{BODY}Copyright 2025 Kyodo News.", 0.8),
        ("Storm hits coast (Kyodo)", BODY, 0.7),
        ("Storm", f"(Kyodo Photo) {BODY}", 0.5),
    ],
)
def test_where_an_agency_is_named_says_how_sure_it_is(title: str, text: str, sure: float) -> None:
    assert confidence(read(title, text).credit) == sure


def printed(count: int, number: int = 2) -> tuple[int, ...]:
    return fingerprints(subject(words(number, count)).features)


def test_forty_fingerprints_are_looked_up_of_the_first_hundred_and_sixty_shingles() -> None:
    assert len(printed(170)) == 40
    few = 5298  # a text of which fewer are chosen, among them the last
    assert printed(161, few) != printed(162, few) == printed(170, few)


def test_a_figure_that_was_cut_in_half_is_looked_for_in_the_last_forty_characters() -> None:
    assert half_figure(f"falling 1234...{'!' * 33}") == "1234"


# --- two texts -------------------------------------------------------------------------------------------


def beginning(shared: int) -> tuple[str, str]:
    """Two texts of 100 shingles, of which so many stand in both, at the beginning."""
    common, one, other = words(32, shared + 2), words(33, 100 - shared), words(34, 100 - shared)
    return f"{common} {one}", f"{common} {other}"


def beside(shared: int) -> tuple[str, str]:
    """Two texts of which so many of the first 16 shingles stand in both, and the 17th, and half of the rest."""
    common, body = words(35, shared + 2), words(36, 30)
    one, other = (f"{words(at, 14 - shared)} {body} {words(at + 1, 20)}" for at in (37, 40))
    return f"{common} {one}", f"{common} {other}"


def ending(left: int, shared: int = 20) -> tuple[str, str]:
    """Two texts that share so many words and their last ones, of which one has some more at its end."""
    lead, end = words(8, shared), words(10, 10)
    return f"{lead} {words(9, 40)} {end} {words(11, left)}", f"{lead} {end} {words(12, 40)}"


def filled(count: int) -> tuple[str, str]:
    """A template of so many words that were filled otherwise in three places."""
    text = words(39, count).split()
    return " ".join(text), " ".join("quite" if place in {20, 40, 60} else word for place, word in enumerate(text))


def headed(count: int) -> tuple[str, str]:
    """Two texts of so many words behind another first one."""
    return f"one {words(132, count)}", f"other {words(132, count)}"


@pytest.mark.parametrize(
    ("pair", "common", "apart", "kind"),
    [
        ((words(2, 8), f"{words(2, 8)} {words(3, 40)}"), COMMON, HOUR, "copy"),
        ((words(2, 7), f"{words(2, 7)} {words(3, 40)}"), 0.1, HOUR, "related"),  # SHORT
        ((words(2, 7), f"{words(2, 7)} {words(3, 40)}"), 0.0, HOUR, "copy"),
        (beginning(79), COMMON, HOUR, "copy"),
        (beginning(78), COMMON, HOUR, "related"),  # strong
        (beginning(50), 0.0, HOUR, "copy"),
        (beginning(49), 0.0, HOUR, "related"),  # fair
        (beginning(30), 0.0, HOUR, "related"),
        (beginning(29), 0.0, HOUR, "unrelated"),  # weak
        (beside(8), 0.0, HOUR, "copy"),
        (beside(7), 0.0, HOUR, "related"),  # lead
        (ending(2), 0.0, HOUR, "copy"),
        (ending(3), 0.0, HOUR, "related"),  # cut
        (ending(2, 40), COMMON, HOUR, "copy"),
        (ending(3, 40), COMMON, HOUR, "related"),  # the same of a preface
        (filled(103), COMMON, HOUR, "copy"),
        (filled(102), COMMON, HOUR, "related"),  # template
        (filled(60), 3.0, HOUR, "copy"),
        (filled(60), 3.1, HOUR, "related"),  # common
        (headed(60), 3.0, HOUR, "copy"),
        (headed(60), 3.1, HOUR, "related"),  # common, and another word before it
        (beginning(100), 0.0, 48 * HOUR, "copy"),
        (beginning(100), 0.0, 48.1 * HOUR, "related"),  # window
    ],
)
def test_each_threshold_parts_what_lies_on_either_side_of_it(
    pair: tuple[str, str], common: float, apart: timedelta, kind: str
) -> None:
    assert judge(*map(subject, pair), apart=apart, common=common).kind == kind


@pytest.mark.parametrize(("shared", "alike"), [(79, False), (78, True)])
def test_a_verdict_says_whether_the_text_sufficed(shared: int, alike: bool) -> None:
    assert (judge(*map(subject, beginning(shared)), apart=HOUR).reasons == (ALIKE,)) == alike


@pytest.mark.parametrize(("count", "kind"), [(7, "copy"), (6, "unrelated")])
def test_a_text_of_fewer_than_five_shingles_proves_nothing_under_another_headline(count: int, kind: str) -> None:
    one, other = subject(words(43, count), "Headline"), subject(f"{words(43, count)} {words(44, 40)}", "Another one")
    assert judge(one, other, apart=HOUR).kind == kind


@pytest.mark.parametrize(("count", "bare"), [(5, True), (6, False)])
def test_a_text_of_fewer_than_six_words_is_none(count: int, bare: bool) -> None:
    assert is_bare(subject(words(113, count))) == bare


# --- spellings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "one"),
    [
        (one_word("abcde", "abcdf"), True),
        (one_word("abcd", "abce"), False),
        (one_name("abcde", "abcdf"), True),
        (one_name("abdf", "abds"), False),
        (one_name("kaiben", "kuoboni"), True),  # the same consonants, and three letters of seven
        (one_name("kaiben", "kuobonui"), False),  # three of eight
        (one_name("austria", "australia"), False),
        (one_name("abe", "abi"), False),  # one consonant
        (one_name("koran", "quran"), True),
        (one_name("nissa", "nizza"), True),
        (one_name("xian", "sian"), True),
        (one_name("gaddafi", "kadafy"), True),
        (one_name("spain", "spanish"), True),
        (one_name("brazil", "brazilian"), True),
        (one_name("bcdfghjklm", "bxcxdxfxgxhxjxkxlxmx"), True),  # half as long
        (one_name("bcdfghjklm", "bxcxdxfxgxhxjxkxlxm"), False),
        (one_name("olta", "boltiana"), False),  # letters in their order, but for the first
        (one_name_katakana("バカラ", "ボコラ"), False),
        (one_name_katakana("カラカラカ", "クルクラカ"), True),  # seven letters of ten
        (one_name_katakana("ケイン", "ケーン"), True),
        (one_name("mnt", "mansnt"), True),  # half as long
        (one_name("mnt", "manst"), False),
        (one_acronym("abcd", "abce"), True),
        (one_acronym("abc", "abd"), False),
    ],
)
def test_two_words_are_one_name_while_enough_of_them_agrees(found: bool, one: bool) -> None:
    assert found is one


@pytest.mark.parametrize(("between", "found"), [(1, True), (8, True), (9, False)])
def test_two_names_change_places_at_most_eight_words_apart(between: int, found: bool) -> None:
    told, said = ([one, "beat", *["then"] * (between - 1), other] for one, other in ("XY", "YX"))
    assert (exchanged(told, said, str.isupper) is not None) == found


def test_only_names_change_places() -> None:
    for told in (["X", "beat", "word"], ["word", "beat", "X"]):
        assert exchanged(told, told[::-1], str.isupper) is None


@pytest.mark.parametrize(
    ("beside", "language", "found"), [(21, "en", True), (22, "en", False), (55, "ja", True), (56, "ja", False)]
)
def test_two_names_are_looked_for_among_24_words_or_60_characters(beside: int, language: str, found: bool) -> None:
    names, verb = ([1, 2], [3]) if language == "en" else ([1, 2, 3, 4], [5])
    half = len(names) // 2
    frame, others = list(range(100, 120)), range(200, 200 + beside)
    mine = array("I", [*frame, *names[:half], *verb, *names[half:], *others, *frame])
    yours = array("I", [*frame, *names[half:], *verb, *names[:half], *(2 * other for other in others), *frame])
    places = turned(mine, yours, common_runs(mine, yours, 2), cjk=language == "ja")
    assert any(place.stop - place.start == beside + 2 * half + 1 for place, _ in places) == found


# --- a story and its core --------------------------------------------------------------------------------


def candidate(item_id: int, text: str, story: int = 1, title: str = "Headline", language: str = "en") -> Candidate:
    return Candidate(item_id, story, START, subject(text, title, language), source=f"paper {item_id}")


@pytest.mark.parametrize(("shared", "leads"), [(91, True), (90, False)])
def test_what_takes_the_lead_has_nine_tenths_of_the_core(shared: int, leads: bool) -> None:
    core, other = beginning(shared)
    assert surpasses(subject(f"{other} {words(50, 10)}"), subject(core)) == leads


@pytest.mark.parametrize(("count", "leads"), [(33, True), (34, False)])
def test_a_core_of_fewer_than_thirty_two_shingles_gives_way_to_any_fuller_text(count: int, leads: bool) -> None:
    assert surpasses(subject(words(51, 60)), subject(words(52, count))) == leads


@pytest.mark.parametrize(("count", "share"), [(34, 1.0), (33, 0.0)])
def test_fewer_than_thirty_two_shingles_bear_out_nothing(count: int, share: float) -> None:
    me = subject(words(53, 80))
    others = [Print(paper, subject(words(53, count))) for paper in ("mail", "evening")]
    assert borne_out(me, Print("herald", me), others) == share


@pytest.mark.parametrize(("end", "story"), [(42, 1), (41, None)])
def test_what_joins_has_two_fifths_in_common_with_the_core(end: int, story: int | None) -> None:
    text, shared = words(54, 102 - end), words(55, end)
    core, copy = candidate(1, f"{words(56, 100)} {shared}"), candidate(2, f"{text} {shared}")
    assert place(Case(9, START, copy.subject, [copy, core], {1: core}, source="mail")).story == story


@pytest.mark.parametrize(("shared", "story"), [(95, 1), (94, 2)])
def test_of_two_copies_the_second_is_looked_at_unless_the_first_is_beyond_doubt(shared: int, story: int) -> None:
    mine, near = beginning(shared)
    first, second = candidate(1, near, 1), candidate(2, mine, 2)
    assert place(Case(9, START, subject(mine), [first, second], {1: first, 2: second}, source="mail")).story == story


@pytest.mark.parametrize(("shared", "story"), [(80, 1), (79, None)])
def test_two_items_of_one_feed_are_one_text_if_four_fifths_of_it_are_equal(shared: int, story: int | None) -> None:
    mine, near = beginning(shared)
    known = candidate(1, near)
    assert place(Case(9, START, subject(mine), [known], {1: known}, source=known.source)).story == story


@pytest.mark.parametrize(("shared", "story"), [(79, 1), (78, None)])
def test_a_story_of_several_texts_by_right_asks_for_one_good_copy(shared: int, story: int | None) -> None:
    mine, near = beginning(shared)
    core, copy = candidate(1, words(80, 100)), candidate(2, near)
    case = Case(9, START, subject(mine), [copy, core], {1: core}, source="mail", manifold=frozenset({1}))
    assert place(case).story == story


@pytest.mark.parametrize(("shared", "story"), [(40, 1), (39, None)])
def test_what_others_print_of_the_core_s_text_may_be_two_fifths_of_what_joins(shared: int, story: int | None) -> None:
    text, printed = f"{words(81, shared + 2)} {words(82, 120)}", f"{words(81, shared + 2)} {words(83, 100 - shared)}"
    core, copy = candidate(1, f"{printed} {words(84, 60)}"), candidate(2, text)
    others = [candidate(number, printed) for number in (3, 4)]
    assert place(Case(9, START, subject(text), [copy, core, *others], {1: core}, source="mail")).story == story


def led(shared: int, manifold: frozenset[int] = frozenset()) -> int:
    """Which copy leads a story when a text of which so many in a hundred shingles stand in the core joins it."""
    mine, near = beginning(shared)
    core = candidate(1, f"{near} {words(85, 60)}")
    others = [candidate(number, f"{mine} {words(86, 40)}") for number in (2, 3)]
    return place(Case(9, START, subject(mine), [core, *others], {1: core}, source="mail", manifold=manifold)).core


def test_the_lead_is_asked_for_where_the_core_lacks_a_tenth_of_what_joins_and_a_story_has_one_text() -> None:
    assert [led(91), led(90), led(90, frozenset({1}))] == [1, 2, 1]


def test_of_copies_that_are_borne_out_alike_and_as_full_the_first_leads() -> None:
    copies = {number: Print(f"paper {number}", subject(words(87, 60))) for number in (3, 1, 2)}
    assert best_borne_out(copies) == 1


# --- headlines -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "title", "apart", "story"),
    [
        ("en", words(57, 8), HOUR, 1),
        ("en", words(57, 7), HOUR, None),
        ("ja", KANJI[:24], HOUR, 1),
        ("ja", KANJI[:23], HOUR, None),
        ("en", words(57, 8), 24 * HOUR, 1),
        ("en", words(57, 8), 24.1 * HOUR, None),
    ],
)
def test_a_long_headline_joins_texts_that_were_cut_in_different_places(
    language: str, title: str, apart: timedelta, story: int | None
) -> None:
    known = candidate(1, words(58, 40), title=title, language=language)
    me = Case(9, START + apart, subject(words(59, 40), title, language), [known], {1: known}, source="mail")
    assert place(me).story == story


@pytest.mark.parametrize(("apart", "story"), [(48 * HOUR, 1), (48.1 * HOUR, None)])
def test_a_bare_headline_names_a_story_of_two_days(apart: timedelta, story: int | None) -> None:
    known = candidate(1, words(58, 40), title="Storm hits coast")
    me = Case(9, START + apart, subject("", "Storm hits coast"), [known], {1: known}, source="mail")
    assert place(me).story == story


@pytest.mark.parametrize(("apart", "story"), [(12 * HOUR, 1), (12.1 * HOUR, None)])
def test_a_headline_that_its_source_used_half_a_day_before_is_a_column_s(apart: timedelta, story: int | None) -> None:
    known = candidate(1, "", title="Storm hits coast")
    me = Case(9, START + apart, subject("", "Storm hits coast"), [known], {1: known}, source=known.source)
    assert place(me).story == story


def of_one_mould(title: str, one: str, other: str, language: str) -> bool:
    """Whether two headlines of one text are castings of one mould; what is their own stands in their texts as well."""
    texts = (f"{words(60, 40)} {own} {words(61, 40)} {words(number, 8)}" for number, own in ((62, one), (63, other)))
    pair = (subject(text, title.format(own), language) for text, own in zip(texts, (one, other), strict=True))
    return one_mould(*(side.features for side in pair))


@pytest.mark.parametrize(
    ("language", "title", "one", "other", "mould"),
    [
        ("en", f"{words(64, 2)} {{}}", "oita", "kochi", True),
        ("en", f"{words(64, 1)} {{}}", "oita", "kochi", False),
        ("en", f"{words(64, 2)} {{}}", words(65, 6), words(66, 6), True),
        ("en", f"{words(64, 2)} {{}}", words(65, 7), words(66, 7), False),
        ("ja", f"{KANJI[:4]}{{}}", KANJI[30:33], KANJI[40:43], True),
        ("ja", f"{KANJI[:3]}{{}}", KANJI[30:33], KANJI[40:43], False),
    ],
)
def test_so_many_words_make_two_headlines_castings_of_one_mould(
    language: str, title: str, one: str, other: str, mould: bool
) -> None:
    assert of_one_mould(title, one, other, language) == mould


@pytest.mark.parametrize(
    ("language", "title", "mould"),
    [("en", words(67, 3), True), ("en", words(67, 2), False), ("ja", KANJI[:6], True), ("ja", KANJI[:5], False)],
)
def test_so_many_words_beside_other_figures_make_two_headlines_castings_of_one_mould(
    language: str, title: str, mould: bool
) -> None:
    one, other = (subject(words(68, 60), f"{title} {figure}", language) for figure in (39, 40))
    assert judge(one, other, apart=HOUR).conflict == mould


@pytest.mark.parametrize(("shared", "filled"), [(15, True), (14, False)])
def test_headlines_of_one_mould_are_bulletins_where_so_much_of_their_texts_is_equal(shared: int, filled: bool) -> None:
    one, other = (
        subject(text, f"{words(67, 3)} {figure}") for text, figure in zip(beginning(shared), (39, 40), strict=True)
    )
    assert one_bulletin(one, other) == filled


@pytest.mark.parametrize(("shared", "story"), [(6, 1), (5, None)])
def test_an_update_has_six_tenths_of_the_headline_s_words(shared: int, story: int | None) -> None:
    title, headline = (f"{words(69, shared)} {words(at, 10 - shared)}" for at in (70, 71))
    told = replace(candidate(1, QUAKE, title=title), source="herald")
    me = subject(QUAKE.replace("6.1", "6.3"), headline)
    assert place(Case(9, START, me, [told], {1: told}, source="herald", step="update")).story == story


def test_of_the_verdicts_against_a_copy_the_two_likeliest_are_kept() -> None:
    mine, _ = beginning(40)
    known = [candidate(story, beginning(shared)[1], story) for story, shared in ((1, 35), (2, 38), (3, 32))]
    placed = place(Case(9, START, subject(mine), known, {one.story: one for one in known}, source="mail"))
    assert [item for item, _ in placed.turned_down] == [2, 1]
    copy = candidate(4, mine, known[1].story)
    joined = place(Case(9, START, subject(mine), [*known, copy], {1: known[0], 2: copy, 3: known[2]}, source="mail"))
    assert (joined.story, [item for item, _ in joined.turned_down]) == (2, [1, 3]), "of other stories"


def is_late(said: str, now: Candidate, reprint: str, until: timedelta = HOUR) -> bool:
    """Whether a reprint is a late one of what a copy said before."""
    me = Case(9, START, subject(reprint), [now], {1: now}, source="mail")
    return late_copy(me, Earlier(now, subject(said), START + until)) is not None


@pytest.mark.parametrize(("left", "late"), [(31, True), (30, False)])
def test_a_late_reprint_is_of_a_text_of_which_four_fifths_still_stand(left: int, late: bool) -> None:
    first, last = words(72, 50), words(73, 49)
    said = f"{first} 6.1 {last}"
    assert is_late(said, candidate(1, f"{first} 6.3 {' '.join(last.split()[:left])}"), said) == late


@pytest.mark.parametrize(("figures", "late"), [(0, False), (1, True), (3, True), (4, False)])
def test_a_late_reprint_is_of_a_text_of_which_one_to_three_figures_were_changed(figures: int, late: bool) -> None:
    said = " ".join(f"{words(at, 20)} {at}" for at in range(90, 95))
    now = said
    for at in range(90, 90 + figures):
        now = now.replace(f" {at}", f" {at + 50}")
    assert is_late(said, candidate(1, now), said) == late


@pytest.mark.parametrize(
    ("until", "common", "shared", "late"),
    [
        (12 * HOUR, COMMON - 1, 79, True), (12.1 * HOUR, COMMON - 1, 79, False), (12 * HOUR, COMMON - 0.9, 79, False),
        (12 * HOUR, COMMON - 1, 78, False),
    ],
)  # fmt: skip
def test_a_late_reprint_is_of_what_was_corrected_within_half_a_day_and_few_stories_carry(
    until: timedelta, common: float, shared: int, late: bool
) -> None:
    common_words = f"{words(88, 9)} 6.1 {words(89, shared - 8)}"
    said, reprint = (f"{common_words} {words(number, 100 - shared)}" for number in (96, 97))
    now = replace(candidate(1, said.replace("6.1", "6.3")), common=common)
    assert is_late(said, now, reprint, until) == late


# --- steps of a running story ----------------------------------------------------------------------------


@pytest.mark.parametrize(("apart", "story"), [(12 * HOUR, 1), (12.1 * HOUR, None)])
def test_an_update_comes_within_half_a_day(apart: timedelta, story: int | None) -> None:
    told = replace(candidate(1, QUAKE), source="herald")
    me = subject(QUAKE.replace("6.1", "6.3"))
    assert place(Case(9, START + apart, me, [told], {1: told}, source="herald", step="update")).story == story


def updates(said: str, now: str, common: float = 0.0) -> bool:
    """Whether a text that calls itself an update joins the story of its outlet's earlier one."""
    told = replace(candidate(1, said), source="herald", common=common)
    return place(Case(9, START, subject(now), [told], {1: told}, source="herald", step="update")).story == 1


@pytest.mark.parametrize(("shared", "joins"), [(50, True), (49, False)])
def test_an_update_has_half_of_the_text(shared: int, joins: bool) -> None:
    common_words = f"{words(98, 12)} {{}} {words(99, shared - 8)}"
    said, now = (f"{common_words.format(figure)} {words(figure, 97 - shared)}" for figure in (110, 111))
    assert updates(said, now) == joins


@pytest.mark.parametrize(
    ("places", "own", "common", "joins"),
    [(1, 40, 3.0, True), (2, 40, 3.0, False), (2, 0, 3.0, True), (1, 40, 3.1, False), (2, 0, 3.1, False)],
)
def test_an_update_has_other_words_in_one_place_unless_nearly_all_is_the_same_and_is_no_passage_of_many_stories(
    places: int, own: int, common: float, joins: bool
) -> None:
    shared = f"{words(39, 60)} 6.1 {words(112, 60)}"
    now = shared.replace("6.1", "6.3").split()
    for at in range(10, 10 + 10 * places, 10):
        now[at] = "quite"
    assert updates(f"{shared} {words(113, own)}", f"{' '.join(now)} {words(114, own)}", common) == joins


def test_an_update_changes_no_name() -> None:
    assert not updates(QUAKE, QUAKE.replace("Onagawa", "Tomari"))


@pytest.mark.parametrize(("apart", "core"), [(0 * HOUR, 9), (12 * HOUR, 9), (12.1 * HOUR, 1)])
def test_a_copy_that_says_it_is_a_next_step_leads_within_half_a_day(apart: timedelta, core: int) -> None:
    told = replace(candidate(1, QUAKE), source="herald")
    assert place(Case(9, START + apart, told.subject, [told], {1: told}, source="herald", step="wrap-up")).core == core


@pytest.mark.parametrize(("figures", "joins"), [(3, True), (4, False)])
def test_an_update_changes_three_figures_at_most(figures: int, joins: bool) -> None:
    said = " ".join(f"{words(at, 20)} {at}" for at in range(90, 95))
    now = said
    for at in range(90, 90 + figures):
        now = now.replace(f" {at}", f" {at + 50}")
    assert updates(said, now) == joins


@pytest.mark.parametrize(("length", "withdrawn"), [(800, True), (801, False)])
def test_a_notice_has_eight_hundred_characters_at_most(length: int, withdrawn: bool) -> None:
    assert withdraws("STORY REMOVED: Quake", "a" * length) == withdrawn


@pytest.mark.parametrize(("before", "said"), [(186, "update"), (187, None)])
def test_what_a_text_says_that_it_is_stands_in_its_first_two_hundred_characters(before: int, said: str | None) -> None:
    assert step("Quake", "a" * before + "(Adds details)") == said
