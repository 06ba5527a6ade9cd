"""What is served, asked for over HTTP."""

from __future__ import annotations

import asyncio
import gzip
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import brotli
import feedparser
import orjson
import pytest

from build import QUAKE, START, item
from desk_site import Site, opened, print_quake
from feedhub.model import PollReport, Topic
from feedhub.web.conditional import coding_for

T = TypeVar("T")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with opened(tmp_path) as site:
        yield site


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
async def test_a_feed_is_sent_once_and_then_only_when_it_changed(site: Site, format: str) -> None:
    print_quake(site)
    status, first, body = await site.get(f"/topics/all.{format}")
    assert status == 200
    assert first.headers["ETag"].startswith('"')
    for conditions in ({"If_None_Match": first.headers["ETag"]}, {"If_Modified_Since": first.headers["Last-Modified"]}):
        status, again, nothing = await site.get(f"/topics/all.{format}", **conditions)
        assert (status, nothing, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert (await site.get(f"/topics/all.{format}"))[2] == body
    later = START + timedelta(minutes=5, milliseconds=400)
    site.print("herald", item("herald", "More", "Something else happened.\nIn another place."), at=later)
    status, changed, _ = await site.get(f"/topics/all.{format}", If_None_Match=first.headers["ETag"])
    assert status == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert (await site.get(f"/topics/all.{format}", If_Modified_Since=changed.headers["Last-Modified"]))[0] == 304
    assert (await site.get(f"/topics/all.{format}", If_Modified_Since="a while ago"))[0] == 200


async def test_a_feed_of_another_topic_does_not_change_with_it(site: Site) -> None:
    print_quake(site)
    _, before, _ = await site.get("/topics/quakes.atom")
    site.print("herald", item("herald", "More", "Something else happened."), at=START + timedelta(minutes=5))
    assert (await site.get("/topics/quakes.atom", If_None_Match=before.headers["ETag"]))[0] == 304


@pytest.mark.parametrize(
    ("accepted", "coding", "unpack"),
    [("br;q=0.2, gzip;q=0.5", "gzip", gzip.decompress), ("gzip, deflate, br", "br", brotli.decompress)],
)
async def test_each_encoding_has_its_own_validator(
    site: Site, accepted: str, coding: str, unpack: Callable[[bytes], bytes]
) -> None:
    print_quake(site)
    _, plain, body = await site.get("/topics/all.atom")
    _, packed, compressed = await site.get("/topics/all.atom", Accept_Encoding=accepted)
    assert (packed.headers["Content-Encoding"], unpack(compressed)) == (coding, body)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Vary"] == "Accept-Encoding"
    tags = f'W/"other", {packed.headers["ETag"]}'
    assert (await site.get("/topics/all.atom", Accept_Encoding=coding, If_None_Match=tags))[0] == 304
    assert (await site.get("/topics/all.atom", If_None_Match=tags))[0] == 200


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("gzip;q=1.0, br;q=0.9", "gzip"),
        ("gzip;q=0", ""),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "gzip"),
        ("identity", ""),
        ("", ""),
        ("gzip;q=x", ""),
    ],
)
def test_the_encoding_is_the_one_that_the_reader_likes_best(header: str, taken: str) -> None:
    assert coding_for(header) == taken


async def test_feeds_say_what_they_are(site: Site) -> None:
    types = {}
    for suffix in ("atom", "rss", "json"):
        _, response, _ = await site.get(f"/topics/all.{suffix}")
        types[suffix] = response.headers["Content-Type"]
    assert types == {
        "atom": "application/atom+xml; charset=utf-8",
        "rss": "application/rss+xml; charset=utf-8",
        "json": "application/feed+json; charset=utf-8",
    }


async def test_many_readers_of_a_stale_feed_cost_one_rendering(site: Site) -> None:
    print_quake(site)
    asked = 0
    read = site.desk.read

    async def counted(question: Callable[..., T]) -> T:
        nonlocal asked
        asked += 1
        return await read(question)

    site.desk.read = counted  # type: ignore[method-assign, assignment]
    await asyncio.gather(*(site.get("/topics/all.atom") for _ in range(20)))
    assert asked == 1


async def test_pages_show_stories_with_their_provenance_and_nothing_runs_in_them(site: Site) -> None:
    print_quake(site)
    front = await site.text("/")
    assert "3 items from 2 sources became <strong>2 stories</strong>" in front
    assert "more than one outlet printed 1 of them" in front
    assert "Also in: <a" in front
    assert "All &lt;news&gt;" in front
    assert 'type="application/atom+xml"' in front
    _, response, _ = await site.get("/")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_story_s_page_lists_every_copy(site: Site) -> None:
    print_quake(site)
    story = (await site.desk.read(lambda reader: reader.front(5)))[-1]
    page = await site.text(f"/stories/{story.id}")
    assert "2 copies" in page
    assert "Strong quake &lt;b&gt;hits&lt;/b&gt;" in page
    assert "<p>The quake occurred" in page


async def test_every_page_is_there_before_anything_is_stored(site: Site) -> None:
    assert "The first poll is under way" in await site.text("/")
    assert "No story has matched yet" in await site.text("/topics/quakes")
    assert "not polled yet" in await site.text("/sources")
    assert "Nothing stored matches" in await site.text("/search?q=quake")
    assert "<feed" in await site.text("/topics/all.atom")


async def test_search_finds_and_a_mistake_is_shown_with_its_place(site: Site) -> None:
    print_quake(site)
    assert "Quake off Miyagi" in await site.text("/search?q=tsunami")
    assert "<mark>Quake</mark> off Miyagi" in await site.text("/search?q=@quakes")
    assert "newest first" in await site.text("/search?q=tsunami&order=best")
    wrong = await site.text("/search?q=quake+(tsunami", 400)
    assert "without its )" in wrong
    assert "      ^" in wrong


async def test_what_is_not_there_is_said_kindly(site: Site) -> None:
    assert "did you mean &#39;quakes&#39;" in await site.text("/topics/quake", 404)
    for path in ("/topics/none.atom", "/stories/none", "/nothing", "/static/../app.py"):
        page = await site.text(path, 404)
        assert "There is no" in page, path
        assert "Traceback" not in page


async def test_a_mistake_of_ours_is_said_kindly_and_told_to_the_log_alone(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(site.desk.settings.database)) as conn, conn:
        conn.execute("DROP TABLE corrections")
    page = await site.text("/feeds/corrections.atom", 500)
    assert "Something went wrong here" in page
    assert "corrections" not in page.partition("<main")[2].partition("</main>")[0]
    (bug,) = [record for record in caplog.records if record.message == "web.bug"]
    assert "no such table" in str(vars(bug))
    assert (await site.get("/healthz"))[0] == 200


async def test_a_file_that_cannot_be_read_is_the_store_s_trouble_and_no_mistake(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    print_quake(site)
    database = site.desk.settings.database
    with closing(sqlite3.connect(database)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.write_bytes(database.read_bytes()[:8192].ljust(database.stat().st_size, b"x"))
    page = await site.text("/topics/quakes.atom", 503)
    assert "The store cannot be read" in page
    assert "damaged" not in page
    (told,) = [record for record in caplog.records if record.message.startswith("web.")]
    assert told.message == "web.store"
    assert "damaged" in str(vars(told))


async def test_every_answer_is_counted_refusals_too(site: Site) -> None:
    await site.text("/topics/none.atom", 404)
    assert (await site.post("/topics/all.atom"))[0] == 405
    too_long = {f"X_{number}": "a" * 8_000 for number in range(5)}
    assert (await site.get("/healthz", **too_long))[0] == 431
    counted = await site.text("/metrics")
    for line in (
        'route="/topics/{topic}.{format}",status="404"', 'route="none",status="405"', 'route="/healthz",status="431"'
    ):  # fmt: skip
        assert f"feedhub_requests_total{{{line}}} 1.0" in counted, counted


async def test_opml_subscribes_to_all_topics(site: Site) -> None:
    body = await site.text("/opml")
    assert 'xmlUrl="http://127.0.0.1:8080/topics/quakes.atom"' in body


async def test_health_says_when_the_daemon_cannot_serve(site: Site) -> None:
    assert await site.text("/readyz") == "ready\n"
    site.trouble = "stopping"
    assert await site.text("/readyz", 503) == "stopping\n"
    assert await site.text("/healthz") == "alive\n"


async def test_a_rejected_configuration_is_shown_until_a_good_one_is_loaded(site: Site) -> None:
    site.desk.reject("feedhub.toml:3: topics.<x>: unknown key")
    for path in ("/", "/sources", "/nothing"):
        assert "feedhub.toml:3: topics.&lt;x&gt;: unknown key" in (await site.get(path))[2].decode()
    site.desk.reject(None)
    assert "unknown key" not in await site.text("/sources")


async def test_no_page_tells_where_files_lie(site: Site, tmp_path: Path) -> None:
    print_quake(site)
    for path in ("/", "/topics", "/search?q=quake", "/sources", "/sources/herald", "/review", "/login"):
        page = await site.text(path)
        assert str(tmp_path) not in page, path
    assert "in <code>feedhub.toml</code>" in await site.text("/sources")


async def test_crawlers_are_asked_to_keep_to_the_feeds(site: Site) -> None:
    _, response, body = await site.get("/robots.txt")
    assert response.content_type == "text/plain"
    lines = body.decode().splitlines()
    assert (lines[0], lines[-1]) == ("User-agent: *", "Disallow: /")
    assert {"Allow: /*.atom$", "Allow: /*.rss$", "Allow: /*.json$", "Allow: /opml$"} == set(lines[1:-1])


async def test_metrics_count_polls_and_what_is_stored(site: Site) -> None:
    print_quake(site)
    site.intake.polled(PollReport(source="herald", outcome="new", status=200, new=2, bytes=100, ms=20))
    text = await site.text("/metrics")
    for line in (
        'feedhub_polls_total{outcome="new"} 1.0',
        'feedhub_items_total{state="new"} 2.0',
        'feedhub_stored{kind="stories"} 2.0',
        "feedhub_fetched_bytes_total 100.0",
    ):
        assert line in text


async def test_a_changed_title_of_a_topic_reaches_its_feed_under_the_same_id(site: Site) -> None:
    print_quake(site)
    before = await site.text("/topics/quakes.atom")
    renamed = replace(
        site.desk.settings, topics=(site.desk.settings.topics[0], Topic(id="quakes", title="Tremors", match="quake*"))
    )
    site.store.configure(renamed, START + timedelta(minutes=1))
    site.desk.configure(renamed)
    after = await site.text("/topics/quakes.atom")
    assert "Tremors" in after
    assert before[before.index("<id>") :][:60] == after[after.index("<id>") :][:60]


async def test_a_feed_that_was_asked_for_under_another_configuration_is_not_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = site.desk.settings.topics
    hidden = replace(first, title="Hidden", private=True, token="a long secret")
    read = site.desk.read

    async def late(question: Any) -> Any:
        monkeypatch.undo()
        site.desk.configure(replace(site.desk.settings, topics=(hidden, *others)))
        return await read(question)

    monkeypatch.setattr(site.desk, "read", late)
    assert "All &lt;news&gt;" in await site.text("/topics/all.atom")
    _, answer, body = await site.get("/topics/all.atom?token=a+long+secret")
    assert b"Hidden" in body
    assert "private" in answer.headers["Cache-Control"]


async def test_what_is_wrong_with_sources_is_a_feed_whose_entries_change_in_place(site: Site) -> None:
    status, answer, empty = await site.get("/feeds/health.atom")
    assert (status, feedparser.parse(empty)["entries"]) == (200, [])
    assert (await site.get("/feeds/health.atom", If_None_Match=answer.headers["ETag"]))[0] == 304
    for hours in range(4):
        site.print("herald", at=START + timedelta(hours=hours), result="failed", error="HTTP 404 <b>", status=404)
    (broken,) = feedparser.parse(await site.text("/feeds/health.atom"))["entries"]
    assert broken["title"] == "Herald does not work"
    assert broken["published"] == START.isoformat()
    assert "HTTP 404 &lt;b&gt;" in feedparser.parse(await site.text("/feeds/health.rss"))["entries"][0]["summary"]
    site.print("herald", item("herald", "Quake", QUAKE), at=START + timedelta(hours=5))
    (mended,) = feedparser.parse(await site.text("/feeds/health.atom"))["entries"]
    assert mended["id"] == broken["id"]
    assert mended["title"] == "Herald did not work for 5 h"
    assert mended["updated"] > broken["updated"]
    assert orjson.loads(await site.text("/feeds/health.json"))["items"][0]["id"] == broken["id"]
