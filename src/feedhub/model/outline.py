"""The entries of a source's last document in one short row, so that unchanged entries are not read again.

It stays packed between the store and the parsers: unpacking thirty entries takes as long as reading the row, and
sending them to another process one by one takes twice as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isnan, nan
from struct import Struct
from typing import NamedTuple

_ROW = Struct("<12s12sdH")  # mark, digest, date (NaN: none), bytes of the guid that follows
_NO_MARK = bytes(12)


class Known(NamedTuple):
    """A known entry: what is kept of it from the last document, so that it need not be read again."""

    mark: bytes  # of its bytes and of all around it that could change their meaning; b"": the document was not plain
    guid: str  # of its item
    digest: bytes  # normalise.digest of its item
    dated: float | None  # when it says it was published, in Unix seconds


@dataclass(frozen=True, slots=True)
class Outline:
    """The entries of a document, in no order."""

    packed: bytes = b""

    @classmethod
    def of(cls, entries: Iterable[Known]) -> Outline:
        """Pack these entries."""
        return cls(b"".join(map(_packed, entries)))

    def __iter__(self) -> Iterator[Known]:
        at = 0
        while at < len(self.packed):
            mark, digest, dated, length = _ROW.unpack_from(self.packed, at)
            at += _ROW.size + length
            guid = self.packed[at - length : at].decode()
            yield Known(b"" if mark == _NO_MARK else mark, guid, digest, None if isnan(dated) else dated)


def _packed(entry: Known) -> bytes:
    guid = entry.guid.encode()
    return (
        _ROW.pack(entry.mark or _NO_MARK, entry.digest, nan if entry.dated is None else entry.dated, len(guid)) + guid
    )
