"""Words and letters."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from feedhub import text
from feedhub.dedup.tokens import tokenise


@given(st.text())
def test_folding_twice_is_folding_once(words: str) -> None:
    assert text.fold(text.fold(words)) == text.fold(words)


@given(st.text())
def test_a_headline_is_one_legal_line(words: str) -> None:
    line = text.one_line(words)
    assert "\n" not in line
    assert "\x00" not in line
    assert text.one_line(line) == line


def test_a_letter_keeps_the_marks_it_can_have_and_no_heap_of_them() -> None:
    assert text.legal("Vie\u0302\u0323t") == "Vi\u1ec7t"
    assert text.legal("a" + "\u0323" * 29 + "b") == "\u1ea1" + "\u0323" * 28 + "b"
    assert len(text.legal("a" + "\u0345\u0301" * 50_000)) <= 31
    assert len(text.fold(("\u0323\u0301" * 15 + "\u00ad") * 1000)) < 100


def test_widths_and_wave_dashes_fold_to_one_form() -> None:
    assert text.fold("ＡＢＣ　１２３〜") == text.fold("abc 123～")


def test_the_script_tells_the_language() -> None:
    assert text.guess_language("防衛相は会見で述べた") == "ja"
    assert text.guess_language("The minister said on Friday") == "en"
    assert text.guess_language("") == "und"


@given(st.text(alphabet="かがハﾊ「日〇ー、\u3099\u309a\uff9e\uff9fＡ１①…e\u0301 ﬁ㌔가\u1100\u1161", max_size=40))
def test_what_kana_and_kanji_stand_between_is_normalised_as_with_them(words: str) -> None:
    assert text.normal("NFKC", words) == unicodedata.normalize("NFKC", words)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=80))
def test_ascii_is_split_as_any_other_text_is(words: str) -> None:
    assert tokenise(words) == tokenise(f"{words} é")[:-1]
    assert text.fold(words) == text.fold(f"{words} é")[:-2]
