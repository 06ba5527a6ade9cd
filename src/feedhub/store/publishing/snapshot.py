"""Stories as bytes, for the archive, where they stay readable when their items are gone."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

import orjson

from feedhub.model import Copy, Correction, Enclosure, RelatedStory, Story

T = TypeVar("T")


def pack(story: Story) -> bytes:
    """A story as it is now."""
    return zlib.compress(orjson.dumps(story))


def unpack(data: bytes) -> Story:
    """The story; fields of other versions of feedhub that this one does not know are ignored."""
    return _made(Story, orjson.loads(zlib.decompress(data)))


def _made(kind: type[T], raw: Mapping[str, Any]) -> T:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _READ.get(name, _same)(value) for name, value in raw.items() if name in known})


def _same(value: Any) -> Any:
    return tuple(map(_same, value)) if isinstance(value, list) else value


def _moment(value: Any) -> Any:
    return datetime.fromisoformat(value) if value else None


def _many(kind: type[Any]) -> Callable[[Any], Any]:
    return lambda value: tuple(_made(kind, one) for one in value)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "copies": _many(Copy), "related": _many(RelatedStory), "corrections": _many(Correction),
    "enclosures": _many(Enclosure),
    **dict.fromkeys(("published", "updated", "first_seen", "at"), _moment),
}  # fmt: skip
