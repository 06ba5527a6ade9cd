"""Queries and texts of a few words, so that they meet; and two stories to ask about."""

from __future__ import annotations

from hypothesis import strategies as st

from build import source, story
from feedhub.model import Topic

WORDS = [
    "defense",
    "ministry",
    "u.s",
    "don't",
    "sumo",
    "会見",
    "会",
    "関税",
    "タリフ",
    "ﾀﾘﾌ",
    "8.5",
    "asks",
    "for",
    "京都",
    "東京",
]


FIELDS = ["", "", "", "title:", "text:", "author:", "place:", "outlet:", "source:", "tag:", "agency:"]


ATOMS = st.one_of(
    st.builds("{}{}".format, st.sampled_from(FIELDS), st.sampled_from(WORDS)),
    st.builds('{}"{} {}"'.format, st.sampled_from(FIELDS), st.sampled_from(WORDS), st.sampled_from(WORDS)),
    st.builds(
        "{}{}*".format,
        st.sampled_from(FIELDS),
        st.sampled_from(["d", "def", "des", "minis", "会", "タリ", "w", "harb", "x"]),
    ),
    st.builds(
        '{}"{} {}"*'.format, st.sampled_from(FIELDS), st.sampled_from(WORDS), st.sampled_from(["f", "minis", "見"])
    ),
    st.sampled_from(["/def/", "title:/^首/", "tag:/w/", "copies>=2", "origins>1", "lang:ja", "lang:e*", "@saved"]),
    st.sampled_from(["tag:wire", "agency:tsubame", "author:desk", "place:osaka", 'outlet:"harbor mail"']),
    st.sampled_from(["age<1h", "age>1h", "published>2026-11-01", "published<2026-11-23T07:00"]),
)


QUERIES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{} {}".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("-({})".format, inner),
        st.builds("title:({})".format, st.sampled_from(WORDS)),
    ),
    max_leaves=6,
)


TEXTS = st.lists(st.sampled_from([*WORDS, "。", "、", "\n", "definite", "minister", "首相"]), max_size=12).map(" ".join)


STORY = story(
    "Defense ministry asks for ¥8.5 trillion",
    "The ministry wants long-range missiles, U.S. officials said. Japan's prices don't fall. Marvellous!",
    outlets=("Harbor Mail", "Musashi Herald"),
    agency="tsubame",
    tags=("Politics",),
    author="Desk of Tsubame",
    place="OSAKA",
)
JAPANESE = story(
    "首相会見、ﾀﾘﾌに言及",
    "首相は東京、都内での会見で関税（ｶﾝｾﾞｲ）について述べた。見込みは３月。\n記者：岸田　文雄",
    language="ja",
    outlets=("武蔵新報",),
    author="山田　太郎",
    place="東京",
)
SOURCES = {"harbor-mail": source("harbor-mail", outlet="Harbor Mail", tags=("wire", "english"))}


def topic(id: str, match: str, **fields: object) -> Topic:
    return Topic(**{"id": id, "title": "", "match": match, **fields})  # type: ignore[arg-type]
