"""What a feed says becomes what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import START, source
from feedhub import normalise
from feedhub.markup import plain_text, plain_title, sanitise, spelled
from feedhub.model import Item, ParsedFeed, RawEntry
from feedhub.normalise import CUT, digest, items

URL = "http://paper.example/feeds/all.xml"
EARLIER = START - timedelta(hours=1)


def normalised(*entries: RawEntry, language: str | None = None, **feed: Any) -> list[Item]:
    return items(ParsedFeed(entries=entries, **feed), source("paper", language=language), URL, START)


def one(**fields: Any) -> Item:
    (item,) = normalised(RawEntry(**fields))
    return item


# --- identity ---------------------------------------------------------------------------------------------


def test_the_guid_is_kept_as_given() -> None:
    assert one(guid=" tag:paper.example,2026:1 ", link="/1").guid == "tag:paper.example,2026:1"


def test_without_a_guid_the_cleaned_link_is_the_identity_else_headline_and_date() -> None:
    assert one(link="/1?utm_source=rss").guid == "http://paper.example/1"
    bare = one(title="Quake", published=EARLIER)
    assert bare.guid.startswith("digest:")
    assert bare.guid == one(title="Quake", published=EARLIER).guid
    assert bare.guid != one(title="Quake", published=EARLIER - timedelta(days=1)).guid
    assert one(summary="A text.").guid != one(summary="Another text.").guid


def test_a_guid_that_a_document_repeats_is_told_apart_by_its_link_and_the_very_same_is_given_once() -> None:
    found = normalised(
        RawEntry(guid="1", link="/a", title="A"), RawEntry(guid="1", link="/b", title="B"),
        RawEntry(guid="1", link="/a", title="A"), RawEntry(guid="1", link="/b", title="B"),
    )  # fmt: skip
    assert [item.title for item in found] == ["A", "B"]
    assert len({item.guid for item in found}) == 2


@pytest.mark.parametrize("shared", [{"guid": "0"}, {"link": "/news"}, {"guid": "0", "link": "/news"}])
def test_entries_that_share_all_but_their_headlines_are_told_apart_whichever_of_them_are_listed(
    shared: dict[str, str],
) -> None:
    listed = [RawEntry(title=title, **shared) for title in "ABC"]
    guids = {item.title: item.guid for item in normalised(*listed)}
    assert len(set(guids.values())) == 3
    assert {item.title: item.guid for item in normalised(*listed[1:])} == {title: guids[title] for title in "BC"}


# --- links ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "link"),
    [
        (RawEntry(link="story.html"), "http://paper.example/feeds/story.html"),
        (RawEntry(link="https://paper.example/1?id=2&utm_medium=rss#top"), "https://paper.example/1?id=2"),
        (RawEntry(guid="https://paper.example/1"), "https://paper.example/1"),
        (RawEntry(guid="12345"), None),
        (RawEntry(link="javascript:alert(1)", guid="https://paper.example/1"), "https://paper.example/1"),
        (RawEntry(link="javascript:alert(1)"), None),
    ],
)
def test_a_link_is_a_whole_clean_web_address_or_none(entry: RawEntry, link: str | None) -> None:
    assert normalised(replace(entry, title="T"))[0].link == link


# --- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("<b>Quake</b> hits", "Quake hits"),
        ("A &amp;amp; B", "A & B"),
        ("&lt;b&gt;Quake&lt;/b&gt;", "Quake"),
        ("TEXAS AIR <TEX> rises", "TEXAS AIR <TEX> rises"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("Line\n  break\u200b", "Line break"),
        ("日本\u202e語", "日本語"),
        ("<ruby>漢<rt>かん</rt></ruby>字", "漢かん字"),
    ],
)
def test_a_headline_is_plain_text_on_one_line(title: str, plain: str) -> None:
    assert plain_title(title) == plain


@pytest.mark.parametrize(
    ("declared", "plain"),
    [
        ("How to use <b> well", "How to use ‹b› well"),
        ("The <i>Times</i> says", "The Times says"),
        ("Line one<br>line two", "Line oneline two"),
        ("<script> is a tag", "‹script› is a tag"),
        ("<img src=x onerror=alert(1)>", ""),
        ("List<String> of TEXAS AIR <TEX>", "List‹String› of TEXAS AIR <TEX>"),
        ("a < b", "a < b"),
    ],
)
def test_a_tag_in_a_headline_that_is_declared_plain_is_a_word(declared: str, plain: str) -> None:
    assert plain_title(spelled(declared)) == plain


def test_an_author_and_tags_are_words_as_a_headline_is() -> None:
    item = one(
        guid="1", author='<a href="/staff">J. Doe</a> &amp;amp; Co', tags=("<b>R&amp;D</b>", "<script>", "a < b")
    )
    assert (item.author, item.tags) == ("J. Doe & Co", ("R&D", "a < b"))


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<iframe src='http://evil.example'></iframe>",
        "<svg onload=alert(1)>",
        "<style>body{display:none}</style>",
        "<form action='http://evil.example'><input name=password></form>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<p style='position:fixed'>x</p>",
    ],
)
def test_nothing_in_a_body_runs_or_loads(attack: str) -> None:
    clean = sanitise(f"<p>Words</p>{attack}", "http://paper.example/")
    assert clean.startswith("<p>Words</p>")
    for word in ("script", "onerror", "onload", "iframe", "javascript", "style", "form", "data:"):
        assert word not in clean


def test_addresses_in_a_body_become_whole_by_the_base_in_force() -> None:
    item = one(guid="1", link="/news/1", content='<a href="2">x</a><img src="/i.png">', base="http://cdn.example/x/")
    assert item.html == '<a href="http://cdn.example/x/2">x</a><img src="http://cdn.example/i.png">'
    assert 'href="http://paper.example/news/2"' in one(link="/news/1", content='<a href="2">x</a>').html


_ADDRESSES = (
    "http://a.example/1", "HTTPS://a.example", "http:2", "mailto:a@b", "/i.png", "//c.example/", "/\\\\d.example",
    "2", "../3", "#4", "?5", "&#47;6",
)  # fmt: skip
_ATTRIBUTE = st.builds(
    "{0}{1}{2}{3}{2}".format,
    st.sampled_from(["href", "HREF", "src", "srcset"]),
    st.sampled_from(["=", " =\n"]),
    st.sampled_from("\"' "),
    st.sampled_from(_ADDRESSES),
)


@given(
    st.lists(_ATTRIBUTE, min_size=1, max_size=3),
    st.sampled_from(["http://p.example/news/1?x", "https://u:p@p.example:80", "file:///tmp/feed", "http://no host/"]),
)
def test_cleaning_by_the_root_of_a_site_says_the_same_as_by_the_whole_base(attributes: list[str], base: str) -> None:
    markup = "".join(f"<a {one}>x</a><img {one}>" for one in attributes)
    beside = "<a href='there'>y</a>"  # relative to the whole base
    assert sanitise(markup + beside, base) == sanitise(markup, base) + sanitise(beside, base)


def test_text_is_the_words_of_the_body_blocks_as_lines() -> None:
    assert plain_text("<p>One &amp;amp; two</p><p>Three<br>four</p>") == "One & two\nThree\nfour"
    assert one(guid="1", summary="a < b & c").text == "a < b & c"


def test_the_spaces_that_hold_a_number_together_stay() -> None:
    body = "<p>Some&nbsp;45&#8239;300 of 1&nbsp;200 &nbsp; houses, 20&nbsp;percent</p>"
    assert plain_text(body) == "Some 45\u00a0300 of 1\u00a0200 houses, 20 percent"
    assert plain_title("45&nbsp;300&nbsp;houses") == "45\u00a0300 houses"


def test_the_fuller_of_content_and_summary_is_kept() -> None:
    assert one(guid="1", summary="Short.", content="Much longer.").text == "Much longer."
    assert one(guid="1", summary="A summary that is fuller.", content="Less.").text == "A summary that is fuller."


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Tram to return - The Harbor Mail", "Tram to return"),
        ("Tram to return | The Harbor Mail", "Tram to return"),
        ("路面電車が復活｜The Harbor Mail", "路面電車が復活"),
        ("Tram to return - Harbor Mail: City", "Tram to return"),
        ("Tram to return - The Other Mail", "Tram to return - The Other Mail"),
        ("Who buys The Harbor Mail", "Who buys The Harbor Mail"),
        ("The Harbor Mail", "The Harbor Mail"),
    ],
)
def test_the_outlet_s_own_name_behind_a_headline_goes(title: str, kept: str) -> None:
    paper = source("paper", outlet="The Harbor Mail", title="Harbor Mail: City")
    agency = source("paper", outlet="The Harbor Mail", agency="kyodo")
    feed = ParsedFeed(entries=(RawEntry(title=title, published=EARLIER),))
    (mine,), (wire,) = items(feed, paper, URL, START), items(feed, agency, URL, START)
    assert mine.title == kept
    assert wire.title == title, "an agency's name is evidence of whose words these are"
    assert mine.guid == wire.guid, "made of what the feed says"


def test_what_has_no_headline_is_named_by_its_first_sentence() -> None:
    assert one(guid="1", summary="A quake hit. Nobody was hurt.").title == "A quake hit."


# --- times and languages ------------------------------------------------------------------------------------


def test_no_item_is_from_the_future_and_one_without_a_date_is_from_now() -> None:
    assert one(guid="1", published=START + timedelta(days=1)).published == START
    assert one(guid="1").published == START
    assert one(guid="1", updated=EARLIER).published == EARLIER


@pytest.mark.parametrize(
    ("configured", "stated", "title", "language"),
    [
        ("en", "ja", "Quake hits the coast", "en"),
        (None, "ja-JP", "NHK", "ja"),
        (
            None,
            "ja",
            "The government said that a quake off the coast of Miyagi had hurt nobody — “so far as we know”" * 2,
            "en",
        ),
        (None, "en", "地震がありました", "ja"),
        (None, None, "地震がありました", "ja"),
        (None, "de", "地震がありました", "ja"),
        (None, "de", "Der Film „君たちはどう生きるか“ von Miyazaki läuft an", "de"),
        (None, "ko", "일본 총리는 「おはようございます」라고 인사했다", "ko"),
        (None, "zh", "鮮の每日", "zh"),
        (None, None, "Ｑｕａｋｅ hits the coast", "en"),
        (None, "x", "지진이 났습니다", "ko"),
        (None, "fr", "Le séisme", "fr"),
        (None, None, "1 2 3", "und"),
    ],
)
def test_the_language_is_the_stated_one_unless_the_script_says_otherwise(
    configured: str | None, stated: str | None, title: str, language: str
) -> None:
    (item,) = normalised(RawEntry(guid="1", title=title, language=stated), language=configured)
    assert item.language == language


# --- properties ---------------------------------------------------------------------------------------------


@given(st.text(alphabet="a &;<>/p\t\r\n\xa0", max_size=40))  # sanitised HTML has no other
def test_white_space_of_ascii_is_collapsed_as_that_of_any_other_text(text: str) -> None:
    assert plain_text(f"é\n{text}") == "\n".join(filter(None, ("é", plain_text(text))))


@given(st.text(max_size=200))
def test_sanitising_twice_is_sanitising_once_and_headlines_too(text: str) -> None:
    once = sanitise(text, "http://paper.example/")
    assert plain_text(sanitise(once, "http://paper.example/")) == plain_text(once)
    assert "\n" not in plain_title(text)


@given(
    st.builds(
        RawEntry,
        guid=st.none() | st.text(max_size=20),
        link=st.none() | st.text(max_size=20),
        title=st.text(max_size=20),
        summary=st.text(max_size=40),
    )
)
def test_no_entry_makes_it_raise_and_every_item_has_an_identity(entry: RawEntry) -> None:
    (item,) = normalised(entry)
    assert item.guid
    assert digest(item) == digest(normalised(entry)[0])


def test_of_a_document_without_end_the_newest_entries_and_the_first_bodies_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(normalise, "MAX_ITEMS", 200)
    monkeypatch.setattr(normalise, "MAX_DOCUMENT", 300_000)
    entries = tuple(
        RawEntry(guid=str(n), title=f"Title {n}", published=START - timedelta(minutes=n), content="word " * 1000)
        for n in reversed(range(250))
    )
    made = normalised(*entries)
    assert [made[0].guid, made[-1].guid, len(made)] == ["199", "0", 200]
    assert made[0].complete
    assert not made[-1].complete
    assert len(made[-1].html) <= CUT
    assert sum(len(item.html) for item in made) < 2 * 300_000
