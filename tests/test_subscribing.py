"""Subscriptions from the first form to the farewell.

200 to 205 are cases of the public test suite for subscribers.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlencode

import aiohttp
import pytest
from aiohttp import web

from build import counted, source
from feedhub import websub
from feedhub.model import Settings
from feedhub.store.writing import Store
from feedhub.websub import Subscription
from hubs import Form, Hubs, Newsroom, hub_links
from internet import DAY, HOUR, MINUTE, START, rss

ONE = Subscription(
    key="k", base="https://f/websub", source_id="p", hub="https://h/", moved_to=None, topic="https://t/",
    secret="s", state="asked", expires=None, due=None, failures=0, error=None, pushed=None, relied=False,
)  # fmt: skip


async def test_a_subscription_says_all_that_a_hub_needs(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    assert form["hub.callback"].startswith(f"{newsroom.address}/websub/")
    assert len(form["hub.callback"].rpartition("/")[2]) >= 32
    assert 32 <= len(form["hub.secret"].encode()) < 200
    assert form["hub.lease_seconds"] == "864000"
    one = newsroom.subscription()
    assert one
    assert (one.state, one.expires) == ("active", START + 10 * DAY)


async def test_each_subscription_has_its_own_address_and_secret(newsroom: Newsroom, net: Hubs) -> None:
    for place in ("/feed", "/other"):
        net.feed(place, rss("A"), links=hub_links(net, topic=place))
    await newsroom.configure(newsroom.source(), source("other", url=f"{net.address}/other", allow_private=True))
    await newsroom.poll()
    await newsroom.poll()
    await newsroom.ask()
    forms = net.sent("subscribe")
    assert len({form["hub.callback"] for form in forms}) == len({form["hub.secret"] for form in forms}) == 2


async def test_200_what_is_subscribed_to_is_the_self_link(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net, topic="/feed?self=other"))
    assert await newsroom.asks() == ("/hub", "/feed?self=other")


@pytest.mark.parametrize("status", [302, 301, 307, 308], ids=["201", "202", "201 by 307", "202 by 308"])
async def test_201_202_a_topic_that_moved_is_subscribed_to_where_it_is(
    newsroom: Newsroom, net: Hubs, status: int
) -> None:
    net.feed("/feed", "", status, Location="/moved")
    net.feed("/moved", rss("A"), links=hub_links(net, topic="/moved"))
    assert await newsroom.asks() == ("/hub", "/moved")


@pytest.mark.parametrize("status", [307, 308, 302, 301], ids=["203", "204", "203 by 302", "204 by 301"])
async def test_203_204_a_hub_that_moved_is_sent_the_same_form(newsroom: Newsroom, net: Hubs, status: int) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net, "/old"))
    net.hub_answers["/old"] = lambda form: web.Response(status=status, headers={"Location": "/hub"})
    form = await newsroom.subscribed()
    assert [place for place, _ in net.forms] == ["/old", "/hub"]
    assert net.forms[0][1] == net.forms[1][1] == form
    newsroom.now += 8 * DAY
    net.forms.clear()
    await newsroom.ask()
    assert [place for place, _ in net.forms] == (["/hub"] if status in (301, 308) else ["/old", "/hub"])


async def test_a_hub_that_redirects_for_ever_is_left_alone_for_a_while(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    net.hub_answers["/hub"] = lambda form: web.Response(status=307, headers={"Location": "/hub"})
    await newsroom.configure(newsroom.source())
    await newsroom.poll()
    await newsroom.ask()
    one = newsroom.subscription()
    assert one
    assert one.error == "more than 5 redirects"


async def test_205_a_question_about_another_topic_is_refused(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await newsroom.configure(newsroom.source())
    await newsroom.poll()
    await newsroom.ask()
    form = net.sent("subscribe")[0]
    assert (await net.verify(form, hub_topic=f"{net.address}/another"))[0] == 404
    assert (await net.verify(form)) == (200, "c-4711")


async def test_a_question_that_was_not_expected_is_refused(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await newsroom.configure(newsroom.source())
    await newsroom.poll()
    await newsroom.ask()
    form = net.sent("subscribe")[0]
    for changed in ({"hub_mode": "unsubscribe"}, {"hub_mode": "publish"}, {"hub_challenge": ""}, {"hub_mode": ""}):
        assert (await net.verify(form, **changed))[0] == 404, changed
    assert (await net.verify({**form, "hub.callback": f"{newsroom.address}/websub/guessed"}))[0] == 404


async def test_the_challenge_comes_back_as_plain_text_whatever_it_is(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await newsroom.configure(newsroom.source())
    await newsroom.poll()
    await newsroom.ask()
    form, challenge = net.sent("subscribe")[0], "<script>alert(1)</script> & ü"
    query = urlencode({"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": challenge})
    async with aiohttp.ClientSession() as session, session.get(f"{form['hub.callback']}?{query}") as answer:
        assert (await answer.text(), answer.content_type) == (challenge, "text/plain")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_hub_that_fails_is_tried_again_ever_more_seldom_and_the_source_is_polled(
    newsroom: Newsroom, net: Hubs
) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    net.hub_answers["/hub"] = lambda form: web.Response(status=400, text="this topic is not\nallowed")
    await newsroom.configure(newsroom.source())
    await newsroom.poll()
    times = []
    for _ in range(14):
        await newsroom.ask()
        times.append(newsroom.now)
        one = newsroom.subscription()
        assert one
        assert one.due
        newsroom.now = one.due - timedelta(seconds=1)
        await newsroom.ask()
        assert len(net.forms) == len(times)
        newsroom.now = one.due
    gaps = [(later - earlier) // MINUTE for earlier, later in pairwise(times)]
    assert gaps == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440]
    assert one.error == "HTTP 400 Bad Request: this topic is not allowed"
    next_poll = newsroom.health().next_poll
    assert next_poll
    assert next_poll < START + 7 * HOUR


async def test_a_hub_that_never_asks_back_is_asked_again(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await newsroom.configure(newsroom.source())
    await newsroom.poll()
    await newsroom.ask()
    await newsroom.ask()
    assert len(net.forms) == 1
    newsroom.now += 11 * MINUTE
    await newsroom.ask()
    assert len(net.forms) == 2


async def test_a_denied_subscription_is_tried_again_after_a_day(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    status, _ = await net.verify(form, hub_mode="denied", hub_reason="not <today>")
    assert status == 200
    one = newsroom.subscription()
    assert one
    assert (one.state, one.error) == ("denied", "denied: not <today>")
    await newsroom.ask()
    assert len(net.forms) == 1
    newsroom.now += DAY
    await newsroom.ask()
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


async def test_a_lease_is_renewed_in_time(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    net.lease = "3600"
    form = await newsroom.subscribed()
    newsroom.now = START + 45 * MINUTE - timedelta(seconds=1)
    await newsroom.ask()
    assert len(net.forms) == 1
    newsroom.now = START + 45 * MINUTE
    await newsroom.ask()
    assert net.forms[1:] == [("/hub", form)]
    assert (await net.verify(form))[0] == 200
    one = newsroom.subscription()
    assert one
    assert one.expires == newsroom.now + HOUR


async def test_a_lease_that_cannot_be_renewed_ends_and_the_source_is_polled_at_once(
    newsroom: Newsroom, net: Hubs
) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    assert await net.deliver(form, rss("B")) == 200
    newsroom.now += 7 * HOUR
    await newsroom.poll()  # relied on by now
    health = newsroom.health()
    assert health.next_poll == newsroom.now + DAY
    net.hub_answers["/hub"] = lambda form: web.Response(status=503)
    newsroom.now = START + 10 * DAY + MINUTE
    await newsroom.ask()
    assert newsroom.health().next_poll is not None
    assert "cannot be relied on" in newsroom.health().next_reason
    one = newsroom.subscription()
    assert one
    assert one.state == "asked"


def test_forms_are_as_the_recommendation_writes_them() -> None:
    assert parse_qs(urlencode(websub.request(ONE))) == {
        "hub.mode": ["subscribe"], "hub.topic": ["https://t/"], "hub.callback": ["https://f/websub/k"],
        "hub.secret": ["s"], "hub.lease_seconds": ["864000"],
    }  # fmt: skip


async def left(newsroom: Newsroom, net: Hubs, form: Form) -> None:
    """The hub is told to stop, asks whether that is meant, and is answered; later deliveries are gone."""
    await newsroom.ask()
    (farewell,) = net.sent("unsubscribe")
    assert (farewell["hub.topic"], farewell["hub.callback"]) == (form["hub.topic"], form["hub.callback"])
    assert await net.deliver(form, rss("Late")) == 410
    assert await net.verify(farewell) == (200, "c-4711")
    assert (await net.verify(farewell))[0] == 404


async def test_switching_it_off_ends_subscriptions(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    await newsroom.configure(newsroom.source(), subscribe=False)
    await left(newsroom, net, form)
    assert newsroom.subscription() is None
    await newsroom.configure(newsroom.source())
    await newsroom.ask()
    assert net.forms[-1][1]["hub.mode"] == "subscribe"
    assert net.forms[-1][1]["hub.callback"] != form["hub.callback"]


async def test_a_source_that_is_switched_off_or_removed_leaves_its_hub(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    await newsroom.configure(newsroom.source(enabled=False))
    await left(newsroom, net, form)


async def test_another_hub_in_the_feed_is_taken_and_the_old_one_left(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    net.feed("/feed", rss("B", "A"), links=hub_links(net, "/new-hub"))
    newsroom.now += DAY
    await newsroom.poll()
    await newsroom.ask()
    assert {(place, sent["hub.mode"]) for place, sent in net.forms[1:]} == {
        ("/hub", "unsubscribe"), ("/new-hub", "subscribe"),
    }  # fmt: skip
    assert await net.deliver(form, rss("Late")) == 410


async def test_a_hub_that_does_not_hear_the_farewell_is_forgotten_after_some_time(
    newsroom: Newsroom, net: Hubs
) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await newsroom.subscribed()
    net.hub_answers["/hub"] = lambda form: web.Response(status=500)
    await newsroom.configure(newsroom.source(), subscribe=False)
    for _ in range(100):
        await newsroom.ask()
        newsroom.now += 30 * MINUTE
    assert len(net.sent("unsubscribe")) == websub.FAREWELLS
    assert newsroom.subscription() is None


async def test_another_public_url_makes_new_callbacks(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    form = await newsroom.subscribed()
    await newsroom.configure(newsroom.source(), public_url="http://127.0.0.1:1")
    await newsroom.ask()
    assert net.forms[-1][1]["hub.callback"].startswith("http://127.0.0.1:1/websub/")
    assert await net.deliver(form, rss("Late")) == 410


def test_to_look_for_hubs_that_are_to_be_asked_costs_the_same_however_many_there_are(
    desk: Settings, store: Store
) -> None:
    store.configure(desk, START)
    store._conn.executemany(
        """INSERT INTO subscriptions (key, source, base, hub, topic, secret, state, expires, due)
        VALUES (?, 'herald', 'b', 'h', 't', 's', 'active', ?2, ?2)""",
        [(str(number), (START + DAY).timestamp()) for number in range(300)],
    )
    with counted(store._conn) as steps:
        assert store.subscriptions.due(START, 20) == []
    assert steps() < 30
