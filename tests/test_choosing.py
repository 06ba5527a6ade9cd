"""Which topics take a story, and which need not be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import START, story
from feedhub.model import Story
from feedhub.topics import CompiledTopic, Matter, TopicIndex, compile_query, compile_topics, matter
from queries import JAPANESE, QUERIES, SOURCES, STORY, TEXTS, topic


def each_asked(topics: Sequence[CompiledTopic], seen: Matter, now: datetime) -> frozenset[str]:
    """The topics that take a story, told without the index."""
    return frozenset(compiled.topic.id for compiled in topics if compiled.takes(seen, now))


def test_what_a_query_wants_is_what_a_reader_looks_for() -> None:
    wanted = compile_query('defense "asks for" -x (y OR -z) tag:a miss* author:tanaka defense').wanted()
    assert [(term.field, term.wanted) for term in wanted] == [
        ("", "defense"), ("", "asks for"), ("", "y"), ("", "miss"), ("author", "tanaka"),
    ]  # fmt: skip


def test_a_topic_takes_by_copies_and_age_too() -> None:
    topics = [
        topic("all", ""),
        topic("wide", "", min_copies=3),
        topic("fresh", "", max_age=timedelta(minutes=10)),
        topic("sumo", "sumo"),
    ]
    compiled = compile_topics(topics)
    for choose in (partial(each_asked, compiled, now=START), partial(TopicIndex(compiled).select, now=START)):
        assert choose(matter(STORY, SOURCES)) == {"all"}
        assert choose(matter(replace(STORY, published=START), SOURCES)) == {"all", "fresh"}


def test_the_ages_that_a_query_names_are_known() -> None:
    assert compile_query("a (b OR -age<3d age>1h)").ages == {3 * 86400, 3600}
    assert not compile_query("a copies>2 published>2026-11-01").ages


class Asked(CompiledTopic):
    """A topic that tells whether it was asked."""

    __slots__ = ()
    seen: ClassVar[set[str]] = set()

    def takes(self, matter: object, now: datetime) -> bool:
        self.seen.add(self.topic.id)
        return super().takes(matter, now)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("sumo", False), ("sumo OR baseball", False), ("sumo defense", False), ("defense", True),
        ("lang:en sumo", False), ("sumo OR missiles", True), ("-sumo", True), ("sumo -defense", False),
        ("/defense/", True), ("/x/ sumo", False), ("defence*", False), ("defen*", True), ("tag:wire", True),
        ("tag:x*", False), ("copies>1 tag:sport", False), ("author:tsubame", True), ("author:tanaka", False),
        ("place:osaka", True), ('"prime minister"', False), ('"asks of"', False), ("会見", False), ("x*", False),
        ("lang:ja", False), ("sumo OR age<1d", True), ("title:missiles", False),
        ("author:des*", True), ("place:osa*", True), ("outlet:musa*", True), ('author:"desk o"*', True),
    ],
)  # fmt: skip
def test_a_topic_is_asked_only_when_the_story_holds_its_words(query: str, asked: bool) -> None:
    Asked.seen.clear()
    TopicIndex([Asked(topic("t", query), compile_query(query))]).select(matter(STORY, SOURCES), START)
    assert Asked.seen == ({"t"} if asked else set())


STORIES = st.builds(
    lambda title, text, outlets, agency, author, place, tags, age: replace(
        story(title, text, outlets=tuple(outlets), agency=agency, tags=tuple(tags), author=author, place=place),
        published=START - timedelta(minutes=age),
    ),
    TEXTS,
    st.one_of(TEXTS, TEXTS.map(lambda text: text.replace(" ", ""))),
    st.lists(st.sampled_from(["Harbor Mail", "Musashi Herald", "武蔵新報"]), min_size=1, max_size=3, unique=True),
    st.sampled_from([None, "tsubame"]),
    st.sampled_from([None, "Desk of Sumo", "会見"]),
    st.sampled_from([None, "OSAKA", "東京"]),
    st.lists(st.sampled_from(["wire", "world", "sumo"]), max_size=2),
    st.integers(0, 120),
)


@given(st.lists(QUERIES, min_size=1, max_size=8), st.lists(STORIES, min_size=1, max_size=3), st.data())
def test_the_index_never_differs_from_asking_every_topic(
    queries: list[str], stories: list[Story], data: st.DataObject
) -> None:
    copies, ages = st.integers(1, 2), st.sampled_from([None, timedelta(hours=1)])
    topics = compile_topics(
        [topic("saved", "sumo OR 会見")]
        + [topic(f"t{n}", q, min_copies=data.draw(copies), max_age=data.draw(ages)) for n, q in enumerate(queries)]
    )
    index = TopicIndex(topics)
    for one in (*stories, STORY, JAPANESE):
        seen = matter(one, SOURCES)
        assert index.select(seen, START) == each_asked(topics, seen, START)


class Desk:
    """200 topics in two languages and stories in the same words, the most of them rare, as words are."""

    def __init__(self) -> None:
        self.random = random = Random(11)
        self.latin = ["".join(random.choices("abcdefghijklmnoprstuvw", k=random.randint(3, 9))) for _ in range(3000)]
        self.han = ["".join(chr(0x4E00 + random.randrange(2500)) for _ in range(2)) for _ in range(3000)]
        self.topics = compile_topics(topic(f"t{n}", self.query(n)) for n in range(200))

    def query(self, number: int) -> str:
        a, b, c = self.random.sample(self.latin, 3)
        x, y = self.random.sample(self.han, 2)
        if number % 20 == 0:
            return ["", "tag:wire copies>=2", "copies>=3", "age<1d", "-sumo"][number // 20 % 5]
        return self.random.choice(
            [f"{a} OR {b} OR {x} OR {y}", f'"{a} {b}" OR {x}', f"{a}* OR {x}", f"{a} {b} -{c}", f"title:({a} OR {y})"]
        )

    def story(self, words: list[str], between: str) -> Story:
        weights = [1 / (rank + 5) for rank in range(len(words))]
        chosen = self.random.choices(words, weights, k=400)
        return story(between.join(chosen[:10]), between.join(chosen[10:]))


def test_choosing_among_200_topics_by_their_words_is_exact() -> None:
    desk = Desk()
    index = TopicIndex(desk.topics)
    told = [desk.story(desk.latin, " ") for _ in range(10)] + [desk.story(desk.han, "の") for _ in range(10)]
    seen = [matter(one, SOURCES) for one in told]
    taken = [index.select(one, START) for one in seen]
    assert taken == [each_asked(desk.topics, one, START) for one in seen]
    assert sum(map(len, taken)) > 100
