"""Words and letters."""

from hypothesis import given
from hypothesis import strategies as st

from feedhub import text
from feedhub.dedup.fingerprint import _THOUSANDS, _TOKEN, tokenise
from feedhub.store.words import terms


@given(st.text())
def test_folding_twice_is_folding_once(words: str) -> None:
    assert text.fold(text.fold(words)) == text.fold(words)


@given(st.text())
def test_a_headline_is_one_legal_line(words: str) -> None:
    line = text.one_line(words)
    assert "\n" not in line
    assert "\x00" not in line
    assert text.one_line(line) == line


def test_widths_and_wave_dashes_fold_to_one_form() -> None:
    assert text.fold("ＡＢＣ　１２３〜") == text.fold("abc 123～")


def test_the_script_tells_the_language() -> None:
    assert text.guess_language("防衛相は会見で述べた") == "ja"
    assert text.guess_language("The minister said on Friday") == "en"
    assert text.guess_language("") == "und"


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=80))
def test_ascii_is_split_as_any_other_text_is(words: str) -> None:
    assert tokenise(words) == _TOKEN.findall(_THOUSANDS.sub("", text.fold(words)))
    assert text.fold(words) == text.fold(f"{words} é")[:-2]
    assert terms("", words) | {"é"} == terms("", f"{words} é")
