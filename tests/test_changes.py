"""Items that change: what counts as a change, what is kept of it, and the story that it leaves or joins."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from build import (
    BUDGET,
    LATER,
    LEASE,
    PAPERS,
    QUAKE,
    START,
    TOLL,
    document,
    gibberish,
    item,
    new_store,
    printed,
    source,
)
from corpora import SHARED, needs_shared
from feedhub.model import Settings
from feedhub.parse.contents import Reading
from feedhub.parse.reading import read_document
from feedhub.store.merging.ending import MOST_NAMES
from feedhub.store.merging.versions import MOST_REVISIONS
from feedhub.store.reading import Reader
from feedhub.store.writing import Store


def test_a_copy_whose_text_becomes_another_leaves_its_story(store: Store, reader: Reader) -> None:
    copy = item("herald", "Quake", QUAKE)
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", copy)
    assert len(reader.front(5)) == 1
    printed(store, "herald", replace(copy, text=BUDGET, html=""), at=LATER)
    assert sorted(story.outlet for story in reader.front(5)) == ["Herald", "Tsubame"]


def test_a_copy_of_which_no_more_than_the_headline_is_left_stays_in_its_story(store: Store, reader: Reader) -> None:
    copy = item("herald", "Quake", QUAKE)
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", copy)
    printed(store, "herald", replace(copy, text="", html=""), at=LATER)
    assert [len(story.copies) for story in reader.front(5)] == [2]


def test_a_headline_s_text_that_contradicts_the_story_it_joined_opens_its_own(store: Store, reader: Reader) -> None:
    other = TOLL.replace("3 people dead and 11", "8 people dead and 27")
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    printed(store, "herald", bare := item("herald", "Landslide in Nara", ""))
    assert len(reader.front(5)) == 1
    printed(store, "herald", replace(bare, text=other, html=other), at=LATER)
    assert len(reader.front(5)) == 2


def test_a_fuller_text_is_judged_anew_and_its_verdict_kept(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    printed(store, "herald", bare := item("herald", "Landslide in Nara", ""))
    printed(store, "herald", replace(bare, text=TOLL, html=TOLL), at=LATER)
    _, (_, copy) = reader.why(reader.front(5)[0].id)
    assert copy.verdict
    assert dict(copy.verdict.measures)["containment"] == 1.0


def test_a_cut_copy_whose_rest_is_another_story_leaves(store: Store, reader: Reader) -> None:
    first = TOLL.split("\n")[0]
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    printed(store, "herald", cut := item("herald", "Landslide", first + " ..."))
    assert len(reader.front(5)) == 1
    printed(store, "herald", replace(cut, text=f"{first}\n{QUAKE}\n{BUDGET}", html=""), at=LATER)
    assert len(reader.front(5)) == 2


def test_a_cut_copy_that_grows_and_changes_a_figure_is_a_revision(store: Store, reader: Reader) -> None:
    first = TOLL.split("\n")[0]
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    printed(store, "herald", cut := item("herald", "Landslide", first + " ..."))
    revised = first.replace("3 people dead", "5 people dead") + " Two more were found on Tuesday."
    printed(store, "herald", replace(cut, text=revised, html=""), at=LATER)
    (story,) = reader.front(5)
    assert story.corrections[0].outdated == ("Tsubame",)


@pytest.mark.slow
def test_an_item_that_changes_with_every_poll_keeps_its_first_and_latest_revisions_only(
    store: Store, desk: Settings
) -> None:
    page = item("herald", "Live: storm nears", "Nothing is known yet.")
    for count in range(MOST_REVISIONS + 5):
        text = f"Update {count}. The storm is {900 - count} km away, and the wind blows at {count} km/h."
        printed(store, "herald", replace(page, text=text, html=text), at=LATER + timedelta(minutes=count))
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        texts = [row[0] for row in conn.execute("SELECT text FROM revisions ORDER BY id")]
    conn.close()
    assert len(texts) == MOST_REVISIONS
    assert texts[0].startswith("Update 0.")
    assert texts[-1].startswith(f"Update {MOST_REVISIONS + 3}.")


def test_a_correction_is_a_revision_of_its_item_and_updates_its_story(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    later = START + timedelta(minutes=5)
    corrected = replace(quake, text=QUAKE.replace("three towns", "four towns"), html="")
    report = printed(store, "herald", corrected, at=later)
    (story,) = reader.front(10)
    assert (report.new, report.changed) == (0, 1)
    assert report.topics == {"all", "quakes"}
    assert "four towns" in story.text
    assert story.updated == later


def test_a_new_date_on_a_known_guid_changes_the_item_and_not_the_story(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    before = reader.front(1)[0]
    redated = replace(quake, published=quake.published + timedelta(minutes=10))
    assert printed(store, "herald", redated, at=START + timedelta(minutes=5)).changed == 1
    after = reader.front(1)[0]
    assert (after.published, after.updated) == (before.published, before.updated)
    (shown,) = after.copies
    (kept,) = reader.redated([shown.item_id]).values()
    assert (kept.times, kept.first) == (1, quake.published)
    assert reader.revisions([shown.item_id], 5) == []
    (told,) = reader.published.development(after, 5)
    assert (told.published, told.updated) == (quake.published, quake.published)


def test_a_new_date_with_new_words_is_one_revision_of_both(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    moved = replace(quake, title="Quake, corrected", published=quake.published + timedelta(minutes=10))
    printed(store, "herald", moved, at=START + timedelta(minutes=5))
    (shown,) = reader.front(1)[0].copies
    (revision,) = reader.revisions([shown.item_id], 5)
    assert revision.kinds == ("headline", "date")
    assert reader.redated([shown.item_id])[shown.item_id].times == 1


@pytest.mark.slow
def test_an_item_that_is_redated_with_every_poll_keeps_the_revisions_of_its_words(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    quake = replace(quake, title="Quake, corrected")
    for count in range(MOST_REVISIONS + 3):
        moved = replace(quake, published=quake.published + timedelta(seconds=10 * count))
        printed(store, "herald", moved, at=START + timedelta(hours=1, minutes=count))
    (shown,) = reader.front(1)[0].copies
    assert [revision.titles for revision in reader.revisions([shown.item_id], 5)] == [("Quake", "Quake, corrected")]
    kept = reader.redated([shown.item_id])[shown.item_id]
    assert (kept.times, kept.first) == (MOST_REVISIONS, quake.published)


def test_an_item_without_a_date_does_not_change_with_every_poll(store: Store) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE, published=START))
    later = START + timedelta(minutes=5)
    assert printed(store, "herald", item("herald", "Quake", QUAKE, published=later), at=later).changed == 0


def test_a_fresh_guid_for_the_same_link_and_headline_is_the_same_item(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    assert printed(store, "herald", replace(quake, guid="v2"), at=START + timedelta(minutes=5)).new == 0
    assert [stored.item.guid for stored in reader.items("herald", None)] == ["v2"]


def test_a_cut_document_neither_shortens_a_text_nor_drops_what_it_lacks(store: Store, reader: Reader) -> None:
    quake, budget = item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET)
    printed(store, "herald", quake, budget)
    later = START + timedelta(minutes=5)
    printed(store, "herald", replace(quake, text=QUAKE[:90], html="", complete=False), at=later)
    assert {stored.item.text for stored in reader.items("herald", None)} == {QUAKE, BUDGET}
    assert store.prune(START + timedelta(days=40)).items == 0


def test_a_changed_lone_item_joins_the_story_it_proves_to_copy_and_its_old_address_leads_there(
    store: Store, reader: Reader
) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    flash = item("herald", "Flash: quake", "A strong quake has hit.")
    printed(store, "herald", flash)
    alone = next(story for story in reader.front(5) if story.outlet == "Herald")
    filled = replace(flash, text=QUAKE, html="")
    printed(store, "herald", filled, at=START + timedelta(minutes=5))
    (story,) = reader.front(5)
    assert len(story.copies) == 2
    assert reader.story(alone.id).id == story.id


def test_a_text_that_comes_and_goes_under_one_guid_is_one_story_each_time(store: Store, reader: Reader) -> None:
    """The same entry for subscribers, in a feed that does not grow by it."""
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    budget = item("herald", "Ministry asks for more", BUDGET, guid="h")
    toll = replace(budget, title="Landslide in Nara", text=TOLL, html=TOLL)
    ids = set()
    for minutes in range(0, 100, 10):
        came = START + timedelta(minutes=minutes)
        printed(store, "herald", toll if minutes % 20 else budget, at=came)
        shown = {story.title: story for story in reader.front(9)}
        assert shown.keys() == ({"Landslide in Nara"} if minutes % 20 else {"Landslide in Nara", budget.title})
        ids |= {story.id for story in shown.values()}
        if minutes and not minutes % 20:
            assert shown[budget.title].updated == came
    assert len(ids) == 2
    told = ["SELECT count(*) FROM merged", "SELECT count(*) FROM history WHERE topic = 'all'"]
    assert [reader.conn.execute(question).fetchone()[0] for question in told] == [1, 1]
    (story,) = reader.front(9)
    assert all(reader.story(id).id == story.id for id in ids)


def test_a_bare_headline_is_taken_in_when_its_text_comes(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake off Miyagi", ""))
    printed(store, "evening", item("evening", "Strong quake felt in the northeast", QUAKE))
    assert len(reader.front(5)) == 2
    bare = next(story for story in reader.front(5) if story.outlet == "Herald")
    report = printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    (story,) = reader.front(5)
    assert [copy.outlet for copy in story.copies] == ["Tsubame", "Herald", "Evening"]
    assert reader.story(bare.id).id == story.id
    assert "all" in report.topics


@pytest.mark.slow
def test_however_often_items_change_places_few_addresses_lead_to_a_story(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Landslide in Nara", TOLL))
    herald, evening = item("herald", "Ministry asks for more", ""), item("evening", "Ministry asks for more", "")
    turns = [(herald, TOLL), (evening, BUDGET), (herald, BUDGET), (evening, QUAKE)]
    for minutes, (one, text) in enumerate(turns * (MOST_NAMES + 5)):
        changed = replace(one, text=text, html=text)
        printed(store, one.source_id, changed, at=START + timedelta(minutes=minutes))
    assert reader.conn.execute("SELECT count(*) FROM merged").fetchone()[0] == MOST_NAMES


def test_a_headline_that_was_taken_in_and_leaves_has_the_story_that_it_had(store: Store, reader: Reader) -> None:
    bare = item("herald", "Quake off Miyagi", "")
    printed(store, "herald", bare)
    (alone,) = reader.front(5)
    printed(store, "evening", item("evening", "Strong quake felt in the northeast", QUAKE))
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    assert len(reader.front(5)) == 1
    printed(store, "herald", replace(bare, title="Ministry asks for more", text=BUDGET, html=BUDGET), at=LATER)
    assert [story.id for story in reader.front(5) if story.outlet == "Herald"] == [alone.id]


def test_what_is_the_same_is_not_written_again(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    assert printed(store, "herald", quake).new == 1
    versions = reader.versions()
    report = printed(store, "herald", quake, at=START + timedelta(minutes=5))
    assert (report.outcome, report.new, report.changed, report.topics) == ("same", 0, 0, frozenset())
    assert reader.versions() == versions


def test_an_address_that_moves_and_moves_back_is_one_item_each_time(store: Store) -> None:
    """A guid that a row holds which left the feed is not given to another row, however its entry is told apart."""
    page = '<rss version="2.0"><channel><title>T</title><link>http://herald.example/</link>{}</channel></rss>'
    entry = (
        "<item><title>{0}</title><link>http://herald.example/{0}</link><guid isPermaLink='false'>{1}</guid>"
        "<pubDate>Mon, 01 Jun 2026 07:00:00 GMT</pubDate><description>{2}</description></item>"
    )
    rest = "".join(entry.format(f"k{n}", f"k{n}", f"{BUDGET} {n}") for n in range(4))
    reports = []
    for poll, guid in enumerate(("http://a/x", None, "https://a/x", "http://a/x", "http://a/x")):
        more = entry.format(f"n{poll}", f"n{poll}", f"{poll} matters. {BUDGET}")
        body = page.format((entry.format("x", guid, QUAKE) if guid else "") + more + rest).encode()
        at = START + poll * timedelta(hours=1)
        read = read_document(
            body, content_type="application/rss+xml", url="http://herald.example/feed",
            source=PAPERS[1], now=at, known=store.known("herald"),
        )  # fmt: skip
        assert isinstance(read, Reading)
        (claim,) = store.claim(at, 1, LEASE, 2, ["herald"])
        reports += store.commit_polls([document(claim, at=at, items=read.items, marks=read.marks)])
    assert [report.new for report in reports] == [6, 1, 2, 1, 1]


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("name", ["channelnewsasia", "indiatimes"])
def test_forty_polls_of_a_real_feed_make_one_item_of_each_guid_and_one_revision_of_each_change_of_date(
    name: str, desk: Settings, store: Store, reader: Reader
) -> None:
    paper, stated, new, changed, changes, redated = source("herald"), {}, 0, 0, 0, 0
    for file in sorted((SHARED / "series" / name).iterdir()):
        at = datetime.fromtimestamp(int(file.name.split("_")[0]), UTC)
        claim = store.claim(at, 1, LEASE, 2, ["herald"])[0]
        reading = read_document(
            file.read_bytes(), content_type=None, url=paper.url, source=paper, now=at, known=store.known("herald")
        )
        assert isinstance(reading, Reading)
        (report,) = store.commit_polls([replace(document(claim, at=at), items=reading.items, marks=reading.marks)])
        new, changed = new + report.new, changed + report.changed
        said = as_stated(file.read_bytes())
        changes += sum(stated.get(guid, words) != words for guid, words in said.items())
        redated += sum(stated.get(guid, words)[0] != words[0] for guid, words in said.items())
        stated |= said
    assert new == len(list(reader.items("herald", None))) == len(stated)
    assert changed == changes > 0
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        (kept,) = conn.execute("SELECT count(*) FROM revisions WHERE published IS NOT NULL").fetchone()
    conn.close()
    assert kept == redated
    assert redated > 0 or name == "indiatimes", "a series that redates nothing proves nothing"


def as_stated(document: bytes) -> dict[str, tuple[str, ...]]:
    """Date, title, link and text of each guid, by another way of reading."""
    entries = {}
    for found in etree.fromstring(document).iter("item"):
        parts = tuple(found.findtext(name, "").strip() for name in ("pubDate", "title", "link", "description"))
        entries.setdefault(found.findtext("guid", parts[2]).strip(), parts)
    return entries


def test_what_items_said_before_they_changed_is_found_after_a_restart_as_well(desk: Settings) -> None:
    """A passage that many stories carried is no evidence, even where all but two have other words by now."""

    def commonness(*, restarts: bool) -> float:
        desk.database.unlink(missing_ok=True)
        store = new_store(desk.database)
        store.configure(desk, START)
        told = [item("herald", f"Told {number}", f"{QUAKE}\n{gibberish(number, 400)}") for number in range(5)]
        printed(store, "herald", *told)
        rewritten = [replace(one, text=gibberish(10 + number), html="") for number, one in enumerate(told)]
        printed(store, "herald", *rewritten, at=LATER)
        if restarts:
            store.close()
            store = Store(desk.database, "a test")
            store.configure(desk, LATER)
        for paper in ("tsubame", "mainichi"):
            printed(store, paper, item(paper, f"Quake, says the {paper}", QUAKE), at=LATER)
        with closing(Reader(desk.database)) as reader:
            found = dict(reader.why("7")[1][1].verdict.measures)["common"]
        store.close()
        return found

    assert commonness(restarts=True) == commonness(restarts=False) > 3
