"""Queries take the stories that their words mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import START, source, story
from feedhub.errors import QueryError
from feedhub.model import Topic
from feedhub.topics import compile_query, compile_topic, matter, select

STORY = story(
    "Defense ministry asks for ¥8.5 trillion",
    "The ministry wants long-range missiles, U.S. officials said. Prices don't fall.",
    outlets=("Harbor Mail", "Musashi Herald"),
    agency="tsubame",
    tags=("Politics",),
    author="Desk of Tsubame",
)
JAPANESE = story(
    "首相会見、ﾀﾘﾌに言及", "首相は会見で関税（ｶﾝｾﾞｲ）について述べた。", language="ja", outlets=("武蔵新報",)
)
SOURCES = {"harbor-mail": source("harbor-mail", tags=("wire", "english"))}


@pytest.mark.parametrize(
    "query",
    [
        "", "defense", "DEFENSE", "ｄｅｆｅｎｓｅ", "missiles ministry", "peace OR missiles", '"asks for"', "-baseball",
        "defense -(sumo OR baseball)", "miss*", "title:ministry", "source:harbor-mail", 'source:"Harbor Mail"',
        "agency:tsubame", "tag:politics", "tag:wire", "lang:en", "author:tsubame", "copies>=2", "copies=2 age<3d",
        "8.5", "u.s", '"long-range missiles"', "long-range", "(defense)", "peace OR (missiles OR x) defense", "don't",
    ],
)  # fmt: skip
def test_a_query_takes_what_its_words_mean(query: str) -> None:
    assert compile_query(query).matches(matter(STORY, SOURCES), START)


@pytest.mark.parametrize(
    "query",
    [
        "peace", "defens", "missiles peace", '"for asks"', "-defense", "title:missiles", "source:harbor", "agency:ap",
        "tag:sport", "lang:ja", "copies>2", "copies<2", "age>1d", '"range long"', "-(defense OR x)",
        "defense -title:ministry",
    ],
)  # fmt: skip
def test_a_query_leaves_what_its_words_do_not_mean(query: str) -> None:
    assert not compile_query(query).matches(matter(STORY, SOURCES), START)


@pytest.mark.parametrize(
    "query", ["会見", "相会", "関税", "カンゼイ", "タリフ", "首相 関税", '"首相会見"', "title:会見", "lang:ja"]
)
def test_japanese_matches_anywhere_and_in_any_width(query: str) -> None:
    assert compile_query(query).matches(matter(JAPANESE, {}), START)


@pytest.mark.parametrize(
    ("query", "position", "said"),
    [
        ("a (b", 2, "without its )"),
        ("a) b", 1, "without its ("),
        ('a "b', 2, "without its end"),
        ("a OR", 4, "missing"),
        ("OR a", 0, "missing"),
        ("()", 1, "missing"),
        ("titel:a", 0, "title"),
        ("copies>=many", 8, "number"),
        ("age<3", 4, "m, h, d or w"),
        ("a -", 2, "nothing to look for"),
        ("a /b+/", 2, "regular expressions"),
        ("(" * 30, 20, "groups"),
    ],
)
def test_a_mistake_is_named_with_its_place(query: str, position: int, said: str) -> None:
    with pytest.raises(QueryError, match=r".") as raised:
        compile_query(query)
    assert raised.value.position == position
    assert said in raised.value.message


@given(st.text(alphabet='ab会 "()-:*ORcopiesage><=0123dlangtitle/', max_size=40))
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


def test_what_a_query_requires_is_in_every_match() -> None:
    assert compile_query('defense "asks for" -x (y OR z) tag:a miss*').required() == ("defense", "asks for")
    assert compile_query("a OR b").required() == ()


def test_a_topic_takes_by_copies_and_age_too() -> None:
    seen = matter(STORY, SOURCES)
    topics = [
        compile_topic(Topic(id="all", title="", match="")),
        compile_topic(Topic(id="wide", title="", match="", min_copies=3)),
        compile_topic(Topic(id="fresh", title="", match="", max_age=timedelta(minutes=10))),
        compile_topic(Topic(id="sumo", title="", match="sumo")),
    ]
    assert select(topics, seen, START) == {"all"}
    assert select(topics, matter(replace(STORY, published=START), SOURCES), START) == {"all", "fresh"}


def test_only_queries_about_age_are_timely() -> None:
    assert compile_query("a (b OR age<3d)").timely
    assert not compile_query("a copies>2").timely
