"""WebSub in both directions, against a hub of our own on loopback.

The cases are those of the public test suite for subscribers: 100 to 104 discovery, 200 to 205 subscribing, 300 to 302
deliveries; then what happens over days, on a clock set by hand. Only the parser's processes are left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import random
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import aiohttp
import feedparser
import orjson
import pytest
from aiohttp import web
from hostile_world import web_of
from hypothesis import given
from hypothesis import strategies as st

from build import new_store, no_ruling, settings, source
from feedhub import websub
from feedhub.config.load import parse
from feedhub.daemon.desk import Desk
from feedhub.daemon.pings import Pings
from feedhub.daemon.polls import Polls
from feedhub.daemon.push import Push
from feedhub.daemon.writer import Writer
from feedhub.fetch import Fetcher
from feedhub.manners import Access, Select
from feedhub.model import Known, PollReport, Settings, Source, SourceHealth, Topic
from feedhub.pipeline import Doors
from feedhub.store.reading import Reader
from feedhub.web.app import application
from feedhub.web.callback import Callback
from feedhub.web.metrics import Metrics
from feedhub.web.server import served
from feedhub.websub import Subscription
from internet import DAY, HOUR, ITEM, MINUTE, START, Here
from process import called, free_port, running

ATOM = "http://www.w3.org/2005/Atom"

ONE = Subscription(
    key="k", base="https://f/websub", source_id="p", hub="https://h/", moved_to=None, topic="https://t/",
    secret="s", state="asked", expires=None, due=None, failures=0, error=None, pushed=None, relied=False,
)  # fmt: skip

Form = dict[str, str]


def rss(*titles: str, links: str = "", at: datetime = START) -> str:
    """A feed of items that are an hour old."""
    items = "".join(ITEM.format(title, format_datetime(at - HOUR)) for title in titles)
    return f"<rss version='2.0' xmlns:atom='{ATOM}'><channel><title>P</title>{links}{items}</channel></rss>"


@dataclass
class Internet:
    """Publishers and hubs, all on one loopback server: places answer as told, hubs verify and deliver."""

    address: str = ""
    answers: dict[str, Callable[[], web.Response]] = field(default_factory=dict)
    forms: list[tuple[str, Form]] = field(default_factory=list)  # what hubs were sent: place, fields
    hub_answers: dict[str, Callable[[Form], web.Response]] = field(default_factory=dict)
    lease: str | None = "864000"

    def feed(self, place: str, text: str, status: int = 200, links: Sequence[str] = (), **headers: str) -> None:
        """From now on this is what a place answers."""

        def answer() -> web.Response:
            made = web.Response(text=text, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})
            for link in links:
                made.headers.add("Link", link)
            return made

        self.answers[place] = answer

    async def get(self, request: web.Request) -> web.Response:
        return self.answers[request.path_qs]()

    async def post(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append((request.path_qs, form))
        answer = self.hub_answers.get(request.path_qs)
        return answer(form) if answer else web.Response(status=202)

    def sent(self, mode: str) -> list[Form]:
        return [form for _, form in self.forms if form["hub.mode"] == mode]

    async def verify(self, form: Form, **changed: str) -> tuple[int, str]:
        """Ask a callback whether what the form says was meant."""
        query = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": "c-4711"}
        if self.lease and form["hub.mode"] == "subscribe":
            query["hub.lease_seconds"] = self.lease
        query |= {name.replace("_", ".", 1): value for name, value in changed.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{form['hub.callback']}?{urlencode(query)}") as answer,
        ):
            return answer.status, await answer.text()

    async def deliver(self, form: Form, body: str, method: str = "sha256", **headers: str) -> int:
        """Send what is new, signed as the subscription asked for."""
        signature = hmac.new(form["hub.secret"].encode(), body.encode(), getattr(hashlib, method)).hexdigest()
        named = {"X-Hub-Signature": f"{method}={signature}", "Content-Type": "application/rss+xml"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.post(form["hub.callback"], data=body.encode(), headers=named) as answer,
        ):
            return answer.status


@dataclass
class Site:
    """feedhub without its ticks."""

    directory: Path
    net: Internet
    address: str = ""
    now: datetime = START
    reports: list[PollReport] = field(default_factory=list)

    async def open(self, fetcher: Fetcher, writer: Writer) -> web.Application:
        async def known(source_id: str) -> Sequence[Known]:
            return await writer.do(lambda store: store.known(source_id))

        self.writer, self.doors = writer, Doors(fetcher, Here(), known, lambda: self.now)
        self.reader = Reader(self.directory / "feedhub.db")
        empty = settings(self.directory / "feedhub.db", [], [])
        self.desk = Desk(empty, empty.database, no_ruling)
        self.polls = Polls(writer, self.doors, empty, self.told)
        self.push = Push(writer, self.doors, empty, self.told)
        self.pings = Pings(writer, self.doors, empty)
        return application(self.desk, Metrics(), lambda: self.now, self.push)

    def told(self, report: PollReport) -> None:
        self.reports.append(report)
        self.desk.changed(report.topics)

    async def configure(self, *sources: Source, topics: Sequence[Topic] = (), **fields: Any) -> Settings:
        given = {"public_url": self.address, "subscribe": True, "gap": timedelta(0), **fields}
        chosen = settings(self.directory / "feedhub.db", list(sources), list(topics), **given)
        await self.writer.do(lambda store: store.configure(chosen, self.now))
        for part in (self.polls, self.push, self.pings, self.desk):
            part.configure(chosen)
        return chosen

    def source(self, place: str = "/feed", **fields: Any) -> Source:
        return source("paper", **{"url": f"{self.net.address}{place}", "allow_private": True, **fields})

    async def poll(self) -> list[PollReport]:
        """Poll what is due."""
        tasks = await self.polls.start_due()
        return [report for task in tasks if (report := await task)]

    async def ask(self) -> None:
        """Ask the hubs that are to be asked, and ping those that are to be pinged; wait for their answers."""
        for part in (self.push, self.pings):
            await part.start_due()
            await part.drain()

    async def subscribed(self, place: str = "/feed", **fields: Any) -> Form:
        """Poll a source, subscribe to its hub, be verified; returns the form that the hub was sent."""
        await self.configure(self.source(place, **fields))
        await self.poll()
        await self.ask()
        form = self.net.sent("subscribe")[-1]
        assert (await self.net.verify(form))[0] == 200
        return form

    def read(self, question: Callable[[Reader], Any]) -> Any:
        return question(self.reader)

    def subscription(self) -> Subscription | None:
        found: list[Subscription] = self.read(Reader.subscriptions)
        return found[0] if found else None

    def health(self) -> SourceHealth:
        found: SourceHealth = self.read(lambda reader: reader.source("paper"))
        return found

    def titles(self) -> list[str]:
        return [stored.item.title for stored in self.read(lambda reader: list(reader.items(None, None)))]


@pytest.fixture
async def net() -> AsyncIterator[Internet]:
    made = Internet()
    app = web.Application()
    app.router.add_get("/{path:.*}", made.get)
    app.router.add_post("/{path:.*}", made.post)
    async with served(app, "127.0.0.1", 0) as made.address:
        yield made


@pytest.fixture
async def site(tmp_path: Path, net: Internet) -> AsyncIterator[Site]:
    writer = Writer(new_store(tmp_path / "feedhub.db"))
    made = Site(tmp_path, net)
    async with Fetcher(concurrency=10, per_host=10, clock=lambda: made.now) as fetcher:
        async with served(await made.open(fetcher, writer), "127.0.0.1", 0) as made.address:
            yield made
        await made.desk.close()
        made.reader.close()
        await writer.close()


def hub_links(net: Internet, hub: str = "/hub", topic: str = "/feed") -> list[str]:
    return [f'<{net.address}{hub}>; rel="hub"', f"<{net.address}{topic}>; rel=self"]


# --- 100 to 104: discovery ----------------------------------------------------------------------------------


async def asked_of(site: Site, place: str = "/feed", **fields: Any) -> tuple[str, str]:
    """The place of the hub that a source leads to, and the topic it is asked for."""
    await site.configure(site.source(place, **fields))
    await site.poll()
    await site.ask()
    assert len(site.net.forms) == 1
    hub, form = site.net.forms[0]
    assert form["hub.mode"] == "subscribe"
    return hub, form["hub.topic"].removeprefix(site.net.address)


async def test_100_the_hub_is_found_in_http_headers(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    assert await asked_of(site) == ("/hub", "/feed")


async def test_101_the_hub_is_found_in_a_web_page(site: Site, net: Internet) -> None:
    page = "<html><head><link rel=hub href=/hub><link rel='self' href='/page?x=1'></head><body><h2>A</h2></body></html>"
    net.feed("/page", page, Content_Type="text/html")
    select = Select(items="h2", title="h2")
    assert await asked_of(site, "/page", select=select) == ("/hub", "/page?x=1")


async def test_102_the_hub_is_found_in_an_atom_feed(site: Site, net: Internet) -> None:
    entry = "<entry><id>a</id><title>A</title></entry>"
    links = "<link rel='hub' href='/hub'/><link rel='self' href='/other'/><link href='/page'/>"
    net.feed("/feed", f"<feed xmlns='{ATOM}'><title>P</title>{links}{entry}</feed>")
    assert await asked_of(site) == ("/hub", "/other")


async def test_103_the_hub_is_found_in_an_rss_feed(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A", links="<atom:link rel='hub' href='/hub'/><atom:link rel='self' href='/feed?2'/>"))
    assert await asked_of(site) == ("/hub", "/feed?2")


async def test_the_hub_is_found_in_a_json_feed(site: Site, net: Internet) -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1", "title": "P", "feed_url": f"{net.address}/self",
        "hubs": [{"type": "rssCloud", "url": f"{net.address}/cloud"}, {"type": "WebSub", "url": f"{net.address}/hub"}],
        "items": [{"id": "1", "title": "A"}],
    }  # fmt: skip
    net.feed("/feed", orjson.dumps(document).decode())
    assert await asked_of(site) == ("/hub", "/self")


async def test_104_headers_come_before_the_document(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A", links="<atom:link rel='hub' href='/wrong'/>"), links=hub_links(net))
    assert await asked_of(site) == ("/hub", "/feed")


async def test_headers_that_name_no_hub_leave_the_word_to_the_document(site: Site, net: Internet) -> None:
    links = "<atom:link rel='hub' href='/hub'/><atom:link rel='self' href='/doc'/>"
    net.feed("/feed", rss("A", links=links), links=[f'<{net.address}/else>; rel="self alternate"'])
    assert await asked_of(site) == ("/hub", "/doc")


async def test_without_a_self_link_the_address_is_what_was_fetched(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A", links="<atom:link rel='hub' href='/hub'/>"))
    assert await asked_of(site) == ("/hub", "/feed")


@pytest.mark.parametrize(
    ("header", "hubs", "topic"),
    [
        ('<https://h/>; rel="hub", <https://t/>; rel="self"', ("https://h/",), "https://t/"),
        ("<https://h/>;rel=hub,<https://t/>;rel=self", ("https://h/",), "https://t/"),
        ('</hub>; title="a, <b>; rel=self"; REL="preload HUB"', ("https://p/hub",), None),
        ("<https://a/>; rel=hub, <https://b/>; rel=hub", ("https://a/", "https://b/"), None),
        ("<ftp://h/>; rel=hub, <javascript:x>; rel=hub", (), None),
        ("<https://h/>; title=hub, rel=hub", (), None),
        ("<" * 60_000, (), None),
        ("<a>" + " " * 60_000, (), None),
        ("<a>;" + "x=y;" * 15_000, (), None),
        ("", (), None),
    ],
)
@pytest.mark.timeout(5)
def test_link_headers_are_read_as_rfc_8288_writes_them(header: str, hubs: tuple[str, ...], topic: str | None) -> None:
    found = websub.header_links(header, "https://p/feed")
    assert (found.hubs, found.topic) == (hubs, topic)


# --- 200 to 205: subscribing --------------------------------------------------------------------------------


async def test_a_subscription_says_all_that_a_hub_needs(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    assert form["hub.callback"].startswith(f"{site.address}/websub/")
    assert len(form["hub.callback"].rpartition("/")[2]) >= 32
    assert 32 <= len(form["hub.secret"].encode()) < 200
    assert form["hub.lease_seconds"] == "864000"
    one = site.subscription()
    assert one
    assert (one.state, one.expires) == ("active", START + 10 * DAY)


async def test_each_subscription_has_its_own_address_and_secret(site: Site, net: Internet) -> None:
    for place in ("/feed", "/other"):
        net.feed(place, rss("A"), links=hub_links(net, topic=place))
    await site.configure(site.source(), source("other", url=f"{net.address}/other", allow_private=True))
    await site.poll()
    await site.poll()
    await site.ask()
    forms = net.sent("subscribe")
    assert len({form["hub.callback"] for form in forms}) == len({form["hub.secret"] for form in forms}) == 2


async def test_200_what_is_subscribed_to_is_the_self_link(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net, topic="/feed?self=other"))
    assert await asked_of(site) == ("/hub", "/feed?self=other")


@pytest.mark.parametrize(("case", "status"), [(201, 302), (202, 301), (201, 307), (202, 308)])
async def test_201_202_a_topic_that_moved_is_subscribed_to_where_it_is(
    site: Site, net: Internet, case: int, status: int
) -> None:
    net.feed("/feed", "", status, Location="/moved")
    net.feed("/moved", rss("A"), links=hub_links(net, topic="/moved"))
    assert await asked_of(site) == ("/hub", "/moved")


@pytest.mark.parametrize(("case", "status"), [(203, 307), (204, 308), (203, 302), (204, 301)])
async def test_203_204_a_hub_that_moved_is_sent_the_same_form(
    site: Site, net: Internet, case: int, status: int
) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net, "/old"))
    net.hub_answers["/old"] = lambda form: web.Response(status=status, headers={"Location": "/hub"})
    form = await site.subscribed()
    assert [place for place, _ in net.forms] == ["/old", "/hub"]
    assert net.forms[0][1] == net.forms[1][1] == form
    site.now += 8 * DAY
    net.forms.clear()
    await site.ask()
    assert [place for place, _ in net.forms] == (["/hub"] if status in (301, 308) else ["/old", "/hub"])


async def test_a_hub_that_redirects_for_ever_is_left_alone_for_a_while(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    net.hub_answers["/hub"] = lambda form: web.Response(status=307, headers={"Location": "/hub"})
    await site.configure(site.source())
    await site.poll()
    await site.ask()
    one = site.subscription()
    assert one
    assert one.error == "more than 5 redirects"


async def test_205_a_question_about_another_topic_is_refused(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await site.configure(site.source())
    await site.poll()
    await site.ask()
    form = net.sent("subscribe")[0]
    assert (await net.verify(form, hub_topic=f"{net.address}/another"))[0] == 404
    assert (await net.verify(form)) == (200, "c-4711")


async def test_a_question_that_was_not_expected_is_refused(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await site.configure(site.source())
    await site.poll()
    await site.ask()
    form = net.sent("subscribe")[0]
    for changed in ({"hub_mode": "unsubscribe"}, {"hub_mode": "publish"}, {"hub_challenge": ""}, {"hub_mode": ""}):
        assert (await net.verify(form, **changed))[0] == 404, changed
    assert (await net.verify({**form, "hub.callback": f"{site.address}/websub/guessed"}))[0] == 404


async def test_the_challenge_comes_back_as_plain_text_whatever_it_is(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await site.configure(site.source())
    await site.poll()
    await site.ask()
    form, challenge = net.sent("subscribe")[0], "<script>alert(1)</script> & ü"
    query = urlencode({"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": challenge})
    async with aiohttp.ClientSession() as session, session.get(f"{form['hub.callback']}?{query}") as answer:
        assert (await answer.text(), answer.content_type) == (challenge, "text/plain")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_hub_that_fails_is_tried_again_ever_more_seldom_and_the_source_is_polled(
    site: Site, net: Internet
) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    net.hub_answers["/hub"] = lambda form: web.Response(status=400, text="this topic is not\nallowed")
    await site.configure(site.source())
    await site.poll()
    times = []
    for _ in range(14):
        await site.ask()
        times.append(site.now)
        one = site.subscription()
        assert one
        assert one.due
        site.now = one.due - timedelta(seconds=1)
        await site.ask()
        assert len(net.forms) == len(times)
        site.now = one.due
    gaps = [(later - earlier) // MINUTE for earlier, later in pairwise(times)]
    assert gaps == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440]
    assert one.error == "HTTP 400 Bad Request: this topic is not allowed"
    next_poll = site.health().next_poll
    assert next_poll
    assert next_poll < START + 7 * HOUR


async def test_a_hub_that_never_asks_back_is_asked_again(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await site.configure(site.source())
    await site.poll()
    await site.ask()
    await site.ask()
    assert len(net.forms) == 1
    site.now += 11 * MINUTE
    await site.ask()
    assert len(net.forms) == 2


async def test_a_denied_subscription_is_tried_again_after_a_day(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    status, _ = await net.verify(form, hub_mode="denied", hub_reason="not <today>")
    assert status == 200
    one = site.subscription()
    assert one
    assert (one.state, one.error) == ("denied", "denied: not <today>")
    await site.ask()
    assert len(net.forms) == 1
    site.now += DAY
    await site.ask()
    assert len(net.forms) == 2


@pytest.mark.parametrize(
    ("granted", "lease"),
    [({"hub.lease_seconds": "3600"}, HOUR), ({}, 10 * DAY), ({"hub.lease_seconds": "1"}, MINUTE),
     ({"hub.lease_seconds": "9" * 5000}, 30 * DAY), ({"hub.lease_seconds": "soon"}, 10 * DAY),
     ({"hub.lease_seconds": "0"}, 10 * DAY), ({"hub.lease_seconds": "-5"}, 10 * DAY)],
)  # fmt: skip
def test_what_a_hub_grants_counts_within_reason(granted: dict[str, str], lease: timedelta) -> None:
    asked = {"hub.mode": "subscribe", "hub.topic": "https://t/", "hub.challenge": "c", **granted}
    found = websub.verification(ONE, asked)
    assert found
    assert found.lease == lease


async def test_a_lease_is_renewed_in_time(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    net.lease = "3600"
    form = await site.subscribed()
    site.now = START + 45 * MINUTE - timedelta(seconds=1)
    await site.ask()
    assert len(net.forms) == 1
    site.now = START + 45 * MINUTE
    await site.ask()
    assert net.forms[1:] == [("/hub", form)]
    assert (await net.verify(form))[0] == 200
    one = site.subscription()
    assert one
    assert one.expires == site.now + HOUR


async def test_a_lease_that_cannot_be_renewed_ends_and_the_source_is_polled_at_once(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    assert await net.deliver(form, rss("B")) == 200
    site.now += 7 * HOUR
    await site.poll()  # relied on by now
    health = site.health()
    assert health.next_poll == site.now + DAY
    net.hub_answers["/hub"] = lambda form: web.Response(status=503)
    site.now = START + 10 * DAY + MINUTE
    await site.ask()
    assert site.health().next_poll is not None
    assert "cannot be relied on" in site.health().next_reason
    one = site.subscription()
    assert one
    assert one.state == "asked"


# --- 300 to 302: deliveries ---------------------------------------------------------------------------------


async def test_300_what_a_hub_sends_is_stored_before_it_is_acknowledged(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    for method in ("sha1", "sha256", "sha384", "sha512"):
        assert await net.deliver(form, rss(method, "B"), method) == 200
        assert method in site.titles()
    assert [(report.pushed, report.outcome, report.new) for report in site.reports[1:3]] == [
        (True, "new", 2), (True, "new", 1),
    ]  # fmt: skip
    assert site.read(lambda reader: reader.fetches("paper"))[0].result == "pushed"


async def test_301_a_forged_delivery_is_acknowledged_and_thrown_away(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    forged = (
        "sha256=0000",
        "sha256=",
        "=",
        "",
        "md5=8f0e",
        "sha256",
        "none=",
        "sha256=" + "é" * 64,
        "sha1=" + "0" * 40,
    )
    for signature in forged:
        assert 200 <= await net.deliver(form, rss("Forged"), X_Hub_Signature=signature) < 300
    assert 200 <= await net.deliver({**form, "hub.secret": "guessed"}, rss("Forged")) < 300
    assert site.titles() == ["A"]


async def test_302_a_delivery_without_a_signature_is_thrown_away(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    async with aiohttp.ClientSession() as session, session.post(form["hub.callback"], data=rss("Forged")) as answer:
        assert 200 <= answer.status < 300
    assert site.titles() == ["A"]


@given(st.binary(max_size=200), st.text(max_size=50), st.sampled_from(sorted(websub.DIGESTS)))
def test_a_body_is_signed_by_its_secret_only(body: bytes, secret: str, method: str) -> None:
    made = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    assert websub.is_signed(secret, f"{method}={made}", body)
    assert websub.is_signed(secret, f" {method.upper()}={made.upper()}", body)
    assert not websub.is_signed(secret + "x", f"{method}={made}", body)
    assert not websub.is_signed(secret, f"{method}={made}", body + b"x")


async def test_a_delivery_to_nobody_is_gone(site: Site, net: Internet) -> None:
    await site.configure()
    form = {"hub.callback": f"{site.address}/websub/nobody", "hub.secret": "x"}
    assert await net.deliver(form, rss("B")) == 410


async def test_a_delivery_has_the_limits_of_a_poll(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed(max_size=2_000)
    assert await net.deliver(form, rss("B" * 2_000)) == 413
    assert await net.deliver(form, rss("B"), Content_Encoding="gzip") == 415
    assert site.titles() == ["A"]


class Slow:
    """An inbox that takes its time over what it is sent."""

    def __init__(self) -> None:
        self.begun, self.done = asyncio.Event(), asyncio.Event()

    async def expect(self, key: str) -> int:
        return 800

    async def verify(self, key: str, query: Any) -> None:
        return None

    async def take(self, key: str, body: bytes, content_type: str | None, signature: str) -> bool:
        self.begun.set()
        await self.done.wait()
        return True


async def test_deliveries_that_find_no_room_are_to_be_sent_again() -> None:
    inbox, app = Slow(), web.Application()
    app.router.add_post("/{key}", Callback(inbox, room=1000).deliver)
    async with served(app, "127.0.0.1", 0) as address, aiohttp.ClientSession() as session:

        async def send(size: int) -> int:
            async with session.post(f"{address}/key", data=b"x" * size) as answer:
                return answer.status

        first = asyncio.create_task(send(800))
        await inbox.begun.wait()
        assert await send(300) == 503
        inbox.done.set()
        assert await first == 200
        assert await send(300) == 200


async def test_what_a_delivery_lacks_has_not_left_the_feed(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A", "B"), links=hub_links(net))
    form = await site.subscribed()
    await net.deliver(form, rss("C"))
    net.feed("/feed", rss("C", "A", "B"), links=hub_links(net))
    site.now += DAY
    (report,) = await site.poll()
    assert (report.outcome, report.new, report.changed) == ("same", 0, 0)
    assert sorted(site.titles()) == ["A", "B", "C"]


async def test_a_delivery_in_the_middle_of_a_poll_disturbs_neither(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    site.now += DAY
    net.feed("/feed", rss("B", "A"), links=hub_links(net))
    reports, status = await asyncio.gather(site.poll(), net.deliver(form, rss("B", "A")))
    assert status == 200
    assert [report.outcome for report in reports] in (["new"], ["same"])
    assert sorted(site.titles()) == ["A", "B"]


async def test_a_delivery_that_cannot_be_read_makes_the_source_due(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    site.now += MINUTE
    assert await net.deliver(form, "<html><title>Oops</title></html>") == 200
    health = site.health()
    assert health.next_poll
    assert health.next_poll <= site.now
    assert health.failures == 0


async def test_a_delivery_shows_in_the_topics_at_once(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await site.configure(site.source(), topics=[Topic(id="all", title="All", match="")])
    await site.poll()
    await site.ask()
    form = net.sent("subscribe")[-1]
    await net.verify(form)
    async with aiohttp.ClientSession() as session:
        for title in ("B", "C"):
            await net.deliver(form, rss(title))
            async with session.get(f"{site.address}/topics/all.atom") as answer:
                assert title in [entry.title for entry in feedparser.parse(await answer.read()).entries]


async def test_a_delivery_ends_the_silence_of_a_source_and_tells_of_a_flood(site: Site, net: Internet) -> None:
    titles = [f"Item {number}" for number in range(12)]
    net.feed("/feed", rss(*titles), links=hub_links(net))
    all_of_it = Topic(id="all", title="All", match="", max_changes=5)
    form = await site.subscribed()
    await site.configure(site.source(), topics=[all_of_it])

    def kinds() -> set[str]:
        return {one.kind for one in site.read(lambda reader: reader.incidents(20)).incidents if one.ended is None}

    while site.now < START + 40 * DAY and "silent" not in kinds():
        site.now += 6 * HOUR
        await site.poll()
        await site.push.start_due()
        await site.push.drain()
    assert kinds() == {"silent"}
    assert await net.deliver(form, rss(*(f"News {number}" for number in range(9)), at=site.now)) == 200
    assert kinds() == {"flood"}


# --- whether a hub is relied on -----------------------------------------------------------------------------


async def test_a_hub_that_pushes_spares_polls_and_is_looked_after_daily(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    await net.deliver(form, rss("B", "A"))
    polls = []
    while site.now < START + 5 * DAY:
        if await site.poll():
            polls.append(site.now)
        site.now += 30 * MINUTE
    assert 5 <= len(polls) <= 7
    assert "its hub pushes" in site.health().next_reason


async def test_a_hub_that_keeps_something_to_itself_is_not_relied_on(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    await net.deliver(form, rss("B", "A"))
    site.now += 7 * HOUR
    await site.poll()
    assert site.health().next_poll == site.now + DAY
    site.now += DAY
    net.feed("/feed", rss("C", "B", "A"), links=hub_links(net))
    (report,) = await site.poll()
    assert report.new == 1
    health = site.health()
    assert health.next_poll
    assert health.next_poll <= site.now + 6.4 * HOUR
    one = site.subscription()
    assert one
    assert (one.state, one.relied) == ("active", False)


async def test_a_hub_that_has_not_pushed_yet_is_not_relied_on(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await site.subscribed()
    site.now += 7 * HOUR
    await site.poll()
    health = site.health()
    assert health.next_poll
    assert health.next_poll < site.now + 7 * HOUR


# --- leaving ------------------------------------------------------------------------------------------------


async def left(site: Site, net: Internet, form: Form) -> None:
    """The hub is told to stop, asks whether that is meant, and is answered; later deliveries are gone."""
    await site.ask()
    (farewell,) = net.sent("unsubscribe")
    assert (farewell["hub.topic"], farewell["hub.callback"]) == (form["hub.topic"], form["hub.callback"])
    assert await net.deliver(form, rss("Late")) == 410
    assert await net.verify(farewell) == (200, "c-4711")
    assert (await net.verify(farewell))[0] == 404


async def test_switching_it_off_ends_subscriptions(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    await site.configure(site.source(), subscribe=False)
    await left(site, net, form)
    assert site.subscription() is None
    await site.configure(site.source())
    await site.ask()
    assert net.forms[-1][1]["hub.mode"] == "subscribe"
    assert net.forms[-1][1]["hub.callback"] != form["hub.callback"]


async def test_a_source_that_is_switched_off_or_removed_leaves_its_hub(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    await site.configure(site.source(enabled=False))
    await left(site, net, form)


async def test_another_hub_in_the_feed_is_taken_and_the_old_one_left(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    net.feed("/feed", rss("B", "A"), links=hub_links(net, "/new-hub"))
    site.now += DAY
    await site.poll()
    await site.ask()
    assert {(place, sent["hub.mode"]) for place, sent in net.forms[1:]} == {
        ("/hub", "unsubscribe"), ("/new-hub", "subscribe"),
    }  # fmt: skip
    assert await net.deliver(form, rss("Late")) == 410


async def test_a_hub_that_does_not_hear_the_farewell_is_forgotten_after_some_time(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await site.subscribed()
    net.hub_answers["/hub"] = lambda form: web.Response(status=500)
    await site.configure(site.source(), subscribe=False)
    for _ in range(300):
        await site.ask()
        site.now += 10 * MINUTE
    assert len(net.sent("unsubscribe")) == websub.FAREWELLS
    assert site.subscription() is None


async def test_another_public_url_makes_new_callbacks(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await site.subscribed()
    await site.configure(site.source(), public_url="http://127.0.0.1:1")
    await site.ask()
    assert net.forms[-1][1]["hub.callback"].startswith("http://127.0.0.1:1/websub/")
    assert await net.deliver(form, rss("Late")) == 410


# --- who is told of whom ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [{"access": Access(auth="bearer TOKEN")}, {"access": Access(headers=(("X-Key", "k"),))}],
    ids=["a login", "headers"],
)
async def test_sources_with_secrets_are_not_told_to_hubs(
    site: Site, net: Internet, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    net.feed("/feed", rss("A"), links=hub_links(net))
    await site.configure(site.source(**fields))
    assert (await site.poll())[0].outcome == "new"
    await site.ask()
    assert net.forms == []


async def test_a_hub_elsewhere_in_the_private_network_is_not_asked(site: Site, net: Internet) -> None:
    port = net.address.rpartition(":")[2]
    net.feed("/feed", rss("A"), links=[f"<http://127.0.0.2:{port}/hub>; rel=hub"])
    await site.configure(site.source())
    await site.poll()
    await site.ask()
    one = site.subscription()
    assert one
    assert one.error
    assert "private address" in one.error
    assert net.forms == []


@pytest.mark.parametrize(
    ("public_url", "subscribe", "base"),
    [
        ("https://news.example.org", None, "https://news.example.org/websub"),
        ("http://127.0.0.1:8080", None, None),
        ("http://newsroom.lan", None, None),
        ("http://127.0.0.1:8080", True, "http://127.0.0.1:8080/websub"),
        ("https://news.example.org", False, None),
    ],
)
def test_hubs_are_subscribed_to_where_they_can_reach_us(
    public_url: str, subscribe: bool | None, base: str | None
) -> None:
    assert websub.callbacks(public_url, subscribe) == base


# --- our own topics -----------------------------------------------------------------------------------------


def topics(net: Internet) -> list[Topic]:
    return [
        Topic(id="all", title="All", match="", hub=f"{net.address}/own"),
        Topic(id="bees", title="Bees", match="bees", hub=f"{net.address}/own"),
        Topic(id="quiet", title="Quiet", match=""),
    ]


async def test_feeds_of_a_topic_name_its_hub_in_every_format(site: Site, net: Internet) -> None:
    await site.configure(topics=topics(net))
    hub = f"{net.address}/own"
    async with aiohttp.ClientSession() as session:
        for suffix in ("atom", "rss", "json"):
            async with session.get(f"{site.address}/topics/all.{suffix}") as answer:
                body, link = await answer.read(), answer.headers["Link"]
            assert websub.header_links(link, "") == websub.Offer(
                hubs=(hub,), topic=f"{site.address}/topics/all.{suffix}"
            )
            if suffix == "json":
                assert orjson.loads(body)["hubs"] == [{"type": "WebSub", "url": hub}]
            else:
                links = {(link.rel, link.href) for link in feedparser.parse(body).feed.links}
                assert {("hub", hub), ("self", f"{site.address}/topics/all.{suffix}")} <= links
        async with session.get(f"{site.address}/topics/quiet.atom") as answer:
            assert b'rel="hub"' not in await answer.read()
            assert "Link" not in answer.headers


def pinged(net: Internet) -> list[str]:
    return [form["hub.url"].rpartition("/")[2] for form in net.sent("publish")]


async def test_a_topic_s_hub_is_told_when_it_changes_and_not_for_each_change(site: Site, net: Internet) -> None:
    net.feed("/feed", rss("A"))
    await site.configure(site.source(), topics=topics(net))
    await site.ask()
    net.forms.clear()
    await site.poll()
    await site.ask()
    assert pinged(net) == []  # told a moment ago that the topic is there
    site.now += timedelta(seconds=10)
    await site.ask()
    assert pinged(net) == ["all.atom", "all.rss", "all.json"]
    assert net.forms[0][1] == {
        "hub.mode": "publish", "hub.url": f"{site.address}/topics/all.atom",
        "hub.topic": f"{site.address}/topics/all.atom",
    }  # fmt: skip
    net.forms.clear()
    site.now += HOUR
    await site.ask()
    assert pinged(net) == []


async def test_a_hub_that_fails_is_told_again_and_at_last_knows(site: Site, net: Internet) -> None:
    net.hub_answers["/own"] = lambda form: web.Response(status=503)
    await site.configure(topics=topics(net)[:1])
    tries = []
    for minute in range(130):
        if minute == 120:
            net.hub_answers.clear()
        before = len(net.forms)
        await site.ask()
        if len(net.forms) > before:
            tries.append(minute)
        site.now += MINUTE
    assert tries == [0, 1, 3, 7, 15, 31, 63, 123]
    assert pinged(net)[-3:] == ["all.atom", "all.rss", "all.json"]


async def test_a_private_topic_is_told_to_no_hub(site: Site, net: Internet) -> None:
    await site.configure(topics=[replace(topics(net)[0], private=True, token="t" * 32)])
    await site.ask()
    assert net.forms == []
    url = f"{site.address}/topics/all.atom?token={'t' * 32}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert "Link" not in answer.headers
        assert b'rel="hub"' not in await answer.read()


def test_a_topic_s_own_hub_comes_before_that_of_all() -> None:
    text = (
        '[websub]\nhub = "https://hub.example.org/"\n'
        '[topics.open]\ntitle = "O"\n[topics.own]\ntitle = "P"\nhub = "https://own.example.org/"\n'
    )
    chosen = parse(text, Path("feedhub.toml"), lambda *query: None)
    assert [topic.hub for topic in chosen.topics] == ["https://hub.example.org/", "https://own.example.org/"]


def test_forms_are_as_the_recommendation_writes_them() -> None:
    assert parse_qs(urlencode(websub.request(ONE))) == {
        "hub.mode": ["subscribe"], "hub.topic": ["https://t/"], "hub.callback": ["https://f/websub/k"],
        "hub.secret": ["s"], "hub.lease_seconds": ["864000"],
    }  # fmt: skip


# --- the daemon as a process --------------------------------------------------------------------------------


def subscribing(net: Internet, directory: Path) -> tuple[Path, int]:
    """A configuration over a paper with a hub, and the port that it says."""
    port, config = free_port(), directory / "feedhub.toml"
    config.write_text(
        f'[daemon]\nlisten = "127.0.0.1:{port}"\npublic_url = "http://127.0.0.1:{port}"\n'
        f'database = "{directory / "feedhub.db"}"\n[websub]\nsubscribe = true\nhub = "{net.address}/own"\n'
        f'[sources.paper]\nurl = "{net.address}/feed"\nallow_private = true\n[topics.all]\ntitle = "All"\n'
    )
    net.feed("/feed", rss("A", at=datetime.now(UTC)), links=hub_links(net))
    return config, port


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_what_the_process_that_serves_is_killed_over_is_sent_again_and_stored_once(
    net: Internet, tmp_path: Path
) -> None:
    config, port = subscribing(net, tmp_path)
    with contextlib.ExitStack() as stack:
        process = await asyncio.to_thread(stack.enter_context, running(config))
        await until(lambda: net.sent("subscribe"), "asking the hub")
        form = net.sent("subscribe")[0]
        assert (await net.verify(form))[0] == 200
        pushed, chance = [f"Pushed {number}" for number in range(4)], random.Random(9)
        for title in pushed:
            await until(lambda: web_of(process.pid), "serving")
            sending = asyncio.create_task(net.deliver(form, rss(title, at=datetime.now(UTC))))
            await asyncio.sleep(chance.uniform(0, 0.05))  # at any moment of its way
            os.kill(web_of(process.pid), signal.SIGKILL)
            acknowledged = (await asyncio.gather(sending, return_exceptions=True))[0] == 200
            while not acknowledged:
                acknowledged = await net.deliver(form, rss(title, at=datetime.now(UTC))) == 200
            assert title in await titles(port)
        with sqlite3.connect(tmp_path / "feedhub.db") as database:
            stored = database.execute("SELECT title, count(*) FROM items GROUP BY title ORDER BY title").fetchall()
        database.close()
        assert stored == [("A", 1), *((title, 1) for title in pushed)]
        await asyncio.to_thread(stack.close)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_daemon_subscribes_takes_what_is_pushed_and_tells_its_own_hub(net: Internet, tmp_path: Path) -> None:
    config, port = subscribing(net, tmp_path)
    with contextlib.ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, running(config))
        await until(lambda: net.sent("subscribe"), "asking the hub")
        form = net.sent("subscribe")[0]
        assert (await net.verify(form))[0] == 200
        assert await net.deliver(form, rss("Pushed", at=datetime.now(UTC))) == 200
        assert "Pushed" in await titles(port)
        await until(lambda: len(net.sent("publish")) >= 6, "telling our own hub twice")
        shown = await asyncio.to_thread(called, "sources", "paper", "--config", config)
        assert f"hub: {net.address}/hub pushes what is new until" in shown.stdout, shown.stdout
        assert "\tpushed\t" in shown.stdout
        assert form["hub.secret"] not in shown.stdout
        await asyncio.to_thread(stack.close)


async def titles(port: int) -> list[str]:
    """What stands in the topic's feed."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/topics/all.json") as feed:
        return [item["title"] for item in orjson.loads(await feed.read())["items"]]


async def until(truth: Callable[[], Any], what: str) -> None:
    """Wait for what another process does in its own time."""
    for _ in range(1500):
        if truth():
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"{what} did not happen in time")
