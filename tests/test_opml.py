"""Lists of feeds, from other readers and for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import process_time

import pytest
from click.testing import CliRunner

from build import settings, source
from corpora import FEEDS, needs_shared
from feedhub import urls
from feedhub.cli.app import cli
from feedhub.config.load import load
from feedhub.errors import FeedhubError
from feedhub.model import Source, Topic
from feedhub.opml import DEEPEST, MOST_TAGS, public, read_list, read_opml, sources_opml, topics_opml

NO_OPML = {"body-element-missing.opml", "missingBody.opml", "twittergram.xml"}  # no body; an RSS feed
_ADDRESS = re.compile(rb"""\bxmlurl\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)


def files() -> Iterator[Path]:
    for path in sorted(FEEDS.rglob("*")):
        if path.is_file() and (path.suffix == ".opml" or "opml" in (part.lower() for part in path.parts)):
            yield path


def written(data: bytes) -> set[str]:
    """Every address in a file, found without regard to its structure."""
    found = ((double or single).decode("utf-8", "replace") for double, single in _ADDRESS.findall(data))
    return {unescape(address).strip() for address in found} - {""}


def test_opml_is_read_with_its_folders_and_each_address_once() -> None:
    found = read_opml(
        b"""<?xml version="1.0"?><opml version="2.0"><head/><body>
        <outline text="Japan"><outline text="A &amp; B" xmlUrl="http://a.example/"/>
        <outline title="Papers"><outline xmlurl="http://b.example/"/></outline></outline>
        <outline text="&lt;b&gt;News&lt;/b&gt;"><outline text="&lt;script&gt;x &amp;amp; y" xmlUrl="http://c.example/"/></outline>
        <outline text="again" xmlUrl="HTTP://A.example:80/#top" category="wire,/Asia/Japan"/><outline text="empty"/>
        </body></opml>"""
    )
    assert [(one.url, one.title, one.tags) for one in found] == [
        ("http://a.example/", "A & B", ("Japan", "wire", "Asia")),
        ("http://b.example/", "http://b.example/", ("Japan", "Papers")),
        ("http://c.example/", "x & y", ("News",)),
    ]


def test_a_file_that_is_no_xml_loses_no_address_and_no_folder() -> None:
    found = read_opml(
        b"""<opml><body><outline text="R & D">
        <outline text="The "Post"" description='by <a href="http://x.example" rel="x">us</a>' xmlUrl="http://a.example/?a=1&b=2"/>
        <!-- <outline xmlUrl="http://old.example/"/> --></outline>
        <outline text="Alone" xmlUrl='feed://b.example/'></outline><outline xmlUrl="feed:https://c.example/" />"""
    )
    assert [(one.url, one.title, one.tags) for one in found] == [
        ("http://a.example/?a=1&b=2", 'The "Post"', ("R & D",)),
        ("http://b.example/", "Alone", ()),
        ("https://c.example/", "https://c.example/", ()),
    ]


def test_opml_that_is_none_or_a_bomb_is_refused_or_harmless() -> None:
    for data in (b"", b"<html><body/></html>", b"<html><bo", b"not xml", b"<opml/>", b"\xff\xfe\x00"):
        with pytest.raises(FeedhubError, match="not an OPML file"):
            read_opml(data)
    bomb = b'<!DOCTYPE o [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;" xmlUrl="http://a.example/"/></body></opml>'
    assert len(read_opml(bomb)) <= 1


HARM = [b'<outline a="b ', b"<outline a='\" ", b'<outline text="x" ', b"<!-- ", b"aaaaa ", b'a="b ', b"aaaaa", b"     "]


@pytest.mark.parametrize("part", HARM)
def test_a_list_that_means_harm_takes_no_longer_than_another(part: bytes) -> None:
    began = process_time()
    with pytest.raises(FeedhubError, match="names no feeds"):
        read_list(b"<opml><body><outline " + part * 10_000, "https://lists.example/")
    assert process_time() - began < 3  # of what takes a fortieth; going back over it would take minutes


def test_a_feed_has_only_so_many_tags() -> None:
    outline = '<outline text="{0}"><outline xmlUrl="http://a.example/" category="{1}"/></outline>'
    commas = ",".join(map(str, range(1000)))
    deep = '<outline text="x">' * 300
    for body in (outline.format("a", commas), "".join(outline.format(n, n) for n in range(200)), f"{deep}&{outline}"):
        (one, *_) = read_opml(f"<opml><body>{body}</body></opml>".encode())
        assert len(one.tags) <= DEEPEST + MOST_TAGS


def test_sources_are_written_so_that_they_are_read_again_and_always_the_same() -> None:
    source = Source(id="a", url="http://a.example/?a=1&b=2", title='A "B" <C>', outlet="A", tags=("wire", "x, y"))
    data = sources_opml([source])
    assert [(one.url, one.title, one.tags) for one in read_opml(data)] == [(source.url, source.title, ("wire", "x y"))]
    assert data == sources_opml([source])


def test_strangers_see_neither_passwords_nor_files_nor_private_topics(tmp_path: Path) -> None:
    sources = [source("a", url="https://me:secret@a.example/"), source("b", url="file:///etc/feed.xml")]
    assert [one.url for one in read_opml(sources_opml(public(sources)))] == ["https://a.example/"]
    topics = [Topic(id="t", title="T", match=""), Topic(id="desk", title="Desk", match="", private=True)]
    data = topics_opml(settings(tmp_path / "feedhub.db", sources, topics))
    assert [one.url for one in read_opml(data)] == ["http://127.0.0.1:8080/topics/t.atom"]
    assert b'htmlUrl="http://127.0.0.1:8080/topics/t"' in data


@pytest.mark.slow
@needs_shared
def test_no_address_of_any_file_is_lost() -> None:
    addresses = 0
    for path in files():
        data = path.read_bytes()
        if path.name in NO_OPML:
            with pytest.raises(FeedhubError):
                read_opml(data)
            continue
        found = {urls.asked(one.url) for one in read_opml(data)}
        assert set(map(urls.asked, written(data))) <= found, path
        addresses += len(found)
    assert addresses > 2000


@needs_shared
def test_a_large_file_is_imported_with_its_folders_as_tags(tmp_path: Path) -> None:
    file = FEEDS / "plenaryapp+awesome-rss-feeds/recommended/with_category/Programming.opml"
    desk = tmp_path / "feedhub.toml"
    result = CliRunner().invoke(cli, ["import", str(file), "--config", str(desk)])
    assert result.exit_code == 0, result.output
    sources = load(desk, lambda *query: None).sources
    assert {one.url for one in sources} == written(file.read_bytes())
    assert {one.tags for one in sources} == {("Programming",)}
