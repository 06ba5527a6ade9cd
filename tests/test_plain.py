"""Plain documents are read without feedparser, and read the same."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

import feedparser
import pytest

from corpora import FEEDS, needs_shared
from feedhub.model import ParsedFeed
from feedhub.parse import plain
from feedhub.parse.decode import decode
from feedhub.parse.document import parse_document
from feedhub.parse.entries import entry_of
from feedhub.parse.trimming import outline

URL = "https://a.example/feed"
SPACES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:atom='http://www.w3.org/2005/Atom' xmlns:x='urn:x'"
)


def rss(item: str) -> bytes:
    return f"<rss version='2.0' xml:lang='en_GB' {SPACES}><channel><item>{item}</item></channel></rss>".encode()


def atom(entry: str) -> bytes:
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><entry>{entry}</entry></feed>".encode()


def judged(document: bytes) -> Any:
    """As feedparser reads it."""
    headers = {"content-type": "application/xml; charset=utf-8"}
    return feedparser.parse(
        BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def same(document: bytes) -> bool:
    """Whether a document is plain; if it is, its entries must be feedparser's."""
    found = plain.read(document, 100_000)
    if found is None:
        return False
    outlined = outline(document, URL)
    assert outlined is not None
    assert tuple(found.extents) == outlined.extents
    says_kinds = b"<feed" in document
    expected = [entry_of(entry, URL, "UTC", atom=says_kinds) for entry in judged(document).entries]
    assert [entry_of(entry, URL, "UTC", atom=says_kinds) for entry in found.entries] == expected
    return True


@pytest.mark.parametrize(
    "document",
    [
        rss("<title>A</title><link>http://a.example/1?a=1&amp;amp;b=2&amp;c;</link><guid>1</guid>"),
        rss("<guid>http://a.example/1</guid><link/><pubDate>Mon, 23 Nov 2026 07:00:00 GMT</pubDate>"),
        rss("<guid isPermaLink='false'>http://a.example/1</guid><description/><content:encoded>b</content:encoded>"),
        rss("<description>&lt;p&gt;a</description><content:encoded><![CDATA[<p>b]]></content:encoded>"),
        rss("<content:encoded>long</content:encoded><description>short</description>"),
        rss("<author>a@b.example (A. B.)</author><dc:creator>C</dc:creator><dc:creator>C</dc:creator>"),
        rss("<category domain='d'>x</category><category>y</category><category>y</category><category/>"),
        rss("<enclosure url='a.mp3' length='5' type='AUDIO/mpeg'/><media:content url='/b.jpg' medium='image'/>"),
        rss("<atom:link rel='ALTERNATE' href='/c'/><link>http://a.example/d</link>"),
        rss("<title>caf\u00c3\u00a9 and \u65e5\u672c</title><description>caf\u00c3\u00a9</description>"),
        rss("<title>a &amp;amp; b &lt;c&gt; &#8217;</title><x:any k='v'>text<x:b/></x:any>"),
        rss("<source url='http://b.example/'>B</source><title> two\n lines </title><comments>c</comments>"),
        atom("<id>urn:1</id><title type='html'>&lt;b&gt;</title><link href='/1'/><updated>2026-11-23</updated>"),
        atom("<title>How to use &lt;b&gt;</title>"),
        atom("<link rel='enclosure' href='e'/><link href='f' type='text/html'/><summary>&lt;s&gt;</summary>"),
        atom("<content type='html'>&lt;s&gt;</content><author><name>A</name><email>a@b.example</email></author>"),
        atom("<summary type='html'>s</summary><content type='text'>a &lt; b</content><author>bare</author>"),
        atom("<category term='t' label='L'/><published>2026-11-23T08:00:00Z</published><contributor><name>C</name>"
             "</contributor><source><id>s</id><title>S</title><author><name>N</name></author></source>"),
    ],
)  # fmt: skip
def test_what_is_plain_is_read_as_feedparser_reads_it(document: bytes) -> None:
    assert same(document)


@pytest.mark.parametrize(
    "document",
    [
        rss("<description>a <b>b</b></description>"),
        rss("<description>a</description><description>b</description>"),
        rss("<title>a</title><title>b</title>"),
        rss("<title xml:lang='ja'>a</title>"),
        rss("<description mode='base64'>YQ==</description>"),
        rss("<link>http:////a.example/</link>"),
        rss("<title>a\u0092b</title>"),
        rss("<media:title>a</media:title>"),
        atom("<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a</div></content>"),
        atom("<content src='http://a.example/c'/>"),
        atom("<title type='text/x-other'>a</title>"),
    ],
)
def test_what_is_not_plain_is_left_to_feedparser(document: bytes) -> None:
    assert plain.read(document, 100_000) is None


def test_a_document_of_more_entries_than_asked_for_is_not_read() -> None:
    three = rss("<title>1</title></item><item><title>2</title></item><item><title>3</title>")
    assert plain.read(three, 2) is None
    found = plain.read(three, 3)
    assert found is not None
    assert [entry["title"] for entry in found.entries] == ["1", "2", "3"]


@needs_shared
def test_a_part_of_the_corpus_is_read_as_feedparser_reads_it() -> None:
    assert _plain_of(100) > 10


@needs_shared
@pytest.mark.slow
def test_the_whole_corpus_is_read_as_feedparser_reads_it() -> None:
    assert _plain_of(1) > 1_500


def _plain_of(every: int) -> int:
    """How many of the corpus's documents are plain; those are read the same, and so is what they say as feeds. The
    others raise nothing and lose no entry.
    """
    files = sorted(file for file in FEEDS.rglob("*") if file.is_file() and file.name != "MANIFEST.json")[::every]
    others = [file for file in files if not _read_the_same(file.read_bytes())]
    assert [file for file in others if _loses_an_entry(file.read_bytes())] == []
    return len(files) - len(others)


def _loses_an_entry(body: bytes) -> bool:
    feed = parse_document(body, content_type=None, url=URL, timezone="UTC")
    if isinstance(feed, ParsedFeed):
        found = len(feed.entries) + feed.truncated  # it broke off over one
    else:
        found = int("none of whose entries" in feed.message)  # it broke off over its first
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    return len(told.entries) > found


def _read_the_same(body: bytes) -> bool:
    text = decode(body, None).text
    document = (text if text.startswith("<?xml") else f'<?xml version="1.0" encoding="utf-8"?>{text}').encode()
    outlined, read = outline(document, URL), plain.read(document, 100_000)
    assert read is None or read.extents == list(outlined.extents if outlined else ())
    if outlined is None or read is None:
        return False
    feed, expected = parse_document(body, content_type=None, url=URL, timezone="UTC"), judged(document)
    assert isinstance(feed, ParsedFeed)
    assert feed.language == (expected.feed.get("language") or None)
    atom = expected.version.startswith("atom")
    assert feed.entries == tuple(entry_of(entry, URL, "UTC", atom=atom) for entry in expected.entries)
    return True
