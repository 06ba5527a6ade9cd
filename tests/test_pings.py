"""Our own topics: their feeds name a hub, and it is told when they change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import feedparser
import orjson
from aiohttp import web

from feedhub import websub
from feedhub.config.load import parse
from feedhub.model import Topic
from hubs import Hubs, Newsroom
from internet import HOUR, MINUTE, rss


def topics(net: Hubs) -> list[Topic]:
    return [
        Topic(id="all", title="All", match="", hub=f"{net.address}/own"),
        Topic(id="bees", title="Bees", match="bees", hub=f"{net.address}/own"),
        Topic(id="quiet", title="Quiet", match=""),
    ]


async def test_feeds_of_a_topic_name_its_hub_in_every_format(newsroom: Newsroom, net: Hubs) -> None:
    await newsroom.configure(topics=topics(net))
    hub = f"{net.address}/own"
    async with aiohttp.ClientSession() as session:
        for suffix in ("atom", "rss", "json"):
            async with session.get(f"{newsroom.address}/topics/all.{suffix}") as answer:
                body, link = await answer.read(), answer.headers["Link"]
            assert websub.header_links(link, "") == websub.Offer(
                hubs=(hub,), topic=f"{newsroom.address}/topics/all.{suffix}"
            )
            if suffix == "json":
                assert orjson.loads(body)["hubs"] == [{"type": "WebSub", "url": hub}]
            else:
                links = {(link.rel, link.href) for link in feedparser.parse(body).feed.links}
                assert {("hub", hub), ("self", f"{newsroom.address}/topics/all.{suffix}")} <= links
        async with session.get(f"{newsroom.address}/topics/quiet.atom") as answer:
            assert b'rel="hub"' not in await answer.read()
            assert "Link" not in answer.headers


def pinged(net: Hubs) -> list[str]:
    return [form["hub.url"].rpartition("/")[2] for form in net.sent("publish")]


async def test_a_topic_s_hub_is_told_when_it_changes_and_not_for_each_change(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"))
    await newsroom.configure(newsroom.source(), topics=topics(net))
    await newsroom.ask()
    net.forms.clear()
    await newsroom.poll()
    await newsroom.ask()
    assert pinged(net) == []  # told a moment ago that the topic is there
    newsroom.now += timedelta(seconds=10)
    await newsroom.ask()
    assert pinged(net) == ["all.atom", "all.rss", "all.json"]
    assert net.forms[0][1] == {
        "hub.mode": "publish", "hub.url": f"{newsroom.address}/topics/all.atom",
        "hub.topic": f"{newsroom.address}/topics/all.atom",
    }  # fmt: skip
    net.forms.clear()
    newsroom.now += HOUR
    await newsroom.ask()
    assert pinged(net) == []


async def test_a_hub_that_fails_is_told_again_and_at_last_knows(newsroom: Newsroom, net: Hubs) -> None:
    net.hub_answers["/own"] = lambda form: web.Response(status=503)
    await newsroom.configure(topics=topics(net)[:1])
    tries = []
    for minute in range(130):
        if minute == 120:
            net.hub_answers.clear()
        before = len(net.forms)
        await newsroom.ask()
        if len(net.forms) > before:
            tries.append(minute)
        newsroom.now += MINUTE
    assert tries == [0, 1, 3, 7, 15, 31, 63, 123]
    assert pinged(net)[-3:] == ["all.atom", "all.rss", "all.json"]


async def test_a_private_topic_is_told_to_no_hub(newsroom: Newsroom, net: Hubs) -> None:
    await newsroom.configure(topics=[replace(topics(net)[0], private=True, token="t" * 32)])
    await newsroom.ask()
    assert net.forms == []
    url = f"{newsroom.address}/topics/all.atom?token={'t' * 32}"
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
