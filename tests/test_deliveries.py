"""What hubs push, and whether they are relied on.

300 to 302 are cases of the public test suite for subscribers.
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
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import feedparser
import orjson
import pytest
from aiohttp import web
from hostile_world import web_of
from hypothesis import given
from hypothesis import strategies as st

from feedhub import websub
from feedhub.daemon.serving import Inbox
from feedhub.model import Topic
from feedhub.web import callback
from feedhub.web.callback import Callback
from feedhub.web.server import served
from hubs import Form, Hubs, Newsroom, hub_links
from internet import DAY, HOUR, MINUTE, START, rss
from process import called, free_port, running


async def test_300_what_a_hub_sends_is_stored_before_it_is_acknowledged(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    for method in ("sha1", "sha256", "sha384", "sha512"):
        assert await net.deliver(form, rss(method, "B"), method) == 200
        assert method in newsroom.titles()
    assert [(report.pushed, report.outcome, report.new) for report in newsroom.reports[1:3]] == [
        (True, "new", 2), (True, "new", 1),
    ]  # fmt: skip
    assert newsroom.read(lambda reader: reader.polled.fetches("paper"))[0].result == "pushed"


async def test_301_a_forged_delivery_is_acknowledged_and_thrown_away(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
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
    assert newsroom.titles() == ["A"]


async def test_302_a_delivery_without_a_signature_is_thrown_away(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    async with aiohttp.ClientSession() as session, session.post(form["hub.callback"], data=rss("Forged")) as answer:
        assert 200 <= answer.status < 300
    assert newsroom.titles() == ["A"]


@given(st.binary(max_size=200), st.text(max_size=50), st.sampled_from(sorted(websub.DIGESTS)))
def test_a_body_is_signed_by_its_secret_only(body: bytes, secret: str, method: str) -> None:
    made = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    assert websub.is_signed(secret, f"{method}={made}", body)
    assert websub.is_signed(secret, f" {method.upper()}={made.upper()}", body)
    assert not websub.is_signed(secret + "x", f"{method}={made}", body)
    assert not websub.is_signed(secret, f"{method}={made}", body + b"x")
    assert not websub.is_signed(secret, f"{method}=\udcff\xe9", body)


async def test_a_delivery_to_nobody_is_gone(newsroom: Newsroom, net: Hubs) -> None:
    await newsroom.configure()
    form = {"hub.callback": f"{newsroom.address}/websub/nobody", "hub.secret": "x"}
    assert await net.deliver(form, rss("B")) == 410


async def in_pieces(form: Form, body: str) -> int:
    """Send a body whose length is not told beforehand."""

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 500):
            yield body[at : at + 500].encode()

    async with aiohttp.ClientSession() as session, session.post(form["hub.callback"], data=pieces()) as answer:
        return answer.status


async def test_a_delivery_that_comes_to_no_end_is_not_waited_for(
    newsroom: Newsroom, net: Hubs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "SECONDS", 0.1)
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()

    async def begun() -> AsyncIterator[bytes]:
        yield b"<rss>"
        await asyncio.Event().wait()

    async with aiohttp.ClientSession() as session, session.post(form["hub.callback"], data=begun()) as answer:
        assert answer.status == 408
    assert newsroom.titles() == ["A"]


async def test_a_delivery_has_the_limits_of_a_poll(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed(max_size=2_000)
    assert await net.deliver(form, rss("B" * 2_000)) == 413
    assert await in_pieces(form, rss("B" * 2_000)) == 413
    assert await net.deliver(form, rss("B"), Content_Encoding="gzip") == 415
    assert newsroom.titles() == ["A"]


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


async def test_it_is_asked_once_what_is_subscribed_to_until_a_delivery_is_not_taken_or_the_configuration_is_another(
    newsroom: Newsroom,
) -> None:
    asked: list[str] = []
    answers = iter([800, False, None, 900, 900])

    async def ask(what: str, *arguments: object) -> Any:
        asked.append(what)
        return next(answers)

    inbox = Inbox(ask, newsroom.desk)
    assert [await inbox.expect("key"), await inbox.expect("key")] == [800, 800]
    assert not await inbox.take("key", b"", None, "")
    assert await inbox.expect("key") is None
    assert asked == ["expect", "take", "expect"]
    assert [await inbox.expect("key"), await inbox.expect("key")] == [900, 900]
    newsroom.desk.configure(replace(newsroom.desk.settings, subscribe=True))
    assert await inbox.expect("key") == 900
    assert asked[3:] == ["expect", "expect"]


async def test_what_a_delivery_lacks_has_not_left_the_feed(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A", "B"), links=hub_links(net))
    form = await newsroom.subscribed()
    await net.deliver(form, rss("C"))
    net.feed("/feed", rss("C", "A", "B"), links=hub_links(net))
    newsroom.now += DAY
    (report,) = await newsroom.poll()
    assert (report.outcome, report.new, report.changed) == ("same", 0, 0)
    assert sorted(newsroom.titles()) == ["A", "B", "C"]


async def test_a_delivery_in_the_middle_of_a_poll_disturbs_neither(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    newsroom.now += DAY
    net.feed("/feed", rss("B", "A"), links=hub_links(net))
    reports, status = await asyncio.gather(newsroom.poll(), net.deliver(form, rss("B", "A")))
    assert status == 200
    assert [report.outcome for report in reports] in (["new"], ["same"])
    assert sorted(newsroom.titles()) == ["A", "B"]


async def test_a_delivery_that_cannot_be_read_makes_the_source_due(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    newsroom.now += MINUTE
    assert await net.deliver(form, "<html><title>Oops</title></html>") == 200
    health = newsroom.health()
    assert health.next_poll
    assert health.next_poll <= newsroom.now
    assert health.failures == 0


async def test_a_delivery_shows_in_the_topics_at_once(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await newsroom.configure(newsroom.source(), topics=[Topic(id="all", title="All", match="")])
    await newsroom.poll()
    await newsroom.ask()
    form = net.sent("subscribe")[-1]
    await net.verify(form)
    async with aiohttp.ClientSession() as session:
        for title in ("B", "C"):
            await net.deliver(form, rss(title))
            async with session.get(f"{newsroom.address}/topics/all.atom") as answer:
                assert title in [entry.title for entry in feedparser.parse(await answer.read()).entries]


async def test_a_delivery_ends_the_silence_of_a_source_and_tells_of_a_flood(newsroom: Newsroom, net: Hubs) -> None:
    titles = [f"Item {number}" for number in range(12)]
    net.feed("/feed", rss(*titles), links=hub_links(net))
    all_of_it = Topic(id="all", title="All", match="", max_changes=5)
    form = await newsroom.subscribed()
    await newsroom.configure(newsroom.source(), topics=[all_of_it])

    def kinds() -> set[str]:
        return {one.kind for one in newsroom.read(lambda reader: reader.polled.incidents(20)) if one.ended is None}

    while newsroom.now < START + 40 * DAY and "silent" not in kinds():
        newsroom.now += 6 * HOUR
        await newsroom.poll()
        await newsroom.push.start_due()
        await newsroom.push.drain()
    assert kinds() == {"silent"}
    assert await net.deliver(form, rss(*(f"News {number}" for number in range(9)), at=newsroom.now)) == 200
    assert kinds() == {"flood"}


async def test_a_hub_that_pushes_spares_polls_and_is_looked_after_daily(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    await net.deliver(form, rss("B", "A"))
    polls = []
    while newsroom.now < START + 5 * DAY:
        if await newsroom.poll():
            polls.append(newsroom.now)
        newsroom.now += 30 * MINUTE
    assert 5 <= len(polls) <= 7
    assert "its hub pushes" in newsroom.health().next_reason


async def test_a_hub_that_keeps_something_to_itself_is_not_relied_on(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    await net.deliver(form, rss("B", "A"))
    newsroom.now += 7 * HOUR
    await newsroom.poll()
    assert newsroom.health().next_poll == newsroom.now + DAY
    newsroom.now += DAY
    net.feed("/feed", rss("C", "B", "A"), links=hub_links(net))
    (report,) = await newsroom.poll()
    assert report.new == 1
    health = newsroom.health()
    assert health.next_poll
    assert health.next_poll <= newsroom.now + 6.4 * HOUR
    one = newsroom.subscription()
    assert one
    assert (one.state, one.relied) == ("active", False)


async def test_a_hub_that_has_not_pushed_yet_is_not_relied_on(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await newsroom.subscribed()
    newsroom.now += 7 * HOUR
    await newsroom.poll()
    health = newsroom.health()
    assert health.next_poll
    assert health.next_poll < newsroom.now + 7 * HOUR


def subscribing(net: Hubs, directory: Path) -> tuple[Path, int]:
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
    net: Hubs, tmp_path: Path
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
        with closing(sqlite3.connect(tmp_path / "feedhub.db")) as database, database:
            stored = database.execute("SELECT title, count(*) FROM items GROUP BY title ORDER BY title").fetchall()
        database.close()
        assert stored == [("A", 1), *((title, 1) for title in pushed)]
        await asyncio.to_thread(stack.close)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_daemon_subscribes_takes_what_is_pushed_and_tells_its_own_hub(net: Hubs, tmp_path: Path) -> None:
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
