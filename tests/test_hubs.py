"""Which hub a feed leads to, and which hubs are asked.

100 to 104 are cases of the public test suite for subscribers.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from feedhub import websub
from feedhub.manners import Access, Select
from hubs import Hubs, Newsroom, hub_links
from internet import ATOM, rss


async def test_100_the_hub_is_found_in_http_headers(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    assert await newsroom.asks() == ("/hub", "/feed")


async def test_101_the_hub_is_found_in_a_web_page(newsroom: Newsroom, net: Hubs) -> None:
    page = "<html><head><link rel=hub href=/hub><link rel='self' href='/page?x=1'></head><body><h2>A</h2></body></html>"
    net.feed("/page", page, Content_Type="text/html")
    select = Select(items="h2", title="h2")
    assert await newsroom.asks("/page", select=select) == ("/hub", "/page?x=1")


async def test_102_the_hub_is_found_in_an_atom_feed(newsroom: Newsroom, net: Hubs) -> None:
    entry = "<entry><id>a</id><title>A</title></entry>"
    links = "<link rel='hub' href='/hub'/><link rel='self' href='/other'/><link href='/page'/>"
    net.feed("/feed", f"<feed xmlns='{ATOM}'><title>P</title>{links}{entry}</feed>")
    assert await newsroom.asks() == ("/hub", "/other")


async def test_103_the_hub_is_found_in_an_rss_feed(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A", channel="<atom:link rel='hub' href='/hub'/><atom:link rel='self' href='/feed?2'/>"))
    assert await newsroom.asks() == ("/hub", "/feed?2")


async def test_the_hub_is_found_in_a_json_feed(newsroom: Newsroom, net: Hubs) -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1", "title": "P", "feed_url": f"{net.address}/self",
        "hubs": [{"type": "rssCloud", "url": f"{net.address}/cloud"}, {"type": "WebSub", "url": f"{net.address}/hub"}],
        "items": [{"id": "1", "title": "A"}],
    }  # fmt: skip
    net.feed("/feed", orjson.dumps(document).decode())
    assert await newsroom.asks() == ("/hub", "/self")


async def test_104_headers_come_before_the_document(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A", channel="<atom:link rel='hub' href='/wrong'/>"), links=hub_links(net))
    assert await newsroom.asks() == ("/hub", "/feed")


async def test_headers_that_name_no_hub_leave_the_word_to_the_document(newsroom: Newsroom, net: Hubs) -> None:
    links = "<atom:link rel='hub' href='/hub'/><atom:link rel='self' href='/doc'/>"
    net.feed("/feed", rss("A", channel=links), links=[f'<{net.address}/else>; rel="self alternate"'])
    assert await newsroom.asks() == ("/hub", "/doc")


async def test_without_a_self_link_the_address_is_what_was_fetched(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A", channel="<atom:link rel='hub' href='/hub'/>"))
    assert await newsroom.asks() == ("/hub", "/feed")


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


@pytest.mark.parametrize(
    "fields",
    [{"access": Access(auth="bearer TOKEN")}, {"access": Access(headers=(("X-Key", "k"),))}],
    ids=["a login", "headers"],
)
async def test_sources_with_secrets_are_not_told_to_hubs(
    newsroom: Newsroom, net: Hubs, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    net.feed("/feed", rss("A"), links=hub_links(net))
    await newsroom.configure(newsroom.source(**fields))
    assert (await newsroom.poll())[0].outcome == "new"
    await newsroom.ask()
    assert net.forms == []


async def test_a_hub_elsewhere_in_the_private_network_is_not_asked(newsroom: Newsroom, net: Hubs) -> None:
    port = net.address.rpartition(":")[2]
    net.feed("/feed", rss("A"), links=[f"<http://127.0.0.2:{port}/hub>; rel=hub"])
    await newsroom.configure(newsroom.source())
    await newsroom.poll()
    await newsroom.ask()
    one = newsroom.subscription()
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
