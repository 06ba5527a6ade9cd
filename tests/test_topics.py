"""Queries take the stories that their words mean."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import START, story
from feedhub.errors import QueryError
from feedhub.topics import compile_query, compile_topics, matter, saved_queries
from feedhub.topics.patterns import PATIENCE, Expression
from queries import JAPANESE, SOURCES, STORY, topic

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs/queries.md").read_text(encoding="utf-8")


def refused(query: str, saved: dict[str, str] | None = None) -> QueryError:
    with pytest.raises(QueryError) as raised:
        compile_query(query, saved)
    return raised.value


# --- words and fields ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "", "defense", "DEFENSE", "ｄｅｆｅｎｓｅ", "missiles ministry", "peace OR missiles", '"asks for"', "-baseball",
        "defense -(sumo OR baseball)", "miss*", "8.5", "u.s", '"long-range missiles"', "long-range", "(defense)",
        "peace OR (missiles OR x) defense", "don't", "don’t", "japan", "japan's", "--defense", "-(-defense)", "marvel*",
        '"asks f"*', '"ministry wan"*', "“asks for”", "（defense　ＯＲ　peace）", "－baseball", "ｍｉｓｓ＊",
        '"OR" OR defense', "or OR defense", "¥8.5",
    ],
)  # fmt: skip
def test_a_query_takes_what_its_words_mean(query: str) -> None:
    assert compile_query(query).matches(matter(STORY, SOURCES), START)


@pytest.mark.parametrize(
    "query",
    [
        "peace", "defens", "missiles peace", '"for asks"', "-defense", "8", "marvel", '"range long"', "-(defense OR x)",
        "defense -title:ministry", "--peace", '"sks for"', '"trillion the"', '"asks or"*',
    ],
)  # fmt: skip
def test_a_query_leaves_what_its_words_do_not_mean(query: str) -> None:
    assert not compile_query(query).matches(matter(STORY, SOURCES), START)


@pytest.mark.parametrize(
    "query",
    [
        "会見", "相会", "関税", "カンゼイ", "ｶﾝｾﾞｲ", "タリフ", "首相 関税", '"首相会見"', "title:会見",
        "title：会見", "lang:ja", "岸田文雄", "会見*", "3月", "３月", "title:(経済 OR ﾀﾘﾌ)", "text：（関税　－野球）",
        "/関税|予算/", "/ﾀﾘﾌ/", "/（カンゼイ）/", "title:/^首相.*言及$/", "author:山田", "author:山田太郎",
        "place:東京", "outlet:武蔵新報", "outlet:武蔵*", "東京、都内", "会見。",
    ],
)  # fmt: skip
def test_japanese_matches_anywhere_and_in_any_width(query: str) -> None:
    assert compile_query(query).matches(matter(JAPANESE, {}), START)


@pytest.mark.parametrize(
    "query", ["京都", "述べた見込み", "会見タリフ", "首相タリフ", "タリ一", "title:関税", "text:タリフ", "lang:en"]
)
def test_japanese_does_not_match_across_sentences_or_fields(query: str) -> None:
    assert not compile_query(query).matches(matter(JAPANESE, {}), START)


@pytest.mark.parametrize(
    ("takes", "leaves"),
    [
        ("title:ministry", "title:missiles"),
        ("title:minis*", "title:inistry"),
        ("TITLE:ministry", "title:wants"),
        ("text:missiles", "text:asks"),
        ("title:(peace OR ministry)", "title:(peace OR missiles)"),
        ("title:(peace OR text:missiles)", "title:(peace OR text:asks)"),
        ("source:harbor-mail", "source:harbor"),
        ('source:"Harbor Mail"', "source:mail"),
        ('outlet:"harbor mail"', "outlet:harbor-mail"),
        ("outlet:harbor*", "outlet:mail*"),
        ("outlet:/mail|herald/", "outlet:/^mail/"),
        ("agency:tsubame", "agency:ap"),
        ("agency:(ap OR tsubame)", "agency:(ap OR tsu)"),
        ("tag:politics", "tag:sport"),
        ("tag:wire", "tag:wir"),
        ("tag:/^pol/", "tag:/^tics/"),
        ("lang:en", "lang:ja"),
        ("author:tsubame", "author:tsu"),
        ('author:"desk of"', 'author:"of desk"'),
        ("author:tsu*", "author:osaka"),
        ("place:osaka", "place:tokyo"),
        ("copies>=2", "copies>2"),
        ("copies=2", "copies<2"),
        ("copies<=2", "copies >= 3"),
        ("origins=1", "origins>=2"),
        ("age<3d", "age>1d"),
        ("age>=30m", "age<30m"),
        ("age<0.5d", "age>0.1w"),
        ("ＡＧＥ＜３ｄ", "ａｇｅ＞１ｄ"),
        ("published>=2026-11-23", "published>2026-11-23"),
        ("published=2026-11-23", "published=2026-11-22"),
        ("published<=2026-11-23", "published<2026-11-23"),
        ("published=2026-11-23T07:30", "published=2026-11-23T07:31"),
        ("published=2026-11-23T16:30+09:00", "published=2026-11-23T16:30"),
        ("published<2026-11-23T07:31Z", "published<2026-11-23T07:30Z"),
    ],
)
def test_every_field_takes_and_leaves(takes: str, leaves: str) -> None:
    seen = matter(STORY, SOURCES)
    assert compile_query(takes).matches(seen, START)
    assert not compile_query(f"-({takes})").matches(seen, START)
    assert not compile_query(leaves).matches(seen, START)


def test_headlines_of_all_copies_count_but_no_phrase_goes_from_one_into_the_next() -> None:
    other = replace(STORY, copies=(STORY.copies[0], replace(STORY.copies[1], title="Quake off Miyagi")))
    seen = matter(other, SOURCES)
    assert compile_query("title:miyagi title:trillion").matches(seen, START)
    assert not compile_query('"trillion quake" OR "miyagi the"').matches(seen, START)


def test_origins_are_the_storys_own_where_it_has_them() -> None:
    counted = replace(STORY, origins=3)
    assert compile_query("origins>=3").matches(matter(counted, SOURCES), START)


# --- mistakes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "position", "said"),
    [
        ("a (b", 2, "without its )"),
        ("a) b", 1, "without its ("),
        ('a "b', 2, "without its end"),
        ("a OR", 4, "missing"),
        ("OR a", 0, "missing"),
        ("a OR OR b", 5, "missing"),
        ("()", 1, "missing"),
        ("-(", 2, "missing"),
        ("a AND b", 2, "side by side mean AND"),
        ("NOT b", 0, "write -word"),
        ("titel:a", 0, "did you mean title:?"),
        ("a outlett:a", 2, "did you mean outlet:?"),
        ("http://herald.example", 0, "in quotes"),
        ("title: a", 6, "nothing to look for"),
        ("(title:)", 7, "nothing to look for"),
        ("title:-", 6, "nothing to look for"),
        ("copies>=many", 8, "number"),
        ("copies>=²", 8, "number"),
        ("copies:2", 0, "compared"),
        ("copis>=2", 0, "did you mean copies?"),
        ("title>=2", 0, "title:word"),
        ("x<y", 0, "in quotes"),
        ("age<3", 4, "m, h, d or w"),
        ("age<3days", 4, "did you mean 3d?"),
        ("age<", 4, "m, h, d or w"),
        ("published>=yesterday", 11, "a time is a day"),
        ("published>=2026/11/01", 11, "did you mean 2026-11-01?"),
        ("published>=2026-02-30", 11, "calendar"),
        ("published>=0000-01-01", 11, "calendar"),
        ("lang:japanese", 5, "as in lang:ja"),
        ("lang:ja-JP", 5, "did you mean lang:ja?"),
        ("a -", 2, "nothing to look for"),
        ("a ***", 2, "nothing to look for"),
        ("a b*c", 3, "end of a word"),
        ("a /b", 2, "without its end"),
        ("a //", 3, "nothing to look for"),
        ("/usr/bin", 5, "ends here"),
        ("a /(b/", 5, "not a regular expression: missing )"),
        ("a title:/b)c/", 10, "unbalanced parenthesis"),
        ("/タリフ+*?)/", 5, "multiple repeat"),
        ("/ｶﾞ*+)/", 5, "unbalanced parenthesis"),
        ("/" + "(" * 499 + "/", 1, "groups"),
        ("/" + "a" * 501 + "/", 501, "500"),
        ("/(?:(?:a{1000}){99})b/", 15, "10000"),
        ("/ｶﾞ{99999}/", 3, "10000"),
        ("/a/ " * 8 + "b /c/", 34, "more than 8"),
        ("a @", 3, "the id of a topic"),
        ("a @b!", 4, "the id of a topic"),
        ("(" * 30, 20, "groups"),
        ("a" * 2001, 2000, "longer than"),
    ],
)
def test_a_mistake_is_named_with_its_place(query: str, position: int, said: str) -> None:
    error = refused(query)
    assert (error.position, said in error.message) == (position, True), error.message


def test_the_caret_stands_under_the_place() -> None:
    said = str(refused("steel titel:tariff"))
    assert said == "no field 'titel'; did you mean title:?\n  steel titel:tariff\n        ^"
    assert said in DOCUMENT.replace("```", "")
    assert str(refused("関税 ｶﾅ titel:a")).endswith("  関税 ｶﾅ titel:a\n          ^"), "as wide as a terminal shows it"
    assert str(refused("a OR\n\t(b\n OR c")).endswith("\n   (b\n   ^"), "of several lines, the one at fault"
    long = str(refused(f"{'a ' * 400}titel:b {'c ' * 400}")).splitlines()
    assert len(long[1]) < 130
    assert long[1][long[2].index("^") :].startswith("titel:b")


@given(st.text(alphabet='ab会ｶ "()-:*@/ORANDcopiesage><=0123dlangtitle　（）', max_size=40))
def test_any_text_compiles_or_is_refused_and_excluding_a_word_never_adds(text: str) -> None:
    try:
        query = compile_query(text)
    except QueryError as error:
        place = error.position
        query = None
    if query is None:
        assert 0 <= place <= len(text)
        return
    narrower = compile_query(f"({text}) -defense" if text.strip() else "-defense")
    for one in (STORY, JAPANESE):
        seen = matter(one, SOURCES)
        assert query.matches(seen, START) or not narrower.matches(seen, START)


def test_many_signs_in_a_row_are_no_trouble() -> None:
    assert compile_query("-" * 1990 + "defense").matches(matter(STORY, SOURCES), START)
    assert refused("(-" * 900).position == 40


# --- regular expressions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("takes", "leaves"),
    [
        ("/colou?r|defen[cs]e/", "/colou?r/"),
        ("/DEFENSE/", r"/\bdefens\b/"),
        (r"/\d\.\d trillion$/", r"/^\d/"),
        (r"title:/^defense/", "title:/missiles/"),
        (r"/long-range (missile|rocket)s/", r"/a\/b/"),
        ("-/sumo/", "-/missiles/"),
        (r"/(?<=u\.s\. )officials/", "/(?<!u.s. )officials/"),
    ],
)
def test_regular_expressions(takes: str, leaves: str) -> None:
    seen = matter(STORY, SOURCES)
    assert compile_query(takes).matches(seen, START)
    assert not compile_query(leaves).matches(seen, START)


EVIL = matter(story("a" * 60, "a" * 5_000 + "b"), {})


@pytest.mark.parametrize("pattern", ["(a+)+$", "(?:a|aa)+$", "(((a{1,99}){1,99}){1,99})z", "(a|a)*?$"])
def test_an_expression_that_never_ends_counts_as_no_match(pattern: str) -> None:
    query = compile_query(f"text:/{pattern}/")
    started = time.perf_counter()
    assert not query.matches(EVIL, START)
    assert time.perf_counter() - started < 2


@pytest.mark.slow
def test_an_expression_that_never_ends_is_given_up_in_time() -> None:
    expression = Expression("(a+)+$")
    for _ in range(PATIENCE):
        assert not expression.given_up
        assert not expression.found(EVIL.plain["text"])
    assert expression.given_up
    started = time.process_time()
    assert not any(expression.found(EVIL.plain["text"]) for _ in range(1000))
    assert time.process_time() - started < 0.1


def test_an_expression_that_is_mostly_quick_is_not_given_up() -> None:
    expression = Expression("(a+)+$")
    for _ in range(PATIENCE + 1):
        assert not expression.found(EVIL.plain["text"])
        for _ in range(20):
            assert expression.found("aaa")
    assert not expression.given_up
    assert expression == Expression("(a+)+$")


# --- other topics --------------------------------------------------------------------------------------

SAVED = {"defense": "defense OR 防衛", "wide": "copies>=2 @defense", "sport": "sumo", "young": "age<3d"}


@pytest.mark.parametrize("query", ["@defense", "@wide -@sport", "@sport OR (@wide missiles)", "＠defense"])
def test_a_name_stands_for_the_query_of_its_topic(query: str) -> None:
    assert compile_query(query, SAVED).matches(matter(STORY, SOURCES), START)
    assert not compile_query(query, SAVED).matches(matter(story("Budget", "steel", outlets=("A", "B")), {}), START)


def test_what_a_query_names_is_part_of_what_it_is() -> None:
    query = compile_query("steel @wide @young tag:x", SAVED)
    assert dict(query.saved) == {name: SAVED[name] for name in ("defense", "wide", "young")}
    assert query.ages == {3 * 86400}
    assert [term.wanted for term in compile_query("@sport", SAVED).wanted()] == ["sumo"]


@pytest.mark.parametrize(
    ("query", "saved", "position", "said"),
    [
        ("a @defence", SAVED, 2, "no topic 'defence'; did you mean @defense?"),
        ("a @x", {"abc": ""}, 2, "topics are abc"),
        ("a @x", {}, 2, "no topics are known here"),
        ("a @b", {"b": "c @d", "d": "@e"}, 2, "no topic 'e' (b → d → e)"),
        ("a @b", {"b": "@c", "c": "x -(y OR @b)"}, 2, "in a circle: b → c → b"),
        ("a @b", {"b": "c @d", "d": "(e"}, 2, "a mistake in the query of b → d: a ( without its )"),
    ],
)
def test_a_mistake_beyond_a_name_is_told_with_the_chain(
    query: str, saved: dict[str, str], position: int, said: str
) -> None:
    error = refused(query, saved)
    assert (error.position, said in error.message) == (position, True), error.message


def test_a_topic_that_leads_to_itself_is_refused() -> None:
    with pytest.raises(QueryError, match="circle: a → b → c → a"):
        compile_topics([topic("a", "x @b"), topic("b", "@c"), topic("c", "@a y")])
    with pytest.raises(QueryError, match="circle: a → a"):
        compile_topics([topic("a", "@a")])
    assert compile_topics([topic("a", "@b @c"), topic("b", "@d"), topic("c", "@d"), topic("d", "x")]), (
        "a diamond is none"
    )


@pytest.mark.parametrize("shape", ["@{next} @{next}", "-(a OR -(b OR -(c OR @{next})))"])
def test_names_that_multiply_or_nest_are_refused_in_time(shape: str) -> None:
    topics = [topic(f"t{n}", shape.format(next=f"t{n + 1}")) for n in range(60)]
    started = time.perf_counter()
    with pytest.raises(QueryError, match="too much"):
        compile_topics([*topics, topic("t60", "x")])
    assert time.perf_counter() - started < 5


# --- the document --------------------------------------------------------------------------------------


def documented() -> list[str]:
    rows = re.findall(r"^\| `(.+?)` \|", DOCUMENT, re.M)
    words, fields = (DOCUMENT.split(f"## {name}")[1].split("\n## ")[0] for name in ("Words", "Fields"))
    prose = re.findall(r"`([^`\n]+)`", words + fields)
    return [*rows, *(code for code in prose if re.search("[:：/*]", code))]


@pytest.mark.parametrize("query", documented())
def test_every_documented_query_compiles(query: str) -> None:
    known = saved_queries([topic("defense", "defense"), topic("sports", "sumo")])
    compile_query(query, known).matches(matter(STORY, SOURCES), datetime.now(UTC))


def test_every_field_is_documented() -> None:
    assert len(documented()) > 25
    grammar = DOCUMENT.split("```ebnf")[1]
    for field in ("title", "text", "author", "place", "source", "outlet", "agency", "tag", "lang"):
        assert any(query.startswith(f"{field}:") for query in documented()), field
        assert f'"{field}"' in grammar
    for compared in ("copies", "origins", "age", "published"):
        assert any(query.startswith(compared) for query in documented()), compared
        assert f'"{compared}"' in grammar
