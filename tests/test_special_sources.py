"""Sources that want something special: logins, proxies, files, sitemaps, pages, full texts. See `internet`."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from build import source
from feedhub.manners import Access, Select
from internet import DAY, HOUR, START, World, rss


async def test_headers_and_logins_come_from_the_environment_and_go_to_the_source_s_own_origin(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HERALD_LOGIN", "desk:pa ss")
    monkeypatch.setenv("HERALD_KEY", "k1")
    world.feed("a.example/feed")
    world.feed("b.example/feed")
    access = Access(headers=(("X-Key", "$HERALD_KEY"), ("X-Plain", "yes")), auth="basic HERALD_LOGIN")
    await world.configure(
        world.source("a.example/feed", access=access),
        world.source("b.example/feed", access=Access(auth="bearer NOT_SET")),
    )
    await world.tick()
    ((_, _, headers),) = world.asked
    assert [headers[name] for name in ("X-Key", "X-Plain", "Authorization")] == ["k1", "yes", "Basic ZGVzazpwYSBzcw=="]
    unset = world.health("b")
    assert unset.ailment == "configuration"
    assert "no usable NOT_SET" in (unset.error or "")
    assert "pa ss" not in caplog.text


async def test_secrets_go_along_no_redirect_to_another_origin(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERALD_KEY", "k1")
    proxy = f"http://127.0.0.1:{world.port}"
    for place in ("named.example/feed", "signed.example/feed"):
        world.feed(place, status=302, Location="http://other.example/feed")
    world.feed("other.example/feed")
    named = Access(headers=(("X-Key", "$HERALD_KEY"),), cookies=(("desk", "1"),), proxy=proxy)
    await world.configure(
        source("named", url="http://named.example/feed", access=named),
        source("signed", url="http://desk:pass@signed.example/feed", access=Access(proxy=proxy)),
    )
    await world.tick()
    secrets = {"X-Key", "Cookie", "Authorization"}
    told = sorted((place, sorted(secrets & headers.keys())) for place, _, headers in world.asked)
    assert told == [
        ("named.example/feed", ["Cookie", "X-Key"]),
        *[("other.example/feed", [])] * 2,
        ("signed.example/feed", ["Authorization"]),
    ]


async def test_secrets_go_to_no_other_origin_that_a_source_has_moved_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERALD_KEY", "k1")
    access = Access(headers=(("X-Key", "$HERALD_KEY"),), proxy=f"http://127.0.0.1:{world.port}")
    world.feed("herald.example/feed", status=301, Location="http://other.example/feed")
    world.feed("other.example/feed")
    moved = source("herald", url="http://herald.example/feed", access=access, min_interval=6 * HOUR)
    await world.configure(moved)
    await world.until(START + 9 * DAY, 3 * HOUR)
    assert world.health("herald").adopted == "http://other.example/feed"
    assert [place for place, _, headers in world.asked if "X-Key" in headers and place.startswith("other")] == []


async def test_a_source_is_asked_through_its_proxy(world: World) -> None:
    world.feed("far.example/feed")  # the proxy is asked for the whole address
    proxy = f"http://127.0.0.1:{world.port}"
    place = source("far", url="http://far.example/feed", access=Access(proxy=proxy))
    await world.configure(place)
    (report,) = await world.tick()
    assert (report.outcome, report.error) == ("new", None)


async def test_a_redirect_through_a_proxy_does_not_lead_into_the_private_network(world: World) -> None:
    world.feed("far.example/feed", status=302, Location="http://127.0.0.1:1/secret")
    access = Access(proxy=f"http://127.0.0.1:{world.port}")
    await world.configure(source("far", url="http://far.example/feed", access=access))
    (report,) = await world.tick()
    assert "private address" in (report.error or "")


async def test_guids_and_update_times_that_are_made_anew_every_time_can_be_ignored(world: World) -> None:
    polls = 0

    async def restless(_: web.Request) -> web.Response:
        nonlocal polls
        polls += 1
        entry = (
            f"<entry><id>urn:{polls}</id><title>A</title><link href='http://a.example/1'/>"
            f"<published>2026-11-23T07:00:00Z</published><updated>2026-11-23T07:{polls:02}:00Z</updated></entry>"
        )
        return web.Response(text=f"<feed xmlns='http://www.w3.org/2005/Atom'><title>P</title>{entry}</feed>")

    world.answers["a.example/feed"] = restless
    await world.configure(world.source("a.example/feed", ignore=("guid", "updated")))
    await world.until(START + DAY, HOUR)
    assert len(world.reports) > 2
    assert [(report.new, report.changed) for report in world.reports if report.new or report.changed] == [(1, 0)]


async def test_a_file_is_a_source_and_is_read_again_only_when_it_changed(world: World, tmp_path: Path) -> None:
    file = tmp_path / "désk.xml"
    file.write_text(rss("A"))
    os.mkfifo(tmp_path / "pipe")
    await world.configure(
        source("desk", url=file.as_uri()),
        source("pipe", url=(tmp_path / "pipe").as_uri()),
        source("none", url=(tmp_path / "none").as_uri()),
    )
    await world.tick()
    assert {report.source: report.outcome for report in world.reports} == {
        "desk": "new", "pipe": "failed", "none": "failed",
    }  # fmt: skip
    assert world.health("pipe").error == "pipe is not a regular file"
    assert world.health("none").error == "none: there is no such file"
    await world.next("desk")
    assert world.fetches("desk")[0].result == "unchanged"
    file.write_text(rss("A", "B"))
    await world.next("desk")
    assert world.fetches("desk")[0].new == 1


async def test_no_server_leads_to_a_file(world: World, tmp_path: Path) -> None:
    (tmp_path / "desk.xml").write_text(rss("secret"))
    file = (tmp_path / "desk.xml").as_uri()
    world.feed("a.example/feed", status=301, Location=file)
    await world.configure(world.source("a.example/feed"))
    (report,) = await world.tick()
    assert report.error == f"HTTP 301 leads nowhere: {file}"


async def test_a_google_news_sitemap_is_a_source(world: World) -> None:
    world.feed(
        "a.example/news.xml",
        """<?xml version="1.0" encoding="UTF-8"?>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
            xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"
            xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>https://a.example/1</loc><n:news><n:publication><n:name>A</n:name><n:language>en</n:language>
        </n:publication><n:publication_date>2026-11-23T07:30:00Z</n:publication_date>
        <n:title>Quake &lt;6.1&gt; &amp; calm</n:title></n:news>
        <image:image><image:loc>https://a.example/1.jpg</image:loc><image:title>No</image:title></image:image></url>
        <url><loc>https://a.example/about</loc></url></urlset>""",
    )
    world.feed("b.example/map.xml", '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>')
    world.feed("c.example/cut.xml", '<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>')
    await world.configure(*map(world.source, ("a.example/news.xml", "b.example/map.xml", "c.example/cut.xml")))
    await world.tick()
    (stored,) = world.reader(lambda reader: list(reader.items(None, None)))
    item = stored.item
    assert (item.title, item.link, item.language) == ("Quake <6.1> & calm", "https://a.example/1", "en")
    assert (item.published, item.image) == (START - timedelta(minutes=30), "https://a.example/1.jpg")
    assert world.health("b").error == "a sitemap without news, not a feed"
    assert "a news sitemap that is cut or malformed" in (world.health("c").error or "")


PAGE = """<!doctype html><html><head><title>Council</title><base href="/news/"></head><body>
<article><h2><a href="1.html">Budget &amp; taxes</a></h2><time datetime="2026-11-23T06:00:00Z">Monday</time>
<div class="lead"><p>The council <b>met</b>.<script>x()</script></p></div></article>
<article><a href="2.html"><h2>Roads</h2></a><time>2026-11-22 10:00</time></article>
<article><p>An advertisement</p></article>"""


async def test_a_web_page_is_a_source_by_selectors(world: World) -> None:
    world.feed("a.example/page", PAGE)
    for name in "bcd":
        world.feed(f"{name}.example/page", PAGE)
    select = Select(items="article", title="h2", text=".lead")
    await world.configure(
        world.source("a.example/page", select=select, timezone="Asia/Tokyo"),
        world.source("b.example/page", select=Select(items="li.story", title="a")),
        world.source("c.example/page", select=Select(items="article", title="h6")),
        world.source("d.example/page", select=Select(items="article", title="p", link="h2 a")),
    )
    await world.tick()
    items = {stored.item.title: stored.item for stored in world.reader(lambda reader: list(reader.items("a", None)))}
    assert set(items) == {"Budget & taxes", "Roads"}
    budget, roads = items["Budget & taxes"], items["Roads"]
    assert budget.link == f"http://a.example:{world.port}/news/1.html"
    assert (budget.text, budget.published) == ("The council met.", START - 2 * HOUR)
    assert (roads.link, roads.published.hour) == (f"http://a.example:{world.port}/news/2.html", 1)
    assert "nothing in the page matches items = 'li.story'" in (world.health("b").error or "")
    assert "none of the 3 items has anything that matches 'h6'" in (world.health("c").error or "")
    links = [stored.item.link for stored in world.reader(lambda reader: list(reader.items("d", None)))]
    assert sorted(links, key=str) == [None, f"http://d.example:{world.port}/news/1.html"]


ARTICLE = """<html><head><title>Quake</title></head><body><nav><a href="/">Home</a></nav><article><h1>Quake</h1>
<p>{0} The quake struck at dawn off the coast of Miyagi, officials said on Monday morning.</p>
<p>Trains were halted for half an hour while the tracks were checked, <a href="/more">the operator</a> said.</p>
<script>x()</script></article><footer>Copyright</footer></body></html>"""


def teaser(world: World, *names: str) -> str:
    """A feed of headlines whose pages have the texts."""
    item = "<item><title>{0}</title><guid>{0}</guid><link>http://a.example:{1}/{0}</link><description>{2}</description></item>"
    items = "".join(item.format(name, world.port, "Short.") for name in names)
    return f"<rss version='2.0'><channel><title>P</title>{items}</channel></rss>"


async def test_full_texts_come_from_the_pages_of_new_items_once(world: World) -> None:
    pytest.importorskip("trafilatura")
    world.feed("a.example/feed", teaser(world, "one", "two"), ETag='"1"')
    world.feed("a.example/one", ARTICLE.format("One."))
    world.feed("a.example/two", "-", status=404)
    await world.configure(world.source("a.example/feed", full_text=True))
    await world.tick()

    def texts() -> dict[str, str]:
        found = world.reader(lambda reader: list(reader.items(None, None)))
        return {stored.item.title: stored.item.text for stored in found}

    assert texts()["one"].startswith("One. The quake struck at dawn")
    assert "Home" not in texts()["one"]
    assert texts()["two"] == "Short."
    (one,) = [s.item for s in world.reader(lambda r: list(r.items(None, None))) if s.item.title == "one"]
    assert f'href="http://a.example:{world.port}/more"' in one.html
    assert "<h1>" not in one.html

    world.feed("a.example/feed", teaser(world, "three", "one", "two"))
    world.feed("a.example/three", ARTICLE.format("Three."))
    world.asked.clear()
    await world.next("a")
    assert [place for place, _, _ in world.asked] == ["a.example/feed", "a.example/three"]
    assert world.reports[-1].changed == 0
    assert texts()["one"].startswith("One.")


async def test_pages_are_left_alone_once_their_site_is_overrun_and_no_fuller_text_is_lost(world: World) -> None:
    pytest.importorskip("trafilatura")
    world.feed("a.example/feed", teaser(world, "one"))
    world.feed("a.example/one", ARTICLE.format("One."))
    await world.configure(world.source("a.example/feed", full_text=True))
    await world.tick()
    for name in ("two", "three", "four"):
        world.feed(f"a.example/{name}", "-", status=429)
    edited = teaser(world, "one", "two", "three", "four").replace("Short.", "Edited.")
    world.feed("a.example/feed", edited)
    world.feed("a.example/one", "-", status=503)
    world.asked.clear()
    await world.next("a")
    assert len(world.asked) == 2, "the feed and one page"
    stored = world.reader(lambda reader: list(reader.items(None, None)))
    assert {one.item.title: one.item.text[:7] for one in stored} == {
        "one": "One. Th", "two": "Edited.", "three": "Edited.", "four": "Edited.",
    }  # fmt: skip


async def test_cookies_are_sent_to_the_source_s_own_origin(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERALD_SESSION", "s3cret")
    world.feed("a.example/feed")
    access = Access(cookies=(("session", "$HERALD_SESSION"), ("lang", "en")))
    await world.configure(world.source("a.example/feed", access=access))
    await world.tick()
    assert world.asked[0][2]["Cookie"] == "session=s3cret; lang=en"


async def test_neither_passwords_nor_paths_of_files_are_shown(world: World, tmp_path: Path) -> None:
    (tmp_path / "desk.xml").write_text(rss("A"))
    secret = f"http://desk:secret@a.example:{world.port}/feed"
    world.feed("a.example/feed", rss("B"))
    await world.configure(
        source("file", url=(tmp_path / "desk.xml").as_uri()), source("a", url=secret, allow_private=True)
    )
    await world.tick()
    stories = world.reader(lambda reader: reader.front(10))
    assert {story.source_url for story in stories} == {"file:///desk.xml", f"http://a.example:{world.port}/feed"}
    assert {world.health("file").url, world.health("a").url} == {story.source_url for story in stories}
