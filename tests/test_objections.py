"""What speaks against a copy, one reason at a time: texts of invented words, so that nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from build import BUDGET, QUAKE, START
from build import gibberish as words
from feedhub.dedup.case import Candidate, Case
from feedhub.dedup.core import Print, borne_out
from feedhub.dedup.judge import judge
from feedhub.dedup.late import Earlier, late_copy
from feedhub.dedup.place import place
from feedhub.dedup.subject import Subject

HOUR = timedelta(hours=1)
RARE, COMMON = 0.0, 4.0  # other stories that carry what the texts share


def subject(text: str, title: str = "Headline", language: str = "en") -> Subject:
    return Subject.of(title, text, language)


def altered(text: str, every: int) -> str:
    """The same with another word in every so many places."""
    return " ".join("quite" if place % every == every - 1 else word for place, word in enumerate(text.split()))


SHARED = words(1, 60)
FOOTER = words(23, 120)
PAIRS = {
    "short and common passage": (words(2, 7), f"{words(2, 7)} {words(3, 40)}"),
    "common passage with other words": (f"{words(4, 2)} {SHARED}", f"{words(5, 2)} {SHARED}"),
    "a template filled with other words": (SHARED, altered(SHARED, 8)),
    "shared preface": (f"{words(1, 40)} {words(6, 30)}", f"{words(1, 40)} {words(7, 30)}"),
    "too little in common": (
        f"{words(8, 20)} {words(9, 40)} {words(10, 10)}",
        f"{words(8, 20)} {words(10, 10)} {words(11, 40)}",
    ),
}


@pytest.mark.parametrize("reason", PAIRS)
def test_what_many_stories_carry_makes_no_copy_of_what_would_be_one(reason: str) -> None:
    one, other = map(subject, PAIRS[reason])
    assert judge(one, other, apart=HOUR, common=RARE).kind == "copy"
    found = judge(one, other, apart=HOUR, common=COMMON)
    assert (found.kind, found.reasons) == ("related", (reason,))


@pytest.mark.parametrize(
    ("reason", "one", "other"),
    [
        ("neither lead stands in the other text", f"{words(12, 30)} {SHARED[:200]}", f"{words(13, 30)} {SHARED[:200]}"),
        ("neither lead stands in the other text", f"{words(12, 20)} {FOOTER}", f"{words(13, 20)} {FOOTER}"),
        ("too little in common", f"{words(1, 25)} {words(14, 40)}", f"{words(1, 25)} {words(15, 40)}"),
    ],
)
def test_what_is_shared_must_be_enough_and_stand_where_a_text_begins(reason: str, one: str, other: str) -> None:
    found = judge(subject(one), subject(other), apart=HOUR)
    assert (found.kind, found.reasons) == ("related", (reason,))


def test_the_same_words_in_two_languages_are_no_copies() -> None:
    assert judge(subject(SHARED), subject(SHARED, language="de"), apart=HOUR).kind == "unrelated"


@pytest.mark.parametrize("opening", range(8))
def test_a_text_that_breaks_off_in_another_figure_contradicts_however_it_begins(opening: int) -> None:
    full = "Tokyo stocks closed lower, with the benchmark Nikkei index of large firms falling 210.33 points to 39,874."
    broken = f"{words(opening, 1)} {full.partition('210')[0]}"
    assert judge(subject(full), subject(f"{broken}275…"), apart=HOUR).conflict
    assert not judge(subject(full), subject(f"{broken}21…"), apart=HOUR).conflict
    assert not judge(subject(f"{broken}210.3 […]"), subject(f"{broken}21…"), apart=HOUR).conflict


@pytest.mark.parametrize(("count", "conflict"), [(6, True), (7, False)])
def test_more_words_in_the_place_of_others_make_another_headline_not_another_filling(
    count: int, conflict: bool
) -> None:
    one, other = words(20, count), words(21, count)
    title, text = "Heavy rain expected {} for two days", "{} " + QUAKE
    found = judge(
        subject(text.format(one), title.format(one)), subject(text.format(other), title.format(other)), apart=HOUR
    )
    assert found.conflict == conflict


# --- of several candidates -------------------------------------------------------------------------------


def candidate(item_id: int, story: int, text: str, title: str = "Headline", source: str = "") -> Candidate:
    return Candidate(item_id=item_id, story=story, published=START, subject=subject(text, title), source=source)


def case(text: str, *candidates: Candidate, title: str = "Headline", source: str = "") -> Case:
    cores = {one.story: one for one in reversed(candidates)}
    return Case(99, START, subject(text, title), list(candidates), cores, source=source)


def test_of_two_copies_the_better_one_counts_whichever_is_looked_at_first() -> None:
    near, same = candidate(1, 1, QUAKE.rsplit("\n", 1)[0] + f" {words(16, 12)}"), candidate(2, 2, QUAKE)
    for candidates in ((near, same), (same, near)):
        assert place(case(QUAKE, *candidates)).story == 2


def test_a_feed_that_lists_two_texts_that_differ_means_two_stories() -> None:
    known = candidate(1, 1, f"{words(1, 40)} {words(6, 20)}", source="herald")
    text = f"{words(1, 40)} {words(7, 20)}"
    assert place(case(text, known, title="Another", source="mail")).story == 1
    assert place(case(text, known, title="Another", source="herald")).story is None


STUB = "This article is for subscribers. Log in or subscribe to read on, for 3 pounds a week, and cancel at any time."


@pytest.mark.parametrize(
    ("source", "common", "title", "story"),
    [
        ("herald", RARE, "Why buses run late", None),
        ("mail", COMMON, "Why buses run late", None),
        ("mail", RARE, "Why buses run late", 1),  # a text by chance of which both headlines say something else
        ("herald", RARE, "Council leader to quit", 1),
    ],
)
def test_what_stands_in_place_of_texts_makes_no_story_of_a_feed_s_items_nor_of_many_feeds(
    source: str, common: float, title: str, story: int | None
) -> None:
    known = replace(candidate(1, 1, STUB, "Council leader quits", "herald"), common=common)
    found = place(case(STUB, known, title=title, source=source))
    assert (found.story, found.related) == (story, ())


def test_what_contradicts_is_another_matter_and_no_story_of_the_same_event() -> None:
    preface = candidate(1, 1, f"{words(17, 30)} {SHARED[:200]}")
    filled = candidate(2, 2, QUAKE.replace("6.1", "4.8").replace("5:12", "9:40"))
    assert place(case(f"{words(18, 30)} {SHARED[:200]}", preface)).related != ()
    assert place(case(QUAKE, filled)).related == ()


def test_what_many_stories_carry_tells_of_no_event_that_two_of_them_have_in_common() -> None:
    for common, related in ((RARE, ((1, pytest.approx(0.85, abs=0.05)),)), (COMMON, ())):
        other = replace(candidate(1, 1, f"{words(12, 20)} {FOOTER}"), common=common)
        assert place(case(f"{words(13, 20)} {FOOTER}", other)).related == related


def test_a_text_that_joins_elsewhere_takes_in_a_bare_headline_only_where_no_other_text_has_it() -> None:
    title = "Quake off Miyagi"
    copy, bare, other = candidate(1, 1, QUAKE), candidate(2, 2, "", title), candidate(3, 3, BUDGET, title)
    assert place(case(QUAKE, copy, bare, title=title)).absorbs == (2,)
    assert place(case(QUAKE, copy, bare, other, title=title)).absorbs == ()


def test_a_source_s_other_items_bear_out_nothing_of_its_own_text() -> None:
    core, same = Print("herald", subject(QUAKE)), subject(QUAKE)
    assert borne_out(same, core, [Print("mail", same), Print("evening", same)]) == 1.0
    assert borne_out(same, core, [Print("mail", same), Print("herald", same)]) == 0.0


# --- of what a story said before, and of what says that it updates it ------------------------------------


def test_an_update_of_what_many_stories_carry_is_a_bulletin_filled_anew() -> None:
    filled = QUAKE.replace("6.1", "6.3")
    told = candidate(1, 1, QUAKE, "Quake off Miyagi", "herald")
    for common, story in ((RARE, 1), (COMMON, None)):
        me = case(filled, replace(told, common=common), title="UPDATE 1-Quake off Miyagi", source="herald")
        assert place(replace(me, step="update")).story == story


def test_what_stands_but_in_part_in_a_text_that_was_corrected_is_no_late_copy_of_it() -> None:
    now = candidate(1, 1, QUAKE.replace("6.1", "6.3"), source="herald")
    before = Earlier(now, subject(QUAKE), START + HOUR)
    part = " ".join(QUAKE.split()[:50])
    for text, late in ((QUAKE, True), (f"{part} {words(22, 30)}", False)):
        me = case(text, now, source="mail")
        assert judge(me.me, before.subject, apart=HOUR).kind == "copy"
        assert (late_copy(me, before) is not None) == late
