"""Queries and texts of a few words, so that they meet."""

from __future__ import annotations

from hypothesis import strategies as st

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
    st.sampled_from(
        ["/def/", "title:/^首/", "tag:/w/", "copies>=2", "age<1h", "origins>1", "lang:ja", "lang:e*", "@saved"]
    ),
    st.sampled_from(
        ["tag:wire", "agency:tsubame", "author:desk", "place:osaka", 'outlet:"harbor mail"', "published>2026-11-01"]
    ),
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
