"""Packed postings are found, sorted in and let go of as plain ones are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.store.merging import packed
from feedhub.store.merging.packed import RANGE, Numbers, Packed, numbers

PRINTS = st.one_of(st.integers(0, 3), st.integers(2**32 - 3, 2**32 - 1), st.integers(0, 2**32 - 1))
POSTINGS = st.lists(st.tuples(PRINTS, st.integers(1, RANGE - 1)), max_size=40)
Plain = list[tuple[int, int]]  # fingerprints and items


def postings(base: int, plain: Plain) -> Numbers:
    """In order."""
    prints, items = (np.array([pair[side] for pair in plain], np.uint64) for side in (0, 1))
    return np.sort(numbers(base, prints, items))


def found(held: Packed, prints: set[int]) -> Plain:
    """All that is held of these fingerprints, in order."""
    asked = sorted(prints)
    counts, items = held.find(np.array(asked, np.uint64), 1000)
    return list(zip((one for one, count in zip(asked, counts, strict=True) for _ in range(count)), items, strict=True))


@given(POSTINGS, POSTINGS, st.integers(0, RANGE - 1), st.integers(0, 1000), st.sets(PRINTS, max_size=5))
def test_what_came_is_found_until_it_is_let_go(
    first: Plain, later: Plain, oldest: int, base: int, strangers: set[int]
) -> None:
    first, later = ([(one, base + item) for one, item in plain] for plain in (first, later))
    held = Packed(base, postings(base, first))
    asked = {one for one, _ in first + later} | strangers
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packed, "TOGETHER", 7)
        patch.setattr(packed, "CROWDED", 3)
        assert found(held, asked) == sorted(first)
        held.add(postings(base, later))
        assert found(held, asked) == sorted(first + later)
        held.let_go(base + oldest)
        kept = [pair for pair in first + later if pair[1] > base + oldest]
        assert (len(held), found(held, asked)) == (len(kept), sorted(kept))
        newest = [(one, base + oldest + 1 + n) for n, (one, _) in enumerate(later)]
        held.add(postings(held.base, newest))
        assert found(held, asked) == sorted(kept + newest)
