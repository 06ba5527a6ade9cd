"""What readers are given."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from build import START, story
from corpora import ATOM_SCHEMA, needs_shared
from feedhub import render
from feedhub.model import Correction, Enclosure, Look, RelatedStory, Story
from feedhub.render import Archive, Publication, language_of, story_entry
from feedhub.render.provenance import line

WIRE = story(
    "Quake hits <northeast> & no tsunami",
    "A quake hit.\nNo tsunami.",
    outlets=("Tsubame Press", "Harbor Mail", "Musashi Herald"),
    agency="tsubame",
    author="Weather desk",
    tags=("Disasters",),
    enclosures=(Enclosure(url="http://a.example/a.mp3", type="audio/mpeg", length=12),),
    related=(
        RelatedStory(
            id="1f9619ff-8b86-4d11-b42d-00c04fc964ff", title="Trains halted", outlet="Shioji", link="http://s.example/1",
            published=START, lead="Trains…", score=0.4,
        ),
    ),
)  # fmt: skip
JAPANESE = story(
    "地震、津波なし", "地震があった。", outlets=("武蔵新報", "潮路日報"), agency="tsubame", language="ja", html=""
)


SITE = "http://127.0.0.1:8080"


def publication(*stories: Story, look: Look = Look(), **fields: Any) -> Publication:
    entries = tuple(story_entry(story, look, SITE) for story in stories)
    return Publication(
        **{
            "uuid": "0f9619ff-8b86-4d11-b42d-00c04fc964ff",
            "title": "Quakes",
            "description": "Earthquakes & tsunamis",
            "public_url": SITE,
            "path": "/topics/quakes",
            "updated": START,
            "entries": entries,
            "language": language_of(entries),
            **fields,
        }
    )


def atom(publication: Publication) -> bytes:
    return render.atom(publication).body


def rss(publication: Publication) -> bytes:
    return render.rss(publication).body


def json_feed(publication: Publication) -> bytes:
    return render.json_feed(publication).body


def read(document: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return feedparser.parse(BytesIO(document))


@pytest.mark.parametrize("write", [atom, rss])
def test_an_entry_keeps_its_id_title_dates_and_link(write: Any) -> None:
    feed = read(write(publication(WIRE, JAPANESE)))
    first, second = feed.entries
    assert not feed.bozo
    assert [first.id, second.id] == [f"urn:uuid:{WIRE.id}", f"urn:uuid:{JAPANESE.id}"]
    assert (first.link, second.title) == (WIRE.link, "地震、津波なし")
    assert first.title.replace("&lt;", "<") in (WIRE.title, "Quake hits  & no tsunami")
    assert first.published_parsed[:6] == WIRE.published.timetuple()[:6]
    assert feed.feed.title == "Quakes"


@pytest.mark.parametrize("write", [atom, rss])
def test_content_is_html_with_where_it_is_from(write: Any) -> None:
    for entry, said in zip(
        read(write(publication(WIRE, JAPANESE))).entries,
        ("Tsubame Press</a>. Also in: <a", "ツバメ通信。ほかに：<a"),
        strict=True,
    ):
        (content,) = entry.content
        assert content.type == "text/html"
        assert said in content.value
        assert "/stories/" in content.value


def test_atom_links_name_the_copy_that_is_shown_the_others_and_the_related() -> None:
    (entry,) = read(atom(publication(WIRE))).entries
    assert [(link.rel, link.get("title")) for link in entry.links] == [
        ("alternate", None),
        ("via", "Tsubame Press"),
        ("related", "Harbor Mail"),
        ("related", "Musashi Herald"),
        ("related", "Shioji: Trains halted"),
        ("enclosure", None),
    ]
    assert (entry.source.title, entry.source.id) == (WIRE.source_title, WIRE.source_url)
    assert (entry.links[-1].type, entry.links[-1].length) == ("audio/mpeg", "12")
    assert {tag.term for tag in entry.tags} == {"Tsubame Press", "Disasters"}


def test_a_feed_says_where_it_and_its_page_are() -> None:
    for write, suffix in ((atom, "atom"), (rss, "rss")):
        links = {link.rel: link.href for link in read(write(publication(WIRE))).feed.links}
        assert links["self"] == f"http://127.0.0.1:8080/topics/quakes.{suffix}"
        assert links["alternate"] == "http://127.0.0.1:8080/topics/quakes"


def test_json_has_every_copy_as_data() -> None:
    feed = json.loads(json_feed(publication(WIRE)))
    (entry,) = feed["items"]
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert entry["id"] == f"urn:uuid:{WIRE.id}"
    known = entry["_feedhub"]
    assert known["agency"] == "tsubame"
    assert [(copy["outlet"], copy["canonical"]) for copy in known["copies"]] == [
        ("Tsubame Press", True),
        ("Harbor Mail", False),
        ("Musashi Herald", False),
    ]
    assert known["related"][0]["title"] == "Trains halted"
    assert entry["attachments"] == [{"url": "http://a.example/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 12}]


@pytest.mark.parametrize("write", [atom, rss, json_feed])
def test_bytes_depend_on_nothing_but_the_publication(write: Any) -> None:
    assert write(publication(WIRE, JAPANESE)) == write(publication(WIRE, JAPANESE))


def test_an_update_time_is_that_of_the_words() -> None:
    later = START + timedelta(hours=1)
    (entry,) = read(atom(publication(replace(WIRE, updated=later)))).entries
    assert entry.updated_parsed[:6] == later.timetuple()[:6]


def words(html: str) -> str:
    return re.sub("<[^>]*>", "", html)


@pytest.mark.parametrize(
    ("outlets", "agency", "said"),
    [
        (("Tsubame Press", "Harbor Mail"), "tsubame", "Tsubame Press. Also in: Harbor Mail"),
        (("Harbor Mail", "Tsubame Press"), "tsubame", "Tsubame Press. Also in: Harbor Mail"),
        (("Harbor Mail", "Herald"), "tsubame", "Tsubame Press. Also in: Harbor Mail, Herald"),
        (("Harbor Mail",), "tsubame", "Tsubame Press. In: Harbor Mail"),
        (("Harbor Mail",), None, "Harbor Mail"),
        (("Harbor Mail", "Harbor Mail", "R&D"), None, "Harbor Mail. Also in: R&amp;D"),
    ],
)
def test_the_provenance_names_the_writer_once_and_each_outlet_once(
    outlets: tuple[str, ...], agency: str | None, said: str
) -> None:
    assert words(line(story("T", "x", outlets=outlets, agency=agency))) == said


@pytest.mark.parametrize("first", [True, False])
def test_an_agency_s_own_copy_is_no_reprint_whatever_its_source_is_called(first: bool) -> None:
    told = story("T", "x", outlets=("Kyodo", "Mail") if first else ("Mail", "Kyodo"), agency="kyodo")
    copies = tuple(replace(copy, own=copy.outlet == "Kyodo") for copy in told.copies)
    assert words(line(replace(told, copies=copies))) == "Kyodo News. Also in: Mail"
    if first:
        linked = line(replace(told, copies=copies), remarked=True)
        assert linked.startswith('<a href="http://kyodo.example/1">Kyodo News</a>. Also in: ')


def test_a_story_in_hundreds_of_papers_has_a_line_of_bearable_length() -> None:
    wide = story("T", "x", outlets=tuple(f"Paper {number}" for number in range(300)))
    assert words(line(wide)).endswith("Paper 12, 287 more")


def test_an_entry_says_how_each_copy_differs_from_what_is_shown() -> None:
    first, second, third = WIRE.copies
    second = replace(second, published=first.published + timedelta(minutes=12), title="A quake off the coast")
    third = replace(third, published=first.published + timedelta(hours=3), share=0.4, outdated=True)
    told = replace(WIRE, copies=(first, second, third))
    assert words(line(told, remarked=True)) == (
        "Tsubame Press. Also in: Harbor Mail (+12 min, own headline), Musashi Herald (+3 h, shortened, old figures)"
    )
    late = replace(JAPANESE.copies[1], published=JAPANESE.published + timedelta(days=2), share=0.5)
    assert words(line(replace(JAPANESE, copies=(JAPANESE.copies[0], late)), remarked=True)) == (
        "ツバメ通信。ほかに：武蔵新報、潮路日報（2日後、短縮）"
    )


def test_an_outlet_that_has_withdrawn_its_copy_is_not_named_among_those_who_print_it() -> None:
    shown, gone, stands = WIRE.copies
    withdrawn = replace(gone, step="withdrawal")
    told = replace(WIRE, copies=(shown, withdrawn, stands))
    assert words(line(told)) == "Tsubame Press. Also in: Musashi Herald"
    again = replace(told, copies=(shown, withdrawn, replace(gone, item_id=9), stands))
    assert words(line(again)) == "Tsubame Press. Also in: Harbor Mail, Musashi Herald"


def test_delays_count_from_the_earliest_copy_though_another_was_stored_first() -> None:
    shown, early, late = WIRE.copies
    early = replace(early, title=WIRE.title, published=WIRE.published - timedelta(minutes=30))
    late = replace(late, title=WIRE.title, published=WIRE.published + timedelta(minutes=12))
    told = replace(WIRE, copies=(replace(shown, published=WIRE.published), early, late))
    assert words(line(told, remarked=True)) == "Tsubame Press. Also in: Harbor Mail, Musashi Herald (+42 min)"
    (made,) = json.loads(json_feed(publication(told)))["items"]
    assert [copy["lag"] for copy in made["_feedhub"]["copies"]] == [1800, 0, 2520]


@pytest.mark.parametrize("write", [atom, rss, json_feed])
def test_an_entry_links_three_related_stories_and_tells_corrections(write: Any) -> None:
    related = tuple(replace(WIRE.related[0], title=f"Trains & trams {number}") for number in range(5))
    correction = Correction(at=START, item_id=1, outlet="Harbor Mail", changes=(("5", "<6>", "magnitude"),))
    made = write(publication(replace(WIRE, related=related, corrections=(correction,))))
    html = (
        json.loads(made)["items"][0]["content_html"] if write is json_feed else read(made).entries[0].content[0].value
    )
    assert html.count("Trains &amp; trams") == 3
    assert "New figures (Harbor Mail, 2026-11-23 08:00 UTC): 5 → &lt;6&gt;" in html


@pytest.mark.parametrize(("wire", "words"), [(WIRE, "Corrected"), (JAPANESE, "訂正")])
def test_a_correction_is_one_that_says_so(wire: Story, words: str) -> None:
    copy = replace(wire.copies[0], step="correction")
    correction = Correction(at=START, item_id=copy.item_id, outlet=copy.outlet, changes=(("5", "6", "magnitude"),))
    told = replace(wire, corrections=(correction,), copies=(copy, *wire.copies[1:]))
    (made,) = json.loads(json_feed(publication(told)))["items"]
    assert f"{words} ({copy.outlet}, 2026-11-23 08:00 UTC): 5 → 6" in made["content_html"]


def test_place_agency_language_and_picture_are_told() -> None:
    placed = replace(WIRE, place="Sendai", image="http://a.example/quake.jpg", author=None)
    for write in (atom, rss):
        (entry,) = read(write(publication(placed))).entries
        assert entry.media_thumbnail == [{"url": "http://a.example/quake.jpg"}]
        assert entry.author == "Tsubame Press"
        assert [tag.term for tag in entry.tags] == ["Tsubame Press", "Disasters", "Sendai"]
        assert b"<dc:coverage>Sendai</dc:coverage>" in write(publication(placed))
    assert b'<entry xml:lang="en">' in atom(publication(placed))
    assert b"<dc:language>en</dc:language>" in rss(publication(placed))


@pytest.mark.parametrize("write", [atom, rss, json_feed])
def test_a_topic_without_images_shows_none(write: Any) -> None:
    pictured = replace(
        WIRE,
        html='<figure><img src="http://a.example/1.jpg"><figcaption>x</figcaption></figure>'
        '<p>Text<img src="http://a.example/2.jpg" alt="a > b"> stays.</p>',
        image="http://a.example/3.jpg",
        enclosures=(*WIRE.enclosures, Enclosure(url="http://a.example/4.jpg", type="image/jpeg")),
    )
    made = write(publication(pictured, look=Look(images=False)))
    assert b".jpg" not in made
    assert b"stays." in made
    assert b"a.mp3" in made
    assert b".jpg" in write(publication(pictured))


@pytest.mark.parametrize("write", [atom, rss, json_feed])
def test_a_topic_of_leads_shows_the_beginning_only(write: Any) -> None:
    long = replace(WIRE, text="word " * 500, html="")
    assert len(write(publication(long, look=Look(text="lead")))) < len(write(publication(long))) - 1000


def test_entries_that_are_not_to_be_flagged_again_keep_their_first_time() -> None:
    changed = publication(replace(WIRE, updated=START + timedelta(hours=1)), look=Look(updates="first-only"))
    (entry,) = read(atom(changed)).entries
    assert entry.updated == entry.published
    assert json.loads(json_feed(changed))["items"][0]["date_modified"] == "2026-11-23T07:30:00Z"


def test_an_icon_is_shown_where_the_format_has_one() -> None:
    made = publication(WIRE, icon="http://a.example/icon.png")
    assert read(atom(made)).feed.icon == "http://a.example/icon.png"
    assert read(rss(made)).feed.image.href == "http://a.example/icon.png"
    assert json.loads(json_feed(made))["icon"] == "http://a.example/icon.png"


def test_a_document_of_the_archive_says_so_and_names_its_neighbours() -> None:
    place = Archive(previous="/topics/quakes/archive/1", next="/topics/quakes/archive/3", current="/topics/quakes")
    page = publication(WIRE, path="/topics/quakes/archive/2", page_path="/topics/quakes", archive=place)
    for write, suffix in ((atom, "atom"), (rss, "rss")):
        links = {link.rel: link.href for link in read(write(page)).feed.links}
        assert links["prev-archive"] == f"http://127.0.0.1:8080/topics/quakes/archive/1.{suffix}"
        assert links["current"] == f"http://127.0.0.1:8080/topics/quakes.{suffix}"
        assert b"<fh:archive/>" in write(page)
        assert b"<fh:archive/>" not in write(publication(WIRE))
    assert json.loads(json_feed(page))["next_url"] == "http://127.0.0.1:8080/topics/quakes/archive/1.json"


@pytest.mark.parametrize(
    ("minutes", "seconds"), [((), 300), ((0,), 300), ((0, 1, 2), 60), ((0, 10, 20, 200), 300), ((0, 600, 1200), 900)]
)
def test_a_feed_may_be_kept_half_as_long_as_its_stories_lie_apart(minutes: tuple[int, ...], seconds: int) -> None:
    stories = [replace(WIRE, published=START - timedelta(minutes=back)) for back in minutes]
    assert publication(*stories).keep_for() == seconds


def test_what_has_neither_title_nor_link_nor_body_is_still_an_entry() -> None:
    bare = replace(story("", ""), link=None, html="", text="")
    for write in (atom, rss):
        (entry,) = read(write(publication(bare))).entries
        assert entry.title
        assert entry.link.endswith(f"/stories/{bare.id}")


@given(title=st.text(max_size=40), text=st.text(max_size=60), author=st.none() | st.text(max_size=10))
def test_nothing_in_a_story_makes_a_feed_ill_formed(title: str, text: str, author: str | None) -> None:
    nasty = replace(story(title, text), author=author, tags=(title,), source_title=text or "x")
    for write in (atom, rss):
        document = etree.fromstring(write(publication(nasty)))
        assert f"urn:uuid:{nasty.id}" in etree.tostring(document, encoding="unicode")


@needs_shared
def test_atom_is_valid() -> None:
    schema = etree.RelaxNG(etree.parse(ATOM_SCHEMA))
    bare = replace(story("", ""), link=None, html="", text="")
    pictured = replace(WIRE, place="Sendai", image="http://a.example/quake.jpg")
    place = Archive(previous="/topics/quakes/archive/1", current="/topics/quakes")
    for made in (
        publication(WIRE, JAPANESE, bare),
        publication(pictured, archive=place, icon="http://a.example/icon.png"),
        publication(path="/search", query="q=a%20b&limit=3"),
    ):
        document = etree.fromstring(atom(made))
        assert schema.validate(document), schema.error_log


@pytest.mark.parametrize("write", [render.atom, render.rss, render.json_feed])
def test_a_feed_is_the_same_whether_written_anew_or_upon_an_earlier_state(
    write: Callable[..., render.Sheet],
) -> None:
    changed = replace(JAPANESE, title="地震、津波注意報", updated=START + timedelta(hours=1))
    anew = write(publication(WIRE, changed))
    assert write(publication(WIRE, changed), write(publication(JAPANESE, WIRE))) == anew
    assert anew.hash != write(publication(WIRE, JAPANESE)).hash != write(publication(JAPANESE, WIRE)).hash
