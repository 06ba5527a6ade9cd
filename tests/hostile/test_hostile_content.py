"""Scripts in disguise, through every door and out by every other: nothing that could run is in what is served."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import feedparser
import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from payloads import CALL, HARMLESS, addresses, payloads

from build import LEASE, START, new_store, settings, source
from feedhub.daemon.desk import Desk
from feedhub.markup import plain_title, sanitise
from feedhub.model import Topic
from feedhub.parse.contents import Reading
from feedhub.parse.reading import read_document
from feedhub.pictures import without_trackers
from feedhub.store.polling.outcome import Outcome
from feedhub.store.writing import Store
from feedhub.web.app import application
from feedhub.web.metrics import Metrics
from feedhub.web.server import served

PAYLOADS = payloads()
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "background", "cite", "srcset", "xlink:href"}
PLAIN = {"title", "alt", "width", "height", "datetime", "colspan", "rowspan", "lang", "dir"} | ADDRESSES


class Judge(HTMLParser):
    """Collects what could do harm in HTML; reads it as leniently as a browser."""

    def __init__(self, page: bool = False):
        super().__init__(convert_charrefs=True)
        self.page, self.found = page, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.page and tag not in HARMLESS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc") or not (self.page or name in PLAIN):
                self.found.append(f"{tag} {name}")
            own = self.page and (value or "").startswith("feed:http://hub.example/")
            if name in ADDRESSES and not own and _scheme(value or "") not in ("", "http", "https", "mailto"):
                self.found.append(f"{tag} {name}={value}")
        if self.page and tag == "script" and not dict(attrs).get("src", "").startswith("/static/"):  # type: ignore[union-attr]
            self.found.append("<script>")


def _scheme(address: str) -> str:
    """As a browser finds it: control characters and spaces count for nothing."""
    try:
        return urlsplit(re.sub(r"[\x00-\x20\xa0\ufeff]", "", address)).scheme.lower()
    except ValueError:
        return ""


def harm(html: str, page: bool = False) -> list[str]:
    judge = Judge(page)
    judge.feed(html)
    judge.close()
    if not page and html.strip():
        for element in lxml.html.fragment_fromstring(html, create_parent="div").iter():
            if element.tag not in HARMLESS:
                judge.found.append(f"{element.tag} (lxml)")
            judge.found += [f"{element.tag} {name} (lxml)" for name in element.attrib if name.startswith("on")]
    return judge.found


def rss() -> Iterator[str]:
    """Feeds of hundreds of payloads, each in every place of an entry."""
    for markup in (lambda text: escape(text), lambda text: f"<![CDATA[{text.replace(']]>', ']]&gt;')}]]>"):
        entries = "".join(
            f"<item><guid isPermaLink='false'>r{number}</guid><title>{markup(payload)}</title>"
            f"<link>{escape(addresses()[number % len(addresses())])}</link><author>{markup(payload)}</author>"
            f"<category>{markup(payload)}</category><description>{markup(payload)} tail {number}</description>"
            f"<enclosure url='{escape(payload)}' type='{escape(payload)}' length='1'/></item>"
            for number, payload in enumerate(PAYLOADS)
        )
        yield f"<rss version='2.0'><channel><title>{markup(PAYLOADS[0])}</title>{entries}</channel></rss>"


def atom() -> str:
    entries = "".join(
        f"<entry><id>a{number}</id><title type='html'>{escape(payload)}</title><link href='{escape(payload)}'/>"
        f"<author><name>{escape(payload)}</name><uri>javascript:{CALL}</uri></author>"
        f"<content type='html' xml:base='javascript:{CALL}/'>{escape(payload)} &lt;a href='x'>y&lt;/a> {number}"
        "</content></entry>"
        for number, payload in enumerate(PAYLOADS)
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>t</title>{entries}</feed>"


def json_feed() -> str:
    items = [
        {
            "id": f"j{number}", "title": payload, "content_html": f"{payload} {number}", "url": payload,
            "image": payload,
            "authors": [{"name": payload, "url": payload}], "tags": [payload], "language": payload,
            "attachments": [{"url": payload, "mime_type": payload, "title": payload}],
        }
        for number, payload in enumerate(PAYLOADS)
    ]  # fmt: skip
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": PAYLOADS[1], "items": items})


DOCUMENTS = {"rss": lambda: next(rss()), "cdata": lambda: [*rss()][1], "atom": atom, "json": json_feed}


def entered(store: Store, format: str) -> None:
    reading = read_document(
        DOCUMENTS[format]().encode("utf-8", "replace"), content_type=None, url=f"http://{format}.example/feed",
        source=source(format), now=START, known=(),
    )  # fmt: skip
    assert isinstance(reading, Reading)
    assert len(reading.items) > 600
    claim = store.claim(START, 1, LEASE, 2, [format])[0]
    outcome = Outcome(claim=claim, at=START, result="document", status=200, size=1, elapsed=0.1)
    store.commit_polls([replace(outcome, feed_title=reading.title, items=reading.items)])


@pytest.fixture(params=DOCUMENTS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, Store]]:
    format: str = request.param
    chosen = settings(
        tmp_path / "feedhub.db", [source(format)], [Topic(id="all", title="All", match="", limit=1000)],
        public_url="http://hub.example",
    )  # fmt: skip
    store = new_store(chosen.database)
    store.configure(chosen, START)
    entered(store, format)

    async def ruling(verb: str, names: Sequence[str], who: str) -> int:
        raise AssertionError("nobody rules here")

    desk = Desk(chosen, chosen.database, ruling)
    async with served(application(desk, Metrics(), lambda: START), "127.0.0.1", 0) as address:
        yield address, store
    await desk.close()
    store.close()


async def fetched(address: str, *paths: str) -> list[bytes]:
    async with aiohttp.ClientSession() as session:
        answers = []
        for path in paths:
            async with session.get(address + path) as response:
                assert response.status == 200, path
                answers.append(await response.read())
        return answers


@pytest.mark.slow
async def test_nothing_that_could_run_is_served(site: tuple[str, Store]) -> None:
    address, _ = site
    feeds = await fetched(address, "/topics/all.atom", "/topics/all.rss", "/topics/all.json")
    for body in feeds[:2]:
        entries = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False).entries
        assert len(entries) > 300
        for entry in entries:
            words = (entry.title, entry.get("author", ""), *(tag.term for tag in entry.get("tags", ())))
            for shown in (*words, entry.get("summary", ""), *(part.value for part in entry.get("content", ()))):
                assert harm(shown) == [], shown
            for link in entry.links:
                assert _scheme(link.href) in ("http", "https"), link
    items = json.loads(feeds[2])["items"]
    for item in items:
        assert harm(item["content_html"]) == harm(item.get("title", "")) == []
        for words in (*(author["name"] for author in item.get("authors", ())), *item.get("tags", ())):
            assert harm(words) == [], words
        assert all(_scheme(item[key]) in ("http", "https") for key in ("url", "image", "external_url") if key in item)
    stories = [f"/stories/{item['id'].removeprefix('urn:uuid:')}" for item in items[:250]]
    for path, page in zip(
        pages := ("/", "/topics/all", "/sources", *stories), await fetched(address, *pages), strict=True
    ):
        assert harm(page.decode(), page=True) == [], path


def test_no_body_and_no_headline_holds_what_could_run() -> None:
    assert len(PAYLOADS) > 600
    for payload in PAYLOADS:
        assert harm(sanitise(payload, "http://a.example/")) == [], payload
        assert harm(plain_title(payload)) == [], payload
        assert harm(plain_title(escape(payload))) == [], payload


@given(
    st.lists(
        st.sampled_from(["<", ">", "/", "!", "?", "--", "script", "img", "TEX", " ", "=", "'", "onerror", "&lt;", "x"])
    )
)
def test_no_headline_of_any_make_holds_what_could_run(parts: list[str]) -> None:
    assert [
        word for word in harm(plain_title("".join(parts))) if not re.fullmatch(r"<?(tex)+(>| \(lxml\))", word)
    ] == []


@pytest.mark.parametrize("title", ["TEXAS AIR <TEX>", "a < b and c > d", "AT&T <3 R&D", "1<2", "x <- y"])
def test_words_in_angle_brackets_stay_words(title: str) -> None:
    assert plain_title(title) == title


@pytest.mark.parametrize(
    "counter",
    [
        '<img src="http://a.example/x.gif" width="1" height="1">',
        '<img src="http://a.example/x.gif" alt="a>b" height="0">',
        '<img height="1px" src="http://a.example/x.gif">',
        '<img src="http://feeds.feedburner.com/~r/x">',
        '<img src="https://pixel.wp.com/b.gif">',
        '<a href="http://a.example/"><img src="http://ad.doubleclick.net/x"></a>',
        "<img>",
    ],
)
def test_pictures_that_count_readers_are_left_out(counter: str) -> None:
    shown = sanitise(f"<p>Words</p>{counter}<p><img src='http://a.example/p.jpg' width=100></p>", "http://a.example/")
    assert shown == '<p>Words</p><p><img src="http://a.example/p.jpg" width="100"></p>'
    assert without_trackers(shown) == shown
