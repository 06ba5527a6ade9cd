"""Searching: what the index leads to, what is found first, where in a text it is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import START, counted, gibberish, item, printed, settings, source, story
from feedhub.model import Settings
from feedhub.store.publishing import narrowing, words
from feedhub.store.publishing.glances import glanced
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from feedhub.topics import (
    Glimpse,
    Span,
    at_a_glance,
    compile_query,
    earliest,
    glimpse,
    hits,
    matter,
    passage,
    pieces,
    predicate,
    relevance,
    told_at_a_glance,
)
from queries import QUERIES, TEXTS

PAPERS = [source("herald"), source("mail")]


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", PAPERS, [])


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute(
            """CREATE VIRTUAL TABLE words
            USING fts5(terms, content='', detail=none, tokenize='unicode61 remove_diacritics 0')"""
        )
        conn.execute("CREATE VIRTUAL TABLE held USING fts5vocab(words, row)")
        yield conn


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=80))
def test_ascii_is_indexed_as_any_other_text_is(index: sqlite3.Connection, text: str) -> None:
    held = []
    for end in ("", " é"):
        index.execute("INSERT INTO words (words) VALUES ('delete-all')")
        index.execute("INSERT INTO words (rowid, terms) VALUES (1, ?)", (words.indexed(f"{text}{end}", text),))
        held.append({term for (term,) in index.execute("SELECT term FROM held")})
    assert held[0] | {"é", f"{words.HEADLINE}é"} == held[1]


@given(QUERIES, TEXTS, st.one_of(TEXTS, TEXTS.map(lambda text: text.replace(" ", ""))))
def test_the_index_leads_to_all_that_a_query_takes(
    index: sqlite3.Connection, query: str, title: str, text: str
) -> None:
    compiled = compile_query(query, {"saved": "sumo OR 会見"})
    index.execute("INSERT INTO words (words) VALUES ('delete-all')")
    index.execute("INSERT INTO words (rowid, terms) VALUES (1, ?)", (words.indexed(title, text),))
    if compiled.matches(matter(story(title, text), {}), START):
        for expression in (words.expression(compiled.tree), *words.questions(compiled.tree)):
            found = "SELECT rowid FROM words WHERE words MATCH ?"
            assert expression is None or index.execute(found, (expression,)).fetchall(), expression


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("会見", '"会見"'),
        ("首相会見", '"首相" AND "相会" AND "会見"'),
        ("会 見 a* b* c* longer", '"longer" AND "会" * AND "見" * AND "a" * AND "b" *'),
        ("(a* OR b* OR c* OR d* OR e*) steel", '"steel"'),
        ("(a* OR b*) OR (c* OR d* OR e*)", None),
        ("会", '"会" *'),
        ("u.s tariff*", '"u" AND "s" AND "tariff" *'),
        ("関税 OR tariff -sumo", '("関税" OR "tariff")'),
        ("関税 OR agency:kyodo", None),
        ("関税 agency:kyodo copies>1", '"関税"'),
        ("title:会見 title:quak*", '"\ue000会見" AND "\ue000quak" *'),
        ("-sumo", None),
        ("author:tanaka", None),
    ],
)
def test_a_query_as_a_question_to_the_index(query: str, expression: str | None) -> None:
    if "OR tariff -" in query:
        query = query.replace("関税 OR tariff", "(関税 OR tariff)")
    assert words.expression(compile_query(query).tree) == expression


def news(number: int, text: str, minutes: int) -> object:
    title = f"Bulletin {number}"
    return item("herald", title, text, published=START - timedelta(minutes=minutes))


@pytest.mark.parametrize("rare", [0, 1_000])
def test_rare_and_common_words_lead_to_the_same_the_newest_first(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    """The order is by publication, whatever the order of arrival; what is not yet indexed is found all the same."""
    monkeypatch.setattr(narrowing, "RARE", rare)
    monkeypatch.setattr(narrowing, "KNOWN", 3)
    texts = [f"Harbor news of day {n}: {'会見で述べた' if n % 2 else 'no such word'} {n * 7919}" for n in range(12)]
    printed(store, "herald", *[news(n, texts[n], 60 - n) for n in range(8)])
    store.index_words()
    printed(store, "mail", *[news(n, texts[n], 600 + n) for n in range(8, 12)])
    found = reader.search(compile_query("会見"), 10, START, {})
    assert [one.title for one in found] == [f"Bulletin {n}" for n in (7, 5, 3, 1, 9, 11)]
    assert [one.title for one in reader.search(compile_query("会見"), 2, START, {})] == ["Bulletin 7", "Bulletin 5"]


@pytest.mark.parametrize("query", ["/\\w/", "title:/\\w/"])  # tried on texts; on headlines alone
def test_a_search_ends_when_there_was_enough_looking(query: str, store: Store, reader: Reader) -> None:
    printed(store, "herald", *[item("herald", f"Budget {number}", gibberish(number)) for number in range(30)])
    looked = iter([False] * 7)
    found = reader.search(compile_query(query), 20, START, {}, enough=lambda: next(looked, True))
    assert len(found) <= 7
    assert len(reader.search(compile_query(query), 20, START, {})) == 20


def test_the_best_come_first_when_asked_for(store: Store, reader: Reader) -> None:
    long = "The ministry told of many things on Monday, and of steel among them, at a length that few would read."
    printed(
        store,
        "herald",
        item("herald", "Ministry speaks", long, published=START - timedelta(minutes=5)),
        item(
            "herald", "Steel prices rise", "Steel costs more, steel makers say.", published=START - timedelta(hours=5)
        ),
    )
    query = compile_query("steel")
    newest, best = (reader.search(query, 1, START, {}, order)[0].title for order in ("newest", "best"))
    assert (newest, best) == ("Ministry speaks", "Steel prices rise")


def test_of_equal_words_coverage_and_then_age_decide() -> None:
    query = compile_query("steel")
    told = story("Steel", "Steel is dear.")
    wide = story("Steel", "Steel is dear.", outlets=("Herald", "Mail", "Post"))
    old = replace(told, published=START - timedelta(days=20))
    scores = [relevance(query, matter(one, {}), START) for one in (wide, told, old)]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("会見", "首相会見、会 見", ["会見", "会 見"]),
        ("タリフ", "新ﾀﾘﾌの影響", ["ﾀﾘﾌ"]),
        ("ガス", "東京ｶﾞｽ", ["ｶﾞｽ"]),
        ("tariff*", "TARIFFS and Ｔａｒｉｆｆ, no tarif", ["TARIFFS", "Ｔａｒｉｆｆ"]),
        ('"self defense"', "Self-Defense Forces of self, defense", ["Self-Defense", "self, defense"]),
        ("steel -price", "steel price", ["steel"]),
        ("title:steel outlet:x /ste/", "steel", []),
        ("straße", "STRASSE und Straße", ["STRASSE", "Straße"]),
        ("㈱", "全国㈱社", ["㈱"]),
        ("日米 米国", "日米国", ["日米国"]),
    ],
)
def test_hits_are_marked_where_they_are_printed(query: str, text: str, marked: list[str]) -> None:
    spans = hits(compile_query(query), text, "text")
    assert [text[span.start : span.end] for span in spans] == marked
    assert "".join(part for part, _ in pieces(text, spans)) == text


@given(st.text(alphabet="ab会見ｶﾞ ﾀ\u0301\u3099éÅ①ßİﬁ。-.\n", max_size=60))
def test_any_text_can_be_marked(text: str) -> None:
    query = compile_query("a OR 会見 OR ガ OR b*")
    spans = hits(query, text, "text")
    assert "".join(part for part, _ in pieces(text, spans)) == text
    short, within = passage(text, spans, 10)
    assert len(short) <= 12
    assert all(0 <= span.start < span.end <= len(short) for span in within)


def test_a_passage_shows_the_first_hit() -> None:
    text = f"{'far away ' * 40}the word\nsteel stands{' and so on' * 40}"
    short, spans = passage(text, hits(compile_query("steel"), text, "text"), 60)
    assert [short[span.start : span.end] for span in spans] == ["steel"]
    assert short.startswith("…")
    assert short.endswith("…")
    assert passage("short", [Span(0, 5)], 60) == ("short", [Span(0, 5)])


@given(QUERIES, TEXTS, TEXTS, st.integers(1, 3), st.integers(0, 120), st.sampled_from([None, "tsubame"]))
def test_what_headlines_rule_out_no_query_takes_and_what_they_tell_whole_is_so(
    query: str, title: str, text: str, copies: int, age: int, agency: str | None
) -> None:
    compiled = compile_query(query, {"saved": "title:sumo OR -title:会見"})
    outlets = ("Herald", "Harbor Mail", "Post")[:copies]
    told = story(title, text, outlets=outlets, agency=agency, published=START - timedelta(minutes=age))
    part = at_a_glance(compiled.tree)
    takes = compiled.matches(matter(told, {}), START)
    shown = [
        Glimpse(told.tags if one.canonical else (), one.title, one.source_id, one.outlet, one.agency, one.language)
        for one in told.copies
    ]
    passes = part is None or predicate(part)(glimpse(shown, told.published, copies, {}), START)
    assert passes if takes else passes in (False, not told_at_a_glance(compiled.tree))
    assert not takes or earliest(compiled.tree, START) <= told.published.timestamp()


@pytest.mark.parametrize(
    "query", ["age>1h", "-age<1h", "published<2026-11-23T07:00", "age<1h OR quake", "-(quake age<1h)"]
)
def test_no_story_is_too_old_for_a_query_that_says_nothing_of_the_kind(query: str) -> None:
    assert earliest(compile_query(query).tree, START) == -inf


@pytest.mark.parametrize("query", ["age<1h", "(age<1h quake) OR published>=2026-11-23T07:00"])
def test_stories_that_are_too_old_for_a_query_are_not_looked_at(query: str, store: Store, reader: Reader) -> None:
    old = START - timedelta(hours=2)
    printed(store, "herald", *(item("herald", f"Quake {n}", f"Text {n} of it.", published=old) for n in range(300)))
    printed(store, "mail", item("mail", "Quake", "The last one of all."))
    tree = compile_query(query).tree
    with counted(reader.conn) as steps:
        likely = narrowing.for_topic(reader.conn, tree, START)
        assert list(glanced(reader.conn, likely, tree, START, {})) == [301]
    assert steps() < 60
