"""Entries that are known are cut out before parsing; what is left reads as it would have read in its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import compress
from pathlib import Path

import pytest

from build import source
from corpora import FEEDS, needs_shared
from feedhub.dedup.case import Prepared
from feedhub.model import Known, Listed, ParsedFeed
from feedhub.normalise import digest
from feedhub.parse import plain
from feedhub.parse.contents import Reading
from feedhub.parse.document import parse_document
from feedhub.parse.reading import read_document

URL = "https://a.example/feed"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HEAD = "<title>A</title><lastBuildDate>{date}</lastBuildDate>"
ITEM = "<item><title>{0}</title><guid>{0}</guid><pubDate>Mon, 23 Nov 2026 07:0{0}:00 GMT</pubDate></item>"


def rss(*items: str, head: str = HEAD.format(date="now"), root: str = "") -> bytes:
    return f"<rss version='2.0' {root}><channel>{head}{'<!-- -->'.join(items)}</channel></rss>".encode()


def parsed(body: bytes, known: Sequence[bytes] = (), url: str = URL) -> ParsedFeed:
    feed = parse_document(body, content_type=None, url=url, timezone="UTC", known=frozenset(known))
    assert isinstance(feed, ParsedFeed), feed
    return feed


def titles(feed: ParsedFeed) -> list[str]:
    return [entry.title for entry in feed.entries]


def read(body: bytes, known: Sequence[Known] = (), now: datetime = NOW) -> Reading:
    reading = read_document(body, content_type=None, url=URL, source=source("a"), now=now, known=known)
    assert isinstance(reading, Reading), reading
    return reading


def outline(reading: Reading) -> list[Known]:
    """What a store keeps that took everything."""
    named = [
        (item.guid, item.digest) if isinstance(item, Listed) else (item.item.guid, digest(item.item))
        for item in reading.items
    ]
    marks = reading.marks or ((b"", None),) * len(named)
    return [Known(mark, *named, dated) for named, (mark, dated) in zip(named, marks, strict=True)]


def guids(reading: Reading, kind: type[Prepared | Listed]) -> list[str]:
    return [
        item.guid if isinstance(item, Listed) else item.item.guid for item in reading.items if isinstance(item, kind)
    ]


def test_only_what_is_new_is_read_and_the_document_keeps_its_order() -> None:
    first = read(rss(ITEM.format(1), ITEM.format(2)))
    second = read(rss(ITEM.format(3), ITEM.format(1), ITEM.format(2)), outline(first))
    assert guids(second, Prepared) == ["3"]
    assert [known.guid for known in outline(second)] == ["3", "1", "2"]
    assert [known.mark for known in outline(second)][1:] == [known.mark for known in outline(first)]


def test_what_is_known_is_listed_as_it_would_be_if_it_were_read() -> None:
    undated, future = "<item><title>9</title></item>", ITEM.format(5).replace("2026", "2027")
    body = rss(ITEM.format(1), undated, future)
    later = NOW + timedelta(hours=1)
    again, known = rss(ITEM.format(1), undated, future, head="<title>A</title>"), outline(read(body))
    plain = [known._replace(mark=b"") for known in known]
    assert read(again, known, later).items == read(again, plain, later).items
    assert [item.published for item in read(body, known, later).items if isinstance(item, Listed)][1:] == [later] * 2


def test_a_date_of_the_channel_may_change_but_nothing_else_around_the_entries() -> None:
    first = rss(ITEM.format(1), ITEM.format(2))
    marks = parsed(first).marks
    assert titles(parsed(first.replace(b"now", b"then"), marks)) == []
    for other in (
        first.replace(b"<title>A<", b"<title>B<"),
        first.replace(b"<channel>", b"<channel xml:lang='ja'>"),
        first.replace(b"version='2.0'", b"version='0.91'"),
        first.replace(b"<!-- -->", b"<language>ja</language>"),
    ):
        assert titles(parsed(other, marks)) == ["1", "2"]
    assert titles(parsed(first, marks, url="https://b.example/feed")) == ["1", "2"]


def test_a_document_says_all_of_its_channel_however_often_that_was_read() -> None:
    head = HEAD + "<language>ja</language><link>https://a.example/</link>"
    hub = '<link rel="hub" href="https://hub.example/" xmlns="http://www.w3.org/2005/Atom"/>'
    first, second, third = (
        parsed(rss(ITEM.format(number), head=head.format(date=number) + offered))
        for number, offered in ((1, hub), (2, hub), (3, ""))
    )
    for feed in (first, second):
        assert (feed.title, feed.language, feed.offer.hubs) == ("A", "ja", ("https://hub.example/",))
    assert (third.title, third.offer.hubs) == ("A", ())
    assert [titles(feed) for feed in (first, second, third)] == [["1"], ["2"], ["3"]]


def test_a_title_that_opens_a_comment_in_its_cdata_is_read_as_it_stands() -> None:
    feed = parsed(rss(ITEM.format(1), ITEM.format(2), head="<title><![CDATA[A <!-- B]]></title>"))
    assert (feed.title, titles(feed), len(feed.marks)) == ("A <!-- B", ["1", "2"], 2)


@pytest.mark.parametrize(
    "document",
    [
        rss(ITEM.format(1), ITEM.format(2)).replace(b"</rss>", b""),
        rss(ITEM.format(1), ITEM.format(2)).replace(b"<title>1", b"<title>1&nbsp;"),
        b"<!DOCTYPE rss>" + rss(ITEM.format(1), ITEM.format(2)),
        rss("<item xml:base='http://b.example/'><title>1</title></item>", ITEM.format(2)),
        rss("<item><x:a xmlns:x='urn:x'/><title>1</title></item>", ITEM.format(2)),
        rss("<item xmlns:x='urn:x'><title>1</title></item>", ITEM.format(2)),
        rss("<item><title>1</title><item><title>3</title></item></item>", ITEM.format(2)),
        rss("<item/>", ITEM.format(2)),
        rss(ITEM.format(1)).replace(b"</rss>", b"<item><title>2</title></item></rss>"),
        rss(ITEM.format(1)).replace(b"item", b"i:item").replace(b"<channel", b"<channel xmlns:i='urn:i'"),
    ],
    ids=["cut", "entity", "doctype", "base", "prefix", "own prefix", "nested", "empty", "elsewhere", "foreign"],
)
def test_a_document_that_is_not_plain_is_read_whole(document: bytes) -> None:
    assert parsed(document).marks == ()
    assert plain.read(document, 5) is None


@pytest.mark.parametrize(
    "quoted",
    [
        "<!-- {0} -->",
        "<item><title>3</title><description><![CDATA[{0}]]></description></item>",
        "<?feedhub-known {0}?>",
        "<?feedhub-known?><!-- {0} -->",
        "<image><x>{0}</x></image>",
        "<item><title>3</title></item ><!-- </item> -->",
    ],
)
def test_a_known_entry_is_listed_only_where_entries_stand(quoted: str) -> None:
    known = parsed(rss(quoted.format(""), ITEM.format(1), ITEM.format(2))).marks
    body = rss(quoted.format(ITEM.format(1)), ITEM.format(2))
    whole, trimmed = parsed(body), parsed(body, known)
    assert known
    assert trimmed.marks == whole.marks
    shown = [mark not in known for mark in whole.marks] or [True] * len(whole.entries)
    assert titles(trimmed) == list(compress(titles(whole), shown))


def test_entries_that_share_a_guid_are_told_apart_only_where_all_are_read() -> None:
    twin = "<item><title>twin</title><guid>1</guid><link>http://a.example/twin</link></item>"
    first = outline(read(rss(ITEM.format(1), ITEM.format(2))))
    together = read(rss(ITEM.format(1), twin, ITEM.format(2)), first)
    assert len({known.guid for known in outline(together)}) == 3
    assert together.marks == ()
    assert [guid.split("#")[0] for guid in guids(together, Listed)] == ["1", "2"]


@needs_shared
def test_a_part_of_the_corpus_reads_the_same_with_entries_cut_out() -> None:
    plain = 0
    for file in sorted(FEEDS.rglob("*"))[::150]:
        plain += file.is_file() and _reads_the_same(file)
    assert plain > 10


@needs_shared
@pytest.mark.slow
def test_every_document_of_the_whole_corpus_reads_the_same_with_entries_cut_out() -> None:
    assert sum(_reads_the_same(file) for file in FEEDS.rglob("*") if file.is_file()) > 2_500


def _reads_the_same(file: Path) -> bool:
    """Whether the document is plain; with some of its entries known, the others are equal."""
    body = file.read_bytes()
    whole = parse_document(body, content_type=None, url=URL, timezone="UTC")
    if not isinstance(whole, ParsedFeed) or not whole.marks:
        return False
    for known in (whole.marks[:1], whole.marks[::2], whole.marks[1::2], whole.marks):
        rest = [entry for entry, mark in zip(whole.entries, whole.marks, strict=True) if mark not in known]
        found = parsed(body, known)
        assert list(found.entries) == (rest if found.marks else list(whole.entries)), file
        about = (found.title, found.language, found.wishes, found.problem)
        assert about == (whole.title, whole.language, whole.wishes, whole.problem), file
    return True
