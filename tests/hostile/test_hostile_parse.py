"""Documents made to cost time: each kind once at some kilobytes, and what happens to those that go too far."""

from __future__ import annotations

import asyncio
import gc
import random
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from html import escape

import pytest

from build import START, source
from corpora import FEEDS, needs_shared
from feedhub.dedup.case import Prepared
from feedhub.model import Outline, ParsedFeed, ParseFailure
from feedhub.parse.contents import Reading
from feedhub.parse.document import parse_document
from feedhub.parse.reading import read_document
from feedhub.parse.workers import ParserPool
from process import kill_children

SIZE = 64_000
URL = "http://a.example/feed"
HEAD = "<?xml version='1.0'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>t</title>"
TAIL = "</channel></rss>"


def filled(unit: str) -> str:
    return unit * (SIZE // len(unit))


def in_item(element: str, unit: str) -> str:
    return f"{HEAD}<item><title>x</title><{element}>{filled(unit)}</{element}></item>{TAIL}"


def numbered(template: str, size: int) -> str:
    return " ".join(template.format(n) for n in range(SIZE // size))


DOCUMENTS: dict[str, Callable[[], str]] = {
    **{
        f"{element} of {unit!r}": lambda element=element, unit=unit: in_item(element, unit)  # type: ignore[misc]
        for element in ("author", "dc:creator", "managingEditor", "dc:contributor", "title", "pubDate", "link", "guid")
        for unit in ("a", "a.", "a-", "1", "a@", "@", "&lt;", "&lt;a ", "&amp;#", " ", "(", "年", "12:")
    },
    **{
        f"body of {unit!r}": lambda unit=unit: in_item("description", unit)  # type: ignore[misc]
        for unit in ("&lt;a x=", "&lt;b&gt;", "&lt;!--", "&lt;![CDATA[", "&lt;table>&lt;b>", "&lt;svg>", "&amp;")
    },
    **{
        f"document of {unit!r}": lambda unit=unit: HEAD + filled(unit)  # type: ignore[misc]
        for unit in ("<", "<a ", "<a x='", "<!--", "<![CDATA[", "<!x ", "<?x ", "&", "]]>", "</x>", "<item>", "<x>")
    },
    **{
        f"many {unit!r}": lambda unit=unit: f"{HEAD}<item>{filled(unit)}</item>{TAIL}"  # type: ignore[misc]
        for unit in ("<category>a</category>", "<author>a</author>", "<enclosure url='a'/>", "<guid>x</guid>", "<x/>")
    },
    "many categories": lambda: f"{HEAD}<item>{numbered('<category>{}</category>', 26)}</item>{TAIL}",
    "many attributes": lambda: HEAD + "<item><x " + numbered("a{}='1'", 10) + "/></item>" + TAIL,
    "many namespaces": lambda: HEAD + "<item><x " + numbered("xmlns:a{}='u'", 16) + "/></item>" + TAIL,
    "blank lines first": lambda: f"<?xml version='1.0'?><!-- x -->{filled(chr(10))}{HEAD[21:]}{TAIL}",
    "declarations first": lambda: HEAD[:21] + "<!DOCTYPE rss [" + filled("\n<!ENTITY ") + HEAD[21:] + TAIL,
    "more attributes than can be looked up": lambda: (
        HEAD + "<item><x " + " ".join(f"a{n}='1'" for n in range(100_000)) + "/></item>" + TAIL
    ),
    "namespaces one after another": lambda: (
        HEAD + "<item>" + "".join(f"<a{n}:b xmlns:a{n}='u{n}'/>" for n in range(10_000)) + "</item>" + TAIL
    ),
    "lists that nobody ends": lambda: f"{HEAD}<x><![CDATA[{'<items>' * 100_000}]]></x><item><title>x</title></item>{TAIL}",
    "comments that nobody ends": lambda: f"{HEAD}<x><![CDATA[{'<!--' * 100_000}]]></x><item><title>x</title></item>{TAIL}",
    "marks over one letter": lambda: in_item("title", "\u0345\u0301"),
    "marks in a body": lambda: in_item("description", "\u0345\u0301"),
    "marks between hyphens that are not compared": lambda: in_item("description", "\u0345\u0301" * 15 + "\u00ad"),
    **{
        f"HTML of {unit!r}": lambda unit=unit: HEAD + f"<item><description>{escape(unit * 20_000)}</description></item>" + TAIL  # type: ignore[misc]
        for unit in (
            "<ul><li>", "<div>", "<b><i><table><tr><td>", "<a b='", "<p><b>x</p>", "<div x='<'>", "<blockquote>x",
            "<div><!-- </div> -->", "<svg><p>", "<table><b>x", "<ruby><rt>", "<font size=1>", "<a href=x><table></a>",
        )
    },
    "formatting that is opened anew": lambda: (
        HEAD + "<item><description>" + escape("".join(f"<p><b id={n}></p>" for n in range(20_000))) + "</description></item>" + TAIL
    ),
    "a headline of tags that nobody ends": lambda: HEAD + f"<item><title>{'&lt;a ' * 200_000}</title></item>" + TAIL,
    "brackets of JSON": lambda: "[" * SIZE,
    "objects of JSON": lambda: filled('{"a":'),
    "a long number": lambda: '{"version":"https://jsonfeed.org/version/1","items":[{"id":' + "9" * SIZE + "}]}",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_no_document_takes_more_than_its_share_of_time(document: Callable[[], str]) -> None:
    body = document().encode()
    start = time.process_time()
    read_document(body, content_type=None, url=URL, source=source("a"), now=START, known=())
    assert time.process_time() - start < 1.5  # seconds; a plain document of that size takes 0.05


STUMBLING = {
    "a licence nobody began": "<item><guid>1</guid><title>x</title></item></cc:license>",
    "a picture without a width": "<image><width/><height/></image><item><guid>1</guid><title>x</title></item>",
    "chapters without a start": "<item><guid>1</guid><title>x</title><psc:chapters><psc:chapter title='a'/></psc:chapters></item>",
    "a namespace with spaces": "<item><guid>1</guid><title>x</title><y xmlns='a b c'/></item>",
    "elements of feedparser's own names": "<links>a</links><item><guid>1</guid><title>x</title><links>a</links><tags>b</tags><authors>c</authors></item>",
    "no summary": "<item><guid>1</guid><title>x</title><description></description></description></item>",
    "a link to no name": "<item><guid>1</guid><title>x</title><link>http://a\x85/b</link><description>&lt;a href='c'>d&lt;/a></description></item>",
    "a base that is none": "<item xml:base='http://a>b/'><guid>1</guid><title>x</title><description>&lt;a href='c'>d&lt;/a></description></item>",
}  # fmt: skip


@pytest.mark.parametrize("items", STUMBLING.values(), ids=STUMBLING)
def test_one_odd_element_costs_no_document(items: str) -> None:
    spaces = (
        "xmlns:cc='http://backend.userland.com/creativeCommonsRssModule' xmlns:psc='http://podlove.org/simple-chapters'"
    )
    body = f"<rss version='2.0' {spaces}><channel><title>t</title>{items}</channel></rss>".encode()
    found = read_document(body, content_type=None, url=URL, source=source("a"), now=START, known=())
    assert isinstance(found, Reading), found
    assert len(found.items) == 1


PIECES = (
    b"<item>", b"</item>", b"<entry>", b"]]>", b"<![CDATA[", b"&#0;", b"\x00", b"\xff\xfe", b"</title>", b'"', b"<", b"&",
    b"<guid/>", b"<link>javascript:1</link>", b"<pubDate>99999-99-99</pubDate>", b"null", b"{}", b"1e999", b"\xed\xa0\x80",
    b"<enclosure length='-1' url='//'/>", b"xml:base='http://['", b"<link href='http://[::1'/>", b"\r", b"\xc2\x85",
)  # fmt: skip


def mutated(body: bytes, chance: random.Random) -> bytes:
    """With some pieces put in, left out, repeated."""
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(body) + 1)
        upto = min(len(body), at + chance.randint(1, 300))
        part = chance.choice((chance.choice(PIECES) + body[at:upto], b"", body[at:upto] * 3))
        body = body[:at] + part + body[upto:]
    return body


@needs_shared
@pytest.mark.slow
def test_no_mutation_of_a_real_feed_raises() -> None:
    chance = random.Random(11)
    files = [
        path
        for path in sorted(FEEDS.rglob("*"))
        if path.suffix in (".xml", ".rss", ".json") and path.stat().st_size < 40_000
    ]
    for _ in range(800):
        body = mutated(chance.choice(files).read_bytes(), chance)
        read_document(body, content_type=None, url=URL, source=source("a"), now=START, known=())


def test_the_name_in_a_long_author_is_kept_and_so_are_the_first_categories() -> None:
    tags = "".join(f"<category>c{n}</category>" for n in range(500))
    body = f"{HEAD}<item><title>x</title><author>A. Writer {'a' * 9000}</author>{tags}</item>{TAIL}"
    feed = parse_document(body.encode(), content_type=None, url=URL, timezone="UTC")
    assert isinstance(feed, ParsedFeed)
    assert (feed.entries[0].author or "").startswith("A. Writer aaa")
    assert feed.entries[0].tags[:2] == ("c0", "c1")


@pytest.mark.slow
def test_of_a_document_of_countless_entries_the_newest_are_read_wherever_they_stand() -> None:
    def feed(hours: range) -> bytes:
        items = (
            f"<item><guid>{hour}</guid><title>x</title><pubDate>{START - timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}</pubDate></item>"
            for hour in hours
        )
        return f"{HEAD}{''.join(items)}{TAIL}".encode()

    for document in (feed(range(1, 3000)), feed(range(3000, 0, -1))):
        found = read_document(document, content_type=None, url=URL, source=source("a"), now=START, known=())
        assert isinstance(found, Reading)
        assert {entry.item.guid for entry in found.items if isinstance(entry, Prepared)} == {
            str(hour) for hour in range(1, 2001)
        }


def test_channels_that_are_made_to_be_remembered_take_little_memory() -> None:
    def channel(number: int, size: int) -> bytes:
        links = "".join(f"<link rel='hub' href='{hub}'/>" for hub in range(size // 28))
        title = f"<title>{number}</title>{links}<entry><id>{number}</id><title>x</title></entry>"
        return f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'>{title}</feed>".encode()

    def read(size: int) -> None:
        for number in range(2):
            parse_document(channel(number, size), content_type=None, url=URL, timezone="UTC")

    read(100)
    tracemalloc.start()
    for size in (1_800, 7_600):
        read(size)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 4 * 40_000


def test_much_html_in_a_feed_is_not_deep() -> None:
    html = "<p><br><img src='a'>" * 2000
    for body in (f"<![CDATA[{html}]]>", html.replace("<", "&lt;")):
        document = f"{HEAD}<item><title>x</title><description>{body}</description></item>{TAIL}"
        assert isinstance(parse_document(document.encode(), content_type=None, url=URL, timezone="UTC"), ParsedFeed)


@pytest.fixture
async def pool() -> AsyncIterator[ParserPool]:
    pool = ParserPool(2, wall=timedelta(seconds=1))
    pool.start()
    yield pool
    pool.close()


async def reading(pool: ParserPool, body: bytes) -> Reading | ParseFailure:
    return await pool.read(body, content_type=None, url=URL, source=source("a"), now=START, known=Outline())


GOOD = f"{HEAD}<item><guid>1</guid><title>x</title></item>{TAIL}".encode()


@pytest.mark.slow
async def test_what_goes_too_far_is_a_failure_and_holds_up_nobody(pool: ParserPool) -> None:
    greedy = b'{"version":"https://jsonfeed.org/version/1","items":[' + b"{}," * 3_000_000 + b"{}]}"
    answers = await asyncio.gather(reading(pool, greedy), *(reading(pool, GOOD) for _ in range(20)))
    assert isinstance(answers[0], ParseFailure)
    assert all(isinstance(answer, Reading) for answer in answers[1:])


@pytest.mark.slow
async def test_a_killed_worker_loses_no_result(pool: ParserPool) -> None:
    assert isinstance(await reading(pool, GOOD), Reading)
    under_way = [asyncio.create_task(reading(pool, GOOD)) for _ in range(40)]
    await asyncio.sleep(0)
    kill_children()
    assert all(isinstance(answer, Reading) for answer in await asyncio.gather(*under_way))
