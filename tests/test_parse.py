"""Documents as they are met, read into entries."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import SHARED, needs_shared
from feedhub.model import Enclosure, ParsedFeed, ParseFailure
from feedhub.parse.dates import parse_date
from feedhub.parse.decode import decode
from feedhub.parse.document import parse_document
from feedhub.parse.workers import ParserPool
from process import children, kill_children

URL = "http://a.example/feeds/all.xml"


def parsed(document: str | bytes, content_type: str | None = None, timezone: str = "UTC") -> ParsedFeed:
    body = document.encode() if isinstance(document, str) else document
    feed = parse_document(body, content_type=content_type, url=URL, timezone=timezone)
    assert isinstance(feed, ParsedFeed), feed
    return feed


def failure(document: str, content_type: str | None = None) -> ParseFailure:
    feed = parse_document(document.encode(), content_type=content_type, url=URL, timezone="UTC")
    assert isinstance(feed, ParseFailure)
    return feed


def rss(items: str, declaration: str = "") -> str:
    return f"{declaration}<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"


# --- encodings ---------------------------------------------------------------------------------------

HEADLINE = "日米、サイバー協力で一致"


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("utf-8", "utf-8", None),
        ("utf-8", "shift_jis", None),
        ("utf-8", "euc-jp", "text/xml; charset=iso-8859-1"),
        ("cp932", "shift_jis", None),
        ("cp932", "utf-8", "text/xml; charset=utf-8"),
        ("cp932", None, None),
        ("euc_jp", "euc-jp", None),
        ("euc_jp", "utf-8", None),
        ("iso2022_jp", "iso-2022-jp", None),
        ("utf-16", "utf-16", None),
        ("utf-16-be", None, None),
        ("utf-32", "utf-32", None),
    ],
)
def test_japanese_comes_out_right_whatever_is_declared(encoding: str, declared: str | None, header: str | None) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = rss(f"<item><title>{HEADLINE}かどうか</title></item>", declaration).encode(encoding)
    assert parsed(body, header).entries[0].title == HEADLINE + "かどうか"


def test_windows_characters_in_shift_jis_are_read() -> None:
    body = rss("<item><title>①㈱髙﨑のかな</title></item>", '<?xml version="1.0" encoding="Shift_JIS"?>').encode(
        "cp932"
    )
    assert parsed(body).entries[0].title == "①㈱髙﨑のかな"


def test_one_bad_byte_does_not_spoil_the_rest() -> None:
    body = (
        rss(f"<item><title>{HEADLINE}</title></item>", '<?xml version="1.0"?>')
        .encode()
        .replace("日".encode(), b"\xe6\x97")
    )
    feed = parsed(body)
    assert feed.entries[0].title.endswith(HEADLINE[1:])
    assert "undecodable" in (feed.problem or "")


@given(st.binary(max_size=300), st.none() | st.text(max_size=30))
def test_any_bytes_decode_to_text_that_xml_can_carry(body: bytes, content_type: str | None) -> None:
    text = decode(body, content_type).text
    assert not any(ord(char) < 32 and char not in "\t\n\r" for char in text)
    text.encode()


@needs_shared
@pytest.mark.parametrize(
    "name", sorted(json.loads((SHARED / "encodings/expected.json").read_text())) if SHARED.is_dir() else []
)
def test_encodings_as_feeds_really_send_them(name: str) -> None:
    expected = json.loads((SHARED / "encodings/expected.json").read_text())[name]
    assert parsed((SHARED / "encodings" / name).read_bytes()).entries[0].title == expected


# --- dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-23T17:00:44+09:00", "2026-11-23 08:00:44"),
        ("2026-11-23T17:00+0900", "2026-11-23 08:00:00"),
        ("2026-11-23T08:00:44.123Z", "2026-11-23 08:00:44"),
        ("Mon, 23 Nov 2026 17:00:44 JST", "2026-11-23 08:00:44"),
        ("Mon, 23 Nov 2026 17:00:44 +0900 (JST)", "2026-11-23 08:00:44"),
        ("Mon, 23 Nov 26 08:00:44 GMT", "2026-11-23 08:00:44"),
        ("23 Nov 2026 03:00:44 EST", "2026-11-23 08:00:44"),
        ("2026/11/23 17:00:44", "2026-11-23 08:00:44"),
        ("2026年11月23日 17時00分", "2026-11-23 08:00:00"),
        ("2026年11月23日(月) 午後5:00", "2026-11-23 08:00:00"),
        ("令和8年11月23日", "2026-11-22 15:00:00"),
        ("November 23, 2026 5:00 PM", "2026-11-23 08:00:00"),
        ("20261123T170044", "2026-11-23 08:00:44"),
        ("2026-11-23+02:00", "2026-11-22 22:00:00"),
        ("2026-11-23 10:00 Europe/Berlin", "2026-11-23 09:00:00"),
        ("2026-11-23 10:00 Europe/Atlantis", None),
        ("2026-11-23 10:00 /etc/passwd", None),
        ("2026-11-23 10:00 +16:00", None),
        ("1795420844", "2026-11-23 08:00:44"),
        ("Mon Nov 23 17:00:44 2026", None),
        ("Tue, 31 Apr 2026 10:00:00 GMT", None),
        ("23/11/2026", None),
        ("0000-00-00 00:00:00", None),
        ("10:00 IST", None),
        ("yesterday", None),
        ("", None),
        ("9" * 200, None),
    ],
)
def test_a_date_is_read_as_it_is_meant_or_not_at_all(written: str, meant: str | None) -> None:
    found = parse_date(written, "Asia/Tokyo")
    if written == "Mon Nov 23 17:00:44 2026":  # asctime: understood or not, but never wrong
        assert found in (None, datetime(2026, 11, 23, 8, 0, 44, tzinfo=UTC))
        return
    assert (f"{found:%Y-%m-%d %H:%M:%S}" if found else None) == meant


@given(
    st.integers(1989, 2101),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["00:00:00", "07:59:60", "23:59:59", "24:00:00", "24:00:01", "12:60:00"]),
    st.sampled_from(["GMT", "+0000", "-0000", "+0900", "-1430", "+1500", "+1530", "+0060"]),
    st.sampled_from(["UTC", "Europe/London", "Asia/Tokyo"]),
)
def test_the_usual_forms_are_read_as_the_unusual_are(
    year: int, month: int, day: int, clock: str, offset: str, home: str
) -> None:
    name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Foo"][month - 1]
    mail = f"{day} {name} {year} {clock} {offset}"
    assert parse_date(mail, home) == parse_date(f"Mon, {mail}", home) == parse_date(f"{mail} ", home)
    assert parse_date(mail, home) == parse_date(mail.replace(" ", "  "), home)
    zone = "Z" if offset == "GMT" else f"{offset[:3]}:{offset[3:]}"
    net = f"{year}-{month:02}-{day:02}T{clock}{zone}"
    assert parse_date(net, home) == parse_date(net.replace("T", " "), home)


@given(st.text(max_size=60), st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York"]))
def test_no_text_makes_the_date_reader_raise(written: str, timezone: str) -> None:
    found = parse_date(written, timezone)
    assert found is None or found.utcoffset() == timedelta(0)


@needs_shared
def test_dates_as_feeds_write_them() -> None:
    for line in (SHARED / "dates.tsv").read_text().splitlines():
        written, meant = line.split("\t")[:2]
        local = "source's time zone" in meant
        found = parse_date(written, "Asia/Tokyo" if local else "UTC")
        day, _, clock = meant.split(" ")[0].rstrip("Z").partition("T")
        if not day[:4].isdigit():
            assert found is None, written
            continue
        expected = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}").replace(tzinfo=UTC)
        assert found == expected - timedelta(hours=9 if local else 0), written


# --- documents ---------------------------------------------------------------------------------------


def test_an_rss_item_is_read_in_full() -> None:
    (entry,) = parsed(
        """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel><item>
        <title>A &amp;amp; B</title><link>http://a.example/1?utm_source=rss</link><guid>tag:1</guid>
        <description>Short.</description><content:encoded>&lt;p&gt;Longer.&lt;/p&gt;</content:encoded>
        <pubDate>Mon, 23 Nov 2026 17:00:44 JST</pubDate><dc:creator>A desk</dc:creator><category>Politics</category>
        <enclosure url="/a.mp3" type="audio/mpeg" length="12"/><media:thumbnail url="t.jpg"/></item></channel></rss>"""
    ).entries
    assert (entry.guid, entry.link, entry.title) == ("tag:1", "http://a.example/1?utm_source=rss", "A &amp; B")
    assert (entry.summary, entry.content, entry.author, entry.tags) == (
        "Short.",
        "<p>Longer.</p>",
        "A desk",
        ("Politics",),
    )
    assert entry.published == datetime(2026, 11, 23, 8, 0, 44, tzinfo=UTC)
    assert entry.updated is None
    assert entry.enclosures == (Enclosure(url="http://a.example/a.mp3", type="audio/mpeg", length=12),)
    assert entry.image == "http://a.example/feeds/t.jpg"


def test_an_atom_entry_keeps_its_base_language_and_both_dates() -> None:
    feed = parsed(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja" xml:base="http://b.example/x/">
        <entry><id>urn:1</id><title>題</title><link href="1.html"/><published>2026-11-23T08:00:00Z</published>
        <updated>2026-11-23T09:00:00Z</updated>
        <content type="html">&lt;a href="y"&gt;b&lt;/a&gt;</content></entry></feed>"""
    )
    entry = feed.entries[0]
    assert (entry.language, entry.base) == ("ja", "http://b.example/x/")
    assert entry.link == "http://b.example/x/1.html"
    assert entry.updated == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_tags_in_an_atom_title_are_markup_only_where_it_says_so() -> None:
    titles = {"": "use ‹b›", " type='text'": "use ‹b›", " type='html'": "use <b>"}
    entries = "".join(f"<entry><id>{kind}</id><title{kind}>use &lt;b&gt;</title></entry>" for kind in titles)
    feed = parsed(f"<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>")
    assert [entry.title for entry in feed.entries] == list(titles.values())


def test_an_enclosure_is_found_where_there_is_an_id_and_no_link() -> None:
    (entry,) = parsed(
        rss("<item><guid isPermaLink='false'>1</guid><enclosure url='http://a.example/a.mp3'/></item>")
    ).entries
    assert [enclosure.url for enclosure in entry.enclosures] == ["http://a.example/a.mp3"]


def test_a_broken_document_gives_what_can_be_read_and_says_what_is_wrong() -> None:
    feed = parsed(rss("<item><title>A</title></item><item><title>B & C</title><br></item>"))
    assert [entry.title for entry in feed.entries] == ["A", "B & C"]
    assert "not well-formed at line 1" in (feed.problem or "")
    assert not feed.truncated


def test_a_broken_document_of_which_no_entry_can_be_read_is_a_failure() -> None:
    body = "<rss version='2.0'><channel><title>A & B</title><item><title>x</title><description><![CDATA[<p>no end"
    found = parse_document(body.encode(), content_type="text/xml", url="http://a.example/", timezone="UTC")
    assert isinstance(found, ParseFailure)
    assert (found.kind, found.message) == (
        "parse",
        "a feed none of whose entries can be read: not well-formed at line 1: invalid token",
    )


def test_a_cut_document_is_known_by_its_missing_end() -> None:
    feed = parsed(rss("<item><title>A</title></item><item><title>B</title><description>half").split("half")[0])
    assert [entry.title for entry in feed.entries] == ["A"]
    assert feed.truncated


def test_a_feed_without_entries_is_a_feed() -> None:
    assert parsed(rss("")).entries == ()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("<!DOCTYPE html><html><head><title>Under\nmaintenance</title>", "an HTML page titled 'Under maintenance'"),
        ("<html><body>x", "an HTML page"),
        ("{}", "JSON without the version of a JSON Feed"),
        ("[1, 2", "JSON without the version"),
        ("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "XML whose root is <Error>"),
        ("404 page not found", "text that begins '404 page not found' (text/plain)"),
        ("", "an empty document"),
    ],
)
def test_what_is_no_feed_is_named(document: str, said: str) -> None:
    for kind in ("text/plain; charset=utf-8", "text/\udcffplain\x1b"):  # a header may hold bytes of any kind
        found = failure(document, kind)
        assert found.kind == "not-a-feed"
        assert said in found.message


def test_a_json_feed_is_read_and_wrong_types_are_passed_over() -> None:
    feed = parsed(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "J",
                "language": "ja",
                "authors": [{"name": "Desk"}],
                "items": [
                    {
                        "id": 7,
                        "url": "http://a.example/7",
                        "title": None,
                        "content_text": "a < b\nc",
                        "date_published": "2026-11-23T08:00:00Z",
                        "tags": ["x", 3],
                        "attachments": [{"url": "/f.mp3", "mime_type": "audio/mpeg", "size_in_bytes": "many"}, 5],
                    },
                    "not an item",
                ],
            }
        )
    )
    (entry,) = feed.entries
    assert (entry.guid, entry.author, entry.tags) == ("7", "Desk", ("x",))
    assert entry.content == "a &lt; b<br>c"
    assert entry.enclosures == (Enclosure(url="http://a.example/f.mp3", type="audio/mpeg"),)


def test_a_number_of_absurd_length_costs_no_other_item() -> None:
    digits = "9" * 5_000
    items = f'{{"id": {digits}, "title": "a"}}, {{"id": 7, "size": 1{digits}}}'
    found = parsed(f'{{"version": "https://jsonfeed.org/version/1", "items": [{items}]}}')
    assert [entry.guid for entry in found.entries] == [digits, "7"]


def test_characters_that_xml_cannot_carry_do_not_get_through() -> None:
    (entry,) = parsed(rss("<item><title>a\x00b&#11;c&#xD800;d</title></item>")).entries
    assert entry.title == "abcd"


# --- child processes -----------------------------------------------------------------------------------


@pytest.fixture
async def pool() -> AsyncIterator[ParserPool]:
    pool = ParserPool(2, wall=timedelta(seconds=2))
    pool.start()
    yield pool
    pool.close()


async def in_pool(pool: ParserPool, body: str) -> ParsedFeed | ParseFailure:
    return await pool.parse(body.encode(), content_type=None, url=URL, timezone="UTC")


@pytest.mark.slow
async def test_a_malformed_document_comes_back_from_its_process(pool: ParserPool) -> None:
    feed = await in_pool(pool, rss("<item><title>A</title><x></item>"))
    assert isinstance(feed, ParsedFeed)
    assert feed.problem


@pytest.mark.slow
async def test_a_document_that_takes_for_ever_is_stopped_and_the_next_is_read(pool: ParserPool) -> None:
    endless = rss("<item><title>" + "<b>" * 400_000)
    slow = await in_pool(pool, endless)
    assert isinstance(slow, ParseFailure), len(slow.entries)
    assert slow.kind == "parse-limit"
    assert isinstance(await in_pool(pool, rss("")), ParsedFeed)


@pytest.mark.slow
async def test_a_process_that_is_killed_costs_no_document(pool: ParserPool) -> None:
    assert isinstance(await in_pool(pool, rss("")), ParsedFeed)
    kill_children()
    assert isinstance(await in_pool(pool, rss("<item><title>A</title></item>")), ParsedFeed)
    assert isinstance(await in_pool(pool, rss("<item><title>B</title></item>")), ParsedFeed)


@pytest.mark.slow
async def test_children_ignore_the_signals_that_are_their_parent_s(pool: ParserPool) -> None:
    assert isinstance(await in_pool(pool, rss("")), ParsedFeed)
    for pid in children():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)
    assert isinstance(await in_pool(pool, rss("")), ParsedFeed)


def test_a_json_feed_may_tell_of_xml() -> None:
    item = """{"id": "1", "content_html": "<?xml version='1.0'?>"}"""
    body = f'{{"version": "https://jsonfeed.org/version/1", "items": [{item}]}}'
    assert [entry.guid for entry in parsed(body.encode()).entries] == ["1"]
