"""HTML that nests too deep or crosses its tags, before it is read as HTML."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from feedhub.markup import plain_text, sanitise
from feedhub.nesting import DEEPEST, FEW, limit_nesting

FILLING = "<i>x</i>" * FEW  # from so many tags on, nesting is looked at

texts = st.sampled_from(["x", "a &lt; b", " ", "1 > 0", "日本"])
leaves = texts | st.sampled_from(["<br>", "<img src='a.png' alt='1 > 0'>", '<a href="/?a=b&amp;c">x</a>', "<hr/>"])


def within(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name = st.sampled_from(["b", "div", "blockquote", "span", "ul", "em", "table", "section"])
    opened = st.sampled_from(["", " title='<b>'", ' title="a > b"', " hidden", " a=1 b = '2'"])
    parts = st.lists(inner, max_size=4).map("".join)
    return st.builds(lambda name, more, inside: f"<{name}{more}>{inside}</{name}>", name, opened, parts)


@given(st.recursive(leaves, within, max_leaves=30))
def test_what_is_written_as_it_should_be_stays(markup: str) -> None:
    assert limit_nesting(markup + FILLING) == markup + FILLING


def test_few_tags_are_left_to_the_reader_of_html() -> None:
    assert limit_nesting("<p><b>x</p>") == "<p><b>x</p>"


def depth(markup: str) -> int:
    deepest = now = 0
    for end in re.findall(r"<(/?)\w", markup):
        now += -1 if end else 1
        deepest = max(deepest, now)
    return deepest


def test_what_nests_too_deep_keeps_its_text_and_its_outer_elements() -> None:
    deep = "".join(f"<div><em>{n} " for n in range(1000))
    found = limit_nesting(deep)
    assert depth(found) == DEEPEST
    assert plain_text(sanitise(found, "http://a.example/")).split() == [str(n) for n in range(1000)]
    closed = limit_nesting("<div>" * 1000 + "x" + "</div>" * 1000)
    assert closed == "<div>" * DEEPEST + "x" + "</div>" * DEEPEST


def test_what_crosses_is_closed_in_order_and_not_opened_anew() -> None:
    crossed = "<p><b title='1'>x</p>" * FEW
    assert limit_nesting(crossed) == "<p><b title='1'>x</b></p>" * FEW
    assert len(sanitise(crossed, "http://a.example/")) < 2 * len(crossed)


def test_paragraphs_items_and_cells_that_nobody_ends_are_not_within_one_another() -> None:
    for unended in ("<p>x", "<li>x", "<p>x<div>y</div>", "<dt>x<dd>y", "<p>x<ul><li>y</ul>", "<tr><td>x<td>y", "<br>x"):
        assert limit_nesting(unended * FEW) == unended * FEW


def test_quotes_and_comments_hide_no_depth() -> None:
    for hiding in (
        "<div title='<'>", "<div><!-- </div> -->", "<div><!x </div>", "<div></ </div>", "<div><svg><![CDATA[></div>]]>",
        "<div><title></div></title>", '<b =">', '<b ">', "<div/>",
    ):  # fmt: skip
        assert depth(re.sub("'[^']*'", "", limit_nesting(hiding * FEW))) <= DEEPEST, hiding
