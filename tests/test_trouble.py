"""What ails a source."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedhub.model import FailureKind
from feedhub.trouble import QUIETEST, failure_name, silence, unstable_ids, weight


@pytest.mark.parametrize(
    ("kind", "status", "name", "counts"),
    [
        ("http", 502, "5xx", 0.5),
        ("http", 404, "404", 0.5),
        ("http", 403, "403", 1.0),
        ("http", 418, "418", 1.0),
        ("connect", None, "connect", 0.25),
    ],
)
def test_failures_have_a_name_by_which_they_count(
    kind: FailureKind, status: int | None, name: str, counts: float
) -> None:
    assert (failure_name(kind, status), weight(name)) == (name, counts)


def test_a_silence_is_told_of_after_ten_items_that_did_not_come_and_no_sooner_than_a_long_weekend() -> None:
    assert silence(per_day=0.5, items=50) == timedelta(days=20)
    assert silence(per_day=1000, items=50) == QUIETEST
    assert silence(per_day=1e-9, items=50) == timedelta(days=365)
    assert silence(per_day=1000, items=4) is None


@pytest.mark.parametrize(
    ("renamed", "listed", "doubted"), [(2, 2, False), (3, 3, True), (3, 10, False), (5, 10, True), (40, 100, False)]
)
def test_guids_are_doubted_where_three_entries_and_half_of_a_document_have_other_ones(
    renamed: int, listed: int, doubted: bool
) -> None:
    assert (unstable_ids(renamed, listed) is not None) == doubted
