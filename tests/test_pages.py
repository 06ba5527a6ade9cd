"""The pages, asked for over HTTP: what readers, editors and operators find on them."""

from __future__ import annotations

import asyncio
import gzip
import re
import shutil
import time
import tomllib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from build import BUDGET, HALF, QUAKE, START, TOLL, gibberish, item, source
from desk_site import TOPICS, Site, opened, print_quake
from feedhub.model import Credit, SourceList, Topic
from feedhub.store.polling.lists import ListCheck
from feedhub.web import access, layout, session

TOKEN = "a long random word"
PAPERS = [source("tsubame", agency="tsubame"), source("herald"), source("courier", timezone="Asia/Tokyo")]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with opened(tmp_path, PAPERS) as site:
        yield site


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with a token for editors."""
    async with opened(tmp_path, PAPERS, admin_token=TOKEN) as site:
        yield site


async def story_page(site: Site, words: str) -> tuple[str, str]:
    """The address of the story whose headline holds these words, and its page."""
    stories = await site.desk.read(lambda reader: reader.front(20))
    path = next(f"/stories/{story.id}" for story in stories if words in story.title)
    return path, await site.text(path)


def said(page: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# --- for readers ------------------------------------------------------------------------------------


async def test_the_front_page_counts_in_words_for_one_and_for_many(tmp_path: Path) -> None:
    async with opened(tmp_path, PAPERS[:1]) as site:
        assert "So far 0 of 1 source answered." in said(await site.text("/"))
        site.print("tsubame", item("tsubame", "Budget", BUDGET))
        counted = "1 item from 1 source became 1 story ; no two outlets have printed the same yet."
        assert counted in said(await site.text("/"))


async def test_the_front_page_leads_with_what_most_outlets_carry(site: Site) -> None:
    site.print("herald", item("herald", "Budget", BUDGET, published=START - timedelta(minutes=5)))
    wire = Credit(agency="tsubame")
    site.print("tsubame", item("tsubame", "Quake off Miyagi", QUAKE, credit=wire))
    site.print("courier", item("courier", "Strong quake", QUAKE, credit=wire))
    page = await site.text("/")
    leads = page[page.index('class="leads"') : page.index('class="latest"')]
    latest = page[page.index('class="latest"') :]
    assert leads.index("Quake off Miyagi") < leads.index("Budget")
    assert latest.index("Budget") < latest.index("Quake off Miyagi")
    assert '<span class="badge">Tsubame Press</span> Also in: <a href="http://courier.example/' in leads
    assert "2 outlets" in said(leads)


async def test_the_front_page_says_what_is_new_since_the_last_visit(site: Site) -> None:
    print_quake(site)
    assert "Since your last visit" not in await site.text("/")
    site.clock.pass_by(timedelta(hours=2))
    site.print(
        "courier", item("courier", "A tram returns", TOLL, published=site.clock()), at=START + timedelta(hours=2)
    )
    site.clock.pass_by(timedelta(minutes=1))
    for _ in range(2):  # looking again within the visit does not make it the last one
        page = said(await site.text("/"))
        assert "Since your last visit 2 hours ago : 1 new story" in page
        assert page.count("New ") >= 1
    site.clock.pass_by(timedelta(minutes=40))
    assert "new story" not in await site.text("/")


async def test_a_strange_cookie_of_visits_is_a_first_visit(site: Site) -> None:
    print_quake(site)
    for cookie in ("", "x", "1.2.3", "9" * 40 + ".1", "0.99999999999", "-1.5", "٣.٤"):
        page = await site.text("/", Cookie=f"feedhub-visit={cookie}")
        assert "Since your last visit" not in page, cookie


async def test_addresses_that_were_tampered_with_are_taken_as_far_as_they_make_sense(site: Site) -> None:
    print_quake(site)
    for path in (
        "/?before=yesterday", "/?before=2026-11-23", "/topics/all?page=0", "/topics/all?page=%E2%91%A0",
        "/sources?page=x", "/sources?page=0", "/topics/all?page=99999999999999999999", "/search?q=%00",
        "/?before=9999-12-31T23:59:59Z", "/?before=0001-01-01T00:00:00%2B14:00", "/?before=9999-12-31T23:59:59-14:00",
    ):  # fmt: skip
        status, _, body = await site.get(path)
        assert status in (200, 400), (path, body)


async def test_a_story_s_page_shows_who_printed_it_when_and_what_they_say_otherwise(site: Site) -> None:
    site.print("tsubame", item("tsubame", "Quake off Miyagi", QUAKE, published=START - timedelta(minutes=42)))
    changed = QUAKE.replace("about half an hour", "some 30 minutes")
    site.print("courier", item("courier", "Strong quake", changed))
    _, page = await story_page(site, "Quake off Miyagi")
    timeline = page[page.index('class="timeline"') : page.index("</figure>")]
    assert said(timeline).startswith('class="timeline"> Tsubame first Courier +12 min')
    assert timeline.count('<circle class="copy') == 2
    differences = page[page.index('id="differences"') :]
    assert "<del>about half an hour </del><ins>some 30 minutes </ins>" in differences
    assert "Bullet trains were halted for" in differences
    assert "of the shorter text stands in the longer" in said(page[page.index('id="why"') :])
    assert 'datetime="2026-11-23T07:30:00Z" title="2026-11-23 16:30:00 Asia/Tokyo (2026-11-23 07:30:00 UTC)"' in page


async def test_a_search_that_takes_too_long_for_all_who_wait_ends_and_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    print_quake(site)
    for path in ("/search?q=/quake/", "/topics/all?q=/quake/"):
        assert "This took too long" not in await site.text(path)
        with monkeypatch.context() as patched:
            patched.setattr(access, "SEARCH", 0.0)
            assert "This took too long" in await site.text(path)
    monkeypatch.setattr(access, "SEARCH", 0.0)
    assert "<entry" not in await site.text("/search.atom?q=/quake/")


async def test_times_are_told_in_the_zone_of_the_newsroom(tmp_path: Path) -> None:
    async with opened(tmp_path, timezone="Asia/Tokyo") as site:
        site.clock.pass_by(timedelta(hours=8))
        site.print("tsubame", item("tsubame", "Quake off Miyagi", QUAKE, published=START - timedelta(hours=20)))
        site.print("herald", item("herald", "Strong quake", QUAKE, published=START))
        _, page = await story_page(site, "Quake off Miyagi")
        assert '"2026-11-24T01:00:00+09:00">Tuesday, 24 November 2026</time> <span>01:00 JST</span>' in page
        assert 'title="2026-11-22 21:00:00 Asia/Tokyo (2026-11-22 12:00:00 UTC)"' in page
        assert "Times are JST" in page
        axis = page[page.index('class="track axis"') :]
        assert re.findall(r'y="12">([^<]+)<', axis) == ["00:00", "06:00", "12:00"]
        assert "18 h JST" in await site.text("/sources")


async def test_pages_stay_of_one_version_while_another_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = Path(shutil.copytree(layout.TEMPLATES, tmp_path / "templates"))
    monkeypatch.setattr(layout, "TEMPLATES", installed)
    layout.environment.cache_clear()
    async with opened(tmp_path) as site:
        for file in installed.iterdir():
            file.write_text("{{ of_the_next_version }}")
        assert "There is nothing at this address" in await site.text("/nowhere", 404)
    layout.environment.cache_clear()


async def test_a_correction_is_shown_plainly_with_those_who_have_not_followed_it(site: Site) -> None:
    first = item("tsubame", "Landslide kills 3 in Nara", TOLL)
    site.print("tsubame", first)
    site.print("herald", item("herald", "Three dead in landslide", TOLL))
    now = TOLL.replace("left 3 people", "left 5 people")
    corrected = replace(first, title="CORRECTED: Landslide kills 5 in Nara", text=now, html="")
    site.print("tsubame", corrected, at=START + timedelta(minutes=30))
    _, page = await story_page(site, "Landslide")
    notice = said(page[page.index('class="notice correction"') : page.index('class="text"')])
    assert "Corrected by Tsubame" in notice
    assert "Monday left 3 5" in notice
    assert notice.count("3 5") == 1, "headline and text are one correction"
    assert "Tsubame, 30 minutes ago , changed in 30 minutes" in said(page[page.index('id="steps"') :])
    assert "Still with the old figure: Herald" in notice
    assert " Corrected " in said(await site.text("/"))
    revisions = page[page.index('id="revisions"') :]
    assert "<del>3 </del><ins>5 </ins>" in revisions
    assert "figure" in revisions


async def test_an_update_with_other_figures_is_not_called_a_correction(site: Site) -> None:
    site.print("tsubame", item("tsubame", "Landslide leaves 3 dead in Nara", TOLL))
    later = TOLL.replace("left 3 people dead", "left 6 people dead")
    update = item("tsubame", "UPDATE 1-Landslide leaves 6 dead in Nara", later, published=START)
    site.print("tsubame", update, at=START + timedelta(minutes=30))
    _, page = await story_page(site, "UPDATE 1-")
    assert "New figures from Tsubame" in said(page)
    assert " New figures " in said(await site.text("/"))
    for text in (page, await site.text("/"), await site.text("/topics/all.atom")):
        assert "Corrected" not in text


async def test_the_text_that_was_withdrawn_is_shown_only_to_who_asks_for_it(site: Site) -> None:
    first = item("tsubame", "Landslide kills 3 in Nara", TOLL)
    site.print("tsubame", first)
    gone = replace(first, title="Landslide: withdrawn", text="This story has been withdrawn.", html="")
    site.print("tsubame", gone, at=START + timedelta(minutes=10))
    _, page = await story_page(site, "Landslide")
    assert "<details><summary>Tsubame" in page[page.index('id="revisions"') :]
    assert "Tsubame shown here Withdrawn" in said(page[page.index('id="copies"') :])


async def test_articles_come_without_pictures_and_nothing_in_them_runs_or_calls_out(site: Site) -> None:
    html = '<h1>Big</h1><p>Text <img src="https://spy.example/p.gif"> <a href="https://x.example/">more</a></p>'
    site.print("herald", item("herald", "Picture", "Text more", html=html, image="https://spy.example/i.jpg"))
    for page in (await site.text("/"), (await story_page(site, "Picture"))[1]):
        assert "spy.example" not in page
        assert page.count("<h1") == 1
    _, response, _ = await site.get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "img-src 'self'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["Referrer-Policy"] == "no-referrer"


async def test_every_page_asks_nothing_but_this_host_and_needs_no_inline_script_or_style(site: Site) -> None:
    print_quake(site)
    story, _ = await story_page(site, "Quake")
    for path in ("/", "/topics", "/topics/all", story, "/search?q=quake", "/sources", "/sources/herald", "/outlets",
                 "/review", "/login"):  # fmt: skip
        page = await site.text(path)
        assert not re.search(r"<script(?! src=\"/static/)|\son\w+=|\sstyle=|<style", page), path
        assert not re.search(r"<(?:link|img|script|iframe)[^>]+(?:href|src)=\"(?:https?:)?//", page), path
        assert page.count("<h1") == 1, path
        assert '<html lang="en">' in page


async def test_a_topic_can_be_filtered_by_the_query_language(site: Site) -> None:
    print_quake(site)
    page = await site.text("/topics/all?q=copies>=2")
    assert "Quake off Miyagi" in page
    assert "/stories/" in page
    assert "Budget" not in said(page)
    for query in ("budget", "budget OR yen"):
        assert "Nothing in this topic matches" in await site.text(f"/topics/quakes?q={quote(query)}")
    wrong = await site.text("/topics/all?q=(budget", 400)
    assert "The filter is not understood" in wrong
    assert "(budget\n" in wrong
    assert 'type="application/feed+json"' in page


async def test_beyond_its_limit_a_topic_s_page_goes_on_with_the_archive(tmp_path: Path) -> None:
    async with opened(tmp_path, PAPERS, [Topic(id="all", title="All", match="", limit=45)]) as site:
        minutes = [START + timedelta(minutes=number) for number in range(110)]  # two pages of the archive are closed
        many = [item("herald", f"Story {n}", gibberish(n), published=at) for n, at in enumerate(minutes)]
        site.print("herald", *many, at=minutes[-1])
        site.store.archive()
        seen, path = [], "/topics/all"
        while path:
            page = await site.text(path)
            seen += re.findall(r">Story (\d+)<", page[page.index('class="river"') :])
            following = re.search(r'rel="next" href="([^"]+)"', page)
            path = following[1] if following else ""
        assert {int(number) for number in seen} == set(range(110))
        assert "/topics/all/archive/1.atom" in page
        assert "did you mean" not in await site.text("/topics/all?archive=9", 404)


async def test_a_private_topic_shows_to_those_who_know_its_token_and_to_editors(tmp_path: Path) -> None:
    hidden = Topic(id="secret", title="The secret desk", match="quake*", private=True, token="x")
    async with opened(tmp_path, PAPERS, [*TOPICS, hidden], admin_token=TOKEN) as site:
        print_quake(site)
        for path in ("/", "/topics", "/search"):
            assert "secret" not in (await site.text(path)).lower(), path
        assert "secret desk" not in (await site.text("/topics/secret", 401)).lower()
        assert "The secret desk" in await site.text("/topics/secret?token=x")
        await log_in(site)
        assert "The secret desk" in await site.text("/topics/secret")
        listed = await site.text("/topics")
        assert '<a href="/topics/secret">The secret desk</a>' in listed
        assert 'href="/topics/secret.atom?token=x"' in listed
        assert 'href="/topics/all.atom"' in listed


async def test_search_marks_its_hits_and_can_be_saved_as_a_topic(site: Site) -> None:
    print_quake(site)
    page = await site.text("/search?q=tsunami+agency:tsubame")
    assert "no danger of a <mark>tsunami</mark>" in page
    for query in ("tsunami agency:tsubame", '"the agency said" OR it\'s', r"text:/\d a\.m\./"):
        page = await site.text(f"/search?q={quote(query)}")
        (snippet,) = re.findall(r"<pre>(\[topics.*?)</pre>", page, re.S)
        assert tomllib.loads(unescape(snippet))["topics"]["my-topic"]["match"] == query
    assert "in a field" in await site.text("/search")


async def test_pages_are_compressed_for_those_who_take_it(site: Site) -> None:
    print_quake(site)
    _, response, body = await site.get("/", Accept_Encoding="gzip")
    assert response.headers["Content-Encoding"] == "gzip"
    assert b"Quake off Miyagi" in gzip.decompress(body)


async def test_an_empty_hub_says_what_to_do_next(tmp_path: Path) -> None:
    async with opened(tmp_path, [], []) as site:
        assert "feedhub add" in await site.text("/")
        assert "[topics.quakes]" in await site.text("/topics")
        assert "feedhub add" in await site.text("/sources")
        assert "Nothing waits for review" in await site.text("/review")
        assert "No story of these days was printed by more than one outlet" in await site.text("/outlets")
        lost = await site.text("/nowhere", 404)
        assert "nothing at this address" in lost
        assert 'action="/search"' in lost


async def test_it_can_be_installed_on_a_phone(site: Site) -> None:
    status, response, body = await site.get("/manifest.webmanifest")
    assert (status, response.content_type) == (200, "application/manifest+json")
    for icon in re.findall(rb'"src":"([^"]+)"', body):
        assert (await site.get(f"/{icon.decode()}"))[0] == 200
    status, response, _ = await site.get("/sw.js")
    assert (status, response.content_type.partition("/")[2]) == (200, "javascript")
    assert response.headers["Cache-Control"] == "no-cache"


# --- for operators ----------------------------------------------------------------------------------


async def test_the_sources_page_tells_how_each_fares_and_what_the_desk_did(site: Site) -> None:
    print_quake(site)
    for minutes in (1, 2):
        site.print("courier", at=START + timedelta(minutes=minutes), result="failed", error="HTTP 503", status=503)
    site.clock.pass_by(timedelta(minutes=3))
    page = await site.text("/sources")
    assert "3 sources, 1 failing" in said(page)
    assert page.index("courier") < page.index("herald")  # what is in trouble stands first
    assert "HTTP 503 (2 times in a row)" in said(page)
    assert "The last 2 fetches: 2 failed" in page
    assert "Polls in the last 24 hours: 4 in all" in page
    assert "New items in the last 24 hours: 3 in all" in page
    assert "Merges in the last 24 hours: 1 in all" in page
    only = said(await site.text("/sources?show=trouble"))
    assert "Courier" in only
    assert "Herald herald" not in only


async def test_the_sources_page_tells_how_lists_of_sources_are_doing(site: Site) -> None:
    assert "Lists of sources" not in await site.text("/sources")
    pattern = source("desk", url="https://lists.example/feeds.opml")
    site.store.configure(
        replace(site.desk.settings, lists=(SourceList(pattern=pattern, refresh=timedelta(hours=1)),)), START
    )
    site.store.note_list(ListCheck(id="desk", at=START, refresh=timedelta(hours=1), error="HTTP 503 <Busy>"))
    page = said(await site.text("/sources"))
    assert "desk https://lists.example/feeds.opml HTTP 503 &lt;Busy&gt;" in page


async def test_a_source_s_page_has_its_errors_in_full(site: Site) -> None:
    long = "HTTP 503 <Service Unavailable> " + "and so on " * 30
    for hours in range(4):
        site.print("courier", at=START + timedelta(hours=hours), result="failed", error=long, status=503)
    site.clock.pass_by(timedelta(hours=4))
    page = await site.text("/sources/courier")
    assert long.strip().replace("<", "&lt;").replace(">", "&gt;") in page
    assert "Failing since" in said(page)
    assert "broken" in page[page.index('id="incidents"') :]
    assert said(page).count("503") >= 4
    assert "did you mean &#39;courier&#39;" in await site.text("/sources/couriers", 404)


async def test_outlets_are_compared_by_who_is_first(site: Site) -> None:
    for number, text in enumerate((QUAKE, BUDGET)):
        early, late = START - timedelta(hours=2), START - timedelta(hours=2 - number, minutes=-20)
        site.print("tsubame", item("tsubame", f"Wire {number}", text, published=early))
        site.print("herald", item("herald", f"Paper {number}", text, published=late))
    page = await site.text("/outlets")
    rows = {cells[0]: cells[1:] for row in re.findall(r"<tr>(.*?)</tr>", page, re.S)
            if (cells := [said(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)])}  # fmt: skip
    assert rows["Tsubame"] == ["2", "2", "100%", "never later", "100%"]
    assert rows["Herald"][:4] == ["2", "0", "0%", "+50 min"]
    assert rows["Tsubame Press"] == ["2", "2.0", "+50 min", "Tsubame", "Atom RSS JSON"]


# --- for editors ------------------------------------------------------------------------------------


async def log_in(site: Site, token: str = TOKEN, **headers: str) -> int:
    fields = (("token", token), ("name", "Night\u202e \x1b desk\0"), ("back", "/review"))
    return (await site.post("/login", *fields, **headers))[0]


async def borderline(site: Site) -> str:
    """A copy merged on thin evidence; its item's number."""
    site.print("tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    site.print("herald", item("herald", "Quake", HALF))
    (review,) = await site.desk.read(lambda reader: reader.reviews(5))
    return str(review.item.item)


async def test_without_a_token_all_is_read_only(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SLOW", 0)
    number = await borderline(site)
    page = await site.text("/review")
    assert "no <code>admin_token</code> is set" in page
    assert '<form class="inline"' not in page
    assert await log_in(site, "") == 403
    status, response = await site.post("/rule", ("verb", "confirm"), ("name", number))
    assert (status, response.headers["Location"]) == (303, "/login?back=/review")
    assert len(await site.desk.read(lambda reader: reader.reviews(5))) == 1


async def test_an_editor_logs_in_confirms_and_the_record_has_the_name(desk: Site) -> None:
    number = await borderline(desk)
    assert "log in</a> to rule" in await desk.text("/review")
    assert await log_in(desk) == 303
    page = await desk.text("/review")
    assert f'name="name" value="{number}"' in page
    assert 'data-key="c"' in page
    assert "<mark>A magnitude 6.1 earthquake" in page or "<mark>TOKYO (Tsubame)" in page
    assert (await desk.post("/rule", ("verb", "confirm"), ("name", number), ("back", "/review")))[0] == 303
    assert "Nothing waits for review" in await desk.text("/review")
    (ruling,) = await desk.desk.read(lambda reader: reader.rulings(5))
    assert (ruling.verb, ruling.who) == ("confirm", "Night desk")


async def test_a_split_takes_the_copy_out_of_the_story_and_of_the_feed_s_provenance(desk: Site) -> None:
    number = await borderline(desk)
    assert "Also in" in await desk.text("/topics/all.atom")
    await log_in(desk)
    await desk.post("/rule", ("verb", "split"), ("name", number), ("back", "/review"))
    assert "Also in" not in await desk.text("/topics/all.atom")
    missed = await desk.text("/review")
    assert "Nothing waits for review" in missed
    assert "No two stories are nearly one" in missed  # the split has said all there is to say


async def test_the_record_of_rulings_leads_to_the_stories_that_they_are_of(desk: Site) -> None:
    number = await borderline(desk)
    (story,) = await desk.desk.read(lambda reader: reader.front(5))
    await log_in(desk)
    for verb in ("confirm", "split"):
        await desk.post("/rule", ("verb", verb), ("name", number), ("back", "/review"))
    page = await desk.text("/review")
    link = f'<a href="/stories/{story.id}">{story.title}</a> <span class="quiet">{story.outlet}</span>'
    assert page.count(link) == 2
    assert f'<span class="quiet">from</span> {link}' in page


async def test_copies_that_are_split_off_on_a_story_s_page_are_merged_there_and_the_record_says_what_that_waives(
    desk: Site,
) -> None:
    for paper in ("tsubame", "herald", "courier"):
        desk.print(paper, item(paper, f"Quake in the {paper}", QUAKE))
    (story,) = await desk.desk.read(lambda reader: reader.front(5))
    await log_in(desk)
    path = f"/stories/{story.id}"
    for number in ("1", "2"):
        await desk.post("/rule", ("verb", "split"), ("name", number), ("back", path))
    page = await desk.text(path)
    for number, paper in (("1", "tsubame"), ("2", "herald")):
        assert re.search(rf"split no. {number}, Night desk, .* to Quake in the {paper}", said(page))
        assert f'name="name" value="{number}"><input type="hidden" name="back" value="{path}"' in page  # to undo it
    one, other = re.findall(r'to</span> <a href="(/stories/[^"]*)"', page)
    assert (await desk.post("/rule", ("verb", "merge"), ("name", desk.address + one), ("name", other)))[0] == 303
    assert "waives no. 1 between the two" in said(await desk.text(one))
    assert "waives no. 1 between the two" in said(await desk.text("/review"))


async def test_a_refused_ruling_says_by_whom_and_where_that_is_undone(desk: Site) -> None:
    for paper, text in (("tsubame", QUAKE), ("herald", BUDGET)):
        desk.print(paper, item(paper, f"News of the {paper}", text))
    await log_in(desk)
    await desk.post("/rule", ("verb", "never"), ("name", "1"), ("name", "2"))
    merge = (("verb", "merge"), ("name", "1"), ("name", "2"))
    status, response = await desk.post("/rule", *merge, ("back", "/topics"))
    refused = await response.text()
    assert status == 409
    why = r"It cannot be done They are kept apart by ruling 1 \(never, Night desk, 20.{14}Z\); undo that first"
    assert re.search(why, said(refused))
    assert '<a href="/topics">Back</a>' in refused
    assert 'href="/review#rulings"' in refused
    record = await desk.text("/review")
    assert record.count('name="verb" value="undo"') == 2  # of that ruling, and of one by its number
    await desk.post("/rule", ("verb", "undo"), ("name", "1"))
    assert (await desk.post("/rule", *merge))[0] == 303


async def test_a_wrong_ruling_is_explained(desk: Site) -> None:
    number = await borderline(desk)
    await log_in(desk)
    await desk.post("/rule", ("verb", "confirm"), ("name", number))
    assert (await desk.post("/rule", ("verb", "confirm"), ("name", number)))[0] == 409
    for fields in ([("verb", "drop"), ("name", number)], [("verb", "merge"), ("name", number)], [("name", number)]):
        assert (await desk.post("/rule", *fields))[0] == 400


async def test_a_form_from_another_site_is_refused(desk: Site) -> None:
    number = await borderline(desk)
    others = ("", "null", "http://evil.example", "https://127.0.0.1:8080", "http://127.0.0.1:1")
    for origin in others:
        assert await log_in(desk, Origin=origin) == 403, origin
    await log_in(desk)
    for origin in others:
        for path in ("/rule", "/logout"):
            assert (await desk.post(path, ("verb", "confirm"), ("name", number), Origin=origin))[0] == 403, origin
    assert await desk.desk.read(lambda reader: reader.rulings(5)) == []


async def test_a_name_that_others_made_lead_here_is_another_site(desk: Site) -> None:
    port = desk.address.rpartition(":")[2]
    for host in (f"evil.example:{port}", "evil.example"):
        assert await log_in(desk, Origin=f"http://{host}", Host=host) == 403
    assert await log_in(desk, Origin=f"http://localhost:{port}") == 303
    assert await log_in(desk, Origin="http://127.0.0.1:8080") == 303  # the public address, by whatever proxy


async def test_the_session_ends_with_the_shift_with_the_token_and_by_logging_out(desk: Site) -> None:
    print_quake(desk)
    await log_in(desk)
    assert "Night desk" in await desk.text("/")
    desk.clock.pass_by(timedelta(hours=13))
    assert "Night desk" not in await desk.text("/")
    await log_in(desk)
    await desk.post("/logout")
    assert "Night desk" not in await desk.text("/")
    await log_in(desk)
    desk.desk.settings = replace(desk.desk.settings, admin_token="another long word")
    assert "Night desk" not in await desk.text("/")


async def test_of_wrong_tokens_one_after_the_other_is_refused_after_a_while(
    desk: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SLOW", 0.05)
    began = time.monotonic()
    assert await asyncio.gather(*(log_in(desk, guess) for guess in ("", "a", TOKEN[:-1]))) == [403] * 3
    assert time.monotonic() - began >= 3 * session.SLOW
    assert await log_in(desk) == 303


async def test_who_guesses_at_one_address_keeps_no_editor_at_another_waiting(
    desk: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SLOW", 60)
    sessions = session.Sessions(lambda: desk.desk.settings, desk.clock)
    guess = asyncio.create_task(sessions.log_in("a guess", "", "192.0.2.1"))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert await sessions.log_in(TOKEN, "Night desk", "192.0.2.2")
    guess.cancel()


async def test_a_forged_cookie_is_worth_nothing(desk: Site) -> None:
    print_quake(desk)
    _, response = await desk.post("/login", ("token", TOKEN), ("name", "Night desk"))
    cookie = response.cookies["feedhub-editor"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    until, name, signature = cookie.value.split(".")
    desk.session.cookie_jar.clear()
    later, guessed = f"{int(until) + 9}.{name}.{signature}", f"{until}.{name}.{'0' * 64}"
    forged = [later, guessed, f"{until}.{name}.", "..", "é", "a.b"]
    for value in forged:
        assert "log out" not in await desk.text("/", Cookie=f"feedhub-editor={value}"), value
    assert "log out" in await desk.text("/", Cookie=f"feedhub-editor={cookie.value}")


PART = b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nabc\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", PART.replace(b'; name="token"', b"")),
        ("multipart/form-data; boundary=x", PART.replace(b"\r\n\r\n", b"\r\n")),
        ("multipart/form-data; boundary=x", PART.replace(b"--x", b"--y")),
        ("multipart/form-data; boundary=x", PART[:-9]),
        ("multipart/form-data", PART),
        ("application/x-www-form-urlencoded; charset=nonsense", b"token=a"),
        ("application/x-www-form-urlencoded; charset=utf-8", b"token=\xff"),
    ],
)
async def test_what_is_no_form_is_refused_and_no_bug(
    desk: Site, kind: str, body: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SLOW", 0)
    headers = {"Content-Type": kind, "Origin": desk.address}
    async with desk.session.post(f"{desk.address}/login", data=body, headers=headers) as response:
        assert response.status in (400, 403), await response.text()
    assert "web.bug" not in caplog.text


async def test_a_cookie_or_a_token_that_is_no_text_is_a_stranger_s(
    desk: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SLOW", 0)
    for cookie in (b"\xe9", b"\xe9.\xe9.\xe9"):
        line = b"GET /review HTTP/1.1\r\nHost: x\r\nCookie: feedhub-editor=" + cookie + b"\r\nConnection: close\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", int(desk.address.rpartition(":")[2]))
        writer.write(line)
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        assert b"log out" not in answer
    half_a_character = b"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+2AA-"
    utf_7 = PART.replace(b"\r\n\r\nabc", half_a_character)
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Origin": desk.address}
    async with desk.session.post(f"{desk.address}/login", data=utf_7, headers=headers) as response:
        assert response.status == 403
    assert "web.bug" not in caplog.text


async def test_logging_in_leads_to_no_other_site(desk: Site) -> None:
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""):
        _, response = await desk.post("/login", ("token", TOKEN), ("back", back))
        assert response.headers["Location"] == "/", back


async def test_the_token_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SLOW", 0)
    async with opened(tmp_path, PAPERS, admin_token="$FEEDHUB_TEST_TOKEN") as site:
        for short in ("", "guess me"):
            monkeypatch.setenv("FEEDHUB_TEST_TOKEN", short)
            assert "<code>FEEDHUB_TEST_TOKEN</code>, which the environment lacks or" in await site.text("/login")
            assert "can log in" in await site.text("/review")
            assert await log_in(site, short) == 403
        monkeypatch.setenv("FEEDHUB_TEST_TOKEN", TOKEN)
        assert await log_in(site) == 303


async def test_an_editor_pins_annotates_and_withdraws_on_a_story_s_page(desk: Site) -> None:
    print_quake(desk)
    path, before = await story_page(desk, "Quake")
    assert "Rule on this story" not in before
    await log_in(desk)
    story = path.rpartition("/")[2]
    assert "Rule on this story" in await desk.text(path)
    await desk.post("/rule", ("verb", "note"), ("name", story), ("name", "Tremors <go> on"), ("back", path))
    assert "Tremors &lt;go&gt; on" in await desk.text(path)
    await desk.post("/rule", ("verb", "unnote"), ("name", story), ("back", path))
    assert "Tremors" not in await desk.text(path)


async def test_an_editor_merges_a_story_with_another_by_its_address(desk: Site) -> None:
    print_quake(desk)
    path, _ = await story_page(desk, "Quake")
    other, _ = await story_page(desk, "Budget")
    await log_in(desk)
    assert 'name="verb" value="merge"' in await desk.text(path)
    kept, address = path.rpartition("/")[2], f" http://localhost{other}\n"
    await desk.post("/rule", ("verb", "merge"), ("name", kept), ("name", address), ("back", path))
    assert "3 copies" in await desk.text(path)


async def test_an_editor_merges_what_was_split_off_with_what_is_related_to_it_by_a_button_beside_that(
    desk: Site,
) -> None:
    for paper in ("tsubame", "herald", "courier"):
        desk.print(paper, item(paper, f"Quake in the {paper}", QUAKE))
    path, _ = await story_page(desk, "Quake")
    assert 'value="merge"' not in await desk.text(path), "that is for editors"
    await log_in(desk)
    for number in ("1", "2"):
        await desk.post("/rule", ("verb", "split"), ("name", number), ("back", path))
    while desk.store.relate(START)[0]:
        pass
    first, _ = await story_page(desk, "Quake in the tsubame")
    page = await desk.text(first)
    beside = next(one for one in page[page.index('id="related"') :].split("<li>") if "Quake in the herald" in one)
    names = re.findall(r'name="name" value="([^"]*)"', beside)
    assert 'name="verb" value="never"' in beside
    await desk.post("/rule", ("verb", "merge"), *(("name", name) for name in names), ("back", first))
    assert "2 copies" in await desk.text(first)


async def test_an_editor_sees_what_was_said_of_a_story_and_takes_it_back_there(desk: Site) -> None:
    print_quake(desk)
    path, _ = await story_page(desk, "Quake")
    await log_in(desk)
    story = path.rpartition("/")[2]
    for verb, topic in (("pin", "quakes"), ("lead", "")):
        await desk.post("/rule", ("verb", verb), ("name", story), ("name", topic), ("back", path))
    page = await desk.text(path)
    assert "Leads in every topic <span" in page
    assert "Pinned in Quakes <span" in page
    await desk.post("/rule", ("verb", "undo"), ("name", "1"), ("back", path))
    assert "Pinned in" not in await desk.text(path)
    assert '<span class="quiet">no. 1, Night desk,' in await desk.text("/review")
