"""Compressed bodies, inflated step by step: a bomb is noticed before it has gone off."""

from __future__ import annotations

import sys
import zlib
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STEP = 1 << 18  # bytes inflated at once

ACCEPTED = "gzip, deflate, br, zstd"


class TooLarge(Exception):
    """More bytes than allowed; `limit` says how many were."""

    def __init__(self, limit: int):
        self.limit = limit
        super().__init__(limit)


class BadEncoding(Exception):
    """The body is not what its Content-Encoding says."""


class Inflates(Protocol):
    """Takes compressed bytes, gives at most `STEP` inflated ones at a time."""

    def step(self, data: bytes) -> bytes: ...
    @property
    def hungry(self) -> bool: ...
    @property
    def complete(self) -> bool: ...


class _Zlib:
    """gzip, zlib, and the raw deflate that some servers send under the name of deflate."""

    def __init__(self, name: str):
        self._raw_too = name == "deflate"
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._started = False

    def step(self, data: bytes) -> bytes:
        data = self._stream.unconsumed_tail + data
        try:
            out = self._stream.decompress(data, STEP)
        except zlib.error:
            if self._started or not self._raw_too:
                raise
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            out = self._stream.decompress(data, STEP)
        self._started = self._started or bool(data)
        if self._stream.eof and self._stream.unused_data.startswith(b"\x1f\x8b"):  # a further gzip member
            rest, self._stream = self._stream.unused_data, zlib.decompressobj(zlib.MAX_WBITS | 32)
            out += self._stream.decompress(rest, STEP)
        return out

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

    @property
    def hungry(self) -> bool:
        return bool(self._stream.can_accept_more_data())

    @property
    def complete(self) -> bool:
        return bool(self._stream.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._stream = zstd.ZstdDecompressor()

    def step(self, data: bytes) -> bytes:
        return b"" if self._stream.eof else self._stream.decompress(data, STEP)

    @property
    def hungry(self) -> bool:
        return self._stream.needs_input or self._stream.eof

    @property
    def complete(self) -> bool:
        return self._stream.eof


class Inflater:
    """A body as it comes off the wire, inflated and counted."""

    def __init__(self, encoding: str, limit: int):
        self._stages = [_stage(name) for name in reversed(_names(encoding))]
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes; raises TooLarge or BadEncoding."""
        self._through(0, data)

    def finish(self) -> bytes:
        """The whole body; raises BadEncoding where it ended too early."""
        if self._size and not all(stage.complete for stage in self._stages):
            raise BadEncoding("the compressed body ended early")
        return b"".join(self._parts)

    def _through(self, number: int, data: bytes) -> None:
        if number == len(self._stages):
            self._size += len(data)
            if self._size > self._limit:
                raise TooLarge(self._limit)
            self._parts.append(data)
            return
        stage = self._stages[number]
        try:
            while True:
                out = stage.step(data)
                if out:
                    self._through(number + 1, out)
                if stage.complete or (stage.hungry and len(out) < STEP):
                    return
                data = b""
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise BadEncoding(str(error)) from error


def _names(encoding: str) -> list[str]:
    names = [name.strip().lower() for name in encoding.split(",")]
    return [name for name in names if name not in ("", "identity", "none")]


def _stage(name: str) -> Inflates:
    if name in ("gzip", "x-gzip", "deflate"):
        return _Zlib(name)
    if name == "br":
        return _Brotli()
    if name == "zstd":
        return _Zstd()
    raise BadEncoding(f"the server sent Content-Encoding {name!r}, which nobody asked for")
