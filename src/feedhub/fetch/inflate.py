"""Compressed bodies, inflated step by step: a bomb is noticed before it has gone off."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STEP = 1 << 18  # bytes inflated at once
PARTS = 1_000  # gzip members or zstd frames of one body; each is copied with all that stands behind it

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"  # what they begin with

WINDOW = 23  # bits: 8 MB, the most of zstd that HTTP allows (RFC 9659), and that browsers take

_PLAIN = (b"<", b"{", b"\xef\xbb\xbf")  # beginnings of documents that neither gzip nor zstd has

ACCEPTED = "gzip, deflate, br, zstd"


class TooLarge(Exception):
    """More bytes than allowed; `limit` says how many were."""

    def __init__(self, limit: int):
        self.limit = limit
        super().__init__(limit)


class BadEncoding(Exception):
    """The body is not what its Content-Encoding says."""


class Inflates(Protocol):
    """Decompresses at most `STEP` bytes at a time."""

    def step(self, data: bytes) -> bytes:
        """Take the next bytes, maybe none, and give what comes of these and of those before them."""

    def next_part(self) -> bytes:
        """The rest behind a complete body, if that begins another one: gzip members and zstd frames may be joined."""

    @property
    def hungry(self) -> bool:
        """Whether nothing more comes without more bytes."""

    @property
    def complete(self) -> bool:
        """Whether the body has come to its end."""


class _Zlib:
    """gzip, zlib, and the raw deflate that some servers send under the name of deflate."""

    def __init__(self, name: str):
        self.gzip = name != "deflate"
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._started = False

    def step(self, data: bytes) -> bytes:
        data = self._stream.unconsumed_tail + data
        try:
            out = self._stream.decompress(data, STEP)
        except zlib.error:
            if self._started or self.gzip:
                raise
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            out = self._stream.decompress(data, STEP)
        self._started = self._started or bool(data)
        return out

    def next_part(self) -> bytes:
        rest = self._stream.unused_data if self._stream.eof else b""
        if not rest.startswith(_GZIP):
            return b""
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        return rest

    @property
    def hungry(self) -> bool:
        return not self._stream.unconsumed_tail

    @property
    def complete(self) -> bool:
        return self._stream.eof


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def step(self, data: bytes) -> bytes:
        return bytes(self._stream.process(data, output_buffer_limit=STEP))

    def next_part(self) -> bytes:
        return b""

    @property
    def hungry(self) -> bool:
        return bool(self._stream.can_accept_more_data())

    @property
    def complete(self) -> bool:
        return bool(self._stream.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._stream = _zstd_stream()
        self._behind = b""

    def step(self, data: bytes) -> bytes:
        if self._stream.eof:
            self._behind = data
            return b""
        out = self._stream.decompress(data, STEP)
        self._behind = self._stream.unused_data
        return out

    def next_part(self) -> bytes:
        rest, self._behind = self._behind, b""
        if not rest.startswith(_ZSTD):
            return b""
        self._stream = _zstd_stream()
        return rest

    @property
    def hungry(self) -> bool:
        return self._stream.needs_input or self._stream.eof

    @property
    def complete(self) -> bool:
        return self._stream.eof


def _zstd_stream() -> zstd.ZstdDecompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW})


class Inflater:
    """Decompresses a body as it arrives; `size` is its decompressed size so far."""

    def __init__(self, encoding: str, limit: int):
        self._stage = _stage(encoding)
        self._may_be_plain = isinstance(self._stage, _Zstd) or (isinstance(self._stage, _Zlib) and self._stage.gzip)
        self._limit = limit
        self._whole = BytesIO()  # returns its contents without a copy, and grows without one
        self._parts_begun = 0
        self.size = 0

    @property
    def memory(self) -> int:
        """The memory that it takes by now; Brotli and zstd hold what they decompressed a second time, to copy from."""
        return 2 * self.size if isinstance(self._stage, _Brotli | _Zstd) else self.size

    def feed(self, data: bytes) -> None:
        """Take the next bytes; raises TooLarge or BadEncoding."""
        for _ in self.steps(data):
            pass

    def steps(self, data: bytes) -> Iterator[None]:
        """Take the next bytes, yielding after every `STEP` decompressed ones; raises TooLarge or BadEncoding."""
        if self._may_be_plain:  # some servers only say that they compress
            self._may_be_plain = False
            self._stage = None if data.lstrip().startswith(_PLAIN) else self._stage
        if self._stage is None:
            self._take(data)
            yield
            return
        try:
            while True:
                out = self._stage.step(data)
                self._take(out)
                yield
                data = self._next_part()
                if not data and (self._stage.complete or (self._stage.hungry and len(out) < STEP)):
                    return
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise BadEncoding(str(error)) from error

    def finish(self) -> bytes:
        """The whole body, once; raises BadEncoding if it ended too early."""
        if self._stage and self.size and not self._stage.complete:
            raise BadEncoding("the compressed body ended early")
        self._stage = None
        whole, self._whole = self._whole, BytesIO()
        return whole.getvalue()

    def _next_part(self) -> bytes:
        rest = self._stage.next_part() if self._stage else b""
        self._parts_begun += bool(rest)
        if self._parts_begun > PARTS:
            raise BadEncoding(f"the compressed body is made of more than {PARTS} parts")
        return rest

    def _take(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._limit:
            raise TooLarge(self._limit)
        self._whole.write(data)


def _stage(encoding: str) -> Inflates | None:
    """The decompressor for a Content-Encoding; a chain of several is refused, as only bombs use that."""
    names = [name for part in encoding.split(",", 3) if (name := part.strip().lower()) not in ("", "identity", "none")]
    if len(names) > 1:
        raise BadEncoding("the server compressed it more than once")
    if not names:
        return None
    if names[0] in ("gzip", "x-gzip", "deflate"):
        return _Zlib(names[0])
    if names[0] == "br":
        return _Brotli()
    if names[0] == "zstd":
        return _Zstd()
    raise BadEncoding(f"the server sent Content-Encoding {names[0][:40]!r}, which nobody asked for")
