"""Postings in four bytes each, millions of them, in order.

A posting is a number of 51 bits: a fingerprint of 32 above an item of 19, counted from the oldest. Its upper 19 bits
name the tray it lies in, one of half a million with a handful each; where a tray begins is known, so that only the
lower 32 need be kept.
"""

from __future__ import annotations

from itertools import pairwise, starmap

import numpy as np
from numpy.typing import NDArray

_ITEM = 19  # bits of an item
RANGE = 1 << _ITEM  # items from the oldest to the newest, at most
TRAYS = 1 << 19
CROWDED = 64  # postings of one tray, seven on average: one of its fingerprints is common
TOGETHER = 1 << 14  # postings, or trays, handled at once, where all would take as much memory again

_ABOVE, _KEPT = np.uint64(_ITEM), np.uint64(32)
_ITEMS = np.uint32(RANGE - 1)

Numbers = NDArray[np.uint64]
Places = NDArray[np.int32]


class Packed:
    """The postings of items above `base`; `RANGE` bounds how far above."""

    def __init__(self, base: int, postings: Numbers):
        """`postings` in order, as `numbers` makes them of items above `base`."""
        self.base = base
        self._starts = np.zeros(TRAYS + 1, np.int32)
        for first in range(0, len(self._starts) if len(postings) else 0, TOGETHER):
            part = self._starts[first : first + TOGETHER]
            part[:] = postings.searchsorted(np.arange(first, first + len(part), dtype=np.uint64) << _KEPT)
        self._lower = postings.astype(np.uint32)

    def __len__(self) -> int:
        return len(self._lower)

    def find(self, prints: Numbers, most: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """How many items carry each fingerprint, and all of these in order; of a common one the newest, `most` or more.

        What shares a tray is looked through with it, unless the tray is crowded.
        """
        trays, lower = _parted(prints << _ABOVE)
        starts, ends = self._starts[trays], self._starts[trays + 1]
        for place in np.flatnonzero(ends - starts > CROWDED).tolist():
            starts[place], ends[place] = self._among(starts[place], ends[place], lower[place], most)
        sizes = ends - starts
        found = self._lower[np.arange(sizes.sum()) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)]
        owners = np.repeat(np.arange(len(prints)), sizes)
        asked = found & ~_ITEMS == lower[owners]
        counts = np.bincount(owners[asked], minlength=len(prints))
        return counts, (found[asked] & _ITEMS) + np.uint32(self.base)

    def _among(self, start: int, end: int, lower: np.uint32, most: int) -> tuple[int, int]:
        """Between which places of a tray one fingerprint's newest postings stand."""
        tray = self._lower[start:end]
        first, last = int(tray.searchsorted(lower)), int(tray.searchsorted(lower | _ITEMS, side="right"))
        return start + max(first, last - most), start + last

    def let_go(self, oldest: int) -> None:
        """Keep only items above `oldest`, in place; from now on they are counted from there."""
        further, filled, starts = np.uint32(oldest - self.base), 0, np.empty_like(self._starts)
        bounds = [*range(0, len(self), TOGETHER), len(self)]
        cuts = self._starts.searchsorted(np.array(bounds, np.int32)).tolist()
        for (begin, end), trays in zip(pairwise(bounds), starmap(slice, pairwise(cuts)), strict=True):
            part = self._lower[begin:end]
            newer = part & _ITEMS > further
            starts[trays] = filled + _sums(newer)[self._starts[trays] - begin]
            kept = part[newer] - further
            self._lower[filled : filled + len(kept)] = kept
            filled += len(kept)
        starts[cuts[-1] :] = filled
        self._lower.resize(filled, refcheck=False)
        self._starts, self.base = starts, oldest

    def add(self, fresh: Numbers) -> None:
        """Sort in what has come, itself in order: in place, from the end on, as what stands there moves up."""
        trays, lower = _parted(fresh)
        places, end = self._below(trays, lower), len(self)
        self._lower.resize(end + len(fresh), refcheck=False)
        bounds = [0, *range(TOGETHER, end, TOGETHER), end]
        cuts = [*places.searchsorted(bounds[:-1]).tolist(), len(fresh)]
        for (begin, stop), (first, last) in reversed(list(zip(pairwise(bounds), pairwise(cuts), strict=True))):
            both = np.insert(self._lower[begin:stop], places[first:last] - begin, lower[first:last])
            self._lower[begin + first : stop + last] = both
        self._starts += _starts(trays)

    def _below(self, trays: Places, limits: NDArray[np.uint32]) -> Places:
        """Where in each of these trays that begins which is not below its limit: halved till it is found."""
        low, high = self._starts[trays], self._starts[trays + 1]
        for _ in range(int((high - low).max(initial=0)).bit_length()):
            middle = (low + high) >> 1
            below = (self._lower.take(middle, mode="clip") < limits) & (middle < high)
            low, high = np.where(below, middle + 1, low), np.where(below, high, middle)
        return low


def numbers(base: int, prints: Numbers, items: Numbers) -> Numbers:
    """The postings of items above `base`, each with its fingerprint."""
    return prints << _ABOVE | (items - np.uint64(base))


def _parted(postings: Numbers) -> tuple[Places, NDArray[np.uint32]]:
    """The tray of each, and what of it is kept there."""
    return (postings >> _KEPT).astype(np.int32), postings.astype(np.uint32)


def _starts(trays: Places) -> Places:
    """Where each tray begins, and where the last one ends."""
    return _sums(np.bincount(trays, minlength=TRAYS))


def _sums(counts: NDArray[np.int64] | NDArray[np.bool_]) -> Places:
    """How much there is before each place, and in all."""
    sums = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=sums[1:])
    return sums
