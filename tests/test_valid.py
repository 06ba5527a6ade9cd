"""Feeds are valid: by the schema of Atom, the rules of RSS, the schema of JSON Feed, whatever stands in the stories."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import feed_rules
from build import QUAKE, START, item, source, story
from corpora import ATOM_SCHEMA
from desk_site import SOURCES, opened, print_quake
from feedhub import render
from feedhub.model import Correction, Enclosure, Look, RelatedStory, Story, Topic
from feedhub.render import Archive, Publication, language_of, story_entry

JSON_SCHEMA = Path(__file__).parent / "data/schemas/jsonfeed-1.1.json"
SITE = "http://127.0.0.1:8080"

# What breaks out of CDATA, markup and XML; reorders text; half a character; an entity; a fullwidth less-than.
nasty = st.text(max_size=30) | st.sampled_from(
    [
        "]]>",
        "<![CDATA[x",
        "&amp;lt;",
        "\x00\x0b\x1f",
        "\ud800",
        "\ufffe",
        "\u202eabc",
        "<script>",
        "＜",
        "--><!--",
        "\r",
    ]
)
addresses = st.sampled_from(
    ["http://a.example/?a=1&b=<2>", "http://日本.example/記事?q=地震", "https://a.example/%zz", "http://[::1]/x"]
)


def publication(*stories: Story, look: Look = Look(), **fields: Any) -> Publication:
    entries = tuple(story_entry(one, look, SITE) for one in stories)
    given = {
        "uuid": "0f9619ff-8b86-4d11-b42d-00c04fc964ff", "title": "Quakes & more", "description": "",
        "public_url": SITE, "path": "/topics/quakes", "updated": START, "entries": entries,
        "language": language_of(entries),
    }  # fmt: skip
    return Publication(**given | fields)


@cache
def atom_schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(ATOM_SCHEMA))


def problems(made: Publication) -> list[str]:
    """What is wrong with a publication in any format."""
    return [
        *of_atom(render.atom(made).body),
        *feed_rules.rss(render.rss(made).body),
        *of_json(render.json_feed(made).body),
    ]


def of_atom(document: bytes) -> list[str]:
    found = feed_rules.atom(document)
    if ATOM_SCHEMA.is_file() and not atom_schema().validate(etree.fromstring(document)):
        found += [str(error) for error in atom_schema().error_log]
    return found


def of_json(document: bytes) -> list[str]:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(JSON_SCHEMA.read_text(encoding="utf-8"))
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(json.loads(document))]


RICH = story(
    "Quake hits <northeast> & no tsunami",
    QUAKE,
    outlets=("Tsubame Press", "Harbor Mail", "Musashi Herald"),
    agency="tsubame",
    place="仙台",
    tags=("Disasters", "Tsubame Press"),
    image="http://a.example/地震.jpg",
    enclosures=(
        Enclosure(url="http://a.example/a.mp3", type="audio/mpeg", length=12),
        Enclosure(url="http://a.example/b", type="sound", length=-1),
        Enclosure(url="http://a.example/c.jpg", type="image/jpeg"),
    ),
    corrections=(Correction(at=START, item_id=1, outlet="Harbor Mail", changes=(("5", "<6>", "magnitude"),)),),
    related=tuple(
        RelatedStory(
            id=f"1f9619ff-8b86-4d11-b42d-00c04fc964f{number}", title="Trains", outlet="Shioji",
            link="http://s.example/1", published=START, lead="Trains…", score=0.4,
        )
        for number in range(5)
    ),
)  # fmt: skip
BARE = replace(story("", ""), id="2f9619ff-8b86-4d11-b42d-00c04fc964ff", link=None, html="", text="", language="und")
ARCHIVE = Archive(previous="/topics/quakes/archive/1", current="/topics/quakes")


@pytest.mark.parametrize(
    "made",
    [
        publication(),
        publication(RICH, BARE),
        publication(RICH, icon="http://a.example/icon.png", hub="https://hub.example/", description="Earth & sea"),
        publication(RICH, archive=ARCHIVE, path="/topics/quakes/archive/2", page_path="/topics/quakes"),
        publication(RICH, path="/search", query="q=a%20b&limit=3", look=Look(text="lead", images=False)),
        publication(replace(RICH, updated=START - timedelta(days=1), source_url="file:///feed.xml")),
    ],
    ids=["empty", "rich and bare", "icon and hub", "archive", "search", "from a file"],
)
def test_every_kind_of_feed_is_valid(made: Publication) -> None:
    assert problems(made) == []


@given(title=nasty, text=nasty, name=nasty, link=addresses, language=st.sampled_from(["en", "ja", "und"]))
def test_a_feed_is_valid_whatever_stands_in_it(title: str, text: str, name: str, link: str, language: str) -> None:
    copies = tuple(replace(copy, title=text, outlet=name, link=link) for copy in RICH.copies)
    made = replace(
        RICH, title=title, text=text, author=name, outlet=name or "x", place=text, tags=(title, text, name), link=link,
        source_title=title, language=language, copies=copies, image=link, note=text,
        enclosures=(Enclosure(url=link, type=name, length=3),),
    )  # fmt: skip
    assert problems(publication(made, title="Q " + "".join(title.split()))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<guid isPermaLink=\"false\">", b"<guid>"),
        (b"<pubDate>Mon", b"<pubDate>Tue"),
        (b'length="12"', b'length="many"'),
        (b"audio/mpeg", b"audio"),
        (b"http://a.example/a.mp3", b"/a.mp3"),
        (b"</item>", b"<author>Jane</author></item>"),
        (b"<image><url>http://a.example/icon.png</url><title>Quakes", b"<image><url>http://a.example/icon.png</url><title>Q"),
        (b'rel="self"', b'rel="next"'),
        (b"%E5", "\u5730".encode()),
    ],
)  # fmt: skip
def test_the_rules_of_rss_see_what_is_wrong(old: bytes, new: bytes) -> None:
    document = render.rss(publication(RICH, icon="http://a.example/icon.png")).body
    assert feed_rules.rss(document) == []
    assert old in document
    assert feed_rules.rss(document.replace(old, new, 1)) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<source><id>", b"<source><updated/><id>"),
        (b"urn:uuid:6f96", b"6f96"),
        (b"</entry>", b'<link href="http://x.example/"/></entry>'),
        (b'href="http', b'href="/http'),
        (b"</entry>", b'<dc:creator>x</dc:creator></entry>'),
    ],
)  # fmt: skip
def test_the_rules_of_atom_see_what_is_wrong(old: bytes, new: bytes) -> None:
    document = render.atom(publication(RICH)).body
    assert of_atom(document) == []
    assert of_atom(document.replace(old, new, 1)) != []


async def test_every_feed_that_is_served_is_valid_and_names_its_own_address(tmp_path: Path) -> None:
    topics = [Topic(id="quakes", title="Quakes", match="quake*", look=Look(icon="http://a.example/icon.png"))]
    async with opened(tmp_path, sources=[*SOURCES, source("times")], topics=topics) as site:
        print_quake(site)
        site.print("herald", item("herald", "Strong quake <b>hits</b>", QUAKE.replace("6.1", "6.4")))
        for hours in range(4):
            site.print("times", at=START + timedelta(hours=hours), result="failed", error="HTTP 404 <b>", status=404)
        story = (await site.desk.read(lambda reader: reader.front(5)))[-1]
        for path in (
            "/topics/quakes", "/all", f"/stories/{story.id}", "/agencies/tsubame",
            "/feeds/corrections", "/feeds/review", "/feeds/health",
        ):  # fmt: skip
            assert of_atom((await site.text(f"{path}.atom")).encode()) == [], path
            rss = await site.text(f"{path}.rss")
            assert feed_rules.rss(rss.encode()) == [], path
            assert of_json((await site.text(f"{path}.json")).encode()) == [], path
            assert f'href="{SITE}{path}.rss" rel="self"' in rss
