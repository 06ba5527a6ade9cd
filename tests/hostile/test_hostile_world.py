"""One daemon over every fault of a hostile server, with fifty healthy papers beside it."""

from __future__ import annotations

import pytest
from hostile_world import SERVER, Fault, Seen, right, run_all

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(450),
    pytest.mark.skipif(not SERVER.is_file(), reason="the hostile server is not at hand"),
]

DAEMON, WORKER = 150, 256  # MB
SLACK = 2.0  # seconds beyond a fault's own limit, for a machine that is busy with all of them at once


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Fault], Seen]:
    return run_all(tmp_path_factory.mktemp("world"))


def test_every_fault_is_contained(outcome: tuple[list[Fault], Seen]) -> None:
    faults, seen = outcome
    late = {fault.id: seen.seconds[f"x-{fault.id}"] for fault in faults}
    assert {id: took for id, took in late.items() if took > 30 + SLACK} == {}
    assert seen.canary == []
    assert seen.ended == 0
    assert "Traceback" not in seen.log
    assert "poll.bug" not in seen.log


def test_the_right_items_are_stored(outcome: tuple[list[Fault], Seen]) -> None:
    faults, seen = outcome
    wrong = [
        f"{fault.id}: {fault.expect}, but {seen.items.get(f'x-{fault.id}', 0)} ({seen.errors.get(f'x-{fault.id}')})"
        for fault in faults
        if not right(fault, seen.items.get(f"x-{fault.id}", 0), f"x-{fault.id}" in seen.errors)
    ]
    assert len(wrong) <= 0.02 * len(faults), wrong


def test_healthy_papers_beside_it_are_complete_and_on_time(outcome: tuple[list[Fault], Seen]) -> None:
    _, seen = outcome
    papers = {source: count for source, count in seen.items.items() if source.startswith("paper-")}
    assert len(papers) == 50
    assert {source: count for source, count in papers.items() if count < seen.printed} == {}
    assert not [source for source in seen.errors if source.startswith("paper-")]


def test_memory_stays_within_limits(outcome: tuple[list[Fault], Seen]) -> None:
    _, seen = outcome
    assert seen.memory.daemon <= DAEMON
    assert 0 < seen.memory.worker <= WORKER
