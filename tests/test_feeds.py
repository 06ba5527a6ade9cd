"""The feeds that are served: which there are, what of them is sent, and what stays as it was."""

from __future__ import annotations

import base64
import gc
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from build import HALF, QUAKE, START, gibberish, item, source
from desk_site import SOURCES, Site, opened, print_quake
from feedhub.model import Item, Look, Topic
from feedhub.store.publishing.published import PAGE
from feedhub.web import editions, feeds
from feedhub.web.cache import DocumentCache
from feedhub.web.conditional import Document
from feedhub.web.editions import Ask

KINDS = ("/topics/quakes", "/all", "/search?q=quake", "/agencies/tsubame", "/stories/{story}")
ATOM = "{http://www.w3.org/2005/Atom}"
CORRECTED = QUAKE.replace("magnitude 6.1", "magnitude 6.4")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with opened(tmp_path) as site:
        yield site


def ids(document: str | bytes) -> list[str]:
    """Of the entries of an Atom or RSS feed."""
    root = _root(document)
    return [one.text or "" for one in (*root.iterfind(f"{ATOM}entry/{ATOM}id"), *root.iterfind("channel/item/guid"))]


def link(document: str | bytes, rel: str) -> str | None:
    """Where a feed's link of this kind leads, without the site."""
    root = _root(document)
    links = (*root.iterfind(f"{ATOM}link"), *root.iterfind(f"channel/{ATOM}link"))
    found = next((urlsplit(one.get("href", "")) for one in links if one.get("rel") == rel), None)
    return found and found.path + (f"?{found.query}" if found.query else "")


def _root(document: str | bytes) -> etree._Element:
    return etree.fromstring(document.encode() if isinstance(document, str) else document)


def as_format(path: str, suffix: str) -> str:
    path, _, query = path.partition("?")
    return f"{path}.{suffix}{f'?{query}' if query else ''}"


def print_many(site: Site, first: int, last: int) -> None:
    """Quakes that have nothing to do with each other, each a minute after the one before, forty to a poll."""
    for start in range(first, last, 40):
        found = [_quake(number) for number in range(start, min(start + 40, last))]
        site.print("herald", *found, at=found[-1].published)


def _quake(number: int) -> Item:
    at = START + timedelta(minutes=number)
    return item("herald", f"Quake number {number}", gibberish(number), published=at)


# --- which there are ------------------------------------------------------------------------------------


async def test_all_formats_of_a_feed_have_the_same_entries_under_the_same_ids(site: Site) -> None:
    print_quake(site)
    story = (await site.desk.read(lambda reader: reader.front(5)))[-1]
    for kind in KINDS:
        path = kind.format(story=story.id)
        atom = await site.text(as_format(path, "atom"))
        feed = json.loads(await site.text(as_format(path, "json")))
        assert ids(atom) == ids(await site.text(as_format(path, "rss"))) == [one["id"] for one in feed["items"]] != []
        assert link(atom, "self") == as_format(path, "atom")
        assert (await site.get(as_format(path, "atom")))[1].headers["Content-Type"].startswith("application/atom+xml")


async def test_everything_and_a_search_are_feeds_and_a_mistake_in_a_query_is_shown(site: Site) -> None:
    print_quake(site)
    assert len(ids(await site.text("/all.atom"))) == 2
    assert len(ids(await site.text("/search.atom?q=tsunami"))) == 1
    assert ids(await site.text("/search.atom")) == []
    assert "without its )" in await site.text("/search.atom?q=quake+(tsunami", 400)
    one, other = [feedparser.parse(await site.text(f"/search.rss?q={q}"))["feed"] for q in ("quake", "budget")]
    assert one["title"] == "Search: quake"
    assert other["title"] == "Search: budget"


async def test_an_agency_s_feed_shows_its_own_copy_wherever_it_was_printed(site: Site) -> None:
    site.print("herald", item("herald", "Strong quake hits", QUAKE + "\nMore of it." * 30))
    site.print("tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    (entry,) = feedparser.parse(await site.text("/agencies/tsubame.atom"))["entries"]
    assert entry["title"] == "Quake off Miyagi"
    assert "did you mean &#39;kyodo&#39;" in await site.text("/agencies/kyodoo.atom", 404)
    assert json.loads(await site.text("/agencies/jiji.json"))["items"] == []


async def test_the_development_of_a_story_has_an_entry_for_every_printing(site: Site) -> None:
    print_quake(site)
    site.print("herald", item("herald", "Strong quake <b>hits</b>", CORRECTED), at=START + timedelta(hours=2))
    story = (await site.desk.read(lambda reader: reader.front(5)))[-1]
    before = await site.text(f"/stories/{story.id}.atom")
    found = feedparser.parse(before)["entries"]
    assert sorted(entry["title"] for entry in found) == ["Quake off Miyagi", "Strong quake <b>hits</b>"]
    revised = next(entry for entry in found if entry["title"].startswith("Strong"))
    assert "magnitude 6.4" in revised["content"][0]["value"]
    assert revised["updated"] == (START + timedelta(hours=2)).isoformat()
    assert ids(before) == ids(await site.text(f"/stories/{story.id}.atom"))


async def test_corrections_are_told_with_before_and_after_and_who_still_has_the_old_figures(site: Site) -> None:
    print_quake(site)
    site.print("herald", item("herald", "Strong quake <b>hits</b>", CORRECTED), at=START + timedelta(hours=2))
    (entry,) = feedparser.parse(await site.text("/feeds/corrections.atom"))["entries"]
    assert entry["title"].startswith("6.1 → 6.4: ")
    assert "Still with the old figures: Tsubame" in entry["content"][0]["value"]
    (told,) = json.loads(await site.text("/feeds/corrections.json"))["items"]
    assert told["id"] == entry["id"]
    assert told["_feedhub"]["changes"][0]["after"] == "6.4"
    assert told["_feedhub"]["outdated"] == ["Tsubame"]


async def test_merges_on_thin_evidence_are_a_feed_for_editors_until_they_are_confirmed(site: Site) -> None:
    site.print("tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    site.print("herald", item("herald", "Quake", HALF))
    (review,) = await site.desk.read(lambda reader: reader.reviews(10))
    (entry,) = feedparser.parse(await site.text("/feeds/review.atom"))["entries"]
    assert entry["title"] == "One story? Quake (Herald) / Quake off Miyagi (Tsubame)"
    assert entry["link"].endswith(f"/stories/{review.story}")
    assert f"feedhub split {review.item.item} takes it out" in entry["content"][0]["value"]
    (told,) = json.loads(await site.text("/feeds/review.json"))["items"]
    assert (told["id"], told["_feedhub"]["items"]) == (entry["id"], [review.item.item, review.beside.item])
    site.desk.ruled(site.store.rule("confirm", [str(review.item.item)], "an editor", START)[1])
    assert ids(await site.text("/feeds/review.atom")) == []


# --- what is sent ---------------------------------------------------------------------------------------


async def test_limit_and_since_narrow_a_feed_and_what_cannot_be_read_is_refused(site: Site) -> None:
    print_many(site, 0, 3)
    print_many(site, 3, 5)
    for path in ("/topics/quakes.atom", "/all.atom", "/search.atom?q=quake"):
        mark = "&" if "?" in path else "?"
        assert len(ids(await site.text(f"{path}{mark}limit=2"))) == 2
        for since in ("2026-11-23T08:03:00Z", "2026-11-23T08:03:00", "2026-11-23T17:03:00+09:00"):
            late = feedparser.parse(await site.text(f"{path}{mark}since={since}"))["entries"]
            assert [entry["title"] for entry in late] == ["Quake number 4", "Quake number 3"]
    assert link(await site.text("/all.atom?x=1&limit=2"), "self") == "/all.atom?limit=2"
    for wrong in ("limit=0", "limit=x", "limit=99999", "since=yesterday"):
        assert "not" in await site.text(f"/all.atom?{wrong}", 400)


async def test_head_tells_what_get_sends(site: Site) -> None:
    print_quake(site)
    _, whole, body = await site.get("/topics/all.atom", Accept_Encoding="gzip")
    async with site.session.head(site.address + "/topics/all.atom", headers={"Accept-Encoding": "gzip"}) as head:
        assert (head.status, await head.read()) == (200, b"")
        for name in ("ETag", "Last-Modified", "Content-Type", "Content-Encoding", "Cache-Control"):
            assert head.headers[name] == whole.headers[name]
        assert int(head.headers["Content-Length"]) == len(body)


async def test_a_feed_takes_no_other_request_whatever_was_asked_before(site: Site) -> None:
    _, answer, _ = await site.get("/topics/all.atom")
    held = {"If-None-Match": answer.headers["ETag"]}
    assert (await site.get("/topics/all.atom", **held))[0] == 304
    async with site.session.post(site.address + "/topics/all.atom", headers=held) as refused:
        assert refused.status == 405


async def test_a_reader_that_was_away_gets_all_it_missed_and_nothing_else(tmp_path: Path) -> None:
    topics = [Topic(id="quakes", title="Quakes", match="quake*", limit=3)]
    async with opened(tmp_path, topics=topics) as site:
        print_many(site, 0, 4)
        _, before, old = await site.get("/topics/quakes.atom")
        tag = before.headers["ETag"]
        print_many(site, 4, 12)
        status, answer, changes = await site.get("/topics/quakes.atom", A_IM="feed", If_None_Match=tag)
        assert (status, answer.reason, answer.headers["IM"]) == (226, "IM Used", "feed")
        assert answer.headers["Cache-Control"] == "no-store, im"
        assert len(ids(changes)) == 8  # more than the feed holds
        assert not set(ids(changes)) & set(ids(old))
        _, whole, _ = await site.get("/topics/quakes.atom")
        assert answer.headers["ETag"] == whole.headers["ETag"] != tag
        now = answer.headers["ETag"]
        assert (await site.get("/topics/quakes.atom", A_IM="feed", If_None_Match=now))[0] == 304
        site.store.close()
        site.store.__init__(tmp_path / "feedhub.db", "a restart")  # type: ignore[misc]
        assert (await site.get("/topics/quakes.rss", A_IM="feed", If_None_Match=tag))[0] == 226


@pytest.mark.parametrize("path", ["/all.atom", "/search.atom?q=quake"])
async def test_feeds_of_no_topic_tell_those_who_were_away_what_they_missed(site: Site, path: str) -> None:
    print_many(site, 0, 4)
    print_many(site, 30, 31)
    _, before, old = await site.get(path)
    held = {"A_IM": "feed", "If_None_Match": before.headers["ETag"]}
    assert (await site.get(path, **held))[0] == 304
    site.clock.pass_by(timedelta(hours=2))
    print_many(site, 120, 180)
    status, answer, changes = await site.get(path, **held)
    assert (status, answer.headers["IM"]) == (226, "feed")
    assert len(set(ids(changes)) - set(ids(old))) == 60  # more than the feed holds
    assert set(ids(changes)) & set(ids(old)) == {ids(old)[0]}  # what came in the last minutes may come twice
    _, whole, _ = await site.get(path)
    assert (link(changes, "self"), answer.headers["ETag"]) == (path, whole.headers["ETag"])


async def test_what_was_missed_is_not_what_the_address_of_a_feed_names(site: Site) -> None:
    edition = editions.of_all(site.desk.settings, Ask())
    assert edition.lasting
    assert edition.changes
    assert not edition.changes(0).lasting


async def test_what_the_cache_has_no_room_for_is_kept_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "DocumentCache", partial(DocumentCache, room=1))
    own = Topic(id="narrow", title="Looked for among all that other tests have left", match="")
    async with opened(tmp_path, topics=[own]) as site:
        for limit in range(1, 6):
            await site.text(f"/topics/narrow.atom?limit={limit}")
        gc.collect()
        kept = [one.body for one in gc.get_objects() if type(one) is Document]
        assert [limit for limit in range(1, 6) if any(b"narrow.atom?limit=%d" % limit in body for body in kept)] == [5]


async def test_changes_are_sent_only_to_those_who_ask_and_say_what_they_have(site: Site) -> None:
    _, before, _ = await site.get("/topics/quakes.atom")
    print_quake(site)
    for headers, status in [
        ({"A_IM": "feed"}, 226),
        ({"A_IM": "vcdiff"}, 200),
        ({"A_IM": "feed", "If_None_Match": '"unknown"'}, 200),
        ({"A_IM": "feed", "If_None_Match": '"0000.1:abc"'}, 200),
        ({"A_IM": "feed", "User_Agent": "feedparser/6.0.11 +https://github.com/kurtmckee/feedparser/"}, 200),
    ]:
        asked = {"If_None_Match": before.headers["ETag"], **headers}
        assert (await site.get("/topics/quakes.atom", **asked))[0] == status, headers


async def test_a_reader_may_keep_a_feed_for_as_long_as_its_stories_lie_apart(site: Site) -> None:
    print_many(site, 0, 5)
    _, answer, _ = await site.get("/topics/quakes.atom")
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    _, unknown, _ = await site.get("/agencies/jiji.atom")
    assert unknown.headers["Cache-Control"] == "public, max-age=300"


async def test_a_feed_that_nothing_in_it_changed_stays_the_same_to_the_byte(site: Site) -> None:
    print_quake(site)
    _, before, body = await site.get("/search.atom?q=tsunami")
    site.print("herald", item("herald", "More", "Something else happened."), at=START + timedelta(minutes=5))
    site.clock.pass_by(timedelta(hours=1))
    _, after, same = await site.get("/search.atom?q=tsunami")
    assert (same, after.headers["ETag"]) == (body, before.headers["ETag"])
    assert after.headers["Last-Modified"] == before.headers["Last-Modified"]


# --- the archive (RFC 5005) -----------------------------------------------------------------------------


async def walked(site: Site, path: str) -> tuple[list[list[str]], list[str]]:
    """The ids in a feed and in every page of its archive, and where these are."""
    pages, paths = [], []
    at: str | None = path
    while at:
        document = await site.text(at)
        pages.append(ids(document))
        paths.append(at)
        assert ("<fh:archive/>" in document) is (at != path)
        at = link(document, "prev-archive")
    return pages, paths


@pytest.mark.parametrize("order", ["newest", "coverage"])
async def test_a_feed_and_its_archive_are_the_whole_history_of_the_topic(tmp_path: Path, order: Any) -> None:
    topics = [Topic(id="quakes", title="Quakes", match="quake*", limit=10, order=order)]
    async with opened(tmp_path, topics=topics) as site:
        print_many(site, 0, 2 * PAGE + 20)
        assert site.store.archive() == {"quakes"}
        site.desk.changed(["quakes"])
        pages, paths = await walked(site, "/topics/quakes.atom")
        everything = {f"urn:uuid:{one.id}" for one in await site.desk.read(lambda reader: reader.front(1000))}
        assert set().union(*pages) == everything
        assert [len(page) for page in pages] == [10, 20, PAGE, PAGE]
        assert paths[1:] == [f"/topics/quakes/archive/{name}.atom" for name in ("3-20", "2", "1")]
        assert (await walked(site, "/topics/quakes.rss"))[0] == pages
        assert (await site.get("/topics/quakes/archive/4.atom"))[0] == 404
        assert (await site.get("/topics/quakes/archive/3-21.atom"))[0] == 404


async def test_a_closed_page_of_the_archive_never_changes_even_when_its_items_are_gone(tmp_path: Path) -> None:
    topics = [Topic(id="quakes", title="Quakes", match="quake*")]
    async with opened(tmp_path, topics=topics) as site:
        print_many(site, 0, PAGE + 5)
        site.store.archive()
        site.desk.changed(["quakes"])
        _, first, page = await site.get("/topics/quakes/archive/1.atom")
        assert "immutable" in first.headers["Cache-Control"]
        late = START + timedelta(days=60)
        site.print("herald", item("herald", "Quake number 0", "Other words altogether, and many of them."), at=late)
        site.print("herald", item("herald", "Last", "The only one left."), at=late + timedelta(days=1))
        site.store.prune(late + timedelta(days=60))
        assert len(await site.desk.read(lambda reader: reader.front(1000))) <= 2
        site.desk.configure(site.desk.settings)
    async with opened(tmp_path, topics=topics) as again:
        _, last, same = await again.get("/topics/quakes/archive/1.atom")
        assert (same, last.headers["ETag"]) == (page, first.headers["ETag"])
        found = ids(await again.text("/topics/quakes/archive/2-5.atom"))
        assert len(found) == 5  # those whose page was not closed yet were archived before they went


async def test_a_story_that_an_editor_hides_leaves_closed_pages_too(tmp_path: Path) -> None:
    async with opened(tmp_path, topics=[Topic(id="quakes", title="Quakes", match="quake*")]) as site:
        print_many(site, 0, PAGE + 5)
        site.desk.changed(site.store.archive())
        first = ids(await site.text("/topics/quakes/archive/1.atom"))[-1]
        _, topics = site.store.rule("hide", [first.removeprefix("urn:uuid:"), ""], "an editor", START)
        site.desk.ruled(topics)
        for path in ("/topics/quakes/archive/1.atom", "/topics/quakes.atom?limit=1000"):
            assert first not in await site.text(path)


async def test_what_comes_once_the_last_story_of_a_closed_page_is_hidden_opens_the_next_page(tmp_path: Path) -> None:
    async with opened(tmp_path, topics=[Topic(id="quakes", title="Quakes", match="quake*")]) as site:
        print_many(site, 0, PAGE)
        site.desk.changed(site.store.archive())
        closed = ids(await site.text("/topics/quakes/archive/1.atom"))
        _, topics = site.store.rule("hide", [closed[0].removeprefix("urn:uuid:"), ""], "an editor", START)
        site.desk.ruled(topics)
        print_many(site, PAGE, PAGE + 1)
        assert ids(await site.text("/topics/quakes/archive/1.atom")) == closed[1:]
        assert len(ids(await site.text("/topics/quakes/archive/2-1.atom"))) == 1


async def test_a_story_that_grew_too_old_for_its_topic_can_still_be_hidden_from_its_archive(tmp_path: Path) -> None:
    topics = [Topic(id="quakes", title="Quakes", match="quake*", max_age=timedelta(days=1))]
    async with opened(tmp_path, topics=topics) as site:
        print_many(site, 0, PAGE + 5)
        site.desk.changed(site.store.archive())
        site.desk.changed(site.store.prune_some(START + timedelta(days=3))[0].topics)
        page = ids(await site.text("/topics/quakes/archive/1.atom"))
        assert (len(page), ids(await site.text("/topics/quakes.atom"))) == (PAGE, [])
        _, touched = site.store.rule("hide", [page[0].removeprefix("urn:uuid:"), ""], "an editor", START)
        site.desk.ruled(touched)
        assert ids(await site.text("/topics/quakes/archive/1.atom")) == page[1:]


# --- private topics -------------------------------------------------------------------------------------


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Site]:
    topics = [
        Topic(id="open", title="Open", match=""),
        Topic(id="desk", title="Desk", match="", private=True, token="sesame, open!"),
        Topic(id="made", title="Made", match="", private=True),
        Topic(id="lost", title="Lost", match="", private=True, token="$FEEDHUB_NO_SUCH_TOKEN"),
    ]
    async with opened(tmp_path, topics=topics) as site:
        print_quake(site)
        yield site


async def test_a_private_topic_opens_to_its_token_only(desk: Site) -> None:
    basic = base64.b64encode(b"me:sesame, open!").decode()
    for path, headers in (
        ("/topics/desk.atom?token=sesame,%20open!", {}),
        ("/topics/desk.rss", {"Authorization": f"Basic {basic}"}),
        ("/topics/desk.json", {"Authorization": "Bearer sesame, open!"}),
    ):
        status, answer, body = await desk.get(path, **headers)
        assert status == 200
        assert answer.headers["Cache-Control"].startswith("private")
        assert b"sesame" not in body
    for path, headers in (
        ("/topics/desk.atom", {}),
        ("/topics/desk.atom?token=sesame", {}),
        ("/topics/desk/archive/1.atom", {}),
        ("/topics/desk.atom", {"Authorization": "Basic !!"}),
        ("/topics/desk.atom", {"Authorization": "Basic éé"}),
        ("/topics/desk.atom", {"Authorization": "Bearer \udcff"}),
        ("/topics/lost.atom", {}),
        ("/topics/lost.atom?token=", {}),
    ):
        status, answer, body = await desk.get(path, **headers)
        assert (status, b"Quake" in body) == (401, False), path
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


async def test_a_private_topic_without_a_token_is_given_one_that_stays(desk: Site) -> None:
    topic = next(topic for topic in desk.desk.settings.topics if topic.id == "made")
    token = await desk.desk.read(lambda reader: reader.published.token(topic))
    assert len(token) == 36
    assert token == await desk.desk.read(lambda reader: reader.published.token(topic))
    assert (await desk.get(f"/topics/made.atom?token={token}"))[0] == 200
    assert (await desk.get("/topics/made.atom?token=none"))[0] == 401


async def test_every_link_of_a_private_topic_s_page_opens_to_whoever_may_read_it(desk: Site) -> None:
    base = "/topics/desk"
    page = await desk.text(f"{base}?token=sesame,+open!&q=quake")
    links = {unescape(link) for link in re.findall(r'href="(/topics/desk[^"]*)"', page)}
    assert len(links) == 4  # three feeds, and the page without its filter
    for link in links:
        assert (await desk.get(link))[0] == 200, link
    assert '<input type="hidden" name="token" value="sesame, open!">' in page
    assert "token=" not in await desk.text("/topics/open")


async def test_lists_of_topics_leave_private_ones_out(desk: Site) -> None:
    for path in ("/opml", "/", "/topics"):
        text = await desk.text(path)
        assert "Open" in text
        assert "Made" not in text, path
    for path in ("/search.atom?q=@desk", "/search?q=@desk", "/topics/open?q=@desk", "/search?q=@des"):
        text = await desk.text(path, 400)
        assert "no topic" in text, path
        assert "made" not in text, path


async def test_a_public_topic_that_names_a_private_one_can_be_searched(tmp_path: Path) -> None:
    topics = [
        Topic(id="desk", title="Desk", match="quake", private=True, token="x"),
        Topic(id="open", title="Open", match="@desk"),
    ]
    async with opened(tmp_path, topics=topics) as site:
        print_quake(site)
        assert len(ids(await site.text("/search.atom?q=@open"))) == 1
        assert "Quake" in await site.text("/topics/desk?token=x&q=miyagi")


async def test_the_sources_are_a_list_for_other_readers(tmp_path: Path) -> None:
    sources = [*SOURCES, source("desk", url="https://me:secret@desk.example/feed", tags=("wire",))]
    async with opened(tmp_path, sources=sources) as site:
        outlines = etree.fromstring((await site.text("/sources.opml")).encode()).findall("body/outline")
        assert [one.get("xmlUrl") for one in outlines] == [
            "http://herald.example/feed", "http://tsubame.example/feed", "https://desk.example/feed",
        ]  # fmt: skip
        assert outlines[-1].get("category") == "wire"


async def test_a_topic_s_look_is_kept_in_what_changed(tmp_path: Path) -> None:
    topics = [Topic(id="quakes", title="Quakes", match="quake*", prefer_outlets=("Herald",), look=Look(text="lead"))]
    async with opened(tmp_path, topics=topics) as site:
        _, before, _ = await site.get("/topics/quakes.atom")
        print_quake(site)
        _, _, changes = await site.get("/topics/quakes.atom", A_IM="feed", If_None_Match=before.headers["ETag"])
        (entry,) = feedparser.parse(changes)["entries"]
        assert entry["title"].startswith("Strong quake")
        assert len(entry["content"][0]["value"]) < 1000
