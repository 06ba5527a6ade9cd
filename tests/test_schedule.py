"""What is due, who may take it, and whose turn it is on the thread that writes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from build import LEASE, PAPERS, QUAKE, START, document, item, new_store, printed, source
from feedhub.daemon.writer import Writer, together
from feedhub.model import Settings
from feedhub.store.polling.outcome import Outcome
from feedhub.store.polling.sources import fingerprint
from feedhub.store.reading import Reader
from feedhub.store.settle import rounds
from feedhub.store.writing import Store


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


def test_a_transaction_takes_many_polls_that_bring_nothing_or_few_long_documents(store: Store) -> None:
    (claim, *_) = store.claim(START, 10, LEASE, 2)
    nothing, feed, archive = (
        document(claim, *[item(claim.source_id, "Quake", QUAKE)] * listed) for listed in (0, 30, 2000)
    )
    assert together([nothing] * 150) == 100
    assert together([feed] * 150) == 33
    assert together([feed, *[nothing] * 150]) == 100
    assert together([archive, nothing]) == 1


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


async def test_of_polls_that_are_stored_together_one_that_cannot_be_is_a_failure_and_the_others_are_stored(
    desk: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    store, blocked = new_store(desk.database), threading.Event()
    store.configure(desk, START)
    writer, reader = Writer(store), Reader(desk.database)
    texts = dict.fromkeys(("tsubame", "herald", "mainichi"), QUAKE) | {"evening": f"{QUAKE} \ud800"}  # no UTF-8
    busy = asyncio.create_task(writer.do(lambda store: blocked.wait(10)))
    polls = [
        asyncio.create_task(writer.commit(document(claim, item(claim.source_id, "Quake", texts[claim.source_id]))))
        for claim in store.claim(START, 10, LEASE, 2)
    ]
    await asyncio.sleep(0)
    blocked.set()
    reports = {report.source: report for report in await asyncio.gather(*polls)}
    assert {name: report.outcome for name, report in reports.items()} == dict.fromkeys(texts, "new") | {
        "evening": "failed"
    }
    assert (reports["evening"].error or "").startswith("feedhub could not store this poll: UnicodeEncodeError: ")
    assert reader.polled.source("evening").failures == 1
    assert sorted(stored.item.source_id for stored in reader.items(None, None)) == ["herald", "mainichi", "tsubame"]
    assert "poll.bug" in caplog.text
    await busy
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
        assert time.monotonic() - begun >= step * (1 + polls) - 0.002  # the loop's timers go by whole milliseconds
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
    told = "from build import source; from feedhub.store.polling.sources import fingerprint; "
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
        herald = next(one for one in reader.polled.sources() if one.id == "herald")
        assert herald.next_poll is not None
        waits.append(herald.next_poll - at)
    assert (herald.failures, herald.error) == (3, "HTTP 503")
    assert waits == sorted(waits)
    assert waits[0] < waits[2] / 2
    printed(store, "herald", at=START + timedelta(hours=4))
    assert next(one for one in reader.polled.sources() if one.id == "herald").error is None


def test_of_two_answers_that_ask_a_site_to_be_left_alone_the_longer_wait_counts(desk: Settings, store: Store) -> None:
    same = [source(f"desk-{n}", url=f"http://one.example/{n}") for n in range(3)]
    store.configure(replace(desk, sources=tuple(same)), START)
    for claim, wait in zip(store.claim(START, 2, LEASE, 2), (90, 10), strict=True):
        told = document(
            claim, result="failed", kind="http", error="HTTP 429", status=429, retry_after=timedelta(minutes=wait)
        )
        store.commit_polls([told])
    assert store.claim(START + timedelta(minutes=80), 3, LEASE, 2) == []
    assert len(store.claim(START + timedelta(minutes=100), 3, LEASE, 3)) == 3


def test_a_lease_that_ran_out_cannot_be_given_back(store: Store) -> None:
    (late,) = store.claim(START, 1, LEASE, 2, ["herald"])
    after = START + 2 * LEASE
    (current,) = store.claim(after, 1, LEASE, 2, ["herald"])
    store.release([late])
    assert "herald" not in {claim.source_id for claim in store.claim(after, 9, LEASE, 2)}
    store.release([current])
    assert "herald" in {claim.source_id for claim in store.claim(after, 9, LEASE, 2)}


def test_what_was_never_polled_does_not_wait_for_its_turn_after_a_stop(store: Store) -> None:
    later = START + timedelta(days=1)
    printed(store, "herald", item("herald", "Quake", QUAKE))
    assert store.catch_up(later) == 1
    assert {claim.source_id for claim in store.claim(later, 9, LEASE, 2)} == {paper.id for paper in PAPERS}


def test_a_source_that_was_switched_off_is_read_whole_when_it_is_on_again(desk: Settings, store: Store) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    off = replace(desk, sources=tuple(replace(one, enabled=one.id != "herald") for one in desk.sources))
    for chosen in (off, desk):
        store.configure(chosen, START + LEASE)
    (claim,) = store.claim(START + LEASE, 1, LEASE, 2, ["herald"])
    assert claim.body_hash is None


def test_validators_are_forgotten_when_the_address_is_edited(desk: Settings, store: Store) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    moved = tuple(replace(p, url="http://elsewhere.example/") if p.id == "herald" else p for p in PAPERS)
    store.configure(replace(desk, sources=moved), START)
    claim = next(claim for claim in store.claim(START, 10, LEASE, 2) if claim.source_id == "herald")
    assert (claim.validators.etag, claim.body_hash) == (None, None)


def test_sources_that_leave_the_configuration_are_not_polled_and_their_items_age(
    desk: Settings, store: Store, reader: Reader
) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    store.configure(replace(desk, sources=(PAPERS[0],)), START)
    assert [one.id for one in reader.polled.sources()] == ["tsubame"]
    assert [claim.source_id for claim in store.claim(START, 10, LEASE, 2)] == ["tsubame"]
    assert store.prune(START + timedelta(days=31)).items == 1


def test_one_outcome_that_fails_takes_no_other_along(store: Store, reader: Reader) -> None:
    herald, evening = (store.claim(START, 1, LEASE, 2, [id])[0] for id in ("herald", "evening"))
    broken = document(replace(evening, token="stolen"), item("evening", "Quake", QUAKE))
    reports = store.commit_polls([document(herald, item("herald", "Quake", QUAKE)), broken])
    assert [report.outcome for report in reports] == ["new", "lost"]
    assert [stored.item.source_id for stored in reader.items(None, None)] == ["herald"]


def test_outcomes_are_settled_in_their_order_each_source_once_at_a_time(store: Store) -> None:
    claims = {claim.source_id: claim for claim in store.claim(START, 10, LEASE, 2)}
    one, other, again = (document(claims[id]) for id in ("herald", "evening", "herald"))
    assert list(rounds([one, other, again])) == [[one, other], [again]]
    assert list(rounds([])) == []
