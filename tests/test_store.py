"""What the store keeps, on real files."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from lxml import etree
from sqlite_utils import Database

from build import BUDGET, LEASE, QUAKE, START, document, item, new_store, printed, settings, source
from feedhub.daemon.writer import Writer
from feedhub.errors import DatabaseBusy, NotFound, StoreError
from feedhub.model import Settings, Topic
from feedhub.parse.contents import Reading
from feedhub.parse.reading import read_document
from feedhub.rhythm import Rhythm
from feedhub.store import retention
from feedhub.store.database import backup
from feedhub.store.examination import look, repair
from feedhub.store.merging.items import MOST_REVISIONS
from feedhub.store.polling.outcome import Outcome
from feedhub.store.polling.schedule import fingerprint
from feedhub.store.reading import Reader
from feedhub.store.schema import STEPS, rulings
from feedhub.store.schema.polling import migrations
from feedhub.store.writing import Store
from feedhub.topics import Matter, alone, compile_query, matter

SERIES = Path(__file__).resolve().parents[1].parent / "shared/data/series"
PAPERS = [source("tsubame", agency="tsubame"), source("herald"), source("mainichi"), source("evening")]
TOPICS = [Topic(id="all", title="All", match=""), Topic(id="quakes", title="Quakes", match="earthquake OR quake")]


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", PAPERS, TOPICS)


def test_copies_of_one_text_become_one_story_with_the_agency_s_own_copy_first(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Strong quake hits northeast Japan", QUAKE.rsplit("\n", 1)[0]))
    printed(store, "tsubame", item("tsubame", "M6.1 quake off Miyagi", QUAKE))
    printed(store, "evening", item("evening", "Quake rattles Miyagi", QUAKE.replace("TOKYO (Tsubame) -- ", "")))
    (story,) = reader.front(10)
    assert [copy.outlet for copy in story.copies] == ["Tsubame", "Herald", "Evening"]
    assert story.agency == "tsubame"
    assert story.title == "M6.1 quake off Miyagi"


def test_different_stories_stay_apart(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    assert len(reader.front(10)) == 2


def test_a_bulletin_with_other_figures_is_another_story(store: Store, reader: Reader) -> None:
    other = QUAKE.replace("6.1", "4.8").replace("5:12", "9:40").replace("50 kilo", "10 kilo").replace("Miyagi", "Chiba")
    printed(store, "herald", item("herald", "Quake off Miyagi", QUAKE))
    printed(store, "evening", item("evening", "Quake off Chiba", other))
    assert len(reader.front(10)) == 2


def test_a_copy_is_found_among_many_versions_of_its_text_with_other_figures(store: Store, reader: Reader) -> None:
    versions = [re.sub(r"\d+(\.\d+)?", str(1000 + number), QUAKE) for number in range(40)]
    printed(store, "herald", item("herald", "Strong quake hits northeast Japan", QUAKE))
    printed(store, "mainichi", *(item("mainichi", f"Quake {number}", text) for number, text in enumerate(versions)))
    printed(store, "evening", item("evening", "Quake rattles Miyagi", QUAKE))
    assert {"Herald", "Evening"} in [{copy.outlet for copy in story.copies} for story in reader.front(100)]


def test_a_story_keeps_its_id_and_update_time_when_copies_come(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE.rsplit("\n", 2)[0]))
    before = reader.front(1)[0]
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    after = reader.front(1)[0]
    assert (after.id, after.published, after.updated) == (before.id, before.published, before.updated)
    assert after.title != before.title


def test_a_topic_s_stories_are_counted_as_they_come_and_go(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    assert [reader.topic(topic).stories for topic in ("all", "quakes")] == [2, 1]
    printed(store, "evening", item("evening", "Quake", QUAKE))
    assert reader.topic("quakes").stories == 1
    for paper in ("herald", "evening"):
        printed(store, paper, at=START + timedelta(days=1))
    store.prune(START + timedelta(days=60))
    assert [topic.stories for topic in reader.topics()] == [0, 0]


def test_polls_are_stored_between_two_batches_of_a_prune(store: Store, reader: Reader) -> None:
    printed(store, "herald", *(item("herald", f"Headline {n}", f"Text {n} of its own kind.") for n in range(120)))
    printed(store, "herald", at=START + timedelta(days=1))
    later = START + timedelta(days=60)
    part, more = store.prune_some(later)
    assert (part.items, more) == (retention.BATCH, True)
    assert printed(store, "evening", item("evening", "Budget", BUDGET), at=later).new == 1
    assert store.prune(later).items == 120 - retention.BATCH
    assert [story.title for story in reader.front(10)] == ["Budget"]


def test_what_is_the_same_is_not_written_again(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    assert printed(store, "herald", quake).new == 1
    versions = reader.versions()
    report = printed(store, "herald", quake, at=START + timedelta(minutes=5))
    assert (report.outcome, report.new, report.changed, report.topics) == ("same", 0, 0, frozenset())
    assert reader.versions() == versions


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
    (kept,) = reader.views.redated([shown.item_id]).values()
    assert (kept.times, kept.first) == (1, quake.published)
    assert reader.views.revisions([shown.item_id], 5) == []
    (told,) = reader.published.development(after, 5)
    assert (told.published, told.updated) == (quake.published, quake.published)


def test_a_new_date_with_new_words_is_one_revision_of_both(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    moved = replace(quake, title="Quake, corrected", published=quake.published + timedelta(minutes=10))
    printed(store, "herald", moved, at=START + timedelta(minutes=5))
    (shown,) = reader.front(1)[0].copies
    (revision,) = reader.views.revisions([shown.item_id], 5)
    assert revision.kinds == ("headline", "date")
    assert reader.views.redated([shown.item_id])[shown.item_id].times == 1


def test_an_item_that_is_redated_with_every_poll_keeps_the_revisions_of_its_words(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    quake = replace(quake, title="Quake, corrected")
    for count in range(MOST_REVISIONS + 3):
        moved = replace(quake, published=quake.published + timedelta(seconds=10 * count))
        printed(store, "herald", moved, at=START + timedelta(hours=1, minutes=count))
    (shown,) = reader.front(1)[0].copies
    assert [revision.titles for revision in reader.views.revisions([shown.item_id], 5)] == [
        ("Quake", "Quake, corrected")
    ]
    kept = reader.views.redated([shown.item_id])[shown.item_id]
    assert (kept.times, kept.first) == (MOST_REVISIONS, quake.published)


def test_revisions_from_before_dates_were_kept_stay(desk: Settings) -> None:
    older = new_store(desk.database)
    older.configure(desk, START)
    quake = item("herald", "Quake", QUAKE)
    printed(older, "herald", quake)
    printed(older, "herald", replace(quake, title="Quake, corrected"), at=START + timedelta(minutes=5))
    older.close()
    with sqlite3.connect(desk.database) as conn:
        conn.execute("ALTER TABLE revisions DROP COLUMN published")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'revisions_of_dates'")
    conn.close()
    Store(desk.database, "the next version").close()
    reader = Reader(desk.database)
    (shown,) = reader.front(1)[0].copies
    (revision,) = reader.views.revisions([shown.item_id], 5)
    assert (revision.titles, revision.kinds) == (("Quake", "Quake, corrected"), ("headline",))
    reader.close()


def test_a_step_that_is_missing_is_seen_without_loading_what_takes_it(desk: Settings) -> None:
    assert len(rulings.migrations.pending(Database(memory=True))) == STEPS
    new_store(desk.database).close()
    with closing(sqlite3.connect(desk.database)) as conn, conn:
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'items_by_link'")
    with pytest.raises(StoreError, match="made by an earlier version"):
        Reader(desk.database)


def test_an_upgrade_that_fails_leaves_the_database_as_the_earlier_version_made_it(desk: Settings) -> None:
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as conn:
        migrations.apply(Database(conn), stop_before="rhythms_as_bytes")
        conn.execute("CREATE TRIGGER told_otherwise_3 AFTER DELETE ON stories BEGIN SELECT 1; END")
        before = conn.execute("SELECT name FROM _sqlite_migrations").fetchall()
    with pytest.raises(StoreError, match="told_otherwise_3 already exists"):
        Store(desk.database, "the next version")
    with closing(sqlite3.connect(desk.database)) as conn:
        assert conn.execute("SELECT name FROM _sqlite_migrations").fetchall() == before


def test_rhythms_that_were_kept_as_text_go_on(desk: Settings) -> None:
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as conn:
        migrations.apply(Database(conn), stop_before="rhythms_as_bytes")
        known = Rhythm.from_counts(8.0, 4.0, START)
        text = orjson.dumps([START.timestamp(), *(getattr(known, name.name) for name in fields(known)[1:])]).decode()
        conn.executemany(
            """INSERT INTO sources (id, url, title, outlet, enabled, configured, min_interval, max_interval, rhythm)
            VALUES (?, 'http://herald.example/', 'Herald', 'Herald', 1, 1, 300, 3600, ?)""",
            [("herald", text), ("new", "")],
        )
    Store(desk.database, "the next version").close()
    with closing(sqlite3.connect(desk.database)) as conn:
        stored = dict(conn.execute("SELECT id, rhythm FROM sources").fetchall())
    assert Rhythm.from_bytes(stored["herald"]) == Rhythm.from_bytes(known.to_bytes())
    assert stored["new"] is None


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


def test_topics_hold_what_matches_in_order_and_keep_it(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake, item("herald", "Budget", BUDGET, published=START - timedelta(minutes=10)))
    assert [story.title for story in reader.topic_entries("all", 10)] == ["Budget", "Quake"]
    assert [story.title for story in reader.topic_entries("quakes", 10)] == ["Quake"]
    with pytest.raises(NotFound, match="quakes"):
        reader.topic_entries("quake", 10)


def test_a_story_of_one_copy_is_to_queries_what_its_item_says(store: Store, reader: Reader) -> None:
    papers = {paper.id: replace(paper, tags=("Paper", paper.id)) for paper in PAPERS}
    kyodo = item(
        "herald", "Cabinet approves budget", f"By Taro Yamada, Kyodo News\n{BUDGET}", tags=("Politics", "Ｊａｐａｎ")
    )
    printed(store, "herald", kyodo, item("herald", "QUAKE hits ｎｏｒｔｈ", QUAKE, author="Hanako  Sato"))
    printed(
        store, "mainichi", item("mainichi", "首相が会見", "【ワシントン共同】首相は3日、記者会見した。", language="ja")
    )

    def seen(what: Matter) -> tuple[object, ...]:
        return what.plain, what.prose, what.words, what.fields, what.names, what.stamp, what.copies, what.origins

    stored = list(reader.items(None, None))
    assert len(stored) == 3
    for one in stored:
        story = reader.story(one.story)
        assert seen(alone(one.item, papers[one.item.source_id])) == seen(matter(story, papers)), one.item.title


def test_a_changed_query_fills_its_topic_anew_under_the_same_id(desk: Settings, store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    before = reader.topic("quakes")
    other = replace(TOPICS[1], match="budget")
    store.configure(replace(desk, topics=(TOPICS[0], other)), START + timedelta(hours=1))
    assert [story.title for story in reader.topic_entries("quakes", 10)] == ["Budget"]
    assert reader.topic("quakes").uuid == before.uuid


def test_a_topic_is_filled_anew_when_a_topic_that_it_names_changes(
    desk: Settings, store: Store, reader: Reader
) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    naming = Topic(id="naming", title="Naming", match="@quakes -sumo")
    for match, title in (("quake", "Quake"), ("budget", "Budget")):
        store.configure(replace(desk, topics=(replace(TOPICS[1], match=match), naming)), START + timedelta(hours=1))
        assert [story.title for story in reader.topic_entries("naming", 10)] == [title]


def test_search_finds_words_with_and_without_the_index(store: Store, reader: Reader) -> None:
    japanese = item("evening", "首相会見、予算案を説明", "首相は会見で予算案を説明した。", language="ja")
    printed(store, "evening", japanese)
    printed(store, "herald", item("herald", "Quake", QUAKE))
    for indexed in (False, True):
        if indexed:
            assert store.index_words() == 2
        for query, outlets in {"会見": ["Evening"], "相": ["Evening"], "tsunami": ["Herald"], "tsu": []}.items():
            found = reader.search(compile_query(query), 10, START, {})
            assert [story.outlet for story in found] == outlets, (query, indexed)


def test_search_follows_a_changed_text(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    store.index_words()
    moved = QUAKE.replace("Onagawa", "Fukushima")
    printed(store, "herald", replace(quake, text=moved, html=moved), at=START + LEASE)
    assert not reader.search(compile_query("onagawa"), 10, START, {})
    assert reader.search(compile_query("fukushima"), 10, START, {})


def test_a_source_is_due_at_once_then_by_its_rhythm_and_leased_meanwhile(store: Store) -> None:
    claims = store.claim(START, 10, LEASE, 2)
    assert {claim.source_id for claim in claims} == {paper.id for paper in PAPERS}
    assert store.claim(START, 10, LEASE, 2) == []
    store.commit_polls([document(claims[0])])
    assert store.claim(START + timedelta(minutes=4), 10, timedelta(0), 2) == []
    assert claims[0].source_id in {claim.source_id for claim in store.claim(START + timedelta(days=1), 10, LEASE, 2)}


def test_one_host_is_not_asked_by_more_than_its_share(desk: Settings, store: Store) -> None:
    same_host = [source(f"desk-{n}", url=f"http://one.example/{n}") for n in range(5)]
    store.configure(replace(desk, sources=tuple(same_host)), START)
    assert len(store.claim(START, 10, LEASE, 2)) == 2
    assert len(store.claim(START, 10, LEASE, 2)) == 0


async def test_polls_that_wait_to_be_stored_make_way_for_a_configuration(desk: Settings) -> None:
    store, blocked = new_store(desk.database), threading.Event()
    store.configure(desk, START)
    writer = Writer(store)
    claims = store.claim(START, 10, LEASE, 2)
    busy = asyncio.create_task(writer.do(lambda store: blocked.wait(10)))
    polls = [
        asyncio.create_task(writer.commit(document(claim, item(claim.source_id, "Quake", QUAKE)))) for claim in claims
    ]
    for _ in range(3):
        await asyncio.sleep(0)  # the batch of all of them waits for the thread
    reader = Reader(desk.database)
    stored = asyncio.create_task(writer.first(lambda store: len(list(reader.items(None, None)))))
    await asyncio.sleep(0)
    blocked.set()
    assert await stored == 1
    assert [(await poll).new for poll in polls] == [1] * 4
    await busy
    assert len(list(reader.items(None, None))) == 4
    reader.close()
    await writer.close()


async def test_while_a_configuration_is_read_each_poll_is_stored_by_itself(desk: Settings) -> None:
    store = Store(desk.database, "a test")
    store.configure(desk, START)
    writer, reader = Writer(store), Reader(desk.database)
    with writer.giving_way():
        polls = [
            asyncio.create_task(writer.commit(document(claim, item(claim.source_id, "Quake", QUAKE))))
            for claim in store.claim(START, 10, LEASE, 2)
        ]
        await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
        assert len(list(reader.items(None, None))) < 4
        assert [(await poll).new for poll in polls] == [1] * 4
    reader.close()
    await writer.close()


async def test_steps_that_nobody_waits_for_leave_the_thread_to_polls_for_as_long_again(desk: Settings) -> None:
    store, step = new_store(desk.database), 0.05
    store.configure(desk, START)
    writer = Writer(store)
    (claim, *_) = store.claim(START, 10, LEASE, 2)
    for polls in (0, 1):
        begun = time.monotonic()  # the loop looks at its clock once a turn
        aside = asyncio.create_task(writer.aside(lambda store: time.sleep(step)))
        await asyncio.sleep(0)
        commits = [asyncio.create_task(writer.commit(document(claim))) for _ in range(polls)]
        await aside
        assert time.monotonic() - begun >= step * (1 + polls)
        await asyncio.gather(*commits)
    await writer.close()


def test_who_waits_for_its_site_keeps_nobody_else_waiting_and_the_longest_due_goes_first(
    desk: Settings, store: Store
) -> None:
    crowd = [source(f"a-{n}", url=f"http://one.example/{n}") for n in range(5)]
    others = [source(f"z-{n}", url=f"http://other-{n}.example/") for n in range(3)]
    store.configure(replace(desk, sources=(*crowd, *others)), START)
    gap = timedelta(seconds=2)
    first = store.claim(START, 2, LEASE, 2, gap=gap)
    assert [claim.source_id for claim in first] == ["a-0", "z-0"]
    later = store.claim(START + gap, 10, LEASE, 2, gap=gap)
    assert [claim.source_id for claim in later] == ["a-1", "z-1", "z-2"]
    assert store.claim(START + 2 * gap, 10, LEASE, 2, gap=gap) == []


@pytest.mark.slow
def test_an_unedited_source_is_known_as_such_by_another_process() -> None:
    told = "from build import source; from feedhub.store.polling.schedule import fingerprint; "
    told += "print(fingerprint(source('herald', ignore=('guid', 'updated'))).hex())"
    paths = os.pathsep.join(filter(None, sys.path))
    env = {**os.environ, "PYTHONPATH": paths}
    there = subprocess.run([sys.executable, "-c", told], env=env, check=True, capture_output=True, text=True).stdout
    assert there.strip() == fingerprint(source("herald", ignore=("guid", "updated"))).hex()


def test_a_poll_whose_lease_was_lost_leaves_no_trace(store: Store, reader: Reader) -> None:
    old = store.claim(START, 1, LEASE, 2, ["herald"])[0]
    store.claim(START + timedelta(hours=1), 1, LEASE, 2, ["herald"])
    (report,) = store.commit_polls([document(old, item("herald", "Quake", QUAKE))])
    assert report.outcome == "lost"
    assert list(reader.items(None, None)) == []


def test_a_failure_keeps_validators_counts_and_backs_off(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    waits = []
    for hour in (1, 2, 3):
        at = START + timedelta(hours=hour)
        claim = store.claim(at, 1, LEASE, 2, ["herald"])[0]
        assert claim.validators.etag == '"1"'
        store.commit_polls([Outcome(claim=claim, at=at, result="failed", status=503, error="HTTP 503")])
        herald = next(one for one in reader.sources() if one.id == "herald")
        assert herald.next_poll is not None
        waits.append(herald.next_poll - at)
    assert (herald.failures, herald.error) == (3, "HTTP 503")
    assert waits == sorted(waits)
    assert waits[0] < waits[2] / 2
    printed(store, "herald", at=START + timedelta(hours=4))
    assert next(one for one in reader.sources() if one.id == "herald").error is None


def test_validators_are_forgotten_when_the_address_is_edited(desk: Settings, store: Store) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    moved = tuple(replace(p, url="http://elsewhere.example/") if p.id == "herald" else p for p in PAPERS)
    store.configure(replace(desk, sources=moved), START)
    claim = next(claim for claim in store.claim(START, 10, LEASE, 2) if claim.source_id == "herald")
    assert (claim.validators.etag, claim.body_hash) == (None, None)


def test_retention_counts_from_last_seen_and_what_is_purged_never_comes_back(store: Store, reader: Reader) -> None:
    quake, budget = item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET)
    printed(store, "herald", quake, budget)
    printed(store, "herald", quake, at=START + timedelta(days=1))
    assert store.prune(START + timedelta(days=29)).items == 0
    pruned = store.prune(START + timedelta(days=32))
    assert (pruned.items, pruned.stories) == (1, 1)
    assert printed(store, "herald", quake, budget, at=START + timedelta(days=33)).new == 0
    assert [stored.item.title for stored in reader.items(None, None)] == ["Quake"]


def test_a_story_that_loses_its_first_copy_is_shown_by_the_next(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake", QUAKE))
    printed(store, "tsubame", at=START + timedelta(days=1))
    assert store.prune(START + timedelta(days=32)).items == 1
    (story,) = reader.front(5)
    assert [copy.outlet for copy in story.copies] == ["Herald"]


def test_sources_that_leave_the_configuration_are_not_polled_and_their_items_age(
    desk: Settings, store: Store, reader: Reader
) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    store.configure(replace(desk, sources=(PAPERS[0],)), START)
    assert [one.id for one in reader.sources()] == ["tsubame"]
    assert [claim.source_id for claim in store.claim(START, 10, LEASE, 2)] == ["tsubame"]
    assert store.prune(START + timedelta(days=31)).items == 1


def test_one_outcome_that_fails_takes_no_other_along(store: Store, reader: Reader) -> None:
    herald, evening = (store.claim(START, 1, LEASE, 2, [id])[0] for id in ("herald", "evening"))
    broken = document(replace(evening, token="stolen"), item("evening", "Quake", QUAKE))
    reports = store.commit_polls([document(herald, item("herald", "Quake", QUAKE)), broken])
    assert [report.outcome for report in reports] == ["new", "lost"]
    assert [stored.item.source_id for stored in reader.items(None, None)] == ["herald"]


def test_only_one_process_writes_and_the_other_learns_who(store: Store, desk: Settings) -> None:
    with pytest.raises(DatabaseBusy, match="a test"):
        Store(desk.database, "another")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear editor, " * 1000)
    with pytest.raises(StoreError, match=r"letter\.db"):
        Store(file, "a test")
    with pytest.raises(StoreError, match=r"letter\.db"):
        Reader(file)
    with pytest.raises(StoreError, match="no database yet"):
        Reader(tmp_path / "none.db")


def test_a_database_of_a_later_version_is_neither_read_nor_written(tmp_path: Path) -> None:
    database = tmp_path / "feedhub.db"
    new_store(database).close()
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('feedhub', 'what_comes', '')"
        )
    for opened in (Reader, lambda path: Store(path, "a test"), look, lambda path: repair(path, "a test")):
        with pytest.raises(StoreError, match="made by a later version"):
            opened(database)


def test_a_story_may_have_the_number_of_one_that_waits_to_be_related_and_is_gone(store: Store, reader: Reader) -> None:
    store._conn.execute("INSERT INTO to_relate VALUES (1)")  # as in what was saved of a damaged file
    assert printed(store, "herald", item("herald", "Quake", QUAKE)).new == 1


def test_a_backup_is_complete_and_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    target = tmp_path / "copy.db"
    size = backup(tmp_path / "feedhub.db", target)
    copy = Reader(target)
    assert [stored.item.title for stored in copy.items(None, None)] == ["Quake"]
    copy.close()
    assert size == target.stat().st_size
    with pytest.raises(StoreError, match="overwrites nothing"):
        backup(tmp_path / "feedhub.db", target)
    with pytest.raises(StoreError, match="there is no directory"):
        backup(tmp_path / "feedhub.db", tmp_path / "none" / "copy.db")
    with pytest.raises(StoreError, match="nothing to back up"):
        backup(tmp_path / "none.db", tmp_path / "copy of none.db")


def test_a_backup_does_not_wait_for_a_transaction_nor_hold_one_up(store: Store, tmp_path: Path) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    writing = sqlite3.connect(tmp_path / "feedhub.db", isolation_level=None)
    writing.execute("BEGIN IMMEDIATE")
    backup(tmp_path / "feedhub.db", tmp_path / "copy.db")
    writing.execute("ROLLBACK")
    writing.close()
    assert sqlite3.connect(tmp_path / "copy.db").execute("SELECT count(*) FROM items").fetchone() == (1,)


def test_a_periodic_job_runs_once(store: Store) -> None:
    day = timedelta(days=1)
    assert [store.once("report", START + hours, day) for hours in (timedelta(0), timedelta(hours=5), day)] == [
        True,
        False,
        True,
    ]


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


@pytest.mark.skipif(not SERIES.is_dir(), reason="needs the shared data")
@pytest.mark.parametrize("name", ["channelnewsasia", pytest.param("indiatimes", marks=pytest.mark.slow)])
def test_forty_polls_of_a_real_feed_make_one_item_of_each_guid_and_one_revision_of_each_change_of_date(
    name: str, desk: Settings, store: Store, reader: Reader
) -> None:
    paper, stated, new, changed, changes, redated = source("herald"), {}, 0, 0, 0, 0
    for file in sorted((SERIES / name).iterdir()):
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
    with sqlite3.connect(desk.database) as conn:
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


def test_an_address_that_moves_and_moves_back_is_one_item_each_time(store: Store, reader: Reader) -> None:
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


def test_stories_are_related_although_the_first_attempt_failed(store: Store, reader: Reader) -> None:
    ashore = """Kochi ferry runs aground near Uwajima with 212 people aboard; coast guard sends boats to the Bungo
        Channel. Passengers of the ferry Seto Maru were taken off at dawn by the coast guard."""
    aboard = """Passengers tell of night aboard grounded ferry Seto Maru near Uwajima; coast guard boats took them off
        through the Bungo Channel, and children slept on the deck while waiting."""
    printed(store, "herald", item("herald", "Ferry Seto Maru runs aground near Uwajima", ashore))
    printed(store, "evening", item("evening", "Aboard the grounded ferry Seto Maru near Uwajima", aboard))
    conn = store._conn
    conn.execute("CREATE TEMP TRIGGER full BEFORE INSERT ON related BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    for _ in range(3):
        with pytest.raises(sqlite3.IntegrityError, match="disk full"):
            related(store)
    conn.execute("DROP TRIGGER full")
    related(store)
    assert [len(reader.story(story.id).related) for story in reader.front(5)] == [1, 1]


def related(store: Store) -> None:
    """Relate all that wait."""
    while store.relate(START)[0]:
        pass
